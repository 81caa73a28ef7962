//! How an errand ended, in one word for the test that looks.

use adapter_kit::http::HttpFault;
use http::StatusCode;

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The appointment stands (8.2.6).
    Approved,
    /// The appointment waits for the practice (8.2.6).
    Pending,
    Cancelled,
    /// XS-08: a Bundle with the patient, or an empty one.
    Registered,
    NotRegistered,
    /// A message or triage was taken.
    Sent,
    /// The read receipt was taken.
    Seen,
    Listed,
    Ordered,
    /// An empty list of types: the patient sees an empty state (8.2.10).
    NoTypes,
    NoSlots,
    /// 409 to a booking (8.2.5).
    SlotTaken,
    /// 409 to anything else.
    Conflict,
    NotFound,
    Unprocessable,
    /// Any other 4xx.
    Refused,
    /// 401 from the XIS itself.
    Unauthenticated,
    Forbidden,
    /// The token endpoint gave none, for this reason.
    TokenRefused(String),
    /// 5xx, or a redirect.
    Failed,
    /// Success, with a body that is not what is published.
    Unreadable,
    /// No answer at all.
    Unreachable,
}

impl Ending {
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Pending => "pending",
            Self::Cancelled => "cancelled",
            Self::Registered => "registered",
            Self::NotRegistered => "not_registered",
            Self::Sent => "sent",
            Self::Seen => "seen",
            Self::Listed => "listed",
            Self::Ordered => "ordered",
            Self::NoTypes => "no_types",
            Self::NoSlots => "no_slots",
            Self::SlotTaken => "slot_taken",
            Self::Conflict => "conflict",
            Self::NotFound => "not_found",
            Self::Unprocessable => "unprocessable",
            Self::Refused => "refused",
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden => "forbidden",
            Self::TokenRefused(_) => "token_refused",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
            Self::Unreachable => "unreachable",
        }
    }

    /// What an answer that is no success means.
    pub(crate) fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthenticated,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 => Self::Conflict,
            422 => Self::Unprocessable,
            400..=499 => Self::Refused,
            _ => Self::Failed,
        }
    }

    /// What no whole answer means.
    pub(crate) fn of_fault(fault: &HttpFault) -> Self {
        if fault.status().is_some() { Self::Unreadable } else { Self::Unreachable }
    }
}
