//! The behaviours every adapter shows, with bookings, in both formats.

use adapter_kit::Link;
use adapter_kit::conformance::{Harness, Setup};
use adapter_kit::standin::Rule;
use async_trait::async_trait;
use gateway_core::{Delivery, FixedClock};
use serde_json::{Value, json};

use crate::appointments::{BSN, REMARK, appointment, change, with};
use crate::setting::{KEY, Setting, TOKEN, WRONG_SECRET, writing, writing_xml};

/// What differs between the two.
trait Kind: Send + Sync + 'static {
    const BOOK: &'static str;
    fn link(setting: &Setting, changes: &Value) -> Link;
    fn told() -> Value;
}

struct Json;

impl Kind for Json {
    const BOOK: &'static str = "MaakAfspraak";

    fn link(setting: &Setting, changes: &Value) -> Link {
        setting.json(changes)
    }

    fn told() -> Value {
        writing()
    }
}

struct Xml;

impl Kind for Xml {
    const BOOK: &'static str = "Tetra_Agenda_MaakAfspraak";

    fn link(setting: &Setting, changes: &Value) -> Link {
        setting.xml(changes)
    }

    fn told() -> Value {
        let mut told = writing_xml();
        told["unknown_caller_codes"] = json!(["OZB_Communicatie_Status_Identificatie_onjuist"]);
        told
    }
}

struct Booking<K> {
    setting: Setting,
    kind: std::marker::PhantomData<K>,
}

#[async_trait]
impl<K: Kind> Harness for Booking<K> {
    async fn start() -> Self {
        Self { setting: Setting::start().await, kind: std::marker::PhantomData }
    }

    fn clock(&self) -> &FixedClock {
        &self.setting.clock
    }

    fn link(&self, setup: Setup) -> Link {
        let mut changes = K::told();
        match setup {
            Setup::Right => {}
            Setup::WrongSecret => {
                changes["application_key"] = json!(WRONG_SECRET);
                changes["server_token"] = json!(WRONG_SECRET);
            }
            Setup::At(origin) => {
                changes["json_url"] = json!(format!("{origin}/json"));
                changes["xml_url"] = json!(format!("{origin}/xml"));
            }
        }
        K::link(&self.setting, &changes)
    }

    fn change(&self, number: u32) -> Delivery {
        change(&appointment(&format!("change-{number}"), 8 + u8::try_from(number).unwrap(), 0))
    }

    fn unknown_code(&self) -> Delivery {
        let other = json!([{"coding": [{"system": "http://snomed.info/sct", "code": "11429006"}]}]);
        change(&with(appointment("odd", 8, 0), "serviceType", other))
    }

    async fn spoil(&self, rule: Rule) {
        self.setting.script(vec![rule.of(K::BOOK)]);
    }

    async fn effects(&self) -> usize {
        self.setting.standing().len()
    }

    async fn calls(&self) -> usize {
        self.setting.calls(K::BOOK)
    }

    async fn tokens(&self) -> Option<usize> {
        None
    }

    async fn advance(&self, seconds: i64) {
        self.setting.played.advance(seconds);
    }

    fn personal(&self) -> Vec<String> {
        [BSN, "Testpersoon", REMARK, "999993847"].map(str::to_owned).into()
    }

    fn secrets(&self) -> Vec<String> {
        [KEY, TOKEN, WRONG_SECRET].map(str::to_owned).into()
    }
}

mod json_calls {
    adapter_kit::conformance!(super::Booking<super::Json>);
}

mod xml_calls {
    adapter_kit::conformance!(super::Booking<super::Xml>);
}
