//! One thing that is wrong with the configuration, told with its file and key.

use std::fmt;

use figment::error::Kind;

/// What is wrong, and where. It never repeats the value that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The file, or `environment`, or `defaults`.
    pub(crate) file: String,
    /// The key, for instance `server.listen` or `link[0].token_url`; empty when it is about the whole file.
    pub(crate) key: String,
    /// What is wrong with it.
    pub(crate) text: String,
}

impl Finding {
    /// A finding for `key`, in a file that is filled in later.
    pub(crate) fn at(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: String::new(), key: key.into(), text: text.into() }
    }

    /// The same, in `file`.
    pub(crate) fn in_file(mut self, file: &str) -> Self {
        if self.file.is_empty() {
            file.clone_into(&mut self.file);
        }
        self
    }

    /// What figment refused. `prefix` is where in the file the value stands; `also` are further keys valid there.
    pub(crate) fn of(error: &figment::Error, prefix: &str, also: &[&str]) -> Self {
        let mut key = prefix.to_owned();
        for part in &error.path {
            push(&mut key, part);
        }
        let text = match &error.kind {
            // figment's path ends with the unknown key already, but not with a missing one.
            Kind::UnknownField(name, expected) => unknown("key", name, expected, also),
            Kind::UnknownVariant(name, expected) => unknown("value", name, expected, &[]),
            Kind::MissingField(name) => {
                push(&mut key, name);
                "is missing".to_owned()
            }
            Kind::DuplicateField(_) => "stands there twice".to_owned(),
            Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) => {
                format!("does not fit: expected {expected}")
            }
            Kind::InvalidLength(_, expected) => format!("has the wrong length: expected {expected}"),
            Kind::Message(text) => format!("does not fit: {text}"),
            Kind::Unsupported(_)
            | Kind::UnsupportedKey(..)
            | Kind::ISizeOutOfRange(_)
            | Kind::USizeOutOfRange(_) => "does not fit".to_owned(),
        };
        let file = match error.metadata.as_ref().map(|metadata| (metadata.source.as_ref(), &metadata.name)) {
            Some((Some(source), _)) => source.to_string(),
            Some((None, name)) if name.contains("environment") => "environment".to_owned(),
            _ => String::new(),
        };
        Self { file, key, text }
    }
}

/// Appends a part of a path: `a`, `a.b`, `a[0]`.
fn push(key: &mut String, part: &str) {
    if part.parse::<usize>().is_ok() {
        key.push('[');
        key.push_str(part);
        key.push(']');
    } else if key.is_empty() {
        key.push_str(part);
    } else {
        key.push('.');
        key.push_str(part);
    }
}

fn unknown(what: &str, name: &str, expected: &[&str], also: &[&str]) -> String {
    let valid: Vec<&str> = expected.iter().chain(also).copied().collect();
    match nearest(name, &valid) {
        Some(near) => format!("is no {what}; did you mean `{near}`?"),
        None => format!("is no {what}; there are {}", valid.join(", ")),
    }
}

/// The word most like `name`, if any is alike.
pub(crate) fn nearest<'a>(name: &str, valid: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    valid
        .iter()
        .map(|word| (strsim::jaro_winkler(&name, word), *word))
        .filter(|(likeness, _)| *likeness > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "{}: {}", self.file, self.text),
            key => write!(f, "{}: `{key}` {}", self.file, self.text),
        }
    }
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, finding) in self.0.iter().enumerate() {
            write!(f, "{}{finding}", if number == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}
