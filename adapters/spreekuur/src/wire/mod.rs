//! Their words: the bodies Spreekuur.nl takes, element by element in the order of its own examples. No type here has a
//! `Debug`, because all of them name people.

mod appointment;
mod communication;
mod patient;

pub(crate) use appointment::{Actor, Appointment, Category, Coding, Participant, Status};
pub(crate) use communication::{
    CATEGORY_SYSTEM, Communication, Concept, ConceptCoding, MELDING, Recipient, Topic,
};
pub(crate) use patient::{Identifier, Invitee, Patient, Telecom};
