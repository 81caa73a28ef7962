//! One look: call, take in, keep what went over the wire, and settle. The cursor moves with settling, after everything else;
//! whatever breaks before that, the same comes again and changes nothing.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use adapter_kit::{ExchangeLog, Polled};
use futures_util::FutureExt as _;
use gateway_core::Problem;
use gateway_store::{Call, CallKind, PollClaim, PollEnd, PollFigures, SetAside, StoreError};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::intake::{Intake, Taken, Texts};
use super::verdict::{End, Facts, Verdict, ours, panicked, taken, theirs, timed_out, waiting};
use super::{Settings, Source, teller};
use crate::dispatch::{exchange_text, pause_broken};
use crate::{Engine, fault};

/// A look that was claimed.
pub(super) struct Look<'a> {
    pub(super) engine: &'a Engine,
    pub(super) source: &'a Source,
    pub(super) settings: &'a Settings,
    pub(super) claim: &'a PollClaim,
}

/// What came of a look.
struct Outcome {
    verdict: Verdict,
    cursor: Option<String>,
    taken: Taken,
}

impl Look<'_> {
    /// Looks, for as long as the claim can be held. Whether it was taken in, and what it made of resources.
    pub(super) async fn look(&self) -> Option<(bool, PollFigures)> {
        let span = tracing::info_span!("poll.look", tenant = %self.claim.tenant, link = %self.claim.link);
        tokio::select! {
            done = self.whole().instrument(span) => done,
            () = self.hold() => {
                tracing::warn!(link = %self.claim.link, "the lease of a look was lost; another node looks");
                None
            }
        }
    }

    async fn whole(&self) -> Option<(bool, PollFigures)> {
        let began = Instant::now();
        let log = ExchangeLog::default();
        let end = self.call(&log).await;
        let exchanges = log.take();
        let status = exchanges.iter().rev().find_map(|exchange| exchange.status);
        let exchange = exchange_text(&exchanges);
        drop(exchanges);
        let mut outcome = self.outcome(end, status).await;
        if let Err(error) = self.keep(exchange, &outcome).await {
            tracing::warn!(cause = %fault::chain(&error), "what a look set aside was not kept");
            (outcome.verdict, outcome.cursor) = (ours("the store failed", self.facts(status)), None);
        }
        self.tell(&outcome, status, began.elapsed());
        if let (true, Some(why)) = (outcome.verdict.broken, &outcome.verdict.reason) {
            tracing::error!(link = %self.claim.link, reason = why, "a link is broken and paused until its check passes");
            pause_broken(&self.engine.parts().store, &self.claim.link, why, self.now()).await;
        }
        self.settle(outcome).await
    }

    async fn call(&self, log: &ExchangeLog) -> End {
        let limit = self.settings.look_limit;
        let call = AssertUnwindSafe(self.source.poll.poll(self.claim.cursor.as_deref(), log)).catch_unwind();
        match tokio::time::timeout(limit, call).await {
            Ok(Ok(told)) => End::Told(told),
            Ok(Err(_panic)) => {
                tracing::error!("the adapter panicked while looking");
                End::Panicked
            }
            Err(_elapsed) => End::TimedOut(limit),
        }
    }

    async fn outcome(&self, end: End, status: Option<u16>) -> Outcome {
        let verdict = match end {
            End::Told(Ok(polled)) => return self.take(polled, status).await,
            End::Told(Err(failure)) => theirs(failure, self.facts(status)),
            End::TimedOut(limit) => timed_out(limit, self.facts(status)),
            End::Panicked => panicked(self.facts(status)),
        };
        Outcome { verdict, cursor: None, taken: Taken::default() }
    }

    /// Takes in what the look brought.
    async fn take(&self, polled: Polled, status: Option<u16>) -> Outcome {
        let Polled { items, aside, cursor } = polled;
        let request_id = format!("look-{}-{}", self.claim.link, self.claim.epoch);
        let teller = teller(&self.claim.tenant, &self.claim.link, request_id.into());
        let mut intake = Intake::new(self.engine, &teller, Texts::NotWanted, self.claim.began);
        // A look is rare; on the heap its writes do not make the future of everything around them deeper.
        let ended = Box::pin(intake.take(items)).await;
        let mut now_in = intake.end();
        now_in.figures.aside += aside.len() as u64;
        now_in.aside.extend(aside.into_iter().map(|one| SetAside {
            place: one.place,
            key: one.key,
            issues: one.issues,
        }));
        let facts = self.facts(status);
        match ended {
            Ok(()) if now_in.faults == 0 && now_in.waiting > 0 => {
                Outcome { verdict: waiting(now_in.waiting, facts), cursor: None, taken: now_in }
            }
            Ok(()) if now_in.faults == 0 => {
                Outcome { verdict: taken(facts), cursor: Some(cursor), taken: now_in }
            }
            Ok(()) => {
                let why = "the gateway failed on some records; they come again";
                Outcome { verdict: ours(why, facts), cursor: None, taken: now_in }
            }
            Err(problem) => Outcome { verdict: ours(stopped(&problem), facts), cursor: None, taken: now_in },
        }
    }

    /// Keeps what went over the wire, and what was set aside.
    async fn keep(&self, exchange: Option<Vec<u8>>, outcome: &Outcome) -> Result<(), StoreError> {
        let store = &self.engine.parts().store;
        let (link, tenant, now) = (&self.claim.link, &self.claim.tenant, self.now());
        let taken = &outcome.taken;
        let kept = match exchange {
            Some(exchange) => {
                let (link, tenant) = (link.clone(), tenant.clone());
                let (kind, at, quiet) = (CallKind::Look, self.claim.began, quiet(outcome));
                Some(store.keep_call(&Call { link, tenant, kind, at, quiet, exchange }).await?)
            }
            None => None,
        };
        store.set_aside((link, tenant), &taken.aside, kept, now).await?;
        store.solve_aside(link, &taken.keys, now).await.map(drop)
    }

    async fn settle(&self, outcome: Outcome) -> Option<(bool, PollFigures)> {
        let Outcome { verdict, cursor, taken } = outcome;
        let took = cursor.is_some();
        let end = PollEnd {
            cursor,
            outcome: verdict.outcome,
            reason: verdict.reason,
            due_at: verdict.due_at,
            failures: verdict.failures,
            figures: taken.figures,
        };
        match self.engine.parts().store.settle_poll(self.claim, self.now(), &end).await {
            Ok(true) => Some((took, taken.figures)),
            Ok(false) => {
                tracing::warn!("the lease of a look was lost; its end is not kept");
                None
            }
            Err(error) => {
                tracing::warn!(cause = %fault::chain(&error), "the end of a look was not kept; it is looked again");
                None
            }
        }
    }

    /// Returns when the claim is lost.
    async fn hold(&self) {
        let store = &self.engine.parts().store;
        loop {
            tokio::time::sleep(self.settings.lease / 3).await;
            match store.hold_poll(self.claim, self.now() + self.settings.lease).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => {
                    tracing::warn!(cause = %fault::chain(&error), "the lease of a look was not renewed");
                }
            }
        }
    }

    fn facts(&self, status: Option<u16>) -> Facts<'_> {
        Facts {
            now: self.now(),
            began: self.claim.began,
            every: self.source.every(),
            failures: self.claim.failures,
            status,
            policy: &self.source.policy,
            fraction: self.settings.jitter.draw(),
        }
    }

    fn now(&self) -> time::OffsetDateTime {
        self.engine.parts().clock.now()
    }

    /// One line and the figures of a look; nothing of the content.
    fn tell(&self, outcome: &Outcome, status: Option<u16>, took: Duration) {
        let Outcome { verdict, taken, .. } = outcome;
        let figures = taken.figures;
        tracing::info!(
            outcome = verdict.outcome,
            reason = verdict.reason,
            status,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            created = figures.created,
            updated = figures.updated,
            unchanged = figures.unchanged,
            aside = figures.aside,
            "a counterpart was looked at"
        );
        let link = self.claim.link.to_string();
        let labels = [("link", link.clone()), ("outcome", verdict.outcome.to_owned())];
        metrics::counter!("zorgtolk_poll_looks_total", &labels).increment(1);
        let items = [
            ("created", figures.created),
            ("updated", figures.updated),
            ("unchanged", figures.unchanged),
            ("aside", figures.aside),
        ];
        for (outcome, count) in items {
            let labels = [("link", link.clone()), ("outcome", outcome.to_owned())];
            metrics::counter!("zorgtolk_poll_items_total", &labels).increment(count);
        }
    }
}

/// Whether nothing came of a look, so that the next like it may take its place in the log.
fn quiet(outcome: &Outcome) -> bool {
    let PollFigures { created, updated, aside, .. } = outcome.taken.figures;
    outcome.cursor.is_some() && created + updated + aside == 0
}

fn stopped(problem: &Problem) -> &'static str {
    match problem {
        Problem::Unavailable { .. } => "the store was not available",
        _ => "the store failed; see the log",
    }
}
