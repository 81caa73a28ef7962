//! The verbs of the house: `write`, `read`, `route`, `dispatch`, `settle` (`README.md`).

mod engine;
mod route;

pub use engine::{Engine, Parts, Target, Write};
pub use route::{Route, Routes};
