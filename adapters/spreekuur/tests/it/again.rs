//! Idempotency, order and retry: `spreekuur.md` section 10, a test per numbered rule. How the queue keeps 10.3 and 10.4
//! by the clock is proved in the engine's tests (`c_06_`, `c_08_`).

use std::time::Duration;

use adapter_kit::conformance::Setup;
use adapter_kit::http::HttpSettings;
use adapter_kit::standin::{Act, Rule};
use gateway_core::{Failure, Receipt, ResourceType};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::setting::{Setting, appointment, deliver, delivery, notification, patient};

#[tokio::test]
async fn s10_1_a_put_may_be_sent_again_freely() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    let change = delivery(&appointment("afs-1"), &[patient()]);
    for _ in 0..3 {
        assert!(matches!(deliver(&link, &change).await.0, Ok(Receipt::Delivered { .. })));
    }
    assert_eq!(setting.requests("PUT", "/Appointment/afs-1"), 3);
    assert_eq!(setting.told(), [("new".to_owned(), "afs-1".to_owned())]);
}

#[tokio::test]
async fn s10_2_a_notification_goes_under_the_same_id_each_time() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    setting.script(Rule::on("POST", "/Communication", Act::DropAfter));
    let change = delivery(&notification("melding-1"), &[patient()]);
    assert_eq!(deliver(&link, &change).await.0, Err(Failure::Unsure), "they have it and did not say so");
    assert!(matches!(deliver(&link, &change).await.0, Ok(Receipt::Delivered { .. })));
    assert_eq!(setting.told(), [("melding".to_owned(), "melding-1".to_owned())]);
}

#[tokio::test]
async fn s10_3_a_cancellation_is_dropped_only_if_no_booking_ever_left() {
    let setting = Setting::start().await;
    let link = setting.link(&Setup::Right);
    assert!(
        link.deliver.as_ref().unwrap().states(ResourceType::Appointment),
        "newer states replace older ones"
    );
    let mut cancelled = appointment("afs-1");
    cancelled["status"] = json!("cancelled");
    let mut change = delivery(&cancelled, &[patient()]);
    assert!(matches!(deliver(&link, &change).await.0, Ok(Receipt::Withheld(_))));
    change.sent_before = true;
    assert!(matches!(deliver(&link, &change).await.0, Ok(Receipt::Delivered { .. })));
    assert_eq!(setting.requests("PUT", "/Appointment/afs-1"), 1);
}

#[tokio::test]
async fn s10_4_pauses_run_from_a_second_to_a_quarter_of_an_hour_for_a_day() {
    let policy = Setting::start().await.link(&Setup::Right).policy;
    assert_eq!(policy.first_pause, Duration::from_secs(1));
    assert_eq!(policy.longest_pause, Duration::from_mins(15));
    assert_eq!(policy.give_up_after, Duration::from_hours(24));
}

#[tokio::test]
async fn s10_5_no_version_is_asked_for() {
    let head = put_head().await.to_ascii_lowercase();
    assert!(head.starts_with("put /fhir/r4/appointment/afs-1 http/1.1"), "{head}");
    assert!(!head.contains("if-match") && !head.contains("if-none-match"), "{head}");
}

#[tokio::test]
async fn s10_6_a_connection_gets_ten_seconds_and_an_answer_thirty_and_silence_is_unsure() {
    let settings = HttpSettings::default();
    assert_eq!(settings.connect_timeout, Duration::from_secs(10));
    assert_eq!(settings.total_timeout, Duration::from_secs(30));
    let setting = Setting::start().await;
    setting.script(Rule::on("PUT", "/Appointment/*", Act::Drop));
    let change = delivery(&appointment("afs-1"), &[patient()]);
    assert_eq!(deliver(&setting.link(&Setup::Right), &change).await.0, Err(Failure::Unsure));
}

/// The head of the PUT that an appointment makes, read off the wire by a server that knows nothing.
async fn put_head() -> String {
    let setting = Setting::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let link = setting.link(&Setup::At(origin));
    let change = delivery(&appointment("afs-1"), &[patient()]);
    let read = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.windows(4).any(|end| end == b"\r\n\r\n") {
            assert!(stream.read_buf(&mut head).await.unwrap() > 0, "the head is not whole");
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await.unwrap();
        String::from_utf8_lossy(&head).into_owned()
    };
    let ((_, _), head) = tokio::join!(deliver(&link, &change), read);
    head
}
