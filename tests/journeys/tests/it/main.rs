//! Journeys through the running house, and the rules of the house as tests.

mod agenda;
mod clients;
mod crash;
mod dependencies;
mod edges;
mod house;
mod inside;
mod looking;
mod nodes;
mod postgres;
