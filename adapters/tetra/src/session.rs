//! Signing a person in at the practice (`tetra.md` section 1.6): password, code by SMS, end.
//!
//! Neither password nor session is kept here. Nobody is ever signed in again silently: a person must type a code.

use std::sync::Arc;

use adapter_kit::{ExchangeLog, Session, SignIn};
use async_trait::async_trait;
use aws_lc_rs::rand;
use gateway_core::{Failure, Issue, IssueCode};
use secrecy::SecretString;

use crate::client::{Client, Fault};
use crate::config::Format;
use crate::note::hex;
use crate::verdict;
use crate::wire::{Given, Odd, Operation};

/// Twice the 128 bits that a session needs to be unguessable.
const RANDOM_BYTES: usize = 32;

/// Signs people of one practice in.
pub(crate) struct Entrance(pub(crate) Arc<Client>);

#[async_trait]
impl SignIn for Entrance {
    async fn open(&self, user: &str, password: &SecretString, log: &ExchangeLog) -> Result<Session, Failure> {
        let given = [
            ("user", Given::Secret(SecretString::from(user))),
            ("password", Given::Secret(password.clone())),
        ];
        // In JSON it is the caller who makes the session; in XML they do.
        let own = match self.0.spelling(Operation::Login).map(|spelling| spelling.format) {
            Some(Format::Json) => Some(fresh()?),
            Some(Format::Xml) | None => None,
        };
        let answer = self.0.call(Operation::Login, own.as_ref(), &given, log).await;
        let answer = answer.map_err(|fault| self.refused(fault))?;
        match (own, answer.text().filter(|id| !id.trim().is_empty())) {
            (Some(own), _) => Ok(own),
            (None, Some(theirs)) => Ok(Session(SecretString::from(theirs.trim()))),
            (None, None) => Err(Failure::Later { after: None }),
        }
    }

    async fn send_code(&self, session: &Session, log: &ExchangeLog) -> Result<(), Failure> {
        self.on_behalf(Operation::SendCode, session, &[], log).await
    }

    async fn confirm(
        &self,
        session: &Session,
        code: &SecretString,
        log: &ExchangeLog,
    ) -> Result<(), Failure> {
        let given = [("code", Given::Secret(code.clone()))];
        self.on_behalf(Operation::Confirm, session, &given, log).await
    }

    async fn close(&self, session: &Session, log: &ExchangeLog) -> Result<(), Failure> {
        self.on_behalf(Operation::Logout, session, &[], log).await
    }
}

impl Entrance {
    async fn on_behalf(
        &self,
        operation: Operation,
        session: &Session,
        given: &[(&str, Given)],
        log: &ExchangeLog,
    ) -> Result<(), Failure> {
        let answer = self.0.call(operation, Some(session), given, log).await;
        answer.map(drop).map_err(|fault| self.refused(fault))
    }

    /// Whoever is refused here must sign in, whatever the call was identified by.
    fn refused(&self, fault: Fault) -> Failure {
        match fault {
            Fault::Odd { odd: Odd::Refused { .. }, by_user: false, .. } => {
                Failure::Never(vec![Issue::error(
                    IssueCode::Login,
                    "the practice does not let this person in",
                )])
            }
            fault => verdict::of_read(fault, &self.0.settings().codes),
        }
    }
}

/// A session of our own making.
fn fresh() -> Result<Session, Failure> {
    let mut bytes = [0; RANDOM_BYTES];
    rand::fill(&mut bytes).map_err(|_| Failure::Later { after: None })?;
    Ok(Session(SecretString::from(hex(&bytes))))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_session_is_long_and_never_the_same() {
        let (one, two) = (fresh().unwrap(), fresh().unwrap());
        assert_eq!(one.0.expose_secret().len(), 2 * RANDOM_BYTES);
        assert_ne!(one.0.expose_secret(), two.0.expose_secret());
        assert!(!format!("{one:?}").contains(one.0.expose_secret()));
    }
}
