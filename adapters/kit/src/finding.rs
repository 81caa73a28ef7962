//! One thing that is wrong with an adapter's configuration.

use std::fmt;

/// What is wrong, and at which key. The text never repeats the value that is there: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The key within the link's table, for instance `token_url`.
    pub key: &'static str,
    /// What is wrong with it, to follow the key: `is missing`.
    pub text: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(key: &'static str, text: impl Into<String>) -> Self {
        Self { key, text: text.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.key, self.text)
    }
}
