//! The package seen from outside: the checker, the profiles and the search index.

mod shape;
mod spreekuur_appointment;
mod spreekuur_notification;
mod support;
