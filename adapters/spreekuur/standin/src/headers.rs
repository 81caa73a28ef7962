//! The headers of a request: media types, and whose organisation it is for (`spreekuur.md` section 4).

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, StatusCode};

use crate::agb::Agb;
use crate::outcome::Refusal;
use crate::settings::{Mode, Switches};

const ORGANISATION: &str = "x-organization-identifier";
/// What the header was called before 2026-05-19 (4.7).
const OLDER_NAMES: [&str; 2] = ["organisation_agb", "organization_agb"];
pub(crate) const AGB_SYSTEM: &str = "http://fhir.nl/fhir/NamingSystem/agb-z";

/// The media types an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    Fhir,
    Form,
}

/// the body is what the operation takes.
pub(crate) fn content_type(headers: &HeaderMap, media: Media, mode: Mode) -> Result<(), Refusal> {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
    let kind = parts.next().unwrap_or_default();

    let taken = match media {
        Media::Form => kind == "application/x-www-form-urlencoded",
        Media::Fhir => {
            kind == "application/fhir+json" || (kind == "application/json" && mode == Mode::Lenient)
        }
    };
    let utf8 = parts
        .filter_map(|part| part.strip_prefix("charset=").map(|it| it.trim_matches('"').to_owned()))
        .all(|charset| charset == "utf-8");
    if taken && utf8 { Ok(()) } else { Err(unsupported("Content-Type is not one that is taken here")) }
}

fn unsupported(text: &str) -> Refusal {
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-supported", text)
}

/// JSON is all there is.
pub(crate) fn accepts(headers: &HeaderMap) -> Result<(), Refusal> {
    let json = |range: &str| {
        let kind = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(kind.as_str(), "" | "*/*" | "application/*" | "application/fhir+json" | "application/json")
    };
    let mut asked = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).peekable();
    let acceptable = asked.peek().is_none() || asked.flat_map(|value| value.split(',')).any(json);
    acceptable.then_some(()).ok_or_else(|| {
        Refusal::new(StatusCode::NOT_ACCEPTABLE, "not-supported", "Only application/fhir+json is offered")
    })
}

/// the organisation that the request is for.
pub(crate) fn organisation(headers: &HeaderMap, switches: Switches) -> Result<Agb, Refusal> {
    let older: &[&str] = if switches.compat_headers { &OLDER_NAMES } else { &[] };
    let mut found = None;
    for name in std::iter::once(&ORGANISATION).chain(older) {
        let Some(agb) = one_value(headers, &HeaderName::from_static(name), switches.mode)? else { continue };
        if found.is_some_and(|earlier| earlier != agb) {
            return Err(Refusal::bad("value", "Two organisation headers name different organisations"));
        }
        found = Some(agb);
    }
    found.ok_or_else(|| Refusal::bad("required", "Header X-Organization-Identifier is required"))
}

fn one_value(headers: &HeaderMap, name: &HeaderName, mode: Mode) -> Result<Option<Agb>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::bad("value", format!("Header {name} has more than one value")));
    }
    let text = value.to_str().unwrap_or_default().trim();
    if text.is_empty() {
        return Ok(None);
    }
    parse(text, mode).map(Some).ok_or_else(|| {
        Refusal::bad("value", format!("Header {name} must be {AGB_SYSTEM}| and the 8 digits of one AGB code"))
    })
}

fn parse(text: &str, mode: Mode) -> Option<Agb> {
    match text.split_once('|') {
        Some((AGB_SYSTEM, code)) => Agb::parse(code),
        None if mode == Mode::Lenient => Agb::parse(text),
        _ => None,
    }
}
