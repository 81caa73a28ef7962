//! What is right in itself and says of now what is so no more (`dutch-fhir.md` case 80).
//!
//! It stands apart from the check, because that one gives the same answer at any time and a version stays as right as it
//! was when it was taken.

use gateway_core::{Issue, IssueCode, Resource, ResourceType};

use crate::moment::Moment;

/// A Coverage that is active after its period has ended: a warning. `now` in microseconds since 1970, UTC; a date without
/// a time ends with its day in the Netherlands.
#[must_use]
pub fn lapsed(resource: &Resource, now: i64) -> Option<Issue> {
    let root = resource.root();
    if resource.resource_type() != ResourceType::Coverage || root.text("status") != Some("active") {
        return None;
    }
    let (_, over) = Moment::date_time(root.get("period")?.text("end")?)?.period();
    let text = "The status is active and the period has ended.";
    (over <= now).then(|| Issue::warning(IssueCode::BusinessRule, text).at("Coverage.status"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-09-01T00:00:00+02:00
    const SEPTEMBER: i64 = 1_788_213_600_000_000;

    fn says(status: &str, end: &str, now: i64) -> bool {
        let text = format!(r#"{{"resourceType":"Coverage","status":"{status}","period":{{"end":"{end}"}}}}"#);
        lapsed(&Resource::from_text(text).unwrap(), now).is_some()
    }

    #[test]
    fn case_80_an_active_insurance_whose_period_has_ended_is_told() {
        assert!(says("active", "2026-08-31", SEPTEMBER));
        assert!(says("active", "2026-08", SEPTEMBER));
        assert!(!says("active", "2026-08-31", SEPTEMBER - 1), "its last day is not over");
        assert!(!says("active", "2026-09-01", SEPTEMBER));
        assert!(!says("cancelled", "2026-08-31", SEPTEMBER));
        assert!(!says("active", "", SEPTEMBER), "what is no date has an issue of its own");
    }
}
