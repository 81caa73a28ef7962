//! What a walk of the scenario holds: the doors from outside, the stand-in's control side, ids of its own.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Seen;
use crate::demo::Sheet;

/// How long something may take to arrive: a limit for hanging, never a measure.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(5);

/// Tenant 1, whose appointments are pushed.
pub(super) const AGB: &str = "01000001";

/// The world outside the gateway.
#[derive(Clone)]
pub(super) struct World {
    http: reqwest::Client,
    spreekuur: String,
    fhir: String,
    token_url: String,
    control: String,
    practice: String,
    token: Option<String>,
    run: String,
}

impl World {
    pub(super) fn new(sheet: &Sheet) -> anyhow::Result<Self> {
        Ok(Self {
            http: reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?,
            spreekuur: sheet.spreekuur_base.clone(),
            fhir: sheet.fhir_base.clone(),
            token_url: sheet.token_url.clone(),
            control: sheet.control.get("spreekuur").context("the stand-in has no control address")?.clone(),
            practice: sheet.control.get("tetra").context("the practice has no control address")?.clone(),
            token: None,
            run: Uuid::now_v7().simple().to_string(),
        })
    }

    /// An id that no other walk uses, so that a kept database does not get in the way.
    pub(super) fn id(&self, name: &str) -> String {
        format!("{name}-{}", self.run)
    }

    /// Step 1.
    pub(super) async fn log_in(&mut self) -> Seen {
        let form = [("grant_type", "client_credentials")];
        let answer = self
            .http
            .post(&self.token_url)
            .basic_auth("demo-xis", Some("demo-xis-secret"))
            .form(&form)
            .send()
            .await?;
        ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
        let body: Value = answer.json().await?;
        self.token = Some(body["access_token"].as_str().context("no access_token in the answer")?.to_owned());
        Ok(format!("good for {} s", body["expires_in"]))
    }

    fn token(&self) -> anyhow::Result<&str> {
        self.token.as_deref().context("there is no token: step 1 failed")
    }

    /// Sends `resource` to the Spreekuur-compatible door.
    pub(super) async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        resource: &Value,
    ) -> anyhow::Result<Response> {
        let request = self
            .http
            .request(method, format!("{}/{path}", self.spreekuur))
            .bearer_auth(self.token()?)
            .header("X-Organization-Identifier", format!("http://fhir.nl/fhir/NamingSystem/agb-z|{AGB}"))
            .header("Content-Type", "application/fhir+json")
            .body(resource.to_string());
        Ok(request.send().await?)
    }

    /// Puts an appointment there.
    pub(super) async fn put(&self, appointment: &Value) -> anyhow::Result<Response> {
        let id = appointment["id"].as_str().context("an appointment without id")?;
        self.send(reqwest::Method::PUT, &format!("Appointment/{id}"), appointment).await
    }

    /// What `/fhir` says about a resource.
    pub(super) async fn read(&self, reference: &str) -> anyhow::Result<(StatusCode, Value)> {
        let answer =
            self.http.get(format!("{}/{reference}", self.fhir)).bearer_auth(self.token()?).send().await?;
        Ok((answer.status(), answer.json().await?))
    }

    /// What the stand-in has and has done.
    pub(super) async fn at_the_standin(&self) -> anyhow::Result<Value> {
        self.state(&self.control).await
    }

    /// What the practice behind the played Switchboard has.
    pub(super) async fn at_the_practice(&self) -> anyhow::Result<Value> {
        self.state(&self.practice).await
    }

    async fn state(&self, control: &str) -> anyhow::Result<Value> {
        let answer = self.http.get(format!("{control}/_sim/state")).send().await?;
        Ok(answer.error_for_status()?.json().await?)
    }

    /// Tells the stand-in what to do wrong.
    pub(super) async fn script(&self, rules: &Value) -> anyhow::Result<()> {
        let body = json!({"rules": rules}).to_string();
        let request = self.http.post(format!("{}/_sim/faults", self.control));
        let answer = request.header("Content-Type", "application/json").body(body).send().await?;
        ensure!(answer.status().is_success(), "the stand-in refuses the script: {}", answer.status());
        Ok(())
    }

    /// The kinds of the messages patients got about a resource, oldest first.
    pub(super) async fn messages(&self, id: &str) -> anyhow::Result<Vec<String>> {
        Ok(kinds(&self.at_the_standin().await?, id))
    }

    /// Waits until the messages about a resource are exactly these.
    pub(super) async fn until_messages(&self, id: &str, wanted: &[&str]) -> anyhow::Result<()> {
        until(async || {
            let seen = self.messages(id).await?;
            ensure!(seen.len() <= wanted.len(), "the messages are {seen:?}, not {wanted:?}");
            Ok(seen == wanted)
        })
        .await
        .with_context(|| format!("waiting for {wanted:?}"))
    }
}

/// Waits until `so` says yes.
pub(super) async fn until(so: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let begin = Instant::now();
    while !so().await? {
        ensure!(begin.elapsed() < PATIENCE, "it did not happen within {} s", PATIENCE.as_secs());
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// The kinds of the messages about `id` in a state of the stand-in.
pub(super) fn kinds(state: &Value, id: &str) -> Vec<String> {
    list(state, "patient_messages")
        .filter(|message| message["resource_id"] == id && message["agb"] == AGB)
        .map(|message| message["kind"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// A list in a state of the stand-in.
pub(super) fn list<'s>(state: &'s Value, name: &str) -> impl Iterator<Item = &'s Value> {
    state[name].as_array().into_iter().flatten()
}

/// A booked appointment of the invented patient.
pub(super) fn appointment(id: &str) -> Value {
    json!({
        "resourceType": "Appointment",
        "id": id,
        "status": "booked",
        "serviceCategory": [{"coding": [{
            "system": "https://xis.example/fhir/CodeSystem/afspraaktype", "code": "CONSULT", "display": "Consult 10 minuten",
        }]}],
        "start": "2027-03-15T09:10:00+01:00",
        "end": "2027-03-15T09:20:00+01:00",
        "comment": "Neem uw medicatielijst mee.",
        "participant": [{
            "actor": {
                "reference": "Patient/p-4711",
                "identifier": {"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019"},
                "display": "T. Testpersoon",
            },
            "status": "accepted",
        }],
    })
}

/// A notification to the same patient.
pub(super) fn notification(id: &str, subject: &str) -> Value {
    json!({
        "resourceType": "Communication",
        "id": id,
        "contained": [{
            "resourceType": "Patient",
            "id": "pat1",
            "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": "999990019"}],
        }],
        "status": "completed",
        "category": [{"coding": [{"system": "nl.spreekuur.communication-category", "code": "melding"}]}],
        "topic": {"text": subject},
        "recipient": [{"reference": "#pat1"}],
        "payload": [{"contentString": "U bent welkom op 3 oktober tussen 9 en 12 uur."}],
    })
}
