//! Searches.

use http::Method;
use serde_json::json;

use super::Client;
use crate::house::{BASE, House, LINDE, Reply};

const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

pub(crate) fn ids(reply: &Reply) -> Vec<String> {
    let bundle = reply.json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<_> = entries
        .iter()
        .filter(|entry| entry["search"]["mode"] == "match")
        .map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

pub(crate) fn link(reply: &Reply, relation: &str) -> Option<String> {
    let bundle = reply.json();
    let links = bundle["link"].as_array()?;
    let url = links.iter().find(|link| link["relation"] == relation)?["url"].as_str()?;
    Some(url.strip_prefix(BASE).unwrap().to_owned())
}

pub(crate) async fn with_appointments(client: &Client<'_>) {
    for (id, status, start, patient) in [
        ("a1", "booked", "2026-10-01T09:00:00+02:00", "p1"),
        ("a2", "cancelled", "2026-10-02T09:00:00+02:00", "p1"),
        ("a3", "booked", "2026-10-02T23:30:00Z", "p2"),
    ] {
        let body = json!({
            "resourceType": "Appointment", "id": id, "status": status, "start": start,
            "end": start.replace("09:00", "09:10").replace("23:30", "23:40"),
            "identifier": [{ "system": "http://example.nl/afspraak", "value": format!("nr-{id}") }],
            "participant": [{ "actor": { "reference": format!("Patient/{patient}") }, "status": "accepted" }]
        });
        let reply = client.put(&format!("/fhir/Appointment/{id}"), &[], &body.to_string()).await;
        assert_eq!(reply.status, 201, "{reply:?}");
    }
}

async fn with_patient(client: &Client<'_>, id: &str, bsn: &str) {
    let body = json!({
        "resourceType": "Patient", "id": id, "identifier": [{ "system": BSN, "value": bsn }]
    });
    let reply = client.put(&format!("/fhir/Patient/{id}"), &[], &body.to_string()).await;
    assert_eq!(reply.status, 201, "{reply:?}");
}

#[tokio::test]
async fn what_is_asked_for_is_found() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_appointments(&client).await;
    let cases: [(&str, &[&str]); 16] = [
        ("", &["a1", "a2", "a3"]),
        ("_id=a1,a3", &["a1", "a3"]),
        ("status=booked", &["a1", "a3"]),
        ("status=booked,cancelled", &["a1", "a2", "a3"]),
        ("status:not=booked", &["a2"]),
        ("identifier=http://example.nl/afspraak%7Cnr-a2", &["a2"]),
        ("identifier=nr-a3", &["a3"]),
        ("patient=p1", &["a1", "a2"]),
        ("patient=Patient/p2", &["a3"]),
        ("patient=p1&status=booked", &["a1"]),
        ("date=2026-10-01", &["a1"]),
        ("date=2026-10-03", &["a3"]),
        ("date=ge2026-10-02&date=lt2026-10-03", &["a2"]),
        ("date=ge2026-10-02T00:00:00%2B02:00", &["a2", "a3"]),
        // case 14: a `+` that was not escaped arrives as a blank
        ("date=ge2026-10-02T00:00:00+02:00", &["a2", "a3"]),
        ("_lastUpdated=gt2026-09-02", &[]),
    ];
    for (query, expected) in cases {
        let get = client.get(&format!("/fhir/Appointment?{query}")).await;
        assert_eq!(
            (get.status, ids(&get)),
            (200, expected.iter().map(|id| (*id).to_owned()).collect()),
            "{query}"
        );
        assert_eq!(get.json()["total"], expected.len());
        let post = client.call(Method::POST, "/fhir/Appointment/_search", &[FORM], query.to_owned()).await;
        assert_eq!(ids(&post), ids(&get), "POST {query}");
    }
}

#[tokio::test]
async fn a_found_resource_is_whole_and_has_its_address() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    let read = client.get("/fhir/Patient/p1").await;
    let found = client.get("/fhir/Patient?_id=p1").await;
    let entry = &found.json()["entry"][0];
    assert_eq!(entry["resource"], read.json());
    assert_eq!(entry["fullUrl"], format!("{BASE}/fhir/Patient/p1"));
    assert!(entry.get("request").is_none() && entry.get("response").is_none());
    assert_eq!(link(&found, "self").unwrap(), "/fhir/Patient?_id=p1");
    assert_eq!(link(&found, "next"), None);
    assert_eq!(found.header("etag"), "");
}

#[tokio::test]
async fn parameters_of_url_and_form_count_together() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_appointments(&client).await;
    let reply =
        client.call(Method::POST, "/fhir/Appointment/_search?status=booked", &[FORM], "patient=p1").await;
    assert_eq!(ids(&reply), ["a1"]);
    let json =
        client.call(Method::POST, "/fhir/Appointment/_search", &[("content-type", "application/json")], "{}");
    assert_eq!(json.await.status, 415);
}

#[tokio::test]
async fn case_70_count_is_zero_clamped_or_refused() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_appointments(&client).await;
    for query in ["_count=0", "_summary=count"] {
        let none = client.get(&format!("/fhir/Appointment?{query}")).await.json();
        assert_eq!((&none["total"], none.get("entry")), (&3.into(), None), "{query}");
    }
    let clamped = client.get("/fhir/Appointment?_count=100000").await;
    assert_eq!(link(&clamped, "self").unwrap(), "/fhir/Appointment?_count=1000");
    for bad in ["_count=-1", "_count=x", "_total=all", "_summary=all"] {
        assert_eq!(client.get(&format!("/fhir/Appointment?{bad}")).await.status, 400, "{bad}");
    }
    assert!(client.get("/fhir/Appointment?_total=none").await.json().get("total").is_none());
}

#[tokio::test]
async fn case_72_and_73_an_unknown_parameter_is_refused_or_left_out_aloud() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_appointments(&client).await;
    for unknown in [
        "Status=booked",
        "shoe-size=43",
        "_sort=shoe-size",
        "_include=Appointment:shoe",
        "_revinclude=*",
        "_elements=shoe",
        "_filter=x",
        "_contained=true",
        "_type=Patient",
    ] {
        let path = format!("/fhir/Appointment?status=booked&{unknown}");
        let strict = client.get(&path).await;
        assert_eq!(strict.refusal(), (400, "not-supported".into()), "{unknown}");
        let lenient = client.call(Method::GET, &path, &[("prefer", "handling=lenient")], "").await;
        assert_eq!((lenient.status, ids(&lenient)), (200, vec!["a1".into(), "a3".into()]), "{unknown}");
        assert_eq!(lenient.header("preference-applied"), "handling=lenient");
        assert_eq!(link(&lenient, "self").unwrap(), "/fhir/Appointment?status=booked");
        let bundle = lenient.json();
        let told = bundle["entry"].as_array().unwrap().last().unwrap();
        assert_eq!(told["search"]["mode"], "outcome");
        assert_eq!(told["resource"]["issue"][0]["severity"], "warning");
    }
    let modifier = "/fhir/Appointment?status:like=booked";
    let lenient = client.call(Method::GET, modifier, &[("prefer", "handling=lenient")], "").await;
    assert_eq!(lenient.status, 400);
}

async fn three_pages(client: &Client<'_>) -> Reply {
    for n in 1..=5 {
        client.patient(&format!("p{n}")).await;
    }
    client.get("/fhir/Patient?_count=2").await
}

#[tokio::test]
async fn case_69_pages_follow_each_other_while_the_data_changes() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let mut reply = three_pages(&client).await;
    let mut found = ids(&reply);
    client.patient("p0").await;
    client.delete("/fhir/Patient/p1").await;
    while let Some(next) = link(&reply, "next") {
        reply = client.get(&next).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(link(&reply, "self").unwrap(), next);
        found.extend(ids(&reply));
    }
    for id in ["p1", "p2", "p3", "p4", "p5"] {
        assert_eq!(found.iter().filter(|found| *found == id).count(), 1, "{id}");
    }
}

#[tokio::test]
async fn case_69_a_page_is_for_who_it_was_given_to_and_for_an_hour() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let next = link(&three_pages(&client).await, "next").unwrap();
    let colleague = Client::named(&house, "colleague", "system/*.cruds", LINDE).await;
    assert_eq!(colleague.get(&next).await.refusal(), (403, "forbidden".into()));
    assert_eq!(Client::uro(&house).await.get(&next).await.refusal(), (403, "forbidden".into()));
    assert_eq!(client.get(&next.replace("Patient", "Slot")).await.refusal(), (400, "invalid".into()));
    assert_eq!(client.get(&format!("{next}&active=true")).await.refusal(), (400, "invalid".into()));
    let mut tampered = next.clone().into_bytes();
    let middle = tampered.len() - 20;
    tampered[middle] = if tampered[middle] == b'A' { b'B' } else { b'A' };
    let tampered = String::from_utf8(tampered).unwrap();
    assert_eq!(client.get(&tampered).await.refusal(), (400, "invalid".into()));
    assert_eq!(client.get("/fhir/Patient?_page=x").await.refusal(), (400, "invalid".into()));

    house.clock.advance(time::Duration::minutes(61));
    let later = Client::linde(&house).await;
    assert_eq!(later.get(&next).await.refusal(), (404, "not-found".into()));
}

#[tokio::test]
async fn a_bsn_is_in_no_link() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_patient(&client, "p1", "999990019").await;
    with_patient(&client, "p2", "999911120").await;
    let form = format!("identifier={BSN}%7C999990019,{BSN}%7C999911120&_count=1");
    let reply = client.call(Method::POST, "/fhir/Patient/_search", &[FORM], form).await;
    assert_eq!(ids(&reply).len(), 1);
    let links = reply.json()["link"].to_string();
    assert!(!links.contains("9999"), "{links}");
    let next = client.get(&link(&reply, "next").unwrap()).await;
    assert_eq!((next.status, ids(&next).len()), (200, 1));
    assert_ne!(ids(&next), ids(&reply));
    let again = client.get(&link(&reply, "self").unwrap()).await;
    assert_eq!(ids(&again), ids(&reply));
}

#[tokio::test]
async fn case_29_a_bsn_is_found_without_its_leading_zero() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_patient(&client, "p1", "012345672").await;
    for value in ["012345672", "12345672"] {
        let form = format!("identifier={BSN}%7C{value}");
        let reply = client.call(Method::POST, "/fhir/Patient/_search", &[FORM], form).await;
        assert_eq!(ids(&reply), ["p1"], "{value}");
    }
    assert_eq!(client.get("/fhir/Patient/p1").await.json()["identifier"][0]["value"], "012345672");
}

#[tokio::test]
async fn a_deleted_resource_is_not_found() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.patient("p1").await;
    client.delete("/fhir/Patient/p1").await;
    let found = client.get("/fhir/Patient").await;
    assert_eq!((ids(&found), &found.json()["total"]), (vec![], &0.into()));
}

/// The ids in the order of the page.
fn in_order(reply: &Reply) -> Vec<String> {
    let bundle = reply.json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn results_come_in_the_order_asked_for_over_all_pages() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    with_appointments(&client).await;
    let cases = [
        ("_sort=date", "a1,a2,a3"),
        ("_sort=-date", "a3,a2,a1"),
        ("_sort=status,-date", "a3,a1,a2"),
        ("_sort=-_id", "a3,a2,a1"),
        ("_sort=-identifier&status=booked", "a3,a1"),
    ];
    for (query, expected) in cases {
        let whole = client.get(&format!("/fhir/Appointment?{query}")).await;
        assert_eq!((whole.status, in_order(&whole).join(",")), (200, expected.to_owned()), "{query}");
        let (mut reply, mut ids) =
            (client.get(&format!("/fhir/Appointment?{query}&_count=1")).await, Vec::new());
        loop {
            ids.extend(in_order(&reply));
            let Some(next) = link(&reply, "next") else { break };
            reply = client.get(&next).await;
        }
        assert_eq!(ids.join(","), expected, "{query} page by page");
    }
    let sorted = client.get("/fhir/Appointment?status=booked&_sort=-date,status").await;
    assert_eq!(link(&sorted, "self").unwrap(), "/fhir/Appointment?status=booked&_sort=-date%2Cstatus");
    let lenient = [("prefer", "handling=lenient")];
    let some = client.call(Method::GET, "/fhir/Appointment?_sort=shoe,-date", &lenient, "").await;
    assert_eq!(link(&some, "self").unwrap(), "/fhir/Appointment?_sort=-date");
    for own in ["Task", "Endpoint", "Subscription", "StructureMap"] {
        let reply = client.get(&format!("/fhir/{own}?_sort=_id")).await;
        assert_eq!(reply.refusal(), (400, "not-supported".into()), "{own}");
    }
}

#[tokio::test]
async fn a_total_is_counted_once_and_told_on_every_page() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let first = three_pages(&client).await;
    client.patient("p9").await;
    let second = client.get(&link(&first, "next").unwrap()).await;
    assert_eq!((&first.json()["total"], &second.json()["total"]), (&5.into(), &5.into()));
    assert_eq!(link(&second, "first").unwrap(), "/fhir/Patient?_count=2");
    assert_eq!(link(&first, "first"), link(&first, "self"));
    for total in ["none", "estimate", "accurate"] {
        let reply = client.get(&format!("/fhir/Patient?_total={total}")).await;
        assert_eq!(reply.json().get("total").is_some(), total != "none", "{total}");
        assert_eq!(link(&reply, "self").unwrap(), format!("/fhir/Patient?_total={total}"));
        assert_eq!((link(&reply, "first"), link(&reply, "next")), (None, None), "all is on one page");
    }
}
