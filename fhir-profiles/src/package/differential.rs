//! The elements of a differential as a tree, by their ids: `Appointment.participant:patient.actor.identifier`.

use serde_json::Value;

/// An element with its children and slices; what the differential leaves unsaid is an empty definition.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) definition: Value,
    pub(crate) children: Vec<(String, Element)>,
    pub(crate) slices: Vec<(String, Element)>,
}

impl Element {
    /// The tree under the root element of a StructureDefinition.
    pub(crate) fn read(structure: &Value) -> Self {
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

    /// What a descendant is fixed to, by an element of its own or inside a pattern. The URL of an extension may also be
    /// told by the profile of its type, as most authors do.
    pub(crate) fn fixed(&self, path: &[&str]) -> Option<&Value> {
        if let Some(pattern) = self.pattern() {
            return within(pattern, path);
        }
        let (name, rest) = path.split_first()?;
        match self.child(name) {
            Some(child) => child.fixed(rest),
            None if path == ["url"] => {
                Some(&self.definition["type"][0]["profile"][0]).filter(|url| url.is_string())
            }
            None => None,
        }
    }

    /// The child of this name; a member of a choice (`valueBoolean`) is found under `value[x]` too.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        let found = self.children.iter().find(|(child, _)| child == name).map(|(_, child)| child);
        found.or_else(|| {
            let (_, choice) = self.children.iter().find(|(child, _)| {
                child.strip_suffix("[x]").is_some_and(|stem| name.starts_with(stem) && name != stem)
            })?;
            choice.slice(name).or(Some(choice))
        })
    }

    /// The slice of this name.
    pub(crate) fn slice(&self, name: &str) -> Option<&Self> {
        self.slices.iter().find(|(slice, _)| slice == name).map(|(_, slice)| slice)
    }

    /// The paths that tell the slices of this element apart; extensions are told apart by their URL without being asked.
    pub(crate) fn discriminators<'e>(&'e self, name: &str) -> Vec<Vec<&'e str>> {
        let listed = self.definition["slicing"]["discriminator"].as_array();
        let path = |discriminator: &'e Value| -> Vec<&'e str> {
            let path = discriminator["path"].as_str().unwrap_or_default();
            path.split('.').filter(|step| *step != "$this").collect()
        };
        match listed {
            Some(listed) if !listed.is_empty() => listed.iter().map(path).collect(),
            _ if name.ends_with("xtension") => vec![vec!["url"]],
            _ => vec![],
        }
    }

    /// The value of `fixed[x]` or `pattern[x]`.
    pub(crate) fn pattern(&self) -> Option<&Value> {
        let members = self.definition.as_object()?;
        members
            .iter()
            .find(|(key, _)| key.starts_with("fixed") || key.starts_with("pattern"))
            .map(|(_, value)| value)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.definition[key].as_str()
    }
}

fn within<'v>(pattern: &'v Value, path: &[&str]) -> Option<&'v Value> {
    let Some((name, rest)) = path.split_first() else { return Some(pattern) };
    let pattern = pattern.as_array().and_then(|items| items.first()).unwrap_or(pattern);
    within(pattern.get(name)?, rest)
}

fn find<'l>(list: &'l mut Vec<(String, Element)>, name: &str) -> &'l mut Element {
    let at = list.iter().position(|(has, _)| has == name).unwrap_or_else(|| {
        list.push((name.to_owned(), Element::default()));
        list.len() - 1
    });
    &mut list[at].1
}
