//! What patients were told (M-04): exactly one entry per processed change.

use std::collections::VecDeque;

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
    pub(crate) resource_id: String,
    pub(crate) at: OffsetDateTime,
    pub(crate) channel: Channel,
}

/// The messages, of which the oldest go when there is a limit.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    kept: VecDeque<Message>,
    limit: Option<usize>,
    sent: u64,
}

impl Outbox {
    pub(crate) fn keeping(limit: Option<usize>) -> Self {
        Self { limit, ..Self::default() }
    }

    pub(crate) fn put(&mut self, message: Message) {
        self.sent += 1;
        self.kept.push_back(message);
        if self.limit.is_some_and(|limit| self.kept.len() > limit) {
            self.kept.pop_front();
        }
    }

    /// How many there were, kept or not.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Message> {
        self.kept.iter()
    }
}
