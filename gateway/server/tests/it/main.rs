//! The `zorgtolk` command as its users meet it: every test spawns the program.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod administration;
mod configuration;
mod demo;
mod example_file;
mod examples;
mod framing;
mod links;
mod map;
mod polls;
mod reload;
mod running;
mod serving;
mod usage;
mod validation;
