#![doc = include_str!("../README.md")]

pub mod dispatch;
mod engine;
mod fault;
mod identity;
mod lay;
mod read;
mod route;
mod write;

pub use engine::{Engine, Parts};
pub use route::{Route, RouteError, Routes};
pub use write::{Target, Write};
