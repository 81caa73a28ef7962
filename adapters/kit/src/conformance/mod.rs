//! One list of behaviours that every adapter shows against its own stand-in (`style.md` section 10).
//!
//! An adapter implements [`Harness`] in its tests and writes `adapter_kit::conformance!(MyHarness);`: each behaviour below
//! becomes a test of that name. They assert on what arrived at the stand-in and on what the engine is told, never on how
//! the adapter is built. What belongs to the engine (order, pauses, giving up) is proved there.

mod behaviours;
mod logs;
mod tls;

use async_trait::async_trait;
use gateway_core::{Delivery, FixedClock};

pub use behaviours::*;
pub use logs::Logs;
pub use tls::{TestCa, TlsServer, pem};

use crate::Link;
use crate::standin::Rule;

/// How a link is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setup {
    /// As the stand-in wants it.
    Right,
    /// With a secret (or certificate) that the stand-in does not know.
    WrongSecret,
    /// With the counterpart's API at another origin, for instance `https://127.0.0.1:1234`; tokens still come from the
    /// stand-in.
    At(String),
}

/// An adapter and its stand-in, as the suite drives them. Deliveries are attempt 1 and carry no note; the suite sets both.
#[async_trait]
pub trait Harness: Sized + Send + Sync {
    /// Starts a stand-in in which nothing has happened yet.
    async fn start() -> Self;

    /// The clock that every link of this harness runs on.
    fn clock(&self) -> &FixedClock;

    /// A new link to the stand-in.
    fn link(&self, setup: Setup) -> Link;

    /// A change that the counterpart takes. Each number is another resource.
    fn change(&self, number: u32) -> Delivery;

    /// A change with a code for which the counterpart's language has no word.
    fn unknown_code(&self) -> Delivery;

    /// Scripts the stand-in for requests that carry a change: method and path of `rule` are the harness's to set.
    async fn spoil(&self, rule: Rule);

    /// How many changes took effect at the counterpart: what it did, not what it was asked.
    async fn effects(&self) -> usize;

    /// How many requests that carry a change arrived.
    async fn calls(&self) -> usize;

    /// How many tokens were asked for; `None` when this counterpart knows no tokens.
    async fn tokens(&self) -> Option<usize>;

    /// Moves the stand-in's clock; ours is moved by the suite.
    async fn advance(&self, seconds: i64);

    /// Names, numbers and texts in the changes: none may be seen in logs, failures and notes.
    fn personal(&self) -> Vec<String>;

    /// Secrets of the set-up, right and wrong: none may be seen anywhere at all.
    fn secrets(&self) -> Vec<String>;
}

/// Makes a test of each behaviour for a [`Harness`].
#[macro_export]
macro_rules! conformance {
    ($harness:ty) => {
        $crate::conformance! { @tests $harness:
            answer_lost_after_sending_happens_once
            request_lost_before_processing_happens_once
            the_same_delivery_twice_happens_once
            refusal_is_not_retried
            retry_after_is_obeyed
            server_trouble_is_later
            connection_refused_is_later
            wrong_secret_is_broken
            rejected_certificate_is_broken
            expired_token_is_replaced_once
            refused_token_is_replaced_once
            one_token_serves_all_who_wait
            odd_bodies_are_survived
            unknown_code_is_an_issue
            nothing_personal_is_logged
            check_changes_nothing
            exchange_log_holds_the_exchange_and_no_secret
        }
    };
    (@tests $harness:ty: $($behaviour:ident)+) => {
        $(
            #[tokio::test]
            async fn $behaviour() {
                let harness = <$harness as $crate::conformance::Harness>::start().await;
                $crate::conformance::$behaviour(harness).await;
            }
        )+
    };
}
