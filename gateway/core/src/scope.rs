//! SMART v2 system scopes (`dutch-fhir.md` section 4.12) and the Spreekuur door's own (`spreekuur.md` section 3).

use std::fmt;

use crate::ResourceType;

/// What is asked to be done with a resource type, one letter each in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    /// `c`
    Create,
    /// `r`: read, vread, instance history
    Read,
    /// `u`: update and patch
    Update,
    /// `d`
    Delete,
    /// `s`: search, type history
    Search,
}

impl Interaction {
    const LETTERS: [(Self, u8); 5] = [
        (Self::Create, b'c'),
        (Self::Read, b'r'),
        (Self::Update, b'u'),
        (Self::Delete, b'd'),
        (Self::Search, b's'),
    ];

    fn bit(self) -> u8 {
        1 << Self::LETTERS.iter().position(|(i, _)| *i == self).unwrap_or(0)
    }
}

/// The scopes of a token, as granted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes {
    text: Box<str>,
    grants: Vec<Grant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    /// `None` is `*`.
    resource_type: Option<ResourceType>,
    interactions: u8,
}

/// A scope this gateway does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an unknown scope")]
pub struct UnknownScope;

impl Scopes {
    /// Everything: for the gateway's own acts.
    #[must_use]
    pub fn all() -> Self {
        Self {
            text: "system/*.cruds".into(),
            grants: vec![Grant { resource_type: None, interactions: 0b1_1111 }],
        }
    }

    /// Reads a space-separated list: `system/Type.cruds` (letters in that order, at least one), `system/*.rs`, v1
    /// `.read`, `.write`, `.*`, and `spreekuur/appointment.write`, `spreekuur/notification.write`.
    ///
    /// # Errors
    /// [`UnknownScope`] for anything else: what is not understood is not granted.
    pub fn parse(text: &str) -> Result<Self, UnknownScope> {
        let grants = text.split_ascii_whitespace().map(grant).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { text: text.into(), grants })
    }

    /// Whether `interaction` on `resource_type` is granted.
    #[must_use]
    pub fn allow(&self, resource_type: ResourceType, interaction: Interaction) -> bool {
        self.grants.iter().any(|grant| {
            grant.resource_type.is_none_or(|t| t == resource_type)
                && grant.interactions & interaction.bit() != 0
        })
    }

    /// Whether every grant of `other` is also granted here.
    #[must_use]
    pub fn cover(&self, other: &Self) -> bool {
        other.grants.iter().all(|wanted| {
            Interaction::LETTERS.iter().filter(|(i, _)| wanted.interactions & i.bit() != 0).all(
                |(interaction, _)| {
                    self.grants.iter().any(|grant| {
                        (grant.resource_type.is_none() || grant.resource_type == wanted.resource_type)
                            && grant.interactions & interaction.bit() != 0
                    })
                },
            )
        })
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn grant(scope: &str) -> Result<Grant, UnknownScope> {
    match scope {
        "spreekuur/appointment.write" => return Ok(write_grant(ResourceType::Appointment)),
        "spreekuur/notification.write" => return Ok(write_grant(ResourceType::Communication)),
        _ => {}
    }
    let (context, rest) = scope.split_once('/').ok_or(UnknownScope)?;
    let (name, letters) = rest.split_once('.').ok_or(UnknownScope)?;
    if context != "system" {
        return Err(UnknownScope);
    }
    let resource_type = match name {
        "*" => None,
        name => Some(name.parse().map_err(|_| UnknownScope)?),
    };
    Ok(Grant { resource_type, interactions: interactions(letters)? })
}

fn write_grant(resource_type: ResourceType) -> Grant {
    let interactions = Interaction::Create.bit() | Interaction::Update.bit();
    Grant { resource_type: Some(resource_type), interactions }
}

fn interactions(letters: &str) -> Result<u8, UnknownScope> {
    let letters = match letters {
        "read" => "rs",
        "write" => "cud",
        "*" => "cruds",
        letters => letters,
    };
    let mut order = Interaction::LETTERS.iter();
    let mut bits = 0;
    for letter in letters.bytes() {
        let (interaction, _) = order.find(|(_, l)| *l == letter).ok_or(UnknownScope)?;
        bits |= interaction.bit();
    }
    if bits == 0 { Err(UnknownScope) } else { Ok(bits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes(text: &str) -> Scopes {
        Scopes::parse(text).unwrap()
    }

    #[test]
    fn a_scope_allows_what_its_letters_say() {
        let scopes = scopes("system/Patient.rs system/Appointment.cu");
        assert!(scopes.allow(ResourceType::Patient, Interaction::Read));
        assert!(!scopes.allow(ResourceType::Patient, Interaction::Create));
        assert!(scopes.allow(ResourceType::Appointment, Interaction::Update));
        assert!(!scopes.allow(ResourceType::Slot, Interaction::Read));
    }

    #[test]
    fn all_is_what_its_text_says() {
        assert_eq!(Scopes::all(), scopes("system/*.cruds"));
    }

    #[test]
    fn what_is_not_understood_is_not_granted() {
        for unknown in [
            "system/Patient.sr",
            "system/Patient.",
            "user/Patient.r",
            "system/Nothing.r",
            "openid",
            "system/Patient",
            "system/Patient.rr",
            "system/Patient.rs?name=x",
        ] {
            assert_eq!(Scopes::parse(unknown), Err(UnknownScope), "{unknown}");
        }
    }

    #[test]
    fn cover_compares_letter_by_letter() {
        let all = scopes("system/*.cruds");
        assert!(all.cover(&scopes("system/Patient.rs spreekuur/appointment.write")));
        let some = scopes("system/Patient.r system/Patient.s");
        assert!(some.cover(&scopes("system/Patient.rs")));
        assert!(!some.cover(&all));
        assert!(!scopes("system/Patient.cruds").cover(&scopes("system/*.r")));
    }
}
