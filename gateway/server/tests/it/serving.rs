//! `zorgtolk serve` starts only when it can, and stops in order.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::Connection;

use crate::running::Folder;

/// A limit for hanging, never a measure.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

pub(crate) fn configured(address: SocketAddr) -> Folder {
    let folder = Folder::new();
    folder.write(
        "zorgtolk.toml",
        &format!("[server]\nlisten = \"{address}\"\n[database]\nurl = \"sqlite://house.db\"\n"),
    );
    folder
}

/// A gateway that is ready.
pub(crate) fn serve(folder: &Folder, address: SocketAddr, more: &[&str]) -> Child {
    let mut command = folder.command(&[&["serve", "--config", "zorgtolk.toml"], more].concat());
    let child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until(|| ask(address, "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").contains(" 200 "));
    child
}

pub(crate) fn until(so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !so() {
        assert!(begin.elapsed() < PATIENCE, "it did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn ask(address: SocketAddr, request: &str) -> String {
    let Ok(mut line) = TcpStream::connect(address) else { return String::new() };
    line.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap_or_default();
    answer
}

pub(crate) fn terminate(child: &Child) {
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn sigterm_finishes_what_is_in_flight_and_ends_with_code_0() {
    let address = free_address();
    let folder = configured(address);
    let child = serve(&folder, address, &[]);
    let body = "grant_type=client_credentials&client_id=nobody&client_secret=x";
    let (first, rest) = body.split_at(20);
    let head = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{first}",
        body.len()
    );
    let mut line = TcpStream::connect(address).unwrap();
    line.write_all(head.as_bytes()).unwrap();
    // Another request is answered, so the one before it has been taken up.
    assert!(ask(address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").contains(" 200 "));
    terminate(&child);
    until(|| TcpStream::connect(address).is_err());
    line.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    line.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4") && answer.contains("invalid_client"), "{answer}");

    let output = child.wait_with_output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{log}");
    assert!(log.contains("The gateway has stopped"), "{log}");
}

#[test]
fn the_end_of_standard_input_stops_it_when_that_is_asked_for() {
    let address = free_address();
    let folder = configured(address);
    let mut child = serve(&folder, address, &["--stop-at-end-of-input"]);
    drop(child.stdin.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_taken_port_is_told_by_its_key() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let folder = configured(address);
    let ran = folder.run_configured(&["serve"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains(&format!("cannot listen on {address} (server.listen)")), "{ran:?}");
    assert!(!folder.path().join("house.db").exists(), "a gateway without a port made a database");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = configured(free_address());
    assert_eq!(folder.run_configured(&["migrate"]).code, Some(0));
    let url = format!("sqlite://{}", folder.path().join("house.db").display());
    let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (99991231000000, 'from tomorrow', TRUE, x'00', 0)",
    )
    .execute(&mut database)
    .await
    .unwrap();
    database.close().await.unwrap();
    for command in ["serve", "migrate", "check", "tenant list"] {
        let ran = folder.run_configured(&command.split(' ').collect::<Vec<_>>());
        let said = format!("{}{}", ran.out, ran.err);
        assert!(ran.code == Some(1) && said.contains("newer than this program"), "{command}: {ran:?}");
    }
}

#[test]
fn a_client_that_dribbles_is_cut_off_and_others_are_served() {
    let address = free_address();
    let folder = Folder::new();
    folder.write(
        "zorgtolk.toml",
        &format!(
            "[server]\nlisten = \"{address}\"\nhead_seconds = 1\nbody_pause_seconds = 1\n\
             [database]\nurl = \"sqlite://house.db\"\n"
        ),
    );
    let child = serve(&folder, address, &[]);
    let head = "POST /oauth/token HTTP/1.1\r\nHost: x\r\n";
    let body = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\ngrant";
    for begun in ["", "PRI", head, &format!("{head}{body}")] {
        let mut line = TcpStream::connect(address).unwrap();
        line.write_all(begun.as_bytes()).unwrap();
        line.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut answer = String::new();
        // An error other than a timeout is a reset, which is an end too.
        let ended = line.read_to_string(&mut answer);
        let waiting = |error: &std::io::Error| error.kind() == std::io::ErrorKind::WouldBlock;
        assert!(!ended.as_ref().is_err_and(waiting), "it is still open after {begun:?}");
        assert!(!answer.contains(" 200 "), "{answer}");
    }
    assert!(ask(address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").contains(" 200 "));
    terminate(&child);
    assert!(child.wait_with_output().unwrap().status.success());
}
