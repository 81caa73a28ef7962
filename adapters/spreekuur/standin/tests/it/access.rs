//! The token endpoint (section 3), the organisation header (section 4), and the statuses of section 9 that belong to no
//! single rule.

use std::time::Duration;

use reqwest::{Method, RequestBuilder};
use serde_json::json;
use standin_spreekuur::{Mode, Settings, StartError, Switches};

use crate::stage::{Answer, LINDE, ORGANISATION, Stage, URO, booked, cancelled, headers, with};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

fn token_request(stage: &Stage) -> RequestBuilder {
    stage.http.post(stage.running.token_url())
}

async fn refuses(request: RequestBuilder, status: u16, error: &str) -> Answer {
    let answer = Answer::to(request).await;
    answer.is(status);
    assert_eq!(answer.json()["error"], error, "{}", answer.text);
    answer
}

#[tokio::test]
async fn a_token_is_given_for_client_secret_basic() {
    let stage = Stage::start().await;
    let request = token_request(&stage).basic_auth("zorgtolk", Some("zorgtolk-secret"));
    let answer = Answer::to(request.form(&[GRANT, ("scope", "spreekuur/appointment.write")])).await;

    answer.is(200);
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_eq!(body["scope"], "spreekuur/appointment.write");
}

#[tokio::test]
async fn a_token_is_given_for_client_secret_post() {
    let mut stage = Stage::start().await;
    let form = [GRANT, ("client_id", "zorgtolk"), ("client_secret", "zorgtolk-secret")];
    let answer = Answer::to(token_request(&stage).form(&form)).await;

    answer.is(200);
    assert!(answer.json().get("scope").is_none());
    answer.json()["access_token"].as_str().unwrap().clone_into(&mut stage.token);
    stage.put(&booked()).await.is(200);
}

#[tokio::test]
async fn a_token_request_that_is_wrong_is_refused_in_oauth_words() {
    let stage = Stage::start().await;
    let basic = || token_request(&stage).basic_auth("zorgtolk", Some("zorgtolk-secret"));
    let post = [GRANT, ("client_id", "zorgtolk"), ("client_secret", "zorgtolk-secret")];

    let wrong = token_request(&stage).basic_auth("zorgtolk", Some("guess")).form(&[GRANT]);
    let answer = refuses(wrong, 401, "invalid_client").await;
    assert!(answer.header("www-authenticate").starts_with("Basic"));
    refuses(token_request(&stage).basic_auth("nobody", Some("x")).form(&[GRANT]), 401, "invalid_client")
        .await;
    refuses(token_request(&stage).form(&[GRANT]), 400, "invalid_client").await;
    let wrong = [GRANT, ("client_id", "zorgtolk"), ("client_secret", "guess")];
    refuses(token_request(&stage).form(&wrong), 400, "invalid_client").await;

    refuses(basic().form(&[("grant_type", "password")]), 400, "unsupported_grant_type").await;
    refuses(basic().form(&[("scope", "x")]), 400, "invalid_request").await;
    refuses(basic().form(&[GRANT, GRANT]), 400, "invalid_request").await;
    refuses(basic().form(&post), 400, "invalid_request").await;
    refuses(basic().form(&[GRANT, ("client_id", "other-xis")]), 400, "invalid_request").await;
}

#[tokio::test]
async fn discovery_names_the_token_endpoint() {
    let stage = Stage::start().await;
    let url = format!("{}/.well-known/openid-configuration", stage.running.issuer());
    let found = Answer::to(stage.http.get(url)).await.json();

    assert_eq!(found["issuer"], stage.running.issuer());
    assert_eq!(found["token_endpoint"], stage.running.token_url());
    assert_eq!(found["grant_types_supported"], json!(["client_credentials"]));
}

#[tokio::test]
async fn the_lifetime_of_a_token_is_a_setting() {
    let settings = Settings { token_lifetime: Duration::from_secs(5), ..Settings::default() };
    let stage = Stage::with(settings).await;
    stage.put(&booked()).await.is(200);

    stage.running.advance(5);

    stage.put(&booked()).await.refuses(401, "expired");
}

#[tokio::test]
async fn a_bare_agb_and_a_token_name_one_organisation() {
    let stage = Stage::start().await;
    stage.put_for(LINDE, &booked()).await.is(200);
    stage.put_for("01000001", &booked()).await.is(200);
    assert_eq!(stage.told().await, ["new a1"]);
}

#[tokio::test]
async fn older_header_names_are_read_only_when_switched_on() {
    let put = |stage: &Stage, pairs: &[(&'static str, &str)]| {
        let url = format!("{}/Appointment/a1", stage.running.base_url());
        let request = stage.http.put(url).bearer_auth(&stage.token).body(booked().to_string());
        Answer::to(request.header("content-type", "application/fhir+json").headers(headers(pairs)))
    };
    let stage = Stage::start().await;
    for name in ["organisation_agb", "organization_agb"] {
        put(&stage, &[(name, "01000001")]).await.is(200);
        put(&stage, &[(name, "01000001"), (ORGANISATION, LINDE)]).await.is(200);
        put(&stage, &[(name, URO), (ORGANISATION, LINDE)]).await.refuses(400, "value");
    }
    put(&stage, &[("organisation_agb", "01000001"), ("organization_agb", URO)]).await.refuses(400, "value");

    let switches = Switches { compat_headers: false, ..Switches::default() };
    let stage = Stage::with(Settings { switches, ..Settings::default() }).await;
    put(&stage, &[("organisation_agb", "01000001")]).await.refuses(400, "required");
    put(&stage, &[("organisation_agb", URO), (ORGANISATION, LINDE)]).await.is(200);
}

#[tokio::test]
async fn a_header_that_is_given_twice_is_refused() {
    let stage = Stage::start().await;
    let request = stage.request(Method::PUT, "/Appointment/a1").body(booked().to_string());
    let answer = Answer::to(request.header(ORGANISATION, LINDE)).await;
    answer.refuses(400, "value");
}

#[tokio::test]
async fn an_unknown_route_is_404_and_a_wrong_method_405() {
    let mut stage = Stage::start().await;
    for (method, path) in [
        (Method::GET, "/metadata"),
        (Method::PUT, "/Appointment/"),
        (Method::PUT, "/Appointment"),
        (Method::PUT, "/Appointment/a1/x"),
        (Method::PUT, "/Encounter"),
        (Method::PUT, "/MedicationRequest"),
        (Method::POST, "/AppointmentResponse"),
        (Method::GET, "/Patient?identifier=x"),
    ] {
        Answer::to(stage.request(method, path)).await.refuses(404, "not-found");
    }
    for (method, path, allow) in [
        (Method::GET, "/Appointment/a1", "PUT"),
        (Method::DELETE, "/Appointment/a1", "PUT"),
        (Method::GET, "/Communication", "POST"),
        (Method::GET, "/Patient/_search", "POST"),
    ] {
        let answer = Answer::to(stage.request(method, path)).await;
        answer.refuses(405, "not-supported");
        assert_eq!(answer.header("allow"), allow);
    }
    stage.token = "forged".to_owned();
    let stranger = Answer::to(stage.request(Method::GET, "/metadata")).await;
    stranger.refuses(401, "login");
}

#[tokio::test]
async fn what_cannot_be_answered_in_json_is_406() {
    let stage = Stage::start().await;
    for (accept, taken) in [
        ("application/fhir+json", true),
        ("text/html, */*;q=0.1", true),
        ("application/json", true),
        ("application/fhir+xml", false),
        ("text/html", false),
    ] {
        let request = stage.request(Method::PUT, "/Appointment/a1").body(booked().to_string());
        let answer = Answer::to(request.header("accept", accept)).await;
        if taken { answer.is(200) } else { answer.refuses(406, "not-supported") }
    }
}

#[tokio::test]
async fn if_match_is_obeyed_when_sent() {
    let stage = Stage::start().await;
    let put = |version: &'static str, body: serde_json::Value| {
        let request = stage.request(Method::PUT, "/Appointment/a1").body(body.to_string());
        Answer::to(request.header("if-match", version))
    };
    put(r#"W/"1""#, booked()).await.refuses(412, "conflict");
    stage.put(&booked()).await.is(200);
    put(r#"W/"1""#, cancelled()).await.is(200);
    put(r#"W/"1""#, booked()).await.refuses(412, "conflict");
    assert_eq!(stage.told().await, ["new a1", "cancelled a1"]);
}

#[tokio::test]
async fn rules_are_judged_in_the_order_of_the_reference() {
    let mut stage = Stage::start().await;
    let all_wrong = |stage: &Stage, method: Method| {
        let request = stage.request(method, "/Appointment/a1").body("{");
        request.headers(headers(&[("content-type", "text/plain"), (ORGANISATION, "x")]))
    };
    let right = std::mem::replace(&mut stage.token, "forged".to_owned());
    Answer::to(all_wrong(&stage, Method::GET)).await.refuses(401, "login");
    stage.token = right;
    Answer::to(all_wrong(&stage, Method::GET)).await.refuses(405, "not-supported");
    Answer::to(all_wrong(&stage, Method::PUT)).await.refuses(415, "not-supported");
    let fhir = headers(&[("content-type", "application/fhir+json")]);
    Answer::to(all_wrong(&stage, Method::PUT).headers(fhir)).await.refuses(400, "value");
    let request = stage.request(Method::PUT, "/Appointment/a1").body("{");
    let foreign = headers(&[(ORGANISATION, "88888888")]);
    Answer::to(request.headers(foreign)).await.refuses(403, "forbidden");
}

#[tokio::test]
async fn an_id_that_is_a_number_is_taken_in_lenient_mode_only() {
    let body = with(booked(), "/id", json!(12345)).to_string();
    let lenient = Stage::start().await;
    Answer::to(lenient.request(Method::PUT, "/Appointment/12345").body(body.clone())).await.is(200);

    let switches = Switches { mode: Mode::Strict, ..Switches::default() };
    let strict = Stage::with(Settings { switches, ..Settings::default() }).await;
    let answer = Answer::to(strict.request(Method::PUT, "/Appointment/12345").body(body)).await;
    answer.refuses(400, "structure at Appointment.id");
}

#[tokio::test]
async fn settings_that_cannot_be_are_told() {
    let mut twice = Settings::default();
    twice.clients.push(twice.clients[0].clone());
    let mut agb = Settings::default();
    agb.clients[0].agbs.push("1".to_owned());
    let bsn = Settings { patients: vec!["x".to_owned()], ..Settings::default() };
    for settings in [twice, agb, bsn] {
        let refused = standin_spreekuur::Spreekuur::start(settings).await;
        assert!(matches!(refused, Err(StartError::Settings { .. })), "{refused:?}");
    }
}
