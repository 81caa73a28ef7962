//! Every route refuses a stranger and keeps tenants apart. The routes come from the router's own table: a new one is
//! walked without anybody thinking of it, and the match below does not compile until it is said what it must do.

use gateway_api::fhir::{Rest, Route, table};
use http::Method;

use super::{Client, patient};
use crate::house::House;

fn path(route: Route, rest: Rest) -> String {
    match (route, rest) {
        (Route::Type, Rest::Update | Rest::Patch | Rest::Delete) => "/fhir/Patient?_id=p1".to_owned(),
        (Route::Base, Rest::SearchSystem) => "/fhir?_type=Patient".to_owned(),
        (route, _) => route
            .path()
            .replace("{type}", "Patient")
            .replace("{id}", "p1")
            .replace("{version}", "1")
            .replace("{member}", "Appointment"),
    }
}

const JSON: (&str, &str) = ("content-type", "application/fhir+json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn every_route_refuses_a_stranger() {
    let house = House::new().await;
    Client::linde(&house).await.patient("p1").await;
    for (route, method, rest) in table() {
        for token in
            [None, Some("Bearer forged"), Some("Basic eDp5"), Some("Bearer eyJhbGciOiJub25lIn0.e30.")]
        {
            let mut headers = vec![JSON];
            headers.extend(token.map(|token| ("authorization", token)));
            let reply = house.call(method.clone(), &path(route, rest), &headers, patient("p1")).await;
            assert_eq!(reply.status, 401, "{rest:?} lets a stranger in: give it an Access extractor");
            assert_eq!(reply.json()["resourceType"], "OperationOutcome");
            assert!(reply.header("www-authenticate").starts_with("Bearer realm="));
            assert!(!reply.header("x-request-id").is_empty());
        }
    }
    for method in [Method::GET, Method::POST] {
        assert_eq!(house.call(method, "/fhir", &[], "").await.status, 401);
    }
}

#[tokio::test]
async fn every_route_refuses_another_tenant() {
    let house = House::new().await;
    let linde = Client::linde(&house).await;
    let uro = Client::uro(&house).await;
    linde.patient("p1").await;
    let reads = |rest: Rest| !matches!(rest, Rest::Create | Rest::Update | Rest::Patch | Rest::Delete);
    let (reads, writes): (Vec<_>, Vec<_>) = table().partition(|(_, _, rest)| reads(*rest));
    for (route, method, rest) in reads.into_iter().chain(writes) {
        let (content_type, body) = match (route, rest) {
            (Route::Search | Route::CompartmentSearch, _) => (FORM, String::new()),
            (Route::SystemSearch, _) => (FORM, "_type=Patient".to_owned()),
            (_, Rest::Patch) => (JSON, r#"{"resourceType":"Parameters"}"#.to_owned()),
            _ => (JSON, patient("p1")),
        };
        let reply = uro.call(method, &path(route, rest), &[content_type], body).await;
        match rest {
            Rest::Read | Rest::Vread | Rest::HistoryInstance | Rest::SearchCompartment => {
                assert_eq!(reply.refusal(), (404, "not-found".into()), "{rest:?}");
            }
            Rest::SearchType | Rest::HistoryType | Rest::SearchSystem | Rest::HistorySystem => {
                assert_eq!(reply.json()["total"], 0, "{rest:?}");
            }
            // by then there is one of the writer's own
            Rest::Patch => assert_eq!(reply.status, 200, "{rest:?}"),
            // a write makes or deletes what is the writer's own
            Rest::Create | Rest::Update => assert_eq!(reply.status, 201, "{rest:?}"),
            Rest::Delete => assert_eq!(reply.status, 204),
            // a Patient is no Bundle; what is in one is done by the same routes
            Rest::Batch | Rest::Transaction => assert_eq!(reply.status, 400),
        }
        break_if_touched(&linde).await;
    }
}

async fn break_if_touched(linde: &Client<'_>) {
    let reply = linde.get("/fhir/Patient/p1").await;
    assert_eq!((reply.status, reply.header("etag")), (200, "W/\"1\""));
    assert_eq!(linde.get("/fhir/Patient/_history").await.json()["total"], 1);
}

#[tokio::test]
async fn head_works_wherever_get_does_and_the_headers_are_the_same() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    for (route, _, rest) in table().filter(|(_, method, _)| *method == Method::GET) {
        let path = path(route, rest);
        let get = client.get(&path).await;
        let head = client.call(Method::HEAD, &path, &[], "").await;
        assert_eq!((get.status, head.status), (200, 200), "{path}");
        assert!(!get.body.is_empty() && head.body.is_empty(), "{path}");
        for name in ["content-type", "etag", "last-modified", "cache-control", "x-content-type-options"] {
            assert_eq!(get.header(name), head.header(name), "{path}: {name}");
        }
        assert_eq!(get.header("cache-control"), "no-store");
        let vary: Vec<_> = get.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(["accept", "prefer"].iter().all(|name| vary.contains(name)), "{path}: {vary:?}");
        let (bare, query) = path.split_once('?').unwrap_or((&path, ""));
        let slashed = client.get(&format!("{bare}/?{query}")).await;
        assert_eq!(slashed.status, 200, "{path} with a slash at the end");
    }
}
