//! Tables of the package and small ones of our own, run both ways.

mod faults;
mod fuzz;
mod kept;
mod lists;
mod options;
mod support;
mod tetra;
