//! The behaviours every adapter shows, once with appointments and once with notifications.

use adapter_kit::Link;
use adapter_kit::conformance::{Harness, Setup};
use adapter_kit::standin::Rule;
use async_trait::async_trait;
use gateway_core::{Delivery, FixedClock};
use serde_json::{Value, json};

use crate::setting::{
    BSN, NAME, SECRET, Setting, WRONG_SECRET, appointment, delivery, notification, patient,
};

/// What differs between the two.
trait Kind: Send + Sync + 'static {
    const METHOD: &'static str;
    const PATH: &'static str;
    fn change(id: &str) -> Value;
    fn unknown_code() -> Value;
}

struct Appointments;

impl Kind for Appointments {
    const METHOD: &'static str = "PUT";
    const PATH: &'static str = "/Appointment/";

    fn change(id: &str) -> Value {
        appointment(id)
    }

    fn unknown_code() -> Value {
        let mut odd = appointment("odd");
        odd["status"] = json!("bevestigd");
        odd
    }
}

struct Notifications;

impl Kind for Notifications {
    const METHOD: &'static str = "POST";
    const PATH: &'static str = "/Communication";

    fn change(id: &str) -> Value {
        notification(id)
    }

    fn unknown_code() -> Value {
        let mut odd = notification("odd");
        let attachment = json!({"contentType": "text/plain", "data": "AA==", "title": "brief.txt"});
        odd["payload"] = json!([{"contentString": "Zie bijlage."}, {"contentAttachment": attachment}]);
        odd
    }
}

struct Carrying<K> {
    setting: Setting,
    kind: std::marker::PhantomData<K>,
}

#[async_trait]
impl<K: Kind> Harness for Carrying<K> {
    async fn start() -> Self {
        Self { setting: Setting::start().await, kind: std::marker::PhantomData }
    }

    fn clock(&self) -> &FixedClock {
        &self.setting.clock
    }

    fn link(&self, setup: Setup) -> Link {
        self.setting.link(&setup)
    }

    fn change(&self, number: u32) -> Delivery {
        delivery(&K::change(&format!("change-{number}")), &[patient()])
    }

    fn unknown_code(&self) -> Delivery {
        delivery(&K::unknown_code(), &[patient()])
    }

    async fn spoil(&self, rule: Rule) {
        self.setting.script(Rule {
            method: Some(K::METHOD.to_owned()),
            path: Some(format!("{}*", K::PATH)),
            ..rule
        });
    }

    async fn effects(&self) -> usize {
        self.setting.told().len()
    }

    async fn calls(&self) -> usize {
        self.setting.requests(K::METHOD, K::PATH)
    }

    async fn tokens(&self) -> Option<usize> {
        Some(self.setting.requests("POST", "/token"))
    }

    async fn advance(&self, seconds: i64) {
        self.setting.played.advance(seconds);
    }

    fn personal(&self) -> Vec<String> {
        let texts = [BSN, NAME, "Testpersoon", "medicatielijst", "griepprik", "welkom"];
        texts.map(str::to_owned).into()
    }

    fn secrets(&self) -> Vec<String> {
        vec![SECRET.to_owned(), WRONG_SECRET.to_owned()]
    }
}

mod appointments {
    adapter_kit::conformance!(super::Carrying<super::Appointments>);
}

mod notifications {
    adapter_kit::conformance!(super::Carrying<super::Notifications>);
}
