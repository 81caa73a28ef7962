//! Who asks, for whom, and by which way in.

use std::fmt;

use crate::{LinkId, Scopes, TenantId};

/// Who asks. Every read and write needs one; only its tenant's data can be seen through it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Whose data this call is about.
    pub tenant: TenantId,
    /// The way in, with the name of who came by it.
    pub origin: Origin,
    /// What may be done.
    pub scopes: Scopes,
    /// The id of the request, for the audit trail: a token of at most 128 characters.
    pub request_id: Box<str>,
}

/// The way a change came in. A delivery never goes back to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A door, opened by an OAuth client with this id.
    Client(Box<str>),
    /// A link: the counterpart told us.
    Link(LinkId),
    /// The gateway itself: command line, demo data.
    System,
}

impl Origin {
    /// Reads what `Display` wrote.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("client", id)) => Some(Self::Client(id.into())),
            Some(("link", id)) => Some(Self::Link(id.parse().ok()?)),
            None if text == "system" => Some(Self::System),
            _ => None,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(id) => write!(f, "client:{id}"),
            Self::Link(id) => write!(f, "link:{id}"),
            Self::System => f.write_str("system"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_reads_back() {
        for origin in
            [Origin::Client("a:b".into()), Origin::Link("spreekuur".parse().unwrap()), Origin::System]
        {
            assert_eq!(Origin::from_text(&origin.to_string()), Some(origin));
        }
        assert_eq!(Origin::from_text("door"), None);
    }
}
