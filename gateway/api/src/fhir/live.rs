//! Asking a counterpart while the caller waits (`tetra.md` section 4.7).
//!
//! `_source=link:<name>` on a search puts the question to that link instead of the store; a link whose configuration lists
//! the type is asked before the store is. What lasts of the answer is kept as if it had been pushed; what is true for a
//! moment only, free time, is passed on. An identifier belongs into the body of `POST …/_search`, and the answer's links
//! are sealed, so that none stands in a URL we make.

use adapter_kit::{Asker, Question, Session};
use gateway_core::{Caller, Issue, IssueCode, LinkId, Problem, ResourceType};
use gateway_engine::Answered;
use http::HeaderMap;
use secrecy::SecretString;

use super::wish::Wish;
use crate::App;
use crate::problem::{Refused, malformed};

/// The parameter that names who is asked. With any other value it is FHIR's own: where a resource came from.
const SOURCE: &str = "_source";

/// What its value begins with then.
const LINK: &str = "link:";

/// The header in which a signed-in person's session at the counterpart travels (`$sign-in`).
const SESSION: &str = "x-counterpart-session";

/// Who is to be asked, and on whose behalf.
pub(super) struct Wanted {
    link: LinkId,
    asker: Asker,
}

impl Wanted {
    /// Reads it from a search; `None` when the store is asked.
    ///
    /// # Errors
    /// 400 for a source that is no link, or a session without one.
    pub(super) fn of(wish: &mut Wish, headers: &HeaderMap) -> Result<Option<Self>, Refused> {
        let to_link = |(name, value): &(String, String)| name == SOURCE && value.starts_with(LINK);
        if !wish.parameters.iter().any(to_link) {
            if headers.contains_key(SESSION) {
                let text = "A session is for a question to a link; name it with _source=link:<name>.";
                return Err(malformed(IssueCode::Invalid, text));
            }
            return Ok(None);
        }
        let source = wish.take(SOURCE).unwrap_or_default();
        let Some(link) = source.strip_prefix(LINK).and_then(|name| name.parse().ok()) else {
            return Err(malformed(IssueCode::Value, "_source=link: goes on with the name of a link."));
        };
        Ok(Some(Self { link, asker: asker(headers)? }))
    }

    /// The parameter that asks the same again.
    pub(super) fn parameter(&self) -> (String, String) {
        (SOURCE.to_owned(), format!("{LINK}{}", self.link))
    }

    /// Asks.
    ///
    /// # Errors
    /// As [`gateway_engine::Engine::ask`].
    pub(super) async fn ask(
        self,
        app: &App,
        caller: &Caller,
        resource_type: ResourceType,
        parameters: &[(String, String)],
    ) -> Result<Answered, Problem> {
        let question = Question { resource_type, parameters: parameters.to_vec(), asker: self.asker };
        app.engine.ask(caller, &self.link, question).await
    }
}

fn asker(headers: &HeaderMap) -> Result<Asker, Refused> {
    let Some(session) = headers.get(SESSION) else { return Ok(Asker::Practice) };
    match session.to_str() {
        Ok(session) if !session.is_empty() => Ok(Asker::Patient(Session(SecretString::from(session)))),
        _ => Err(malformed(IssueCode::Value, "The session cannot be read.")),
    }
}

/// Asks the link that is configured to know this type better than the store, when the search says what it looks for.
/// Without an answer the store's is as good as it gets, and the caller is told.
pub(super) async fn refresh(
    app: &App,
    caller: &Caller,
    resource_type: ResourceType,
    parameters: &[(String, String)],
) -> Answered {
    let knows = |link: &&crate::LinkAddress| {
        link.tenant == caller.tenant && link.live.contains(&resource_type) && !parameters.is_empty()
    };
    let Some(link) = app.settings.links.iter().find(knows) else { return Answered::default() };
    let wanted = Wanted { link: link.link.clone(), asker: Asker::Practice };
    match wanted.ask(app, caller, resource_type, parameters).await {
        Ok(answered) => answered,
        Err(problem) => Answered { warnings: vec![unanswered(&problem)], ..Answered::default() },
    }
}

fn unanswered(problem: &Problem) -> Issue {
    match problem {
        Problem::Malformed(_) | Problem::Invalid(_) | Problem::Forbidden(_) => Issue::warning(
            IssueCode::NotSupported,
            "The counterpart cannot be asked this; what is known here is shown.",
        ),
        _ => Issue::warning(
            IssueCode::Incomplete,
            "The counterpart does not answer now; what is known here is shown.",
        ),
    }
}
