//! `kill -9` at any moment: no acknowledged write is lost, none reaches the patient twice, the order holds
//! (`design.md` P17).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::house::{House, appointment};

const KILLS: u64 = 50;
/// Appointments written side by side in each life of the gateway; each is booked, then moved.
const SIDE_BY_SIDE: u64 = 8;

/// What the XIS knows of one appointment: the minutes it sent, in order, and the last one acknowledged.
#[derive(Debug, Default)]
struct Known {
    sent: Vec<u32>,
    acknowledged: Option<u32>,
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_hard_kills_lose_and_double_nothing_on_sqlite() {
    survive(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_hard_kills_lose_and_double_nothing_on_postgres() {
    let Some(database) = crate::postgres::database().await else { return };
    survive(Some(&database)).await;
}

async fn survive(database: Option<&str>) {
    let mut house = House::build(database).await;
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut random = Random(20_261_120);
    for life in 0..KILLS {
        house.start().await;
        let alive = Duration::from_millis(random.below(150));
        let (back, written) = write_until_killed(house, life, alive).await;
        house = back;
        known.extend(written);
    }
    house.start().await;
    house.until_delivered().await;
    compare(&house, &known).await;
}

/// Writes from many tasks at once and kills the gateway while they write.
async fn write_until_killed(house: House, life: u64, alive: Duration) -> (House, BTreeMap<String, Known>) {
    let token = house.token().await;
    let house = Arc::new(house);
    let writers: Vec<_> = (0..SIDE_BY_SIDE)
        .map(|writer| {
            let (house, token) = (house.clone(), token.clone());
            tokio::spawn(async move { write(&house, &token, life, writer).await })
        })
        .collect();
    tokio::time::sleep(alive).await;
    house.kill_from_outside();
    let mut known = BTreeMap::new();
    for writer in writers {
        known.extend(writer.await.expect("a writer ends"));
    }
    let mut house = Arc::into_inner(house).expect("all writers have ended");
    house.kill();
    (house, known)
}

/// Books one appointment after the other and moves each twice, until the gateway is gone.
async fn write(house: &House, token: &str, life: u64, writer: u64) -> BTreeMap<String, Known> {
    let mut known = BTreeMap::new();
    for n in 0.. {
        let id = format!("a-{life}-{writer}-{n}");
        let entry: &mut Known = known.entry(id.clone()).or_default();
        for minute in 0..3 {
            entry.sent.push(minute);
            if !house.push(token, &appointment(&id, minute, "booked")).await {
                return known;
            }
            entry.acknowledged = Some(minute);
        }
    }
    known
}

async fn compare(house: &House, known: &BTreeMap<String, Known>) {
    let token = house.token().await;
    let state = house.at_the_counterpart().await;
    let there = by_id(&state["appointments"], "id");
    let messages = by_id(&state["patient_messages"], "resource_id");
    let acknowledged = known.values().filter(|k| k.acknowledged.is_some()).count();
    assert!(acknowledged > 50, "only {acknowledged} writes were acknowledged: the test proves little");

    for (id, known) in known {
        let here = house.read(&token, id).await;
        let minute = |a: &Value| a["start"].as_str().and_then(|s| s.get(14..16)).and_then(|m| m.parse().ok());
        let at_home: Option<u32> = here.as_ref().and_then(minute);
        assert!(
            at_home >= known.acknowledged,
            "{id}: an acknowledged write is lost ({known:?}, {at_home:?})"
        );
        assert!(at_home.is_none_or(|m| known.sent.contains(&m)), "{id}: {at_home:?} was never sent");

        let arrived = there.get(id).map_or(&[][..], Vec::as_slice);
        assert_eq!(arrived.len(), usize::from(at_home.is_some()), "{id}: at the counterpart {arrived:?}");
        let new = messages.get(id).into_iter().flatten().filter(|m| m["kind"] == "new").count();
        assert_eq!(
            new,
            usize::from(at_home.is_some()),
            "{id}: the patient was told {new} times of a new one"
        );
        let told = messages.get(id).map_or(0, Vec::len);
        assert!(told <= known.sent.len(), "{id}: told {told} times of {} changes", known.sent.len());
        if let [arrived] = arrived {
            let start = arrived["start"].as_str().unwrap_or_default();
            let last = format!(":{:02}:00", at_home.unwrap_or_default());
            assert!(start.contains(&last), "{id}: the counterpart's last state is {start}, ours {at_home:?}");
        }
    }
}

fn by_id<'v>(list: &'v Value, field: &str) -> BTreeMap<String, Vec<&'v Value>> {
    let mut map: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for item in list.as_array().expect("a list") {
        map.entry(item[field].as_str().expect("an id").to_owned()).or_default().push(item);
    }
    map
}

/// A small random sequence that is the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
