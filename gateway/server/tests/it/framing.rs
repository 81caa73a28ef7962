//! Requests whose length is said in two ways, or wrongly (`dutch-fhir.md` case 74): whoever stands in front may cut the
//! line elsewhere than the gateway does, and so slip a request past its checks.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};

use serde_json::Value;

use crate::running::Folder;
use crate::serving::{ask, configured, free_address, serve, terminate};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1"}"#;

/// Line and headers of a write, then `framing`, then `rest`.
fn write(bearer: &str, framing: &str, rest: &str) -> String {
    format!(
        "PUT /fhir/Patient/p1 HTTP/1.1\r\nAuthorization: Bearer {bearer}\r\n\
         Content-Type: application/fhir+json\r\n{framing}\r\n{rest}"
    )
}

/// The body as one chunk, and the last one.
fn chunked(body: &str) -> String {
    format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

/// The one client of the one tenant, as the program shows it.
fn registered(folder: &Folder) -> (String, String) {
    let tenant = ["tenant", "add", "de-linde", "--agb", "01000001", "--name", "De Linde"];
    assert_eq!(folder.run_configured(&tenant).code, Some(0));
    let client = ["client", "add", "xis", "--agb", "01000001", "--scope", "system/*.cruds", "--json"];
    let added = folder.run_configured(&client).json();
    let text = |name: &str| added[name].as_str().unwrap().to_owned();
    (text("client_id"), text("client_secret"))
}

fn token(address: SocketAddr, (id, secret): &(String, String)) -> String {
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let answer = ask(
        address,
        &format!(
            "POST /oauth/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        ),
    );
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}

#[test]
fn case_74_a_request_whose_end_can_be_read_in_two_ways_is_refused_or_ends_its_line() {
    let address = free_address();
    let folder = configured(address);
    let client = registered(&folder);
    let child = serve(&folder, address, &[]);
    let bearer = token(address, &client);
    let read = format!(
        "GET /fhir/Patient/p1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {bearer}\r\n\r\n"
    );
    let (length, close) = (PATIENT.len(), "Host: x\r\nConnection: close\r\n");
    let refused = [
        ("two lengths", format!("{close}Content-Length: {length}\r\nContent-Length: 5\r\n")),
        ("two lengths in one line", format!("{close}Content-Length: {length}, 5\r\n")),
        ("no number", format!("{close}Content-Length: +{length}\r\n")),
        ("two hosts", format!("{close}Host: y\r\nContent-Length: {length}\r\n")),
        (
            "chunks that are none",
            format!("{close}Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n"),
        ),
        ("another coding", format!("{close}Transfer-Encoding: chunked, identity\r\n")),
    ];
    for (name, framing) in &refused {
        let answer = ask(address, &write(&bearer, framing, PATIENT));
        assert!(answer.starts_with("HTTP/1.1 400 "), "{name}: {answer}");
        assert!(ask(address, &read).starts_with("HTTP/1.1 404 "), "{name} was stored");
    }

    // longer than what comes before the caller hangs up
    let broken = write(&bearer, &format!("{close}Content-Length: {}\r\n", length + 10), PATIENT);
    cut_off(address, &broken);
    assert!(ask(address, &read).starts_with("HTTP/1.1 404 "), "half a request was stored");

    // both ways: the chunks count, and what the length would have hidden is no request (RFC 9112 section 6.3)
    for order in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    ] {
        let hidden = format!("{}{read}", chunked("{}"));
        let answer = ask(address, &write(&bearer, &format!("Host: x\r\n{order}"), &hidden));
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.matches("HTTP/1.1 ").count() == 1, "{answer}");
    }

    let right = write(&bearer, &format!("{close}Transfer-Encoding: chunked\r\n"), &chunked(PATIENT));
    assert!(ask(address, &right).starts_with("HTTP/1.1 201 "), "the gateway does not live on");
    terminate(&child);
    assert!(child.wait_with_output().unwrap().status.success());
}

/// Sends this and no more; answered or not, the line is at its end.
fn cut_off(address: SocketAddr, request: &str) {
    let mut line = TcpStream::connect(address).unwrap();
    line.write_all(request.as_bytes()).unwrap();
    line.shutdown(Shutdown::Write).unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap_or_default();
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
}
