//! Asking a counterpart from the FHIR door, and signing people in there.

use std::sync::Mutex;
use std::time::Duration;

use adapter_kit::{Answer, Ask, Asker, ExchangeLog, Item, Question, Session, SignIn};
use gateway_api::LinkAddress;
use gateway_api::fhir::operation::{OPERATIONS, Types};
use gateway_core::{CounterpartKey, Draft, Failure, Issue, IssueCode, ResourceType};
use gateway_engine::{Live, LiveLinks};
use http::Method;
use secrecy::{ExposeSecret, SecretString};

use super::Client;
use crate::house::House;

/// A practice that knows one patient and one free quarter of an hour.
#[derive(Default)]
struct Practice {
    failure: Mutex<Option<Failure>>,
}

static PATIENT_ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[async_trait::async_trait]
impl Ask for Practice {
    fn answers(&self, resource_type: ResourceType) -> bool {
        matches!(resource_type, ResourceType::Patient | ResourceType::Slot)
    }

    async fn ask(&self, question: &Question, _: &ExchangeLog) -> Result<Answer, Failure> {
        if let Some(failure) = self.failure.lock().unwrap().clone() {
            return Err(failure);
        }
        if let Asker::Patient(session) = &question.asker {
            PATIENT_ASKED.lock().unwrap().push(session.0.expose_secret().to_owned());
        }
        let mut answer = Answer::default();
        if question.resource_type == ResourceType::Patient {
            answer.items.push(patient());
        } else {
            let slot = Draft::new(ResourceType::Slot).set_text("status", "free").build().unwrap();
            answer.passing.push(slot);
        }
        Ok(answer)
    }
}

fn patient() -> Item {
    Item {
        key: CounterpartKey { space: "practice/Patient".into(), value: "4242".into() },
        resource_type: ResourceType::Patient,
        bsn: None,
        fresh: "pat-4242".parse().unwrap(),
        place: "zoekresultaten[0]".into(),
        refers: Vec::new(),
        lay: Box::new(|current, _| {
            let draft =
                current.map_or_else(|| Draft::new(ResourceType::Patient), gateway_core::Resource::draft);
            Ok(Some(draft.set("name", r#"[{"text":"T. Testpersoon"}]"#).build().unwrap()))
        }),
    }
}

#[async_trait::async_trait]
impl SignIn for Practice {
    async fn open(&self, _: &str, password: &SecretString, _: &ExchangeLog) -> Result<Session, Failure> {
        if password.expose_secret() == "right" {
            return Ok(Session(SecretString::from("s-1")));
        }
        Err(Failure::Never(vec![Issue::error(IssueCode::Login, "they refuse the password")]))
    }

    async fn send_code(&self, _: &Session, _: &ExchangeLog) -> Result<(), Failure> {
        Ok(())
    }

    async fn confirm(&self, _: &Session, code: &SecretString, _: &ExchangeLog) -> Result<(), Failure> {
        if code.expose_secret() == "123456" {
            return Ok(());
        }
        Err(Failure::Never(vec![Issue::error(IssueCode::Login, "they refuse the code")]))
    }

    async fn close(&self, _: &Session, _: &ExchangeLog) -> Result<(), Failure> {
        Ok(())
    }
}

/// A house whose tenant `de-linde` has the link `gp`; its types in `live` are asked before the store.
async fn house(live: &[ResourceType], failure: Option<Failure>) -> House {
    let link = LinkAddress {
        tenant: "de-linde".parse().unwrap(),
        link: "gp".parse().unwrap(),
        address: "https://them.example/json".parse().unwrap(),
        live: live.to_vec(),
    };
    let house = House::with(|settings| settings.links.push(link), &[]).await;
    let practice = || Box::new(Practice { failure: Mutex::new(failure.clone()) });
    let gp = Live {
        tenant: "de-linde".parse().unwrap(),
        ask: Some(practice()),
        sign_in: Some(practice()),
        limit: Duration::from_secs(30),
    };
    house.app.engine.reach(LiveLinks::from([("gp".parse().unwrap(), gp)]));
    house
}

#[tokio::test]
async fn a_search_with_a_source_asks_the_link_and_keeps_what_lasts() {
    let house = house(&[], None).await;
    let client = Client::linde(&house).await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = "birthdate=1986-09-29&_source=link:gp";
    let reply = client.call(Method::POST, "/fhir/Patient/_search", &form, body).await;
    let bundle = reply.json();
    assert_eq!((reply.status, &bundle["total"]), (200, &1.into()), "{bundle}");
    assert_eq!(bundle["entry"][0]["resource"]["id"], "pat-4242");
    let own = bundle["link"][0]["url"].as_str().unwrap();
    assert!(!own.contains("1986"), "what was asked stands in a link: {own}");
    assert_eq!(client.get("/fhir/Patient/pat-4242").await.status, 200);
    let again = own.strip_prefix(crate::house::BASE).unwrap();
    assert_eq!(client.get(again).await.json()["total"], 1, "the link asks the same again");
}

#[tokio::test]
async fn free_time_is_passed_on_and_not_kept() {
    let house = house(&[], None).await;
    let client = Client::linde(&house).await;
    let bundle = client.get("/fhir/Slot?_source=link:gp&start=ge2026-09-01").await.json();
    assert_eq!((&bundle["total"], &bundle["entry"][0]["resource"]["status"]), (&1.into(), &"free".into()));
    assert!(bundle["entry"][0].get("fullUrl").is_none(), "it cannot be read again");
    assert_eq!(client.get("/fhir/Slot").await.json()["total"], 0);
}

#[tokio::test]
async fn a_source_that_is_no_link_of_mine_never_was() {
    let house = house(&[], None).await;
    let linde = Client::linde(&house).await;
    let uro = Client::uro(&house).await;
    assert_eq!(uro.get("/fhir/Patient?_source=link:gp&name=x").await.refusal(), (404, "not-found".into()));
    assert_eq!(
        linde.get("/fhir/Patient?_source=link:other&name=x").await.refusal(),
        (404, "not-found".into())
    );
    for bad in ["link:", "link:A_B", "link:gp|x"] {
        let reply = linde.get(&format!("/fhir/Patient?_source={bad}")).await;
        assert_eq!(reply.refusal(), (400, "value".into()), "{bad}");
    }
    let reply = linde.get("/fhir/Communication?_source=link:gp").await;
    assert_eq!(reply.refusal(), (400, "not-supported".into()));
}

#[tokio::test]
async fn what_the_counterpart_does_not_answer_is_told() {
    for (failure, status) in [
        (Failure::Later { after: None }, 503),
        (Failure::Unsure, 503),
        (Failure::Never(vec![Issue::error(IssueCode::Login, "sign in again")]), 401),
        (Failure::Never(vec![Issue::error(IssueCode::Forbidden, "staff only")]), 403),
    ] {
        let house = house(&[], Some(failure)).await;
        let client = Client::linde(&house).await;
        assert_eq!(client.get("/fhir/Patient?_source=link:gp&name=x").await.status, status);
    }
}

#[tokio::test]
async fn a_configured_type_asks_first_and_answers_from_the_store() {
    let house = house(&[ResourceType::Patient], None).await;
    let client = Client::linde(&house).await;
    client.patient("here").await;
    let bundle = client.get("/fhir/Patient?name=Testpersoon").await.json();
    assert_eq!((&bundle["total"], &bundle["entry"][0]["resource"]["id"]), (&1.into(), &"pat-4242".into()));
    assert_eq!(client.get("/fhir/Patient").await.json()["total"], 2, "a search for everything asks nobody");
}

#[tokio::test]
async fn without_an_answer_the_store_speaks_and_the_caller_is_told() {
    let house = house(&[ResourceType::Patient], Some(Failure::Unsure)).await;
    let client = Client::linde(&house).await;
    client.patient("here").await;
    let bundle = client.get("/fhir/Patient?_id=here").await.json();
    assert_eq!(bundle["total"], 1);
    assert_eq!(bundle["entry"][1]["search"]["mode"], "outcome");
    assert_eq!(bundle["entry"][1]["resource"]["issue"][0]["code"], "incomplete");
}

#[tokio::test]
async fn a_session_travels_with_the_question_and_only_with_one() {
    let house = house(&[], None).await;
    let client = Client::linde(&house).await;
    let session = [("x-counterpart-session", "s-travels")];
    let reply = client.call(Method::GET, "/fhir/Patient?_source=link:gp", &session, "").await;
    assert_eq!(reply.status, 200);
    assert!(PATIENT_ASKED.lock().unwrap().iter().any(|one| one == "s-travels"));
    let reply = client.call(Method::GET, "/fhir/Patient?name=x", &session, "").await;
    assert_eq!(reply.refusal(), (400, "invalid".into()));
}

fn parameters(all: &[(&str, &str)]) -> String {
    let one = |(name, value): &(&str, &str)| format!(r#"{{"name":"{name}","valueString":"{value}"}}"#);
    let all: Vec<_> = all.iter().map(one).collect();
    format!(r#"{{"resourceType":"Parameters","parameter":[{}]}}"#, all.join(","))
}

#[tokio::test]
async fn a_person_signs_in_confirms_and_signs_out() {
    let house = house(&[], None).await;
    let client = Client::linde(&house).await;
    let post = async |name: &str, body: &[(&str, &str)]| {
        client.post(&format!("/fhir/Endpoint/gp/${name}"), &[], &parameters(body)).await
    };
    let reply = post("sign-in", &[("user", "t@example.org"), ("password", "right")]).await;
    assert_eq!((reply.status, reply.header("cache-control")), (200, "no-store"));
    assert_eq!(reply.json()["parameter"][0]["valueString"], "s-1");
    assert_eq!(post("send-code", &[("session", "s-1")]).await.status, 204);
    assert_eq!(post("confirm", &[("session", "s-1"), ("code", "123456")]).await.status, 204);
    assert_eq!(post("confirm", &[("session", "s-1"), ("code", "0")]).await.refusal(), (401, "login".into()));
    assert_eq!(post("sign-out", &[("session", "s-1")]).await.status, 204);
    let refused = post("sign-in", &[("user", "t@example.org"), ("password", "wrong")]).await;
    assert_eq!(refused.refusal(), (401, "login".into()));
    assert!(!String::from_utf8_lossy(&refused.body).contains("wrong"));
    let missing = post("sign-in", &[("user", "t@example.org")]).await;
    assert_eq!(missing.issues(), [("required".into(), "Parameters.parameter.where(name='password')".into())]);
}

#[tokio::test]
async fn every_operation_refuses_strangers_and_other_tenants() {
    let house = house(&[], None).await;
    let uro = Client::uro(&house).await;
    let all = [("user", "u"), ("password", "right"), ("session", "s"), ("code", "123456")];
    let of_links = OPERATIONS.iter().filter(|one| one.types == Types::Only(&[ResourceType::Endpoint]));
    for operation in of_links {
        let path = operation.paths().next().unwrap().replace("{type}/{id}", "Endpoint/gp");
        let all: Vec<_> = all
            .iter()
            .filter(|(name, _)| operation.takes.iter().any(|takes| takes.name == *name))
            .copied()
            .collect();
        let json = [("content-type", "application/fhir+json")];
        assert_eq!(house.call(Method::POST, &path, &json, parameters(&all)).await.status, 401, "{path}");
        assert_eq!(uro.post(&path, &[], &parameters(&all)).await.refusal().0, 404, "{path}");
        assert_eq!(uro.get(&path).await.status, 405, "{path}");
    }
}
