//! What is wrong with a resource or request, and where: one `OperationOutcome.issue`.

use std::fmt;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the codes are FHIR's own (issue-severity)")]
pub enum Severity {
    Information,
    Warning,
    Error,
    Fatal,
}

impl Severity {
    /// The FHIR code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

macro_rules! issue_codes {
    ($($name:ident = $code:literal)*) => {
        /// What kind of issue (FHIR R4 issue-type, the codes in use here; `dutch-fhir.md` section 4.9).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "the codes are FHIR's own (issue-type)")]
        pub enum IssueCode { $($name),* }

        impl IssueCode {
            /// The FHIR code.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }

            /// Reads a FHIR code.
            #[must_use]
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
        }
    };
}

issue_codes! {
    Invalid = "invalid" Structure = "structure" Required = "required" Value = "value" Invariant = "invariant"
    Login = "login" Unknown = "unknown" Expired = "expired" Forbidden = "forbidden" Suppressed = "suppressed"
    NotSupported = "not-supported" Duplicate = "duplicate" MultipleMatches = "multiple-matches"
    NotFound = "not-found" Deleted = "deleted" TooLong = "too-long" CodeInvalid = "code-invalid"
    Extension = "extension" TooCostly = "too-costly" BusinessRule = "business-rule" Conflict = "conflict"
    Transient = "transient" LockError = "lock-error" NoStore = "no-store" Exception = "exception"
    Timeout = "timeout" Incomplete = "incomplete" Throttled = "throttled" Informational = "informational"
}

/// One issue. Its text is for the person who sent the request; it never repeats personal data or content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// How bad.
    pub severity: Severity,
    /// What kind.
    pub code: IssueCode,
    /// A sentence a person understands.
    pub text: String,
    /// The FHIRPath of the element, for instance `Appointment.participant[0].status`.
    pub expression: Option<String>,
}

impl Issue {
    /// An error.
    #[must_use]
    pub fn error(code: IssueCode, text: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, text: text.into(), expression: None }
    }

    /// A warning: told, not refused.
    #[must_use]
    pub fn warning(code: IssueCode, text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, text) }
    }

    /// The same issue, at a place.
    #[must_use]
    pub fn at(mut self, expression: impl Into<String>) -> Self {
        self.expression = Some(expression.into());
        self
    }

    /// Whether this issue refuses what it is about.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.severity >= Severity::Error
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: ", self.severity.as_str(), self.code.as_str())?;
        if let Some(expression) = &self.expression {
            write!(f, "{expression}: ")?;
        }
        f.write_str(&self.text)
    }
}
