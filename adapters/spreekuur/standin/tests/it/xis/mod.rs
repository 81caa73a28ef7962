//! Spreekuur.nl as a client of a XIS (M-09): what arrives there, and what is told of it.

mod bookings;
mod counterpart;
mod orders;
mod others;
mod tokens;
