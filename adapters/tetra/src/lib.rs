#![doc = include_str!("../README.md")]

mod client;
mod config;
mod link;
mod validate;
mod verdict;
mod wire;

pub use config::{Config, Format, OperationConfig, TokenElement, XmlEncoding};
pub use link::link;
pub use validate::Validated;
pub use wire::{Identification, Operation};
