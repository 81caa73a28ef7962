//! From the store's errors to what a caller may know, and what the log may know. Each is logged here, once.

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use gateway_core::{Caller, Issue, IssueCode, Problem, Version};
use gateway_store::{CommitError, StoreError};

/// How long a caller is asked to wait when the database is away: a restart of it takes seconds.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A read that failed.
pub(crate) fn of_store(error: &StoreError, caller: &Caller) -> Problem {
    match error {
        StoreError::Unavailable { .. } => {
            tracing::warn!(
                tenant = %caller.tenant,
                request = %caller.request_id,
                cause = %chain(error),
                "the store is not available"
            );
            Problem::Unavailable { retry_after: RETRY_AFTER }
        }
        StoreError::Database { .. }
        | StoreError::Address
        | StoreError::MasterKey
        | StoreError::Schema(_)
        | StoreError::Damaged(_) => {
            tracing::error!(
                tenant = %caller.tenant,
                request = %caller.request_id,
                cause = %chain(error),
                "the store failed"
            );
            Problem::Internal
        }
        StoreError::TooCostly => Problem::Malformed(vec![Issue::error(
            IssueCode::TooCostly,
            "this takes too long to find; ask for less, or leave the total out (_total=none)",
        )]),
        StoreError::Cursor => Problem::Malformed(vec![Issue::error(
            IssueCode::Invalid,
            "the link to this page is not one of this search; begin again with its first page",
        )]),
    }
}

/// A commit that failed.
pub(crate) fn of_commit(error: &CommitError, caller: &Caller) -> Problem {
    match error {
        CommitError::Precondition { found, .. } => Problem::PreconditionFailed(unmet(*found)),
        CommitError::KeyTaken => Problem::Conflict(Issue::error(
            IssueCode::Duplicate,
            "another resource already has this identifier (a BSN, or the sender's own key)",
        )),
        CommitError::Found => Problem::Conflict(Issue::error(
            IssueCode::LockError,
            "somebody else made what the criteria find at the same moment; try again",
        )),
        CommitError::Store(error) => of_store(error, caller),
    }
}

/// Something of ours that cannot be: logged for us, nothing said outside.
pub(crate) fn internal(what: &str, caller: &Caller) -> Problem {
    tracing::error!(tenant = %caller.tenant, request = %caller.request_id, "{what}");
    Problem::Internal
}

pub(crate) fn unmet(found: Option<Version>) -> Issue {
    let text = match found {
        Some(version) => format!("the current version is W/\"{version}\""),
        None => "there is no such resource at the moment".to_owned(),
    };
    Issue::error(IssueCode::Conflict, text)
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(text, ": {error}").expect("writing to a String cannot fail");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use gateway_core::{Origin, Scopes};

    use super::*;

    fn caller() -> Caller {
        Caller {
            tenant: "de-linde".parse().unwrap(),
            origin: Origin::System,
            scopes: Scopes::all(),
            request_id: "r-1".into(),
        }
    }

    #[test]
    fn an_unmet_precondition_names_what_is_there() {
        let error = CommitError::Precondition {
            key: gateway_core::Key::from_reference("Patient/1").unwrap(),
            found: Some(Version(3)),
        };
        let Problem::PreconditionFailed(issue) = of_commit(&error, &caller()) else { panic!("no 412") };
        assert_eq!(
            (issue.code, issue.text.as_str()),
            (IssueCode::Conflict, "the current version is W/\"3\"")
        );
    }

    #[test]
    fn a_damaged_store_says_nothing_outside() {
        assert_eq!(of_store(&StoreError::Damaged("a resource"), &caller()), Problem::Internal);
    }
}
