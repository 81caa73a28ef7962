#![doc = include_str!("../README.md")]

mod agb;
mod appointment;
mod bsn;
mod clients;
mod communication;
mod door;
mod fingerprint;
mod headers;
mod outcome;
mod patient;
mod place;
mod played;
mod settings;
mod spreekuur;
mod state;
mod token;
mod world;
mod xis;

pub use adapter_kit::standin::{Act, BadRule, Rule, StartError};
pub use settings::{BsnCheck, Client, Mode, Settings, Switches, UnknownCancel};
pub use spreekuur::{Running, Spreekuur};
