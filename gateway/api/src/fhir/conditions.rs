//! `If-Match`, `If-None-Match`, `If-Modified-Since`, `If-Unmodified-Since` (`dutch-fhir.md` section 4.3; versions compare weakly).

use gateway_core::{Caller, Issue, IssueCode, Key, Problem, Version};
use gateway_store::{Precondition, Stored};
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName};
use time::OffsetDateTime;

use super::http_date::read_http_date;
use super::place::version;
use crate::App;
use crate::problem::{Refused, malformed};

pub(super) const IF_NONE_EXIST: HeaderName = HeaderName::from_static("if-none-exist");

/// A list of entity tags.
enum Tags {
    Any,
    Of(Vec<Version>),
}

/// What a write asks to be so.
///
/// # Errors
/// 400 for a header that cannot be read.
pub(super) fn precondition(headers: &HeaderMap) -> Result<Precondition, Refused> {
    match (tags(headers, &IF_MATCH)?, tags(headers, &IF_NONE_MATCH)?) {
        (None, None) => Ok(Precondition::Any),
        (Some(Tags::Any), None) => Ok(Precondition::Exists),
        (Some(Tags::Of(versions)), None) => Ok(Precondition::Version(versions)),
        (None, Some(Tags::Any)) => Ok(Precondition::Absent),
        (None, Some(Tags::Of(_))) => {
            Err(malformed(IssueCode::Invalid, "On a write If-None-Match can only be *."))
        }
        (Some(_), Some(_)) => {
            Err(malformed(IssueCode::Invalid, "If-Match and If-None-Match cannot be used together."))
        }
    }
}

/// As [`precondition`], for a resource that is known; `If-Unmodified-Since` counts as well, when `If-Match` is not there
/// (RFC 9110 section 13.1.4).
///
/// # Errors
/// As [`precondition`]; 412 when it was modified since, and what reading it ends in.
pub(super) async fn precondition_on(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    key: &Key,
) -> Result<Precondition, Refused> {
    let asked = precondition(headers)?;
    let Some(since) = date(headers, &IF_UNMODIFIED_SINCE).filter(|_| asked == Precondition::Any) else {
        return Ok(asked);
    };
    match app.engine.read(caller, key).await {
        Ok(stored) if stored.last_updated.unix_timestamp() > since.unix_timestamp() => {
            let text = "The resource was modified after If-Unmodified-Since.";
            Err(Refused(Problem::PreconditionFailed(Issue::error(IssueCode::Conflict, text))))
        }
        Ok(stored) => Ok(Precondition::Version(vec![stored.version])),
        Err(Problem::NotFound | Problem::Gone { .. }) => Ok(Precondition::Absent),
        Err(problem) => Err(Refused(problem)),
    }
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<OffsetDateTime> {
    headers.get(name).and_then(|v| v.to_str().ok()).and_then(read_http_date)
}

/// Whether the caller has this version already: 304. `If-None-Match` wins over `If-Modified-Since`; what cannot be read
/// is no match.
pub(super) fn is_known(headers: &HeaderMap, stored: &Stored) -> bool {
    match tags(headers, &IF_NONE_MATCH) {
        Ok(Some(Tags::Any)) => true,
        Ok(Some(Tags::Of(versions))) => versions.contains(&stored.version),
        Err(_) => false,
        Ok(None) => date(headers, &IF_MODIFIED_SINCE)
            .is_some_and(|since| stored.last_updated.unix_timestamp() <= since.unix_timestamp()),
    }
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Refused> {
    let unreadable =
        || malformed(IssueCode::Invalid, format!("The header {name} is not a list of entity tags."));
    let mut found = None;
    for value in headers.get_all(name) {
        for tag in value.to_str().map_err(|_| unreadable())?.split(',').map(str::trim) {
            match (&mut found, tag) {
                (None, "*") => found = Some(Tags::Any),
                (None, tag) => found = Some(Tags::Of(opaque(tag).ok_or_else(unreadable)?)),
                (Some(Tags::Of(versions)), tag) => versions.extend(opaque(tag).ok_or_else(unreadable)?),
                (Some(Tags::Any), _) => return Err(unreadable()),
            }
        }
    }
    Ok(found)
}

/// The version in `W/"3"` or `"3"`. A well-formed tag that is no version of ours matches nothing: an empty list.
fn opaque(tag: &str) -> Option<Vec<Version>> {
    let text = tag.strip_prefix("W/").unwrap_or(tag).strip_prefix('"')?.strip_suffix('"')?;
    (!text.contains('"')).then(|| version(text).into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_write_may_ask_for_a_version_or_for_presence() {
        let cases = [
            (r#"W/"3""#, Precondition::Version(vec![Version(3)])),
            (r#""3""#, Precondition::Version(vec![Version(3)])),
            (r#"W/"3", "4""#, Precondition::Version(vec![Version(3), Version(4)])),
            (r#"W/"abc""#, Precondition::Version(vec![])),
            ("*", Precondition::Exists),
        ];
        for (value, expected) in cases {
            assert_eq!(precondition(&headers(&[(IF_MATCH, value)])), Ok(expected), "{value}");
        }
        assert_eq!(precondition(&headers(&[(IF_NONE_MATCH, "*")])), Ok(Precondition::Absent));
        assert_eq!(precondition(&headers(&[])), Ok(Precondition::Any));
    }

    #[test]
    fn an_unreadable_condition_is_never_ignored() {
        for value in ["3", "W/3", r#"W/"3"#, r#"*, "3""#, "", r#""3" "4""#] {
            assert!(precondition(&headers(&[(IF_MATCH, value)])).is_err(), "{value}");
        }
        assert!(precondition(&headers(&[(IF_NONE_MATCH, r#""3""#)])).is_err());
        assert!(precondition(&headers(&[(IF_MATCH, "*"), (IF_NONE_MATCH, "*")])).is_err());
    }

    #[test]
    fn a_reader_who_has_the_version_is_told_so() {
        let stored = Stored {
            key: Key::from_reference("Patient/1").unwrap(),
            version: Version(3),
            last_updated: datetime!(2026-09-14 07:10:11.5 UTC),
            text: None,
            method: "PUT",
        };
        let known = |pairs: &[(HeaderName, &str)]| is_known(&headers(pairs), &stored);
        assert!(known(&[(IF_NONE_MATCH, r#"W/"3""#)]));
        assert!(known(&[(IF_NONE_MATCH, r#""2", "3""#)]));
        assert!(known(&[(IF_NONE_MATCH, "*")]));
        assert!(known(&[(IF_MODIFIED_SINCE, "Mon, 14 Sep 2026 07:10:11 GMT")]));
        assert!(!known(&[(IF_MODIFIED_SINCE, "Mon, 14 Sep 2026 07:10:10 GMT")]));
        assert!(!known(&[(IF_MODIFIED_SINCE, "lately")]));
        let later = (IF_MODIFIED_SINCE, "Mon, 14 Sep 2026 08:00:00 GMT");
        assert!(!known(&[(IF_NONE_MATCH, r#""2""#), later]));
        assert!(!known(&[]));
    }
}
