//! Subscriptions: which version is in force, and the numbers of their events.

use gateway_core::{LinkId, Version};
use gateway_store::{EventRange, InForce, SubscriptionRow, SubscriptionState};
use secrecy::{ExposeSecret as _, SecretSlice};

use crate::house::{House, at, both, caller, commit, deletion, key, link};

const HOOK: &str = "subscription-1";

fn in_force(version: u32, state: SubscriptionState) -> InForce {
    InForce {
        tenant: "de-linde".parse().unwrap(),
        id: "s1".parse().unwrap(),
        link: link(HOOK),
        version: Version(version),
        state,
    }
}

fn secret(byte: u8) -> SecretSlice<u8> {
    vec![byte; 32].into()
}

async fn put(house: &House, version: u32, state: SubscriptionState, secret_byte: u8) {
    house.store.put_subscription(&in_force(version, state), &secret(secret_byte), at(0)).await.unwrap();
}

async fn only(house: &House) -> (u32, SubscriptionState, u8) {
    let rows = house.store.subscriptions(at(0)).await.unwrap();
    let [SubscriptionRow { in_force, secret }] = &rows[..] else { panic!("{} rows", rows.len()) };
    (in_force.version.0, in_force.state, secret.expose_secret()[0])
}

/// A patient who is told of over the hook.
async fn told(house: &House, id: &str, family: &str) {
    let mut patient = house.patient(id, family);
    patient.links = vec![link(HOOK)];
    house.write(patient).await.unwrap();
}

async fn numbers(house: &House, tenant: &str) -> Vec<(u64, String, u32)> {
    let range = EventRange { from: 1, until: 100, limit: 100 };
    let view = house.store.of(&caller(tenant));
    let events = view.events(&"s1".parse().unwrap(), range).await.unwrap();
    events.into_iter().map(|e| (e.number, e.key.to_string(), e.version.0)).collect()
}

#[test]
fn the_newest_version_is_in_force_and_each_change_is_a_turn() {
    both(async |house| {
        let began = house.store.subscription_turn().await.unwrap();
        put(house, 1, SubscriptionState::Requested, 1).await;
        put(house, 2, SubscriptionState::Active, 2).await;
        put(house, 1, SubscriptionState::Error, 3).await;
        assert_eq!(only(house).await, (2, SubscriptionState::Active, 1));
        assert!(house.store.subscription_turn().await.unwrap() > began);
        assert!(house.store.change_subscription_secret(&link(HOOK), &secret(9)).await.unwrap());
        assert_eq!(only(house).await, (2, SubscriptionState::Active, 9));
    });
}

#[test]
fn events_are_numbered_once_and_seen_by_their_tenant_alone() {
    both(async |house| {
        put(house, 1, SubscriptionState::Active, 1).await;
        told(house, "a", "Een").await;
        told(house, "b", "Een").await;
        told(house, "a", "Twee").await;
        let id = "s1".parse().unwrap();
        let event = house.view().event(&link(HOOK), &id, (&key("Patient/b"), Version(1))).await.unwrap();
        assert_eq!(event.map(|event| event.number), Some(2));
        house.view().number_events(&link(HOOK), &id).await.unwrap();
        let wanted = [(1, "Patient/a".into(), 1), (2, "Patient/b".into(), 1), (3, "Patient/a".into(), 2)];
        assert_eq!(numbers(house, "de-linde").await, wanted);
        assert_eq!(numbers(house, "uro-kliniek").await, []);
        let sending = house.store.subscription_sending(&link(HOOK)).await.unwrap().unwrap();
        assert_eq!(sending.events, 3);
    });
}

#[test]
fn a_deletion_is_an_event_and_what_was_never_told_is_none() {
    both(async |house| {
        put(house, 1, SubscriptionState::Active, 1).await;
        told(house, "a", "Een").await;
        let mut gone = deletion("Patient/a");
        gone.links = vec![link(HOOK)];
        commit(&house.view(), at(1), gone).await.unwrap();
        let id = "s1".parse().unwrap();
        let event = house.view().event(&link(HOOK), &id, (&key("Patient/a"), Version(2))).await.unwrap();
        assert_eq!(event.map(|event| (event.number, event.deleted)), Some((2, true)));
        let other = house.view().event(&link(HOOK), &id, (&key("Patient/z"), Version(1))).await.unwrap();
        assert_eq!(other, None);
    });
}

#[test]
fn one_that_is_gone_takes_its_events_and_its_secret_along() {
    both(async |house| {
        put(house, 1, SubscriptionState::Active, 1).await;
        told(house, "a", "Een").await;
        house.view().number_events(&link(HOOK), &"s1".parse().unwrap()).await.unwrap();
        put(house, 2, SubscriptionState::Gone, 2).await;
        assert_eq!(numbers(house, "de-linde").await, []);
        assert!(!house.store.change_subscription_secret(&link(HOOK), &secret(9)).await.unwrap());
        let later = house.store.subscriptions(at(2 * 3600)).await.unwrap();
        assert!(later.is_empty(), "an hour later nobody routes to it");
        put(house, 3, SubscriptionState::Requested, 3).await;
        assert_eq!(only(house).await, (3, SubscriptionState::Requested, 3));
    });
}

#[test]
fn failing_begins_once_and_a_heartbeat_is_claimed_once() {
    both(async |house| {
        put(house, 1, SubscriptionState::Active, 1).await;
        let hook: LinkId = link(HOOK);
        let store = &house.store;
        assert_eq!(store.subscription_failed(&hook, at(5)).await.unwrap(), at(5));
        assert_eq!(store.subscription_failed(&hook, at(9)).await.unwrap(), at(5));
        store.subscription_told(&hook, at(10)).await.unwrap();
        assert_eq!(store.subscription_failed(&hook, at(11)).await.unwrap(), at(11));
        assert!(!store.claim_heartbeat(&hook, at(9), at(20)).await.unwrap());
        assert!(store.claim_heartbeat(&hook, at(10), at(20)).await.unwrap());
        assert!(!store.claim_heartbeat(&hook, at(10), at(20)).await.unwrap());
    });
}
