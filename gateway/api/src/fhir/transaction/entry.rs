//! One entry: what is to be done, and the request it would be if it had come alone.

use axum::body::Body;
use axum::extract::Request;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gateway_core::json::Node;
use gateway_core::{Issue, IssueCode, Problem, Resource, ResourceType};
use gateway_engine::transaction::placed;
use http::header::{CONTENT_TYPE, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::Url;

use crate::App;
use crate::fhir::address;
use crate::fhir::conditions::IF_NONE_EXIST;
use crate::fhir::http_date::http_date;
use crate::media::FHIR_JSON;

/// An entry that was read, or why it cannot be done.
pub(super) type Read = Result<Entry, Problem>;

/// An entry of a batch or transaction.
#[derive(Debug)]
pub(super) struct Entry {
    /// By which other entries mention its resource.
    pub(super) full_url: Option<String>,
    pub(super) method: Method,
    /// Below the base: `Patient/1`.
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// `If-Match` and the like.
    pub(super) conditions: HeaderMap,
    pub(super) resource: Option<Resource>,
}

impl Entry {
    /// Reads an entry of a Bundle whose form is right.
    ///
    /// # Errors
    /// `Malformed`, with every issue at its place in the Bundle.
    pub(super) fn read(app: &App, place: usize, entry: Node<'_>) -> Read {
        let mut issues = Vec::new();
        let request = entry.get("request");
        let text = |name: &str| request.and_then(|request| request.text(name)).unwrap_or_default();
        let method = text("method").parse::<Method>().unwrap_or_default();
        let leads = leads(&address::base(app), text("url")).map_err(|issue| issues.push(issue)).ok();
        let (path, query) = leads.unwrap_or_default();
        let conditions = conditions(text).map_err(|issue| issues.push(issue)).unwrap_or_default();
        let resource = resource(entry).map_err(|issue| issues.push(issue)).unwrap_or_default();
        let entry = Self {
            full_url: entry.text("fullUrl").map(str::to_owned),
            method,
            path,
            query,
            conditions,
            resource,
        };
        if issues.is_empty() {
            issues.extend(entry.lacks());
        }
        if issues.is_empty() {
            return Ok(entry);
        }
        Err(Problem::Malformed(issues.into_iter().map(|issue| placed(place, issue)).collect()))
    }

    /// What the method asks for and is not there.
    fn lacks(&self) -> Option<Issue> {
        let writes = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        if self.path.is_empty() && self.method != Method::GET && self.method != Method::HEAD {
            let text = "A Bundle inside a Bundle is not done; name a type or resource.";
            return Some(Issue::error(IssueCode::NotSupported, text).at("request.url"));
        }
        let text = format!("An entry with the method {} must have a resource.", self.method);
        (writes && self.resource.is_none() && !self.is_operation())
            .then(|| Issue::error(IssueCode::Required, text).at("resource"))
    }

    /// Whether it calls a `$name`.
    fn is_operation(&self) -> bool {
        self.path.rsplit('/').next().is_some_and(|last| last.starts_with('$') || last.starts_with("%24"))
    }

    /// What it is about: `Patient/1`, or nothing that another entry could be about.
    pub(super) fn subject(&self) -> Option<String> {
        let mut parts = self.path.split('/');
        match (parts.next(), parts.next(), &self.query) {
            (Some(of), Some(id), _) if !id.starts_with(['_', '$']) => Some(format!("{of}/{id}")),
            (Some(of), None, Some(query)) if self.method != Method::GET => Some(format!("{of}?{query}")),
            _ => None,
        }
    }

    /// The same as a request to this door.
    pub(super) fn request(self) -> Result<Request, Problem> {
        let (content_type, body) = match self.resource {
            None => (None, Body::empty()),
            Some(binary)
                if self.method == Method::PATCH && binary.resource_type() == ResourceType::Binary =>
            {
                let (content_type, bytes) = unpacked(&binary)?;
                (Some(content_type), Body::from(bytes))
            }
            Some(resource) => {
                (Some(HeaderValue::from_static(FHIR_JSON)), Body::from(resource.text().to_owned()))
            }
        };
        let query = self.query.map(|query| format!("?{query}")).unwrap_or_default();
        let mut request = Request::new(body);
        *request.method_mut() = self.method;
        *request.uri_mut() = format!("/fhir/{}{query}", self.path).parse().map_err(|_| no_address())?;
        *request.headers_mut() = self.conditions;
        if let Some(content_type) = content_type {
            request.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        Ok(request)
    }
}

/// Where a URL leads, below our base: the path and the query. It is relative, or begins with our own base.
fn leads(base: &str, url: &str) -> Result<(String, Option<String>), Issue> {
    let no_address = || {
        let text = "The url of an entry is relative to this server's base, or begins with that base.";
        Issue::error(IssueCode::Value, text).at("request.url")
    };
    let base = Url::parse(&format!("{base}/")).map_err(|_| no_address())?;
    let url = base.join(url.strip_prefix('/').unwrap_or(url)).map_err(|_| no_address())?;
    let below = url.path().strip_prefix(base.path()).filter(|_| url.origin() == base.origin());
    let path = below.ok_or_else(no_address)?.trim_end_matches('/').to_owned();
    Ok((path, url.query().map(str::to_owned)))
}

/// The conditions as the headers they are when a request comes alone.
fn conditions<'t>(text: impl Fn(&str) -> &'t str) -> Result<HeaderMap, Issue> {
    let unreadable = |name: &str| {
        Issue::error(IssueCode::Value, "This condition cannot be read.").at(format!("request.{name}"))
    };
    let since = match text("ifModifiedSince") {
        "" => String::new(),
        since => OffsetDateTime::parse(since, &Rfc3339)
            .map(http_date)
            .map_err(|_| unreadable("ifModifiedSince"))?,
    };
    let sent = [
        (IF_MATCH, "ifMatch", text("ifMatch")),
        (IF_NONE_MATCH, "ifNoneMatch", text("ifNoneMatch")),
        (IF_NONE_EXIST, "ifNoneExist", text("ifNoneExist")),
        (IF_MODIFIED_SINCE, "ifModifiedSince", &since),
    ];
    let mut headers = HeaderMap::new();
    for (header, name, value) in sent.into_iter().filter(|(.., value)| !value.is_empty()) {
        let value = if header == IF_NONE_EXIST { visible(value) } else { value.to_owned() };
        headers.insert(header, HeaderValue::from_str(&value).map_err(|_| unreadable(name))?);
    }
    Ok(headers)
}

/// A query as a header can carry it: what is not visible ASCII is escaped.
fn visible(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    for byte in query.trim_start_matches('?').bytes() {
        if byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            out.extend(url::form_urlencoded::byte_serialize(&[byte]));
        }
    }
    out
}

fn resource(entry: Node<'_>) -> Result<Option<Resource>, Issue> {
    let Some(node) = entry.get("resource") else { return Ok(None) };
    Resource::from_text(node.raw()).map(Some).map_err(|issue| match &issue.expression {
        // the id of a resource of a known type is placed from that type on
        Some(_) => issue,
        None => issue.at("resource"),
    })
}

/// What a Binary carries: its media type and bytes.
pub(super) fn unpacked(binary: &Resource) -> Result<(HeaderValue, Vec<u8>), Problem> {
    let unreadable = |name: &str| {
        let issue = Issue::error(IssueCode::Value, "This cannot be read.").at(format!("Binary.{name}"));
        Problem::Malformed(vec![issue])
    };
    let text = |name: &str| binary.root().text(name).unwrap_or_default();
    let content_type = HeaderValue::from_str(text("contentType")).map_err(|_| unreadable("contentType"))?;
    let data: String = text("data").split_ascii_whitespace().collect();
    Ok((content_type, BASE64_STANDARD.decode(data).map_err(|_| unreadable("data"))?))
}

fn no_address() -> Problem {
    let issue = Issue::error(IssueCode::Value, "The url of an entry cannot be read.").at("request.url");
    Problem::Malformed(vec![issue])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_leads_below_the_base_or_nowhere() {
        let cases = [
            ("Patient/1", Some(("Patient/1", None))),
            ("/Patient/1/", Some(("Patient/1", None))),
            ("https://us.example/fhir/Patient/1", Some(("Patient/1", None))),
            ("https://us.example:443/fhir", None),
            ("https://us.example/fhir/", Some(("", None))),
            ("?_type=Slot", Some(("", Some("_type=Slot")))),
            ("Patient?identifier=http://a|b c", Some(("Patient", Some("identifier=http://a|b%20c")))),
            ("Patient/$everything", Some(("Patient/$everything", None))),
            ("Slot/../Patient/1", Some(("Patient/1", None))),
            ("../oauth/token", None),
            ("//elsewhere.example/fhir/Patient/1", None),
            ("http://us.example/fhir/Patient/1", None),
            ("https://us.example/fhirs/Patient/1", None),
            ("urn:uuid:1", None),
        ];
        for (url, expected) in cases {
            let led = leads("https://us.example/fhir", url).ok();
            let led = led.as_ref().map(|(path, query)| (path.as_str(), query.as_deref()));
            assert_eq!(led, expected, "{url}");
        }
    }

    #[test]
    fn a_query_fits_in_a_header_whatever_is_in_it() {
        assert_eq!(visible("?name=a b&x=é|%20"), "name=a+b&x=%C3%A9|%20");
    }

    #[test]
    fn entries_about_one_resource_have_one_subject() {
        let subject = |method: &str, path: &str, query: Option<&str>| {
            Entry {
                full_url: None,
                method: method.parse().unwrap(),
                path: path.to_owned(),
                query: query.map(str::to_owned),
                conditions: HeaderMap::new(),
                resource: None,
            }
            .subject()
        };
        let one = Some("Patient/1".to_owned());
        assert_eq!(
            [subject("PUT", "Patient/1", None), subject("GET", "Patient/1/_history/2", None)],
            [one.clone(), one]
        );
        assert_eq!(subject("PUT", "Patient", Some("a=b")), Some("Patient?a=b".to_owned()));
        for (method, path, query) in [
            ("POST", "Patient", None),
            ("GET", "Patient", Some("a=b")),
            ("GET", "Patient/_history", None),
            ("GET", "", None),
        ] {
            assert_eq!(subject(method, path, query), None, "{path}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_url_is_read_without_panic(url in "[ -~é]{0,40}") {
            drop(leads("https://us.example/fhir", &url));
        }
    }
}
