//! The played Switchboard, from its counterpart's point of view: over real HTTP, operation by operation.

mod json;
mod stage;
mod xml;
