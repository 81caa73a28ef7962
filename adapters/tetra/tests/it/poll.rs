//! Looking at the practice's agenda, played: `tetra.md` section 5, the cases about polling, by their numbers.

use adapter_kit::standin::{Act, Rule};
use adapter_kit::{ExchangeLog, Link, Polled};
use gateway_core::Failure;
use serde_json::{Value, json};
use standin_tetra::{Operations, Settings};
use time::{Date, Duration};

use crate::setting::Setting;
use crate::shelf::Kept;

/// A practice with two agendas and two block types, empty, and a line to it.
struct Looking {
    setting: Setting,
    link: Link,
    cursor: Option<String>,
    kept: Kept,
}

impl Looking {
    async fn start(changes: &Value) -> Self {
        let settings =
            Settings { operations: Operations::invented(), demo_day: false, ..Settings::default() };
        let setting = Setting::with(settings).await;
        let link = setting.json(changes);
        Self { setting, link, cursor: None, kept: Kept::default() }
    }

    fn staff(&self, orders: &Value) -> Value {
        let acts = json!({"practice": Settings::PRACTICE, "do": orders});
        self.setting.played.practice(&acts).unwrap()
    }

    /// Makes an appointment so many days from today; its number.
    fn make(&self, days: i64, clock: &str, more: &Value) -> i64 {
        let day = self.day(days);
        let mut order = json!({"agenda": self.agenda(0), "start": format!("{day}T{clock}:00"), "end": format!("{day}T23:30:00"),
            "patient": self.patient(), "block_type": self.block_type()});
        for (key, value) in more.as_object().unwrap() {
            order[key] = value.clone();
        }
        self.staff(&json!([{"make": order}]))["made"][0].as_i64().unwrap()
    }

    fn day(&self, days: i64) -> Date {
        use gateway_core::Clock as _;

        let now = self.setting.clock.now() + Duration::hours(2);
        (now + Duration::days(days)).date()
    }

    fn world(&self, list: &str, at: usize) -> i64 {
        let state = self.setting.played.state();
        let practices = state["practices"].as_array().unwrap();
        let practice = practices.iter().find(|it| it["name"] == Settings::PRACTICE).unwrap();
        practice[list][at]["id"].as_i64().unwrap()
    }

    fn agenda(&self, at: usize) -> i64 {
        self.world("agendas", at)
    }

    fn block_type(&self) -> i64 {
        self.world("block_types", 0)
    }

    fn patient(&self) -> i64 {
        self.world("patients", 0)
    }

    async fn ask(&self) -> Result<Polled, Failure> {
        self.link.poll.as_ref().unwrap().poll(self.cursor.as_deref(), &ExchangeLog::default()).await
    }

    /// Looks once, and takes it in.
    async fn look(&mut self) {
        let polled = self.ask().await.unwrap();
        assert!(polled.aside.is_empty(), "{:?}", polled.aside);
        self.kept.take(polled.items);
        self.cursor = Some(polled.cursor);
    }

    /// Looks again when it is time to.
    async fn later(&mut self) {
        self.setting.clock.advance(Duration::minutes(5));
        self.look().await;
    }

    fn status(&self, number: i64) -> String {
        self.kept.get("Appointment", number).unwrap()["status"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn agendas_block_types_patients_and_appointments_become_resources_once() {
    let mut looking = Looking::start(&json!({})).await;
    let number = looking.make(0, "10:20", &json!({"status": "Aanwezig", "remark": "Oorpijn"}));
    looking.look().await;
    let appointment = looking.kept.get("Appointment", number).unwrap();
    assert_eq!((&appointment["status"], &appointment["comment"]), (&"arrived".into(), &"Oorpijn".into()));
    let patient = looking.kept.get("Patient", looking.patient()).unwrap();
    let reference = format!("Patient/{}", patient["id"].as_str().unwrap());
    let participants = appointment["participant"].as_array().unwrap();
    assert!(participants.iter().any(|it| it["actor"]["reference"] == *reference), "{participants:?}");
    assert!(looking.kept.count("Schedule") >= 2 && looking.kept.count("HealthcareService") >= 2);
    assert!(looking.kept.writes() > 0);
    looking.later().await;
    assert_eq!(looking.kept.writes(), 0, "the same again changes nothing");
}

#[tokio::test]
async fn edge_01_a_refusal_is_an_error_and_never_an_empty_list() {
    let mut looking = Looking::start(&json!({})).await;
    let number = looking.make(0, "10:20", &json!({}));
    looking.look().await;
    let cursor = looking.cursor.clone();
    looking.setting.clock.advance(Duration::minutes(5));
    looking.staff(&json!([{"offline": true}]));
    assert!(looking.ask().await.is_err());
    assert_eq!(looking.cursor, cursor);
    looking.staff(&json!([{"offline": false}]));
    looking.later().await;
    assert_eq!(looking.status(number), "booked");
}

#[tokio::test]
async fn edge_55_missing_once_changes_nothing_and_missing_twice_is_cancelled() {
    let mut looking = Looking::start(&json!({})).await;
    let number = looking.make(1, "10:20", &json!({}));
    looking.look().await;
    looking.staff(&json!([{"cancel": number}]));
    looking.later().await;
    assert_eq!(looking.status(number), "booked");
    looking.later().await;
    assert_eq!(looking.status(number), "cancelled");
    let text = looking.kept.get("Appointment", number).unwrap().to_string();
    assert!(text.contains("tetra-absence-detected"));
    looking.kept.writes();
    looking.later().await;
    assert_eq!(looking.kept.writes(), 0);
}

#[tokio::test]
async fn edge_55_a_failed_look_does_not_count() {
    let mut looking = Looking::start(&json!({})).await;
    let number = looking.make(1, "10:20", &json!({}));
    looking.look().await;
    looking.staff(&json!([{"cancel": number}]));
    looking.later().await;
    looking.setting.clock.advance(Duration::minutes(5));
    looking.setting.script(vec![Rule::on("POST", "*", Act::Status).with_status(500)]);
    assert!(matches!(looking.ask().await, Err(Failure::Later { .. })));
    assert_eq!(looking.status(number), "booked");
    looking.later().await;
    assert_eq!(looking.status(number), "cancelled");
}

#[tokio::test]
async fn edge_55_found_in_another_agenda_or_far_ahead_is_moved() {
    let mut looking = Looking::start(&json!({"days_ahead": 30})).await;
    let number = looking.make(1, "10:20", &json!({}));
    looking.look().await;
    looking.staff(&json!([{"move": {"id": number, "agenda": looking.agenda(1)}}]));
    looking.later().await;
    let agenda = |looking: &Looking| {
        looking.kept.get("Appointment", number).unwrap()["participant"][0]["actor"]["identifier"]["value"]
            .clone()
    };
    assert_eq!(agenda(&looking), looking.agenda(1).to_string());
    let far = looking.day(200);
    looking.staff(&json!([{"move": {"id": number, "start": format!("{far}T09:00:00")}}]));
    looking.later().await;
    looking.later().await;
    looking.later().await;
    let moved = looking.kept.get("Appointment", number).unwrap();
    assert_eq!(moved["status"], "booked");
    assert!(moved["start"].as_str().unwrap().starts_with(&far.to_string()), "{moved}");
}

#[tokio::test]
async fn edge_55_an_excluded_agenda_proves_nothing() {
    let mut looking = Looking::start(&json!({})).await;
    let number = looking.make(1, "10:20", &json!({}));
    looking.look().await;
    looking.link = looking.setting.json(&json!({"exclude_agendas": [looking.agenda(0)]}));
    for _ in 0..3 {
        looking.later().await;
    }
    assert_eq!(looking.status(number), "booked");
    assert_eq!(looking.kept.get("Schedule", looking.agenda(0)).unwrap()["active"], false);
}

#[tokio::test]
async fn edge_56_too_early_is_answered_from_what_is_kept_and_many_agendas_are_one_call() {
    let mut looking = Looking::start(&json!({})).await;
    looking.make(0, "10:20", &json!({}));
    let calls = |looking: &Looking| looking.setting.calls("GetAfsprakenDeurToegang");
    looking.look().await;
    assert_eq!(calls(&looking), 1);
    looking.setting.clock.advance(Duration::minutes(2));
    looking.look().await;
    assert_eq!(calls(&looking), 1);
    looking.setting.clock.advance(Duration::minutes(3));
    looking.look().await;
    assert_eq!(calls(&looking), 2);
    // Another process, with the cursor of the first.
    looking.link = looking.setting.json(&json!({}));
    looking.setting.clock.advance(Duration::minutes(1));
    looking.look().await;
    assert_eq!(calls(&looking), 2);
}

#[tokio::test]
async fn edge_56_looking_twice_at_one_answer_is_one_look() {
    let mut looking = Looking::start(&json!({})).await;
    let number = looking.make(1, "10:20", &json!({}));
    looking.look().await;
    looking.staff(&json!([{"cancel": number}]));
    looking.later().await;
    for _ in 0..3 {
        looking.look().await;
    }
    assert_eq!(looking.status(number), "booked", "one answer is no proof, however often it is read");
}

#[tokio::test]
async fn edge_60_a_renamed_agenda_keeps_its_identity_and_a_deleted_one_its_appointments() {
    let mut looking = Looking::start(&json!({})).await;
    let number = looking.make(1, "10:20", &json!({}));
    looking.look().await;
    let agenda = looking.agenda(0);
    let before = looking.kept.get("Schedule", agenda).unwrap();
    looking.staff(&json!([{"agenda": {"id": agenda, "name": "Dhr. Anders"}}]));
    looking.setting.clock.advance(Duration::days(1));
    looking.look().await;
    let renamed = looking.kept.get("Schedule", agenda).unwrap();
    assert_eq!((&renamed["id"], &renamed["comment"]), (&before["id"], &"Dhr. Anders".into()));
    looking.staff(&json!([{"remove_agenda": agenda}]));
    for _ in 0..3 {
        looking.setting.clock.advance(Duration::days(1));
        looking.look().await;
    }
    assert_eq!(looking.kept.get("Schedule", agenda).unwrap()["active"], false);
    assert_eq!(looking.status(number), "booked");
}

#[tokio::test]
async fn edge_45_at_the_edge_of_the_window_nothing_is_lost_or_doubled() {
    let mut looking = Looking::start(&json!({"days_back": 1, "days_ahead": 2})).await;
    let numbers: Vec<i64> = (-2..=3).map(|days| looking.make(days, "00:00", &json!({}))).collect();
    looking.look().await;
    let inside: Vec<bool> =
        numbers.iter().map(|number| looking.kept.get("Appointment", *number).is_some()).collect();
    assert_eq!(inside, [false, true, true, true, true, false]);
    assert_eq!(looking.kept.count("Appointment"), 4);
}

#[tokio::test]
async fn one_bad_record_is_told_with_both_places_and_stops_no_other() {
    let mut looking = Looking::start(&json!({})).await;
    let good = looking.make(0, "10:20", &json!({}));
    let bad = looking.make(0, "11:20", &json!({"raw": {"Start": "2026-02-30T10:00:00"}}));
    looking.look().await;
    assert!(looking.kept.get("Appointment", good).is_some());
    assert!(looking.kept.get("Appointment", bad).is_none());
    let (place, issues) = &looking.kept.refused[0];
    assert!(place.starts_with("afspraken["), "{place}");
    let issue = issues.iter().find(|it| it.expression.as_deref() == Some("Appointment.start")).unwrap();
    assert!(issue.text.contains(&format!("{place}.Start")), "{}", issue.text);
}

#[tokio::test]
async fn json_and_xml_tell_the_same() {
    let looking = Looking::start(&json!({})).await;
    looking.make(0, "10:20", &json!({"remark": "Oorpijn", "portal": true}));
    let fields = json!({"start": "Start", "end": "Eind", "agendas": "AgendaIds"});
    let xml = looking.setting.xml(&json!({"operations": {
        "appointments": {"method": "Tetra_Agenda_GetAfsprakenDeurToegang_Verzoek", "fields": fields},
    }}));
    let json = looking.ask().await.unwrap();
    let log = ExchangeLog::default();
    let xml = xml.poll.as_ref().unwrap().poll(None, &log).await.unwrap();
    let (mut one, mut other) = (Kept::default(), Kept::default());
    one.take(json.items);
    other.take(xml.items);
    let contents = |kept: &Kept| -> Vec<_> {
        let all = kept.resources.iter();
        all.map(|(key, resource)| (key.clone(), resource.content())).collect()
    };
    for (one, other) in contents(&one).iter().zip(contents(&other)) {
        assert_eq!(one, &other);
    }
    assert_eq!(one.resources.len(), other.resources.len());
}

#[tokio::test]
async fn edge_26_a_block_type_nobody_listed_has_the_list_asked_for_again_once() {
    let mut looking = Looking::start(&json!({})).await;
    looking.make(0, "10:20", &json!({}));
    let calls = |looking: &Looking| looking.setting.calls("GetBlokTypes");
    looking.look().await;
    looking.later().await;
    assert_eq!(calls(&looking), 1, "the list is kept");
    looking.make(0, "11:20", &json!({"raw": {"BlokType.Id": 999}}));
    for _ in 0..4 {
        looking.later().await;
    }
    assert_eq!(calls(&looking), 2);
}

#[tokio::test]
async fn without_a_period_nothing_is_concluded_from_what_is_missing() {
    let mut looking = Looking::start(&json!({})).await;
    // The call for statuses as it is published: it has a name, and no fields.
    looking.link = looking.setting.xml(&json!({}));
    let number = looking.make(0, "10:20", &json!({"status": "Aanwezig"}));
    looking.look().await;
    assert_eq!(looking.status(number), "arrived");
    looking.staff(&json!([{"cancel": number}]));
    for _ in 0..3 {
        looking.later().await;
    }
    assert_eq!(looking.status(number), "arrived");
}

#[tokio::test]
async fn a_look_of_ten_thousand_is_taken_in() {
    let mut looking = Looking::start(&json!({"days_ahead": 400})).await;
    looking.staff(&json!([{"generate": {"count": 10_000}}]));
    looking.look().await;
    assert!(looking.kept.count("Appointment") > 5_000, "{}", looking.kept.count("Appointment"));
    let cursor = looking.cursor.as_ref().unwrap();
    assert!(cursor.len() < 400_000, "{}", cursor.len());
}
