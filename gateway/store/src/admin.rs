//! Tenants, OAuth clients and what the token endpoint must remember.

use gateway_core::{Agb, TenantId};
use time::OffsetDateTime;

use crate::engine::{read, write};
use crate::index_rows::storable;
use crate::instant::{from_micros, micros};
use crate::{Store, StoreError};

/// A tenant and its settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its slug.
    pub id: TenantId,
    /// Its AGB code, unique.
    pub agb: Agb,
    /// Its name.
    pub name: String,
    /// The host name its pages answer to.
    pub host: Option<String>,
}

/// An OAuth client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// How it proves who it is.
    pub auth: ClientAuth,
    /// The scopes it may ask for, space-separated.
    pub scope: String,
    /// The organisations it may act for, in order.
    pub agbs: Vec<Agb>,
    /// When it was revoked.
    pub revoked: Option<OffsetDateTime>,
}

/// How a client proves who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientAuth {
    /// A secret, kept as [`Store::keyed_hash`] (purpose `client-secret`).
    SecretHash(String),
    /// Keys of its own: a JWKS document.
    Jwks(String),
}

/// A `private_key_jwt` assertion that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// `iss`
    pub client: String,
    /// `jti`
    pub jti: String,
    /// `exp`
    pub expires: OffsetDateTime,
}

#[derive(sqlx::FromRow)]
struct TenantRow {
    id: String,
    agb: String,
    name: String,
    host: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ClientRow {
    id: String,
    secret_hash: Option<String>,
    jwks: Option<String>,
    scope: String,
    revoked_at: Option<i64>,
    agb: Option<String>,
}

impl Store {
    /// Adds a tenant, or replaces the settings of the one with this slug.
    pub async fn put_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        let Tenant { id, agb, name, host } = tenant.clone();
        write!(self, "storing a tenant", |on| {
            sqlx::query(
                "INSERT INTO tenant (id, agb, name, host)
                 VALUES ($1, $2, $3, $4)
                 ON CONFLICT (id) DO UPDATE
                 SET agb = excluded.agb, name = excluded.name, host = excluded.host",
            )
            .bind(id.as_str().to_owned())
            .bind(agb.as_str().to_owned())
            .bind(name)
            .bind(host)
            .execute(on)
            .await
            .map(drop)
        })
    }

    /// All tenants by slug.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let rows: Vec<TenantRow> = read!(self, "listing tenants", |on| {
            sqlx::query_as("SELECT id, agb, name, host FROM tenant ORDER BY id").fetch_all(on)
        })?;
        rows.into_iter().map(TenantRow::tenant).collect()
    }

    /// The tenant with this AGB code.
    pub async fn tenant_by_agb(&self, agb: &Agb) -> Result<Option<Tenant>, StoreError> {
        let row: Option<TenantRow> = read!(self, "looking up a tenant", |on| {
            sqlx::query_as("SELECT id, agb, name, host FROM tenant WHERE agb = $1")
                .bind(agb.as_str())
                .fetch_optional(on)
        })?;
        row.map(TenantRow::tenant).transpose()
    }

    /// Adds a client, or replaces the one with this id.
    pub async fn put_client(&self, client: &Client) -> Result<(), StoreError> {
        let Client { id, auth, scope, agbs, revoked } = client.clone();
        let (secret_hash, jwks) = match auth {
            ClientAuth::SecretHash(hash) => (Some(hash), None),
            ClientAuth::Jwks(jwks) => (None, Some(jwks)),
        };
        let revoked = revoked.map(micros);
        write!(self, "storing a client", |on| {
            sqlx::query(
                "INSERT INTO client (id, secret_hash, jwks, scope, revoked_at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (id) DO UPDATE
                 SET secret_hash = excluded.secret_hash, jwks = excluded.jwks,
                     scope = excluded.scope, revoked_at = excluded.revoked_at",
            )
            .bind(id.clone())
            .bind(secret_hash)
            .bind(jwks)
            .bind(scope)
            .bind(revoked)
            .execute(&mut *on)
            .await?;
            sqlx::query("DELETE FROM client_agb WHERE client = $1")
                .bind(id.clone())
                .execute(&mut *on)
                .await?;
            for agb in agbs {
                sqlx::query("INSERT INTO client_agb (client, agb) VALUES ($1, $2) ON CONFLICT DO NOTHING")
                    .bind(id.clone())
                    .bind(agb.as_str().to_owned())
                    .execute(&mut *on)
                    .await?;
            }
            Ok(())
        })
    }

    /// The client with this id, revoked ones too.
    pub async fn client(&self, id: &str) -> Result<Option<Client>, StoreError> {
        let rows: Vec<ClientRow> = read!(self, "looking up a client", |on| {
            sqlx::query_as(
                "SELECT c.id, c.secret_hash, c.jwks, c.scope, c.revoked_at, a.agb
                 FROM client c LEFT JOIN client_agb a ON a.client = c.id
                 WHERE c.id = $1
                 ORDER BY a.agb",
            )
            .bind(id)
            .fetch_all(on)
        })?;
        Ok(clients(rows)?.pop())
    }

    /// All clients by id.
    pub async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        let rows: Vec<ClientRow> = read!(self, "listing clients", |on| {
            sqlx::query_as(
                "SELECT c.id, c.secret_hash, c.jwks, c.scope, c.revoked_at, a.agb
                 FROM client c LEFT JOIN client_agb a ON a.client = c.id
                 ORDER BY c.id, a.agb",
            )
            .fetch_all(on)
        })?;
        clients(rows)
    }

    /// Revokes a client; whether there was one to revoke.
    pub async fn revoke_client(&self, id: &str, now: OffsetDateTime) -> Result<bool, StoreError> {
        let (id, now) = (id.to_owned(), micros(now));
        let revoked = write!(self, "revoking a client", |on| {
            sqlx::query("UPDATE client SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
                .bind(id)
                .bind(now)
                .execute(on)
                .await
                .map(|done| done.rows_affected())
        })?;
        Ok(revoked == 1)
    }

    /// Remembers an assertion until it expires; `false` when it was used before. Forgets expired ones.
    pub async fn use_assertion(
        &self,
        assertion: &Assertion,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        let Assertion { client, jti, expires } = assertion.clone();
        let (expires, now) = (micros(expires), micros(now));
        let remembered = write!(self, "remembering an assertion", |on| {
            sqlx::query("DELETE FROM assertion WHERE expires <= $1").bind(now).execute(&mut *on).await?;
            sqlx::query(
                "INSERT INTO assertion (client, jti, expires) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            )
            .bind(client)
            .bind(storable(jti))
            .bind(expires)
            .execute(&mut *on)
            .await
            .map(|done| done.rows_affected())
        })?;
        Ok(remembered == 1)
    }
}

impl TenantRow {
    fn tenant(self) -> Result<Tenant, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a tenant");
        Ok(Tenant {
            id: self.id.parse().map_err(|_| DAMAGED)?,
            agb: self.agb.parse().map_err(|_| DAMAGED)?,
            name: self.name,
            host: self.host,
        })
    }
}

/// Gathers rows that are sorted by client: one per organisation.
fn clients(rows: Vec<ClientRow>) -> Result<Vec<Client>, StoreError> {
    const DAMAGED: StoreError = StoreError::Damaged("a client");
    let mut clients: Vec<Client> = Vec::new();
    for row in rows {
        let agb: Option<Agb> = row.agb.map(|agb| agb.parse()).transpose().map_err(|_| DAMAGED)?;
        if clients.last().is_none_or(|last| last.id != row.id) {
            let auth = match (row.secret_hash, row.jwks) {
                (Some(hash), None) => ClientAuth::SecretHash(hash),
                (None, Some(jwks)) => ClientAuth::Jwks(jwks),
                _ => return Err(DAMAGED),
            };
            let revoked = row.revoked_at.map(from_micros);
            clients.push(Client { id: row.id, auth, scope: row.scope, agbs: Vec::new(), revoked });
        }
        if let Some(client) = clients.last_mut() {
            client.agbs.extend(agb);
        }
    }
    Ok(clients)
}
