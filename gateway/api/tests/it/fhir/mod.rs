//! The FHIR door. Tests of a numbered case of `dutch-fhir.md` section 6 are named after it.

mod batch;
mod compartment;
mod conditional;
mod domain;
mod errors;
mod everything;
mod export;
mod history;
mod hostile;
mod include;
mod live;
mod logs;
mod media;
mod metadata;
mod operations;
mod own;
mod patch;
mod read;
mod search;
mod shape;
mod subscription;
mod subset;
mod system;
mod terminology;
mod transaction;
mod validate;
mod walls;
mod write;
mod xml;

use axum::body::Body;
use http::Method;
use serde_json::{Value, json};

use crate::house::{House, LINDE, Reply, URO};

/// A client with a token, for one organisation.
pub(crate) struct Client<'h> {
    house: &'h House,
    bearer: String,
}

impl<'h> Client<'h> {
    /// A client of `de-linde` that may do everything.
    pub(crate) async fn linde(house: &'h House) -> Self {
        Self::named(house, "linde-fhir", "system/*.cruds", LINDE).await
    }

    /// A client of `uro-kliniek` that may do everything.
    pub(crate) async fn uro(house: &'h House) -> Self {
        Self::named(house, "uro-fhir", "system/*.cruds", URO).await
    }

    pub(crate) async fn named(house: &'h House, id: &str, scope: &str, agb: &str) -> Self {
        house.register(id, scope, &[agb]).await;
        let bearer = format!("Bearer {}", house.token(id).await);
        Self { house, bearer }
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Reply {
        let headers: Vec<_> =
            headers.iter().copied().chain([("authorization", self.bearer.as_str())]).collect();
        self.house.call(method, path, &headers, body).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call(Method::GET, path, &[], "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.call(Method::DELETE, path, &[], "").await
    }

    pub(crate) async fn put(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.sent(Method::PUT, path, headers, body).await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.sent(Method::POST, path, headers, body).await
    }

    /// With `Content-Type: application/fhir+json`.
    async fn sent(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let headers: Vec<_> =
            headers.iter().copied().chain([("content-type", "application/fhir+json")]).collect();
        self.call(method, path, &headers, body.to_owned()).await
    }

    /// A Patient with this id, stored.
    pub(crate) async fn patient(&self, id: &str) {
        let reply = self.put(&format!("/fhir/Patient/{id}"), &[], &patient(id)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
    }
}

/// The text of a Patient.
pub(crate) fn patient(id: &str) -> String {
    json!({ "resourceType": "Patient", "id": id, "active": true, "birthDate": "1986-09-29" }).to_string()
}

/// The text of a Patient with one thing different.
pub(crate) fn patient_with(id: &str, element: &str, value: Value) -> String {
    let mut patient: Value = serde_json::from_str(&patient(id)).unwrap();
    patient[element] = value;
    patient.to_string()
}
