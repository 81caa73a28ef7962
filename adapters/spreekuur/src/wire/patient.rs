//! The patient of a notification, and `POST /Patient` (`spreekuur.md` sections 7.1 and 8.1).

use gateway_core::Bsn;
use serde::Serialize;

use crate::discovery::Invitation;

#[derive(Serialize, Clone, PartialEq, Eq)]
pub(crate) struct Identifier {
    pub(crate) system: &'static str,
    pub(crate) value: String,
}

impl From<&Bsn> for Identifier {
    fn from(bsn: &Bsn) -> Self {
        Self { system: Bsn::SYSTEM, value: bsn.expose().to_owned() }
    }
}

#[derive(Serialize)]
pub(crate) struct Telecom {
    pub(crate) system: &'static str,
    pub(crate) value: String,
}

impl Telecom {
    pub(crate) fn email(value: &str) -> Self {
        Self { system: "email", value: value.to_owned() }
    }
}

/// A Patient with what Spreekuur.nl finds and invites people by.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Patient {
    pub(crate) resource_type: &'static str,
    pub(crate) id: String,
    pub(crate) identifier: Vec<Identifier>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) telecom: Vec<Telecom>,
}

/// The body of an invitation.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct Invitee(Patient);

impl From<&Invitation> for Invitee {
    fn from(invitation: &Invitation) -> Self {
        Self(Patient {
            resource_type: "Patient",
            id: invitation.id.to_string(),
            identifier: vec![Identifier::from(&invitation.bsn)],
            telecom: vec![Telecom::email(&invitation.email)],
        })
    }
}
