//! OperationOutcome: what was wrong, or what is worth telling (`dutch-fhir.md` section 4.9).

use fhir_model::r4b::codes::{IssueSeverity, IssueType};
use fhir_model::r4b::resources::{OperationOutcome, OperationOutcomeIssue};
use gateway_core::{Issue, Severity};

use crate::parts::{COMPLETE, json, some, text};

/// The OperationOutcome of `issues`: the sentence in `details.text`, the element in `expression`.
///
/// # Panics
/// Never: every mandatory element is set.
#[must_use]
pub fn operation_outcome(issues: &[Issue]) -> String {
    let issues = some(issues.iter().map(issue));
    json(&OperationOutcome::builder().issue(issues).build().expect(COMPLETE))
}

fn issue(issue: &Issue) -> OperationOutcomeIssue {
    let cast = OperationOutcomeIssue::builder()
        .severity(severity(issue.severity))
        .code(issue.code.as_str().parse().unwrap_or(IssueType::Processing))
        .details(text(&issue.text));
    match &issue.expression {
        Some(expression) => cast.expression(vec![Some(expression.clone())]),
        None => cast,
    }
    .build()
    .expect(COMPLETE)
}

fn severity(severity: Severity) -> IssueSeverity {
    match severity {
        Severity::Information => IssueSeverity::Information,
        Severity::Warning => IssueSeverity::Warning,
        Severity::Error => IssueSeverity::Error,
        Severity::Fatal => IssueSeverity::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_core::IssueCode;

    #[test]
    fn the_sentence_and_the_place_are_where_fhir_wants_them() {
        let issues = [
            Issue::error(IssueCode::Invariant, "A booked appointment has a start.").at("Appointment"),
            Issue::warning(IssueCode::Informational, "Seen before."),
        ];
        assert_eq!(
            operation_outcome(&issues),
            r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invariant","details":{"text":"A booked appointment has a start."},"expression":["Appointment"]},{"severity":"warning","code":"informational","details":{"text":"Seen before."}}]}"#
        );
    }

    #[test]
    fn every_code_in_use_is_one_of_fhir() {
        let codes = "invalid structure required value invariant login unknown expired forbidden suppressed \
                     not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension \
                     too-costly business-rule conflict transient lock-error no-store exception timeout incomplete \
                     throttled informational";
        for code in codes.split_ascii_whitespace() {
            assert!(IssueCode::from_code(code).is_some(), "{code}");
            assert!(code.parse::<IssueType>().is_ok(), "{code}");
        }
    }
}
