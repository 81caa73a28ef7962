//! The HTTP client: what it sends, what it refuses, and how it tells a lost answer from an unsent request.

use std::sync::Arc;
use std::time::Duration;

use adapter_kit::ExchangeLog;
use adapter_kit::http::{HttpClient, HttpFault, HttpSettings, Record};
use gateway_core::FixedClock;
use http::{Request, Response, StatusCode};
use time::macros::datetime;

use crate::raw::{RawServer, Reply};

const AT: time::OffsetDateTime = datetime!(2026-09-14 07:10:00 UTC);

fn settings() -> HttpSettings {
    HttpSettings { hosts: vec!["127.0.0.1".to_owned()], ..HttpSettings::default() }
}

fn client(settings: &HttpSettings) -> HttpClient {
    HttpClient::new(settings.build().unwrap(), Arc::new(FixedClock::at(AT)))
}

fn put(url: &str) -> Request<Vec<u8>> {
    Request::put(url).header("authorization", "Bearer hush").body(b"{\"a\":1}".to_vec()).unwrap()
}

async fn send(reply: Reply, settings: &HttpSettings) -> Result<Response<Vec<u8>>, HttpFault> {
    let server = RawServer::start(vec![reply]);
    client(settings).send(put(&server.url("/fhir")), Record::Bodies, &ExchangeLog::default()).await
}

#[tokio::test]
async fn an_answer_of_any_status_is_an_answer() {
    for status in [200, 204, 302, 404, 503] {
        let answer = send(Reply::status(status, "x-a: b\r\n", ""), &settings()).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["x-a"].to_str().unwrap()), (status, "b"));
    }
}

#[tokio::test]
async fn c_13_a_redirect_is_not_followed() {
    let server = RawServer::start(vec![Reply::status(307, "location: /elsewhere\r\n", "")]);
    let answer =
        client(&settings()).send(put(&server.url("/fhir")), Record::Bodies, &ExchangeLog::default()).await;
    assert_eq!(answer.unwrap().status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn c_13_a_host_that_is_not_listed_is_not_even_connected() {
    let server = RawServer::start(vec![Reply::json("{}")]);
    let log = ExchangeLog::default();
    let other = HttpSettings { hosts: vec!["api.example".to_owned()], ..settings() };
    let outcome = client(&other).send(put(&server.url("/")), Record::Bodies, &log).await;
    assert_eq!(outcome.unwrap_err(), HttpFault::HostNotAllowed);
    let plain = Request::get("http://api.example/").body(Vec::new()).unwrap();
    assert_eq!(client(&other).send(plain, Record::Bodies, &log).await.unwrap_err(), HttpFault::PlainHttp);
    assert!(server.requests().is_empty() && log.take().is_empty());
}

#[tokio::test]
async fn what_was_not_sent_is_told_apart() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let log = ExchangeLog::default();
    let refused = client(&settings()).send(put(&format!("http://{free}/")), Record::Bodies, &log).await;
    assert!(matches!(refused, Err(HttpFault::NotConnected { .. })), "{refused:?}");
    let unknown = HttpSettings { hosts: vec!["nowhere.invalid".to_owned()], ..settings() };
    let unknown = client(&unknown).send(put("https://nowhere.invalid/"), Record::Bodies, &log).await;
    assert!(matches!(unknown, Err(HttpFault::NotConnected { .. })), "{unknown:?}");
    assert!(log.take().iter().all(|exchange| exchange.status.is_none()));
}

#[tokio::test]
async fn sent_without_an_answer_is_told_apart() {
    let impatient = HttpSettings { total_timeout: Duration::from_millis(100), ..settings() };
    let silent = send(Reply::Silence, &impatient).await.unwrap_err();
    assert_eq!(silent, HttpFault::NoAnswer { why: "timed out" });
    for bytes in ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\ncontent-"] {
        let broken = send(Reply::Bytes(bytes.into()), &settings()).await.unwrap_err();
        assert!(matches!(broken, HttpFault::NoAnswer { .. }), "{bytes:?}: {broken:?}");
    }
    let garbage = send(Reply::Bytes(b"I am no HTTP server\r\n\r\n".to_vec()), &settings()).await.unwrap_err();
    assert!(matches!(garbage, HttpFault::NoAnswer { .. }), "{garbage:?}");
}

#[tokio::test]
async fn a_body_that_breaks_off_or_never_ends_keeps_its_status() {
    let cut = Reply::Bytes(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"a\":".to_vec());
    assert_eq!(send(cut, &settings()).await.unwrap_err(), HttpFault::Cut { status: StatusCode::CREATED });
    let small = HttpSettings { answer_limit: 10, ..settings() };
    let large = Reply::status(200, "", &"x".repeat(11));
    let too_large = HttpFault::TooLarge { status: StatusCode::OK, limit: 10 };
    assert_eq!(send(large, &small).await.unwrap_err(), too_large);
    let fits = Reply::status(200, "", &"x".repeat(10));
    assert_eq!(send(fits, &small).await.unwrap().body().len(), 10);
}

#[tokio::test]
async fn the_exchange_is_recorded_without_headers_and_query() {
    let server = RawServer::start(vec![Reply::json("{\"b\":2}")]);
    let log = ExchangeLog::default();
    client(&settings()).send(put(&server.url("/fhir?q=1")), Record::Bodies, &log).await.unwrap();
    let exchanges = log.take();
    let exchange = exchanges.first().unwrap();
    assert_eq!((exchange.method.as_str(), exchange.status, exchange.at), ("PUT", Some(200), AT));
    assert_eq!(exchange.address, server.url("/fhir"));
    assert_eq!(
        (exchange.request.as_slice(), exchange.response.as_slice()),
        (&b"{\"a\":1}"[..], &b"{\"b\":2}"[..])
    );

    client(&settings()).send(put(&server.url("/token")), Record::Masked, &log).await.unwrap();
    let masked = log.take();
    let masked = masked.first().unwrap();
    assert_eq!((masked.request.as_slice(), masked.response.as_slice()), (&b"(masked)"[..], &b"(masked)"[..]));
}

#[tokio::test]
async fn an_exchange_that_was_given_up_is_recorded_too() {
    let server = RawServer::start(vec![Reply::Silence]);
    let log = ExchangeLog::default();
    let client = client(&settings());
    let sending = client.send(put(&server.url("/fhir")), Record::Bodies, &log);
    assert!(tokio::time::timeout(Duration::from_millis(50), sending).await.is_err());
    assert_eq!(log.take().first().map(|exchange| exchange.status), Some(None));
}
