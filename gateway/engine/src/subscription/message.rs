//! What a subscriber is sent: notifications of the R5 Backport (`dutch-fhir.md` 4.11), or what plain R4 has.
//!
//! A notification is a Bundle of type `history`: first the status, then what changed. Plain R4 sends an empty POST, or
//! with a payload what the REST API would: PUT of the resource, or DELETE, below the endpoint.

use std::fmt::Write as _;

use gateway_core::json::quoted;
use gateway_core::{Id, Key, Resource, instant_text};
use gateway_store::Event;
use http::Method;
use time::OffsetDateTime;
use url::Url;

use super::names::{STATUS_PROFILE, stable};
use super::wanted::Content;

/// Labels that keep a resource from leaving by itself: restricted, very restricted.
const CONFIDENTIALITY: &str = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
const RESTRICTED: [&str; 2] = ["R", "V"];

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    /// The same however often it is sent.
    pub(super) id: String,
    pub(super) method: Method,
    pub(super) address: String,
    pub(super) media_type: Option<String>,
    pub(super) body: String,
}

/// What a status says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Status<'a> {
    /// The address of the FHIR door.
    pub(super) base: &'a str,
    pub(super) id: &'a Id,
    pub(super) topic: Option<&'a str>,
    /// The status of the Subscription.
    pub(super) stands: &'a str,
    /// `handshake`, `heartbeat`, `event-notification`, `query-status` or `query-event`.
    pub(super) kind: &'a str,
    /// The number of the last event.
    pub(super) events: u64,
    /// Why it fails.
    pub(super) error: Option<&'a str>,
}

/// An event and what it carries.
#[derive(Debug)]
pub(super) struct Carried {
    pub(super) event: Event,
    /// The content of the version; absent for a deletion, and where it must not be told.
    pub(super) text: Option<String>,
}

impl Status<'_> {
    /// The address of the Subscription.
    fn subscription(&self) -> String {
        format!("{}/Subscription/{}", self.base, self.id)
    }

    /// The status as Parameters.
    pub(super) fn parameters(&self, content: Content, carried: &[Carried]) -> String {
        let mut text = format!(
            r#"{{"resourceType":"Parameters","id":"{}","meta":{{"profile":["{STATUS_PROFILE}"]}},"parameter":[{{"name":"subscription","valueReference":{{"reference":{}}}}}"#,
            stable(&["status", &self.subscription()]),
            quoted(&self.subscription()),
        );
        if let Some(topic) = self.topic {
            add(&mut text, format_args!(r#",{{"name":"topic","valueCanonical":{}}}"#, quoted(topic)));
        }
        add(
            &mut text,
            format_args!(
                r#",{{"name":"status","valueCode":"{}"}},{{"name":"type","valueCode":"{}"}},{{"name":"events-since-subscription-start","valueString":"{}"}}"#,
                self.stands, self.kind, self.events
            ),
        );
        for one in carried {
            text.push(',');
            text.push_str(&self.notification_event(content, &one.event));
        }
        if let Some(error) = self.error {
            add(
                &mut text,
                format_args!(r#",{{"name":"error","valueCodeableConcept":{{"text":{}}}}}"#, quoted(error)),
            );
        }
        text.push_str("]}");
        text
    }

    fn notification_event(&self, content: Content, event: &Event) -> String {
        let mut text = format!(
            r#"{{"name":"notification-event","part":[{{"name":"event-number","valueString":"{}"}},{{"name":"timestamp","valueInstant":"{}"}}"#,
            event.number,
            instant_text(event.at)
        );
        if content != Content::Empty {
            let focus = format!("{}/{}", self.base, event.key);
            add(
                &mut text,
                format_args!(r#",{{"name":"focus","valueReference":{{"reference":{}}}}}"#, quoted(&focus)),
            );
        }
        text.push_str("]}");
        text
    }

    /// A notification, or the answer of `$events`.
    pub(super) fn bundle(
        &self,
        id: &str,
        at: OffsetDateTime,
        content: Content,
        carried: &[Carried],
    ) -> String {
        let mut text = format!(
            r#"{{"resourceType":"Bundle","id":"{}","type":"history","timestamp":"{}","entry":[{{"fullUrl":"urn:uuid:{}","resource":{},"request":{{"method":"GET","url":{}}},"response":{{"status":"200"}}}}"#,
            stable(&["bundle", id]),
            instant_text(at),
            stable(&["status", id]),
            self.parameters(content, carried),
            quoted(&format!("{}/$status", self.subscription())),
        );
        if content != Content::Empty {
            for one in carried {
                text.push(',');
                text.push_str(&self.entry(content, one));
            }
        }
        text.push_str("]}");
        text
    }

    /// What changed, as history tells it.
    fn entry(&self, content: Content, carried: &Carried) -> String {
        let event = &carried.event;
        let (method, url, status) = match (event.deleted, event.version.0) {
            (true, _) => ("DELETE", event.key.to_string(), "204"),
            (false, 1) => ("POST", event.key.resource_type.to_string(), "201"),
            (false, _) => ("PUT", event.key.to_string(), "200"),
        };
        let full_url = quoted(&format!("{}/{}", self.base, event.key));
        let resource = match &carried.text {
            Some(text) if content == Content::FullResource => format!(r#","resource":{text}"#),
            _ => String::new(),
        };
        format!(
            r#"{{"fullUrl":{full_url}{resource},"request":{{"method":"{method}","url":"{url}"}},"response":{{"status":"{status}"}}}}"#
        )
    }
}

/// Where plain R4 puts a resource below an endpoint.
pub(super) fn below(endpoint: &str, key: &Key) -> String {
    let Ok(mut url) = Url::parse(endpoint) else { return endpoint.to_owned() };
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend([key.resource_type.as_str(), key.id.as_str()]);
    }
    url.into()
}

/// Whether a label says that a resource must not leave by itself.
pub(super) fn is_restricted(resource: &Resource) -> bool {
    resource.root().find(&["meta", "security"]).into_iter().any(|label| {
        label.text("system") == Some(CONFIDENTIALITY)
            && label.text("code").is_some_and(|code| RESTRICTED.contains(&code))
    })
}

fn add(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("writing to a String cannot fail");
}

#[cfg(test)]
mod tests {
    use fhir_profiles::{Profiles, Rules};
    use gateway_core::Version;

    use super::*;

    fn status(id: &Id) -> Status<'_> {
        Status {
            base: "https://us.example/fhir",
            id,
            topic: Some("https://zorgtolk.example/fhir/SubscriptionTopic/Patient-changed"),
            stands: "active",
            kind: "event-notification",
            events: 2,
            error: None,
        }
    }

    fn carried(version: u32, deleted: bool) -> Carried {
        let event = Event {
            number: 2,
            key: Key::from_reference("Patient/p").unwrap(),
            version: Version(version),
            deleted,
            at: OffsetDateTime::UNIX_EPOCH,
        };
        let text = (!deleted).then(|| r#"{"resourceType":"Patient","id":"p"}"#.to_owned());
        Carried { event, text }
    }

    fn read(text: &str) -> Resource {
        Resource::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_notification_is_a_history_bundle_that_the_house_finds_right() {
        let id = "s".parse().unwrap();
        let profiles = Profiles::embedded();
        for content in [Content::Empty, Content::IdOnly, Content::FullResource] {
            for one in [carried(1, false), carried(2, false), carried(3, true)] {
                let text = status(&id).bundle("msg_1", OffsetDateTime::UNIX_EPOCH, content, &[one]);
                let checked = profiles.check(read(&text), Rules::default());
                assert!(checked.is_ok(), "{content:?}: {:?}", checked.err());
            }
        }
    }

    #[test]
    fn each_level_tells_no_more_than_it_says() {
        let id = "s".parse().unwrap();
        let text =
            |content| status(&id).bundle("msg_1", OffsetDateTime::UNIX_EPOCH, content, &[carried(2, false)]);
        let entries = |text: &str| read(text).root().get("entry").unwrap().len();
        let empty = text(Content::Empty);
        assert!(!empty.contains("Patient/p") && entries(&empty) == 1, "{empty}");
        let ids = text(Content::IdOnly);
        assert!(ids.contains("Patient/p") && !ids.contains(r#""resourceType":"Patient""#), "{ids}");
        assert!(text(Content::FullResource).contains(r#""resource":{"resourceType":"Patient","id":"p"}"#));
    }

    #[test]
    fn a_resource_is_put_below_its_endpoint() {
        let key = Key::from_reference("Patient/p").unwrap();
        for (endpoint, wanted) in [
            ("https://hook.example/", "https://hook.example/Patient/p"),
            ("https://hook.example/fhir", "https://hook.example/fhir/Patient/p"),
            ("https://hook.example/fhir/?k=1", "https://hook.example/fhir/Patient/p?k=1"),
        ] {
            assert_eq!(below(endpoint, &key), wanted);
        }
    }

    #[test]
    fn case_90_a_secrecy_label_is_seen() {
        let labelled = |code: &str| {
            let meta = format!(r#"{{"security":[{{"system":"{CONFIDENTIALITY}","code":"{code}"}}]}}"#);
            is_restricted(&read(&format!(r#"{{"resourceType":"Patient","meta":{meta}}}"#)))
        };
        assert!(labelled("R") && labelled("V"));
        assert!(!labelled("N") && !labelled("L"));
    }
}
