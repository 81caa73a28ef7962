//! Group commit, hang-ups, and what a failure takes back.

use futures_util::FutureExt;
use futures_util::future::join_all;
use gateway_store::{CommitError, History, Outcome, Paging, Precondition, Total, WriteSet};

use crate::house::{at, both, commit, deletion, key};

#[test]
fn one_write_is_one_commit() {
    both(async |house| {
        for n in 0..3 {
            let before = house.store.commits();
            let mut put = house.patient("p1", &format!("A{n}"));
            put.links = vec![crate::house::link("spreekuur"), crate::house::link("webhook")];
            put.bind = vec![crate::house::counterpart("1")];
            house.write(put).await.unwrap();
            assert_eq!(house.store.commits() - before, 1);
        }
    });
}

#[test]
fn writes_that_wait_together_share_a_commit() {
    both(async |house| {
        let before = house.store.commits();
        let writes = (0..100).map(|n| house.write(house.patient(&format!("p{n}"), "A")));
        for result in join_all(writes).await {
            assert_eq!(result.unwrap().outcome, Outcome::Created);
        }
        let commits = house.store.commits() - before;
        assert!(commits <= 20, "{commits} commits for 100 writes");
        assert_eq!(house.search("Patient?").await.len(), 100);
    });
}

#[test]
fn a_refused_write_does_not_touch_those_it_shares_a_commit_with() {
    both(async |house| {
        house.write(house.patient("there", "A")).await.unwrap();
        let view = house.view();
        let sets = (0..50).map(|n| {
            let mut refused = house.patient("there", "B");
            refused.precondition = Precondition::Absent;
            let mut puts = vec![house.patient(&format!("p{n:02}"), "A")];
            if n % 2 == 1 {
                puts.push(refused);
            }
            view.commit(WriteSet { at: at(n), puts, unless: Vec::new() })
        });
        for (n, result) in join_all(sets).await.into_iter().enumerate() {
            assert_eq!(result.is_ok(), n % 2 == 0);
            let there = view.read(&key(&format!("Patient/p{n:02}"))).await.unwrap();
            assert_eq!(there.is_some(), n % 2 == 0);
        }
    });
}

/// Drops a call somewhere on its way: after a few steps, or a little later each time.
async fn hang_up<T>(call: impl Future<Output = T>, n: u64) {
    let mut call = Box::pin(call);
    for _ in 0..n % 6 {
        if call.as_mut().now_or_never().is_some() {
            return;
        }
        tokio::task::yield_now().await;
    }
    if n.is_multiple_of(2) {
        let later = std::time::Duration::from_micros(n * 40);
        tokio::time::timeout(later, call).await.ok();
    }
}

#[test]
fn a_caller_that_hangs_up_leaves_it_done_or_not_begun() {
    both(async |house| {
        let view = house.view();
        for n in 0..60 {
            let puts = vec![house.patient(&format!("a{n}"), "A"), house.patient(&format!("b{n}"), "B")];
            let write = view.commit(WriteSet { at: at(0), puts, unless: Vec::new() });
            hang_up(write, n).await;
            let secret = format!("secret-{n}");
            hang_up(house.store.secret(&secret, || vec![1]), n).await;
        }
        // The store goes on, with as many transactions as it has connections.
        let writes = (0..20).map(|n| house.write(house.patient(&format!("c{n}"), "C")));
        assert!(join_all(writes).await.iter().all(Result::is_ok));
        for n in 0..60 {
            let a = view.read(&key(&format!("Patient/a{n}"))).await.unwrap().is_some();
            let b = view.read(&key(&format!("Patient/b{n}"))).await.unwrap().is_some();
            assert_eq!(a, b, "half of set {n}");
        }
        let open = house.open_transactions().await;
        assert_eq!(open, 0);
    });
}

#[test]
fn a_reader_that_hangs_up_leaves_no_transaction_open() {
    both(async |house| {
        house.write(house.patient("p1", "A")).await.unwrap();
        let view = house.view();
        let p1 = key("Patient/p1");
        let of = History::Instance(p1.clone());
        let paging = Paging { count: 1, after: None, total: Total::Accurate, ..Paging::default() };
        for n in 0..60 {
            hang_up(view.read(&p1), n).await;
            hang_up(view.history(&of, &paging), n).await;
        }
        for _ in 0..20 {
            assert!(view.read(&p1).await.unwrap().is_some());
        }
        assert_eq!(house.open_transactions().await, 0);
    });
}

#[test]
fn many_sets_over_the_same_resources_do_not_lock_each_other_out() {
    both(async |house| {
        let view = house.view();
        let sets = (0..24).map(|n| {
            let mut puts: Vec<_> =
                (0..4).map(|p| house.patient(&format!("p{p}"), &format!("A{n}"))).collect();
            if n % 2 == 0 {
                puts.reverse();
            }
            for put in &mut puts {
                put.links = vec![crate::house::link("spreekuur")];
            }
            view.commit(WriteSet { at: at(n), puts, unless: Vec::new() })
        });
        for result in join_all(sets).await {
            assert!(result.is_ok(), "{result:?}");
        }
        let last = commit(&view, at(99), deletion("Patient/p0")).await.unwrap();
        assert_eq!(last.version.0, 25);
    });
}

#[test]
fn an_audit_row_is_kept_for_every_write_that_was_done() {
    both(async |house| {
        house.write(house.patient("p1", "A")).await.unwrap();
        house.write(house.patient("p1", "A")).await.unwrap();
        house.write(house.patient("p1", "B")).await.unwrap();
        house.write(deletion("Patient/p1")).await.unwrap();
        let mut refused = house.patient("p1", "B");
        refused.precondition = Precondition::Exists;
        assert!(matches!(house.write(refused).await, Err(CommitError::Precondition { .. })));
        let rows = house
            .raw_texts(
                "SELECT origin || ' ' || request_id || ' ' || interaction || ' ' || type || '/' || resource_id
                        || ' ' || CAST(version AS TEXT) || ' ' || outcome
                 FROM audit ORDER BY id",
            )
            .await;
        assert_eq!(
            rows,
            [
                "client:demo-xis r-1 update Patient/p1 1 created",
                "client:demo-xis r-1 update Patient/p1 1 unchanged",
                "client:demo-xis r-1 update Patient/p1 2 updated",
                "client:demo-xis r-1 delete Patient/p1 3 deleted",
            ]
        );
    });
}
