//! A code system: its codes, what they are called and which stands below which.

use std::collections::HashMap;

use gateway_core::json::Node;

/// A code system as far as it is known here.
#[derive(Debug, Clone)]
pub struct CodeSystem {
    /// Its canonical address.
    pub url: String,
    /// Its version; empty when it has none.
    pub version: String,
    /// Its name.
    pub name: String,
    /// How much of it is here.
    pub content: Content,
    /// The value set of all its codes.
    pub whole: Option<String>,
    /// Whether letters and capitals are different codes.
    pub case_sensitive: bool,
    /// Its codes, parents before children.
    pub concepts: Vec<Concept>,
    by_code: HashMap<String, usize>,
}

/// A code.
#[derive(Debug, Clone)]
pub struct Concept {
    /// The code.
    pub code: String,
    /// What it is called; empty when that is not known.
    pub display: String,
    /// What it means, when that is told.
    pub definition: Option<String>,
    parent: Option<usize>,
}

/// How much of a code system is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// All of it: a code that is not here is none.
    Complete,
    /// A part: a code that is not here may still be one.
    Part,
}

impl CodeSystem {
    /// A system without codes yet.
    pub(super) fn new(url: &str, version: &str, name: &str, content: Content) -> Self {
        Self {
            url: url.to_owned(),
            version: version.to_owned(),
            name: name.to_owned(),
            content,
            whole: None,
            case_sensitive: true,
            concepts: Vec::new(),
            by_code: HashMap::new(),
        }
    }

    /// Reads a `CodeSystem` resource.
    pub(super) fn read(root: Node<'_>) -> Self {
        let text = |key| root.text(key).unwrap_or_default();
        let content = if text("content") == "complete" { Content::Complete } else { Content::Part };
        let mut system = Self::new(text("url"), text("version"), text("name"), content);
        system.whole = root.text("valueSet").map(str::to_owned);
        system.case_sensitive = root.get("caseSensitive").and_then(Node::as_bool).unwrap_or(true);
        system.read_concepts(root, None);
        system
    }

    fn read_concepts(&mut self, under: Node<'_>, parent: Option<usize>) {
        for node in under.get("concept").into_iter().flat_map(Node::items) {
            let text = |key| node.text(key).unwrap_or_default();
            let at = self.push(text("code"), text("display"), parent);
            self.concepts[at].definition = node.text("definition").map(str::to_owned);
            self.read_concepts(node, Some(at));
        }
    }

    /// Adds a code; where it stands.
    pub(super) fn push(&mut self, code: &str, display: &str, parent: Option<usize>) -> usize {
        let at = self.concepts.len();
        let (key, display) = (self.key(code), display.to_owned());
        self.by_code.entry(key).or_insert(at);
        self.concepts.push(Concept { code: code.to_owned(), display, definition: None, parent });
        at
    }

    /// Where a code stands.
    pub(super) fn place(&self, code: &str) -> Option<usize> {
        self.by_code.get(&self.key(code)).copied()
    }

    fn key(&self, code: &str) -> String {
        if self.case_sensitive { code.to_owned() } else { code.to_lowercase() }
    }

    /// A code of it.
    #[must_use]
    pub fn concept(&self, code: &str) -> Option<&Concept> {
        self.place(code).map(|at| &self.concepts[at])
    }

    /// A code and all that stand above it, upwards.
    pub fn line<'s>(&'s self, from: &'s Concept) -> impl Iterator<Item = &'s Concept> {
        std::iter::successors(Some(from), |concept| concept.parent.map(|at| &self.concepts[at]))
    }

    /// The codes that stand right below one.
    pub fn children<'s>(&'s self, of: &'s Concept) -> impl Iterator<Item = &'s Concept> {
        let above = self.place(&of.code);
        self.concepts.iter().filter(move |concept| concept.parent.is_some() && concept.parent == above)
    }

    /// Whether `code` is `other` or stands below it.
    #[must_use]
    pub fn is_a(&self, code: &str, other: &str) -> bool {
        let (Some(from), Some(other)) = (self.concept(code), self.concept(other)) else { return false };
        self.line(from).any(|concept| concept.code == other.code)
    }
}
