//! The one table from transport and codes to [`Failure`] (`tetra.md` sections 3.11 and 4.9).
//!
//! Their failure codes are not published, so only those an operator told us mean more than "no". Their words (`Melding`)
//! may name people: they stay in the exchange log and are never repeated.

use std::time::Duration;

use gateway_core::{Failure, Issue, IssueCode};
use http::StatusCode;

use crate::client::Fault;
use crate::validate::Codes;
use crate::wire::{Odd, Unwritable};

/// What a fault means for something that was only asked. Asking again is always safe.
pub(crate) fn of_read(fault: Fault, codes: &Codes) -> Failure {
    match told(fault, codes) {
        Failure::Unsure => Failure::Later { after: None },
        failure => failure,
    }
}

/// What a fault means for something that was to be done. What may have happened is never taken for "not yet".
pub(crate) fn of_write(fault: Fault, codes: &Codes) -> Failure {
    told(fault, codes)
}

fn told(fault: Fault, codes: &Codes) -> Failure {
    match fault {
        Fault::Off(operation) => Failure::Never(vec![Issue::error(
            IssueCode::NotSupported,
            format!("the call {} is not configured for this practice", operation.word()),
        )]),
        Fault::Unwritable(Unwritable::NoSession) => Failure::Never(vec![login("nobody is signed in")]),
        Fault::Unwritable(Unwritable::ControlCharacter) => Failure::Never(vec![Issue::error(
            IssueCode::Value,
            "a text holds a control character, which XML cannot carry",
        )]),
        Fault::Http(fault) => match fault.status() {
            Some(status) if status != StatusCode::OK => of_status(status, None),
            _ => fault.failure(),
        },
        Fault::Odd { odd, by_user, after } => match odd {
            Odd::Status(status) => of_status(status, after),
            Odd::Refused { code, .. } => refused(code.as_deref(), by_user, codes),
            Odd::Unreadable(_) | Odd::Protocol(_) => {
                tracing::warn!(%odd, "The Switchboard's answer is none");
                Failure::Unsure
            }
        },
    }
}

fn refused(code: Option<&str>, by_user: bool, codes: &Codes) -> Failure {
    let said = code.map(|code| format!(" ({code})")).unwrap_or_default();
    if by_user {
        // How an ended session shows is not published; a person must type a code to sign in, so nobody does it for them.
        return Failure::Never(vec![login(&format!(
            "the practice refused{said}; signing in again may be needed"
        ))]);
    }
    match code {
        Some(code) if codes.unknown_caller.contains(code) => {
            Failure::Broken(format!("the Switchboard does not know us{said}"))
        }
        Some(code) if codes.taken.contains(code) => Failure::Never(vec![Issue::error(
            IssueCode::Conflict,
            format!("the practice says that the time is taken{said}"),
        )]),
        _ => {
            Failure::Never(vec![Issue::error(IssueCode::BusinessRule, format!("the practice refused{said}"))])
        }
    }
}

fn login(text: &str) -> Issue {
    Issue::error(IssueCode::Login, text)
}

fn of_status(status: StatusCode, after: Option<Duration>) -> Failure {
    let number = status.as_u16();
    match number {
        401 | 403 => Failure::Broken(format!("the Switchboard does not let us in ({number})")),
        408 | 425 | 429 | 500..=599 => Failure::Later { after },
        400..=499 => Failure::Never(vec![Issue::error(
            IssueCode::Exception,
            format!("the Switchboard answers with status {number}, which it should not"),
        )]),
        300..=399 => Failure::Broken(format!("the Switchboard's address answers {number}")),
        // A 2xx that is no 200 is not documented: what happened, nobody knows.
        _ => Failure::Unsure,
    }
}
