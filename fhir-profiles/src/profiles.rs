//! The compiled package and the check that turns a `Resource` into a [`Valid`].

use std::sync::OnceLock;

use gateway_core::json::Node;
use gateway_core::{Issue, Resource, ResourceType};

use crate::IndexEntry;
use crate::check::{Place, Walk};
use crate::outline::{NoDefinition, Outline, Outlines, Spot};
use crate::package::{self, Mode};
use crate::r4::{Table, r4};
use crate::search::{self, SearchParameter, Searchable};
use crate::subset::{self, Subset};

/// The compiled FHIR package. Made once, shared, never changed.
#[derive(Debug)]
pub struct Profiles {
    r4: &'static Table,
    /// Read when the first one is asked for.
    outlines: OnceLock<Outlines>,
    /// Where the resources are served, without the scheme and with a slash at its end; empty when they are not.
    base: String,
}

/// A resource that passed the check. Only [`Profiles::check`] makes one.
#[derive(Debug, Clone)]
pub struct Valid(Resource);

impl Valid {
    /// The resource.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.0
    }
}

/// Why a resource is refused: every issue found (at most 100), the worst kind first decided by `malformed`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} issues", issues.len())]
pub struct Refusal {
    /// Whether some issue means "cannot be understood as R4" (400) rather than "breaks a profile or rule" (422).
    pub malformed: bool,
    /// The issues.
    pub issues: Vec<Issue>,
}

/// What depends on the tenant or door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How a BSN is looked at.
    pub bsn: BsnCheck,
    /// What happens to elements that R4 does not define.
    pub unknown: Unknown,
    /// How the characters of a text are counted where a profile limits them.
    pub counting: Counting,
}

impl Default for Rules {
    fn default() -> Self {
        Self { bsn: BsnCheck::ElevenTest, unknown: Unknown::Refuse, counting: Counting::CodePoints }
    }
}

/// How a BSN is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BsnCheck {
    /// Nine digits; the eleven-test is not applied.
    Format,
    /// Nine digits; failing the eleven-test is a warning (sandbox).
    Warn,
    /// Nine digits that pass the eleven-test.
    ElevenTest,
}

/// What happens to elements that R4 does not define.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// An issue each.
    Refuse,
    /// Ignored. With a profile given to [`Profiles::issues`], that profile is the whole contract (the Spreekuur
    /// contract, rules A-22 and N-24): what it does not name is not looked at, however badly it is formed.
    Ignore,
}

/// How the characters of a text are counted (`spreekuur.md`, end of section 7.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// Unicode code points, as JSON schema does: an emoji is one.
    CodePoints,
    /// UTF-16 units, as the JVM does: an emoji is two. Never less strict.
    Utf16,
}

impl Profiles {
    /// The package that is built into the crate.
    #[must_use]
    pub fn embedded() -> Self {
        Self { r4: r4(), outlines: OnceLock::new(), base: String::new() }
    }

    /// The same package with outlines of more profiles and extensions: the text of a StructureDefinition each. They can
    /// be mapped to; the check does not know them.
    ///
    /// # Errors
    /// [`NoDefinition`] for a text that is none.
    pub fn with_outlines(definitions: &[&str]) -> Result<Self, NoDefinition> {
        let mut outlines = Outlines::embedded();
        for text in definitions {
            outlines.add(text)?;
        }
        Ok(Self { r4: r4(), outlines: OnceLock::from(outlines), base: String::new() })
    }

    /// The same package for a server at this address: a reference that begins with it is one of ours, with `http` and
    /// `https` alike (`dutch-fhir.md` section 6, case 35).
    #[must_use]
    pub fn served_at(mut self, base: &str) -> Self {
        let host = base.split_once("://").map_or(base, |(_, host)| host).trim_end_matches('/');
        self.base = if host.is_empty() { String::new() } else { format!("{host}/") };
        self
    }

    /// See [`Profiles::served_at`].
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// A profile by its canonical, or by its id (`zt-patient`), as one reads it.
    #[must_use]
    pub fn outline(&self, profile: &str) -> Option<&Outline> {
        self.outlines().find(profile)
    }

    /// The ids of the profiles that have an outline.
    pub fn outline_names(&self) -> impl Iterator<Item = &str> {
        self.outlines().names()
    }

    /// Where the paths of a resource start; without an outline only R4 counts.
    #[must_use]
    pub fn spot<'o>(&'o self, resource_type: ResourceType, outline: Option<&'o Outline>) -> Spot<'o> {
        self.outlines().root(resource_type, outline)
    }

    fn outlines(&self) -> &Outlines {
        self.outlines.get_or_init(Outlines::embedded)
    }

    /// Checks against R4, every profile of ours that `meta.profile` claims, and the Dutch rules.
    ///
    /// # Errors
    /// All issues that refuse it.
    pub fn check(&self, resource: Resource, rules: Rules) -> Result<Valid, Refusal> {
        let refusal = self.issues(&resource, None, rules);
        if refusal.issues.iter().any(Issue::refuses) { Err(refusal) } else { Ok(Valid(resource)) }
    }

    /// Everything found, warnings included; with `profile` (a canonical of ours) also against that one. See
    /// [`Unknown::Ignore`] for a check against that profile alone.
    #[must_use]
    pub fn issues(&self, resource: &Resource, profile: Option<&str>, rules: Rules) -> Refusal {
        let place = Place::root(resource.root(), resource.resource_type().as_str());
        let mut walk = Walk::new(rules);
        if let (Some(canonical), Unknown::Ignore) = (profile, rules.unknown) {
            package::judge(canonical, Mode::Contract, &place, &mut walk);
            return walk.sink.into_refusal();
        }
        walk.resource(self.r4.resource(resource.resource_type()), &place);
        for canonical in claims(resource).chain(profile) {
            package::judge(canonical, Mode::Added, &place, &mut walk);
        }
        walk.sink.into_refusal()
    }

    /// The rows the search index gets for a resource.
    #[must_use]
    pub fn index(&self, resource: &Resource) -> Vec<IndexEntry> {
        search::rows(resource, &self.base)
    }

    /// A part of a resource as text, tagged `SUBSETTED`. What is mandatory or may change the meaning of the rest is always
    /// in it, and what is in it stands there as it was written. A type that is not ours comes back whole.
    #[must_use]
    pub fn subset(&self, resource: Node<'_>, subset: &Subset) -> String {
        let shape = resource.text("resourceType").and_then(|name| self.r4.find(name));
        shape.map_or_else(|| resource.raw().to_owned(), |shape| subset::text(shape, resource, subset))
    }

    /// Whether the root of a type has an element of this name, as the definition or as JSON names it (`deceased`,
    /// `deceasedBoolean`).
    #[must_use]
    pub fn has_element(&self, resource_type: ResourceType, name: &str) -> bool {
        subset::has(self.r4.resource(resource_type), name)
    }

    /// The parameters a type can be searched by, besides `_id` and `_lastUpdated`.
    #[must_use]
    pub fn search_parameters(&self, resource_type: ResourceType) -> &[SearchParameter] {
        &self.searchable(resource_type).parameters
    }

    /// The modifiers of a parameter, without the types a reference may name; nothing for one that is not known.
    #[must_use]
    pub fn search_modifiers(&self, resource_type: ResourceType, code: &str) -> &'static [&'static str] {
        match (code, self.searchable(resource_type).find(code)) {
            ("_id", _) => &["missing", "not"],
            ("_lastUpdated", _) => &["missing"],
            (_, Some((parameter, routes))) => search::modifiers(code, parameter.kind, routes),
            (_, None) => &[],
        }
    }

    /// Every definition of a search parameter as a SearchParameter resource, R4's and ours.
    #[must_use]
    pub fn search_parameter_resources(&self) -> &'static [Resource] {
        search::resources()
    }

    /// What the index rows depend on. Rows made under another fingerprint may lack what is searched for now.
    #[must_use]
    pub fn search_fingerprint(&self) -> String {
        search::fingerprint(&self.base)
    }

    #[expect(clippy::unused_self, reason = "what can be searched belongs to the package")]
    pub(crate) fn searchable(&self, resource_type: ResourceType) -> &'static Searchable {
        search::searchable(resource_type)
    }
}

/// The profiles of ours that a resource claims to follow.
fn claims(resource: &Resource) -> impl Iterator<Item = &str> {
    let claims = resource.root().get("meta").and_then(|meta| meta.get("profile"));
    claims
        .into_iter()
        .flat_map(Node::items)
        .filter_map(Node::as_str)
        .filter(|canonical| package::is_ours(canonical))
}
