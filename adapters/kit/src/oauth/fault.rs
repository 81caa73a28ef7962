//! Why there is no token, and what to do next.

use std::time::Duration;

use ::http::StatusCode;
use gateway_core::Failure;

use crate::http::HttpFault;

/// Why there is no token. Nothing was sent to the counterpart's API then. No text of the token server is repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// The token server gave no whole answer.
    #[error("the token server gave no answer")]
    Http(#[source] HttpFault),
    /// It has trouble or asks to wait.
    #[error("the token server answered {status}")]
    Trouble {
        /// The status.
        status: StatusCode,
        /// How long it asks to wait.
        after: Option<Duration>,
    },
    /// It refused us; the code is one of RFC 6749 section 5.2.
    #[error("the token server refused: {code}")]
    Refused {
        /// The error code.
        code: &'static str,
    },
    /// What answers there is no token endpoint.
    #[error("the token address answered {status}")]
    NoEndpoint {
        /// The status.
        status: StatusCode,
    },
    /// It answered 200 without a token we can use.
    #[error("the token server's answer holds no bearer token")]
    Unreadable,
    /// The issuer's metadata names another issuer, or no token endpoint.
    #[error("the issuer's metadata is not the issuer's own or names no token endpoint")]
    Metadata,
    /// The client assertion cannot be signed.
    #[error("the client assertion cannot be signed")]
    Assertion,
}

impl TokenFault {
    /// What to do next.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Self::Http(fault) => match fault.failure() {
                Failure::Broken(why) => Failure::Broken(format!("token: {why}")),
                // The API was not called, so nothing can have happened there.
                Failure::Unsure | Failure::Later { .. } | Failure::Never(_) => Failure::Later { after: None },
            },
            Self::Trouble { after, .. } => Failure::Later { after: *after },
            Self::Unreadable => Failure::Later { after: None },
            Self::Refused { .. } | Self::NoEndpoint { .. } | Self::Metadata | Self::Assertion => {
                Failure::Broken(self.to_string())
            }
        }
    }
}
