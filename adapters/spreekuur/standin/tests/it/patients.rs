//! SU-06 and SU-08: `spreekuur.md` 8.1.1 to 8.1.6.

use reqwest::Method;
use serde_json::{Value, json};

use crate::stage::{Answer, LINDE, ORGANISATION, Stage, with, without};

const BSN_SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
const IDP_SYSTEM: &str = "http://spreekuur.nl/fhir/NamingSystem/patientIdpId";

fn invited() -> Value {
    json!({
        "resourceType": "Patient",
        "id": "p-1",
        "identifier": [{ "system": BSN_SYSTEM, "value": "123456782" }],
        "telecom": [{ "system": "email", "value": "nieuw@example.org" }],
    })
}

async fn idp_id(stage: &Stage) -> String {
    stage.state().await["patients"][0]["idp_id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn su_8_1_1_search_takes_a_bsn_or_an_idp_id() {
    let stage = Stage::start().await;
    let idp = idp_id(&stage).await;

    stage.search(&format!("{BSN_SYSTEM}|999990019")).await.is(200);
    stage.search(&format!("{IDP_SYSTEM}|{idp}")).await.is(200);

    for identifier in ["999990019", "urn:x|999990019", "|999990019"] {
        stage.search(identifier).await.refuses(400, "value");
    }
    stage.search(&format!("{BSN_SYSTEM}|99999")).await.refuses(400, "value");
    stage.search(&format!("{IDP_SYSTEM}|no-uuid")).await.refuses(400, "value");
}

#[tokio::test]
async fn su_8_1_1_search_takes_one_form_field() {
    let stage = Stage::start().await;
    let search = || {
        let url = format!("{}/Patient/_search", stage.running.base_url());
        stage.http.post(url).bearer_auth(&stage.token).header(ORGANISATION, LINDE)
    };
    let twice = [("identifier", "urn:x|1"), ("identifier", "urn:x|2")];
    Answer::to(search().form(&twice)).await.refuses(400, "value");
    Answer::to(search().form(&[("name", "x")])).await.refuses(400, "required");
    let json = search().header("content-type", "application/fhir+json").body("{}");
    Answer::to(json).await.refuses(415, "not-supported");
}

#[tokio::test]
async fn su_8_1_2_search_leaves_no_bsn_in_the_log() {
    let stage = Stage::start().await;
    stage.search(&format!("{BSN_SYSTEM}|999990019")).await.is(200);

    let log = stage.state().await["log"].to_string();

    assert!(log.contains("/fhir/r4/Patient/_search") && !log.contains("999990019"), "{log}");
}

#[tokio::test]
async fn su_8_1_3_a_registered_patient_is_found() {
    let stage = Stage::start().await;
    let answer = stage.search(&format!("{BSN_SYSTEM}|999990019")).await;

    let bundle = answer.json();
    assert_eq!(
        (&bundle["resourceType"], &bundle["type"], &bundle["total"]),
        (&json!("Bundle"), &json!("searchset"), &json!(1))
    );
    let patient = &bundle["entry"][0]["resource"];
    assert_eq!(patient["resourceType"], "Patient");
    assert_eq!(patient["identifier"], json!([{ "system": BSN_SYSTEM, "value": "999990019" }]));
    let expected = json!([{
        "url": "http://spreekuur.nl/fhir/NamingSystem/spreekuurIdpId",
        "valueString": idp_id(&stage).await,
    }]);
    assert_eq!(patient["extension"], expected);
}

#[tokio::test]
async fn su_8_1_4_a_patient_without_account_is_404() {
    let stage = Stage::start().await;
    stage.search(&format!("{BSN_SYSTEM}|123456782")).await.refuses(404, "not-found");
    let unknown = format!("{IDP_SYSTEM}|00000000-0000-4000-8000-000000000000");
    stage.search(&unknown).await.refuses(404, "not-found");
}

#[tokio::test]
async fn su_8_1_5_a_patient_is_invited() {
    let stage = Stage::start().await;
    let answer = stage.post("/Patient", &invited()).await;

    answer.is(201);
    assert_eq!(answer.header("location"), format!("{}/Patient/p-1", stage.running.base_url()));
    assert_eq!(stage.told().await, ["invitation p-1"]);
    let invitation = &stage.state().await["invitations"][0];
    assert_eq!((&invitation["agb"], &invitation["email"]), (&json!("01000001"), &json!("nieuw@example.org")));
}

#[tokio::test]
async fn su_8_1_5_an_invitation_is_whole() {
    let stage = Stage::start().await;
    for (body, issue) in [
        (with(invited(), "/resourceType", json!("Person")), "structure at Patient.resourceType"),
        (without(invited(), "/id"), "required at Patient.id"),
        (with(invited(), "/id", json!("p_1")), "value at Patient.id"),
        (without(invited(), "/identifier"), "required at Patient.identifier"),
        (with(invited(), "/identifier/0/system", json!("urn:x")), "required at Patient.identifier"),
        (with(invited(), "/identifier/0/value", json!("x")), "value at Patient.identifier[0].value"),
        (with(invited(), "/identifier/0/system", json!(IDP_SYSTEM)), "value at Patient.identifier[0].value"),
        (without(invited(), "/telecom"), "required at Patient.telecom"),
        (with(invited(), "/telecom/0/value", json!("x")), "value at Patient.telecom[0].value"),
    ] {
        stage.post("/Patient", &body).await.refuses(400, issue);
    }
    stage.assert_untouched().await;
}

#[tokio::test]
async fn su_8_1_6_a_registered_patient_is_not_invited() {
    let stage = Stage::start().await;
    let by_bsn = with(invited(), "/identifier/0/value", json!("999990019"));
    stage.post("/Patient", &by_bsn).await.refuses(422, "business-rule");

    let by_idp = json!({ "system": IDP_SYSTEM, "value": idp_id(&stage).await });
    let by_idp = with(invited(), "/identifier/0", by_idp);
    stage.post("/Patient", &by_idp).await.refuses(422, "business-rule");
    stage.assert_untouched().await;
}

#[tokio::test]
async fn su_06_and_su_08_belong_to_an_organisation_too() {
    let stage = Stage::start().await;
    for path in ["/Patient", "/Patient/_search"] {
        let url = format!("{}{path}", stage.running.base_url());
        Answer::to(stage.http.post(&url)).await.refuses(401, "login");
    }
    let request = stage.request(Method::POST, "/Patient").body(invited().to_string());
    let bare = crate::stage::headers(&[(ORGANISATION, "88888888")]);
    Answer::to(request.headers(bare)).await.refuses(403, "forbidden");
}
