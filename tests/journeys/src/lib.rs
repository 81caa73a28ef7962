//! Journeys through the running house, and the rules of the house as tests: all of it lies in `tests/it`.
