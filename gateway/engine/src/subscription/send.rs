//! Sending one message to a subscriber, and what its end means for the subscription.

use std::time::Duration;

use adapter_kit::ExchangeLog;
use adapter_kit::http::{HttpFault, NotOutside, Record, retry_after};
use gateway_core::{Failure, Issue, IssueCode, Problem, instant_text};
use gateway_store::{StoreError, SubscriptionState};
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};

use super::live::Subscribed;
use super::message::Message;
use super::wanted::{Form, Wanted};
use super::{Hooks, sign};
use crate::Engine;

/// How a message ended.
type Ended = Result<Response<Vec<u8>>, HttpFault>;

impl Engine {
    /// Sends a message once.
    pub(super) async fn send(
        &self,
        hooks: &Hooks,
        (to, wanted): (&Subscribed, &Wanted),
        message: &Message,
        log: &ExchangeLog,
    ) -> Ended {
        let now = self.parts().clock.now();
        let body = message.body.as_bytes();
        let mut request = Request::builder().method(&message.method).uri(&message.address);
        for (name, value) in &wanted.headers {
            request = request.header(name, value);
        }
        if let Some(media_type) = &message.media_type {
            request = request.header(CONTENT_TYPE, media_type);
        }
        for (name, value) in sign::headers(&to.row.secret, &message.id, now, body) {
            request = request.header(name, value);
        }
        let request = request.body(body.to_vec()).map_err(|_| HttpFault::Unbuildable)?;
        let sent = hooks.client.send(request, Record::Bodies, log);
        match tokio::time::timeout(timeout(hooks, wanted), sent).await {
            Ok(ended) => ended,
            Err(_elapsed) => Err(HttpFault::NoAnswer { why: "timed out" }),
        }
    }

    /// What the end of a message means: the subscription is in order, or fails, or has failed for too long.
    pub(super) async fn ended(&self, hooks: &Hooks, to: &Subscribed, ended: &Ended) -> Result<(), Failure> {
        let (store, now) = (&self.parts().store, self.parts().clock.now());
        let link = &to.row.in_force.link;
        let Some(why) = failed(ended) else {
            store.subscription_told(link, now).await.map_err(|e| later(&e))?;
            return Ok(());
        };
        if is_final(ended) {
            return self.fails(to, &why).await;
        }
        let since = store.subscription_failed(link, now).await.map_err(|e| later(&e))?;
        if now - since >= hooks.settings.give_up_after {
            let why = format!("nothing arrived since {}: {why}", instant_text(since));
            return self.fails(to, &why).await;
        }
        Err(match ended {
            Ok(answer) => Failure::Later { after: retry_after(answer.headers(), now) },
            Err(HttpFault::NoAnswer { .. } | HttpFault::Cut { .. } | HttpFault::TooLarge { .. }) => {
                Failure::Unsure
            }
            Err(_) => Failure::Later { after: None },
        })
    }

    /// Nothing more is told until the client asks anew.
    pub(super) async fn fails(&self, to: &Subscribed, why: &str) -> Result<(), Failure> {
        self.becomes(&to.row.in_force, SubscriptionState::Error, Some(why)).await.map_err(|e| problem(&e))?;
        let text = format!("the subscription is in error: {why}");
        Err(Failure::Never(vec![Issue::error(IssueCode::Exception, text)]))
    }
}

/// The shorter of what is offered and what the subscription asks for.
fn timeout(hooks: &Hooks, wanted: &Wanted) -> Duration {
    let asked = match &wanted.form {
        Form::Topic(topic) => topic.timeout,
        Form::Plain { .. } => None,
    };
    asked.map_or(hooks.settings.timeout, |asked| asked.min(hooks.settings.timeout))
}

/// Why a message did not arrive; `None` when it did. A status is all that is needed of an answer.
pub(super) fn failed(ended: &Ended) -> Option<String> {
    let status = match ended {
        Ok(answer) => Some(answer.status()),
        Err(fault) => fault.status(),
    };
    match (status, ended) {
        (Some(status), _) if status.is_success() => None,
        (Some(status), _) if status.is_redirection() => {
            Some(format!("it answered {}, and redirects are not followed", status.as_u16()))
        }
        (Some(status), _) => Some(format!("it answered {}", status.as_u16())),
        (None, Err(fault)) => Some(fault.to_string()),
        (None, Ok(_)) => None,
    }
}

/// Whether there is no use in trying again: they are gone, or their address leads where it must not.
fn is_final(ended: &Ended) -> bool {
    match ended {
        Ok(answer) => answer.status() == StatusCode::GONE,
        Err(HttpFault::Outside(refused)) => *refused != NotOutside::Unknown,
        Err(fault) => fault.status() == Some(StatusCode::GONE),
    }
}

/// The store failed: again later.
pub(super) fn later(error: &StoreError) -> Failure {
    tracing::warn!(cause = %crate::fault::chain(error), "a subscription could not be looked at; it is tried again");
    Failure::Later { after: None }
}

pub(super) fn problem(problem: &Problem) -> Failure {
    tracing::warn!(%problem, "a subscription could not be changed; it is tried again");
    Failure::Later { after: None }
}
