//! References and URIs as a URL holds them (`dutch-fhir.md` section 4.5).

use gateway_core::{Id, Key, ResourceType};

use super::Criterion;
use super::value::{Misread, unescaped};
use crate::r4::r4;

/// A reference: `id` (of each target), `Type/id`, or a URL. The version is left out.
pub(super) fn reference(base: &str, value: &str, targets: &[&str]) -> Result<Vec<Criterion>, Misread> {
    let value = unescaped(value);
    let text = reference_text(relative(base, &value));
    if text.contains(':') || text.starts_with('#') {
        return Ok(vec![Criterion::Uri(text.to_owned())]);
    }
    if let Some((name, id)) = text.split_once('/') {
        let known = r4().is_resource_type(name) && id.parse::<Id>().is_ok();
        return if known {
            Ok(vec![to(name, id)])
        } else {
            Err(Misread::Form("must be an id, Type/id or a URL"))
        };
    }
    if text.parse::<Id>().is_err() {
        return Err(Misread::Form("must be an id, Type/id or a URL"));
    }
    if targets.is_empty() || targets.len() > MANY_TARGETS {
        return Err(Misread::Form("may point to many types, so it must be Type/id"));
    }
    Ok(targets.iter().map(|name| to(name, text)).collect())
}

/// A parameter with more targets points to anything; asking for all of them would be one question per type.
const MANY_TARGETS: usize = 20;

fn to(name: &str, id: &str) -> Criterion {
    match (name.parse::<ResourceType>(), id.parse::<Id>()) {
        (Ok(resource_type), Ok(id)) => Criterion::Reference(Key::new(resource_type, id)),
        _ => Criterion::Uri(format!("{name}/{id}")),
    }
}

/// A reference without `/_history/n`.
pub(super) fn reference_text(text: &str) -> &str {
    text.split_once("/_history/").map_or(text, |(reference, _)| reference)
}

/// A reference without the address we are served at: `Type/id` is ours.
pub(super) fn relative<'t>(base: &str, text: &'t str) -> &'t str {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.filter(|_| !base.is_empty()).and_then(|host| host.strip_prefix(base)).unwrap_or(text)
}

/// A URI and everything under it; a slash at its end changes nothing.
pub(super) fn below(value: &str) -> Criterion {
    let uri = unescaped(value);
    Criterion::UriBelow(uri.trim_end_matches('/').to_owned())
}

/// A URI and everything it stands under: the same with one step less at a time, down to its authority.
pub(super) fn above(value: &str) -> Vec<Criterion> {
    let uri = unescaped(value);
    let least = uri.find("://").map_or(uri.len(), |at| at + 3);
    let steps = uri.char_indices().filter(|(at, c)| *c == '/' && *at >= least).map(|(at, _)| at);
    let above = steps.filter_map(|at| uri.get(..at)).chain([uri.as_str()]);
    above.map(|uri| Criterion::Uri(uri.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_in_every_form() {
        let key = |text| Criterion::Reference(Key::from_reference(text).unwrap());
        assert_eq!(reference("us/fhir/", "Patient/1/_history/2", &["Patient"]).unwrap(), [key("Patient/1")]);
        assert_eq!(
            reference("us/fhir/", "1", &["Patient", "Device"]).unwrap(),
            [key("Patient/1"), Criterion::Uri("Device/1".into())]
        );
        assert_eq!(
            reference("us/fhir/", "https://a/Patient/1", &[]).unwrap(),
            [Criterion::Uri("https://a/Patient/1".into())]
        );
        for own in ["https://us/fhir/Patient/1", "http://us/fhir/Patient/1/_history/2"] {
            assert_eq!(reference("us/fhir/", own, &[]).unwrap(), [key("Patient/1")]);
        }
        for bad in ["a_b", "Nothing/1", "Patient/a_b", "1"] {
            assert!(reference("us/fhir/", bad, &[]).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_uri_stands_under_its_beginnings() {
        let uris = |value: &str| -> Vec<_> {
            let uri = |criterion| match criterion {
                Criterion::Uri(uri) => uri,
                other => panic!("{other:?}"),
            };
            above(value).into_iter().map(uri).collect()
        };
        assert_eq!(uris("https://x/a/b"), ["https://x", "https://x/a", "https://x/a/b"]);
        assert_eq!(uris("urn:oid:1.2"), ["urn:oid:1.2"]);
        assert_eq!(below("https://x/a/"), Criterion::UriBelow("https://x/a".into()));
    }
}
