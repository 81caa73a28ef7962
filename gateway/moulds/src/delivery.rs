//! A delivery, read as a Task (`design.md` section 2): one change on its way over one link.
//!
//! `focus` is the version that is carried, `input` the link, `businessStatus` the word used in the store and on the
//! command line, `note` one line per attempt.

use fhir_model::r4b::codes::TaskIntent;
use fhir_model::r4b::resources::{Task, TaskInput, TaskInputValue};
use fhir_model::r4b::types::Annotation;
use gateway_core::{Attempt, DeliveryState, Key, LinkId, Version};
use time::OffsetDateTime;

use crate::parts::{CODES, COMPLETE, concept, date_time, json, reference, some, text, updated};

/// A delivery as its readers see it.
#[derive(Debug, Clone)]
pub struct DeliveryTask<'a> {
    /// The row's id.
    pub id: i64,
    /// Over which link.
    pub link: &'a LinkId,
    /// Of which resource.
    pub key: &'a Key,
    /// Which version.
    pub version: Version,
    /// Its state.
    pub state: DeliveryState,
    /// Why, for states that need a reason.
    pub reason: Option<&'a str>,
    /// When it was accepted.
    pub created: OffsetDateTime,
    /// When it reached its state.
    pub settled: Option<OffsetDateTime>,
    /// The tries so far, oldest first.
    pub attempts: &'a [Attempt],
}

/// The Task of a delivery.
///
/// # Panics
/// Never: every mandatory element is set.
#[must_use]
pub fn task(delivery: &DeliveryTask<'_>) -> String {
    let changed = changed(delivery);
    let mut cast = Task::builder()
        .id(delivery.id.to_string())
        .meta(updated(changed))
        .status(task_status(delivery.state).parse().expect("a Task has this status"))
        .business_status(text(delivery.state.as_str()))
        .intent(TaskIntent::_Custom("order".to_owned()))
        .code(concept(CODES, "delivery"))
        .focus(reference(&format!("{}/_history/{}", delivery.key, delivery.version)))
        .authored_on(date_time(delivery.created))
        .last_modified(date_time(changed))
        .note(some(delivery.attempts.iter().map(note)))
        .input(some([link(delivery.link)]));
    if let Some(reason) = delivery.reason {
        cast = cast.status_reason(text(reason));
    }
    json(&cast.build().expect(COMPLETE))
}

/// The code of a Task's status for a delivery in `state`.
#[must_use]
pub fn task_status(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Due => "in-progress",
        DeliveryState::Delivered => "completed",
        DeliveryState::Superseded | DeliveryState::Withheld => "cancelled",
        DeliveryState::Refused => "rejected",
        DeliveryState::Dead => "failed",
    }
}

fn changed(delivery: &DeliveryTask<'_>) -> OffsetDateTime {
    let last_try = delivery.attempts.last().map(|attempt| attempt.at);
    delivery.settled.or(last_try).unwrap_or(delivery.created)
}

fn link(link: &LinkId) -> TaskInput {
    let endpoint = Box::new(reference(&format!("Endpoint/{link}")));
    TaskInput::builder()
        .r#type(concept(CODES, "link"))
        .value(TaskInputValue::Reference(*endpoint))
        .build()
        .expect(COMPLETE)
}

fn note(attempt: &Attempt) -> Annotation {
    let reason = attempt.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    Annotation::builder()
        .time(date_time(attempt.at))
        .text(format!("attempt {}, {}{reason}", attempt.number, attempt.outcome))
        .build()
        .expect(COMPLETE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_delivery_reads_as_a_task() {
        let attempts = [Attempt {
            number: 1,
            at: datetime!(2026-09-14 07:10:01 UTC),
            took: std::time::Duration::from_millis(20),
            outcome: "never".into(),
            reason: Some("422 business-rule".into()),
        }];
        let text = task(&DeliveryTask {
            id: 7,
            link: &"spreekuur-linde".parse().unwrap(),
            key: &Key::from_reference("Appointment/a1").unwrap(),
            version: Version(2),
            state: DeliveryState::Refused,
            reason: Some("422 business-rule"),
            created: datetime!(2026-09-14 07:10:00.123456 UTC),
            settled: Some(datetime!(2026-09-14 07:10:02 UTC)),
            attempts: &attempts,
        });
        let expected = concat!(
            r#"{"resourceType":"Task","id":"7","meta":{"lastUpdated":"2026-09-14T07:10:02Z"},"status":"rejected","#,
            r#""statusReason":{"text":"422 business-rule"},"businessStatus":{"text":"refused"},"intent":"order","#,
            r#""code":{"coding":[{"system":"https://zorgtolk.example/fhir/CodeSystem/gateway","code":"delivery"}]},"#,
            r#""focus":{"reference":"Appointment/a1/_history/2"},"authoredOn":"2026-09-14T07:10:00.123Z","#,
            r#""lastModified":"2026-09-14T07:10:02Z","note":[{"time":"2026-09-14T07:10:01Z","#,
            r#""text":"attempt 1, never: 422 business-rule"}],"input":[{"type":{"coding":[{"system":"#,
            r#""https://zorgtolk.example/fhir/CodeSystem/gateway","code":"link"}]},"#,
            r#""valueReference":{"reference":"Endpoint/spreekuur-linde"}}]}"#
        );
        assert_eq!(text, expected);
    }
}
