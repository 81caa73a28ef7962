//! `PUT /Appointment/{id}` (`spreekuur.md` section 6.1).

use serde::Serialize;

use super::Identifier;

/// The body. What is `None` is left out; whether it may be, the contract says.
#[derive(Serialize, Clone)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Appointment {
    pub(crate) resource_type: &'static str,
    pub(crate) id: String,
    pub(crate) status: Status,
    pub(crate) service_category: Vec<Category>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<String>,
    pub(crate) participant: Vec<Participant>,
}

/// The two statuses there are.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Booked,
    Cancelled,
}

#[derive(Serialize, Clone)]
pub(crate) struct Category {
    pub(crate) coding: Vec<Coding>,
}

#[derive(Serialize, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Coding {
    pub(crate) system: String,
    pub(crate) code: String,
    pub(crate) display: String,
}

#[derive(Serialize, Clone)]
pub(crate) struct Participant {
    pub(crate) actor: Actor,
    pub(crate) status: &'static str,
}

#[derive(Serialize, Clone)]
pub(crate) struct Actor {
    pub(crate) reference: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) identifier: Option<Identifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) display: Option<String>,
}
