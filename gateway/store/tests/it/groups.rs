//! Reads and writes that share a statement: each is answered as if it were alone.

use futures_util::future::join_all;
use gateway_core::{Key, Version};
use gateway_store::{CommitError, Outcome, Precondition, Put, Stored, View, WriteSet, Written};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::house::{House, V1, at, both, commit, counterpart, deletion, key, link};

/// Makes every write of `Patient/bad` break, as a bug or a damaged row would.
async fn break_bad(house: &House) {
    if house.is_postgres() {
        house
            .raw(
                "CREATE FUNCTION breaks() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION 'broken'; END $$;
                 CREATE TRIGGER broken BEFORE INSERT ON audit FOR EACH ROW
                 WHEN (NEW.resource_id = 'bad') EXECUTE FUNCTION breaks()",
            )
            .await;
    } else {
        house
            .raw(
                "CREATE TRIGGER broken BEFORE INSERT ON audit WHEN NEW.resource_id = 'bad'
                 BEGIN SELECT RAISE(ABORT, 'broken'); END",
            )
            .await;
    }
}

#[test]
fn a_write_that_breaks_takes_none_of_its_group_with_it() {
    both(async |house| {
        break_bad(house).await;
        let view = house.view();
        let sets = (0..40).map(|n| {
            let mut puts = vec![house.patient(&format!("p{n:02}"), "A")];
            if n % 10 == 7 {
                puts.push(house.patient("bad", "B"));
            }
            view.commit(WriteSet { at: at(n), puts, unless: Vec::new() })
        });
        for (n, result) in join_all(sets).await.into_iter().enumerate() {
            let there = view.read(&key(&format!("Patient/p{n:02}"))).await.unwrap().is_some();
            assert_eq!((result.is_ok(), there), (n % 10 != 7, n % 10 != 7), "{n}: {result:?}");
            assert!(matches!(result, Ok(_) | Err(CommitError::Store(_))), "{result:?}");
        }
        assert_eq!(view.read(&key("Patient/bad")).await.unwrap(), None);
    });
}

#[test]
fn writes_to_one_key_in_one_group_see_each_other() {
    both(async |house| {
        let mut put = house.patient("p1", "A");
        put.links = vec![link("spreekuur")];
        let results = join_all((0..12).map(|_| house.write(put.clone()))).await;
        let outcomes: Vec<_> = results.into_iter().map(|r| r.unwrap()).collect();
        assert_eq!(outcomes.iter().filter(|w| w.outcome == Outcome::Created).count(), 1);
        assert!(outcomes.iter().all(|w| w.version == V1 && w.text == outcomes[0].text), "{outcomes:?}");
        let lanes = house.raw_texts("SELECT CAST(pending AS TEXT) FROM lane").await;
        assert_eq!(lanes, ["1"], "what stayed the same made no delivery");
    });
}

#[test]
fn each_version_of_a_group_gets_its_delivery_and_only_the_last_is_found() {
    both(async |house| {
        let puts = (0..10).map(|n| {
            let mut put = house.patient("p1", &format!("name{n}"));
            put.links = vec![link("spreekuur"), link("webhook")];
            house.write(put)
        });
        let last = join_all(puts).await.into_iter().map(|r| r.unwrap()).max_by_key(|w| w.version).unwrap();
        assert_eq!(last.version, Version(10));
        let queued = "SELECT lane.link || ' ' || CAST(lane.pending AS TEXT) || ' ' || CAST(count(*) AS TEXT)
                      FROM lane JOIN delivery ON delivery.lane = lane.id
                      GROUP BY lane.link, lane.pending ORDER BY 1";
        assert_eq!(house.raw_texts(queued).await, ["spreekuur 10 10", "webhook 10 10"]);
        assert_eq!(house.view().read(&key("Patient/p1")).await.unwrap().unwrap().text, last.text);
        let names = house.raw_texts("SELECT value FROM index_string WHERE parameter = 'family'").await;
        assert_eq!(names.len(), 1);
        assert!(last.text.unwrap().contains(&names[0]), "{names:?}");
    });
}

#[test]
fn a_precondition_that_one_of_a_group_breaks_fails_for_the_next() {
    both(async |house| {
        house.write(house.patient("p1", "A")).await.unwrap();
        let mut gone = deletion("Patient/p1");
        gone.precondition = Precondition::Version(vec![V1]);
        let mut changed = house.patient("p1", "B");
        changed.precondition = Precondition::Version(vec![V1]);
        let mut new = house.patient("p1", "C");
        new.precondition = Precondition::Absent;
        let (gone, changed) = tokio::join!(house.write(gone), house.write(changed));
        assert!(gone.is_ok() != changed.is_ok(), "{gone:?} {changed:?}");
        let new = house.write(new).await;
        assert_eq!(new.is_ok(), gone.is_ok(), "{new:?}");
    });
}

#[test]
fn a_counterparts_key_goes_to_one_of_a_group() {
    both(async |house| {
        let puts = (0..12).map(|n| {
            let mut put = house.patient(&format!("p{n}"), "A");
            put.bind = vec![counterpart("key")];
            house.write(put)
        });
        let results = join_all(puts).await;
        let won: Vec<&Written> = results.iter().filter_map(|r| r.as_ref().ok()).collect();
        assert_eq!(won.len(), 1);
        assert_eq!(
            house.view().by_counterpart_key(&counterpart("key")).await.unwrap(),
            Some(won[0].key.clone())
        );
        for result in &results {
            assert!(matches!(result, Ok(_) | Err(CommitError::KeyTaken)), "{result:?}");
        }
        assert_eq!(house.search("Patient?").await.len(), 1);
    });
}

#[test]
fn a_group_of_several_tenants_keeps_them_apart() {
    both(async |house| {
        let (ours, theirs) = (house.view(), house.other_view());
        let writes = (0..40).map(|n| {
            let (view, name) = if n % 2 == 0 { (&ours, "Ours") } else { (&theirs, "Theirs") };
            commit(view, at(0), house.patient(&format!("p{}", n / 2), name))
        });
        assert!(join_all(writes).await.iter().all(|r| r.as_ref().is_ok_and(|w| w.version == V1)));
        let keys: Vec<Key> = (0..21).map(|n| key(&format!("Patient/p{n}"))).collect();
        let reads = keys.iter().flat_map(|key| [ours.read(key), theirs.read(key)]);
        for (n, read) in join_all(reads).await.into_iter().enumerate() {
            let text = read.unwrap().and_then(|stored: Stored| stored.text);
            let name = if n % 2 == 0 { r#""Ours""# } else { r#""Theirs""# };
            assert_eq!(text.is_some_and(|text| text.contains(name)), n < 40, "{n}");
        }
    });
}

#[test]
fn a_group_of_reads_tells_versions_deletions_and_strangers_apart() {
    both(async |house| {
        for n in 0..10 {
            house.write(house.patient(&format!("p{n}"), "A")).await.unwrap();
            house.write(house.patient(&format!("p{n}"), "B")).await.unwrap();
        }
        house.write(deletion("Patient/p3")).await.unwrap();
        let view = house.view();
        let keys: Vec<Key> = (0..12).map(|n| key(&format!("Patient/p{n}"))).collect();
        let current = join_all(keys.iter().map(|key| view.read(key)));
        let first = join_all(keys.iter().map(|key| view.vread(key, V1)));
        let later = join_all(keys.iter().map(|key| view.vread(key, Version(9))));
        let (current, first, later) = tokio::join!(current, first, later);
        for n in 0..12 {
            let [current, first, later] = [&current[n], &first[n], &later[n]].map(|r| r.as_ref().unwrap());
            assert_eq!(later, &None);
            assert_eq!((current.is_some(), first.is_some()), (n < 10, n < 10));
            let Some((current, first)) = current.as_ref().zip(first.as_ref()) else { continue };
            assert_eq!((&current.key, &first.key), (&keys[n], &keys[n]));
            assert!(first.text.as_ref().unwrap().contains(r#""A""#));
            assert_eq!(current.text.as_ref().map(|text| text.contains(r#""B""#)), (n != 3).then_some(true));
        }
    });
}

#[test]
fn a_read_that_begins_after_an_acknowledged_write_sees_it() {
    both(async |house| {
        let view = house.view();
        let clients = (0..24).map(async |client| {
            let id = format!("p{}", client % 6);
            for n in 0..8 {
                let written = house.write(house.patient(&id, &format!("A{client}-{n}"))).await.unwrap();
                let read = view.read(&written.key).await.unwrap().unwrap();
                assert!(read.version >= written.version, "{read:?}");
                let same = view.vread(&written.key, written.version).await.unwrap().unwrap();
                assert_eq!(same.text, written.text);
            }
        });
        join_all(clients).await;
    });
}

#[test]
fn two_stores_that_write_the_same_resources_agree() {
    both(async |house| {
        let (one, two) = (house.view(), house.again().await);
        let other = two.of(&crate::house::caller("de-linde"));
        let writes = (0..120).map(|n| {
            let view = if n % 2 == 0 { &one } else { &other };
            let mut puts = vec![house.patient(&format!("p{}", n % 5), &format!("A{n}"))];
            if n % 3 == 0 {
                puts.insert(0, house.patient(&format!("p{}", 5 + n % 4), &format!("B{n}")));
            }
            for put in &mut puts {
                put.links = vec![link("spreekuur")];
                put.bind = vec![counterpart(put.key.id.as_str())];
            }
            view.commit(WriteSet { at: at(n), puts, unless: Vec::new() })
        });
        let mut versions: Vec<(String, u32)> = Vec::new();
        for written in join_all(writes).await.into_iter().flat_map(|result| result.unwrap()) {
            versions.push((written.key.to_string(), written.version.0));
        }
        let all = versions.len();
        versions.sort();
        versions.dedup();
        assert_eq!(versions.len(), all, "no version was given twice");
        let kept = house.raw_texts("SELECT CAST(count(*) AS TEXT) FROM resource_version").await;
        assert_eq!(kept, [all.to_string()]);
        let pending = house.raw_texts("SELECT CAST(CAST(sum(pending) AS BIGINT) AS TEXT) FROM lane").await;
        assert_eq!(pending, [all.to_string()]);
        two.close().await;
    });
}

/// What one of a random sequence asks for.
#[derive(Debug, Clone)]
struct Wish {
    writes: Vec<(u8, Option<u8>, u8)>,
    names: (u8, u8),
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let write = (0..6_u8, proptest::option::weighted(0.8, 0..3_u8), 0..8_u8);
    let writes = proptest::collection::vec(write, 1..4);
    let wish = (writes, (0..12_u8, 0..12_u8)).prop_map(|(writes, names)| Wish { writes, names });
    proptest::collection::vec(wish, 1..40)
}

/// The set that a wish asks for. On PostgreSQL several groups are written at once, in no order among them: there each set
/// of a sequence has resources and keys of its own.
fn set(house: &House, n: usize, wish: &Wish) -> WriteSet {
    let own = if house.is_postgres() { n } else { 0 };
    let mut puts: Vec<Put> = Vec::new();
    for (id, family, precondition) in &wish.writes {
        let id = format!("p{own}-{id}");
        let reference = format!("Patient/{id}");
        if puts.iter().any(|put| put.key == key(&reference)) {
            continue;
        }
        let mut put = match family {
            Some(family) => house.patient(&id, &format!("A{family}")),
            None => deletion(&reference),
        };
        put.precondition = match precondition {
            0 => Precondition::Exists,
            1 => Precondition::Absent,
            2 => Precondition::Version(vec![V1, Version(2), Version(4)]),
            _ => Precondition::Any,
        };
        put.links = [link("a"), link("b")].into_iter().take(usize::from(precondition % 3)).collect();
        puts.push(put);
    }
    let (bound, released) = wish.names;
    if bound < 4 {
        puts[0].bind = vec![counterpart(&format!("{own}-{bound}"))];
    }
    if released < 4 {
        puts[0].release = vec![counterpart(&format!("{own}-{released}"))];
    }
    WriteSet { at: at(i64::try_from(n).unwrap()), puts, unless: Vec::new() }
}

/// All that is kept of a tenant, on SQLite in the order it was stored.
async fn kept(house: &House, tenant: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (columns, from) in [
        ("id, version, last_updated, deleted, method, content", "resource ORDER BY seq"),
        ("version, last_updated, deleted, method, origin, content", "resource_version ORDER BY vseq"),
        ("at, request_id, interaction, resource_id, version, outcome", "audit ORDER BY id"),
        ("space, value, type, resource_id", "counterpart_key ORDER BY 1"),
        ("type, parameter, value", "index_string ORDER BY 1"),
        ("type, parameter, code, system", "index_token ORDER BY 1"),
        ("link, resource_id, pending, due_at, waiting_since", "lane ORDER BY 1"),
        (
            "link, resource_id, version, delivery.deleted, state, created, since",
            "delivery JOIN lane ON lane.id = delivery.lane ORDER BY delivery.id",
        ),
    ] {
        let columns: Vec<_> =
            columns.split(", ").map(|c| format!("coalesce(CAST({c} AS TEXT), '-')")).collect();
        let (table, order) = from.split_once(" ORDER").unwrap();
        let text = format!(
            "SELECT {} FROM {table} WHERE tenant = '{tenant}' ORDER{order}",
            columns.join(" || ' ' || ")
        );
        let mut rows = house.raw_texts_of(tenant, &text).await;
        if house.is_postgres() {
            rows.sort();
        }
        all.extend(rows);
    }
    all
}

async fn answer(view: &View, set: WriteSet) -> String {
    match view.commit(set).await {
        Ok(written) => format!("{written:?}"),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn a_group_leaves_what_its_writes_leave_one_by_one() {
    both(async |house| {
        let mut runner = TestRunner::deterministic();
        let (alone, together) = (house.view(), house.other_view());
        for _ in 0..16 {
            let wishes = wishes().new_tree(&mut runner).unwrap().current();
            let sets = || wishes.iter().enumerate().map(|(n, wish)| set(house, n, wish));
            let mut expected = Vec::new();
            for set in sets() {
                expected.push(answer(&alone, set).await);
            }
            let got = join_all(sets().map(|set| answer(&together, set))).await;
            assert_eq!(got, expected, "{wishes:?}");
            assert_eq!(kept(house, "uro-kliniek").await, kept(house, "de-linde").await, "{wishes:?}");
        }
    });
}
