//! Records that could not be taken in: kept where an operator sees them, until a later look takes them in.
//!
//! A row holds where the record stood, its key and what is wrong, never what it says. A key whose value could be a BSN
//! is kept as its hash. What is solved stays readable until it is forgotten with the exchanges of its time.

use gateway_core::{Bsn, CounterpartKey, Issue, IssueCode, LinkId, Severity, TenantId};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::engine::{read, write};
use crate::index_rows::storable;
use crate::instant::{from_micros, micros};
use crate::{Store, StoreError};

/// The purpose of the hash that a record's key is known by.
const SLOT: &str = "set-aside";

/// So many rows are written in one transaction, so that nobody waits long behind it.
const BATCH: usize = 64;

/// A record that cannot be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where it stood in their answer.
    pub place: String,
    /// Their key, when it could be read.
    pub key: Option<CounterpartKey>,
    /// Why, without content.
    pub issues: Vec<Issue>,
}

/// A record that was set aside, as operators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsideRow {
    /// The row's id.
    pub id: i64,
    /// From which link.
    pub link: LinkId,
    /// Whose data.
    pub tenant: TenantId,
    /// Where it stood, the last time.
    pub place: String,
    /// Their key; a hash when it could be a BSN.
    pub key: Option<CounterpartKey>,
    /// Why, the last time.
    pub issues: Vec<Issue>,
    /// When it was first seen.
    pub first_seen: OffsetDateTime,
    /// When it was last seen.
    pub last_seen: OffsetDateTime,
    /// How often.
    pub times: u64,
    /// What went over the wire the last time ([`Store::call_exchange`]), while it is kept.
    pub exchange: Option<i64>,
    /// When a later look took it in.
    pub solved: Option<OffsetDateTime>,
}

/// Which records that were set aside.
#[derive(Debug, Clone, Default)]
pub struct AsideFilter {
    /// Of this tenant.
    pub tenant: Option<TenantId>,
    /// From this link.
    pub link: Option<LinkId>,
    /// Also those that a later look took in.
    pub solved: bool,
    /// At most so many; the last seen first.
    pub limit: u32,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    link: String,
    tenant: String,
    place: String,
    key_space: Option<String>,
    key_value: Option<String>,
    issues: String,
    first_seen: i64,
    last_seen: i64,
    times: i64,
    exchange: Option<i64>,
    solved_at: Option<i64>,
}

/// A record in the words of the database.
struct Ready {
    slot: String,
    place: String,
    key: Option<(String, String)>,
    issues: String,
}

#[derive(Serialize, Deserialize)]
struct Told {
    severity: String,
    code: String,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
}

impl Store {
    /// Sets records of a link aside, or notes that they were seen again. `exchange` is what went over the wire.
    pub async fn set_aside(
        &self,
        (link, tenant): (&LinkId, &TenantId),
        records: &[SetAside],
        exchange: Option<i64>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let now = micros(now);
        for batch in records.chunks(BATCH) {
            let (link, tenant) = (link.to_string(), tenant.to_string());
            let batch: Vec<Ready> = batch.iter().map(|record| self.ready(record)).collect();
            write!(self, "setting records aside", |on| {
                for record in batch {
                    let (space, value) = record.key.unzip();
                    sqlx::query(
                        "INSERT INTO set_aside (link, tenant, slot, place, key_space, key_value, issues,
                                                first_seen, last_seen, times, exchange)
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1, $9)
                         ON CONFLICT (link, slot) DO UPDATE
                         SET tenant = excluded.tenant, place = excluded.place, issues = excluded.issues,
                             last_seen = excluded.last_seen, times = set_aside.times + 1,
                             exchange = excluded.exchange, solved_at = NULL",
                    )
                    .bind(link.clone())
                    .bind(tenant.clone())
                    .bind(record.slot)
                    .bind(record.place)
                    .bind(space)
                    .bind(value)
                    .bind(record.issues)
                    .bind(now)
                    .bind(exchange)
                    .execute(&mut *on)
                    .await?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Marks as solved what was set aside of a link and is among the keys that were `taken` in now; how many.
    pub async fn solve_aside(
        &self,
        link: &LinkId,
        taken: &[CounterpartKey],
        now: OffsetDateTime,
    ) -> Result<u64, StoreError> {
        let open = self.open_slots(link).await?;
        if open.is_empty() {
            return Ok(0);
        }
        let taken: std::collections::HashSet<String> = taken.iter().map(|key| self.slot(key)).collect();
        let solved: Vec<i64> =
            open.into_iter().filter(|(_, slot)| taken.contains(slot)).map(|(id, _)| id).collect();
        let now = micros(now);
        for batch in solved.chunks(BATCH) {
            let batch = batch.to_vec();
            write!(self, "marking records as solved", |on| {
                for id in batch {
                    sqlx::query("UPDATE set_aside SET solved_at = $2 WHERE id = $1")
                        .bind(id)
                        .bind(now)
                        .execute(&mut *on)
                        .await?;
                }
                Ok(())
            })?;
        }
        Ok(solved.len() as u64)
    }

    /// What was set aside, the last seen first.
    pub async fn asides(&self, filter: &AsideFilter) -> Result<Vec<AsideRow>, StoreError> {
        let rows: Vec<Row> = read!(self, "listing records that were set aside", |on| {
            sqlx::query_as(
                "SELECT id, link, tenant, place, key_space, key_value, issues, first_seen, last_seen, times,
                        exchange, solved_at
                 FROM set_aside
                 WHERE ($1 IS NULL OR tenant = $1)
                   AND ($2 IS NULL OR link = $2)
                   AND ($3 OR solved_at IS NULL)
                 ORDER BY last_seen DESC, id DESC
                 LIMIT $4",
            )
            .bind(filter.tenant.as_ref().map(ToString::to_string))
            .bind(filter.link.as_ref().map(ToString::to_string))
            .bind(filter.solved)
            .bind(i64::from(filter.limit))
            .fetch_all(on)
        })?;
        rows.into_iter().map(Row::aside).collect()
    }

    /// Forgets records that were last seen, or solved, before `before`; how many. One that is seen at each look stays.
    pub(crate) async fn forget_asides(&self, before: OffsetDateTime) -> Result<u64, StoreError> {
        let before = micros(before);
        write!(self, "forgetting records that were set aside", |on| {
            sqlx::query("DELETE FROM set_aside WHERE last_seen < $1 AND coalesce(solved_at, last_seen) < $1")
                .bind(before)
                .execute(on)
                .await
                .map(|done| done.rows_affected())
        })
    }

    async fn open_slots(&self, link: &LinkId) -> Result<Vec<(i64, String)>, StoreError> {
        read!(self, "looking for records that were set aside", |on| {
            sqlx::query_as("SELECT id, slot FROM set_aside WHERE link = $1 AND solved_at IS NULL")
                .bind(link.as_str())
                .fetch_all(on)
        })
    }

    fn slot(&self, key: &CounterpartKey) -> String {
        format!("key:{}", self.keys.hash(SLOT, &format!("{}\n{}", key.space, key.value)))
    }

    fn ready(&self, record: &SetAside) -> Ready {
        let key = record.key.as_ref();
        Ready {
            slot: key.map_or_else(|| storable(format!("place:{}", record.place)), |key| self.slot(key)),
            place: storable(record.place.clone()),
            key: key.map(|key| (storable(key.space.clone()), self.shown(&key.value))),
            issues: told(&record.issues),
        }
    }

    /// A key's value as an operator may read it.
    fn shown(&self, value: &str) -> String {
        if value.parse::<Bsn>().is_ok() { self.keys.hash(SLOT, value) } else { storable(value.to_owned()) }
    }
}

impl Row {
    fn aside(self) -> Result<AsideRow, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a record that was set aside");
        Ok(AsideRow {
            id: self.id,
            link: self.link.parse().map_err(|_| DAMAGED)?,
            tenant: self.tenant.parse().map_err(|_| DAMAGED)?,
            place: self.place,
            key: self.key_space.zip(self.key_value).map(|(space, value)| CounterpartKey { space, value }),
            issues: read_back(&self.issues).ok_or(DAMAGED)?,
            first_seen: from_micros(self.first_seen),
            last_seen: from_micros(self.last_seen),
            times: self.times.unsigned_abs(),
            exchange: self.exchange,
            solved: self.solved_at.map(from_micros),
        })
    }
}

fn told(issues: &[Issue]) -> String {
    let told = issues.iter().map(|issue| Told {
        severity: issue.severity.as_str().to_owned(),
        code: issue.code.as_str().to_owned(),
        text: issue.text.replace('\0', "\u{fffd}"),
        expression: issue.expression.clone(),
    });
    serde_json::to_string(&told.collect::<Vec<_>>()).expect("texts are JSON")
}

fn read_back(text: &str) -> Option<Vec<Issue>> {
    let told: Vec<Told> = serde_json::from_str(text).ok()?;
    told.into_iter()
        .map(|told| {
            Some(Issue {
                severity: severity(&told.severity)?,
                code: IssueCode::from_code(&told.code)?,
                text: told.text,
                expression: told.expression,
            })
        })
        .collect()
}

fn severity(word: &str) -> Option<Severity> {
    let all = [Severity::Information, Severity::Warning, Severity::Error, Severity::Fatal];
    all.into_iter().find(|severity| severity.as_str() == word)
}
