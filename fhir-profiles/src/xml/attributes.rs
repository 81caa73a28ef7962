//! The attributes of an element: `value`, `id` and `url` are all that R4 knows.

use std::borrow::Cow;

use gateway_core::IssueCode;
use quick_xml::name::ResolveResult;

use super::read::{Reading, Stop, Tag};
use super::text::unescaped;

/// Most attributes an element may have, so that comparing them stays cheap.
pub(super) const MOST: usize = 64;

/// `xsi:schemaLocation` is a hint to editors that R4 lets stand.
const SCHEMA_INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What an element's attributes say.
#[derive(Default)]
pub(super) struct Attributes<'t> {
    pub(super) value: Option<Cow<'t, str>>,
    pub(super) id: Option<Cow<'t, str>>,
    pub(super) url: Option<Cow<'t, str>>,
    /// Whether one of them could not be read; that is noted already.
    pub(super) flawed: bool,
}

impl<'t> Attributes<'t> {
    fn slot(&mut self, name: &str) -> Option<&mut Option<Cow<'t, str>>> {
        match name {
            "value" => Some(&mut self.value),
            "id" => Some(&mut self.id),
            "url" => Some(&mut self.url),
            _ => None,
        }
    }
}

impl<'x> Reading<'x> {
    /// Reads the attributes; `allowed` names those the element may have.
    pub(super) fn attributes<'t>(
        &mut self,
        tag: &'t Tag<'x>,
        allowed: &[&str],
    ) -> Result<Attributes<'t>, Stop> {
        let mut held = Attributes::default();
        for (count, attribute) in tag.start.attributes().with_checks(false).enumerate() {
            let Ok(attribute) = attribute else { return Err(self.not_well_formed()) };
            if count >= MOST {
                return Err(self.not_well_formed());
            }
            let name = attribute.key;
            if name.as_namespace_binding().is_some() {
                continue;
            }
            let slot = held.slot(name.into_inner()).filter(|_| allowed.contains(&name.into_inner()));
            match (slot, unescaped(attribute.value)) {
                (_, Err(flaw)) => {
                    self.flaw(flaw);
                    held.flawed = true;
                }
                (Some(Some(_)), Ok(_)) => return Err(self.not_well_formed()),
                (Some(_), Ok(text)) if text.is_empty() => {
                    self.findings.add(IssueCode::Structure, "must not have an empty attribute");
                    held.flawed = true;
                }
                (Some(slot), Ok(text)) => *slot = Some(text),
                (None, Ok(_)) if self.is_hint(name) => {}
                (None, Ok(_)) => {
                    self.findings.add(IssueCode::Structure, "has an attribute that R4 does not define");
                }
            }
        }
        Ok(held)
    }

    fn is_hint(&self, name: quick_xml::name::QName<'_>) -> bool {
        let (space, name) = self.reader.resolver().resolve_attribute(name);
        let instance = matches!(space, ResolveResult::Bound(space) if space.0 == SCHEMA_INSTANCE);
        instance && name.into_inner() == "schemaLocation"
    }
}
