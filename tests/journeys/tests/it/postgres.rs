//! A database of its own on the PostgreSQL that `cargo xtask test` started.

use sqlx::{Connection as _, PgConnection};

/// The address of a new, empty database; `None` without a server, which `ZORGTOLK_TEST_REQUIRE=postgres` forbids.
pub(crate) async fn database() -> Option<String> {
    let Ok(server) = std::env::var("ZORGTOLK_TEST_POSTGRES") else {
        let required = std::env::var("ZORGTOLK_TEST_REQUIRE").unwrap_or_default();
        assert!(!required.contains("postgres"), "ZORGTOLK_TEST_POSTGRES is not set");
        return None;
    };
    let name = format!("journey_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.expect("PostgreSQL answers");
    let statement = format!("CREATE DATABASE {name}");
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.expect("a database is made");
    let base = server.rsplit_once('/').expect("an address with a database").0;
    Some(format!("{base}/{name}"))
}
