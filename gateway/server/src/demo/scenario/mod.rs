//! The scenario of `demo --once` (`contract.md` section 6), walked from outside: HTTP at the doors, HTTP at the stand-in's
//! control side, and the command line. A step whose part of the product is missing is told as missing, never as passed.

mod agenda;
mod crash;
mod push;
mod retry;
mod world;

use std::time::Instant;

use serde::Serialize;

use super::{Gateway, Sheet};
use crate::terminal::one_line;
use world::World;

/// What was seen, in a few words; or why the step does not hold.
type Seen = anyhow::Result<String>;

/// One step as it went.
#[derive(Debug, Serialize)]
pub(crate) struct Step {
    /// Its number in the contract.
    pub(crate) number: u8,
    /// What is done.
    pub(crate) what: &'static str,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// How long it took.
    pub(crate) milliseconds: f64,
    /// What was seen.
    pub(crate) seen: String,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// Its part of the product is not there yet.
    Missing,
}

impl Outcome {
    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "FAILED",
            Self::Missing => "missing",
        }
    }
}

/// Steps whose part of the product has not landed.
const MISSING: [(u8, &str); 5] = [
    (10, "insurance check over mutual-TLS SOAP"),
    (11, "AGB look-up"),
    (12, "NZa search"),
    (13, "facade calls with an API token"),
    (14, "consent dossier: 403, approved, 200"),
];

/// Walks all steps; `tell` hears of each when it has ended.
///
/// # Errors
/// When the walk cannot even begin.
pub(crate) async fn walk(
    sheet: &Sheet,
    gateway: &mut Gateway,
    tell: impl Fn(&Step),
) -> anyhow::Result<Vec<Step>> {
    let mut world = World::new(sheet)?;
    let mut steps = Steps { done: Vec::new(), tell };
    steps.add(1, "token for demo-xis", async || world.log_in().await).await;
    let world = &world;
    steps.add(2, "booked Appointment at the Spreekuur door: 200", async || push::book(world).await).await;
    steps.add(3, "the stand-in has it, one message", async || push::arrived(world).await).await;
    steps.add(4, "the same again: no version, no message", async || push::again(world, gateway).await).await;
    steps.add(5, "moved: second message", async || push::moved(world).await).await;
    steps.add(6, "cancelled: third message", async || push::cancelled(world).await).await;
    steps.add(7, "notification: the stand-in has it", async || push::notify(world).await).await;
    steps.add(8, "subject of 501 characters: refused", async || push::too_long(world, gateway).await).await;
    steps
        .add(9, "agenda of the GP system over Tetra JSON and XML", async || {
            agenda::same_over_both(world, gateway).await
        })
        .await;
    for (number, what) in MISSING {
        steps.miss(number, what);
    }
    steps
        .add(15, "fails twice, arrives at the third attempt", async || retry::third(world, gateway).await)
        .await;
    steps
        .add(16, "killed hard in the middle of 200 writes", async || crash::survive(world, gateway).await)
        .await;
    Ok(steps.done)
}

struct Steps<T> {
    done: Vec<Step>,
    tell: T,
}

impl<T: Fn(&Step)> Steps<T> {
    async fn add(&mut self, number: u8, what: &'static str, act: impl AsyncFnOnce() -> Seen) {
        let begin = Instant::now();
        let seen = act().await;
        let milliseconds = begin.elapsed().as_secs_f64() * 1000.0;
        let (outcome, seen) = match seen {
            Ok(seen) => (Outcome::Passed, seen),
            Err(error) => (Outcome::Failed, one_line(&error)),
        };
        self.push(Step { number, what, outcome, milliseconds, seen });
    }

    fn miss(&mut self, number: u8, what: &'static str) {
        let seen = "its part of the product has not landed".to_owned();
        self.push(Step { number, what, outcome: Outcome::Missing, milliseconds: 0.0, seen });
    }

    fn push(&mut self, step: Step) {
        (self.tell)(&step);
        self.done.push(step);
    }
}
