//! Bundles of stored texts (<https://hl7.org/fhir/R4/bundle.html>): assembled as text, so that what is in them is byte for
//! byte what was kept, and nothing is parsed to be read back.
//!
//! bdl-1 to bdl-4 hold: `total` only here, `search` only in a searchset, `request` and `response` only in a history.

use std::fmt::Write as _;

use gateway_core::json::quoted;
use gateway_core::{Issue, Resource, instant_text};
use gateway_moulds::operation_outcome;
use gateway_store::Stored;
use time::OffsetDateTime;

/// What a Bundle says besides its entries.
pub(super) struct Head<'a> {
    /// `searchset` or `history`.
    pub(super) kind: &'static str,
    /// `meta.lastUpdated`.
    pub(super) at: OffsetDateTime,
    /// On all pages together; `None` when that is not told.
    pub(super) total: Option<u64>,
    /// Relation and address, `self` first.
    pub(super) links: &'a [(&'static str, String)],
}

/// A Bundle in the making.
pub(super) struct Bundle {
    out: String,
    /// The base of every `fullUrl`.
    base: String,
    entries: usize,
}

/// Why a `write!` below cannot fail.
const TO_STRING: &str = "writing to a String cannot fail";

impl Bundle {
    /// A Bundle without entries, with room for `room` bytes of them.
    pub(super) fn new(base: String, head: &Head<'_>, room: usize) -> Self {
        let mut out = String::with_capacity(room + 512);
        write!(
            out,
            r#"{{"resourceType":"Bundle","meta":{{"lastUpdated":"{}"}},"type":"{}""#,
            instant_text(head.at),
            head.kind
        )
        .expect(TO_STRING);
        if let Some(total) = head.total {
            write!(out, r#","total":{total}"#).expect(TO_STRING);
        }
        for (n, (relation, url)) in head.links.iter().enumerate() {
            let open = if n == 0 { r#","link":["# } else { "," };
            write!(out, r#"{open}{{"relation":"{relation}","url":{}}}"#, quoted(url)).expect(TO_STRING);
        }
        if !head.links.is_empty() {
            out.push(']');
        }
        Self { out, base, entries: 0 }
    }

    /// A resource that was found.
    pub(super) fn found(&mut self, stored: &Stored) {
        self.open(stored);
        self.resource(stored);
        self.out.push_str(r#","search":{"mode":"match"}}"#);
    }

    /// A resource that is there because another one is.
    pub(super) fn included(&mut self, stored: &Stored) {
        self.open(stored);
        self.resource(stored);
        self.out.push_str(r#","search":{"mode":"include"}}"#);
    }

    /// A resource that is passed on and not kept: nothing of it can be read again, so it has no address.
    pub(super) fn passed_on(&mut self, resource: &Resource) {
        self.separate();
        write!(self.out, r#"{{"resource":{},"search":{{"mode":"match"}}}}"#, resource.text())
            .expect(TO_STRING);
    }

    /// A word to the caller about the search itself.
    pub(super) fn told(&mut self, issues: &[Issue]) {
        self.separate();
        let outcome = operation_outcome(issues);
        write!(self.out, r#"{{"resource":{outcome},"search":{{"mode":"outcome"}}}}"#).expect(TO_STRING);
    }

    /// A version; a deletion has no resource.
    pub(super) fn version(&mut self, stored: &Stored) {
        self.open(stored);
        self.resource(stored);
        let (url, status) = match stored.method {
            "POST" => (stored.key.resource_type.to_string(), "201"),
            "DELETE" => (stored.key.to_string(), "204"),
            _ if stored.version == gateway_core::Version::FIRST => (stored.key.to_string(), "201"),
            _ => (stored.key.to_string(), "200"),
        };
        write!(
            self.out,
            r#","request":{{"method":"{}","url":"{url}"}},"response":{{"status":"{status}","etag":"W/\"{}\"","lastModified":"{}"}}}}"#,
            stored.method,
            stored.version,
            instant_text(stored.last_updated)
        )
        .expect(TO_STRING);
    }

    /// The text.
    pub(super) fn close(mut self) -> String {
        self.out.push_str(if self.entries > 0 { "]}" } else { "}" });
        self.out
    }

    fn open(&mut self, stored: &Stored) {
        self.separate();
        write!(self.out, r#"{{"fullUrl":"{}/{}""#, self.base, stored.key).expect(TO_STRING);
    }

    fn resource(&mut self, stored: &Stored) {
        if let Some(text) = &stored.text {
            self.out.push_str(r#","resource":"#);
            self.out.push_str(text);
        }
    }

    fn separate(&mut self) {
        self.out.push_str(if self.entries == 0 { r#","entry":["# } else { "," });
        self.entries += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_core::{IssueCode, Key, Version};
    use time::macros::datetime;

    fn head<'a>(kind: &'static str, links: &'a [(&'static str, String)]) -> Head<'a> {
        Head { kind, at: datetime!(2026-09-14 07:10 UTC), total: Some(0), links }
    }

    fn stored(version: u32, method: &'static str, text: Option<&str>) -> Stored {
        Stored {
            key: Key::from_reference("Patient/1").unwrap(),
            version: Version(version),
            last_updated: datetime!(2026-09-14 07:10 UTC),
            text: text.map(str::to_owned),
            method,
        }
    }

    #[test]
    fn nothing_found_is_zero_and_no_entry() {
        let links = [("self", "https://us/fhir/Patient?_id=\"1".to_owned())];
        let text = Bundle::new("https://us/fhir".into(), &head("searchset", &links), 0).close();
        assert_eq!(
            text,
            r#"{"resourceType":"Bundle","meta":{"lastUpdated":"2026-09-14T07:10:00.000Z"},"type":"searchset","total":0,"link":[{"relation":"self","url":"https://us/fhir/Patient?_id=\"1"}]}"#
        );
    }

    #[test]
    fn what_was_kept_is_in_there_byte_for_byte() {
        let mut bundle = Bundle::new("https://us/fhir".into(), &head("searchset", &[]), 0);
        bundle.found(&stored(1, "POST", Some(r#"{"resourceType":"Patient", "x":1.00}"#)));
        bundle.told(&[Issue::warning(IssueCode::NotSupported, "left out")]);
        let text = bundle.close();
        assert!(text.ends_with(
            r#","entry":[{"fullUrl":"https://us/fhir/Patient/1","resource":{"resourceType":"Patient", "x":1.00},"search":{"mode":"match"}},{"resource":{"resourceType":"OperationOutcome","issue":[{"severity":"warning","code":"not-supported","details":{"text":"left out"}}]},"search":{"mode":"outcome"}}]}"#
        ), "{text}");
    }

    #[test]
    fn every_version_has_its_request_and_response() {
        let mut bundle = Bundle::new("https://us/fhir".into(), &head("history", &[]), 0);
        bundle.version(&stored(3, "DELETE", None));
        bundle.version(&stored(2, "PUT", Some("{}")));
        bundle.version(&stored(1, "PUT", Some("{}")));
        let read: serde_json::Value = serde_json::from_str(&bundle.close()).unwrap();
        let entry = |n: usize| (&read["entry"][n]["request"], &read["entry"][n]["response"]["status"]);
        assert_eq!(entry(0).0["method"], "DELETE");
        assert_eq!((entry(0).1, entry(1).1, entry(2).1), (&"204".into(), &"200".into(), &"201".into()));
        assert!(read["entry"][0].get("resource").is_none());
        assert_eq!(read["entry"][1]["response"]["etag"], "W/\"2\"");
        assert_eq!(read["entry"][1]["response"]["lastModified"], "2026-09-14T07:10:00.000Z");
    }
}
