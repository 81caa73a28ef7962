//! Which representation was sent, which one is asked for, and what else the caller prefers (`dutch-fhir.md` section 4.1).
//!
//! JSON is what we speak; XML is answered where it is asked for and read where it is sent. Nothing is guessed at.

use gateway_core::{Issue, IssueCode, Problem};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};

use crate::problem::Refused;

/// The media type of an answer in JSON.
pub const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

/// The media type of an answer in XML.
pub const FHIR_XML: &str = "application/fhir+xml; charset=utf-8";

/// A format of FHIR that is read and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// What everything is kept in.
    #[default]
    Json,
    /// Made from JSON, and turned into it, at the FHIR door.
    Xml,
}

/// The formats of a patch, as a CapabilityStatement lists them.
pub const PATCH_FORMATS: [&str; 3] =
    ["application/json-patch+json", "application/fhir+json", "application/fhir+xml"];

/// A language that a patch is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatchFormat {
    /// JSON Patch, RFC 6902.
    Json,
    /// FHIRPath Patch: a Parameters resource.
    FhirPath(Format),
}

/// A media type with its parameters, names in lower case.
struct Media<'t> {
    name: String,
    parameters: Vec<(String, &'t str)>,
}

impl<'t> Media<'t> {
    fn read(text: &'t str) -> Self {
        let mut parts = text.split(';');
        let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let parameters = parts
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')))
            .collect();
        Self { name, parameters }
    }

    fn parameter(&self, name: &str) -> Option<&'t str> {
        self.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| *value)
    }

    /// Absent, or a spelling of R4.
    fn speaks_r4(&self) -> bool {
        self.parameter("fhirversion").is_none_or(|version| matches!(version, "4.0" | "4.0.1"))
    }

    /// `q`, 1 when absent or unreadable.
    fn quality(&self) -> f32 {
        self.parameter("q").and_then(|q| q.parse().ok()).unwrap_or(1.0)
    }

    fn is_json(&self) -> bool {
        matches!(&*self.name, "application/fhir+json" | "application/json" | "text/json")
    }

    fn is_xml(&self) -> bool {
        matches!(&*self.name, "application/fhir+xml" | "application/xml" | "text/xml")
    }
}

/// How much each format is wanted, by an `Accept`; 0 is not at all.
struct Wanted {
    json: f32,
    xml: f32,
}

impl Wanted {
    /// `None` when nothing is said.
    fn read(headers: &HeaderMap) -> Option<Self> {
        let (mut json, mut xml, mut wild, mut page) = (None, None, 0.0_f32, false);
        let mut seen = false;
        for value in headers.get_all(ACCEPT) {
            let text = value.to_str().unwrap_or_default();
            for media in text.split(',').map(Media::read).filter(|media| !media.name.is_empty()) {
                seen = true;
                let quality = if media.speaks_r4() { media.quality() } else { 0.0 };
                let best = |known: Option<f32>| Some(known.map_or(quality, |known| known.max(quality)));
                match &*media.name {
                    "*/*" | "application/*" | "text/*" => wild = wild.max(quality),
                    "text/html" => page = true,
                    _ if media.is_json() => json = best(json),
                    _ if media.is_xml() => xml = best(xml),
                    _ => {}
                }
            }
        }
        // a browser names XML for pages; what it can show of ours is JSON
        let xml = if page && wild > 0.0 { 0.0 } else { xml.unwrap_or(wild) };
        seen.then_some(Self { json: json.unwrap_or(wild), xml })
    }
}

/// The format to answer this `Accept` with; JSON when both are wanted as much.
///
/// # Errors
/// 406.
pub fn accepted(headers: &HeaderMap) -> Result<Format, Refused> {
    match Wanted::read(headers) {
        None => Ok(Format::Json),
        Some(wanted) if wanted.xml > wanted.json => Ok(Format::Xml),
        Some(wanted) if wanted.json > 0.0 => Ok(Format::Json),
        Some(_) => {
            Err(not_acceptable("The answer can be application/fhir+json or application/fhir+xml (R4) only."))
        }
    }
}

/// Whether JSON is an answer to this `Accept`, at a door that speaks nothing else.
///
/// # Errors
/// 406.
pub fn accepts_json(headers: &HeaderMap) -> Result<(), Refused> {
    match Wanted::read(headers) {
        Some(wanted) if wanted.json <= 0.0 => {
            Err(not_acceptable("The answer can be application/fhir+json (R4) only."))
        }
        _ => Ok(()),
    }
}

/// What `_format` asks for.
///
/// # Errors
/// 406.
pub fn named_format(format: &str) -> Result<Format, Refused> {
    // a `+` that was not escaped arrives as a blank
    let mut media = Media::read(format);
    media.name = media.name.replace(' ', "+");
    match &*media.name {
        "json" | "xml" if !media.speaks_r4() => {}
        "json" => return Ok(Format::Json),
        "xml" => return Ok(Format::Xml),
        _ if media.is_json() && media.speaks_r4() => return Ok(Format::Json),
        _ if media.is_xml() && media.speaks_r4() => return Ok(Format::Xml),
        _ => {}
    }
    Err(not_acceptable("_format can be json or xml (R4)."))
}

fn not_acceptable(text: &str) -> Refused {
    Refused(Problem::MediaType { asked: true, issue: Issue::error(IssueCode::NotSupported, text) })
}

/// The format of the body that was sent.
///
/// # Errors
/// 415.
pub fn sent(headers: &HeaderMap) -> Result<Format, Refused> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Err(not_readable(
            "Content-Type is missing; send application/fhir+json or application/fhir+xml.",
        ));
    };
    let media = Media::read(value.to_str().unwrap_or_default());
    let format = resource_format(&media).ok_or_else(|| {
        not_readable(
            "This Content-Type is not read here; send application/fhir+json or application/fhir+xml.",
        )
    })?;
    readable(&media)?;
    sent_plain(headers).map(|()| format)
}

/// The language of the patch that was sent.
///
/// # Errors
/// 415.
pub fn sent_patch(headers: &HeaderMap) -> Result<PatchFormat, Refused> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let format = patch_format(content_type.unwrap_or_default())?;
    sent_plain(headers).map(|()| format)
}

/// The language of a patch of this media type.
///
/// # Errors
/// 415.
pub fn patch_format(media_type: &str) -> Result<PatchFormat, Refused> {
    let media = Media::read(media_type);
    let format = match resource_format(&media) {
        Some(format) => PatchFormat::FhirPath(format),
        None if media.name == "application/json-patch+json" => PatchFormat::Json,
        None => {
            let sends = "send application/json-patch+json, or Parameters as application/fhir+json or application/fhir+xml.";
            let refused =
                if media.name == "application/xml-patch+xml" { "XML Patch" } else { "This Content-Type" };
            return Err(not_readable(&format!("{refused} is not read here; {sends}")));
        }
    };
    readable(&media).map(|()| format)
}

fn resource_format(media: &Media<'_>) -> Option<Format> {
    match (media.is_json(), media.is_xml()) {
        (true, _) => Some(Format::Json),
        (_, true) => Some(Format::Xml),
        (false, false) => None,
    }
}

fn readable(media: &Media<'_>) -> Result<(), Refused> {
    if !media.speaks_r4() {
        return Err(not_readable("Only FHIR R4 (fhirVersion=4.0) is read here."));
    }
    if media.parameter("charset").is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
        return Err(not_readable("Only the charset utf-8 is read here."));
    }
    Ok(())
}

/// Whether the body that was sent is JSON, at a door that reads nothing else.
///
/// # Errors
/// 415.
pub fn sent_json(headers: &HeaderMap) -> Result<(), Refused> {
    match sent(headers)? {
        Format::Json => Ok(()),
        Format::Xml => Err(not_readable("XML is not read here; send application/fhir+json.")),
    }
}

/// Whether the body is a form.
///
/// # Errors
/// 415.
pub fn sent_form(headers: &HeaderMap) -> Result<(), Refused> {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if Media::read(text).name != "application/x-www-form-urlencoded" {
        return Err(not_readable("A search is sent as application/x-www-form-urlencoded."));
    }
    sent_plain(headers)
}

/// gzip was undone before a handler sees the body; whatever coding is still named cannot be.
fn sent_plain(headers: &HeaderMap) -> Result<(), Refused> {
    match headers.get(CONTENT_ENCODING) {
        None => Ok(()),
        Some(coding) if coding == "identity" => Ok(()),
        Some(_) => Err(not_readable("Only the Content-Encoding gzip is read here.")),
    }
}

fn not_readable(text: &str) -> Refused {
    Refused(Problem::MediaType { asked: false, issue: Issue::error(IssueCode::NotSupported, text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, value.parse().unwrap())])
    }

    #[test]
    fn case_63_accept_is_weighed() {
        let of = |accept: &str| accepted(&headers(ACCEPT, accept)).ok();
        for (accept, format) in [
            ("application/fhir+xml; q=0.5, application/fhir+json", Some(Format::Json)),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Format::Json)),
            ("*/*", Some(Format::Json)),
            ("application/fhir+json;fhirVersion=4.0", Some(Format::Json)),
            ("APPLICATION/JSON", Some(Format::Json)),
            ("text/turtle, text/json", Some(Format::Json)),
            ("application/fhir+xml, application/fhir+json", Some(Format::Json)),
            ("application/fhir+xml, */*;q=0.1", Some(Format::Xml)),
            ("application/fhir+xml, application/fhir+json;q=0.1", Some(Format::Xml)),
            ("application/fhir+json;q=0, */*", Some(Format::Xml)),
            ("application/fhir+xml", Some(Format::Xml)),
            ("application/xml", Some(Format::Xml)),
            ("text/xml;q=0.1", Some(Format::Xml)),
            ("text/turtle", None),
            ("image/png", None),
            ("application/fhir+json;q=0", None),
            ("application/fhir+json;fhirVersion=3.0", None),
            ("application/fhir+xml;fhirVersion=3.0", None),
            ("application/json;q=x;q=0", Some(Format::Json)),
            ("application/json;q=NaN", None),
        ] {
            assert_eq!(of(accept), format, "{accept}");
        }
        assert_eq!(accepted(&HeaderMap::new()), Ok(Format::Json));
        assert!(accepts_json(&headers(ACCEPT, "application/fhir+xml")).is_err());
        assert!(accepts_json(&headers(ACCEPT, "application/fhir+xml, application/json;q=0.1")).is_ok());
        assert!(accepts_json(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn case_64_format_knows_its_short_names() {
        for format in ["json", "application/fhir+json", "application/fhir json", "application/json"] {
            assert_eq!(named_format(format), Ok(Format::Json), "{format}");
        }
        for format in ["xml", "application/fhir+xml", "application/fhir xml", "text/xml"] {
            assert_eq!(named_format(format), Ok(Format::Xml), "{format}");
        }
        for format in ["html", "", "ttl", "xml;fhirVersion=3.0", "application/fhir+xml;fhirVersion=5.0"] {
            assert!(named_format(format).is_err(), "{format}");
        }
    }

    #[test]
    fn what_is_sent_is_not_guessed() {
        for good in [
            "application/fhir+json",
            "application/json; charset=UTF-8",
            "application/fhir+json;fhirVersion=4.0",
        ] {
            assert!(sent_json(&headers(CONTENT_TYPE, good)).is_ok(), "{good}");
        }
        for bad in [
            "text/plain",
            "application/fhir+xml",
            "application/json;charset=latin1",
            "application/fhir+json;fhirVersion=5.0",
            "application/json-patch+json",
            "",
        ] {
            assert!(sent_json(&headers(CONTENT_TYPE, bad)).is_err(), "{bad}");
        }
        assert!(sent_json(&HeaderMap::new()).is_err());
        assert_eq!(sent(&headers(CONTENT_TYPE, "text/xml; charset=utf-8")), Ok(Format::Xml));
        assert!(sent(&headers(CONTENT_TYPE, "application/xml-patch+xml")).is_err());
        let mut zstd = headers(CONTENT_TYPE, "application/json");
        zstd.insert(CONTENT_ENCODING, "zstd".parse().unwrap());
        assert!(sent_json(&zstd).is_err());
    }

    #[test]
    fn a_patch_has_two_languages() {
        let of = |content_type: &str| sent_patch(&headers(CONTENT_TYPE, content_type)).ok();
        for (content_type, format) in [
            ("application/json-patch+json", Some(PatchFormat::Json)),
            ("Application/JSON-Patch+json; charset=utf-8", Some(PatchFormat::Json)),
            ("application/fhir+json", Some(PatchFormat::FhirPath(Format::Json))),
            ("application/json", Some(PatchFormat::FhirPath(Format::Json))),
            ("application/fhir+xml; fhirVersion=4.0", Some(PatchFormat::FhirPath(Format::Xml))),
            ("application/xml-patch+xml", None),
            ("application/merge-patch+json", None),
            ("application/json-patch+json; charset=latin1", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(of(content_type), format, "{content_type}");
        }
        assert!(sent_patch(&HeaderMap::new()).is_err());
    }
}
