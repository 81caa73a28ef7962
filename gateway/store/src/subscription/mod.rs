//! Subscriptions of clients, as every node must know them: which version is in force, its state, its secret, how sending
//! goes. The Subscription itself is a resource; its events stand in [`event`].
//!
//! `turn` is raised, under its lock, with every change of what is in force. A node that reads the same turn twice has
//! missed nothing in between.

mod event;

use gateway_core::{Id, LinkId, TenantId, Version};
use secrecy::{ExposeSecret, SecretSlice};
use time::OffsetDateTime;

use crate::engine::{Engine, read, write};
use crate::instant::{from_micros, micros};
use crate::{Store, StoreError};

pub use event::{Event, EventRange};

/// The purpose of the key that seals their secrets.
const SEALED: &str = "subscription";

/// How long one that is gone is still told of: another node may route to it until it has looked again.
const FAREWELL: time::Duration = time::Duration::HOUR;

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubscriptionState {
    /// It is being set up: changes are kept for it already.
    Requested,
    /// Changes are told.
    Active,
    /// Its subscriber could not be told.
    Error,
    /// It is at its end, or its client wants it so.
    Off,
    /// It was deleted.
    Gone,
}

/// Which version of a Subscription is in force, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// Whose.
    pub tenant: TenantId,
    /// The id of the Subscription.
    pub id: Id,
    /// The link that carries its notifications.
    pub link: LinkId,
    /// Its version.
    pub version: Version,
    /// Its state.
    pub state: SubscriptionState,
}

/// A subscription as the store knows it.
#[derive(Debug, Clone)]
pub struct SubscriptionRow {
    /// What is in force.
    pub in_force: InForce,
    /// Signs its notifications.
    pub secret: SecretSlice<u8>,
}

/// How sending to a subscription goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// The number of its last event.
    pub events: u64,
    /// Since when nothing arrives.
    pub failing_since: Option<OffsetDateTime>,
    /// When something was sent last, or it came into force.
    pub sent_at: OffsetDateTime,
}

#[derive(sqlx::FromRow)]
struct Row {
    link: String,
    tenant: String,
    resource_id: String,
    version: i64,
    state: String,
    secret: Vec<u8>,
}

impl Store {
    /// The turn that is in force.
    pub async fn subscription_turn(&self) -> Result<i64, StoreError> {
        read!(self, "looking for new subscriptions", |on| {
            sqlx::query_scalar("SELECT turn FROM subscription_turn").fetch_one(on)
        })
    }

    /// Every subscription, those that went away within the last hour among them.
    pub async fn subscriptions(&self, now: OffsetDateTime) -> Result<Vec<SubscriptionRow>, StoreError> {
        let rows: Vec<Row> = read!(self, "listing subscriptions", |on| {
            sqlx::query_as(
                "SELECT link, tenant, resource_id, version, state, secret
                 FROM subscription
                 WHERE state <> 'gone' OR changed_at > $1
                 ORDER BY link",
            )
            .bind(micros(now - FAREWELL))
            .fetch_all(on)
        })?;
        rows.iter().map(|row| self.subscription(row)).collect()
    }

    /// Puts a version of a Subscription in force, unless a newer one is. `secret` is used for a new one. One that is gone
    /// loses its events and its secret.
    pub async fn put_subscription(
        &self,
        in_force: &InForce,
        secret: &SecretSlice<u8>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let InForce { tenant, id, link, version, state } = in_force.clone();
        let sealed = self.sealed(&link, secret);
        let now = micros(now);
        let walled = matches!(&*self.engine, Engine::Postgres(_));
        write!(self, "putting a subscription in force", |on| {
            sqlx::query("UPDATE subscription_turn SET turn = turn + 1").execute(&mut *on).await?;
            sqlx::query(
                "INSERT INTO subscription
                        (link, tenant, resource_id, version, state, secret, sent_at, changed_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
                 ON CONFLICT (link) DO UPDATE
                 SET version = excluded.version, state = excluded.state,
                     secret = CASE WHEN subscription.state = 'gone' THEN excluded.secret
                                   ELSE subscription.secret END,
                     failing_since = NULL, sent_at = excluded.sent_at, changed_at = excluded.changed_at
                 WHERE excluded.version >= subscription.version",
            )
            .bind(link.to_string())
            .bind(tenant.to_string())
            .bind(id.to_string())
            .bind(i64::from(version.0))
            .bind(state.as_str())
            .bind(sealed)
            .bind(now)
            .execute(&mut *on)
            .await?;
            if state == SubscriptionState::Gone {
                if walled {
                    sqlx::query("SELECT set_config('gateway.tenant', $1, true)")
                        .bind(tenant.to_string())
                        .execute(&mut *on)
                        .await?;
                }
                sqlx::query("DELETE FROM subscription_event WHERE tenant = $1 AND subscription = $2")
                    .bind(tenant.to_string())
                    .bind(id.to_string())
                    .execute(&mut *on)
                    .await?;
                sqlx::query("UPDATE subscription SET events = 0 WHERE link = $1 AND version = $2")
                    .bind(link.to_string())
                    .bind(i64::from(version.0))
                    .execute(&mut *on)
                    .await?;
            }
            Ok(())
        })
    }

    /// From now on a subscription signs with another secret; whether there is one that is not gone.
    pub async fn change_subscription_secret(
        &self,
        link: &LinkId,
        secret: &SecretSlice<u8>,
    ) -> Result<bool, StoreError> {
        let (sealed, link) = (self.sealed(link, secret), link.to_string());
        let changed = write!(self, "changing the secret of a subscription", |on| {
            sqlx::query("UPDATE subscription_turn SET turn = turn + 1").execute(&mut *on).await?;
            sqlx::query("UPDATE subscription SET secret = $2 WHERE link = $1 AND state <> 'gone'")
                .bind(link)
                .bind(sealed)
                .execute(&mut *on)
                .await
                .map(|done| done.rows_affected())
        })?;
        Ok(changed == 1)
    }

    /// How sending to a subscription goes.
    pub async fn subscription_sending(&self, link: &LinkId) -> Result<Option<Sending>, StoreError> {
        let row: Option<(i64, Option<i64>, i64)> = read!(self, "looking at a subscription", |on| {
            sqlx::query_as("SELECT events, failing_since, sent_at FROM subscription WHERE link = $1")
                .bind(link.as_str())
                .fetch_optional(on)
        })?;
        Ok(row.map(|(events, failing_since, sent_at)| Sending {
            events: events.unsigned_abs(),
            failing_since: failing_since.map(from_micros),
            sent_at: from_micros(sent_at),
        }))
    }

    /// Something arrived at the subscriber.
    pub async fn subscription_told(&self, link: &LinkId, now: OffsetDateTime) -> Result<(), StoreError> {
        let (link, now) = (link.to_string(), micros(now));
        write!(self, "noting what a subscriber was told", |on| {
            sqlx::query("UPDATE subscription SET failing_since = NULL, sent_at = $2 WHERE link = $1")
                .bind(link)
                .bind(now)
                .execute(on)
                .await
                .map(drop)
        })
    }

    /// Nothing arrived; since when that is so.
    pub async fn subscription_failed(
        &self,
        link: &LinkId,
        now: OffsetDateTime,
    ) -> Result<OffsetDateTime, StoreError> {
        let (link, micros_now) = (link.to_string(), micros(now));
        let since: Option<i64> = write!(self, "noting a subscriber that fails", |on| {
            sqlx::query_scalar(
                "UPDATE subscription SET failing_since = coalesce(failing_since, $2)
                 WHERE link = $1
                 RETURNING failing_since",
            )
            .bind(link)
            .bind(micros_now)
            .fetch_optional(on)
            .await
        })?;
        Ok(since.map_or(now, from_micros))
    }

    /// Takes the sending of a heartbeat upon this node: whether nothing was sent since `before`, and no other node was
    /// quicker.
    pub async fn claim_heartbeat(
        &self,
        link: &LinkId,
        before: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let (link, before, now) = (link.to_string(), micros(before), micros(now));
        let claimed = write!(self, "claiming a heartbeat", |on| {
            sqlx::query(
                "UPDATE subscription SET sent_at = $3
                 WHERE link = $1 AND state = 'active' AND sent_at <= $2",
            )
            .bind(link)
            .bind(before)
            .bind(now)
            .execute(on)
            .await
            .map(|done| done.rows_affected())
        })?;
        Ok(claimed == 1)
    }

    fn sealed(&self, link: &LinkId, secret: &SecretSlice<u8>) -> Vec<u8> {
        self.keys.seal(SEALED, link.as_str(), secret.expose_secret())
    }

    fn subscription(&self, row: &Row) -> Result<SubscriptionRow, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a subscription");
        Ok(SubscriptionRow {
            secret: self.keys.open(SEALED, &row.link, &row.secret)?.into(),
            in_force: InForce {
                tenant: row.tenant.parse().map_err(|_| DAMAGED)?,
                id: row.resource_id.parse().map_err(|_| DAMAGED)?,
                link: row.link.parse().map_err(|_| DAMAGED)?,
                version: Version(u32::try_from(row.version).map_err(|_| DAMAGED)?),
                state: SubscriptionState::from_word(&row.state).ok_or(DAMAGED)?,
            },
        })
    }
}

impl SubscriptionState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Requested, Self::Active, Self::Error, Self::Off, Self::Gone];

    /// The word in the store; FHIR's code but for the last.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Active => "active",
            Self::Error => "error",
            Self::Off => "off",
            Self::Gone => "gone",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}
