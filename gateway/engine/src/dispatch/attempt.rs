//! One attempt: whose turn it is, what it carries, how it ended. The network is touched here, and no transaction is open.

use std::panic::AssertUnwindSafe;

use adapter_kit::{Deliver, ExchangeLog};
use futures_util::FutureExt as _;
use gateway_core::{Attempt, Clock, Delivery, DeliveryState, Failure, Receipt};
use gateway_store::{Claim, Queued, Settled, Settlement, Store};
use time::OffsetDateTime;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::breaker::Sign;
use super::content::{self, ContentError};
use super::lane::{Coalesce, superseded, turn};
use super::line::Line;
use super::verdict::{End, Facts, Verdict, verdict};
use super::{Jitter, exchange};
use crate::fault;

/// What an attempt needs.
pub(super) struct Means<'a> {
    pub(super) store: &'a Store,
    pub(super) clock: &'a dyn Clock,
    pub(super) jitter: &'a Jitter,
    pub(super) line: &'a Line,
}

/// What came of a claim.
pub(super) struct Outcome {
    pub(super) settlement: Settlement,
    pub(super) sign: Sign,
    /// Why the link is to be paused.
    pub(super) broken: Option<String>,
}

impl Means<'_> {
    /// Makes the attempt that a claim is for.
    pub(super) async fn attempt(&self, claim: Claim) -> Outcome {
        let Some(deliver) = &self.line.link.deliver else {
            return self.refuse_all(&claim);
        };
        let coalesce =
            if deliver.states(claim.key.resource_type) { Coalesce::Newest } else { Coalesce::Each };
        let Some(turn) = turn(claim.queued.clone(), coalesce) else {
            return self.give_back(&claim);
        };
        let mut settled: Vec<_> = turn.replaced.iter().map(|old| superseded(old, &turn.head)).collect();
        match content::delivery(self.store, &claim, &turn.head).await {
            Ok(_) if self.too_late(&claim) => self.give_back(&claim),
            Ok(delivery) => {
                let (verdict, carried) = self.carry(&turn.head, &delivery, &**deliver).await;
                settled.push(carried);
                judged(&claim, settled, verdict)
            }
            Err(ContentError::Store(error)) => {
                tracing::warn!(cause = %fault::chain(&error), "a delivery was not read; it stays due");
                self.give_back(&claim)
            }
            Err(error @ ContentError::Damaged) => {
                tracing::error!(delivery.id = turn.head.delivery, "{error}");
                settled.push(end(&turn.head, DeliveryState::Dead, &error.to_string()));
                self.quiet(&claim, settled)
            }
        }
    }

    /// Sends, and keeps what happened.
    async fn carry(&self, head: &Queued, delivery: &Delivery, deliver: &dyn Deliver) -> (Verdict, Settled) {
        let (at, began) = (self.clock.now(), Instant::now());
        let log = ExchangeLog::default();
        let span = span(delivery);
        let ended = self.run(deliver, delivery, &log).instrument(span.clone()).await;
        let ended = self.named(delivery, ended).await;
        let took = began.elapsed();
        let exchanges = log.take();
        let status = exchanges.iter().rev().find_map(|exchange| exchange.status);
        let verdict = verdict(ended, self.facts(head, delivery.attempt, status));
        span.in_scope(|| tell(&verdict, status, took));
        let attempt = Attempt {
            number: delivery.attempt,
            at,
            took,
            outcome: verdict.outcome.to_owned(),
            reason: verdict.reason.clone(),
        };
        let settled = Settled {
            delivery: head.delivery,
            state: verdict.state,
            reason: verdict.reason.clone(),
            attempt: Some(attempt),
            exchange: exchange::text(&exchanges),
        };
        (verdict, settled)
    }

    async fn run(&self, deliver: &dyn Deliver, delivery: &Delivery, log: &ExchangeLog) -> End {
        let limit = self.line.link.policy.attempt_limit;
        let carried = AssertUnwindSafe(deliver.deliver(delivery, log)).catch_unwind();
        match tokio::time::timeout(limit, carried).await {
            Ok(Ok(told)) => End::Told(told),
            Ok(Err(_panic)) => {
                tracing::error!("the adapter panicked");
                End::Panicked
            }
            Err(_elapsed) => End::TimedOut,
        }
    }

    /// Keeps the keys they gave. When that fails nobody knows them: the next attempt asks again.
    async fn named(&self, delivery: &Delivery, ended: End) -> End {
        let End::Told(Ok(Receipt::Named { names, .. })) = &ended else { return ended };
        for (key, name) in names {
            match self.store.name(&delivery.tenant, key, name).await {
                Ok(true) => {}
                Ok(false) => tracing::warn!(
                    delivery.id = delivery.id,
                    "the counterpart's key names another resource already"
                ),
                Err(error) => {
                    tracing::warn!(
                        delivery.id = delivery.id,
                        error = &error as &dyn std::error::Error,
                        "the counterpart's key cannot be kept"
                    );
                    return End::Told(Err(Failure::Unsure));
                }
            }
        }
        ended
    }

    fn facts(&self, head: &Queued, attempt: u32, status: Option<u16>) -> Facts<'_> {
        Facts {
            now: self.clock.now(),
            since: head.since,
            attempt,
            status,
            policy: &self.line.link.policy,
            fraction: self.jitter.draw(),
        }
    }

    /// Whether an attempt could outlast the lease, because loading took so long.
    fn too_late(&self, claim: &Claim) -> bool {
        self.clock.now() + self.line.link.policy.attempt_limit > claim.until
    }

    /// Nothing happened: the lane can be claimed again.
    fn give_back(&self, claim: &Claim) -> Outcome {
        let pause = self.line.link.policy.first_pause;
        let mut outcome = self.quiet(claim, Vec::new());
        outcome.settlement.due_at = self.clock.now() + pause;
        outcome
    }

    fn refuse_all(&self, claim: &Claim) -> Outcome {
        let why = "this link cannot carry changes";
        let refused = claim.queued.iter().map(|one| end(one, DeliveryState::Refused, why));
        self.quiet(claim, refused.collect())
    }

    fn quiet(&self, claim: &Claim, deliveries: Vec<Settled>) -> Outcome {
        let settlement = Settlement {
            lane: claim.lane,
            epoch: claim.epoch,
            deliveries,
            note: None,
            sent: false,
            due_at: self.clock.now(),
        };
        Outcome { settlement, sign: Sign::None, broken: None }
    }
}

/// What comes of a claim when our own code panicked: a later attempt may do better.
pub(super) fn lost(claim: &Claim, due_at: OffsetDateTime) -> Outcome {
    let settlement = Settlement {
        lane: claim.lane,
        epoch: claim.epoch,
        deliveries: Vec::new(),
        note: None,
        sent: true,
        due_at,
    };
    Outcome { settlement, sign: Sign::None, broken: None }
}

/// What a verdict means for the lane and the link.
fn judged(claim: &Claim, deliveries: Vec<Settled>, verdict: Verdict) -> Outcome {
    Outcome {
        broken: verdict.reason.filter(|_| verdict.broken),
        sign: verdict.sign,
        settlement: Settlement {
            lane: claim.lane,
            epoch: claim.epoch,
            deliveries,
            note: verdict.note,
            sent: verdict.sent,
            due_at: verdict.due_at,
        },
    }
}

fn span(delivery: &Delivery) -> tracing::Span {
    tracing::info_span!(
        "delivery.attempt",
        tenant = %delivery.tenant,
        link = %delivery.link,
        delivery.id = delivery.id,
        attempt = delivery.attempt,
        resource.type = %delivery.key.resource_type,
        resource.id = %delivery.key.id,
        resource.version = %delivery.version,
    )
}

fn end(queued: &Queued, state: DeliveryState, reason: &str) -> Settled {
    Settled {
        delivery: queued.delivery,
        state,
        reason: Some(reason.to_owned()),
        attempt: None,
        exchange: None,
    }
}

/// One line per attempt: what, how, how long; nothing of the content (`spreekuur.md` C-11).
fn tell(verdict: &Verdict, status: Option<u16>, took: std::time::Duration) {
    let (outcome, ms) = (verdict.outcome, u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    if verdict.state == DeliveryState::Dead {
        tracing::warn!(outcome, status, ms, "a delivery was given up");
    } else {
        tracing::info!(outcome, status, ms, "a delivery was attempted");
    }
}
