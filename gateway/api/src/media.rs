//! Which representation was sent, which one is asked for, and what else the caller prefers (`dutch-fhir.md` section 4.1).
//!
//! JSON is what we speak. XML is understood as a wish and refused with a word about it, never guessed at.

use gateway_core::{Issue, IssueCode, Problem};
use http::HeaderMap;
use http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};

use crate::problem::Refused;

/// The media type of every FHIR answer.
pub const FHIR_JSON: &str = "application/fhir+json; charset=utf-8";

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

/// Whether JSON is an answer to this `Accept`.
///
/// # Errors
/// 406.
pub fn accepts_json(headers: &HeaderMap) -> Result<(), Refused> {
    let mut seen = false;
    let mut xml = false;
    for value in headers.get_all(ACCEPT) {
        let text = value.to_str().unwrap_or_default();
        if matches!(text, "application/fhir+json" | "*/*" | "application/json") {
            return Ok(());
        }
        for media in text.split(',').map(Media::read).filter(|media| !media.name.is_empty()) {
            seen = true;
            xml |= media.is_xml();
            let wild = matches!(&*media.name, "*/*" | "application/*" | "text/*");
            if (media.is_json() || wild) && media.quality() > 0.0 && media.speaks_r4() {
                return Ok(());
            }
        }
    }
    if seen { Err(not_acceptable(xml)) } else { Ok(()) }
}

/// What `_format` asks for, when it is JSON.
///
/// # Errors
/// 406.
pub fn format_is_json(format: &str) -> Result<(), Refused> {
    // a `+` that was not escaped arrives as a blank
    let media = Media::read(format);
    let name = media.name.replace(' ', "+");
    match &*name {
        "json" | "application/fhir+json" | "application/json" | "text/json" if media.speaks_r4() => Ok(()),
        _ => Err(not_acceptable(name == "xml" || name.ends_with("xml"))),
    }
}

fn not_acceptable(xml: bool) -> Refused {
    let text = if xml {
        "XML is not offered yet; ask for application/fhir+json."
    } else {
        "The answer can be application/fhir+json (R4) only."
    };
    Refused(Problem::MediaType { asked: true, issue: Issue::error(IssueCode::NotSupported, text) })
}

/// Whether the body that was sent is JSON we can read.
///
/// # Errors
/// 415.
pub fn sent_json(headers: &HeaderMap) -> Result<(), Refused> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Err(not_readable("Content-Type is missing; send application/fhir+json."));
    };
    let text = value.to_str().unwrap_or_default();
    if text != "application/fhir+json" && text != "application/json" {
        let media = Media::read(text);
        if media.is_xml() {
            return Err(not_readable("XML is not read yet; send application/fhir+json."));
        }
        if !media.is_json() {
            return Err(not_readable("This Content-Type is not read here; send application/fhir+json."));
        }
        if !media.speaks_r4() {
            return Err(not_readable("Only FHIR R4 (fhirVersion=4.0) is read here."));
        }
        if media.parameter("charset").is_some_and(|charset| !charset.eq_ignore_ascii_case("utf-8")) {
            return Err(not_readable("Only the charset utf-8 is read here."));
        }
    }
    sent_plain(headers)
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
        let ok = [
            "application/fhir+xml; q=0.5, application/fhir+json",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "*/*",
            "application/fhir+json;fhirVersion=4.0",
            "APPLICATION/JSON",
            "text/turtle, text/json",
            "application/fhir+xml, application/fhir+json;q=0.1",
        ];
        for accept in ok {
            assert!(accepts_json(&headers(ACCEPT, accept)).is_ok(), "{accept}");
        }
        let bad = [
            "text/turtle",
            "image/png",
            "application/fhir+xml",
            "application/fhir+json;q=0",
            "application/fhir+json;fhirVersion=3.0",
        ];
        for accept in bad {
            assert!(accepts_json(&headers(ACCEPT, accept)).is_err(), "{accept}");
        }
        assert!(accepts_json(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn case_64_format_knows_its_short_names() {
        for format in ["json", "application/fhir+json", "application/fhir json", "application/json"] {
            assert!(format_is_json(format).is_ok(), "{format}");
        }
        for format in ["xml", "application/fhir+xml", "html", "", "ttl"] {
            assert!(format_is_json(format).is_err(), "{format}");
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
        let mut zstd = headers(CONTENT_TYPE, "application/json");
        zstd.insert(CONTENT_ENCODING, "zstd".parse().unwrap());
        assert!(sent_json(&zstd).is_err());
    }
}
