//! `POST [base]` with a batch: each entry as if it had come alone.

use gateway_core::ResourceType;
use serde_json::{Value, json};

use super::{Client, patient, patient_with};
use crate::house::{BASE, House, LINDE, Reply};

/// An entry that sends a resource, or none.
pub(crate) fn entry(method: &str, url: &str, resource: Option<Value>) -> Value {
    let mut entry = json!({ "request": { "method": method, "url": url } });
    if let Some(resource) = resource {
        entry["resource"] = resource;
    }
    entry
}

/// The same, known to the others by this address.
pub(crate) fn known(full_url: &str, mut entry: Value) -> Value {
    entry["fullUrl"] = full_url.into();
    entry
}

pub(crate) fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn bundle(kind: &str, entries: &[Value]) -> String {
    let mut bundle = json!({ "resourceType": "Bundle", "type": kind });
    if !entries.is_empty() {
        bundle["entry"] = entries.into();
    }
    bundle.to_string()
}

/// The statuses of the answers, in order.
pub(crate) fn statuses(reply: &Reply) -> Vec<String> {
    let entries = reply.json()["entry"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["response"]["status"].as_str().unwrap().to_owned()).collect()
}

async fn batch(client: &Client<'_>, headers: &[(&str, &str)], entries: &[Value]) -> Reply {
    let reply = client.post("/fhir", headers, &bundle("batch", entries)).await;
    assert_eq!(reply.status, 200, "{:?}", reply.json());
    assert_eq!(reply.json()["type"], "batch-response");
    reply
}

#[tokio::test]
async fn every_entry_has_its_own_answer_in_the_order_asked() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("there").await;
    let reply = batch(
        &client,
        &[],
        &[
            entry("GET", "Patient/there", None),
            entry("PUT", "Patient/p1", Some(value(&patient("p1")))),
            entry("POST", "Patient", Some(value(&patient("mine")))),
            entry("PUT", "Patient/p2", Some(value(&patient_with("p2", "active", "yes".into())))),
            entry("GET", "Patient/never", None),
            entry("DELETE", "Patient/never", None),
            entry("GET", "Patient?birthdate=1986-09-29&_summary=count", None),
            entry("PUT", "Task/t", Some(json!({ "resourceType": "Task", "id": "t" }))),
        ],
    )
    .await;
    let expected = [
        "200 OK",
        "201 Created",
        "201 Created",
        "400 Bad Request",
        "404 Not Found",
        "204 No Content",
        "200 OK",
        "405 Method Not Allowed",
    ];
    assert_eq!(statuses(&reply), expected);
    let entries = &reply.json()["entry"];
    assert_eq!(entries[0]["fullUrl"], format!("{BASE}/fhir/Patient/there"));
    assert_eq!(entries[0]["resource"]["id"], "there");
    let response = &entries[1]["response"];
    assert_eq!(response["location"], format!("{BASE}/fhir/Patient/p1/_history/1"));
    assert_eq!(
        (&response["etag"], &response["lastModified"]),
        (&"W/\"1\"".into(), &"2026-09-01T08:00:00.000Z".into())
    );
    assert_eq!(entries[1]["resource"]["meta"]["versionId"], "1");
    assert_ne!(entries[2]["resource"]["id"], "mine");
    assert_eq!(entries[3]["response"]["outcome"]["issue"][0]["expression"][0], "Patient.active");
    assert_eq!(entries[4]["response"]["outcome"]["issue"][0]["code"], "not-found");
    assert_eq!(
        (&entries[6]["resource"]["type"], &entries[6]["fullUrl"]),
        (&"searchset".into(), &Value::Null)
    );
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 3);
}

#[tokio::test]
async fn the_answers_are_as_preferred() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let put = [entry("PUT", "Patient/p1", Some(value(&patient("p1"))))];
    let minimal = batch(&client, &[("prefer", "return=minimal")], &put).await.json();
    assert_eq!(minimal["entry"][0]["resource"], Value::Null);
    assert_eq!(minimal["entry"][0]["response"]["status"], "201 Created");
    let told = batch(&client, &[("prefer", "return=OperationOutcome")], &put).await.json();
    assert_eq!(told["entry"][0]["resource"], Value::Null);
    assert_eq!(told["entry"][0]["response"]["outcome"]["issue"][0]["severity"], "information");
}

#[tokio::test]
async fn conditions_of_an_entry_are_kept() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let with = |name: &str, condition: &str, mut entry: Value| {
        entry["request"][name] = condition.into();
        entry
    };
    let put = || entry("PUT", "Patient/p1", Some(value(&patient("p1"))));
    let get = || entry("GET", "Patient/p1", None);
    let reply = batch(
        &client,
        &[],
        &[
            with("ifMatch", "W/\"7\"", put()),
            with("ifMatch", "W/\"1\"", put()),
            with("ifNoneMatch", "*", put()),
            with("ifNoneMatch", "W/\"1\"", get()),
            with("ifModifiedSince", "2026-09-01T10:00:00+02:00", get()),
        ],
    )
    .await;
    let expected = [
        "412 Precondition Failed",
        "200 OK",
        "412 Precondition Failed",
        "304 Not Modified",
        "304 Not Modified",
    ];
    assert_eq!(statuses(&reply), expected);
}

#[tokio::test]
async fn entries_about_one_resource_are_done_in_their_order() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let year = |n: i32| patient_with("p1", "birthDate", format!("{}-01-01", 1950 + n).into());
    let entries: Vec<_> = (0..20).map(|n| entry("PUT", "Patient/p1", Some(value(&year(n))))).collect();
    let reply = batch(&client, &[], &entries).await;
    for (n, answered) in reply.json()["entry"].as_array().unwrap().iter().enumerate() {
        assert_eq!(answered["resource"]["meta"]["versionId"], (n + 1).to_string());
        assert_eq!(answered["resource"]["birthDate"], format!("{}-01-01", 1950 + n));
    }
}

#[tokio::test]
async fn an_entry_that_refers_to_what_the_batch_makes_is_refused() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let slot = |schedule: &str| {
        json!({ "resourceType": "Slot", "id": "s", "status": "free", "schedule": { "reference": schedule },
                "start": "2026-09-20T09:00:00+02:00", "end": "2026-09-20T09:10:00+02:00" })
    };
    let schedule = json!({ "resourceType": "Schedule", "actor": [{ "display": "x" }] });
    let reply = batch(
        &client,
        &[],
        &[
            known("http://a.example/fhir/Schedule/1", entry("POST", "Schedule", Some(schedule))),
            known("http://a.example/fhir/Slot/1", entry("POST", "Slot", Some(slot("Schedule/1")))),
            entry("POST", "Slot", Some(slot("http://a.example/fhir/Schedule/1"))),
            entry("POST", "Slot", Some(slot("urn:uuid:3fa85f64-5717-4562-b3fc-2c963f66afa6"))),
            entry("POST", "Slot", Some(slot("Schedule/1"))),
        ],
    )
    .await;
    assert_eq!(
        statuses(&reply),
        ["201 Created", "400 Bad Request", "400 Bad Request", "400 Bad Request", "201 Created"]
    );
    let issue = &reply.json()["entry"][1]["response"]["outcome"]["issue"][0];
    assert_eq!(issue["expression"][0], "Slot.schedule.reference");
}

#[tokio::test]
async fn each_entry_needs_its_own_scope_and_stays_with_its_own_tenant() {
    let house = House::new().await;
    Client::uro(&house).await.patient("theirs").await;
    let client = Client::named(&house, "some", "system/Patient.cu system/Slot.rs", LINDE).await;
    let reply = batch(
        &client,
        &[],
        &[
            entry("PUT", "Patient/p1", Some(value(&patient("p1")))),
            entry("GET", "Patient/p1", None),
            entry("GET", "Slot?status=free", None),
            entry("DELETE", "Patient/p1", None),
        ],
    )
    .await;
    assert_eq!(statuses(&reply), ["201 Created", "403 Forbidden", "200 OK", "403 Forbidden"]);
    let linde = Client::linde(&house).await;
    let reply = batch(&linde, &[], &[entry("GET", "Patient/theirs", None)]).await;
    assert_eq!(statuses(&reply), ["404 Not Found"]);
}

#[tokio::test]
async fn a_bundle_that_is_wrong_is_refused_with_every_place() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let wrong = json!({
        "resourceType": "Bundle", "type": "batch", "total": 3, "foo": 1,
        "entry": [
            { "request": { "method": "FETCH", "url": "Patient/1" } },
            { "resource": value(&patient("p1")) },
            { "request": { "method": "GET" }, "search": { "mode": "match" } },
        ],
    });
    for kind in ["batch", "transaction"] {
        let mut wrong = wrong.clone();
        wrong["type"] = kind.into();
        let reply = client.post("/fhir", &[], &wrong.to_string()).await;
        assert_eq!(reply.status, 400);
        let places: Vec<_> = reply.issues().into_iter().map(|(_, place)| place).collect();
        for place in [
            "Bundle",
            "Bundle.foo",
            "Bundle.entry[0].request.method",
            "Bundle.entry[1].request",
            "Bundle.entry[2].request.url",
        ] {
            assert!(places.iter().any(|p| p == place), "{place} not in {places:?}");
        }
    }
    for kind in ["collection", "searchset", "document", "nothing"] {
        let reply = client.post("/fhir", &[], &bundle(kind, &[])).await;
        assert_eq!((reply.status, &*reply.issues()[0].1), (400, "Bundle.type"), "{kind}");
    }
    assert_eq!(client.post("/fhir", &[], &patient("p")).await.status, 400);
}

#[tokio::test]
async fn an_entry_leads_below_our_base_and_nowhere_else() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let own = format!("{BASE}/fhir/Patient/p1");
    let urls =
        ["Patient/p1", "/Patient/p1", &own, "Patient/p1/_history/1", "Patient?_id=p1&name:exact=a%20b"];
    let entries = urls.map(|url| entry("GET", url, None));
    assert_eq!(statuses(&batch(&client, &[], &entries).await), ["200 OK"; 5]);
    let urls = [
        "https://elsewhere.example/fhir/Patient/p1",
        "../oauth/token",
        "//elsewhere/fhir/Patient/p1",
        "http://",
    ];
    let entries = urls.map(|url| entry("GET", url, None));
    let reply = batch(&client, &[], &entries).await;
    assert_eq!(statuses(&reply), ["400 Bad Request"; 4]);
    let again = entry("POST", "", Some(value(&bundle("batch", &[]))));
    let reply = client.post("/fhir", &[], &bundle("batch", &[again])).await;
    assert_eq!(reply.status, 400, "a url is not empty: {:?}", reply.json());
    let again = entry("POST", BASE, Some(value(&bundle("batch", &[]))));
    let root = entry("POST", &format!("{BASE}/fhir"), Some(value(&bundle("batch", &[]))));
    let slash = entry("POST", "/", Some(value(&bundle("batch", &[]))));
    let reply = batch(&client, &[], &[again, root, slash]).await;
    assert_eq!(statuses(&reply), ["400 Bad Request"; 3]);
}

#[tokio::test]
async fn case_61_more_entries_than_are_taken_are_413() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for kind in ["batch", "transaction"] {
        let reply =
            client.post("/fhir", &[], &bundle(kind, &vec![entry("GET", "Patient/1", None); 10_000])).await;
        assert_eq!(reply.refusal(), (413, "too-long".into()));
    }
    assert_eq!(statuses(&batch(&client, &[], &vec![entry("GET", "Patient/1", None); 500]).await).len(), 500);
    assert_eq!(batch(&client, &[], &[]).await.json()["entry"], Value::Null);
}

#[tokio::test]
async fn a_batch_is_read_and_answered_in_xml() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let xml = r#"<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/>
        <entry><resource><Patient><id value="p1"/><active value="true"/></Patient></resource>
            <request><method value="PUT"/><url value="Patient/p1"/></request></entry>
        <entry><request><method value="GET"/><url value="Patient/none"/></request></entry></Bundle>"#;
    let headers = [("content-type", "application/fhir+xml"), ("accept", "application/fhir+xml")];
    let reply = client.call(http::Method::POST, "/fhir", &headers, xml).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/fhir+xml; charset=utf-8"));
    let text = String::from_utf8(reply.body.to_vec()).unwrap();
    for part in [
        "<status value=\"201 Created\"/>",
        "<status value=\"404 Not Found\"/>",
        "<OperationOutcome>",
        "<active value=\"true\"/>",
    ] {
        assert!(text.contains(part), "{part} not in {text}");
    }
}
