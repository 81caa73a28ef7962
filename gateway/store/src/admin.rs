//! Tenants, OAuth clients and what the token endpoint must remember.

use gateway_core::{Agb, TenantId};
use time::OffsetDateTime;

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
    /// The organisations it may act for.
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

impl Store {
    /// Adds a tenant, or replaces the settings of the one with this slug.
    pub async fn put_tenant(&self, _tenant: &Tenant) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// All tenants by slug.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        unimplemented!()
    }

    /// The tenant with this AGB code.
    pub async fn tenant_by_agb(&self, _agb: &Agb) -> Result<Option<Tenant>, StoreError> {
        unimplemented!()
    }

    /// Adds a client, or replaces the one with this id.
    pub async fn put_client(&self, _client: &Client) -> Result<(), StoreError> {
        unimplemented!()
    }

    /// The client with this id, revoked ones too.
    pub async fn client(&self, _id: &str) -> Result<Option<Client>, StoreError> {
        unimplemented!()
    }

    /// All clients by id.
    pub async fn clients(&self) -> Result<Vec<Client>, StoreError> {
        unimplemented!()
    }

    /// Revokes a client; whether there was one to revoke.
    pub async fn revoke_client(&self, _id: &str, _now: OffsetDateTime) -> Result<bool, StoreError> {
        unimplemented!()
    }

    /// Remembers an assertion until it expires; `false` when it was used before. Forgets expired ones.
    pub async fn use_assertion(
        &self,
        _assertion: &Assertion,
        _now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        unimplemented!()
    }

    /// A named secret (a signing key), made by `make` at the first call and kept encrypted: the same on every node.
    pub async fn secret(
        &self,
        _name: &str,
        _make: impl FnOnce() -> Vec<u8> + Send,
    ) -> Result<Vec<u8>, StoreError> {
        unimplemented!()
    }
}
