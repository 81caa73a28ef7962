//! C-14: what is counted, under which names. Sent and queue age are the engine's.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use adapter_kit::conformance::Setup;
use adapter_kit::standin::{Act, Rule};
use metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use serde_json::json;

use crate::setting::{Setting, appointment, deliver, delivery, patient};

/// Counts by name and labels.
#[derive(Default)]
struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

struct Count {
    name: String,
    counts: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl CounterFn for Count {
    fn increment(&self, by: u64) {
        *self.counts.lock().unwrap().entry(self.name.clone()).or_default() += by;
    }

    fn absolute(&self, value: u64) {
        self.counts.lock().unwrap().insert(self.name.clone(), value);
    }
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let name = format!("{}{{{}}}", key.name(), labels.join(","));
        Counter::from_arc(Arc::new(Count { name, counts: Arc::clone(&self.0) }))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[tokio::test]
async fn c_14_calls_are_counted_by_status_and_token_failures_by_link() {
    let counts = Counts::default();
    let _guard = metrics::set_default_local_recorder(&counts);
    let setting = Setting::start().await;
    let change = delivery(&appointment("afs-1"), &[patient()]);
    let link = setting.link(&Setup::Right);
    for act in [Act::Status, Act::Drop] {
        setting.script(Rule { status: Some(503), ..Rule::on("PUT", "/Appointment/*", act) });
        drop(deliver(&link, &change).await);
    }
    drop(deliver(&link, &change).await);
    let named =
        setting.validated(&json!({"client_secret": "wrong"})).named(&"spreekuur-linde".parse().unwrap());
    let wrong = adapter_spreekuur::Client::new(named, Arc::clone(&setting.clock) as Arc<_>);
    let log = adapter_kit::ExchangeLog::default();
    drop(wrong.find_patient(&"999990019".parse().unwrap(), &log).await);

    let counted: Vec<_> = counts.0.lock().unwrap().clone().into_iter().collect();
    let call = |status: &str| {
        format!("zorgtolk_link_calls_total{{link=spreekuur,operation=appointment,status={status}}}")
    };
    let failures = "zorgtolk_token_failures_total{link=spreekuur-linde}".to_owned();
    assert_eq!(counted, [(call("200"), 1), (call("503"), 1), (call("none"), 1), (failures, 1)]);
}
