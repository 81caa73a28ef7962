//! `POST [base]` with a transaction: all or nothing.

use gateway_core::ResourceType;
use http::Method;
use serde_json::{Value, json};

use super::batch::{bundle, entry, known, statuses, value};
use super::{Client, patient, patient_with};
use crate::house::{BASE, House, LINDE, Reply};

const P: &str = "urn:uuid:11111111-1111-4111-8111-111111111111";
const S: &str = "urn:uuid:22222222-2222-4222-8222-222222222222";

fn slot(schedule: &str) -> Value {
    json!({ "resourceType": "Slot", "status": "free", "schedule": { "reference": schedule },
            "start": "2026-09-20T09:00:00+02:00", "end": "2026-09-20T09:10:00+02:00" })
}

fn schedule() -> Value {
    json!({ "resourceType": "Schedule", "actor": [{ "display": "x" }] })
}

fn numbered(number: u32) -> Value {
    json!({ "resourceType": "Patient", "identifier": [{ "system": "http://example.test/number", "value": number.to_string() }] })
}

fn with(name: &str, condition: &str, mut entry: Value) -> Value {
    entry["request"][name] = condition.into();
    entry
}

async fn transaction(client: &Client<'_>, entries: &[Value]) -> Reply {
    client.post("/fhir", &[], &bundle("transaction", entries)).await
}

async fn done(client: &Client<'_>, entries: &[Value]) -> Value {
    let reply = transaction(client, entries).await;
    assert_eq!(reply.status, 200, "{:?}", reply.json());
    assert_eq!(reply.json()["type"], "transaction-response");
    reply.json()
}

/// `Type/id` of an answer, from its location.
fn place(answer: &Value) -> String {
    let location = answer["response"]["location"].as_str().unwrap();
    let place = location.strip_prefix(&format!("{BASE}/fhir/")).unwrap();
    place.split("/_history/").next().unwrap().to_owned()
}

#[tokio::test]
async fn writes_find_each_other_and_reads_see_them() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("old").await;
    let reply = transaction(
        &client,
        &[
            entry("GET", "Patient?_id=p1,old", None),
            known(S, entry("POST", "Slot", Some(slot(P)))),
            entry("PUT", "Patient/p1", Some(value(&patient("p1")))),
            known(P, entry("POST", "Schedule", Some(schedule()))),
            entry("DELETE", "Patient/old", None),
            entry("GET", "Patient/p1/_history/1", None),
            entry("GET", "Patient/none", None),
            entry("HEAD", "Patient/p1", None),
        ],
    )
    .await;
    let expected = [
        "200 OK",
        "201 Created",
        "201 Created",
        "201 Created",
        "204 No Content",
        "200 OK",
        "404 Not Found",
        "200 OK",
    ];
    assert_eq!(statuses(&reply), expected);
    let entries = &reply.json()["entry"];
    assert_eq!(
        (&entries[0]["resource"]["total"], &entries[0]["resource"]["entry"][0]["resource"]["id"]),
        (&1.into(), &"p1".into())
    );
    let schedule = place(&entries[3]);
    assert_eq!(entries[1]["resource"]["schedule"]["reference"], *schedule);
    assert_eq!(entries[1]["fullUrl"], format!("{BASE}/fhir/{}", place(&entries[1])));
    assert_eq!(entries[2]["response"]["etag"], "W/\"1\"");
    assert_eq!(entries[5]["resource"]["id"], "p1");
    assert_eq!(entries[7]["resource"], Value::Null);
    assert_eq!(house.stored("de-linde", &place(&entries[1])).await["schedule"]["reference"], *schedule);
}

#[tokio::test]
async fn relative_references_are_seen_from_their_own_entry() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let made = done(
        &client,
        &[
            known("http://a.example/fhir/Slot/1", entry("POST", "Slot", Some(slot("Schedule/1")))),
            known("http://a.example/fhir/Schedule/1", entry("POST", "Schedule", Some(schedule()))),
            known("http://b.example/fhir/Slot/1", entry("POST", "Slot", Some(slot("Schedule/1")))),
            known(
                "http://b.example/fhir/Slot/2",
                entry("POST", "Slot", Some(slot("http://a.example/fhir/Schedule/1/_history/1"))),
            ),
        ],
    )
    .await;
    let reference = |n: usize| made["entry"][n]["resource"]["schedule"]["reference"].clone();
    assert_eq!(reference(0), *place(&made["entry"][1]));
    assert_eq!(reference(2), "Schedule/1");
    assert_eq!(reference(3), "http://a.example/fhir/Schedule/1/_history/1");
}

#[tokio::test]
async fn what_fails_is_one_outcome_at_its_entry_and_nothing_is_stored() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("there").await;
    let put = |id: &str| entry("PUT", &format!("Patient/{id}"), Some(value(&patient(id))));
    let bad = entry("PUT", "Patient/p2", Some(value(&patient_with("p2", "active", "yes".into()))));
    let refused = entry("PUT", "Patient/p2", Some(value(&patient_with("p2", "gender", "x".into()))));
    let lost = entry("POST", "Slot", Some(slot(P)));
    let mut nameless = value(&patient("p2"));
    nameless.as_object_mut().unwrap().remove("id");
    let patch =
        json!({ "resourceType": "Binary", "contentType": "application/json-patch+json", "data": "W10=" });
    let cases = [
        (bad, 400, "structure", "Bundle.entry[1].resource.active"),
        (refused, 422, "code-invalid", "Bundle.entry[1].resource.gender"),
        (lost, 400, "value", "Bundle.entry[1].resource.schedule.reference"),
        (put("p1"), 400, "invalid", "Bundle.entry[1].request.url"),
        (with("ifMatch", "W/\"9\"", put("there")), 412, "conflict", "Bundle.entry[1]"),
        (with("ifMatch", "9", put("there")), 400, "invalid", "Bundle.entry[1]"),
        (
            entry("PUT", "Patient/other", Some(value(&patient("p2")))),
            400,
            "invalid",
            "Bundle.entry[1].resource.id",
        ),
        (entry("PUT", "Patient/p2", Some(nameless)), 400, "invalid", "Bundle.entry[1].resource.id"),
        (entry("PUT", "Slot/p2", Some(value(&patient("p2")))), 400, "invalid", "Bundle.entry[1].resource"),
        (entry("PUT", "Patient/p2", None), 400, "required", "Bundle.entry[1].resource"),
        (entry("DELETE", "Consent/c", None), 405, "not-supported", "Bundle.entry[1]"),
        (entry("DELETE", "Nothing/c", None), 404, "not-found", "Bundle.entry[1]"),
        (entry("PATCH", "Patient/none", Some(patch)), 404, "not-found", "Bundle.entry[1]"),
        (
            entry("POST", "Patient/$validate", Some(value(&patient("p2")))),
            400,
            "not-supported",
            "Bundle.entry[1].request.url",
        ),
        (
            entry("GET", "https://elsewhere.example/fhir/Patient/1", None),
            400,
            "value",
            "Bundle.entry[1].request.url",
        ),
        (
            entry("POST", "Patient?_id=x", Some(numbered(1))),
            400,
            "not-supported",
            "Bundle.entry[1].request.url",
        ),
    ];
    for (failing, status, code, place) in cases {
        let reply =
            transaction(&client, &[put("p1"), failing.clone(), entry("DELETE", "Patient/gone", None)]).await;
        assert_eq!(reply.status, status, "{failing} {:?}", reply.json());
        let told = reply.issues();
        assert!(told.contains(&(code.to_owned(), place.to_owned())), "{failing}: {told:?}");
        assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 1, "{failing}");
    }
}

#[tokio::test]
async fn a_scope_that_one_entry_lacks_refuses_all() {
    let house = House::new().await;
    let client = Client::named(&house, "some", "system/Patient.cu", LINDE).await;
    let entries = [entry("POST", "Patient", Some(numbered(1))), entry("DELETE", "Patient/p1", None)];
    let reply = transaction(&client, &entries).await;
    assert_eq!(
        (reply.status, reply.issues()),
        (403, vec![("forbidden".to_owned(), "Bundle.entry[1]".to_owned())])
    );
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 0);
}

#[tokio::test]
async fn conditions_and_patches_are_part_of_it() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    client.patient("p2").await;
    let create = |number: u32| {
        let criteria = format!("identifier=http://example.test/number|{number}");
        with("ifNoneExist", &criteria, entry("POST", "Patient", Some(numbered(number))))
    };
    // [{"op":"replace","path":"/active","value":false}]
    let data = "W3sib3AiOiJyZXBsYWNlIiwicGF0aCI6Ii9hY3RpdmUiLCJ2YWx1ZSI6ZmFsc2V9XQ==";
    let json_patch =
        json!({ "resourceType": "Binary", "contentType": "application/json-patch+json", "data": data });
    let fhirpath_patch = json!({ "resourceType": "Parameters", "parameter": [{ "name": "operation", "part": [
        { "name": "type", "valueCode": "replace" }, { "name": "path", "valueString": "Patient.active" },
        { "name": "value", "valueBoolean": false } ] }] });
    let all = [
        create(1),
        entry("PUT", "Patient?identifier=http://example.test/number|2", Some(numbered(2))),
        with("ifMatch", "W/\"1\"", entry("PATCH", "Patient/p1", Some(json_patch))),
        entry("PATCH", "Patient/p2", Some(fhirpath_patch)),
        entry("DELETE", "Patient?identifier=http://example.test/number|3", None),
    ];
    let made = done(&client, &all).await;
    let told: Vec<_> =
        made["entry"].as_array().unwrap().iter().map(|e| e["response"]["status"].clone()).collect();
    assert_eq!(told, ["201 Created", "201 Created", "200 OK", "200 OK", "204 No Content"]);
    assert_eq!(
        (&made["entry"][2]["resource"]["active"], &made["entry"][3]["resource"]["active"]),
        (&false.into(), &false.into())
    );

    let again = done(&client, &all[..2]).await;
    assert_eq!(again["entry"][0]["response"]["status"], "200 OK");
    for n in [0, 1] {
        assert_eq!(again["entry"][n]["response"]["location"], made["entry"][n]["response"]["location"]);
    }
    let reply = transaction(&client, &[entry("POST", "Slot", Some(slot("Schedule?identifier=a|b")))]).await;
    let place = "Bundle.entry[0].resource.schedule.reference".to_owned();
    assert_eq!((reply.status, reply.issues()), (412, vec![("not-found".to_owned(), place)]));
}

#[tokio::test]
async fn the_answer_is_as_preferred_and_may_be_empty() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let entries = [entry("PUT", "Patient/p1", Some(value(&patient("p1")))), entry("GET", "Patient/p1", None)];
    let text = bundle("transaction", &entries);
    let reply = client.post("/fhir", &[("prefer", "return=minimal")], &text).await.json();
    assert_eq!(reply["entry"][0]["resource"], Value::Null);
    assert_eq!(reply["entry"][0]["response"]["location"], format!("{BASE}/fhir/Patient/p1/_history/1"));
    assert_eq!(reply["entry"][1]["resource"]["id"], "p1");
    assert_eq!(done(&client, &[]).await["entry"], Value::Null);
    let checked = gateway_core::Resource::parse(reply.to_string().as_bytes()).unwrap();
    let issues =
        house.app.engine.parts().profiles.issues(&checked, None, fhir_profiles::Rules::default()).issues;
    assert!(issues.iter().all(|issue| !issue.refuses()), "{issues:?}");
}

#[tokio::test]
async fn a_transaction_is_read_and_answered_in_xml() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let xml = format!(
        r#"<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>
        <entry><resource><Slot><text><status value="generated"/>
            <div xmlns="http://www.w3.org/1999/xhtml"><a href="{P}">agenda</a></div></text>
            <schedule><reference value="{P}"/></schedule><status value="free"/>
            <start value="2026-09-20T09:00:00+02:00"/><end value="2026-09-20T09:10:00+02:00"/></Slot></resource>
            <request><method value="POST"/><url value="Slot"/></request></entry>
        <entry><fullUrl value="{P}"/><resource><Schedule><actor><display value="x"/></actor></Schedule></resource>
            <request><method value="POST"/><url value="Schedule"/></request></entry></Bundle>"#
    );
    let headers = [("content-type", "application/fhir+xml"), ("accept", "application/fhir+xml")];
    let reply = client.call(Method::POST, "/fhir", &headers, xml).await;
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    assert_eq!(reply.status, 200, "{text}");
    assert!(!text.contains(P));
    let id = text.split("<Schedule xmlns=\"http://hl7.org/fhir\"><id value=\"").nth(1);
    let id = id.or_else(|| text.split("<Schedule><id value=\"").nth(1)).unwrap().split('"').next().unwrap();
    assert!(text.contains(&format!("<reference value=\"Schedule/{id}\"/>")), "{text}");
    assert!(text.contains(&format!("href=\"Schedule/{id}\"")), "{text}");
}
