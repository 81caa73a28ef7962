//! One id per request, on every answer and in the one log line (`dutch-fhir.md` section 4.1).
//!
//! The outermost layer: it puts a [`Trail`] into the request's extensions, catches what panics below, adds the headers
//! every answer carries and has the request counted and logged. Whoever finds out for whom a request is done tells the
//! trail, so that the log line can say so.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use gateway_core::{Ids, Problem, TenantId};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};
use tower::{Layer, Service};
use tracing::Instrument;

use crate::media::FHIR_JSON;
use crate::ops::{Seen, record};
use crate::problem::{Internal, Refused, internal};

/// The header the id travels in.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");

/// Longest id that is taken from a caller.
const LONGEST_ID: usize = 128;

/// What is known about a request by whoever handles it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Trail(Arc<Facts>);

#[derive(Debug)]
struct Facts {
    id: Box<str>,
    who: OnceLock<(TenantId, Box<str>)>,
}

impl Trail {
    /// The trail of the request with this id.
    #[must_use]
    pub fn new(id: impl Into<Box<str>>) -> Self {
        Self(Arc::new(Facts { id: id.into(), who: OnceLock::new() }))
    }

    /// The request's id: a token of at most 128 characters.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Notes for whom the request is done; the first one told stays.
    pub fn tell(&self, tenant: &TenantId, client: &str) {
        self.0.who.get_or_init(|| (tenant.clone(), client.into()));
    }

    /// For whom, when that is known.
    #[must_use]
    pub fn who(&self) -> Option<(&TenantId, &str)> {
        self.0.who.get().map(|(tenant, client)| (tenant, &**client))
    }
}

/// The outermost layer. `secure` says that callers come by TLS.
#[derive(Clone)]
pub(crate) struct Outermost {
    pub(crate) ids: Arc<dyn Ids>,
    pub(crate) secure: bool,
}

impl<S> Layer<S> for Outermost {
    type Service = Door<S>;

    fn layer(&self, inner: S) -> Door<S> {
        Door { inner, outermost: self.clone() }
    }
}

/// A service with the outermost layer around it.
#[derive(Clone)]
pub(crate) struct Door<S> {
    inner: S,
    outermost: Outermost,
}

impl<S> Service<Request> for Door<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let began = Instant::now();
        let id = request_id(request.headers(), &*self.outermost.ids);
        let correlation = sane(request.headers().get(X_CORRELATION_ID)).cloned();
        let trail = Trail::new(id.to_str().expect("an id of ours is ASCII"));
        let method = request.method().clone();
        let route = request.extensions().get::<MatchedPath>().cloned();
        request.extensions_mut().insert(trail.clone());

        // below the usual level: the line that `record` writes has the id, and so has every line of the engine
        let span = tracing::debug_span!("door.request", request_id = trail.id());
        let answer = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        let secure = self.outermost.secure;
        let whole = async move {
            let mut response = match answer.await {
                Ok(Ok(response)) => response,
                Err(_) => {
                    tracing::error!("a handler panicked");
                    Refused(Problem::Internal).into_response()
                }
            };
            if response.extensions_mut().remove::<Internal>().is_some() {
                finish(&mut response, &trail);
            }
            let headers = response.headers_mut();
            headers.insert(X_REQUEST_ID, id);
            if let Some(correlation) = correlation {
                headers.insert(X_CORRELATION_ID, correlation);
            }
            protect(headers, secure);
            let route = route.as_ref().map(MatchedPath::as_str);
            record(&Seen {
                method: &method,
                route,
                status: response.status(),
                took: began.elapsed(),
                trail: &trail,
            });
            Ok(response)
        };
        Box::pin(whole.instrument(span))
    }
}

fn finish(response: &mut Response, trail: &Trail) {
    *response.body_mut() = Body::from(internal(trail.id()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(FHIR_JSON));
}

fn protect(headers: &mut HeaderMap, secure: bool) {
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if secure {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

/// The caller's id when it is a sane token, else a new one.
fn request_id(headers: &HeaderMap, ids: &dyn Ids) -> HeaderValue {
    match sane(headers.get(X_REQUEST_ID)) {
        Some(id) => id.clone(),
        None => HeaderValue::from_str(&ids.next().to_string()).expect("a uuid makes a header"),
    }
}

fn sane(value: Option<&HeaderValue>) -> Option<&HeaderValue> {
    value.filter(|value| {
        let bytes = value.as_bytes();
        let token = |b: &u8| b.is_ascii_alphanumeric() || b"-._~:+/=".contains(b);
        (1..=LONGEST_ID).contains(&bytes.len()) && bytes.iter().all(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sane_token_is_taken_over() {
        let kept = |text: &str| sane(HeaderValue::from_bytes(text.as_bytes()).ok().as_ref()).is_some();
        assert!(kept("b2c3-4.5_x:y"));
        assert!(kept(&"x".repeat(128)));
        for bad in ["", &"x".repeat(129), "a b", "a\"b", "é", "a,b", "{}"] {
            assert!(!kept(bad), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_panic_is_a_500_that_says_only_the_reference() {
        async fn broken() -> &'static str {
            panic!("the patient is called …")
        }
        let outermost = Outermost { ids: Arc::new(gateway_core::RandomIds), secure: true };
        let router = axum::Router::new().route("/", axum::routing::get(broken)).layer(outermost);
        let request =
            Request::builder().uri("/").header("x-request-id", "r-1").header("x-correlation-id", "c-1");
        let response =
            tower::ServiceExt::oneshot(router, request.body(Body::empty()).unwrap()).await.unwrap();
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(response.status().as_u16(), 500);
        assert_eq!((header("x-request-id"), header("x-correlation-id")), ("r-1".into(), "c-1".into()));
        assert_eq!(header("strict-transport-security"), "max-age=31536000");
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        assert_eq!(body, internal("r-1"));
    }

    #[test]
    fn the_first_one_told_stays() {
        let trail = Trail::new("r");
        assert_eq!(trail.who(), None);
        trail.tell(&"a".parse().unwrap(), "one");
        trail.tell(&"b".parse().unwrap(), "two");
        assert_eq!(trail.who(), Some((&"a".parse().unwrap(), "one")));
    }
}
