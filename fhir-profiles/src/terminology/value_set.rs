//! A value set as it is written down: what goes in and what is taken out again.

use gateway_core::json::Node;

use super::CodeSystem;

/// A value set.
#[derive(Debug, Clone, Default)]
pub struct ValueSet {
    /// Its canonical address; empty for one that was sent to be looked at.
    pub url: String,
    /// Its version; empty when it has none.
    pub version: String,
    /// Its name.
    pub name: String,
    pub(super) include: Vec<Part>,
    pub(super) exclude: Vec<Part>,
    /// Whether it says what is in it at all.
    pub(super) composed: bool,
}

/// An `include` or `exclude`: what fits everything that it says.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    pub(super) value_sets: Vec<String>,
    /// With its version behind `|` when it has one.
    pub(super) system: Option<String>,
    pub(super) filters: Vec<Filter>,
    pub(super) codes: Vec<Named>,
}

/// A code that is named.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) code: String,
    pub(super) display: Option<String>,
}

/// Codes by what they are.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) property: String,
    pub(super) op: String,
    pub(super) value: String,
}

impl ValueSet {
    /// Every code of a system.
    pub(super) fn whole(url: &str, system: &CodeSystem) -> Self {
        let part = Part { system: Some(system.url.clone()), ..Part::default() };
        Self {
            url: url.to_owned(),
            version: system.version.clone(),
            name: system.name.clone(),
            include: vec![part],
            exclude: Vec::new(),
            composed: true,
        }
    }

    /// Reads a `ValueSet` resource. Only what is composed counts: an expansion that somebody made once may be old.
    #[must_use]
    pub fn read(root: Node<'_>) -> Self {
        let text = |key| root.text(key).unwrap_or_default().to_owned();
        let compose = root.get("compose");
        let parts = |name| {
            let parts = compose.and_then(|compose| compose.get(name)).into_iter().flat_map(Node::items);
            parts.map(Part::read).collect()
        };
        Self {
            url: text("url"),
            version: text("version"),
            name: text("name"),
            include: parts("include"),
            exclude: parts("exclude"),
            composed: compose.is_some(),
        }
    }
}

impl Part {
    fn read(node: Node<'_>) -> Self {
        let items = |name| node.get(name).into_iter().flat_map(Node::items);
        let text = |node: Node<'_>, key| node.text(key).unwrap_or_default().to_owned();
        let version = node.text("version").map(|version| format!("|{version}")).unwrap_or_default();
        Self {
            value_sets: items("valueSet").filter_map(Node::as_str).map(str::to_owned).collect(),
            system: node.text("system").map(|system| format!("{system}{version}")),
            filters: items("filter")
                .map(|filter| Filter {
                    property: text(filter, "property"),
                    op: text(filter, "op"),
                    value: text(filter, "value"),
                })
                .collect(),
            codes: items("concept")
                .map(|one| Named { code: text(one, "code"), display: one.text("display").map(str::to_owned) })
                .collect(),
        }
    }
}
