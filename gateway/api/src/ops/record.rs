//! Every request is counted once and logged once, when its answer goes out.
//!
//! Counted by door, method and status; never by path, id or tenant. The log line has the route's template, not the path,
//! and never the query: that is where a BSN would stand.

use std::time::Duration;

use http::{Method, StatusCode};

use crate::request_id::Trail;

/// A request whose answer is known.
pub(crate) struct Seen<'a> {
    pub(crate) method: &'a Method,
    /// The template, for instance `/fhir/{type}/{id}`; `None` when no route fits.
    pub(crate) route: Option<&'a str>,
    pub(crate) status: StatusCode,
    pub(crate) took: Duration,
    pub(crate) trail: &'a Trail,
}

/// Counts and logs.
pub(crate) fn record(seen: &Seen<'_>) {
    let labels =
        [("door", door(seen.route)), ("method", method(seen.method)), ("status", status(seen.status))];
    metrics::counter!("zorgtolk_requests_total", &labels).increment(1);
    metrics::histogram!("zorgtolk_request_seconds", &labels).record(seen.took.as_secs_f64());

    let (tenant, client) = seen.trail.who().map_or((None, None), |(t, c)| (Some(t.as_str()), Some(c)));
    tracing::info!(
        method = method(seen.method),
        route = seen.route.unwrap_or("none"),
        status = seen.status.as_u16(),
        micros = u64::try_from(seen.took.as_micros()).unwrap_or(u64::MAX),
        tenant,
        client,
        "request answered"
    );
}

fn door(route: Option<&str>) -> &'static str {
    let Some(route) = route else { return "none" };
    match route.split('/').nth(1) {
        Some("fhir") => "fhir",
        Some("spreekuur") => "spreekuur",
        Some("oauth" | ".well-known") => "oauth",
        _ => "ops",
    }
}

/// A fixed word per method, so that a caller cannot make up label values.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// A fixed word per status that we answer with.
fn status(status: StatusCode) -> &'static str {
    match status.as_u16() {
        200 => "200",
        201 => "201",
        202 => "202",
        204 => "204",
        304 => "304",
        400 => "400",
        401 => "401",
        403 => "403",
        404 => "404",
        405 => "405",
        406 => "406",
        409 => "409",
        410 => "410",
        412 => "412",
        413 => "413",
        414 => "414",
        415 => "415",
        422 => "422",
        429 => "429",
        500 => "500",
        503 => "503",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_door_is_told_by_the_first_part_of_its_route() {
        let cases = [
            (Some("/fhir/{type}/{id}"), "fhir"),
            (Some("/spreekuur/fhir/r4/{type}"), "spreekuur"),
            (Some("/.well-known/jwks.json"), "oauth"),
            (Some("/healthz"), "ops"),
            (None, "none"),
        ];
        for (route, expected) in cases {
            assert_eq!(door(route), expected);
        }
    }

    #[test]
    fn what_is_counted_names_no_tenant_client_or_path() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let trail = Trail::new("r-1");
        trail.tell(&"de-linde".parse().unwrap(), "demo-xis");
        metrics::with_local_recorder(&recorder, || {
            record(&Seen {
                method: &Method::PUT,
                route: Some("/fhir/{type}/{id}"),
                status: StatusCode::CREATED,
                took: Duration::from_millis(3),
                trail: &trail,
            });
        });
        let shown = recorder.handle().render();
        assert!(
            shown.contains(r#"zorgtolk_requests_total{door="fhir",method="PUT",status="201"} 1"#),
            "{shown}"
        );
        for secret in ["linde", "demo", "r-1", "{type}"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }

    #[test]
    fn a_made_up_method_is_no_label_of_its_own() {
        assert_eq!(method(&Method::from_bytes(b"XYZZY").unwrap()), "other");
    }
}
