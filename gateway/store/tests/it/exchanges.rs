//! What went over the wire: sealed, bound to its attempt, forgotten in time.

use std::time::Duration as Took;

use gateway_core::{Attempt, DeliveryState};
use gateway_store::{Options, Settled, Settlement, Store};
use time::Duration;

use crate::house::{House, at, both, commit, link, room};

const SAID: &[u8] = br#"[{"request":"met de naam Testpersoon erin"}]"#;

/// Delivers one change at `began`; answers with the delivery's id.
async fn deliver(house: &House, id: &str, began: i64) -> i64 {
    let mut put = house.patient(id, "A");
    put.links = vec![link("spreekuur")];
    commit(&house.view(), at(began), put).await.unwrap();
    let claims = house.store.claim(at(began), Duration::minutes(1), 1, &room(&["spreekuur"])).await.unwrap();
    let delivery = claims[0].queued[0].delivery;
    let attempt = Attempt {
        number: 1,
        at: at(began),
        took: Took::from_millis(3),
        outcome: "delivered".to_owned(),
        reason: None,
    };
    let settled = Settled {
        delivery,
        state: DeliveryState::Delivered,
        reason: None,
        attempt: Some(attempt),
        exchange: Some(SAID.to_vec()),
    };
    let settlement = Settlement {
        lane: claims[0].lane,
        epoch: claims[0].epoch,
        deliveries: vec![settled],
        note: None,
        sent: true,
        due_at: at(began),
    };
    assert_eq!(house.store.settle(at(began), &[settlement]).await.unwrap(), [true]);
    delivery
}

#[test]
fn an_exchange_is_read_back_and_stands_nowhere_in_clear() {
    both(async |house| {
        let delivery = deliver(house, "p1", 0).await;
        assert_eq!(house.store.exchange(delivery, 1).await.unwrap().as_deref(), Some(SAID));
        assert_eq!(house.store.exchange(delivery, 2).await.unwrap(), None);
        let clear = if house.is_postgres() {
            "SELECT 'x' FROM exchange WHERE position(convert_to('Testpersoon', 'UTF8') IN body) > 0"
        } else {
            "SELECT 'x' FROM exchange WHERE instr(body, CAST('Testpersoon' AS BLOB)) > 0"
        };
        assert!(house.raw_texts(clear).await.is_empty());
        assert_eq!(house.raw_texts("SELECT 'x' FROM exchange").await.len(), 1);
    });
}

#[test]
fn an_exchange_opens_with_its_key_and_in_its_row_only() {
    both(async |house| {
        let (first, second) = (deliver(house, "p1", 0).await, deliver(house, "p2", 1).await);
        let wrong = Options { master_key: vec![8; 32].into(), ..house.options.clone() };
        let store = Store::open(&wrong).await.unwrap();
        assert!(store.exchange(first, 1).await.is_err());
        store.close().await;
        house
            .raw(&format!(
                "UPDATE exchange SET body = (SELECT body FROM exchange WHERE delivery = {first})
                 WHERE delivery = {second}"
            ))
            .await;
        assert!(house.store.exchange(first, 1).await.is_ok());
        assert!(house.store.exchange(second, 1).await.is_err(), "another row's body");
    });
}

#[test]
fn exchanges_are_forgotten_and_attempts_are_not() {
    both(async |house| {
        let (old, new) = (deliver(house, "p1", 0).await, deliver(house, "p2", 100).await);
        assert_eq!(house.store.forget_exchanges(at(100)).await.unwrap(), 1);
        assert_eq!(house.store.forget_exchanges(at(100)).await.unwrap(), 0);
        assert_eq!(house.store.exchange(old, 1).await.unwrap(), None);
        assert!(house.store.exchange(new, 1).await.unwrap().is_some());
        let filter = gateway_store::DeliveryFilter { id: Some(old), limit: 1, ..Default::default() };
        assert_eq!(house.store.deliveries(&filter).await.unwrap()[0].attempts.len(), 1);
    });
}
