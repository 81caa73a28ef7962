//! Everything there is to say about a resource, for whoever asks without storing it: `zorgtolk validate`, `$validate`.

use gateway_core::json::Node;
use gateway_core::{Issue, IssueCode, Resource, ResourceType, Severity};

use crate::{Profiles, Rules};

/// Where the profiles of R4's own types live.
const R4: &str = "http://hl7.org/fhir/StructureDefinition/";

impl Profiles {
    /// What is wrong with a resource, warnings too; with a Bundle, also with each resource in it. `profile` is looked at
    /// besides the ones a resource claims itself; one that is not known is an issue.
    #[must_use]
    pub fn look(&self, resource: &Resource, profile: Option<&str>, rules: Rules) -> Vec<Issue> {
        if resource.resource_type() != ResourceType::Bundle {
            return self.of_one(resource, profile, rules);
        }
        // What the Bundle's own check says about its entries is said again below, with each entry's profiles.
        let mut issues = self.of_one(resource, None, rules);
        issues.retain(|issue| !issue.expression.as_deref().is_some_and(|path| path.contains("].resource")));
        let entries = resource.root().get("entry").into_iter().flat_map(Node::items);
        for (number, entry) in entries.enumerate() {
            let Some(node) = entry.get("resource") else { continue };
            let found = match Resource::from_text(node.raw()) {
                Ok(inner) => self.of_one(&inner, profile, rules),
                Err(issue) => vec![issue],
            };
            issues.extend(found.into_iter().map(|issue| within(issue, number)));
        }
        issues
    }

    /// The profile of R4 itself asks nothing that is not checked anyway.
    fn of_one(&self, resource: &Resource, profile: Option<&str>, rules: Rules) -> Vec<Issue> {
        let base = |profile: &&str| profile.strip_prefix(R4) == Some(resource.resource_type().as_str());
        self.issues(resource, profile.filter(|profile| !base(profile)), rules).issues
    }
}

/// The same issue, placed in the Bundle.
fn within(issue: Issue, entry: usize) -> Issue {
    let place = format!("Bundle.entry[{entry}].resource");
    let expression = match issue.expression.as_deref().map(|path| path.split_once('.')) {
        Some(Some((_, rest))) => format!("{place}.{rest}"),
        _ => place,
    };
    issue.at(expression)
}

/// The issues of an OperationOutcome, which has at least one.
#[must_use]
pub fn told(issues: Vec<Issue>) -> Vec<Issue> {
    if issues.is_empty() { vec![fine()] } else { issues }
}

fn fine() -> Issue {
    let severity = Severity::Information;
    Issue { severity, ..Issue::error(IssueCode::Informational, "Nothing is wrong with it.") }
}
