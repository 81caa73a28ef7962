//! Signing a person in at a counterpart, for calls on that person's behalf.
//!
//! The gateway keeps neither password nor session: whoever signed in holds the [`Session`] and brings it along.

use async_trait::async_trait;
use gateway_core::Failure;
use secrecy::SecretString;

use crate::ExchangeLog;

/// A session at a counterpart; its `Debug` says nothing.
#[derive(Debug, Clone)]
pub struct Session(pub SecretString);

/// Signs people in.
#[async_trait]
pub trait SignIn: Send + Sync {
    /// The first factor. The session may still need [`SignIn::confirm`] before it opens everything.
    ///
    /// # Errors
    /// [`Failure::Never`] with `login` when they refuse.
    async fn open(&self, user: &str, password: &SecretString, log: &ExchangeLog) -> Result<Session, Failure>;

    /// Has them send a code to the person.
    ///
    /// # Errors
    /// [`Failure::Never`] with `not-supported` when it is not configured.
    async fn send_code(&self, session: &Session, log: &ExchangeLog) -> Result<(), Failure>;

    /// The second factor.
    ///
    /// # Errors
    /// As [`SignIn::send_code`], and `login` when the code is refused.
    async fn confirm(&self, session: &Session, code: &SecretString, log: &ExchangeLog)
    -> Result<(), Failure>;

    /// Ends the session.
    ///
    /// # Errors
    /// As for a delivery.
    async fn close(&self, session: &Session, log: &ExchangeLog) -> Result<(), Failure>;
}
