//! Opening, migrating, closing; what is on disk survives.

use gateway_store::{Options, Schema, Store, StoreError};

use crate::house::{House, both, key, on_sqlite};

#[test]
fn a_schema_is_behind_until_it_is_migrated_and_ahead_when_it_knows_more() {
    both(async |house| {
        assert_eq!(house.store.schema().await.unwrap(), Schema::Current);
        house
            .raw(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                   VALUES (99990101000000, 'from the future', TRUE, '', 0)",
            )
            .await;
        assert_eq!(house.store.schema().await.unwrap(), Schema::Ahead);
        assert!(matches!(house.store.migrate().await, Err(StoreError::Schema(_))));
        house.raw("DELETE FROM _sqlx_migrations WHERE version > 20261121000400").await;
        assert_eq!(house.store.schema().await.unwrap(), Schema::Behind);
    });
}

#[test]
fn an_empty_database_is_behind() {
    on_sqlite(async |house| {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}/empty.db", folder.path().display());
        let store = Store::open(&Options { url, ..house.options.clone() }).await.unwrap();
        assert_eq!(store.schema().await.unwrap(), Schema::Behind);
        store.ping().await.unwrap();
        store.migrate().await.unwrap();
        store.migrate().await.unwrap();
        assert_eq!(store.schema().await.unwrap(), Schema::Current);
        store.close().await;
    });
}

#[test]
fn what_was_acknowledged_is_there_after_reopening() {
    both(async |house| {
        let written = house.write(house.patient("p1", "Jansen")).await.unwrap();
        // The first store is not closed: as after a crash.
        let again = house.again().await;
        let read =
            again.of(&crate::house::caller("de-linde")).read(&key("Patient/p1")).await.unwrap().unwrap();
        assert_eq!(read.text, written.text);
        again.close().await;
    });
}

#[test]
fn another_master_key_is_noticed() {
    both(async |house| {
        let wrong = Options { master_key: vec![8; 32].into(), ..house.options.clone() };
        let store = Store::open(&wrong).await.unwrap();
        assert!(matches!(store.schema().await, Err(StoreError::Damaged(_))));
        store.close().await;
        let short = Options { master_key: vec![8; 16].into(), ..house.options.clone() };
        assert!(matches!(Store::open(&short).await, Err(StoreError::MasterKey)));
    });
}

#[test]
fn only_known_addresses_are_opened() {
    on_sqlite(async |house| {
        for url in ["sqlite://:memory:", "mysql://localhost/x", "zorgtolk.db", "sqlite://", ""] {
            let options = Options { url: url.to_owned(), ..house.options.clone() };
            assert!(matches!(Store::open(&options).await, Err(StoreError::Address)), "{url}");
        }
    });
}

#[test]
fn options_show_neither_key_nor_address() {
    let options = Options {
        url: "postgres://u:hush@localhost/x".to_owned(),
        master_key: vec![77; 32].into(),
        connections: 3,
    };
    assert_eq!(format!("{options:?}"), "Options { connections: 3, .. }");
}

#[cfg(unix)]
#[test]
fn the_file_is_made_with_its_folder_and_belongs_to_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    on_sqlite(async |house| {
        house.write(house.patient("p1", "Jansen")).await.unwrap();
        let folder = house.folder.as_ref().unwrap().path().join("new");
        let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
        }
    });
}

#[test]
fn a_closed_store_answers_unavailable() {
    both(async |house| {
        let store = house.again().await;
        store.close().await;
        assert!(matches!(store.ping().await, Err(StoreError::Unavailable { .. })));
        let view = store.of(&crate::house::caller("de-linde"));
        let result = crate::house::commit(&view, crate::house::at(0), house.patient("p1", "A")).await;
        assert!(
            matches!(result, Err(gateway_store::CommitError::Store(StoreError::Unavailable { .. }))),
            "{result:?}"
        );
    });
}

#[test]
fn a_store_that_is_dropped_leaves_nothing_behind() {
    on_sqlite(async |_| {
        let house = House::sqlite().await;
        house.write(house.patient("p1", "Jansen")).await.unwrap();
        drop(house);
    });
}
