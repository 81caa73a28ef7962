//! A Switchboard that is playing, and what a test says to it.

use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use standin_tetra::{Rule, Running, Settings, Tetra};

/// A practice with the examples of the reference in it.
pub(crate) const PRACTICE: &str = "01999999";

pub(crate) struct Stage {
    pub(crate) running: Running,
    http: reqwest::Client,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) bytes: Vec<u8>,
}

/// The practice of the reference's examples.
pub(crate) fn practice() -> Value {
    json!({
        "name": "example", "agb": PRACTICE,
        "agendas": [{"id": 71, "name": "Mw. Proefarts"}, {"id": 72, "name": "Spreekkamer 2"}],
        "block_types": [
            {"id": 501, "name": "Consult kort ", "colour": "3366CC", "tenths": 100},
            {"id": 502, "name": "Telefoon", "colour": "00AA55", "tenths": 50},
        ],
        "patients": [
            {"id": 4242, "given": "T.", "family": "Testpersoon", "gender": "female", "born": "1980-03-14",
             "bsn": "999990019", "email": "t.testpersoon@example.org", "phones": ["0101234567"],
             "street": "Proefstraat1", "town": "Voorbeeldstad", "birth_name": "Meisjesnaam"},
            {"id": 4243, "given": "U.", "family": "Onbekend"},
            {"id": 4244, "given": "V.", "family": "Vertrokken", "born": "1980-03-14", "inactive": true},
        ],
        "accounts": [
            {"username": "t.testpersoon@example.org", "password": "not-a-real-password", "patients": [4242]},
            {"username": "balie@example.org", "password": "not-a-real-password", "role": "staff"},
        ],
        "appointments": [
            {"id": 880_001, "patient": 4242, "agenda": 71, "block_type": 501, "portal": true,
             "token": "01999999_EXAMPLE-NOT-A-REAL-TOKEN", "remark": "Voorbeeldtekst",
             "start": "2026-06-02T10:20:00", "end": "2026-06-02T10:30:00"},
            {"id": 880_003, "patient": 4242, "agenda": 72, "block_type": 502, "by_practice": true,
             "start": "2026-06-02T14:00:00", "end": "2026-06-02T14:15:00", "status": "Aanwezig"},
            {"id": 880_004, "agenda": 72, "block_type": 502, "by_practice": true,
             "start": "2026-06-02T15:00:00", "end": "2026-06-02T15:05:00"},
        ],
    })
}

impl Stage {
    /// The demo's practices and the one of the examples.
    pub(crate) async fn start() -> Self {
        let running = Tetra::start(Settings::default()).await.expect("a free port");
        running.seed(&json!({ "practices": [practice()] })).expect("a practice that can be");
        Self { running, http: reqwest::Client::new() }
    }

    /// With these switches turned.
    pub(crate) async fn turned(switches: Value) -> Self {
        let stage = Self::start().await;
        stage.running.seed(&json!({ "switches": switches })).expect("switches that are there");
        stage
    }

    /// With everything offered that is not documented.
    pub(crate) async fn offering() -> Self {
        let settings = Settings { operations: standin_tetra::Operations::invented(), ..Settings::default() };
        let running = Tetra::start(settings).await.expect("a free port");
        running.seed(&json!({ "practices": [practice()] })).expect("a practice that can be");
        Self { running, http: reqwest::Client::new() }
    }

    /// A JSON call of the application to the practice of the examples.
    pub(crate) async fn call(&self, method: &str, parameters: Value) -> Answer {
        let mut envelope = json!({
            "Name": Settings::APPLICATION, "Key": Settings::KEY, "Target": PRACTICE, "Method": method,
        });
        let Value::Object(parameters) = parameters else { panic!("parameters are an object") };
        parameters.into_iter().for_each(|(name, value)| envelope[name] = value);
        self.post_json(envelope.to_string()).await
    }

    pub(crate) async fn post_json(&self, body: impl Into<reqwest::Body>) -> Answer {
        self.post(&self.running.json_url(), body).await
    }

    /// An XML call with this identification and these children.
    pub(crate) async fn ask(&self, stem: &str, identification: &str, children: &str) -> Answer {
        self.post(&self.running.xml_url(), request(stem, identification, children)).await
    }

    pub(crate) async fn post_xml(&self, body: impl Into<reqwest::Body>) -> Answer {
        self.post(&self.running.xml_url(), body).await
    }

    /// To the control side.
    pub(crate) async fn control(&self, path: &str, body: &Value) -> Answer {
        self.post(&format!("{}/_sim/{path}", self.running.control_url()), body.to_string()).await
    }

    async fn post(&self, url: &str, body: impl Into<reqwest::Body>) -> Answer {
        self.sent(url, body).await.expect("an answer")
    }

    /// An error when the connection broke.
    pub(crate) async fn sent(&self, url: &str, body: impl Into<reqwest::Body>) -> reqwest::Result<Answer> {
        let answer = self.http.post(url).body(body).send().await?;
        let header =
            answer.headers().get(CONTENT_TYPE).map(|value| value.to_str().expect("ASCII").to_owned());
        Ok(Answer {
            status: answer.status().as_u16(),
            content_type: header.unwrap_or_default(),
            bytes: answer.bytes().await?.to_vec(),
        })
    }

    /// Staff of the practice of the examples act.
    pub(crate) fn staff(&self, orders: &Value) -> Value {
        self.running.practice(&json!({ "practice": PRACTICE, "do": orders })).expect("orders that can be")
    }

    /// The practice of the examples, as the control side shows it.
    pub(crate) fn shown(&self) -> Value {
        let state = self.running.state();
        let practices = state["practices"].as_array().expect("a list");
        practices.iter().find(|practice| practice["agb"] == PRACTICE).expect("the example").clone()
    }

    pub(crate) fn twist(&self, operation: &str, twists: &[&str]) {
        self.running.script(vec![Rule::twisting(operation, twists)]).expect("twists that are there");
    }

    /// A session of the patient, made by the client.
    pub(crate) async fn login(&self, session: &str, username: &str) -> Answer {
        let parameters =
            json!({ "Session": session, "username": username, "password": "not-a-real-password" });
        self.call("Login", parameters).await
    }

    /// A session of a user, made by the server.
    pub(crate) async fn create_session(&self, username: &str) -> String {
        let children = format!("<Username>{username}</Username><Password>not-a-real-password</Password>");
        let answer = self.ask("Tetra_Switchboard_Security_CreateSession", NOBODY, &children).await;
        answer.element("SessionId")
    }
}

pub(crate) const NOBODY: &str = r#"<Identificatie Id="-1000" />"#;

/// The server token, in the child of that name.
pub(crate) fn token_in(child: &str, token: &str) -> String {
    format!(
        r#"<Identificatie xsi:type="OZB_Communicatie_Identificatie_Servertoken" Id="-1001"><{child}>{token}</{child}></Identificatie>"#
    )
}

pub(crate) fn token() -> String {
    token_in("Token", Settings::SERVER_TOKEN)
}

pub(crate) fn user(session: &str) -> String {
    format!(
        r#"<Identificatie xsi:type="OZB_Communicatie_Identificatie_GebruikerSessie" Id="-1001"><Sessie>{session}</Sessie></Identificatie>"#
    )
}

pub(crate) fn request(stem: &str, identification: &str, children: &str) -> String {
    format!(
        r#"<{stem}_Verzoek xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" Id="-1000">{identification}{children}</{stem}_Verzoek>"#
    )
}

pub(crate) const TO_PRACTICE: &str = "<OntvangerEntiteit>01999999</OntvangerEntiteit><ZenderIP></ZenderIP>";

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).expect("UTF-8")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The payload of a success.
    #[track_caller]
    pub(crate) fn won(&self) -> Map<String, Value> {
        let Value::Object(mut members) = self.json() else { panic!("not an object") };
        let value = members.remove("ReturnValue");
        let ok = json!({"ResponseCode": 200, "ResponseText": "OK", "Melding": "OK", "Gelukt": true});
        assert_eq!((self.status, value), (200, Some(ok)));
        members
    }

    /// A refusal by the practice, with this code.
    #[track_caller]
    pub(crate) fn lost(&self, code: i64) {
        let value = &self.json()["ReturnValue"];
        assert_eq!(
            (self.status, &value["Gelukt"], &value["ResponseCode"]),
            (200, &json!(false), &json!(code))
        );
        assert_eq!(self.json().as_object().expect("an object").len(), 1);
    }

    /// The last part of the status.
    #[track_caller]
    pub(crate) fn word(&self) -> String {
        let status = self.element("CommunicatieStatus");
        status.strip_prefix("OZB_Communicatie_Status_").expect("the usual prefix").to_owned()
    }

    /// The text of the first element of that name.
    #[track_caller]
    pub(crate) fn element(&self, name: &str) -> String {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name}: {text}"));
        rest.split_once('<').expect("an end").0.to_owned()
    }

    /// The document after its prolog.
    pub(crate) fn document(&self) -> String {
        let text = self.text();
        text.split_once("?>\n").map_or_else(|| text.clone(), |(_, document)| document.to_owned())
    }
}
