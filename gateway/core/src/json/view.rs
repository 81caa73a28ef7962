//! A lens on a value, wherever it stands: in a document or in a [`Tree`].

use super::node::{Kind, Node};
use super::tree::Tree;
use super::write::quoted;

/// How large a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Bytes of its text.
    pub bytes: usize,
    /// Levels of arrays and objects, its own included.
    pub depth: usize,
}

/// One value. Cheap to copy.
#[derive(Debug, Clone, Copy)]
pub enum View<'t> {
    /// In a document.
    Node(Node<'t>),
    /// Opened or made.
    Tree(&'t Tree<'t>),
}

impl<'t> View<'t> {
    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Node(node) | Self::Tree(&Tree::Kept(node)) => node.kind(),
            Self::Tree(Tree::Null) => Kind::Null,
            Self::Tree(Tree::Array(_)) => Kind::Array,
            Self::Tree(Tree::Object(_)) => Kind::Object,
        }
    }

    /// The value, when nothing of it was opened.
    #[must_use]
    pub fn node(self) -> Option<Node<'t>> {
        match self {
            Self::Node(node) | Self::Tree(&Tree::Kept(node)) => Some(node),
            Self::Tree(Tree::Null | Tree::Array(_) | Tree::Object(_)) => None,
        }
    }

    /// The unescaped text of a string.
    #[must_use]
    pub fn as_str(self) -> Option<&'t str> {
        self.node()?.as_str()
    }

    /// The items of an array; none for anything else.
    #[must_use]
    pub fn items(self) -> Vec<View<'t>> {
        match self {
            Self::Node(node) | Self::Tree(&Tree::Kept(node)) => node.items().map(View::Node).collect(),
            Self::Tree(Tree::Array(items)) => items.iter().map(Tree::view).collect(),
            Self::Tree(Tree::Null | Tree::Object(_)) => Vec::new(),
        }
    }

    /// The members of an object; none for anything else.
    #[must_use]
    pub fn entries(self) -> Vec<(&'t str, View<'t>)> {
        match self {
            Self::Node(node) | Self::Tree(&Tree::Kept(node)) => {
                node.entries().map(|(key, value)| (key, View::Node(value))).collect()
            }
            Self::Tree(Tree::Object(members)) => {
                members.iter().map(|(key, value)| (&**key, value.view())).collect()
            }
            Self::Tree(Tree::Null | Tree::Array(_)) => Vec::new(),
        }
    }

    /// The member `name` of an object.
    #[must_use]
    pub fn get(self, name: &str) -> Option<View<'t>> {
        match self {
            Self::Node(node) | Self::Tree(&Tree::Kept(node)) => node.get(name).map(View::Node),
            Self::Tree(Tree::Object(members)) => {
                members.iter().find_map(|(key, value)| (key == name).then(|| value.view()))
            }
            Self::Tree(Tree::Null | Tree::Array(_)) => None,
        }
    }

    /// The item at `index` of an array.
    #[must_use]
    pub fn item(self, index: usize) -> Option<View<'t>> {
        match self {
            Self::Node(node) | Self::Tree(&Tree::Kept(node)) => node.items().nth(index).map(View::Node),
            Self::Tree(Tree::Array(items)) => items.get(index).map(Tree::view),
            Self::Tree(Tree::Null | Tree::Object(_)) => None,
        }
    }

    /// How large it is.
    #[must_use]
    pub fn size(self) -> Size {
        let inner = match self.kind() {
            Kind::Array => self.items().into_iter().map(|item| (1, item.size())).collect(),
            Kind::Object => {
                let member = |(key, value): (&str, View<'_>)| (quoted(key).len() + 2, value.size());
                self.entries().into_iter().map(member).collect()
            }
            Kind::Null | Kind::Bool(_) | Kind::Number | Kind::String => {
                let bytes = self.node().map_or("null".len(), |node| node.raw().len());
                return Size { bytes, depth: 0 };
            }
        };
        let inner: Vec<(usize, Size)> = inner;
        let depth = 1 + inner.iter().map(|(_, size)| size.depth).max().unwrap_or(0);
        let made = 2 + inner.iter().map(|(beside, size)| beside + size.bytes).sum::<usize>();
        // no comma behind the last one
        let bytes = self.node().map_or(made - usize::from(!inner.is_empty()), |node| node.raw().len());
        Size { bytes, depth }
    }
}
