//! A setting that must not be shown.

use std::fmt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use super::Finding;

/// A text that no `Debug` shows.
#[derive(Clone)]
pub(crate) struct Secret(SecretString);

impl Secret {
    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Reads a `..._file` setting: the whole file without the blanks around it.
    ///
    /// # Errors
    /// A finding for `key` when the file cannot be read or is empty.
    pub(crate) fn from_file(key: &str, file: &Path) -> Result<Self, Finding> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| Finding::at(key, format!("{} cannot be read: {error}", file.display())))?;
        match text.trim() {
            "" => Err(Finding::at(key, format!("{} is empty", file.display()))),
            text => Ok(Self::from(text)),
        }
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(SecretString::from(text))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(SecretString::from(text)))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
