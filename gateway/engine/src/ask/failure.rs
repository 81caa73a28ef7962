//! From how a call failed to what the one who waits is told.

use std::time::Duration;

use gateway_core::{Failure, Issue, IssueCode, Problem};

/// How long one is asked to wait when the counterpart says nothing about it.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// How long one is asked to wait while a link is paused: somebody has to do something.
const PAUSED: Duration = Duration::from_mins(1);

/// The link cannot do this.
pub(super) fn cannot(text: &str) -> Problem {
    Problem::Malformed(vec![Issue::error(IssueCode::NotSupported, text)])
}

/// The link is paused.
pub(super) fn paused() -> Problem {
    Problem::Unavailable { retry_after: PAUSED }
}

/// What a failure is for the one who waits.
pub(super) fn told(failure: Failure) -> Problem {
    match failure {
        Failure::Never(issues) => refused(issues),
        Failure::Later { after } => Problem::Unavailable { retry_after: after.unwrap_or(RETRY_AFTER) },
        Failure::Unsure => Problem::Unavailable { retry_after: RETRY_AFTER },
        Failure::Broken(_) => paused(),
    }
}

/// The first issue that refuses says what kind of refusal it is.
fn refused(issues: Vec<Issue>) -> Problem {
    let Some(first) = issues.iter().find(|issue| issue.refuses()).cloned() else {
        return Problem::Invalid(issues);
    };
    match first.code {
        IssueCode::Login | IssueCode::Expired => Problem::Unauthenticated(first),
        IssueCode::Forbidden => Problem::Forbidden(first),
        IssueCode::Conflict | IssueCode::Duplicate => Problem::Conflict(first),
        IssueCode::NotFound => Problem::NotFound,
        IssueCode::NotSupported | IssueCode::Invalid | IssueCode::Required => Problem::Malformed(issues),
        _ => Problem::Invalid(issues),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(code: IssueCode) -> Problem {
        let remark = Issue::warning(IssueCode::Informational, "a remark");
        told(Failure::Never(vec![remark, Issue::error(code, "no")]))
    }

    #[test]
    fn who_waits_is_told_what_to_do() {
        assert!(matches!(never(IssueCode::Login), Problem::Unauthenticated(_)));
        assert!(matches!(never(IssueCode::Forbidden), Problem::Forbidden(_)));
        assert!(matches!(never(IssueCode::NotSupported), Problem::Malformed(_)));
        assert!(matches!(never(IssueCode::Conflict), Problem::Conflict(_)));
        assert!(matches!(never(IssueCode::BusinessRule), Problem::Invalid(_)));
        assert!(matches!(told(Failure::Never(vec![])), Problem::Invalid(_)));
        let after = Duration::from_secs(7);
        assert_eq!(told(Failure::Later { after: Some(after) }), Problem::Unavailable { retry_after: after });
        assert_eq!(told(Failure::Unsure), Problem::Unavailable { retry_after: RETRY_AFTER });
        assert_eq!(told(Failure::Broken("secret path".to_owned())), paused(), "the reason is for operators");
    }
}
