//! Journeys through the running house, and the rules of the house as tests.

mod crash;
mod dependencies;
mod edges;
mod house;
mod nodes;
mod postgres;
