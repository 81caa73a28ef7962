//! Tokens: four ways to prove who we are, one request however many wait, and every way a token server can fail.

use std::sync::Arc;

use adapter_kit::ExchangeLog;
use adapter_kit::conformance::pem;
use adapter_kit::http::{HttpClient, HttpSettings};
use adapter_kit::oauth::{
    ClientAuthentication, OAuthSettings, SigningAlgorithm, SigningKey, TokenFault, TokenServer, TokenSource,
};
use gateway_core::{Failure, FixedClock, RandomIds};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rcgen::{KeyPair, PublicKeyData};
use time::OffsetDateTime;

use crate::raw::{RawServer, Reply};

const TOKEN: &str = r#"{"access_token":"secret-token","token_type":"Bearer","expires_in":300}"#;

struct Setting {
    server: RawServer,
    clock: Arc<FixedClock>,
    source: TokenSource,
    log: ExchangeLog,
}

impl Setting {
    fn new(replies: Vec<Reply>, authentication: ClientAuthentication) -> Self {
        Self::with(replies, authentication, |_| {})
    }

    fn with(
        replies: Vec<Reply>,
        authentication: ClientAuthentication,
        change: impl FnOnce(&mut OAuthSettings),
    ) -> Self {
        let server = RawServer::start(replies);
        let clock = Arc::new(FixedClock::at(OffsetDateTime::now_utc()));
        let mut settings = OAuthSettings {
            server: TokenServer::Endpoint(server.url("/token").parse().unwrap()),
            client_id: "xis demo".to_owned(),
            authentication,
            scope: None,
            audience: None,
        };
        change(&mut settings);
        let hosts = vec!["127.0.0.1".to_owned()];
        let http = HttpSettings { hosts, ..HttpSettings::default() }.build().unwrap();
        let http = HttpClient::new(http, Arc::clone(&clock) as Arc<_>);
        let source =
            TokenSource::new(settings, http, Arc::clone(&clock) as Arc<_>, Arc::new(RandomIds), "l".into());
        Self { server, clock, source, log: ExchangeLog::default() }
    }

    async fn token(&self) -> Result<String, TokenFault> {
        let token = self.source.token(&self.log).await?;
        Ok(token.header().unwrap().to_str().unwrap().to_owned())
    }

    fn form(&self) -> Vec<(String, String)> {
        let requests = self.server.requests();
        let (_, body) = requests.last().unwrap().split_once("\r\n\r\n").unwrap();
        url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
    }
}

fn basic() -> ClientAuthentication {
    ClientAuthentication::SecretBasic("s3cr3t".into())
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[tokio::test]
async fn c_01_client_secret_basic_leaves_scope_and_audience_out_when_none_is_set() {
    let setting = Setting::new(vec![Reply::json(TOKEN)], basic());
    assert_eq!(setting.token().await.unwrap(), "Bearer secret-token");
    let requests = setting.server.requests();
    assert!(requests[0].starts_with("POST /token HTTP/1.1\r\n"));
    assert!(requests[0].to_lowercase().contains("authorization: basic "));
    assert_eq!(setting.form(), [pair("grant_type", "client_credentials")]);
}

#[tokio::test]
async fn c_01_client_secret_post_with_scope_and_audience() {
    let post = ClientAuthentication::SecretPost("s3cr3t".into());
    let setting = Setting::with(vec![Reply::json(TOKEN)], post, |settings| {
        settings.scope = Some("spreekuur/appointment.write spreekuur/patient.read".to_owned());
        settings.audience = Some("https://api.example".to_owned());
    });
    setting.token().await.unwrap();
    let mut form = setting.form();
    form.sort();
    assert_eq!(
        form,
        [
            pair("audience", "https://api.example"),
            pair("client_id", "xis demo"),
            pair("client_secret", "s3cr3t"),
            pair("grant_type", "client_credentials"),
            pair("scope", "spreekuur/appointment.write spreekuur/patient.read"),
        ]
    );
}

#[tokio::test]
async fn c_01_tls_client_auth_names_the_client_and_sends_no_secret() {
    let setting = Setting::new(vec![Reply::json(TOKEN)], ClientAuthentication::TlsClientAuth);
    setting.token().await.unwrap();
    assert!(!setting.server.requests()[0].to_lowercase().contains("authorization"));
    let mut form = setting.form();
    form.sort();
    assert_eq!(form, [pair("client_id", "xis demo"), pair("grant_type", "client_credentials")]);
}

#[derive(serde::Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    jti: String,
    iat: i64,
    exp: i64,
}

#[tokio::test]
async fn c_01_private_key_jwt_signs_an_assertion_that_lives_at_most_five_minutes() {
    let algorithms = [
        (SigningAlgorithm::ES256, Algorithm::ES256, &rcgen::PKCS_ECDSA_P256_SHA256),
        (SigningAlgorithm::RS256, Algorithm::RS256, &rcgen::PKCS_RSA_SHA256),
        (SigningAlgorithm::PS256, Algorithm::PS256, &rcgen::PKCS_RSA_SHA256),
    ];
    for (algorithm, checked, kind) in algorithms {
        let pair = KeyPair::generate_for(kind).unwrap();
        let key = SigningKey::from_pem(algorithm, "key-1", &pem("PRIVATE KEY", &pair.serialize_der()).into())
            .unwrap();
        let setting = Setting::new(vec![Reply::json(TOKEN)], ClientAuthentication::PrivateKeyJwt(key));
        setting.token().await.unwrap();
        let form: std::collections::BTreeMap<_, _> = setting.form().into_iter().collect();
        assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

        let endpoint = setting.server.url("/token");
        let mut validation = Validation::new(checked);
        validation.set_audience(&[&endpoint]);
        let public = pem("PUBLIC KEY", &pair.subject_public_key_info());
        let public = match checked {
            Algorithm::ES256 => DecodingKey::from_ec_pem(public.as_bytes()),
            _ => DecodingKey::from_rsa_pem(public.as_bytes()),
        };
        let assertion = &form["client_assertion"];
        let read = jsonwebtoken::decode::<Claims>(assertion, &public.unwrap(), &validation).unwrap();
        assert_eq!(read.header.kid.as_deref(), Some("key-1"));
        let claims = read.claims;
        assert_eq!(
            (claims.iss.as_str(), claims.sub.as_str(), claims.aud),
            ("xis demo", "xis demo", endpoint)
        );
        assert!(!claims.jti.is_empty());
        assert!((1..=300).contains(&(claims.exp - claims.iat)));
    }
}

#[test]
fn a_key_that_does_not_fit_is_refused() {
    let elliptic =
        pem("PRIVATE KEY", &KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap().serialize_der());
    assert!(SigningKey::from_pem(SigningAlgorithm::RS256, "k", &elliptic.into()).is_err());
    assert!(SigningKey::from_pem(SigningAlgorithm::ES256, "k", &"no pem".into()).is_err());
}

#[tokio::test]
async fn c_01_a_token_is_kept_until_shortly_before_its_end() {
    let setting = Setting::new(vec![Reply::json(TOKEN)], basic());
    setting.token().await.unwrap();
    setting.clock.advance(time::Duration::seconds(269));
    setting.token().await.unwrap();
    assert_eq!(setting.server.requests().len(), 1);
    setting.clock.advance(time::Duration::seconds(1));
    setting.token().await.unwrap();
    assert_eq!(setting.server.requests().len(), 2);
}

#[tokio::test]
async fn one_request_is_in_flight_however_many_wait_and_its_failure_is_everybodys() {
    let setting = Setting::new(vec![Reply::json(TOKEN)], basic());
    let all = futures_util::future::join_all((0..16).map(|_| setting.token())).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(setting.server.requests().len(), 1);

    let refused = Reply::status(401, "content-type: application/json\r\n", r#"{"error":"invalid_client"}"#);
    let setting = Setting::new(vec![refused], basic());
    let all = futures_util::future::join_all((0..16).map(|_| setting.token())).await;
    assert!(all.iter().all(Result::is_err));
    assert_eq!(setting.server.requests().len(), 1);
    assert!(setting.token().await.is_err());
    assert_eq!(setting.server.requests().len(), 2, "who comes later asks anew");
}

#[tokio::test]
async fn a_refused_token_is_dropped_unless_it_was_replaced() {
    let setting = Setting::new(vec![Reply::json(TOKEN)], basic());
    let first = setting.source.token(&setting.log).await.unwrap();
    setting.source.refused(&first).await;
    let second = setting.source.token(&setting.log).await.unwrap();
    setting.source.refused(&first).await;
    setting.source.token(&setting.log).await.unwrap();
    assert_eq!(setting.server.requests().len(), 2, "an old refusal does not drop a new token");
    setting.source.refused(&second).await;
    setting.source.token(&setting.log).await.unwrap();
    assert_eq!(setting.server.requests().len(), 3);
}

#[tokio::test]
async fn every_failure_of_a_token_server_has_its_verdict() {
    let json = "content-type: application/json\r\n";
    let later =
        |seconds: Option<u64>| Some(Failure::Later { after: seconds.map(std::time::Duration::from_secs) });
    for (reply, wanted) in [
        (Reply::status(401, json, r#"{"error":"invalid_client","error_description":"hush"}"#), None),
        (Reply::status(400, json, r#"{"error":"invalid_scope"}"#), None),
        (Reply::status(400, json, r#"{"error":"hush-hush"}"#), None),
        (Reply::status(404, "", ""), None),
        (Reply::status(403, "", ""), None),
        (Reply::status(302, "location: /login\r\n", ""), None),
        (Reply::status(503, "retry-after: 9\r\n", "<html>"), later(Some(9))),
        (Reply::status(429, "", ""), later(None)),
        (Reply::status(200, "content-type: text/html\r\n", "<html>hush</html>"), later(None)),
        (Reply::json("{}"), later(None)),
        (Reply::json(""), later(None)),
        (Reply::json(r#"{"access_token":"x","token_type":"mac"}"#), later(None)),
        (Reply::Bytes(Vec::new()), later(None)),
        (Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec()), later(None)),
    ] {
        let name = format!("{reply:?}");
        let setting = Setting::new(vec![reply], basic());
        let fault = setting.token().await.unwrap_err();
        match wanted {
            Some(wanted) => assert_eq!(fault.failure(), wanted, "{name}"),
            None => assert!(matches!(fault.failure(), Failure::Broken(_)), "{name}: {fault:?}"),
        }
        let told = format!("{fault} {fault:?}");
        assert!(!told.contains("hush") && !told.contains("s3cr3t"), "{told}");
    }
}

#[tokio::test]
async fn no_token_and_no_secret_is_recorded_or_shown() {
    let setting = Setting::new(vec![Reply::json(TOKEN)], basic());
    setting.token().await.unwrap();
    let recorded = format!("{:?} {:?}", setting.log.take(), setting.source);
    assert!(!recorded.contains("secret-token") && !recorded.contains("s3cr3t"), "{recorded}");
}

#[tokio::test]
async fn the_issuer_names_the_endpoint_and_is_asked_once() {
    let setting = Setting::new(vec![Reply::json(TOKEN)], basic());
    let endpoint = setting.server.url("/token");
    for (issuer_says, finds) in [(true, true), (false, false)] {
        let server = Discovery::start(&endpoint, issuer_says);
        let source = server.source();
        let log = ExchangeLog::default();
        assert_eq!(source.token(&log).await.is_ok(), finds);
        if finds {
            source.fresh(&log).await.unwrap();
            assert_eq!(server.0.requests().len(), 1);
            assert!(server.0.requests()[0].starts_with("GET /realm/.well-known/openid-configuration "));
        }
    }
}

/// An issuer whose metadata names itself, or somebody else.
struct Discovery(RawServer);

impl Discovery {
    fn start(endpoint: &str, honest: bool) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let issuer =
            if honest { format!("http://{addr}/realm") } else { "https://issuer.example".to_owned() };
        let metadata = format!(r#"{{"issuer":"{issuer}","token_endpoint":"{endpoint}"}}"#);
        Self(RawServer::on(listener, vec![Reply::json(&metadata)]))
    }

    fn source(&self) -> TokenSource {
        let settings = OAuthSettings {
            server: TokenServer::Issuer(self.0.url("/realm").parse().unwrap()),
            client_id: "xis".to_owned(),
            authentication: basic(),
            scope: None,
            audience: None,
        };
        let clock = Arc::new(FixedClock::at(OffsetDateTime::now_utc()));
        let http =
            HttpSettings { hosts: vec!["127.0.0.1".to_owned()], ..HttpSettings::default() }.build().unwrap();
        let http = HttpClient::new(http, Arc::clone(&clock) as Arc<_>);
        TokenSource::new(settings, http, clock, Arc::new(RandomIds), "l".into())
    }
}
