//! Certificates: whom the client trusts, and how each refusal is told.

use std::sync::Arc;

use adapter_kit::ExchangeLog;
use adapter_kit::conformance::{TestCa, TlsServer};
use adapter_kit::http::{HttpClient, HttpFault, HttpSettings, Record};
use gateway_core::SystemClock;
use http::{Request, StatusCode};

async fn get(origin: &str, extra: HttpSettings) -> Result<StatusCode, HttpFault> {
    let settings = HttpSettings { hosts: vec!["127.0.0.1".to_owned(), "localhost".to_owned()], ..extra };
    let client = HttpClient::new(settings.build().unwrap(), Arc::new(SystemClock));
    let request = Request::get(format!("{origin}/")).body(Vec::new()).unwrap();
    client.send(request, Record::Bodies, &ExchangeLog::default()).await.map(|answer| answer.status())
}

fn trusting(ca: &TestCa) -> HttpSettings {
    HttpSettings { extra_roots: Some(ca.pem().to_owned()), ..HttpSettings::default() }
}

fn is_tls(outcome: &Result<StatusCode, HttpFault>) {
    assert!(matches!(outcome, Err(HttpFault::Tls { .. })), "{outcome:?}");
}

#[tokio::test]
async fn c_13_an_unknown_certificate_is_refused_and_an_extra_root_makes_it_known() {
    let ca = TestCa::new();
    let server = TlsServer::start(&ca, None);
    is_tls(&get(&server.origin(), HttpSettings::default()).await);
    is_tls(&get(&server.origin(), trusting(&TestCa::new())).await);
    assert_eq!(server.requests(), 0);
    assert_eq!(get(&server.origin(), trusting(&ca)).await, Ok(StatusCode::OK));
}

#[tokio::test]
async fn c_13_a_certificate_for_another_name_is_refused() {
    let ca = TestCa::new();
    let server = TlsServer::start(&ca, None);
    let other_name = server.origin().replace("127.0.0.1", "localhost");
    is_tls(&get(&other_name, trusting(&ca)).await);
}

#[tokio::test]
async fn a_client_certificate_opens_the_door_and_its_lack_is_told() {
    let (ca, clients) = (TestCa::new(), TestCa::new());
    let server = TlsServer::start(&ca, Some(&clients));
    let with =
        |authority: &TestCa| HttpSettings { identity: Some(authority.client_pem().into()), ..trusting(&ca) };
    assert_eq!(get(&server.origin(), with(&clients)).await, Ok(StatusCode::OK));
    assert_eq!(server.requests(), 1);
    for refused in [trusting(&ca), with(&TestCa::new())] {
        let outcome = get(&server.origin(), refused).await;
        // The alert and the end of the connection race; both say that nothing was processed or that it is unsure.
        assert!(matches!(outcome, Err(HttpFault::Tls { .. } | HttpFault::NoAnswer { .. })), "{outcome:?}");
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_server_that_speaks_no_tls_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("https://{}", listener.local_addr().unwrap());
    let plain = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        stream
    });
    is_tls(&get(&origin, HttpSettings::default()).await);
    drop(plain.join().unwrap());
}
