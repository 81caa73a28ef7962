//! The order itself: what is kept of it, and what is refused before anyone is called.

use serde_json::json;

use super::counterpart::{Xis, bundle};

#[tokio::test]
async fn m_09_the_state_keeps_what_was_answered() {
    let xis = Xis::start().await;
    xis.says("GET /fhir/Patient", 200, &bundle(&[]));
    let told = xis.errand("discover", json!({})).await;
    xis.errand("chat", json!({ "with": { "channel": "c", "text": "Hallo" } })).await;

    let shown = xis.stage.state().await;

    assert_eq!(shown["xis"][0], told);
    assert_eq!((&shown["xis"][1]["operation"], &shown["counts"]["xis"]), (&json!("chat"), &json!(2)));
    let calls = told["calls"].as_array().unwrap();
    assert_eq!((&calls[0]["path"], &calls[0]["body"]), (&json!("/oauth/token"), &json!(null)));
    assert_eq!((&calls[1]["method"], &calls[1]["path"]), (&json!("GET"), &json!("/fhir/Patient")));
    assert_eq!(calls[1]["body"], bundle(&[]));

    xis.stage.running.reset();
    assert_eq!(xis.stage.state().await["xis"], json!([]));
}

#[tokio::test]
async fn m_09_an_order_that_cannot_be_meant_is_refused() {
    let xis = Xis::start().await;
    for (operation, more, why) in [
        ("dance", json!({}), "unknown variant `dance`"),
        ("discover", json!({ "patient": null }), "needs a patient"),
        ("triage", json!({ "patient": null, "with": { "s_line": "x" } }), "needs a patient"),
        (
            "pharmacies",
            json!({ "patient": null, "grant": "token_exchange", "with": { "agbs": [] } }),
            "patient",
        ),
        ("discover", json!({ "patient": { "bsn": "1" } }), "9 digits"),
        ("discover", json!({ "agb": "1" }), "8 digits"),
        ("discover", json!({ "with": { "x": 1 } }), "unknown field `x`"),
        ("discover", json!({ "x": 1 }), "unknown field `x`"),
        ("book_v2", json!({ "with": { "today": "gisteren" } }), "could not be parsed"),
        ("cancel", json!({}), "missing field `appointment`"),
        (
            "discover",
            json!({ "base_url": "https://api.example/fhir" }),
            "base_url must be http on a loopback",
        ),
        ("discover", json!({ "base_url": "http://10.0.0.1/fhir" }), "loopback"),
        (
            "discover",
            json!({ "token_url": "http://login.example/token" }),
            "token_url must be http on a loopback",
        ),
    ] {
        let answer = xis.order(operation, more).await;
        answer.is(400);
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(why), "{operation}: {error}");
    }
    assert!(xis.arrived().is_empty());
    assert_eq!(xis.stage.state().await["xis"], json!([]));
}

#[tokio::test]
async fn m_09_no_answer_and_no_json_are_told() {
    let xis = Xis::start().await;
    xis.says_text("GET /fhir/Patient", 200, "<html>");
    let told = xis.errand("discover", json!({})).await;
    assert_eq!(told["outcome"], "unreadable");
    assert_eq!(told["calls"][1]["body"], "<html>");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = nobody.local_addr().unwrap();
    drop(nobody);
    let told = xis.errand("discover", json!({ "base_url": format!("http://{addr}/fhir") })).await;
    assert_eq!((&told["outcome"], &told["status"]), (&json!("unreachable"), &json!(null)));
}
