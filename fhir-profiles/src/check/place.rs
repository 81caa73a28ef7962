//! Where the walk stands: a value, and the way to it. Written out as FHIRPath only when there is an issue.

use std::fmt;

use gateway_core::json::Node;

use crate::r4::r4;

/// A value and the way to it. Lives on the stack of the walk.
#[derive(Clone, Copy)]
pub(crate) struct Place<'p> {
    pub(crate) node: Node<'p>,
    pub(crate) name: &'p str,
    pub(crate) index: Option<usize>,
    pub(crate) parent: Option<&'p Place<'p>>,
    /// Whether the value is a resource.
    pub(crate) resource: bool,
}

impl<'p> Place<'p> {
    /// The outermost resource.
    pub(crate) fn root(node: Node<'p>, name: &'p str) -> Self {
        Self { node, name, index: None, parent: None, resource: true }
    }

    /// The value under an element's name.
    pub(crate) fn child(&'p self, name: &'p str, node: Node<'p>) -> Self {
        Self { node, name, index: None, parent: Some(self), resource: false }
    }

    /// The values of an element: the items of its list, or itself.
    pub(crate) fn each(&'p self, name: &'p str) -> impl Iterator<Item = Self> {
        let value = self.node.get(name);
        let list = value.is_some_and(|v| v.kind() == gateway_core::json::Kind::Array);
        value.into_iter().flat_map(Node::each).enumerate().map(move |(index, node)| Place {
            node,
            name,
            index: list.then_some(index),
            parent: Some(self),
            resource: false,
        })
    }

    /// From here outwards, this place first.
    pub(crate) fn outwards(&self) -> impl Iterator<Item = &Place<'p>> {
        std::iter::successors(Some(self), |place| place.parent)
    }

    /// The resource in which a `#` reference from here is looked up: the nearest one that is not contained itself.
    pub(crate) fn container(&self) -> Node<'p> {
        let holder = self
            .outwards()
            .filter(|place| place.resource && place.name != "contained")
            .map(|p| p.node)
            .next();
        holder.unwrap_or(self.node)
    }

    /// Whether the value stands in a Bundle.
    pub(crate) fn in_bundle(&self) -> bool {
        self.outwards()
            .skip(1)
            .any(|place| place.resource && place.node.text("resourceType") == Some("Bundle"))
    }

    /// The resource contained under `id`, seen from here.
    pub(crate) fn contained(&self, id: &str) -> Option<Node<'p>> {
        let contained = self.container().get("contained")?;
        contained.items().find(|resource| resource.text("id") == Some(id))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.node.entries().any(|(key, _)| key.strip_prefix('_').unwrap_or(key) == name)
    }

    /// Whether some type of a choice is there: `value` for `valueString`.
    pub(crate) fn has_choice(&self, stem: &str) -> bool {
        self.node.entries().any(|(key, _)| {
            let key = key.strip_prefix('_').unwrap_or(key);
            key.strip_prefix(stem).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        })
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'p str> {
        self.node.text(name)
    }

    /// The path as a person says it: `serviceCategory.coding.display`, the type alone for a resource itself.
    pub(crate) fn said(&self) -> String {
        let mut names: Vec<_> = self.outwards().filter(|p| p.parent.is_some()).map(|p| p.name).collect();
        if names.is_empty() {
            return self.name.to_owned();
        }
        names.reverse();
        names.join(".")
    }
}

/// FHIRPath: `Appointment.participant[0].status`.
impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}.")?;
        }
        f.write_str(self.name)?;
        self.index.map_or(Ok(()), |index| write!(f, "[{index}]"))
    }
}

/// Whether a name that came in may stand in a path we print.
pub(crate) fn printable(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
}

/// The resource type a resource says it has, when R4 knows it.
pub(crate) fn type_of(resource: Node<'_>) -> Option<&str> {
    resource.text("resourceType").filter(|name| r4().is_resource_type(name))
}
