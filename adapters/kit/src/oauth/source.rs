//! The token of one link: kept, refreshed once, dropped when it is refused.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::http::HeaderValue;
use gateway_core::{Clock, Ids};
use secrecy::{ExposeSecret, SecretString};
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;
use url::Url;

use super::request::{Grant, TokenRequest};
use super::{OAuthSettings, TokenFault, TokenServer, discovery};
use crate::ExchangeLog;
use crate::http::HttpClient;

/// Assumed when the server does not say how long a token lives.
const UNSAID_LIFETIME: Duration = Duration::minutes(5);

/// A token in use.
#[derive(Clone)]
pub struct Token {
    secret: SecretString,
    serial: u64,
}

impl Token {
    /// The value of `Authorization`; `None` when the token cannot stand in a header.
    #[must_use]
    pub fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.secret.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token(#{})", self.serial)
    }
}

/// Gives the token of one link.
pub struct TokenSource {
    settings: OAuthSettings,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    link: String,
    /// Refreshes that have ended: who waited while one did takes its outcome.
    ended: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: Option<(Token, OffsetDateTime)>,
    failed: Option<TokenFault>,
    endpoint: Option<Url>,
}

impl TokenSource {
    /// A source that has asked for nothing yet. `link` names it in metrics.
    #[must_use]
    pub fn new(
        settings: OAuthSettings,
        http: HttpClient,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        link: String,
    ) -> Self {
        Self { settings, http, clock, ids, link, ended: AtomicU64::new(0), state: Mutex::default() }
    }

    /// A token that is good for now. However many call at once, one request is in flight; its outcome is everybody's.
    ///
    /// # Errors
    /// [`TokenFault`], counted in `zorgtolk_token_failures_total`.
    pub async fn token(&self, log: &ExchangeLog) -> Result<Token, TokenFault> {
        let seen = self.ended.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        if let Some((token, until)) = &state.kept
            && self.clock.now() < *until
        {
            return Ok(token.clone());
        }
        let waited = self.ended.load(Ordering::Acquire) > seen;
        match &state.failed {
            Some(fault) if waited => Err(fault.clone()),
            _ => self.refresh(&mut state, log).await,
        }
    }

    /// A token asked for right now: proves that the server still gives them.
    ///
    /// # Errors
    /// As [`TokenSource::token`].
    pub async fn fresh(&self, log: &ExchangeLog) -> Result<Token, TokenFault> {
        let mut state = self.state.lock().await;
        self.refresh(&mut state, log).await
    }

    /// The counterpart refused `token`: it is dropped, unless it has been replaced already.
    pub async fn refused(&self, token: &Token) {
        let mut state = self.state.lock().await;
        if state.kept.as_ref().is_some_and(|(kept, _)| kept.serial == token.serial) {
            state.kept = None;
        }
    }

    async fn refresh(&self, state: &mut State, log: &ExchangeLog) -> Result<Token, TokenFault> {
        let outcome = self.ask(state, log).await;
        let serial = self.ended.fetch_add(1, Ordering::AcqRel);
        match outcome {
            Ok(grant) => {
                let token = Token { secret: grant.secret, serial };
                let lifetime = grant.expires_in.and_then(|d| d.try_into().ok()).unwrap_or(UNSAID_LIFETIME);
                state.kept =
                    self.clock.now().checked_add(kept_for(lifetime)).map(|until| (token.clone(), until));
                state.failed = None;
                Ok(token)
            }
            Err(fault) => {
                metrics::counter!("zorgtolk_token_failures_total", "link" => self.link.clone()).increment(1);
                tracing::warn!(link = %self.link, %fault, "no access token");
                *state = State { failed: Some(fault.clone()), ..State::default() };
                Err(fault)
            }
        }
    }

    async fn ask(&self, state: &mut State, log: &ExchangeLog) -> Result<Grant, TokenFault> {
        let now = self.clock.now();
        let endpoint = match (&self.settings.server, &state.endpoint) {
            (TokenServer::Endpoint(endpoint), _) | (TokenServer::Issuer(_), Some(endpoint)) => {
                endpoint.clone()
            }
            (TokenServer::Issuer(issuer), None) => {
                state.endpoint.insert(discovery::token_endpoint(issuer, &self.http, now, log).await?).clone()
            }
        };
        let jti = self.ids.next().to_string();
        TokenRequest { settings: &self.settings, endpoint: &endpoint, http: &self.http, now, jti }
            .send(log)
            .await
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// How long a token with this lifetime is used (`spreekuur.md` section 3, choice 4).
fn kept_for(lifetime: Duration) -> Duration {
    if lifetime < Duration::minutes(10) { lifetime * 9 / 10 } else { lifetime - Duration::minutes(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_kept_until_a_minute_or_a_tenth_before_its_end() {
        for (lifetime, wanted) in [(3600, 3540), (600, 540), (599, 539), (300, 270), (10, 9), (0, 0)] {
            let kept = kept_for(Duration::seconds(lifetime));
            assert_eq!(kept.whole_seconds(), wanted, "{lifetime}");
        }
    }
}
