//! The token a XIS is called with: client credentials (3.4, 3.6), or the patient's exchanged (3.3).

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Value, json};

use super::counterpart::{Xis, bundle};
use crate::stage::Answer;

const ASK: &str = "POST /oauth/token";

#[tokio::test]
async fn m_09_without_a_patient_the_token_is_the_clients() {
    let xis = Xis::start().await;
    xis.says("GET /fhir/Organization", 200, &bundle(&[]));
    let order = json!({ "patient": null, "scope": "a b", "audience": "https://xis", "with": { "agbs": [] } });

    xis.errand("pharmacies", order).await;

    let asked = &xis.to(ASK)[0];
    assert_eq!(asked.header("authorization"), "Basic c3ByZWVrdXVyOmdlaGVpbSUzQTE=", "RFC 6749 section 2.3.1");
    assert_eq!(asked.header("content-type"), "application/x-www-form-urlencoded");
    let field = |name: &str| asked.field(name);
    assert_eq!(field("grant_type").as_deref(), Some("client_credentials"));
    assert_eq!((field("scope").as_deref(), field("audience").as_deref()), (Some("a b"), Some("https://xis")));
    assert_eq!(field("subject_token"), None);
    assert_eq!(xis.to("GET /fhir/Organization")[0].header("authorization"), "Bearer for-the-xis");
}

#[tokio::test]
async fn m_09_a_chat_goes_by_the_trust_between_systems() {
    let xis = Xis::start().await;
    xis.errand("chat", json!({ "with": { "channel": "c", "text": "Hallo" } })).await;
    assert_eq!(xis.to(ASK)[0].field("grant_type").as_deref(), Some("client_credentials"), "3.6");
}

#[tokio::test]
async fn m_09_the_token_of_a_patient_is_exchanged() {
    let xis = Xis::start().await;
    xis.says("GET /fhir/Patient", 200, &bundle(&[]));

    xis.errand("discover", json!({})).await;

    let asked = &xis.to(ASK)[0];
    let field = |name: &str| asked.field(name).unwrap_or_default();
    assert_eq!(field("grant_type"), "urn:ietf:params:oauth:grant-type:token-exchange");
    for name in ["subject_token_type", "requested_token_type"] {
        assert_eq!(field(name), "urn:ietf:params:oauth:token-type:access_token", "{name}");
    }
    let claims = proved(&xis, &field("subject_token")).await;
    assert_eq!((&claims["bsn"], &claims["iss"]), (&json!("999990019"), &json!(xis.stage.running.issuer())));
    assert_eq!(claims["sub"], xis.stage.state().await["patients"][0]["idp_id"]);
    assert_eq!(xis.to("GET /fhir/Patient")[0].header("authorization"), "Bearer for-the-xis");
}

/// The claims of a patient's token, checked against the keys that are published.
async fn proved(xis: &Xis, token: &str) -> Value {
    let get = async |url: String| Answer::to(xis.stage.http.get(url)).await.json();
    let found = get(format!("{}/.well-known/openid-configuration", xis.stage.running.issuer())).await;
    let keys = get(found["jwks_uri"].as_str().expect("an address").to_owned()).await;
    let header = decode_header(token).expect("a JWT");
    assert_eq!(header.kid.as_deref(), keys["keys"][0]["kid"].as_str());
    let text = |name: &str| keys["keys"][0][name].as_str().expect("a coordinate");
    let key = DecodingKey::from_ec_components(text("x"), text("y")).expect("a key");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["spreekuur"]);
    decode::<Value>(token, &key, &validation).expect("it is signed with that key").claims
}

#[tokio::test]
async fn m_09_a_patients_token_may_be_given() {
    let xis = Xis::start().await;
    let patient = json!({ "bsn": "999990019", "access_token": "forged" });
    xis.errand("discover", json!({ "patient": patient })).await;
    assert_eq!(xis.to(ASK)[0].field("subject_token").as_deref(), Some("forged"));

    xis.errand("triage", json!({ "grant": "client_credentials", "with": { "s_line": "x" } })).await;
    assert_eq!(xis.to(ASK)[1].field("subject_token"), None);
}

#[tokio::test]
async fn m_09_a_refused_token_is_told_and_nothing_is_called() {
    let xis = Xis::start().await;
    for (status, error) in [(400, "invalid_grant"), (401, "invalid_client"), (403, "no error code")] {
        let body = if status == 403 { json!({}) } else { json!({ "error": error }) };
        xis.now_says(ASK, status, &body);
        let told = xis.errand("discover", json!({})).await;
        assert_eq!((&told["outcome"], &told["error"]), (&json!("token_refused"), &json!(error)), "{told}");
        assert_eq!(told["status"], status);
    }
    xis.now_says(ASK, 200, &json!({ "token_type": "Bearer" }));
    assert_eq!(xis.errand("discover", json!({})).await["outcome"], "unreadable");
    assert!(xis.lines().is_empty());
}

#[tokio::test]
async fn m_09_a_token_that_the_xis_refuses_is_told() {
    let xis = Xis::start().await;
    for (status, outcome) in
        [(401, "unauthenticated"), (403, "forbidden"), (404, "not_found"), (500, "failed")]
    {
        xis.now_says("GET /fhir/Patient", status, &json!({}));
        let told = xis.errand("discover", json!({})).await;
        assert_eq!((&told["outcome"], &told["status"]), (&json!(outcome), &json!(status)));
    }
}

#[tokio::test]
async fn m_09_no_token_and_no_secret_is_shown() {
    let xis = Xis::start().await;
    xis.says("GET /fhir/Patient", 200, &bundle(&[]));
    let told = xis.errand("discover", json!({})).await.to_string();
    let shown = xis.stage.state().await["xis"].to_string();
    let subject = xis.to(ASK)[0].field("subject_token").unwrap();
    for secret in ["for-the-xis", "geheim", &subject] {
        assert!(!told.contains(secret) && !shown.contains(secret), "{secret}");
    }
}
