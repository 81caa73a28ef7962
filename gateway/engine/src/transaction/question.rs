//! References that are a question: `Patient?identifier=…` is the one Patient it finds
//! (<https://hl7.org/fhir/R4/http.html#trules>, conditional references).
//!
//! Asked as if the other entries were written already: what they delete or replace is not found as it was, and what they
//! write is found as it will be. Questions about other resources (chains) are not taken, because those may be among them.

use std::collections::BTreeMap;

use fhir_profiles::IndexEntry;
use fhir_profiles::mention::{Role, readdressed};
use fhir_profiles::search::Query;
use gateway_core::{Caller, Interaction, Issue, IssueCode, Key, Problem, ResourceType};
use gateway_store::{Paging, Total};

use super::readdress::Addresses;
use super::{Entry, Rejected, placed};
use crate::read::allowed;
use crate::write::{Change, Foreseen, micros};
use crate::{Engine, fault};

/// Most different questions in a transaction: each is a search.
const MOST: usize = 500;

/// Where a question stands first.
struct Asked {
    place: usize,
    expression: String,
}

/// What the entries do to what a question could find.
struct Doing<'e> {
    keys: Vec<&'e Key>,
    documents: Vec<(&'e Key, Vec<IndexEntry>)>,
}

impl Engine {
    /// Adds where each question of the entries leads.
    ///
    /// # Errors
    /// `Malformed` for one that is no search, `PreconditionFailed` for one that finds none or several.
    pub(super) async fn ask_questions(
        &self,
        caller: &Caller,
        entries: &[&Entry],
        foreseen: &[Foreseen],
        addresses: &mut Addresses,
    ) -> Result<(), Rejected> {
        let asked = questions(entries);
        if asked.is_empty() {
            return Ok(());
        }
        if asked.len() > MOST {
            let text = format!("a transaction may have at most {MOST} different conditional references");
            return Err(Problem::Malformed(vec![Issue::error(IssueCode::TooCostly, text)]).into());
        }
        let doing = self.doing(entries, foreseen);
        for (question, asked) in asked {
            let key = self.answered(caller, &question, &doing).await;
            let key = key.map_err(|problem| at(&asked, problem))?;
            addresses.insert(question, key);
        }
        Ok(())
    }

    fn doing<'e>(&self, entries: &[&'e Entry], foreseen: &'e [Foreseen]) -> Doing<'e> {
        let mut doing = Doing { keys: Vec::new(), documents: Vec::new() };
        for (entry, foreseen) in entries.iter().zip(foreseen) {
            let Some(key) = foreseen.key() else { continue };
            let creates = entry.write.interaction == Interaction::Create;
            match &entry.write.change {
                // a creation that found something changes nothing
                Change::Document(_) if creates && *foreseen == Foreseen::There(key.clone()) => {}
                // what it makes of the resource is known in the commit only
                Change::Patch(_) => {}
                Change::Deleted => doing.keys.push(key),
                Change::Document(resource) => {
                    doing.keys.push(key);
                    doing.documents.push((key, self.parts().profiles.index(resource)));
                }
            }
        }
        doing
    }

    async fn answered(&self, caller: &Caller, question: &str, doing: &Doing<'_>) -> Result<Key, Problem> {
        let query = Query::from_criteria(&self.parts().profiles, question).map_err(Problem::Malformed)?;
        if query.filters.is_empty() {
            let text = "the conditional reference filters nothing";
            return Err(Problem::Malformed(vec![Issue::error(IssueCode::Required, text)]));
        }
        allowed(caller, query.resource_type, Interaction::Search)?;
        let touched = doing.keys.iter().filter(|key| key.resource_type == query.resource_type).count();
        let count = u32::try_from(touched).unwrap_or(u32::MAX).saturating_add(2);
        let paging = Paging { count, total: Total::None, ..Paging::default() };
        let page =
            self.view(caller).search(&query, &paging).await.map_err(|e| fault::of_store(&e, caller))?;
        let stored =
            page.entries.into_iter().map(|stored| stored.key).filter(|key| !doing.keys.contains(&key));
        let written = doing.documents.iter().filter(|(key, index)| {
            let at = micros(self.parts().clock.now());
            key.resource_type == query.resource_type && query.matches(key, at, index)
        });
        let mut found = stored.chain(written.map(|(key, _)| (*key).clone()));
        match (found.next(), found.next()) {
            (Some(key), None) => Ok(key),
            (None, _) => Err(unanswered(IssueCode::NotFound, "finds nothing")),
            (Some(_), Some(_)) => Err(unanswered(IssueCode::MultipleMatches, "finds more than one resource")),
        }
    }
}

/// Every question of the entries once, with where it stands first.
fn questions(entries: &[&Entry]) -> BTreeMap<String, Asked> {
    let mut asked = BTreeMap::new();
    for entry in entries {
        let Change::Document(resource) = &entry.write.change else { continue };
        if !resource.text().contains('?') {
            continue;
        }
        let unchanged = readdressed(resource, |mention| {
            if mention.role == Role::Reference && is_question(mention.address) {
                let here = || Asked { place: entry.place, expression: mention.expression() };
                asked.entry(mention.address.to_owned()).or_insert_with(here);
            }
            None
        });
        debug_assert!(unchanged.is_none(), "nothing was to be changed");
    }
    asked
}

/// `Type?…`
fn is_question(reference: &str) -> bool {
    reference.split_once('?').is_some_and(|(of, _)| of.parse::<ResourceType>().is_ok())
}

fn unanswered(code: IssueCode, how: &str) -> Problem {
    Problem::PreconditionFailed(Issue::error(code, format!("the conditional reference {how}")))
}

/// The problem at the place of the question.
fn at(asked: &Asked, problem: Problem) -> Rejected {
    let there = |issue: Issue| placed(asked.place, issue.at(asked.expression.clone()));
    let problem = match problem {
        Problem::Malformed(issues) => Problem::Malformed(issues.into_iter().map(there).collect()),
        Problem::PreconditionFailed(issue) => Problem::PreconditionFailed(there(issue)),
        Problem::Forbidden(issue) => Problem::Forbidden(there(issue)),
        other => other,
    };
    Rejected { place: Some(asked.place), problem }
}
