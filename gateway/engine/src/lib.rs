#![doc = include_str!("../README.md")]

mod ask;
pub mod dispatch;
mod engine;
mod export;
mod fault;
mod identity;
mod lay;
mod patch;
pub mod poll;
mod read;
mod route;
pub mod subscription;
pub mod transaction;
mod write;

pub use ask::{Answered, Live, LiveLinks};
pub use engine::{Engine, Parts};
pub use export::{People, Portion, Walk};
pub use patch::{FhirPathPatch, JsonPatch};
pub use route::{Route, RouteError, Routes};
pub use write::{Change, Patch, Target, Write};
