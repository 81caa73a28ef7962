//! What both routes of the Spreekuur-compatible door share: how they are asked, and duties V-01, V-02, V-08 and V-10
//! (`spreekuur.md` section 11b).

use gateway_core::ResourceType;
use http::Method;
use serde_json::{Value, json};

use crate::house::{BASE, House, LINDE, NOBODY, Reply, URO};

/// The system of a BSN.
pub(crate) const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
/// The system of a XIS's own appointment ids.
pub(crate) const XIS: &str = "https://zorgtolk.example/fhir/NamingSystem/xis-appointment";

/// A link of `de-linde`, and what it is told.
pub(crate) const LINK: &str = "spreekuur-linde";
/// See [`LINK`].
pub(crate) const APPOINTMENTS: &[(&str, &str)] = &[(LINK, "Appointment?status=booked,cancelled")];

const DOOR: &str = "/spreekuur/fhir/r4";

/// Somebody who sends.
pub(crate) struct Sender<'h> {
    house: &'h House,
    token: String,
    agb: &'static str,
}

impl House {
    /// A client that sends for an organisation.
    pub(crate) async fn sender(&self, client: &str, agb: &'static str) -> Sender<'_> {
        Sender { house: self, token: self.token(client).await, agb }
    }

    /// The client `xis` for `de-linde`.
    pub(crate) async fn xis(&self) -> Sender<'_> {
        self.sender("xis", LINDE).await
    }
}

impl Sender<'_> {
    pub(crate) async fn put(&self, id: &str, body: &Value) -> Reply {
        self.send(Method::PUT, &format!("/Appointment/{id}"), &[], &body.to_string()).await
    }

    pub(crate) async fn post(&self, body: &Value) -> Reply {
        self.send(Method::POST, "/Communication", &[], &body.to_string()).await
    }

    /// With these headers instead of, or besides, the usual ones; an empty value takes one out.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        change: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let organisation = format!("http://fhir.nl/fhir/NamingSystem/agb-z|{}", self.agb);
        let usual = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/fhir+json"),
            ("x-organization-identifier", organisation.as_str()),
        ];
        let kept = usual.into_iter().filter(|(name, _)| change.iter().all(|(other, _)| other != name));
        let headers: Vec<_> = kept.chain(change.iter().copied().filter(|(_, v)| !v.is_empty())).collect();
        self.house.call(method, &format!("{DOOR}{path}"), &headers, body.to_owned()).await
    }
}

/// The appointment of `spreekuur.md` 6.4.
pub(crate) fn appointment(id: &str) -> Value {
    json!({
        "resourceType": "Appointment",
        "id": id,
        "status": "booked",
        "serviceCategory": [{"coding": [{
            "system": "https://gateway.example/fhir/CodeSystem/afspraaktype",
            "code": "CONSULT",
            "display": "Consult 10 minuten"
        }]}],
        "start": "2026-09-14T09:10:00+02:00",
        "end": "2026-09-14T09:20:00+02:00",
        "comment": "Neem uw medicatielijst mee.",
        "participant": [
            {
                "actor": {
                    "reference": "Patient/p-4711",
                    "identifier": {"system": BSN, "value": "999990019"},
                    "display": "T. van Testpersoon"
                },
                "status": "accepted"
            },
            {
                "actor": {"reference": "PractitionerRole/pr-12", "display": "Mw. dr. A. Voorbeeld"},
                "status": "accepted"
            }
        ]
    })
}

/// The same, cancelled.
pub(crate) fn cancelled(body: &Value) -> Value {
    with(body, "/status", json!("cancelled"))
}

/// The notification of `spreekuur.md` 7.4.
pub(crate) fn notification(id: &str) -> Value {
    json!({
        "resourceType": "Communication",
        "id": id,
        "contained": [{
            "resourceType": "Patient",
            "id": "pat1",
            "identifier": [{"system": BSN, "value": "999990019"}],
            "telecom": [{"system": "email", "value": "testpersoon@example.org"}]
        }],
        "status": "completed",
        "category": [{"coding": [{"system": "nl.spreekuur.communication-category", "code": "melding"}]}],
        "topic": {"text": "Uw griepprik"},
        "recipient": [{"reference": "#pat1"}],
        "payload": [
            {"contentString": "U bent welkom op 3 oktober tussen 9 en 12 uur."},
            {"contentAttachment": {
                "contentType": "application/pdf", "data": "JVBERi0xLjQK", "title": "uitnodiging.pdf"
            }}
        ]
    })
}

/// `body` with the value at a JSON pointer replaced; `null` takes it out.
pub(crate) fn with(body: &Value, pointer: &str, value: Value) -> Value {
    let mut body = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(items) => {
            let at: usize = name.parse().unwrap();
            if value.is_null() {
                items.remove(at);
            } else if at == items.len() {
                items.push(value);
            } else {
                items[at] = value;
            }
        }
        object if value.is_null() => {
            object.as_object_mut().unwrap().remove(name);
        }
        object => object[name] = value,
    }
    body
}

/// Sends what breaks one rule: refused with this code, at this place, and nothing is kept.
pub(crate) async fn refused(house: &House, body: &Value, code: &str, place: &str) {
    let xis = house.xis().await;
    let before = house.count("de-linde").await;
    let reply = match body["resourceType"].as_str() {
        Some("Communication") => xis.post(body).await,
        _ => xis.put(body["id"].as_str().unwrap_or("afs-1"), body).await,
    };
    assert_eq!(reply.status, 400, "{code} at {place}");
    assert_eq!(reply.json()["resourceType"], "OperationOutcome");
    let found = reply.issues();
    assert!(found.contains(&(code.to_owned(), place.to_owned())), "{code} at {place} not among {found:?}");
    assert_eq!(house.count("de-linde").await, before, "something was kept");
}

#[tokio::test]
async fn v_01_both_routes_answer_at_the_published_paths() {
    let house = House::new().await;
    let xis = house.xis().await;
    assert_eq!(xis.put("afs-1", &appointment("afs-1")).await.status, 200);
    assert_eq!(xis.post(&notification("m-1")).await.status, 201);
}

#[tokio::test]
async fn v_02_a_client_without_rights_gets_403_and_nothing_is_stored() {
    let house = House::new().await;
    let uro = house.sender("uro", LINDE).await;
    let reader = house.sender("reader", LINDE).await;
    for sender in [uro, reader] {
        assert_eq!(sender.put("afs-1", &appointment("afs-1")).await.refusal(), (403, "forbidden".into()));
        assert_eq!(sender.post(&notification("m-1")).await.refusal(), (403, "forbidden".into()));
    }
    assert_eq!((house.count("de-linde").await, house.count("uro-kliniek").await), (0, 0));
}

#[tokio::test]
async fn v_07_success_is_200_and_201_and_errors_are_those_of_section_9() {
    let house = House::new().await;
    let xis = house.xis().await;
    assert_eq!(xis.put("afs-1", &appointment("afs-1")).await.status, 200, "created");
    assert_eq!(xis.put("afs-1", &appointment("afs-1")).await.status, 200, "the same");
    assert_eq!(xis.put("afs-1", &cancelled(&appointment("afs-1"))).await.status, 200, "cancelled");
    assert_eq!(xis.post(&notification("m-1")).await.status, 201);
    let other = with(&notification("m-1"), "/topic/text", json!("Iets anders"));
    let unfinished = with(&notification("m-2"), "/status", json!("in-progress"));
    let told = [
        (xis.put("afs-2", &appointment("afs-3")).await, 400, "invalid"),
        (xis.post(&unfinished).await, 400, "code-invalid"),
        (xis.post(&other).await, 409, "conflict"),
        (house.sender("uro", LINDE).await.put("afs-4", &appointment("afs-4")).await, 403, "forbidden"),
    ];
    for (reply, status, code) in told {
        assert_eq!(reply.refusal(), (status, code.to_owned()));
        assert_eq!(reply.json()["resourceType"], "OperationOutcome");
    }
}

#[tokio::test]
async fn v_08_data_of_another_organisation_is_invisible() {
    let house = House::new().await;
    let (linde, uro) = (house.sender("all", LINDE).await, house.sender("all", URO).await);
    assert_eq!(linde.put("afs-1", &appointment("afs-1")).await.status, 200);
    assert_eq!(house.count("uro-kliniek").await, 0);
    let cancelled = with(&appointment("afs-1"), "/status", json!("cancelled"));
    assert_eq!(uro.put("afs-1", &cancelled).await.status, 200, "unknown there");
    assert_eq!(house.count("uro-kliniek").await, 0);
    assert_eq!(house.stored("de-linde", "Appointment/afs-1").await["status"], "booked");
    let nobody = house.sender("all", NOBODY).await;
    assert_eq!(nobody.put("afs-1", &appointment("afs-1")).await.refusal(), (403, "forbidden".into()));
}

#[tokio::test]
async fn v_10_metadata_names_the_two_interactions() {
    let house = House::new().await;
    let reply = house.call(Method::GET, "/spreekuur/fhir/r4/metadata", &[], "").await;
    assert_eq!(reply.status, 200);
    let body = reply.json();
    assert_eq!(
        (&body["resourceType"], &body["fhirVersion"]),
        (&json!("CapabilityStatement"), &json!("4.0.1"))
    );
    assert_eq!(body["format"], json!(["json"]));
    assert_eq!(body["implementation"]["url"], format!("{BASE}/spreekuur/fhir/r4"));
    let resources = body["rest"][0]["resource"].as_array().unwrap();
    let offered: Vec<_> = resources.iter().map(|r| (&r["type"], &r["interaction"][0]["code"])).collect();
    assert_eq!(
        offered,
        [(&json!("Appointment"), &json!("update")), (&json!("Communication"), &json!("create"))]
    );
    let resource = gateway_core::Resource::parse(&reply.body).unwrap();
    let rules = fhir_profiles::Rules::default();
    assert_eq!(house.app.engine.parts().profiles.check(resource, rules).err(), None);
}

#[tokio::test]
async fn authentication_comes_before_route_and_method() {
    let house = House::new().await;
    for (method, path) in
        [(Method::GET, "/Nothing"), (Method::GET, "/Appointment/1"), (Method::PUT, "/Communication")]
    {
        let reply = house.call(method, &format!("{DOOR}{path}"), &[], "").await;
        assert_eq!(reply.refusal(), (401, "login".into()), "{path}");
    }
    let xis = house.xis().await;
    for (method, path, status, allow) in [
        (Method::GET, "/Nothing", 404, ""),
        (Method::PUT, "/Appointment", 404, ""),
        (Method::GET, "/Appointment/1", 405, "PUT"),
        (Method::DELETE, "/Appointment/1", 405, "PUT"),
        (Method::PUT, "/Communication", 405, "POST"),
    ] {
        let reply = xis.send(method, path, &[], "").await;
        assert_eq!((reply.status, reply.header("allow")), (status, allow), "{path}");
        assert_eq!(reply.json()["resourceType"], "OperationOutcome");
    }
}

/// Each thing is looked at only when what comes before it is right.
#[tokio::test]
async fn the_order_of_looking_is_the_references() {
    let house = House::new().await;
    let xis = house.xis().await;
    let path = "/Appointment/afs-1";
    let wrong = appointment("other").to_string();
    let organisation = "x-organization-identifier";
    for (change, body, expected) in [
        (&[("content-type", "text/plain"), (organisation, "")][..], "", (415, "not-supported")),
        (&[(organisation, "")], "{", (400, "required")),
        (&[(organisation, "x")], "{", (400, "value")),
        (&[(organisation, URO)], "{", (403, "forbidden")),
        (&[], "{", (400, "structure")),
        (&[], "{}", (400, "structure")),
        (&[], wrong.as_str(), (400, "invalid")),
    ] {
        let reply = xis.send(Method::PUT, path, change, body).await;
        assert_eq!(reply.refusal(), (expected.0, expected.1.to_owned()), "{change:?} {body}");
    }
    assert_eq!(house.count("de-linde").await, 0);
}

#[tokio::test]
async fn an_answer_in_xml_is_not_offered() {
    let house = House::new().await;
    let xis = house.xis().await;
    let body = appointment("afs-1").to_string();
    let reply =
        xis.send(Method::PUT, "/Appointment/afs-1", &[("accept", "application/fhir+xml")], &body).await;
    assert_eq!(reply.refusal(), (406, "not-supported".into()));
    let reply =
        xis.send(Method::PUT, "/Appointment/afs-1", &[("accept", "application/fhir+json")], &body).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn old_header_names_count_only_when_switched_on() {
    let body = appointment("afs-1").to_string();
    for (on, expected) in [(false, 400), (true, 200)] {
        let house = House::with(|settings| settings.spreekuur.old_headers = on, &[]).await;
        let xis = house.xis().await;
        for name in ["organisation_agb", "organization_agb"] {
            let change = [("x-organization-identifier", ""), (name, LINDE)];
            let reply = xis.send(Method::PUT, "/Appointment/afs-1", &change, &body).await;
            assert_eq!(reply.status, expected, "{name}");
        }
    }
}

#[tokio::test]
async fn bad_bytes_are_refused_with_a_word_and_nothing_is_stored() {
    let house = House::new().await;
    let xis = house.xis().await;
    let good = appointment("afs-1").to_string();
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    let twice = good.replacen("\"id\":", "\"id\":\"x\",\"id\":", 1);
    let number = good.replacen("\"booked\"", "01e", 1);
    for body in ["", "null", "[]", "\"x\"", "{\"resourceType\":\"Patient\"}", &deep, &twice, &number] {
        let reply = xis.send(Method::PUT, "/Appointment/afs-1", &[], body).await;
        assert_eq!(reply.refusal(), (400, "structure".into()), "{body}");
    }
    for resource_type in [ResourceType::Appointment, ResourceType::Patient] {
        assert!(house.versions("de-linde", resource_type).await.is_empty());
    }
}
