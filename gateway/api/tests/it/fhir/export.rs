//! Bulk export (`dutch-fhir.md` section 4.10).

use gateway_api::Settings;
use http::Method;
use serde_json::{Value, json};

use super::Client;
use crate::house::{House, LINDE, Reply};

const LATER: (&str, &str) = ("Prefer", "respond-async");

async fn house() -> House {
    let listed = ["linde-fhir", "uro-fhir", "narrow", "second"].map(str::to_owned).to_vec();
    House::with(|settings: &mut Settings| settings.export_clients = listed, &[]).await
}

async fn put(client: &Client<'_>, reference: &str, more: &Value) {
    let (of, id) = reference.split_once('/').unwrap();
    let mut resource = json!({"resourceType": of, "id": id});
    resource.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let reply = client.put(&format!("/fhir/{reference}"), &[], &resource.to_string()).await;
    assert!(reply.status < 300, "{:?}", reply.json());
}

async fn filled(client: &Client<'_>) {
    for id in ["p1", "p2"] {
        put(client, &format!("Patient/{id}"), &json!({"gender": "female"})).await;
    }
    put(client, "Organization/o", &json!({"name": "De Linde"})).await;
    let participant = json!([{"status": "accepted", "actor": {"reference": "Patient/p1"}}]);
    put(client, "Appointment/a", &json!({"status": "proposed", "participant": participant})).await;
}

async fn kick_off(client: &Client<'_>, path: &str, headers: &[(&str, &str)]) -> Reply {
    client.call(Method::GET, path, headers, "").await
}

fn path(address: &str) -> String {
    address.strip_prefix("https://gateway.example").expect("an address of ours").to_owned()
}

/// Looks until what there is to fetch is known.
async fn ready(client: &Client<'_>, order: &Reply) -> Value {
    assert_eq!(order.status, 202, "{:?}", order.json());
    let status = path(order.header("content-location"));
    for _ in 0..10_000 {
        let reply = client.get(&status).await;
        if reply.status == 200 {
            assert_eq!(reply.header("content-type"), "application/json");
            assert!(!reply.header("expires").is_empty());
            return reply.json();
        }
        assert_eq!(reply.status, 202);
        assert!(!reply.header("x-progress").is_empty() && reply.header("x-progress").len() < 100);
        assert_eq!(reply.header("retry-after"), "1");
        tokio::task::yield_now().await;
    }
    panic!("the export is never ready");
}

async fn lines(client: &Client<'_>, file: &Value) -> Vec<Value> {
    let accept = [("Accept", "application/fhir+ndjson")];
    let reply = client.call(Method::GET, &path(file["url"].as_str().unwrap()), &accept, "").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/fhir+ndjson"));
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(file["count"], lines.len());
    lines
}

fn types(manifest: &Value, list: &str) -> Vec<String> {
    let files = manifest[list].as_array().unwrap();
    files.iter().map(|file| file["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn everything_is_exported_as_it_was_at_the_moment_of_the_kick_off() {
    let house = house().await;
    let client = Client::linde(&house).await;
    filled(&client).await;
    let order = kick_off(&client, "/fhir/$export", &[LATER]).await;
    house.clock.advance(time::Duration::seconds(1));
    put(&client, "Patient/p1", &json!({"gender": "male"})).await;
    put(&client, "Patient/p3", &json!({})).await;
    client.delete("/fhir/Patient/p2").await;

    let manifest = ready(&client, &order).await;
    assert_eq!(manifest["transactionTime"], "2026-09-01T08:00:00.000Z");
    assert_eq!(manifest["request"], "https://gateway.example/fhir/$export");
    assert_eq!(manifest["requiresAccessToken"], true);
    assert_eq!((&manifest["deleted"], &manifest["error"]), (&json!([]), &json!([])));
    assert_eq!(types(&manifest, "output"), ["Appointment", "Organization", "Patient"]);
    let patients = lines(&client, &manifest["output"][2]).await;
    let seen: Vec<_> = patients.iter().map(|p| (p["id"].clone(), p["gender"].clone())).collect();
    assert_eq!(seen, [(json!("p2"), json!("female")), (json!("p1"), json!("female"))]);
}

#[tokio::test]
async fn patients_bring_along_what_is_theirs_and_nothing_else() {
    let house = house().await;
    let client = Client::linde(&house).await;
    filled(&client).await;
    let manifest = ready(&client, &kick_off(&client, "/fhir/Patient/$export", &[LATER]).await).await;
    assert_eq!(types(&manifest, "output"), ["Appointment", "Patient"]);

    let only = json!({"resourceType": "Parameters", "parameter": [
        {"name": "patient", "valueReference": {"reference": "Patient/p2"}}]});
    let order = client.post("/fhir/Patient/$export", &[LATER], &only.to_string()).await;
    let manifest = ready(&client, &order).await;
    assert_eq!(types(&manifest, "output"), ["Patient"]);
    assert_eq!(lines(&client, &manifest["output"][0]).await[0]["id"], "p2");
}

#[tokio::test]
async fn types_filters_and_elements_narrow_it() {
    let house = house().await;
    let client = Client::linde(&house).await;
    filled(&client).await;
    put(&client, "Patient/p3", &json!({"gender": "male", "birthDate": "1980"})).await;
    let asked = "/fhir/$export?_type=Patient&_typeFilter=Patient%3Fgender%3Dmale&_elements=gender";
    let manifest = ready(&client, &kick_off(&client, asked, &[LATER]).await).await;
    assert_eq!(manifest["request"], format!("https://gateway.example{asked}"));
    let patients = lines(&client, &manifest["output"][0]).await;
    assert_eq!(patients.len(), 1);
    assert_eq!((&patients[0]["id"], &patients[0]["birthDate"]), (&json!("p3"), &Value::Null));
    assert_eq!(patients[0]["meta"]["tag"][0]["code"], "SUBSETTED");
}

#[tokio::test]
async fn since_tells_what_changed_and_what_is_gone() {
    let house = house().await;
    let client = Client::linde(&house).await;
    filled(&client).await;
    house.clock.advance(time::Duration::minutes(4));
    client.delete("/fhir/Patient/p2").await;
    put(&client, "Patient/p1", &json!({"gender": "male"})).await;
    let asked = "/fhir/$export?_since=2026-09-01T08:02:00Z";
    let manifest = ready(&client, &kick_off(&client, asked, &[LATER]).await).await;
    assert_eq!(types(&manifest, "output"), ["Patient"]);
    assert_eq!(types(&manifest, "deleted"), ["Bundle"]);
    let gone = lines(&client, &manifest["deleted"][0]).await;
    assert_eq!(gone[0]["entry"][0]["request"], json!({"method": "DELETE", "url": "Patient/p2"}));
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let house = house().await;
    let client = Client::linde(&house).await;
    for (asked, headers, status, code) in [
        ("/fhir/$export", &[][..], 400, "required"),
        ("/fhir/$export?_type=Nothing", &[LATER][..], 400, "not-supported"),
        ("/fhir/$export?_type=Binary", &[LATER][..], 400, "not-supported"),
        ("/fhir/$export?_since=2026", &[LATER][..], 400, "value"),
        ("/fhir/$export?_outputFormat=csv", &[LATER][..], 400, "not-supported"),
        ("/fhir/$export?_typeFilter=Patient%3Fshoe%3D44", &[LATER][..], 400, "not-supported"),
        ("/fhir/$export?organizeOutputBy=Patient", &[LATER][..], 400, "not-supported"),
        ("/fhir/$export?patient=Patient/1", &[LATER][..], 400, "not-supported"),
        ("/fhir/$export?nonsense=1", &[LATER][..], 400, "not-supported"),
        ("/fhir/Group/g/$export", &[LATER][..], 404, "not-found"),
        ("/fhir/Appointment/$export", &[LATER][..], 404, "not-found"),
    ] {
        let reply = kick_off(&client, asked, headers).await;
        assert_eq!(reply.refusal(), (status, code.to_owned()), "{asked}");
    }
    let lenient = ("Prefer", "respond-async, handling=lenient");
    let order = kick_off(&client, "/fhir/$export?organizeOutputBy=Patient", &[lenient]).await;
    let manifest = ready(&client, &order).await;
    let told = lines(&client, &manifest["error"][0]).await;
    assert_eq!(told[0]["issue"][0]["severity"], "warning");
}

#[tokio::test]
async fn an_export_is_for_clients_on_the_list_within_their_scopes() {
    let house = house().await;
    let stranger = Client::named(&house, "stranger", "system/*.cruds", LINDE).await;
    assert_eq!(kick_off(&stranger, "/fhir/$export", &[LATER]).await.refusal(), (403, "forbidden".to_owned()));

    filled(&Client::linde(&house).await).await;
    let narrow = Client::named(&house, "narrow", "system/Organization.rs system/Patient.r", LINDE).await;
    let refused = kick_off(&narrow, "/fhir/$export?_type=Patient", &[LATER]).await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    let manifest = ready(&narrow, &kick_off(&narrow, "/fhir/$export", &[LATER]).await).await;
    assert_eq!(types(&manifest, "output"), ["Organization"]);
}

#[tokio::test]
async fn an_export_is_nobody_elses_and_gone_when_thrown_away() {
    let house = house().await;
    let client = Client::linde(&house).await;
    filled(&client).await;
    let order = kick_off(&client, "/fhir/$export", &[LATER]).await;
    let status = path(order.header("content-location"));
    let manifest = ready(&client, &order).await;
    let file = path(manifest["output"][0]["url"].as_str().unwrap());
    let second = Client::named(&house, "second", "system/*.cruds", LINDE).await;
    for other in [second, Client::uro(&house).await] {
        for address in [&status, &file] {
            assert_eq!(other.get(address).await.status, 404);
        }
        assert_eq!(other.delete(&status).await.status, 404);
    }
    assert_eq!(client.delete(&status).await.status, 202);
    for address in [&status, &file] {
        assert_eq!(client.get(address).await.status, 404);
    }
}

#[tokio::test]
async fn an_export_expires() {
    let house = house().await;
    let client = Client::linde(&house).await;
    let order = kick_off(&client, "/fhir/$export", &[LATER]).await;
    ready(&client, &order).await;
    house.clock.advance(time::Duration::hours(24));
    let client = Client::linde(&house).await;
    let reply = client.get(&path(order.header("content-location"))).await;
    assert_eq!(reply.status, 404);
}
