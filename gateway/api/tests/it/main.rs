//! The doors, over a real router and a real SQLite store.

#![cfg(test)]

mod docs;
mod fhir;
mod house;
mod oauth;
mod spreekuur;
mod spreekuur_appointment;
mod spreekuur_effects;
mod spreekuur_notification;
#[path = "../../src/oauth/testkeys.rs"]
mod testkeys;
