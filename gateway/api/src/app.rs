//! What all doors share, and how they are put together.
//!
//! One [`App`] per process, made by the server crate (or a test) from an engine and [`Settings`]. [`router`] is the
//! only list of doors.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use gateway_core::{LinkId, ResourceType, TenantId};
use gateway_engine::Engine;
use metrics_exporter_prometheus::PrometheusHandle;
use time::OffsetDateTime;
use url::Url;

use crate::{caller, fhir, oauth, ops, problem, request_id, spreekuur};

/// What can be set about the doors.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address callers know us by, without a path; links in answers start with it.
    pub public_base: Url,
    /// Requests per second that one client may do in the long run.
    pub rate_per_second: u32,
    /// Requests that one client may do at once.
    pub rate_burst: u32,
    /// How long an access token of ours is good.
    pub token_lifetime: Duration,
    /// Longest body that is read, after decompression, in bytes.
    pub body_limit: usize,
    /// The Spreekuur-compatible door.
    pub spreekuur: spreekuur::Settings,
    /// The configured links, readable as Endpoints.
    pub links: Vec<LinkAddress>,
    /// The mapping tables in force, readable as `StructureMap` and `ConceptMap`.
    pub maps: fhir::Maps,
    /// The clients that may export in bulk.
    pub export_clients: Vec<String>,
}

/// A configured link as callers may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAddress {
    /// Whose link.
    pub tenant: TenantId,
    /// Its name.
    pub link: LinkId,
    /// Where it leads; no user name, password or query.
    pub address: Url,
    /// Types whose searches ask the counterpart before the store.
    pub live: Vec<ResourceType>,
}

impl Settings {
    /// Longest body unless set otherwise: 20 MiB.
    pub const BODY_LIMIT: usize = 20 * 1024 * 1024;

    /// The settings of a gateway known as `public_base`, everything else as it is unless set.
    #[must_use]
    pub fn new(public_base: Url) -> Self {
        Self {
            public_base,
            rate_per_second: 100,
            rate_burst: 200,
            token_lifetime: Duration::from_mins(5),
            body_limit: Self::BODY_LIMIT,
            spreekuur: spreekuur::Settings::default(),
            links: Vec::new(),
            maps: fhir::Maps::default(),
            export_clients: Vec::new(),
        }
    }
}

/// What the doors share.
pub struct App {
    /// The verbs behind the doors.
    pub engine: Arc<Engine>,
    /// What was set.
    pub settings: Settings,
    /// Tokens and clients.
    pub oauth: oauth::Oauth,
    /// How much each caller may ask.
    pub limits: caller::Limits,
    /// Clients and tenants, remembered for seconds.
    pub directory: caller::Directory,
    /// Who works on which appointment at the Spreekuur-compatible door.
    pub lanes: spreekuur::Lanes,
    /// What `/metrics` shows; `None` when no recorder is installed.
    pub metrics: Option<PrometheusHandle>,
    /// Since when the doors are open.
    pub opened: OffsetDateTime,
    /// The CapabilityStatement, made when it is first asked for.
    pub(crate) statement: OnceLock<fhir::metadata::Made>,
}

/// Why the doors cannot open.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The keys that sign tokens are not there.
    #[error("the token keys cannot be made ready")]
    Oauth(#[source] oauth::KeyError),
}

impl App {
    /// Makes the doors' state ready; the schema must be current.
    ///
    /// # Errors
    /// [`StartError`]
    pub async fn new(
        engine: Arc<Engine>,
        settings: Settings,
        metrics: Option<PrometheusHandle>,
    ) -> Result<Arc<Self>, StartError> {
        let oauth = oauth::Oauth::new(&engine, &settings).await.map_err(StartError::Oauth)?;
        let limits = caller::Limits::new(&settings);
        let directory = caller::Directory::new(&engine);
        let lanes = spreekuur::Lanes::default();
        let opened = engine.parts().clock.now();
        let statement = OnceLock::new();
        Ok(Arc::new(Self { engine, settings, oauth, limits, directory, lanes, metrics, opened, statement }))
    }
}

/// Every door.
pub fn router(app: Arc<App>) -> Router {
    let outermost = request_id::Outermost {
        ids: Arc::clone(&app.engine.parts().ids),
        secure: app.settings.public_base.scheme() == "https",
    };
    Router::new()
        .merge(fhir::router())
        .merge(ops::router())
        .merge(oauth::router())
        .merge(spreekuur::router())
        .fallback(problem::no_such_route)
        .layer(outermost)
        .with_state(app)
}
