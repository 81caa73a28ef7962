//! Asking a counterpart while somebody waits: who may, what of the answer is kept, what is only passed on.
//!
//! A question is put to one link of the caller's own tenant. What the answer says about lasting things is laid onto what is
//! there, as a look's records are; what is true for a moment only (free time) goes to the one who asked and nowhere else.

mod failure;
mod sign_in;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use adapter_kit::{Answer, Ask, ExchangeLog, Link, Question, SignIn};
use futures_util::FutureExt as _;
use gateway_core::{Caller, Failure, Interaction, Issue, IssueCode, LinkId, Problem, Resource, TenantId};
use gateway_store::{Call, CallKind, SetAside, Stored};
use time::OffsetDateTime;

use crate::dispatch::exchange_text;
use crate::poll::intake::{Intake, Texts};
use crate::poll::teller;
use crate::read::allowed;
use crate::{Engine, fault};

/// What a link can do while somebody waits.
pub struct Live {
    /// Whose link it is.
    pub tenant: TenantId,
    /// Answers questions.
    pub ask: Option<Box<dyn Ask>>,
    /// Signs people in.
    pub sign_in: Option<Box<dyn SignIn>>,
    /// A call that hears nothing for longer has failed.
    pub limit: Duration,
}

/// The links that answer while somebody waits, of all tenants.
pub type LiveLinks = BTreeMap<LinkId, Live>;

impl Live {
    /// Takes the abilities to answer questions and to sign people in out of a link, when it has one of them; the rest of
    /// the link is for the dispatcher.
    #[must_use]
    pub fn of(tenant: &TenantId, link: &mut Link) -> Option<Self> {
        let (ask, sign_in) = (link.ask.take(), link.sign_in.take());
        if ask.is_none() && sign_in.is_none() {
            return None;
        }
        Some(Self { tenant: tenant.clone(), ask, sign_in, limit: link.policy.attempt_limit })
    }
}

/// What came of a question.
#[derive(Debug, Default)]
pub struct Answered {
    /// What was kept, as it stands now, in the order of their answer; of types the caller may not read, nothing.
    pub kept: Vec<Stored>,
    /// What is only passed on.
    pub passing: Vec<Resource>,
    /// What the one who asked should know.
    pub warnings: Vec<Issue>,
}

impl Engine {
    /// Puts a question to a link, lays what lasts of the answer onto what is there, and answers with all of it. What went
    /// over the wire is kept.
    ///
    /// # Errors
    /// `Forbidden` when the scopes do not allow searching the type; `NotFound` when the link is not one of the caller's
    /// tenant; `Malformed` (`not-supported`) when it cannot be asked this; `Unauthenticated` or `Forbidden` when the
    /// counterpart does not let this asker; `Invalid` when it refuses the question; `Unavailable` when it does not answer
    /// or is paused.
    pub async fn ask(&self, caller: &Caller, link: &LinkId, question: Question) -> Result<Answered, Problem> {
        allowed(caller, question.resource_type, Interaction::Search)?;
        let live = self.live_of(caller, link)?;
        let ask = live.ask.as_ref().filter(|ask| ask.answers(question.resource_type));
        let ask = ask.ok_or_else(|| failure::cannot("the counterpart cannot be asked this"))?;
        let log = ExchangeLog::default();
        let at = self.parts().clock.now();
        let ended = self.call(caller, (link, live), ask.ask(&question, &log)).await;
        let exchange = self.keep(caller, link, CallKind::Question, at, &log).await;
        self.taken_up(caller, link, ended?, (at, exchange)).await
    }

    /// The link, when it is the caller's tenant's own.
    fn live_of(&self, caller: &Caller, link: &LinkId) -> Result<&Live, Problem> {
        self.live(link).filter(|live| live.tenant == caller.tenant).ok_or(Problem::NotFound)
    }

    /// Calls, unless the link is paused; what a failure means for the link and for the one who waits.
    async fn call<T>(
        &self,
        caller: &Caller,
        (link, live): (&LinkId, &Live),
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Problem> {
        let store = &self.parts().store;
        if store.pause_of(link).await.map_err(|e| fault::of_store(&e, caller))?.is_some() {
            return Err(failure::paused());
        }
        let ended = tokio::time::timeout(live.limit, AssertUnwindSafe(call).catch_unwind()).await;
        let failed = match ended {
            Ok(Ok(Ok(told))) => return Ok(told),
            Ok(Ok(Err(failed))) => failed,
            Ok(Err(_panic)) => {
                tracing::error!(%link, "the adapter panicked while somebody waited");
                Failure::Unsure
            }
            Err(_elapsed) => Failure::Unsure,
        };
        if let Failure::Broken(why) = &failed {
            tracing::error!(%link, reason = why, "a link is broken and paused until its check passes");
            crate::dispatch::pause_broken(store, link, why, self.parts().clock.now()).await;
        }
        Err(failure::told(failed))
    }

    /// Keeps what went over the wire. Who waits gets the answer also when this fails.
    async fn keep(
        &self,
        caller: &Caller,
        link: &LinkId,
        kind: CallKind,
        at: OffsetDateTime,
        log: &ExchangeLog,
    ) -> Option<i64> {
        let exchange = exchange_text(&log.take())?;
        let (link, tenant) = (link.clone(), caller.tenant.clone());
        let call = Call { link, tenant, kind, at, quiet: false, exchange };
        match self.parts().store.keep_call(&call).await {
            Ok(id) => Some(id),
            Err(error) => {
                tracing::warn!(link = %call.link, cause = %fault::chain(&error), "an exchange was not kept");
                None
            }
        }
    }

    async fn taken_up(
        &self,
        caller: &Caller,
        link: &LinkId,
        answer: Answer,
        (at, exchange): (OffsetDateTime, Option<i64>),
    ) -> Result<Answered, Problem> {
        let Answer { items, passing, aside, mut warnings } = answer;
        let teller = teller(&caller.tenant, link, caller.request_id.clone());
        let mut intake = Intake::new(self, &teller, Texts::Wanted, at);
        let order: Vec<_> = items.iter().map(|item| item.key.clone()).collect();
        intake.take(items).await?;
        let mut taken = intake.end();
        taken.aside.extend(aside.into_iter().map(|one| SetAside {
            place: one.place,
            key: one.key,
            issues: one.issues,
        }));
        if !taken.aside.is_empty() {
            let of = (link, &caller.tenant);
            let now = self.parts().clock.now();
            let kept = self.parts().store.set_aside(of, &taken.aside, exchange, now).await;
            kept.map_err(|e| fault::of_store(&e, caller))?;
            warnings.push(incomplete(taken.aside.len()));
        }
        let kept = order.iter().filter_map(|key| taken.texts.remove(key)).filter(|one| readable(caller, one));
        let kept = kept.collect();
        Ok(Answered { kept, passing, warnings })
    }
}

fn readable(caller: &Caller, one: &Stored) -> bool {
    let may = |interaction| caller.scopes.allow(one.key.resource_type, interaction);
    may(Interaction::Read) || may(Interaction::Search)
}

fn incomplete(count: usize) -> Issue {
    let text = format!("{count} of the counterpart's records could not be read and are left out");
    Issue::warning(IssueCode::Incomplete, text)
}
