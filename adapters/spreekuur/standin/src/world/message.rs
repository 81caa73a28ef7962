//! What patients were told (M-04): exactly one entry per processed change.

use std::sync::Arc;

use serde::Deserialize;
use time::OffsetDateTime;

use crate::agb::Agb;

/// Why a patient was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    New,
    Modified,
    Cancelled,
    Melding,
    Invitation,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Modified => "modified",
            Self::Cancelled => "cancelled",
            Self::Melding => "melding",
            Self::Invitation => "invitation",
        }
    }
}

/// How a patient is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub(crate) enum Channel {
    #[serde(rename = "mail")]
    Mail,
    #[serde(rename = "push")]
    Push,
    #[default]
    #[serde(rename = "mail+push")]
    MailAndPush,
    /// The patient has no account: there is a change to tell, and nowhere to tell it.
    #[serde(skip)]
    Nowhere,
}

impl Channel {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Push => "push",
            Self::MailAndPush => "mail+push",
            Self::Nowhere => "none",
        }
    }
}

/// One message to a patient.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) kind: Kind,
    pub(crate) agb: Agb,
    pub(crate) resource_id: Arc<str>,
    pub(crate) at: OffsetDateTime,
    pub(crate) channel: Channel,
}
