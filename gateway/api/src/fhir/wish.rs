//! How the answer is wished for: format, indentation, preferences, and the parameters that are left for the interaction.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use gateway_core::{Issue, IssueCode, Problem, Severity};
use http::request::Parts;

use super::prefer::{Handling, Prefer};
use crate::App;
use crate::media::{Format, accepted, named_format};
use crate::problem::{Refused, malformed};

/// Longest query that is read (`dutch-fhir.md` section 4.5, limits).
const LONGEST_QUERY: usize = 8 * 1024;

/// What was asked for besides the resource itself.
#[derive(Default)]
pub(super) struct Wish {
    /// The format of the answer.
    pub(super) format: Format,
    /// Indent the JSON.
    pub(super) pretty: bool,
    /// `Prefer`.
    pub(super) prefer: Prefer,
    /// The decoded query without what is answered above.
    pub(super) parameters: Vec<(String, String)>,
    /// What was left out of it, where the caller wants that rather than a refusal.
    pub(super) told: Vec<Issue>,
}

impl FromRequestParts<Arc<App>> for Wish {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Refused> {
        let mut wish = Self { prefer: Prefer::read(&parts.headers), ..Self::default() };
        let formatted = wish.add(parts.uri.query().unwrap_or_default())?;
        if !formatted {
            wish.format = accepted(&parts.headers)?;
        }
        Ok(wish)
    }
}

impl Wish {
    /// Reads a query or form; whether it had a `_format`.
    pub(super) fn add(&mut self, query: &str) -> Result<bool, Refused> {
        // a link of ours to the next page may be longer than what people write
        if query.len() > LONGEST_QUERY && !query.starts_with("_page=") {
            let text = "The query is longer than 8 kB; search by POST.";
            return Err(Refused(Problem::UrlTooLong(Issue::error(IssueCode::TooLong, text))));
        }
        self.add_form(query.as_bytes())
    }

    /// As [`Wish::add`], for a body, which is as long as bodies may be.
    pub(super) fn add_form(&mut self, form: &[u8]) -> Result<bool, Refused> {
        let mut formatted = false;
        for (name, value) in url::form_urlencoded::parse(form) {
            match &*name {
                "_format" => {
                    self.format = named_format(&value)?;
                    formatted = true;
                }
                "_pretty" => self.pretty = flag(&value)?,
                _ => self.parameters.push((name.into_owned(), value.into_owned())),
            }
        }
        Ok(formatted)
    }

    /// For interactions that know no parameters of their own.
    ///
    /// # Errors
    /// 400, one issue for each parameter that is not known: none is ignored.
    pub(super) fn no_parameters(&self) -> Result<(), Refused> {
        let unknown = |name: &str| {
            Issue::error(IssueCode::NotSupported, "This parameter is not offered here.")
                .at(format!("http.{name}"))
        };
        let plain = |(name, value): &&(String, String)| name == "_summary" && value == "false";
        let issues: Vec<_> =
            self.parameters.iter().filter(|p| !plain(p)).map(|(name, _)| unknown(name)).collect();
        if issues.is_empty() { Ok(()) } else { Err(Refused(Problem::Malformed(issues))) }
    }

    /// Meets something that is not known here: it is left out with a word where the caller wants that
    /// (`handling=lenient`), and refused otherwise.
    ///
    /// # Errors
    /// 400.
    pub(super) fn cannot(&mut self, issue: Issue) -> Result<(), Refused> {
        if !self.is_lenient() {
            return Err(Refused(Problem::Malformed(vec![issue])));
        }
        self.told.push(Issue { severity: Severity::Warning, ..issue });
        Ok(())
    }

    /// Whether what is not known is left out rather than refused.
    pub(super) fn is_lenient(&self) -> bool {
        self.prefer.handling == Some(Handling::Lenient)
    }

    /// Takes every value of a parameter out, in their order.
    pub(super) fn take_all(&mut self, name: &str) -> Vec<String> {
        let (taken, left) = std::mem::take(&mut self.parameters).into_iter().partition(|(n, _)| n == name);
        self.parameters = left;
        let taken: Vec<(String, String)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes a parameter out; the last one when it occurs more than once.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let mut found = None;
        self.parameters.retain_mut(|(n, value)| {
            if n == name {
                found = Some(std::mem::take(value));
            }
            n != name
        });
        found
    }
}

fn flag(value: &str) -> Result<bool, Refused> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(malformed(IssueCode::Value, "_pretty is true or false.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(query: &str) -> Result<Wish, Refused> {
        let mut wish = Wish::default();
        wish.add(query).map(|_| wish)
    }

    #[test]
    fn what_is_about_the_answer_is_no_parameter() {
        let mut wish = wish("_format=json&_pretty=true&identifier=a%7Cb&_count=3").unwrap();
        assert!(wish.pretty);
        assert_eq!(wish.take("_count").as_deref(), Some("3"));
        assert_eq!(wish.parameters, [("identifier".to_owned(), "a|b".to_owned())]);
        assert!(wish.no_parameters().is_err());
    }

    #[test]
    fn a_long_query_and_an_odd_flag_are_refused() {
        assert!(wish(&"x".repeat(8 * 1024 + 1)).is_err());
        assert!(wish("_pretty=1").is_err());
        assert!(wish("_summary=false").unwrap().no_parameters().is_ok());
        assert!(wish("_summary=true").unwrap().no_parameters().is_err());
    }
}
