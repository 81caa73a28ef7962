//! The `zorgtolk` command as its users meet it: every test spawns the program.

mod administration;
mod configuration;
mod example_file;
mod running;
mod usage;
mod validation;
