//! `private_key_jwt` at the token endpoint (`spreekuur.md` section 3, choice 2).

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use standin_spreekuur::{Client, Settings};
use time::OffsetDateTime;

use crate::stage::{Answer, Stage, booked, with};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key of the client's, and its public half as PEM.
fn key() -> (EncodingKey, String) {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key");
    let public = pair.public_key().as_der().expect("a public key");
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        STANDARD.encode(public.as_ref())
    );
    (EncodingKey::from_ec_der(pair.to_pkcs8v1().expect("a document").as_ref()), pem)
}

async fn stage() -> (Stage, EncodingKey) {
    let (key, pem) = key();
    let mut settings = Settings::default();
    let client = Client { public_key_pem: Some(pem), ..Client::new("jwt-xis", "unused", &["01000001"]) };
    settings.clients.push(client);
    (Stage::with(settings).await, key)
}

fn claims(stage: &Stage, jti: &str) -> Value {
    let now = OffsetDateTime::now_utc().unix_timestamp();
    json!({
        "iss": "jwt-xis", "sub": "jwt-xis", "aud": stage.running.token_url(), "jti": jti,
        "iat": now, "exp": now + 60,
    })
}

async fn ask(stage: &Stage, jwt: &str) -> Answer {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", jwt),
    ];
    Answer::to(stage.http.post(stage.running.token_url()).form(&form)).await
}

fn signed(key: &EncodingKey, claims: &Value) -> String {
    encode(&Header::new(Algorithm::ES256), claims, key).expect("a JWT")
}

#[tokio::test]
async fn a_token_is_given_for_a_signed_assertion_once() {
    let (mut stage, key) = stage().await;
    let jwt = signed(&key, &claims(&stage, "1"));

    let answer = ask(&stage, &jwt).await;
    answer.is(200);
    answer.json()["access_token"].as_str().unwrap().clone_into(&mut stage.token);
    stage.put(&booked()).await.is(200);

    ask(&stage, &jwt).await.is(400);
    ask(&stage, &signed(&key, &claims(&stage, "2"))).await.is(200);
}

#[tokio::test]
async fn an_assertion_that_proves_nothing_is_refused() {
    let (stage, key) = stage().await;
    let (forger, _) = self::key();
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let other = |pointer: &str, value: Value| signed(&key, &with(claims(&stage, pointer), pointer, value));
    let secret = EncodingKey::from_secret(b"zorgtolk-secret");
    let symmetric = encode(&Header::new(Algorithm::HS256), &claims(&stage, "h"), &secret).unwrap();

    for jwt in [
        signed(&forger, &claims(&stage, "forged")),
        symmetric,
        other("/iss", json!("zorgtolk")),
        other("/sub", json!("zorgtolk")),
        other("/aud", json!("https://elsewhere.example/token")),
        other("/exp", json!(now - 1)),
        other("/exp", json!(now + 400)),
        other("/jti", Value::Null),
        "no.jwt.at-all".to_owned(),
    ] {
        let answer = ask(&stage, &jwt).await;
        answer.is(400);
        assert_eq!(answer.json()["error"], "invalid_client");
    }
}
