//! Journeys through the running house, and the rules of the house as tests.

mod edges;
