//! Why there is no whole answer, told by how far the request came.

use std::error::Error;

use ::http::StatusCode;
use gateway_core::Failure;
use rustls::AlertDescription;

use super::NotOutside;

/// Why there is no whole answer. No text here holds a path, query, header or body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpFault {
    /// Nothing was sent: the host is not on the allow-list.
    #[error("the host is not on the list of allowed hosts")]
    HostNotAllowed,
    /// Nothing was sent: an address that a caller chose does not lead where it may.
    #[error("the address is not spoken to: {0}")]
    Outside(NotOutside),
    /// Nothing was sent: TLS is missing.
    #[error("https is required for this host")]
    PlainHttp,
    /// Nothing was sent: the address or a header cannot be put into a request.
    #[error("the request cannot be built")]
    Unbuildable,
    /// Nothing was sent: no connection.
    #[error("no connection: {why}")]
    NotConnected {
        /// What failed.
        why: &'static str,
    },
    /// Nothing was processed: one side does not accept the other's certificate, or they do not speak TLS alike.
    #[error("TLS: {why}")]
    Tls {
        /// What rustls says about it.
        why: String,
    },
    /// It was sent and may have been processed: no status came back.
    #[error("no answer: {why}")]
    NoAnswer {
        /// What ended the waiting.
        why: &'static str,
    },
    /// It was answered, and the body broke off.
    #[error("the answer with status {status} broke off")]
    Cut {
        /// The status that was read.
        status: StatusCode,
    },
    /// It was answered, with a body beyond the limit.
    #[error("the answer with status {status} is larger than {limit} bytes")]
    TooLarge {
        /// The status that was read.
        status: StatusCode,
        /// The limit in bytes.
        limit: usize,
    },
}

impl HttpFault {
    /// The status, when at least that was read.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Cut { status } | Self::TooLarge { status, .. } => Some(*status),
            Self::HostNotAllowed
            | Self::Outside(_)
            | Self::PlainHttp
            | Self::Unbuildable
            | Self::NotConnected { .. }
            | Self::Tls { .. }
            | Self::NoAnswer { .. } => None,
        }
    }

    /// What to do next when the body mattered. A verdict that can do without it looks at [`HttpFault::status`] first.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Self::HostNotAllowed
            | Self::Outside(_)
            | Self::PlainHttp
            | Self::Unbuildable
            | Self::Tls { .. } => Failure::Broken(self.to_string()),
            Self::NotConnected { .. } => Failure::Later { after: None },
            Self::NoAnswer { .. } | Self::Cut { .. } | Self::TooLarge { .. } => Failure::Unsure,
        }
    }

    /// Reads what reqwest says about a request that got no status.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if error.is_builder() {
            return Self::Unbuildable;
        }
        if let Some(refused) = cause::<NotOutside>(error) {
            return Self::Outside(*refused);
        }
        match (cause::<rustls::Error>(error), error.is_connect()) {
            (Some(tls), true) => return Self::Tls { why: tls.to_string() },
            (Some(rustls::Error::AlertReceived(alert)), false) if is_about_certificates(*alert) => {
                return Self::Tls { why: format!("the other side answers {alert:?}") };
            }
            _ => {}
        }
        match (error.is_connect(), error.is_timeout()) {
            (true, true) => Self::NotConnected { why: "timed out" },
            (true, false) if error.is_dns() => Self::NotConnected { why: "the name is not known" },
            (true, false) => Self::NotConnected { why: "refused or broken off" },
            (false, true) => Self::NoAnswer { why: "timed out" },
            (false, false) => Self::NoAnswer { why: "the connection broke" },
        }
    }
}

/// The error of this kind somewhere under `error`; an `io::Error` hides its cause from `source`.
fn cause<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

/// With TLS 1.3 a server refuses the client's certificate after the handshake is over for the client.
fn is_about_certificates(alert: AlertDescription) -> bool {
    matches!(
        alert,
        AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::CertificateRequired
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_have_been_processed_is_unsure() {
        let ok = StatusCode::OK;
        for (fault, wanted) in [
            (HttpFault::NotConnected { why: "x" }, Failure::Later { after: None }),
            (HttpFault::NoAnswer { why: "x" }, Failure::Unsure),
            (HttpFault::Cut { status: ok }, Failure::Unsure),
            (HttpFault::TooLarge { status: ok, limit: 1 }, Failure::Unsure),
        ] {
            assert_eq!(fault.failure(), wanted);
        }
        for fault in [
            HttpFault::HostNotAllowed,
            HttpFault::PlainHttp,
            HttpFault::Unbuildable,
            HttpFault::Tls { why: "x".into() },
        ] {
            assert_eq!(fault.failure(), Failure::Broken(fault.to_string()));
        }
    }
}
