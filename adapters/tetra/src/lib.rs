#![doc = include_str!("../README.md")]

mod ask;
mod cache;
mod client;
mod config;
mod link;
mod map;
mod poll;
mod session;
mod standing;
mod validate;
mod verdict;
mod window;
mod wire;

pub use config::{Config, Format, OperationConfig, TokenElement, XmlEncoding};
pub use link::link;
pub use validate::Validated;
pub use wire::{Identification, Operation};
