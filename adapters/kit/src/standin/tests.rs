//! The faults over raw TCP: what really goes over the wire, and what does not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::*;

/// Counts what it was told, and says so.
#[derive(Default)]
struct Bell {
    rung: AtomicU64,
    heard: Notify,
    /// The body says what is asked.
    listens: bool,
}

impl StandIn for Bell {
    fn protocol(self: Arc<Self>) -> Router {
        Router::new().route("/bell/ring", post(ring)).with_state(self)
    }

    fn base(&self) -> &'static str {
        "/bell"
    }

    fn state(&self) -> Map<String, Value> {
        Map::from_iter([("rung".to_owned(), self.rung.load(Ordering::SeqCst).into())])
    }

    fn reset(&self) {
        self.rung.store(0, Ordering::SeqCst);
    }

    fn one_address(&self) -> bool {
        self.listens
    }

    fn operation(&self, _path: &str, body: &[u8]) -> Option<String> {
        body.starts_with(b"ding").then(|| "Ding".to_owned())
    }

    fn twists(&self) -> &'static [&'static str] {
        &["backwards"]
    }

    fn seed(&self, seed: &Value) -> Result<(), String> {
        let rung = seed["rung"].as_u64().ok_or("rung must be a number")?;
        self.rung.store(rung, Ordering::SeqCst);
        Ok(())
    }
}

async fn ring(State(bell): State<Arc<Bell>>, request: axum::extract::Request) -> String {
    let twists = request.extensions().get::<Twists>().cloned().unwrap_or_default();
    let body = axum::body::to_bytes(request.into_body(), 1024).await.unwrap_or_default();
    let body = String::from_utf8_lossy(&body).into_owned();
    if twists.has("backwards") {
        return body.chars().rev().collect();
    }
    bell.rung.fetch_add(1, Ordering::SeqCst);
    bell.heard.notify_one();
    format!("You said {body}")
}

struct Stage {
    running: Running,
    bell: Arc<Bell>,
}

impl Stage {
    async fn start() -> Self {
        Self::playing(Bell::default()).await
    }

    async fn playing(bell: Bell) -> Self {
        let bell = Arc::new(bell);
        let bound = Bound::on(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        Self { running: bound.play(Arc::new(Sim::default()), bell.clone()), bell }
    }

    async fn with(rule: Rule) -> Self {
        let stage = Self::start().await;
        stage.running.script(vec![rule]).unwrap();
        stage
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.running.addr()).await.unwrap()
    }

    /// Everything that comes back until the other side closes.
    async fn send(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = self.connect().await;
        ask(&mut stream, method, path, body, "close").await;
        heard(&mut stream).await
    }

    async fn ring(&self) -> String {
        self.send("POST", "/bell/ring", "ding").await
    }

    fn rung(&self) -> u64 {
        self.bell.rung.load(Ordering::SeqCst)
    }

    fn last(&self) -> Value {
        self.running.state()["log"].as_array().unwrap().last().cloned().unwrap()
    }
}

async fn ask(stream: &mut TcpStream, method: &str, path: &str, body: &str, connection: &str) {
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: {connection}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
}

async fn heard(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.expect("closed in order");
    String::from_utf8(all).unwrap()
}

fn rule(act: Act) -> Rule {
    Rule::on("POST", "/ring", act)
}

#[tokio::test]
async fn without_a_fault_the_answer_comes_and_is_logged() {
    let stage = Stage::start().await;

    let answer = stage.send("POST", "/bell/ring?who=secret", "ding").await;

    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("You said ding"), "{answer}");
    let last = stage.last();
    assert_eq!((&last["method"], &last["path"]), (&json!("POST"), &json!("/bell/ring")));
    assert_eq!((&last["status"], &last["fault"]), (&json!(200), &Value::Null));
}

#[tokio::test]
async fn drop_closes_without_a_byte_and_without_processing() {
    let stage = Stage::with(rule(Act::Drop)).await;

    assert_eq!(stage.ring().await, "");

    assert_eq!(stage.rung(), 0);
    assert_eq!((&stage.last()["status"], &stage.last()["fault"]), (&json!(0), &json!("drop")));
    assert!(stage.ring().await.ends_with("You said ding"), "the rule was for one request");
}

#[tokio::test]
async fn drop_after_processes_and_closes_without_a_byte() {
    let stage = Stage::with(rule(Act::DropAfter)).await;

    assert_eq!(stage.ring().await, "");

    assert_eq!(stage.rung(), 1);
    assert_eq!((&stage.last()["status"], &stage.last()["fault"]), (&json!(0), &json!("drop_after")));
}

#[tokio::test]
async fn a_dropped_request_closes_a_connection_that_was_to_be_kept() {
    let stage = Stage::start().await;
    let mut stream = stage.connect().await;
    ask(&mut stream, "POST", "/bell/ring", "one", "keep-alive").await;
    let mut first = [0; 16];
    stream.read_exact(&mut first).await.unwrap();
    stage.running.script(vec![rule(Act::Drop)]).unwrap();

    ask(&mut stream, "POST", "/bell/ring", "two", "keep-alive").await;

    let rest = heard(&mut stream).await;
    assert!(!rest.contains("HTTP/1.1"), "{rest}");
    assert_eq!(stage.rung(), 1);
}

#[tokio::test]
async fn truncate_announces_more_than_it_sends() {
    let stage = Stage::with(rule(Act::Truncate)).await;

    let answer = stage.ring().await;

    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(head.to_lowercase().contains("content-length: 13"), "{head}");
    assert_eq!(body, "You sa");
    assert_eq!(stage.rung(), 1);
}

#[tokio::test]
async fn status_answers_in_its_place_with_retry_after() {
    let mut throttled = rule(Act::Status).with_status(429);
    throttled.retry_after = Some(7);
    let stage = Stage::with(throttled).await;

    let answer = stage.ring().await.to_lowercase();

    assert!(answer.starts_with("http/1.1 429") && answer.contains("retry-after: 7"), "{answer}");
    assert_eq!((stage.rung(), &stage.last()["status"]), (0, &json!(429)));
}

#[tokio::test]
async fn empty_and_html_replace_the_body_of_a_processed_request() {
    for (act, ending) in [(Act::Empty, "\r\n\r\n"), (Act::Html, "</html>")] {
        let stage = Stage::with(rule(act)).await;

        let answer = stage.ring().await;

        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with(ending), "{answer}");
        assert_eq!(stage.rung(), 1, "{act:?}");
    }
}

#[tokio::test]
async fn empty_and_html_with_a_status_are_not_processed() {
    for act in [Act::Empty, Act::Html] {
        let stage = Stage::with(rule(act).with_status(502)).await;

        assert!(stage.ring().await.starts_with("HTTP/1.1 502"));

        assert_eq!(stage.rung(), 0, "{act:?}");
    }
}

#[tokio::test]
async fn a_delayed_request_is_processed_at_once_and_a_stop_does_not_wait_for_it() {
    let mut slow = rule(Act::Delay);
    slow.delay_ms = Some(3_600_000);
    let stage = Stage::with(slow).await;
    let mut stream = stage.connect().await;

    ask(&mut stream, "POST", "/bell/ring", "ding", "close").await;
    stage.bell.heard.notified().await;

    assert_eq!(stage.rung(), 1);
    stage.running.stop().await;
    assert!(heard(&mut stream).await.ends_with("You said ding"));
}

#[tokio::test]
async fn m_11_control_is_refused_on_an_address_that_others_reach() {
    for addr in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let refused = Bound::on(addr.parse().unwrap()).await;
        assert!(matches!(refused, Err(StartError::NotLoopback { .. })), "{addr}");
    }
}

#[tokio::test]
async fn a_taken_address_is_told() {
    let stage = Stage::start().await;
    let refused = Bound::on(stage.running.addr()).await;
    assert!(matches!(refused, Err(StartError::Bind { .. })));
}

#[tokio::test]
async fn a_stopped_stand_in_starts_again_on_its_address() {
    let stage = Stage::start().await;
    let addr = stage.running.addr();
    assert!(stage.ring().await.starts_with("HTTP/1.1 200"));
    stage.running.stop().await;

    let again = Bound::on(addr).await.expect("the address is free");

    assert_eq!(again.addr(), addr);
}

#[tokio::test]
async fn the_control_side_scripts_seeds_moves_the_clock_and_resets() {
    let stage = Stage::start().await;
    let rules = r#"{"rules":[{"method":"POST","path":"/ring","times":-1,"do":"status","status":503}]}"#;

    assert!(stage.send("POST", "/_sim/faults", rules).await.starts_with("HTTP/1.1 200"));
    assert!(stage.ring().await.starts_with("HTTP/1.1 503"));
    assert!(stage.send("GET", "/_sim/faults", "").await.contains(r#""status":503"#));
    assert!(stage.send("POST", "/_sim/seed", r#"{"rung":40}"#).await.starts_with("HTTP/1.1 204"));
    let clock = stage.send("POST", "/_sim/clock", r#"{"advance_seconds":3155760000}"#).await;
    assert!(clock.contains(r#"{"now":"21"#), "{clock}");
    let shown = stage.running.state();
    assert_eq!(
        (&shown["requests"], &shown["rung"]),
        (&json!(1), &json!(40)),
        "control requests do not count"
    );

    assert!(stage.send("POST", "/_sim/reset", "").await.starts_with("HTTP/1.1 204"));
    assert_eq!(stage.running.state()["log"], json!([]));
    assert!(stage.ring().await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn where_the_body_tells_the_operation_rules_and_log_go_by_it() {
    let stage = Stage::playing(Bell { listens: true, ..Bell::default() }).await;
    let twist = Rule::twisting("Ding", &["backwards"]).times(-1);
    stage.running.script(vec![twist]).unwrap();

    assert!(stage.send("POST", "/bell/ring", "dong").await.ends_with("You said dong"));
    assert!(stage.send("POST", "/bell/ring", "ding dong").await.ends_with("gnod gnid"));

    let log = stage.running.state()["log"].clone();
    assert_eq!((log[0].get("operation"), &log[1]["operation"]), (None, &json!("Ding")));
    assert_eq!(log[1]["fault"], "twist");
}

#[tokio::test]
async fn what_the_control_side_does_not_understand_it_refuses() {
    let stage = Stage::start().await;
    let cases = [
        ("faults", r#"{"rules":[{"do":"explode"}]}"#),
        ("faults", r#"{"rules":[{"do":"status"}]}"#),
        ("faults", r#"{"rules":[{"do":"drop","often":3}]}"#),
        ("faults", r#"{"rules":[{"do":"twist"}]}"#),
        ("faults", r#"{"rules":[{"do":"twist","twists":["inside_out"]}]}"#),
        ("faults", "{}"),
        ("seed", r#"{"rung":"often"}"#),
        ("clock", r#"{"back":1}"#),
    ];
    for (path, body) in cases {
        let answer = stage.send("POST", &format!("/_sim/{path}"), body).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("error"), "{path} {body}: {answer}");
    }
}
