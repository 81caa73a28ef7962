//! A change on its way to a link, and how an attempt to carry it ends.

use std::collections::BTreeMap;
use std::time::Duration;

use time::OffsetDateTime;

use crate::{CounterpartKey, Issue, Key, LinkId, Resource, TenantId, Version};

/// One change to be carried over one link, with all that carrying it needs.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The row's id.
    pub id: i64,
    /// Whose data.
    pub tenant: TenantId,
    /// The line it goes over.
    pub link: LinkId,
    /// What changed.
    pub key: Key,
    /// Which version is carried.
    pub version: Version,
    /// Counted from 1.
    pub attempt: u32,
    /// The version's content; `None` when the change is the deletion.
    pub resource: Option<Resource>,
    /// The last version that was not a deletion, when the change is the deletion.
    pub before: Option<Resource>,
    /// The resources of the same tenant that `resource` refers to, as they are now.
    pub referenced: BTreeMap<Key, Resource>,
    /// What the adapter wrote down at the last delivered version of this resource ([`Receipt::Delivered`]). `None` when
    /// anything may have left the house since: an attempt that ended unsure, or whose worker died. An adapter that
    /// skips what they have already relies on it.
    pub note: Option<String>,
    /// Whether any attempt for this resource on this link ever left the house, or may have. In doubt it is `true`: an
    /// adapter that withholds the end of what never began relies on it.
    pub sent_before: bool,
}

impl Delivery {
    /// The same on every attempt of this change; it must travel with the message wherever the counterpart's
    /// language has a place for it.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("{}-{}-{}-v{}", self.tenant, self.key.resource_type, self.key.id, self.version)
    }
}

/// How a delivery that needs no further attempt ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// They have it. `note` is handed back with the next delivery of this resource; no personal data in it.
    Delivered {
        /// For instance a hash of what they acknowledged.
        note: Option<String>,
    },
    /// They have it under a key of their own: what they tell of that key from now on is about this resource. The same for
    /// resources it refers to, where it is certain that they mean the same.
    Named {
        /// As with [`Receipt::Delivered`].
        note: Option<String>,
        /// Resource and key; another key of the same space no longer names the resource.
        names: Vec<(Key, CounterpartKey)>,
    },
    /// Nothing had to be sent; why, in a few words.
    Withheld(&'static str),
}

/// Why a delivery did not succeed, told by what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Not now: nothing happened there, sending again is safe.
    Later {
        /// Not before this has passed, when they said so.
        after: Option<Duration>,
    },
    /// They understood and refused, or it cannot be said in their language.
    Never(Vec<Issue>),
    /// Sent, no answer: it may have happened. Sending the same reference again is how they are asked.
    Unsure,
    /// The link itself is wrong (certificate, secret, address): pause it, tell an operator why.
    Broken(String),
}

/// Where a delivery stands. Every state but `Due` is final until an operator replays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Waiting for its turn, its time or an answer.
    Due,
    /// They have it.
    Delivered,
    /// A newer version of the same resource went instead.
    Superseded,
    /// They refused it, or it cannot be said in their language.
    Refused,
    /// Nothing had to be sent.
    Withheld,
    /// The limit of attempts or time was reached.
    Dead,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Due, Self::Delivered, Self::Superseded, Self::Refused, Self::Withheld, Self::Dead];

    /// The word in the store, in metrics and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Delivered => "delivered",
            Self::Superseded => "superseded",
            Self::Refused => "refused",
            Self::Withheld => "withheld",
            Self::Dead => "dead",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// One try, kept for ever with its delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// When it began.
    pub at: OffsetDateTime,
    /// How long it took.
    pub took: Duration,
    /// `delivered`, `withheld`, `later`, `unsure`, `never` or `broken`.
    pub outcome: String,
    /// Why, without personal data.
    pub reason: Option<String>,
}
