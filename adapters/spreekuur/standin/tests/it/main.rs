//! The played Spreekuur.nl, from its counterpart's point of view: over real HTTP, rule by rule.

mod access;
mod appointments;
mod assertions;
mod effects;
mod notifications;
mod patients;
mod sim;
mod stage;
mod xis;
