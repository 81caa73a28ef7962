//! The behaviours. Each takes a fresh harness and panics when the adapter does not show it.

#![expect(clippy::missing_panics_doc, reason = "these are tests: a behaviour that is not shown panics")]

use std::net::TcpListener;
use std::time::Duration;

use futures_util::future::join_all;
use gateway_core::{Delivery, Failure, Receipt};

use super::{Harness, Logs, Setup, TestCa, TlsServer};
use crate::standin::{Act, Rule};
use crate::{Deliver, ExchangeLog, Link};

/// Longer than any token lives.
const A_DAY: i64 = 86_400;

type Outcome = Result<Receipt, Failure>;

/// The counterpart did it and the answer was lost: the engine learns that it is unsure, and sending again adds nothing.
pub async fn answer_lost_after_sending_happens_once<H: Harness>(harness: H) {
    lost_and_sent_again(&harness, Act::DropAfter).await;
}

/// The line broke before it was done: for the engine that is the same, and sending again does it.
pub async fn request_lost_before_processing_happens_once<H: Harness>(harness: H) {
    lost_and_sent_again(&harness, Act::Drop).await;
}

async fn lost_and_sent_again<H: Harness>(harness: &H, act: Act) {
    let link = harness.link(Setup::Right);
    harness.spoil(rule(act)).await;
    let first = deliver(&link, &harness.change(1)).await;
    assert_eq!(first, Err(Failure::Unsure), "sent, no answer");
    delivered(&deliver(&link, &again(harness.change(1))).await);
    assert_eq!(harness.effects().await, 1, "it happened once");
}

/// The same change on two attempts is one change there.
pub async fn the_same_delivery_twice_happens_once<H: Harness>(harness: H) {
    let link = harness.link(Setup::Right);
    delivered(&deliver(&link, &harness.change(1)).await);
    delivered(&deliver(&link, &again(harness.change(1))).await);
    delivered(&deliver(&link, &harness.change(2)).await);
    assert_eq!(harness.effects().await, 2, "one effect per change");
}

/// They understood and refused: the engine is told why, and that it is final.
pub async fn refusal_is_not_retried<H: Harness>(harness: H) {
    let link = harness.link(Setup::Right);
    harness.spoil(Rule { status: Some(400), ..rule(Act::Status) }).await;
    let outcome = deliver(&link, &harness.change(1)).await;
    assert!(matches!(&outcome, Err(Failure::Never(issues)) if !issues.is_empty()), "{outcome:?}");
    assert_eq!(harness.calls().await, 1, "the adapter does not try again by itself");
    assert_eq!(harness.effects().await, 0);
}

/// The pause they ask for reaches the engine.
pub async fn retry_after_is_obeyed<H: Harness>(harness: H) {
    let link = harness.link(Setup::Right);
    for status in [429, 503] {
        harness.spoil(Rule { status: Some(status), retry_after: Some(7), ..rule(Act::Status) }).await;
        let outcome = deliver(&link, &harness.change(1)).await;
        assert_eq!(outcome, Err(Failure::Later { after: Some(Duration::from_secs(7)) }), "{status}");
    }
    delivered(&deliver(&link, &again(harness.change(1))).await);
}

/// Their trouble passes: not now, and not our fault.
pub async fn server_trouble_is_later<H: Harness>(harness: H) {
    let link = harness.link(Setup::Right);
    for status in [500, 502, 503, 504] {
        harness.spoil(Rule { status: Some(status), ..rule(Act::Status) }).await;
        let outcome = deliver(&link, &harness.change(1)).await;
        assert_eq!(outcome, Err(Failure::Later { after: None }), "{status}");
    }
    delivered(&deliver(&link, &again(harness.change(1))).await);
    assert_eq!(harness.effects().await, 1);
}

/// Nobody listens: nothing was sent, and somebody may listen later.
pub async fn connection_refused_is_later<H: Harness>(harness: H) {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    let nobody = format!("http://{}", free.expect("loopback has a free port"));
    let link = harness.link(Setup::At(nobody));
    let outcome = deliver(&link, &harness.change(1)).await;
    assert_eq!(outcome, Err(Failure::Later { after: None }));
}

/// They do not know us: an operator must look, and nothing was sent.
pub async fn wrong_secret_is_broken<H: Harness>(harness: H) {
    let link = harness.link(Setup::WrongSecret);
    let outcome = deliver(&link, &harness.change(1)).await;
    broken(&outcome);
    let check = link.check.check().await;
    assert!(matches!(check, Err(Failure::Broken(_))), "{check:?}");
    assert_eq!(harness.effects().await, 0);
}

/// Who answers is not who was meant: nothing is sent to them.
pub async fn rejected_certificate_is_broken<H: Harness>(harness: H) {
    let impostor = TlsServer::start(&TestCa::new(), None);
    let link = harness.link(Setup::At(impostor.origin()));
    broken(&deliver(&link, &harness.change(1)).await);
    assert_eq!(impostor.requests(), 0, "nothing was said to them");
}

/// A token that has run out by the clock is replaced before it is used, by one request.
pub async fn expired_token_is_replaced_once<H: Harness>(harness: H) {
    let Some(0) = harness.tokens().await else { return };
    let link = harness.link(Setup::Right);
    delivered(&deliver(&link, &harness.change(1)).await);
    delivered(&deliver(&link, &harness.change(2)).await);
    assert_eq!(harness.tokens().await, Some(1), "a token is kept");
    harness.clock().advance(time::Duration::seconds(A_DAY));
    harness.advance(A_DAY).await;
    delivered(&deliver(&link, &harness.change(3)).await);
    delivered(&deliver(&link, &harness.change(4)).await);
    assert_eq!(harness.tokens().await, Some(2), "and replaced once");
    assert_eq!(harness.calls().await, 4, "no call was wasted on the old one");
}

/// A token they no longer take is replaced once, in the same attempt.
pub async fn refused_token_is_replaced_once<H: Harness>(harness: H) {
    let Some(0) = harness.tokens().await else { return };
    let link = harness.link(Setup::Right);
    delivered(&deliver(&link, &harness.change(1)).await);
    harness.advance(A_DAY).await;
    delivered(&deliver(&link, &harness.change(2)).await);
    assert_eq!(harness.tokens().await, Some(2));

    harness.spoil(Rule { status: Some(401), ..rule(Act::Status) }.times(2)).await;
    broken(&deliver(&link, &harness.change(3)).await);
    assert_eq!(harness.tokens().await, Some(3), "a second refusal is final");
}

/// However many deliveries wait for the first token, one request asks for it.
pub async fn one_token_serves_all_who_wait<H: Harness>(harness: H) {
    let Some(0) = harness.tokens().await else { return };
    let link = harness.link(Setup::Right);
    let changes: Vec<_> = (1..=8).map(|number| harness.change(number)).collect();
    for outcome in join_all(changes.iter().map(|change| deliver(&link, change))).await {
        delivered(&outcome);
    }
    assert_eq!(harness.tokens().await, Some(1));
    assert_eq!(harness.effects().await, 8);
}

/// An empty, foreign or broken-off body neither loses a change nor makes it twice.
pub async fn odd_bodies_are_survived<H: Harness>(harness: H) {
    let link = harness.link(Setup::Right);
    for (number, act) in (1..).zip([Act::Empty, Act::Html, Act::Truncate]) {
        harness.spoil(rule(act)).await;
        let first = deliver(&link, &harness.change(number)).await;
        assert!(
            matches!(first, Ok(Receipt::Delivered { .. } | Receipt::Named { .. }) | Err(Failure::Unsure)),
            "{act:?}: {first:?}"
        );
        delivered(&deliver(&link, &again(harness.change(number))).await);
        assert_eq!(harness.effects().await, number as usize, "{act:?}");
    }
    for act in [Act::Empty, Act::Html] {
        harness.spoil(Rule { status: Some(400), ..rule(act) }).await;
        let refused = deliver(&link, &harness.change(9)).await;
        assert!(matches!(refused, Err(Failure::Never(_))), "{act:?}: {refused:?}");
    }
}

/// What cannot be said in their language is refused here, with the path of the element, and nothing is sent.
pub async fn unknown_code_is_an_issue<H: Harness>(harness: H) {
    let outcome = deliver(&harness.link(Setup::Right), &harness.unknown_code()).await;
    let Err(Failure::Never(issues)) = &outcome else { panic!("not refused: {outcome:?}") };
    assert!(issues.iter().any(|issue| issue.expression.is_some()), "{issues:?}");
    assert_eq!(harness.calls().await, 0, "nothing was sent");
}

/// Neither log nor failure nor note shows whom a change is about, or a secret; however it ends.
pub async fn nothing_personal_is_logged<H: Harness>(harness: H) {
    let logs = Logs::capture();
    let link = harness.link(Setup::Right);
    let mut told = Vec::new();
    told.push(format!("{:?}", deliver(&link, &harness.change(1)).await));
    for act in [Act::Drop, Act::Html] {
        harness.spoil(rule(act)).await;
        told.push(format!("{:?}", deliver(&link, &harness.change(2)).await));
    }
    for status in [400, 401, 403, 409, 429, 500] {
        harness.spoil(Rule { status: Some(status), ..rule(Act::Status) }.times(2)).await;
        told.push(format!("{:?}", deliver(&link, &harness.change(2)).await));
    }
    told.push(format!("{:?}", deliver(&link, &harness.unknown_code()).await));
    told.push(format!("{:?}", deliver(&harness.link(Setup::WrongSecret), &harness.change(3)).await));
    told.push(format!("{:?}", link.check.check().await));

    let logged = logs.text();
    assert!(!logged.is_empty(), "nothing was captured");
    for personal in harness.personal().iter().chain(&harness.secrets()) {
        assert!(!logged.contains(personal.as_str()), "a log line holds {personal:?}");
        assert!(
            told.iter().all(|told| !told.contains(personal.as_str())),
            "a failure or note holds {personal:?}"
        );
    }
}

/// A check asks; it does nothing.
pub async fn check_changes_nothing<H: Harness>(harness: H) {
    let link = harness.link(Setup::Right);
    assert_eq!(link.check.check().await, Ok(()));
    assert_eq!(link.check.check().await, Ok(()));
    assert_eq!((harness.effects().await, harness.calls().await), (0, 0));
}

/// What went over the wire can be read afterwards; secrets cannot.
pub async fn exchange_log_holds_the_exchange_and_no_secret<H: Harness>(harness: H) {
    let link = harness.link(Setup::Right);
    let log = ExchangeLog::default();
    let outcome = deliverer(&link).deliver(&harness.change(1), &log).await;
    delivered(&outcome);
    let exchanges = log.take();
    let carried = exchanges.last().expect("the exchange is in the log");
    assert!(carried.status.is_some_and(|status| (200..300).contains(&status)), "{:?}", carried.status);
    assert!(!carried.request.is_empty(), "the request's body is kept");
    for exchange in &exchanges {
        assert!(!exchange.address.contains('?'), "an address has a query");
        let all = format!(
            "{} {} {}",
            exchange.address,
            String::from_utf8_lossy(&exchange.request),
            String::from_utf8_lossy(&exchange.response)
        );
        assert!(!all.contains("access_token") && !all.contains("Bearer "), "a token is kept");
        for secret in harness.secrets() {
            assert!(!all.contains(&secret), "a secret is kept");
        }
    }
}

fn rule(act: Act) -> Rule {
    Rule { method: None, path: None, ..Rule::on("", "", act) }
}

fn again(delivery: Delivery) -> Delivery {
    Delivery { attempt: delivery.attempt + 1, sent_before: true, ..delivery }
}

fn deliverer(link: &Link) -> &dyn Deliver {
    link.deliver.as_deref().expect("the suite is for links that deliver")
}

async fn deliver(link: &Link, delivery: &Delivery) -> Outcome {
    deliverer(link).deliver(delivery, &ExchangeLog::default()).await
}

fn delivered(outcome: &Outcome) {
    assert!(matches!(outcome, Ok(Receipt::Delivered { .. } | Receipt::Named { .. })), "{outcome:?}");
}

fn broken(outcome: &Outcome) {
    assert!(matches!(outcome, Err(Failure::Broken(_))), "{outcome:?}");
}
