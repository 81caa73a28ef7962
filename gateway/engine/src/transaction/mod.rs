//! A transaction: writes that mention each other, all or none (<https://hl7.org/fhir/R4/http.html#transaction>).
//!
//! Whatever their order in the Bundle, deletions come before creations and those before updates and patches, so the order
//! asked changes nothing. Each write's resource is settled first (`settle`): new ones get their id, conditional ones are
//! searched for. Then every mention of an entry's `fullUrl` becomes the address of its resource (`readdress`), references
//! that are a question are asked (`question`), and all of it is one [`Engine::write_all`] in one commit. Where a search comes
//! to something else in the commit than before it, all begins again.

mod address;
mod question;
mod readdress;
mod settle;

use gateway_core::{Caller, Interaction, Issue, IssueCode, Problem};
use gateway_store::Written;

use crate::Engine;
use crate::write::{Change, Halted, Write};

pub use address::mentions_none;

/// How often all is settled anew: as often as others make or remove what a condition of the transaction is about.
const TRIES: u32 = 8;

/// One write of a transaction.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the Bundle: `Bundle.entry[place]`.
    pub place: usize,
    /// The address by which the entries mention its resource.
    pub full_url: Option<String>,
    /// What is to be done.
    pub write: Write,
}

/// Why a transaction was not done. Nothing of it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The entry it is about, when there is one; issues of several entries say their places themselves.
    pub place: Option<usize>,
    /// What is wrong.
    pub problem: Problem,
}

impl Engine {
    /// Writes all entries in one commit, or none; what became of each, in their order.
    ///
    /// # Errors
    /// [`Rejected`], as [`Engine::write`]. All that is wrong with the content of the entries is told at once.
    pub async fn transact(&self, caller: &Caller, entries: Vec<Entry>) -> Result<Vec<Written>, Rejected> {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by_key(|at| rank(&entries[*at].write));
        let entries: Vec<&Entry> = order.iter().map(|at| &entries[*at]).collect();
        for _ in 0..TRIES {
            let foreseen = self.settle(caller, &entries).await?;
            let writes = self.readdress(caller, &entries, foreseen).await?;
            match self.write_foreseen(caller, writes).await {
                Ok(written) => return Ok(as_asked(order, written)),
                Err(Halted::Moved) => {}
                Err(Halted::Refused(refused)) => {
                    let place = |at: usize| entries.get(at).map(|entry| entry.place);
                    let refused = refused.into_iter().map(|(at, problem)| (at.and_then(place), problem));
                    return Err(Rejected::of_all(refused.collect()));
                }
            }
        }
        let text =
            "what the conditions of the transaction find was changed by others all the time; try again";
        Err(Problem::Conflict(Issue::error(IssueCode::LockError, text)).into())
    }
}

/// Deletions, then creations, then the rest (`dutch-fhir.md` section 4.6).
fn rank(write: &Write) -> u8 {
    match (&write.change, write.interaction) {
        (Change::Deleted, _) => 0,
        (_, Interaction::Create) => 1,
        (Change::Document(_) | Change::Patch(_), _) => 2,
    }
}

/// What was done in `order`, as it was asked.
fn as_asked(order: Vec<usize>, written: Vec<Written>) -> Vec<Written> {
    let mut placed: Vec<_> = order.into_iter().zip(written).collect();
    placed.sort_unstable_by_key(|(at, _)| *at);
    placed.into_iter().map(|(_, written)| written).collect()
}

/// An issue with an entry of a Bundle, at its place in that Bundle.
#[must_use]
pub fn placed(place: usize, issue: Issue) -> Issue {
    let entry = format!("Bundle.entry[{place}]");
    let expression = match issue.expression.as_deref() {
        None => entry,
        Some(there) if there.starts_with("Bundle.") => there.to_owned(),
        Some(there) if there.starts_with(|c: char| c.is_ascii_uppercase()) => match there.split_once('.') {
            Some((_, rest)) => format!("{entry}.resource.{rest}"),
            None => format!("{entry}.resource"),
        },
        Some("resourceType") => format!("{entry}.resource"),
        Some(there) if there.starts_with("request") || there == "resource" => format!("{entry}.{there}"),
        Some(_) => format!("{entry}.request"),
    };
    issue.at(expression)
}

impl From<Problem> for Rejected {
    fn from(problem: Problem) -> Self {
        Self { place: None, problem }
    }
}

impl Rejected {
    /// What is told of entries that are refused, each at its place: the first whose trouble is not its content, else what is
    /// wrong with the content of all.
    #[must_use]
    pub fn of_all(refused: Vec<(Option<usize>, Problem)>) -> Self {
        let (mut issues, mut malformed) = (Vec::new(), false);
        for (place, problem) in refused {
            match (place, problem) {
                (Some(place), Problem::Malformed(found)) => {
                    malformed = true;
                    issues.extend(found.into_iter().map(|issue| placed(place, issue)));
                }
                (Some(place), Problem::Invalid(found)) => {
                    issues.extend(found.into_iter().map(|issue| placed(place, issue)));
                }
                (place, problem) => return Self { place, problem },
            }
        }
        let problem = if malformed { Problem::Malformed(issues) } else { Problem::Invalid(issues) };
        problem.into()
    }

    /// Of this entry.
    fn of(entry: &Entry, problem: Problem) -> Self {
        Self { place: Some(entry.place), problem }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_placed_in_the_bundle() {
        let cases = [
            (None, "Bundle.entry[3]"),
            (Some("Patient.name[0].family"), "Bundle.entry[3].resource.name[0].family"),
            (Some("Patient"), "Bundle.entry[3].resource"),
            (Some("Bundle.entry[3].request"), "Bundle.entry[3].request"),
            (Some("request.url"), "Bundle.entry[3].request.url"),
            (Some("http.identifier"), "Bundle.entry[3].request"),
            (Some("resourceType"), "Bundle.entry[3].resource"),
        ];
        for (expression, expected) in cases {
            let issue =
                Issue { expression: expression.map(str::to_owned), ..Issue::error(IssueCode::Value, "x") };
            assert_eq!(placed(3, issue).expression.as_deref(), Some(expected));
        }
    }

    #[test]
    fn content_is_told_of_all_entries_and_anything_else_alone() {
        let issue = || Issue::error(IssueCode::Value, "x").at("Patient.active");
        let both =
            vec![(Some(4), Problem::Invalid(vec![issue()])), (Some(7), Problem::Malformed(vec![issue()]))];
        let Rejected { place: None, problem: Problem::Malformed(issues) } = Rejected::of_all(both) else {
            panic!("not 400")
        };
        let places: Vec<_> = issues.iter().filter_map(|issue| issue.expression.as_deref()).collect();
        assert_eq!(places, ["Bundle.entry[4].resource.active", "Bundle.entry[7].resource.active"]);
        let gone = vec![(Some(4), Problem::Invalid(vec![issue()])), (Some(7), Problem::NotFound)];
        assert_eq!(Rejected::of_all(gone), Rejected { place: Some(7), problem: Problem::NotFound });
    }
}
