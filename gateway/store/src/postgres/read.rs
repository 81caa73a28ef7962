//! Reading versions on PostgreSQL: one, or a group; one call and one round trip either way
//! (`migrations/postgres/*_read_resource*.sql`).

use sqlx::PgPool;

use crate::reads::{Answers, Placed, Wanted, alone, placed};
use crate::view::VersionRow;

/// How many groups are read at once.
pub(super) const READERS: usize = 4;

/// Reads a group; when that fails each on its own, so that each gets an answer of its own.
pub(super) async fn read(pool: PgPool, wanted: Vec<Wanted>) -> Answers {
    if wanted.len() > 1 {
        match group(&pool, &wanted).await {
            Ok(found) => return placed(found, wanted.len()),
            Err(error) => alone(&error),
        }
    }
    let mut answers = Vec::with_capacity(wanted.len());
    for wanted in &wanted {
        answers.push(one(&pool, wanted).await);
    }
    answers
}

async fn one(pool: &PgPool, wanted: &Wanted) -> Result<Option<VersionRow>, sqlx::Error> {
    sqlx::query_as("SELECT version, last_updated, method, content FROM read_resource($1, $2, $3, $4)")
        .bind(wanted.tenant.as_str())
        .bind(wanted.key.resource_type.as_str())
        .bind(wanted.key.id.as_str())
        .bind(wanted.version)
        .fetch_optional(pool)
        .await
}

async fn group(pool: &PgPool, wanted: &[Wanted]) -> Result<Vec<Placed>, sqlx::Error> {
    let texts = |text: fn(&Wanted) -> &str| wanted.iter().map(text).collect::<Vec<_>>();
    sqlx::query_as("SELECT n, version, last_updated, method, content FROM read_resources($1, $2, $3, $4)")
        .bind(texts(|wanted| wanted.tenant.as_str()))
        .bind(texts(|wanted| wanted.key.resource_type.as_str()))
        .bind(texts(|wanted| wanted.key.id.as_str()))
        .bind(wanted.iter().map(|wanted| wanted.version).collect::<Vec<_>>())
        .fetch_all(pool)
        .await
}
