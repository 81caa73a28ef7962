//! What writing touches on PostgreSQL stays in proportion to what is written, while a new house fills.
//!
//! A session keeps the plans it makes, and it makes them while the tables are empty: a plan that walks all a tenant has
//! looks cheap then. Nothing is timed: the server counts, for each table, the rows it found and the pages it went through.

use gateway_core::CounterpartKey;
use gateway_store::{Put, Store, WriteSet};

use crate::house::{House, at, caller, counterpart, deletion, link, on_postgres};

const GROUP: usize = 50;

/// Each resource is made and changed, and then changed again or deleted.
const ROUNDS: usize = 3;

/// Rows that a write may find in one table: a lane is found twice for each of two links, and changed.
const FOUND: usize = 6;

/// Pages that a write may go through in one table and its indexes, which are a few levels deep.
const PAGES: usize = 60;

/// A write with all that a write can bring.
fn put(house: &House, n: usize, round: usize) -> Put {
    let name = |n: usize, round: usize| -> CounterpartKey { counterpart(&format!("k{n}-{round}")) };
    let mut put = house.put(&format!(
        r#"{{"resourceType":"Appointment","id":"a{n}","status":"booked",
            "identifier":[{{"system":"https://example.test/tetra","value":"{n}-{round}"}}],
            "start":"2026-09-20T09:00:00Z","end":"2026-09-20T09:10:00Z","description":"Consult {round}",
            "participant":[{{"actor":{{"reference":"Patient/p{n}"}},"status":"accepted"}}]}}"#
    ));
    put.links = vec![link("spreekuur"), link("webhook")];
    put.bind = vec![name(n, round)];
    put.release = (1..=round).map(|before| name(n, round - before)).take(1).collect();
    put
}

/// Writes new resources, changes them and deletes them, in sets of so many.
async fn fill(house: &House, store: &Store, size: usize, all: usize) {
    let view = store.of(&caller("de-linde"));
    for first in (0..all).step_by(size) {
        for round in 0..ROUNDS {
            let puts = (first..first + size).map(|n| match (round, n % 5) {
                (2, 0) => deletion(&format!("Appointment/a{n}")),
                _ => put(house, n, round),
            });
            view.commit(WriteSet { at: at(0), puts: puts.collect(), unless: Vec::new() }).await.unwrap();
        }
    }
}

/// Of each table the rows found and the pages gone through, once the server has counted them: a session tells at its end.
async fn counted(house: &House) -> Vec<(String, [usize; 2])> {
    let others = "SELECT pid::text FROM pg_stat_activity
                  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()";
    let mut looks = 0;
    while !house.raw_texts(others).await.is_empty() {
        looks += 1;
        assert!(looks < 10_000, "a session stays");
    }
    let counted = "SELECT concat_ws(' ', relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0),
                                    coalesce(heap_blks_hit, 0) + coalesce(heap_blks_read, 0)
                                    + coalesce(idx_blks_hit, 0) + coalesce(idx_blks_read, 0))
                   FROM pg_stat_user_tables JOIN pg_statio_user_tables USING (relid, relname, schemaname)
                   ORDER BY 1";
    let rows = house.raw_texts(counted).await.into_iter().map(|row| {
        let mut words = row.split(' ');
        let table = words.next().unwrap().to_owned();
        (table, [(); 2].map(|()| words.next().unwrap().parse().unwrap()))
    });
    rows.collect()
}

async fn stays_flat(house: &House, size: usize, all: usize) {
    let store = house.again().await;
    fill(house, &store, size, all).await;
    store.close().await;
    house.store.close().await;
    let counted = counted(house).await;
    let writes = ROUNDS * all;
    assert!(counted.iter().any(|(table, [found, _])| table == "index_token" && *found > all), "{counted:?}");
    for (table, [found, pages]) in counted {
        assert!(found <= FOUND * writes && pages <= PAGES * writes, "{table}: {found} rows, {pages} pages");
    }
}

#[test]
fn what_a_group_goes_through_does_not_grow_with_the_house() {
    on_postgres(async |house| stays_flat(house, GROUP, 40 * GROUP).await);
}

#[test]
fn what_a_lone_write_goes_through_does_not_grow_with_the_house() {
    on_postgres(async |house| stays_flat(house, 1, 500).await);
}
