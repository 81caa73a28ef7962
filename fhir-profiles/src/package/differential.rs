//! The elements of a differential as a tree, by their ids: `Appointment.participant:patient.actor.identifier`.

use serde_json::Value;

/// An element with its children and slices; what the differential leaves unsaid is an empty definition.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) definition: Value,
    pub(super) children: Vec<(String, Element)>,
    pub(super) slices: Vec<(String, Element)>,
}

impl Element {
    /// The tree under the root element of a StructureDefinition.
    pub(super) fn read(structure: &Value) -> Self {
        let mut root = Self::default();
        for definition in structure["differential"]["element"].as_array().into_iter().flatten() {
            let id = definition["id"].as_str().unwrap_or_default();
            let place = id.split('.').skip(1).fold(&mut root, |at, segment| at.step(segment));
            place.definition = definition.clone();
        }
        root
    }

    fn step(&mut self, segment: &str) -> &mut Self {
        let (name, slice) =
            segment.split_once(':').map_or((segment, None), |(name, slice)| (name, Some(slice)));
        let child = find(&mut self.children, name);
        match slice {
            Some(slice) => find(&mut child.slices, slice),
            None => child,
        }
    }

    /// The text a descendant is fixed to, by an element of its own or inside a pattern.
    pub(super) fn fixed_text(&self, path: &[&str]) -> Option<&str> {
        if let Some(pattern) = self.pattern() {
            return text_in(pattern, path);
        }
        let (name, rest) = path.split_first()?;
        self.children.iter().find(|(child, _)| child == name)?.1.fixed_text(rest)
    }

    /// The value of `fixed[x]` or `pattern[x]`.
    pub(super) fn pattern(&self) -> Option<&Value> {
        let members = self.definition.as_object()?;
        members
            .iter()
            .find(|(key, _)| key.starts_with("fixed") || key.starts_with("pattern"))
            .map(|(_, value)| value)
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.definition[key].as_str()
    }
}

fn text_in<'v>(pattern: &'v Value, path: &[&str]) -> Option<&'v str> {
    let pattern = pattern.as_array().and_then(|items| items.first()).unwrap_or(pattern);
    match path.split_first() {
        None => pattern.as_str(),
        Some((name, rest)) => text_in(pattern.get(name)?, rest),
    }
}

fn find<'l>(list: &'l mut Vec<(String, Element)>, name: &str) -> &'l mut Element {
    let at = list.iter().position(|(has, _)| has == name).unwrap_or_else(|| {
        list.push((name.to_owned(), Element::default()));
        list.len() - 1
    });
    &mut list[at].1
}
