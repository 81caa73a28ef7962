#![doc = include_str!("../README.md")]

mod demo;
mod desk;
mod json;
mod local;
mod operations;
mod played;
mod practice;
mod refusal;
mod settings;
mod staff;
mod state;
mod switches;
mod tetra;
mod world;
mod xml;

pub use adapter_kit::standin::{Act, BadRule, Rule, StartError};
pub use local::Local;
pub use operations::{Kind, Offered, Operations};
pub use practice::{
    Account, Agenda, Appointment, BlockType, Gender, OwnBlock, Patient, Practice, Role, Status,
};
pub use settings::Settings;
pub use switches::{
    Bounds, Layout, List, NoAgendas, Prolog, SecondFactor, StatusAs, Switches, TokenChild, Window,
};
pub use tetra::{Running, Tetra};
