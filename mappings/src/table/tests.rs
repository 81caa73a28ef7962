//! Tables of the package and small ones of our own, run both ways.

mod kept;
mod support;
mod tetra;
