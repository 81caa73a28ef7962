//! The two patch languages of FHIR's PATCH (<https://hl7.org/fhir/R4/http.html#patch>): JSON Patch and FHIRPath Patch.
//!
//! Both are read whole before anything is done, and come down to edits of a [`Tree`](gateway_core::json::Tree): what a patch
//! does not touch keeps its text. A patch is pure: the write loop applies it to whatever version is current and checks what
//! comes out as it checks every document. What is no patch is `Malformed` (400); what does not fit the resource is `Invalid`
//! (422) and names the operation. Here and nowhere else: what a patch may not touch, how much it may do, and what becomes of
//! the narrative.

mod edit;
mod fhirpath_patch;
mod json_patch;
mod narrative;
mod pointer;

use gateway_core::{Issue, IssueCode, Problem, Resource};

use edit::{Editing, Trouble};
pub use fhirpath_patch::FhirPathPatch;
pub use json_patch::JsonPatch;

/// Most operations in one patch (`dutch-fhir.md` section 6, case 61).
const MOST_OPERATIONS: usize = 1_000;

/// What belongs to the server: the members of the root and of `meta` that no patch changes.
const OURS: [&[&str]; 4] = [&["resourceType"], &["id"], &["meta", "versionId"], &["meta", "lastUpdated"]];

/// Whether a change at this place would change what is the server's. A whole `meta` may be replaced: the server writes its
/// own members again.
fn is_ours(place: &[String]) -> bool {
    OURS.iter().any(|ours| place.len() >= ours.len() && ours.iter().zip(place).all(|(a, b)| a == b))
}

/// The resource that the edits made of `current`.
fn finished(current: &Resource, editing: Editing<'_>) -> Result<Resource, Problem> {
    let patched = Resource::from_text(editing.text()).map_err(|issue| Problem::Invalid(vec![issue]))?;
    if (patched.resource_type(), patched.id()) != (current.resource_type(), current.id()) {
        let text = "a patch changes neither resourceType nor id";
        return Err(Problem::Invalid(vec![Issue::error(IssueCode::BusinessRule, text)]));
    }
    narrative::kept_true(current, patched)
}

/// An operation that cannot be read: 400.
fn unreadable(code: IssueCode, text: String, expression: String) -> Problem {
    Problem::Malformed(vec![Issue::error(code, text).at(expression)])
}

/// An operation that does not fit the resource: 422.
fn unfit(trouble: Trouble, what: &str, expression: String) -> Problem {
    let text = format!("{what}: {}", trouble.says());
    Problem::Invalid(vec![Issue::error(trouble.code(), text).at(expression)])
}
