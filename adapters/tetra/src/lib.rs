#![doc = include_str!("../README.md")]

mod ask;
mod cache;
mod client;
mod config;
mod deliver;
mod desk;
mod link;
mod map;
mod note;
mod poll;
mod session;
mod validate;
mod verdict;
mod wire;

pub use config::{Config, Format, OperationConfig, TokenElement, XmlEncoding};
pub use link::link;
pub use map::keys::patient_key;
pub use validate::Validated;
pub use wire::{Identification, Operation};
