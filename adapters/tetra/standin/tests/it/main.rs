//! The played Switchboard, from its counterpart's point of view: over real HTTP, operation by operation.

mod json;
mod offered;
mod printed;
mod sessions;
mod sim;
mod spoilt;
mod stage;
mod xml;
