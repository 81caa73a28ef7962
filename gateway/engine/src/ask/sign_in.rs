//! Signing a person in at a counterpart: passed on to the adapter. Neither password, code nor session is kept; what went
//! over the wire is, with those masked by the adapter.
//!
//! Who signs people in must be allowed to read Patients: that is what a session opens.

use adapter_kit::{ExchangeLog, Session, SignIn};
use gateway_core::{Caller, Failure, Interaction, LinkId, Problem, ResourceType};
use gateway_store::CallKind;
use secrecy::SecretString;

use super::{Live, failure};
use crate::Engine;
use crate::read::allowed;

impl Engine {
    /// Signs a person in with the first factor. [`Engine::confirm_code`] may have to follow before the session opens
    /// everything.
    ///
    /// # Errors
    /// `Forbidden` without the scope to read Patients; `NotFound` when the link is not one of the caller's tenant;
    /// `Malformed` (`not-supported`) when it signs nobody in; `Unauthenticated` when they refuse; `Unavailable`.
    pub async fn open_session(
        &self,
        caller: &Caller,
        link: &LinkId,
        user: &str,
        password: &SecretString,
    ) -> Result<Session, Problem> {
        let (live, sign_in) = self.sign_in_of(caller, link)?;
        let log = ExchangeLog::default();
        self.signed(caller, (link, live), &log, sign_in.open(user, password, &log)).await
    }

    /// Has them send a code to the person.
    ///
    /// # Errors
    /// As [`Engine::open_session`].
    pub async fn send_code(&self, caller: &Caller, link: &LinkId, session: &Session) -> Result<(), Problem> {
        let (live, sign_in) = self.sign_in_of(caller, link)?;
        let log = ExchangeLog::default();
        self.signed(caller, (link, live), &log, sign_in.send_code(session, &log)).await
    }

    /// Confirms the session with the code: the second factor.
    ///
    /// # Errors
    /// As [`Engine::open_session`].
    pub async fn confirm_code(
        &self,
        caller: &Caller,
        link: &LinkId,
        session: &Session,
        code: &SecretString,
    ) -> Result<(), Problem> {
        let (live, sign_in) = self.sign_in_of(caller, link)?;
        let log = ExchangeLog::default();
        self.signed(caller, (link, live), &log, sign_in.confirm(session, code, &log)).await
    }

    /// Ends the session.
    ///
    /// # Errors
    /// As [`Engine::open_session`].
    pub async fn close_session(
        &self,
        caller: &Caller,
        link: &LinkId,
        session: &Session,
    ) -> Result<(), Problem> {
        let (live, sign_in) = self.sign_in_of(caller, link)?;
        let log = ExchangeLog::default();
        self.signed(caller, (link, live), &log, sign_in.close(session, &log)).await
    }

    fn sign_in_of(&self, caller: &Caller, link: &LinkId) -> Result<(&Live, &dyn SignIn), Problem> {
        allowed(caller, ResourceType::Patient, Interaction::Read)?;
        let live = self.live_of(caller, link)?;
        let sign_in = live.sign_in.as_deref();
        Ok((live, sign_in.ok_or_else(|| failure::cannot("the counterpart signs nobody in"))?))
    }

    async fn signed<T>(
        &self,
        caller: &Caller,
        (link, live): (&LinkId, &Live),
        log: &ExchangeLog,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Problem> {
        let at = self.parts().clock.now();
        let ended = self.call(caller, (link, live), call).await;
        self.keep(caller, link, CallKind::SignIn, at, log).await;
        ended
    }
}
