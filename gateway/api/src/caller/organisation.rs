//! `X-Organization-Identifier`: for which organisation a request is (`spreekuur.md`, section 4).

use gateway_core::{Agb, Issue, IssueCode, Problem};
use http::{HeaderMap, HeaderName};

/// The header.
const HEADER: HeaderName = HeaderName::from_static("x-organization-identifier");

/// Its names before May 2026 (`spreekuur.md` 4.7).
const OLD_NAMES: [HeaderName; 2] =
    [HeaderName::from_static("organisation_agb"), HeaderName::from_static("organization_agb")];

/// Which spellings a door takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    /// A bare AGB code besides the token form.
    pub(crate) bare: bool,
    /// The old header names too.
    pub(crate) old_names: bool,
}

/// The organisation that the headers name.
pub(super) fn read(headers: &HeaderMap, form: Form) -> Result<Option<Agb>, Problem> {
    let old = OLD_NAMES.into_iter().filter(|_| form.old_names);
    let mut found = None;
    for name in std::iter::once(HEADER).chain(old) {
        let mut values = headers.get_all(name).iter();
        let Some(first) = values.next() else { continue };
        if values.next().is_some() {
            return Err(value(format!("{HEADER} was sent more than once")));
        }
        let agb = agb(first.as_bytes(), form.bare)?;
        if found.as_ref().is_some_and(|other| *other != agb) {
            return Err(value(format!("{HEADER} and its older names name different organisations")));
        }
        found = Some(agb);
    }
    Ok(found)
}

/// What a request without the header is told.
pub(super) fn missing() -> Problem {
    let text = format!("the header {HEADER} is required");
    Problem::Malformed(vec![Issue::error(IssueCode::Required, text).at(format!("http.{HEADER}"))])
}

/// The organisation of a request that must name one.
pub(crate) fn required(headers: &HeaderMap, form: Form) -> Result<Agb, Problem> {
    read(headers, form)?.ok_or_else(missing)
}

fn agb(bytes: &[u8], bare: bool) -> Result<Agb, Problem> {
    let form = || {
        let bare = if bare { ", or that code alone" } else { "" };
        value(format!("{HEADER} must be {}| and an AGB code of 8 digits{bare}", Agb::SYSTEM))
    };
    let text = std::str::from_utf8(bytes).map_err(|_| form())?.trim();
    if text.contains(',') {
        return Err(value(format!("{HEADER} must have one value")));
    }
    let code = match text.split_once('|') {
        Some((Agb::SYSTEM, code)) => code,
        None if bare => text,
        _ => return Err(form()),
    };
    code.parse().map_err(|_| form())
}

fn value(text: String) -> Problem {
    Problem::Malformed(vec![Issue::error(IssueCode::Value, text).at(format!("http.{HEADER}"))])
}

#[cfg(test)]
mod tests {
    use super::*;

    const LENIENT: Form = Form { bare: true, old_names: false };

    fn headers(sent: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(HeaderName::from_static(name), value.parse().unwrap());
        }
        headers
    }

    fn one(value: &str, form: Form) -> Option<String> {
        read(&headers(&[("x-organization-identifier", value)]), form)
            .ok()
            .flatten()
            .map(|agb| agb.to_string())
    }

    #[test]
    fn token_and_bare_form_are_read_and_trimmed() {
        for good in [
            "http://fhir.nl/fhir/NamingSystem/agb-z|01000001",
            " http://fhir.nl/fhir/NamingSystem/agb-z|01000001 ",
            "01000001",
        ] {
            assert_eq!(one(good, LENIENT).as_deref(), Some("01000001"), "{good}");
        }
        assert_eq!(one("01000001", Form { bare: false, ..LENIENT }), None);
    }

    #[test]
    fn anything_else_is_a_bad_value() {
        for bad in [
            "http://fhir.nl/fhir/NamingSystem/agb|01000001",
            r"http://fhir.nl/fhir/NamingSystem/agb-z\|01000001",
            "http://fhir.nl/fhir/NamingSystem/agb-z|1000001",
            "http://fhir.nl/fhir/NamingSystem/agb-z|01000001|",
            "|01000001",
            "01000001,01000001",
            "1000001",
            "010000011",
            "",
        ] {
            let refused = read(&headers(&[("x-organization-identifier", bad)]), LENIENT).unwrap_err();
            assert!(matches!(&refused, Problem::Malformed(i) if i[0].code == IssueCode::Value), "{bad}");
        }
    }

    #[test]
    fn one_header_with_one_value() {
        let twice =
            headers(&[("x-organization-identifier", "01000001"), ("x-organization-identifier", "01000001")]);
        assert!(read(&twice, LENIENT).is_err());
        assert_eq!(read(&HeaderMap::new(), LENIENT), Ok(None));
        assert!(
            matches!(required(&HeaderMap::new(), LENIENT), Err(Problem::Malformed(i)) if i[0].code == IssueCode::Required)
        );
    }

    #[test]
    fn old_names_count_only_when_switched_on() {
        let old = Form { old_names: true, ..LENIENT };
        for name in ["organisation_agb", "organization_agb"] {
            assert_eq!(read(&headers(&[(name, "01000001")]), LENIENT), Ok(None));
            assert!(read(&headers(&[(name, "01000001")]), old).unwrap().is_some());
        }
        let differing =
            headers(&[("x-organization-identifier", "01000001"), ("organisation_agb", "01000002")]);
        assert!(read(&differing, old).is_err());
        assert!(read(&differing, LENIENT).is_ok());
        let same = headers(&[("organization_agb", "01000001"), ("organisation_agb", "01000001")]);
        assert!(read(&same, old).is_ok());
    }

    proptest::proptest! {
        #[test]
        fn any_value_is_read_without_panic(bytes in proptest::collection::vec(0x20u8..=0xff, 0..60)) {
            drop(agb(&bytes, true));
        }
    }
}
