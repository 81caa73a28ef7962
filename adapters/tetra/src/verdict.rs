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

#[cfg(test)]
mod tests {
    use adapter_kit::http::HttpFault;

    use super::*;
    use crate::wire::Operation;

    fn codes() -> Codes {
        let set = |code: &str| std::iter::once(code.to_owned()).collect();
        Codes { unknown_caller: set("401"), taken: set("409") }
    }

    fn odd(odd: Odd, by_user: bool) -> Fault {
        Fault::Odd { odd, by_user, after: Some(Duration::from_secs(7)) }
    }

    fn refusal(code: &str, by_user: bool) -> Failure {
        of_write(odd(Odd::Refused { code: Some(code.to_owned()), contradictory: false }, by_user), &codes())
    }

    fn code_of(failure: &Failure) -> Option<IssueCode> {
        match failure {
            Failure::Never(issues) => Some(issues[0].code),
            Failure::Later { .. } | Failure::Unsure | Failure::Broken(_) => None,
        }
    }

    #[test]
    fn every_row_of_section_3_11() {
        let status = |number: u16, of: fn(Fault, &Codes) -> Failure| {
            of(odd(Odd::Status(StatusCode::from_u16(number).unwrap()), false), &codes())
        };
        let later = Failure::Later { after: Some(Duration::from_secs(7)) };
        for number in [408, 425, 429, 500, 502, 503, 504] {
            assert_eq!(status(number, of_read), later, "{number}");
            assert_eq!(status(number, of_write), later, "{number}");
        }
        for number in [400, 404, 405, 409, 415, 422] {
            assert_eq!(code_of(&status(number, of_read)), Some(IssueCode::Exception), "{number}");
        }
        for number in [301, 302, 401, 403] {
            assert!(matches!(status(number, of_write), Failure::Broken(_)), "{number}");
        }
        assert_eq!(status(204, of_write), Failure::Unsure);
        assert_eq!(status(204, of_read), Failure::Later { after: None });
    }

    #[test]
    fn what_may_have_happened_is_unsure_for_a_write_and_asked_again_for_a_read() {
        for fault in [
            Fault::Http(HttpFault::NoAnswer { why: "timed out" }),
            Fault::Http(HttpFault::Cut { status: StatusCode::OK }),
            odd(Odd::Protocol("what was asked for is missing"), false),
        ] {
            assert_eq!(of_write(fault.clone(), &codes()), Failure::Unsure, "{fault:?}");
            assert_eq!(of_read(fault, &codes()), Failure::Later { after: None });
        }
        let unsent = Fault::Http(HttpFault::NotConnected { why: "refused" });
        assert_eq!(of_write(unsent, &codes()), Failure::Later { after: None });
        let tls = Fault::Http(HttpFault::Tls { why: "expired".into() });
        assert!(matches!(of_read(tls, &codes()), Failure::Broken(_)));
    }

    #[test]
    fn a_no_means_more_only_where_an_operator_said_so() {
        assert_eq!(code_of(&refusal("400", false)), Some(IssueCode::BusinessRule));
        assert_eq!(code_of(&refusal("409", false)), Some(IssueCode::Conflict));
        assert!(matches!(refusal("401", false), Failure::Broken(_)));
    }

    #[test]
    fn a_no_to_somebody_who_was_signed_in_asks_for_signing_in() {
        for code in ["400", "401", "409"] {
            assert_eq!(code_of(&refusal(code, true)), Some(IssueCode::Login), "{code}");
        }
        let nobody = Fault::Unwritable(Unwritable::NoSession);
        assert_eq!(code_of(&of_read(nobody, &codes())), Some(IssueCode::Login));
    }

    #[test]
    fn what_is_not_configured_is_not_supported() {
        assert_eq!(code_of(&of_write(Fault::Off(Operation::Book), &codes())), Some(IssueCode::NotSupported));
    }
}
