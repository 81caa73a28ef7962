//! Names of things: logical ids, versions, links.

use std::fmt;
use std::str::FromStr;

use crate::ResourceType;

/// A logical id: `[A-Za-z0-9\-\.]{1,64}` (FHIR R4 `id`). Case counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(Box<str>);

/// The text is no FHIR `id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 1 to 64 of A-Z a-z 0-9 - .")]
pub struct NoId;

impl Id {
    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Id {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        if fits { Ok(Self(text.into())) } else { Err(NoId) }
    }
}

impl From<uuid::Uuid> for Id {
    fn from(uuid: uuid::Uuid) -> Self {
        Self(uuid.to_string().into())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which resource: its type and logical id. Means nothing without a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The type.
    pub resource_type: ResourceType,
    /// The logical id.
    pub id: Id,
}

impl Key {
    /// The key of `resource_type`/`id`.
    #[must_use]
    pub fn new(resource_type: ResourceType, id: Id) -> Self {
        Self { resource_type, id }
    }

    /// Reads a relative reference `Type/id`, with or without `/_history/n`.
    #[must_use]
    pub fn from_reference(reference: &str) -> Option<Self> {
        let mut parts = reference.split('/');
        let key = Self::new(parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        match (parts.next(), parts.next(), parts.next()) {
            (None, ..) | (Some("_history"), Some(_), None) => Some(key),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.resource_type, self.id)
    }
}

/// A resource's version, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(pub u32);

impl Version {
    /// The first version of a resource.
    pub const FIRST: Self = Self(1);

    /// The version that follows.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a link: one tenant's configured line to one counterpart. `[a-z0-9-]{1,63}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(Box<str>);

/// The text is no name of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a link is named with 1 to 63 of a-z 0-9 -")]
pub struct NoLinkId;

impl LinkId {
    /// The link's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LinkId {
    type Err = NoLinkId;

    fn from_str(text: &str) -> Result<Self, NoLinkId> {
        if is_slug(text) { Ok(Self(text.into())) } else { Err(NoLinkId) }
    }
}

impl fmt::Display for LinkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A counterpart's own key for a resource, unique per tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CounterpartKey {
    /// Whose key: a link's or a door client's name, and the kind of thing, for instance `demo-xis/Appointment`.
    pub space: String,
    /// The key.
    pub value: String,
}

/// `[a-z0-9-]{1,63}`: what a tenant or link may be called.
pub(crate) fn is_slug(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_1_to_64_of_the_allowed_characters() {
        for good in ["a", "ABC-1.2", &"x".repeat(64)] {
            assert!(good.parse::<Id>().is_ok(), "{good}");
        }
        for bad in ["", "a_b", "a b", "é", &"x".repeat(65), "a/b"] {
            assert!(bad.parse::<Id>().is_err(), "{bad}");
        }
    }

    #[test]
    fn references_are_read_with_and_without_a_version() {
        let key = Key::new(ResourceType::Patient, "1".parse().unwrap());
        assert_eq!(Key::from_reference("Patient/1"), Some(key.clone()));
        assert_eq!(Key::from_reference("Patient/1/_history/2"), Some(key));
        for no in ["#p1", "Patient", "Patient/1/2", "urn:uuid:1", "https://elsewhere/fhir/Patient/1"] {
            assert_eq!(Key::from_reference(no), None, "{no}");
        }
    }
}
