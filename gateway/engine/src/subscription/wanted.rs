//! What a Subscription asks for: the topic-based form of the R5 Backport, or plain R4 (`docs/subscriptions.md`).
//!
//! Reading says everything that is wrong at once. What is not understood is refused: a subscriber that believes it is told
//! and is not would be worse off than one that knows.

use std::time::Duration;

use adapter_kit::http::{NotOutside, Outside};
use fhir_profiles::Profiles;
use fhir_profiles::search::Query;
use gateway_core::json::Node;
use gateway_core::{Issue, IssueCode, Resource, ResourceType, Scopes};
use http::{HeaderName, HeaderValue};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::names::{OWNER, can_be_told, is_backport, type_of_topic};

/// What notifications are written in.
const JSON: [&str; 2] = ["application/fhir+json", "application/json"];
/// The shortest and longest time between heartbeats.
const HEARTBEAT: (u64, u64) = (10, 86_400);
/// The longest a subscriber may take: attempts must end before their lease does.
const LONGEST_TIMEOUT: u64 = 20;
/// Header lines of a subscription, and their length.
const MOST_HEADERS: usize = 16;
const LONGEST_HEADER: usize = 4096;

/// Headers that belong to the message or the connection, and to whoever signs.
const OURS: [&str; 13] = [
    "host",
    "content-length",
    "content-type",
    "content-encoding",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-connection",
    "proxy-authorization",
];

/// What a Subscription asks for.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(super) form: Form,
    /// The changes it is about.
    pub(super) query: Query,
    /// The same, as text.
    pub(super) criteria: String,
    pub(super) endpoint: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    /// When it ends by itself.
    pub(super) end: Option<OffsetDateTime>,
    /// Who made it; absent until it is kept.
    pub(super) owner: Option<Owner>,
}

/// How a change is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// With a notification of the backport.
    Topic(Topic),
    /// As plain R4 has it.
    Plain {
        /// The media type of the resource; without one nothing but the fact is told.
        payload: Option<String>,
    },
}

/// What a topic-based subscription adds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) canonical: String,
    pub(super) content: Content,
    pub(super) media_type: String,
    pub(super) heartbeat: Option<Duration>,
    pub(super) timeout: Option<Duration>,
}

/// How much a notification tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// That something happened.
    Empty,
    /// To what.
    IdOnly,
    /// And what it is now.
    FullResource,
}

/// Who made a Subscription, and what its token allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) client: String,
    pub(super) scopes: Scopes,
}

impl Content {
    /// Reads FHIR's code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "empty" => Some(Self::Empty),
            "id-only" => Some(Self::IdOnly),
            "full-resource" => Some(Self::FullResource),
            _ => None,
        }
    }
}

/// Reads a Subscription; `resource` is valid R4. Without `outside` nobody sends to its endpoint, and any will do.
///
/// # Errors
/// Everything that cannot be done as it is asked.
pub(crate) fn read(
    profiles: &Profiles,
    outside: Option<&Outside>,
    resource: &Resource,
) -> Result<Wanted, Vec<Issue>> {
    let mut issues = Vec::new();
    let root = resource.root();
    let channel = root.get("channel").unwrap_or(root);
    let criteria = root.text("criteria").unwrap_or_default().to_owned();
    let is_topic = criteria.starts_with("http://") || criteria.starts_with("https://");
    let query = if is_topic {
        about_topic(profiles, root, &criteria)
    } else {
        about(profiles, &criteria, "Subscription.criteria")
    };
    let query = query.map_err(|more| issues.extend(more)).ok();
    rest_hook(channel, &mut issues);
    let endpoint = endpoint(outside, channel, &mut issues);
    let headers = headers(channel, &mut issues);
    let form =
        if is_topic { topic(channel, &criteria, &mut issues) } else { Some(plain(channel, &mut issues)) };
    let end = root.text("end").and_then(|end| OffsetDateTime::parse(end, &Rfc3339).ok());
    match (query, form) {
        (Some(query), Some(form)) if issues.is_empty() => {
            Ok(Wanted { form, query, criteria, endpoint, headers, end, owner: owner(root) })
        }
        _ => Err(issues),
    }
}

/// The changes of a topic of ours, as far as its filters let them through.
fn about_topic(profiles: &Profiles, root: Node<'_>, canonical: &str) -> Result<Query, Vec<Issue>> {
    let Some(resource_type) = type_of_topic(canonical) else {
        let text = "this topic is not offered; the CapabilityStatement lists those that are";
        return Err(vec![unsupported(text, "Subscription.criteria")]);
    };
    let mut query = about(profiles, resource_type.as_str(), "Subscription.criteria")?;
    let mut issues = Vec::new();
    for filter in extensions(root.get("_criteria"), "backport-filter-criteria") {
        match about(
            profiles,
            filter.text("valueString").unwrap_or_default(),
            "Subscription.criteria.extension",
        ) {
            Ok(more) if more.resource_type == resource_type => query.filters.extend(more.filters),
            Ok(_) => issues.push(unsupported(
                "a filter must be about the type of the topic",
                "Subscription.criteria.extension",
            )),
            Err(more) => issues.extend(more),
        }
    }
    if issues.is_empty() { Ok(query) } else { Err(issues) }
}

/// The changes a search is about, if a change alone shows that it is meant.
fn about(profiles: &Profiles, criteria: &str, place: &str) -> Result<Query, Vec<Issue>> {
    let at = |issue: Issue| issue.at(place);
    let query = Query::from_criteria(profiles, criteria)
        .map_err(|issues| issues.into_iter().map(at).collect::<Vec<_>>())?;
    let mut issues = Vec::new();
    if !can_be_told(query.resource_type) {
        issues.push(unsupported("changes of this type are not told", place));
    }
    if !query.is_local() {
        issues.push(unsupported(
            "a chain or _has cannot be a criterion: the change alone must show that it is meant",
            place,
        ));
    }
    if query.names_a_person() {
        let text = "a BSN must not stand in criteria, which others can read; name the resource instead";
        issues.push(Issue::error(IssueCode::BusinessRule, text).at(place));
    }
    if issues.is_empty() { Ok(query) } else { Err(issues) }
}

fn rest_hook(channel: Node<'_>, issues: &mut Vec<Issue>) {
    let other = extensions(channel.get("_type"), "backport-channel-type").next().is_some();
    if channel.text("type") != Some("rest-hook") || other {
        issues.push(unsupported("only rest-hook is offered", "Subscription.channel.type"));
    }
}

fn endpoint(outside: Option<&Outside>, channel: Node<'_>, issues: &mut Vec<Issue>) -> String {
    let Some(endpoint) = channel.text("endpoint") else {
        let text = "a rest-hook needs an endpoint";
        issues.push(Issue::error(IssueCode::Required, text).at("Subscription.channel.endpoint"));
        return String::new();
    };
    let Some(outside) = outside else { return endpoint.to_owned() };
    match outside.permit(endpoint) {
        Ok(url) => url.into(),
        Err(refused) => {
            issues.push(not_outside(refused));
            String::new()
        }
    }
}

/// Why an endpoint is refused.
pub(super) fn not_outside(refused: NotOutside) -> Issue {
    let text = format!("this address cannot be told anything: {refused}");
    Issue::error(IssueCode::BusinessRule, text).at("Subscription.channel.endpoint")
}

fn headers(channel: Node<'_>, issues: &mut Vec<Issue>) -> Vec<(HeaderName, HeaderValue)> {
    let lines: Vec<_> = channel.find(&["header"]);
    if lines.len() > MOST_HEADERS {
        issues.push(unsupported("there are too many header lines", "Subscription.channel.header"));
    }
    let mut headers = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        match header(line.as_str().unwrap_or_default()) {
            Some(header) => headers.push(header),
            None => issues.push(
                Issue::error(IssueCode::Value, "this is no header line that can be sent: `Name: value`")
                    .at(format!("Subscription.channel.header[{number}]")),
            ),
        }
    }
    headers
}

/// A line as a header. Line ends and other control characters are in none: they would begin another header.
fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let name = HeaderName::try_from(name).ok()?;
    let ours = OURS.contains(&name.as_str()) || name.as_str().starts_with("webhook-");
    let plain = value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if ours || !plain || line.len() > LONGEST_HEADER {
        return None;
    }
    let mut value = HeaderValue::try_from(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

fn topic(channel: Node<'_>, canonical: &str, issues: &mut Vec<Issue>) -> Option<Form> {
    let place = "Subscription.channel.payload";
    let media_type = payload(channel, issues);
    if channel.get("payload").is_none() {
        issues
            .push(Issue::error(IssueCode::Required, "a topic-based subscription needs a payload").at(place));
    }
    let mut levels = extensions(channel.get("_payload"), "backport-payload-content");
    let content = levels.next().and_then(|level| level.text("valueCode")).and_then(Content::from_code);
    if content.is_none() || levels.next().is_some() {
        let text = "the extension backport-payload-content must say once: empty, id-only or full-resource";
        issues.push(Issue::error(IssueCode::Required, text).at(format!("{place}.extension")));
    }
    let heartbeat = seconds(channel, ("backport-heartbeat-period", HEARTBEAT.0, HEARTBEAT.1), issues);
    let timeout = seconds(channel, ("backport-timeout", 1, LONGEST_TIMEOUT), issues);
    // A notification of ours has one event, so any count that can be is kept.
    number(channel, ("backport-max-count", 1, u64::from(u32::MAX)), issues);
    let canonical = canonical.to_owned();
    Some(Form::Topic(Topic { canonical, content: content?, media_type: media_type?, heartbeat, timeout }))
}

fn plain(channel: Node<'_>, issues: &mut Vec<Issue>) -> Form {
    Form::Plain { payload: payload(channel, issues) }
}

fn payload(channel: Node<'_>, issues: &mut Vec<Issue>) -> Option<String> {
    let payload = channel.text("payload")?;
    if JSON.contains(&payload) {
        return Some(payload.to_owned());
    }
    issues
        .push(unsupported("notifications are sent as application/fhir+json", "Subscription.channel.payload"));
    None
}

fn seconds(channel: Node<'_>, asked: (&str, u64, u64), issues: &mut Vec<Issue>) -> Option<Duration> {
    number(channel, asked, issues).map(Duration::from_secs)
}

/// The whole number in an extension of the channel.
fn number(channel: Node<'_>, (name, least, most): (&str, u64, u64), issues: &mut Vec<Issue>) -> Option<u64> {
    let extension = extensions(Some(channel), name).next()?;
    let value =
        extension.entries().find(|(key, _)| key.starts_with("value")).and_then(|(_, value)| value.number());
    let value = value.and_then(|value| value.parse().ok()).filter(|value| (least..=most).contains(value));
    if value.is_none() {
        let text = format!("{name} must be a whole number from {least} to {most}");
        issues.push(Issue::error(IssueCode::Value, text).at("Subscription.channel.extension"));
    }
    value
}

/// The extensions of the backport with this name.
fn extensions<'r>(of: Option<Node<'r>>, name: &'r str) -> impl Iterator<Item = Node<'r>> {
    let all = of.map(|of| of.find(&["extension"])).unwrap_or_default();
    all.into_iter().filter(move |one| one.text("url").is_some_and(|url| is_backport(url, name)))
}

fn owner(root: Node<'_>) -> Option<Owner> {
    let ours = root.find(&["extension"]).into_iter().find(|one| one.text("url") == Some(OWNER))?;
    let part = |name: &str| {
        let part = ours.find(&["extension"]).into_iter().find(|part| part.text("url") == Some(name))?;
        part.text("valueString").map(str::to_owned)
    };
    Some(Owner { client: part("client")?, scopes: Scopes::parse(&part("scope")?).ok()? })
}

fn unsupported(text: &str, place: &str) -> Issue {
    Issue::error(IssueCode::NotSupported, text).at(place)
}

impl Wanted {
    /// The type it is about.
    pub(super) fn resource_type(&self) -> ResourceType {
        self.query.resource_type
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use adapter_kit::http::SystemNames;

    use super::*;

    const TOPIC: &str = "https://zorgtolk.example/fhir/SubscriptionTopic/Appointment-changed";

    fn subscription(criteria: &str, channel: &str) -> Result<Wanted, Vec<Issue>> {
        let text = format!(
            r#"{{"resourceType":"Subscription","status":"requested","reason":"r",{criteria},"channel":{{{channel}}}}}"#
        );
        let resource = Resource::parse(text.as_bytes()).unwrap();
        read(&Profiles::embedded(), Some(&Outside::new(Arc::new(SystemNames), &[])), &resource)
    }

    fn places(read: Result<Wanted, Vec<Issue>>) -> Vec<String> {
        read.err().unwrap_or_default().into_iter().filter_map(|issue| issue.expression).collect()
    }

    const HOOK: &str = r#""type":"rest-hook","endpoint":"https://hook.example/fhir""#;

    fn payload(level: &str) -> String {
        format!(
            r#"{HOOK},"payload":"application/fhir+json","_payload":{{"extension":[{{
            "url":"http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content",
            "valueCode":"{level}"}}]}}"#
        )
    }

    #[test]
    fn plain_r4_is_read() {
        let wanted = subscription(r#""criteria":"Appointment?status=booked""#, HOOK).unwrap();
        assert_eq!(wanted.form, Form::Plain { payload: None });
        assert_eq!(wanted.resource_type(), ResourceType::Appointment);
    }

    #[test]
    fn a_topic_is_read_with_its_filters() {
        let url =
            "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria";
        let filter = |value: &str| format!(r#"{{"url":"{url}","valueString":"{value}"}}"#);
        let criteria = format!(
            r#""criteria":"{TOPIC}","_criteria":{{"extension":[{},{}]}}"#,
            filter("Appointment?status=booked"),
            filter("Appointment?patient=Patient/1")
        );
        let wanted = subscription(&criteria, &payload("id-only")).unwrap();
        assert_eq!(wanted.query.filters.len(), 2);
        assert!(matches!(wanted.form, Form::Topic(Topic { content: Content::IdOnly, .. })));
        let other = criteria.replace("Appointment?patient=Patient/1", "Slot?status=free");
        assert_eq!(places(subscription(&other, &payload("empty"))), ["Subscription.criteria.extension"]);
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let channel = r#""type":"email","endpoint":"http://hook.example/","header":["a: b","c"],"payload":"text/plain""#;
        let got = places(subscription(&format!(r#""criteria":"{TOPIC}-not""#), channel));
        for place in [
            "Subscription.criteria",
            "Subscription.channel.type",
            "Subscription.channel.endpoint",
            "Subscription.channel.header[1]",
            "Subscription.channel.payload",
            "Subscription.channel.payload.extension",
        ] {
            assert!(got.iter().any(|one| one == place), "{place} in {got:?}");
        }
    }

    #[test]
    fn what_a_change_alone_does_not_show_is_no_criterion() {
        for criteria in [
            "Appointment?patient.name=x",
            "Appointment?nonsense=1",
            "Task",
            "Subscription",
            "Patient?identifier=http://fhir.nl/fhir/NamingSystem/bsn|999990019",
            "Nonsense",
            "",
        ] {
            let got = subscription(&format!(r#""criteria":"{criteria}""#), HOOK);
            assert!(got.is_err(), "{criteria}");
        }
    }

    #[test]
    fn a_header_line_is_one_header_and_none_of_ours() {
        for (line, fits) in [
            ("Authorization: Bearer abc", true),
            ("X-Key:abc", true),
            ("X-Empty:", true),
            ("X-Key: a\r\nX-Other: b", false),
            ("X-Key: a\nb", false),
            ("X-Key: a\tb", false),
            ("X-Key: é", false),
            ("X Key: a", false),
            (": a", false),
            ("no header", false),
            ("Host: inner", false),
            ("Content-Length: 0", false),
            ("Transfer-Encoding: chunked", false),
            ("webhook-signature: v1,x", false),
        ] {
            assert_eq!(header(line).is_some(), fits, "{line:?}");
        }
    }

    #[test]
    fn numbers_of_the_channel_have_bounds() {
        let with = |name: &str, value: &str| {
            let url = format!("http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/{name}");
            let extension = format!(r#","extension":[{{"url":"{url}","valueUnsignedInt":{value}}}]"#);
            subscription(&format!(r#""criteria":"{TOPIC}""#), &format!("{}{extension}", payload("empty")))
                .is_ok()
        };
        assert!(with("backport-heartbeat-period", "60"));
        assert!(!with("backport-heartbeat-period", "1"));
        assert!(with("backport-timeout", "20"));
        assert!(!with("backport-timeout", "21"));
        assert!(with("backport-max-count", "20"));
        assert!(!with("backport-max-count", "0"));
    }
}
