//! The package seen from outside: the checker, the profiles and the search index.

mod agreement;
mod canary;
mod profiles;
mod rules;
mod samples;
mod search;
mod shape;
mod spreekuur_appointment;
mod spreekuur_notification;
mod support;
mod values;
mod xml;
