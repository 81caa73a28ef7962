//! `/oauth/token` and `/.well-known/*` (RFC 6749; `dutch-fhir.md`, section 4.12), and what a token opens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_store::ClientAuth;
use http::Method;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use time::Duration;

use crate::house::{BASE, House, LINDE, NOBODY, NOW, Reply, URO};
use crate::testkeys::{Pair, unsigned};

const GRANT: &str = "grant_type=client_credentials";

fn basic(user: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
}

fn error(reply: &Reply) -> (u16, String) {
    (reply.status, reply.json()["error"].as_str().unwrap_or_default().to_owned())
}

/// Whether a token opens the Spreekuur door: what is answered to an empty body.
async fn knock(house: &House, token: &str, agb: &str) -> Reply {
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/fhir+json"),
        ("x-organization-identifier", agb),
    ];
    house.call(Method::PUT, "/spreekuur/fhir/r4/Appointment/1", &headers, "").await
}

#[tokio::test]
async fn a_secret_gets_a_token_in_the_header_and_in_the_form() {
    let house = House::new().await;
    let header = basic("xis", "s3cr3t");
    for reply in [
        house.ask_token(&[("authorization", &header)], GRANT).await,
        house.ask_token(&[], &format!("{GRANT}&client_id=xis&client_secret=s3cr3t")).await,
        house
            .ask_token(&[("authorization", &header)], &format!("{GRANT}&scope=spreekuur%2Fappointment.write"))
            .await,
    ] {
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("pragma"), "no-cache");
        let body = reply.json();
        assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(300)));
        assert!(body["scope"].as_str().unwrap().contains("spreekuur/appointment.write"));
        assert_eq!(body["refresh_token"], Value::Null);
        let token = body["access_token"].as_str().unwrap();
        assert_eq!(knock(&house, token, LINDE).await.refusal(), (400, "structure".into()));
    }
}

#[tokio::test]
async fn each_bad_request_has_its_error() {
    let house = House::new().await;
    let good = basic("xis", "s3cr3t");
    let good = [("authorization", good.as_str())];
    for (headers, form, expected) in [
        (&good[..], "", (400, "invalid_request")),
        (&good[..], "grant_type=password", (400, "unsupported_grant_type")),
        (&good[..], "grant_type=client_credentials&grant_type=client_credentials", (400, "invalid_request")),
        (&good[..], "grant_type=client_credentials&client_secret=s3cr3t", (400, "invalid_request")),
        (&good[..], "grant_type=client_credentials&client_assertion=x", (400, "invalid_request")),
        (&good[..], "grant_type=client_credentials&client_id=other", (400, "invalid_request")),
        (&good[..], "grant_type=client_credentials&scope=system%2FPatient.rs", (400, "invalid_scope")),
        (&good[..], "grant_type=client_credentials&scope=openid", (400, "invalid_scope")),
        (&[], "grant_type=client_credentials", (401, "invalid_client")),
        (&[], "grant_type=client_credentials&client_id=xis", (401, "invalid_client")),
        (&[], "grant_type=client_credentials&client_id=xis&client_secret=wrong", (400, "invalid_client")),
        (&[], "grant_type=client_credentials&client_secret=s3cr3t", (400, "invalid_request")),
        (&[("authorization", "Bearer x")], "grant_type=client_credentials", (401, "invalid_client")),
    ] {
        let reply = house.ask_token(headers, form).await;
        assert_eq!(error(&reply), (expected.0, expected.1.to_owned()), "{form}");
        assert_eq!(reply.header("cache-control"), "no-store", "{form}");
        let challenged = reply.header("www-authenticate").starts_with("Basic realm=");
        assert_eq!(challenged, expected.0 == 401, "{form}");
    }
    let json = [good[0], ("content-type", "application/json")];
    let reply = house.call(Method::POST, "/oauth/token", &json, GRANT).await;
    assert_eq!(error(&reply), (400, "invalid_request".into()));
    assert_eq!(house.call(Method::GET, "/oauth/token", &good, "").await.status, 405);
}

#[tokio::test]
async fn a_wrong_secret_an_unknown_and_a_revoked_client_look_the_same() {
    let house = House::new().await;
    house.register("gone", "system/*.rs", &[LINDE]).await;
    assert!(house.store().revoke_client("gone", NOW).await.unwrap());
    let keys = Pair::new(Algorithm::ES384, "k1");
    house.register_with("keyed", ClientAuth::Jwks(keys.jwks()), "system/*.rs", &[LINDE]).await;
    let mut answers = Vec::new();
    for (user, secret) in [("xis", "wrong"), ("nobody", "s3cr3t"), ("gone", "s3cr3t"), ("keyed", "s3cr3t")] {
        let header = basic(user, secret);
        let reply = house.ask_token(&[("authorization", &header)], GRANT).await;
        answers.push((reply.status, reply.body, reply.headers.get("www-authenticate").cloned()));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 401);
}

#[tokio::test]
async fn guessing_a_secret_is_slow() {
    let house = House::new().await;
    let form = format!("{GRANT}&client_id=xis&client_secret=wrong");
    for _ in 0..21 {
        assert_eq!(house.ask_token(&[], &form).await.status, 400);
    }
    let reply = house.ask_token(&[], &form).await;
    assert_eq!(error(&reply), (429, "invalid_client".into()));
    let wait = reply.header("retry-after").parse::<i64>().unwrap();
    let right = format!("{GRANT}&client_id=xis&client_secret=s3cr3t");
    assert_eq!(house.ask_token(&[], &right).await.status, 429);
    assert_eq!(house.ask_token(&[], &right.replace("=xis", "=other-xis")).await.status, 200);
    house.clock.advance(Duration::seconds(wait + 1));
    assert_eq!(house.ask_token(&[], &right).await.status, 200);
}

fn claims(client: &str, jti: &str) -> Value {
    json!({"iss": client, "sub": client, "aud": format!("{BASE}/oauth/token"),
        "exp": NOW.unix_timestamp() + 300, "jti": jti})
}

async fn assert_with(house: &House, jwt: &str) -> Reply {
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let form = format!("{GRANT}&client_assertion_type={kind}&client_assertion={jwt}");
    house.ask_token(&[], &form).await
}

#[tokio::test]
async fn a_signed_assertion_gets_a_token_once() {
    let house = House::new().await;
    for (n, algorithm) in [Algorithm::RS384, Algorithm::ES384, Algorithm::ES256].into_iter().enumerate() {
        let pair = Pair::new(algorithm, "k1");
        let client = format!("keyed-{n}");
        house.register_with(&client, ClientAuth::Jwks(pair.jwks()), "system/*.rs", &[LINDE]).await;
        let jwt = pair.sign(&claims(&client, "1"));
        assert_eq!(assert_with(&house, &jwt).await.status, 200, "{algorithm:?}");
        assert_eq!(error(&assert_with(&house, &jwt).await), (400, "invalid_client".into()), "replayed");
        assert_eq!(assert_with(&house, &pair.sign(&claims(&client, "2"))).await.status, 200);
    }
}

#[tokio::test]
async fn an_assertion_that_is_not_believed_gets_nothing() {
    let house = House::new().await;
    let (pair, other) = (Pair::new(Algorithm::ES384, "k1"), Pair::new(Algorithm::ES384, "k1"));
    house.register_with("keyed", ClientAuth::Jwks(pair.jwks()), "system/*.rs", &[LINDE]).await;
    let mut late = claims("keyed", "3");
    late["exp"] = json!(NOW.unix_timestamp() - 61);
    let mut elsewhere = claims("keyed", "4");
    elsewhere["aud"] = json!("https://elsewhere.example/oauth/token");
    for jwt in [
        other.sign(&claims("keyed", "1")),
        pair.sign(&claims("xis", "2")),
        pair.sign(&claims("nobody", "2")),
        pair.sign(&late),
        pair.sign(&elsewhere),
        unsigned(&claims("keyed", "5")),
        "x".to_owned(),
    ] {
        assert_eq!(error(&assert_with(&house, &jwt).await), (400, "invalid_client".into()), "{jwt}");
    }
    let jwt = pair.sign(&claims("keyed", "6"));
    let form = format!("{GRANT}&client_assertion_type=other&client_assertion={jwt}");
    assert_eq!(error(&house.ask_token(&[], &form).await), (400, "invalid_request".into()));
}

#[tokio::test]
async fn discovery_tells_where_and_how_and_shows_public_keys_only() {
    let house = House::new().await;
    let get = async |path: &str| house.call(Method::GET, path, &[], "").await.json();
    for path in [
        "/.well-known/smart-configuration",
        "/fhir/.well-known/smart-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        let body = get(path).await;
        assert_eq!(body["token_endpoint"], format!("{BASE}/oauth/token"), "{path}");
        assert_eq!(body["issuer"], BASE);
        let has = |name: &str, value: &str| body[name].as_array().unwrap().contains(&json!(value));
        assert!(has("token_endpoint_auth_methods_supported", "private_key_jwt"));
        assert!(has("token_endpoint_auth_signing_alg_values_supported", "RS384"));
        assert!(has("token_endpoint_auth_signing_alg_values_supported", "ES384"));
        assert!(has("grant_types_supported", "client_credentials"));
        assert!(
            has("capabilities", "client-confidential-asymmetric") && has("capabilities", "permission-v2")
        );
    }
    let keys = get("/.well-known/jwks.json").await;
    assert_eq!(keys["keys"][0]["kty"], "EC");
    assert_eq!(keys["keys"][0]["d"], Value::Null);
    let header = jsonwebtoken::decode_header(house.token("xis").await).unwrap();
    assert_eq!(keys["keys"][0]["kid"], json!(header.kid));
}

#[tokio::test]
async fn a_forged_unsigned_expired_or_absent_token_opens_nothing() {
    let house = House::new().await;
    let good = house.token("xis").await;
    let other = House::new().await;
    let payload = json!({"iss": BASE, "aud": BASE, "sub": "xis", "client_id": "xis", "agb": [LINDE], "jti": "1",
        "iat": 0, "exp": NOW.unix_timestamp() + 300, "scope": "system/*.cruds"});
    for bad in [
        other.token("xis").await,
        unsigned(&payload),
        Pair::new(Algorithm::ES256, "k1").sign(&payload),
        format!("{good}x"),
        "garbage".to_owned(),
    ] {
        let reply = knock(&house, &bad, LINDE).await;
        assert_eq!(reply.refusal(), (401, "login".into()), "{bad}");
        assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""));
    }
    let reply = house.call(Method::PUT, "/spreekuur/fhir/r4/Appointment/1", &[], "").await;
    assert_eq!(reply.refusal(), (401, "login".into()));
    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"zorgtolk\"");
    assert_eq!(knock(&house, &good, LINDE).await.status, 400, "remembered as verified from here on");
    house.clock.advance(Duration::seconds(300));
    let reply = knock(&house, &good, LINDE).await;
    assert_eq!(reply.refusal(), (401, "expired".into()));
    assert!(reply.header("www-authenticate").contains("error=\"invalid_token\""));
}

#[tokio::test]
async fn a_revocation_bites_within_five_seconds() {
    let house = House::new().await;
    let token = house.token("xis").await;
    assert_eq!(knock(&house, &token, LINDE).await.status, 400);
    house.store().revoke_client("xis", NOW).await.unwrap();
    house.clock.advance(Duration::seconds(5));
    assert_eq!(knock(&house, &token, LINDE).await.refusal(), (401, "login".into()));
}

#[tokio::test]
async fn a_foreign_and_an_unknown_organisation_are_refused_alike() {
    let house = House::new().await;
    let (xis, all) = (house.token("xis").await, house.token("all").await);
    for (token, agb) in [(&xis, URO), (&xis, NOBODY), (&xis, "99999999"), (&all, NOBODY)] {
        let reply = knock(&house, token, agb).await;
        assert_eq!(reply.refusal(), (403, "forbidden".into()));
        let text = reply.json()["issue"][0]["details"]["text"].as_str().unwrap().replace(agb, "");
        assert_eq!(text, "the client is not allowed to act for organisation ");
    }
    assert_eq!(knock(&house, &all, URO).await.status, 400);
}

#[tokio::test]
async fn a_client_that_asks_too_much_waits() {
    let house = House::with(|settings| (settings.rate_per_second, settings.rate_burst) = (1, 2), &[]).await;
    let token = house.token("xis").await;
    for _ in 0..2 {
        assert_eq!(knock(&house, &token, LINDE).await.status, 400);
    }
    let reply = knock(&house, &token, LINDE).await;
    assert_eq!(reply.refusal(), (429, "throttled".into()));
    assert!(matches!(reply.header("retry-after"), "1" | "2"));
    let other = house.token("other-xis").await;
    assert_eq!(knock(&house, &other, LINDE).await.status, 400);
}

#[tokio::test]
async fn at_fhir_a_client_with_one_organisation_may_leave_it_out() {
    let house = House::new().await;
    let read = async |client: &str, organisation: &[(&'static str, &str)]| {
        let bearer = format!("Bearer {}", house.token(client).await);
        let headers: Vec<_> =
            [("authorization", bearer.as_str())].into_iter().chain(organisation.iter().copied()).collect();
        house.call(Method::GET, "/fhir/Patient/nobody", &headers, "").await.refusal()
    };
    let organisation = "x-organization-identifier";
    assert_eq!(read("reader", &[]).await, (404, "not-found".into()));
    assert_eq!(read("reader", &[(organisation, LINDE)]).await, (404, "not-found".into()));
    assert_eq!(read("reader", &[(organisation, URO)]).await, (403, "forbidden".into()));
    assert_eq!(read("all", &[]).await, (400, "required".into()));
    assert_eq!(read("all", &[(organisation, URO)]).await, (404, "not-found".into()));
    assert_eq!(read("all", &[(organisation, "x|01000001")]).await, (400, "value".into()));
    assert_eq!(read("all", &[(organisation, LINDE), (organisation, LINDE)]).await, (400, "value".into()));
}
