//! How a request fails, seen from a door. `gateway-api` alone turns it into a status and an OperationOutcome.

use std::time::Duration;

use crate::{Issue, Key, Version};

/// Why a request was not done. Nothing was stored or sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// What was sent cannot be read as FHIR R4 (400).
    #[error("the request is malformed")]
    Malformed(Vec<Issue>),
    /// What was sent is R4 and breaks a profile or rule (422).
    #[error("the resource is refused")]
    Invalid(Vec<Issue>),
    /// No token, or none that is good (401).
    #[error("not authenticated")]
    Unauthenticated(Issue),
    /// Known, and not allowed (403).
    #[error("forbidden")]
    Forbidden(Issue),
    /// Never was, or not visible to this caller (404).
    #[error("not found")]
    NotFound,
    /// Was, and is deleted (410); the version is the deletion's.
    #[error("{key} is deleted")]
    Gone {
        /// What was deleted.
        key: Key,
        /// The version of the deletion.
        version: Version,
    },
    /// Clashes with what is there (409).
    #[error("conflict")]
    Conflict(Issue),
    /// `If-Match` or `If-None-Match` does not hold (412).
    #[error("a precondition does not hold")]
    PreconditionFailed(Issue),
    /// The caller may not do this at all, here (405); what may be done instead.
    #[error("method not allowed")]
    NotAllowed {
        /// The value of `Allow`.
        allow: &'static str,
    },
    /// The media type asked for or sent is not one of ours (406, 415).
    #[error("media type not supported")]
    MediaType {
        /// Whether it was asked for (`Accept`: 406) rather than sent (415).
        asked: bool,
        /// Why.
        issue: Issue,
    },
    /// The body is too large (413).
    #[error("too large")]
    TooLarge(Issue),
    /// The URL is too long (414).
    #[error("the URL is too long")]
    UrlTooLong(Issue),
    /// Too many requests (429).
    #[error("too many requests")]
    TooMany {
        /// When to try again.
        retry_after: Duration,
    },
    /// Not now (503).
    #[error("unavailable")]
    Unavailable {
        /// When to try again.
        retry_after: Duration,
    },
    /// A fault of ours (500). The caller reads only the request id; the cause is logged where it happened.
    #[error("internal")]
    Internal,
}
