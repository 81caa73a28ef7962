//! How much of each resource is wished for: `_summary` and `_elements` (<https://hl7.org/fhir/R4/search.html#summary>,
//! `dutch-fhir.md` section 4.5). Not both: it would be a guess which of the two counts.

use fhir_profiles::Subset;
use gateway_core::json::Document;
use gateway_core::{Issue, IssueCode, ResourceType};
use gateway_store::Stored;

use super::wish::Wish;
use crate::App;
use crate::problem::{Refused, malformed};

/// What is shown of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Shown {
    /// All of it.
    #[default]
    Whole,
    /// A part, tagged so.
    Part(Subset),
    /// Nothing: only how many there are.
    Count,
}

impl Shown {
    /// Takes the two parameters out of a wish about resources of `types`.
    ///
    /// # Errors
    /// 400 for an unknown summary, for both together, and for an element that none of the types has; the last is left out
    /// when unknown parameters may be.
    pub(super) fn take(app: &App, wish: &mut Wish, types: &[ResourceType]) -> Result<Self, Refused> {
        let summary = wish.take("_summary").map(|text| summary(&text)).transpose()?;
        let Some(names) = wish.take("_elements") else { return Ok(summary.unwrap_or_default()) };
        if !matches!(summary, None | Some(Self::Whole)) {
            return Err(malformed(IssueCode::Invalid, "_summary and _elements cannot be used together."));
        }
        let mut wanted = Vec::new();
        for name in names.split(',').map(str::trim) {
            let profiles = &app.engine.parts().profiles;
            if types.iter().any(|resource_type| profiles.has_element(*resource_type, name)) {
                wanted.push(name.to_owned());
            } else {
                let text = "_elements lists elements of the root of the type, with commas; this is none.";
                wish.cannot(Issue::error(IssueCode::NotSupported, text).at("http._elements"))?;
            }
        }
        Ok(if wanted.is_empty() { Self::Whole } else { Self::Part(Subset::Elements(wanted)) })
    }

    /// As [`Shown::take`], where one resource is read and there is nothing to count.
    ///
    /// # Errors
    /// As [`Shown::take`]; 400 for a count.
    pub(super) fn take_of_one(app: &App, wish: &mut Wish, of: ResourceType) -> Result<Self, Refused> {
        match Self::take(app, wish, &[of])? {
            Self::Count => Err(malformed(IssueCode::NotSupported, "_summary=count is for searches.")),
            shown => Ok(shown),
        }
    }

    /// The same, as a parameter.
    pub(super) fn parameter(&self) -> Option<(String, String)> {
        let summary = |text: &str| Some(("_summary".to_owned(), text.to_owned()));
        match self {
            Self::Whole => None,
            Self::Count => summary("count"),
            Self::Part(Subset::Summary) => summary("true"),
            Self::Part(Subset::Text) => summary("text"),
            Self::Part(Subset::Data) => summary("data"),
            Self::Part(Subset::Elements(names)) => Some(("_elements".to_owned(), names.join(","))),
        }
    }

    /// What is shown of resources that come along with those that were asked for: a list of elements is not about them.
    pub(super) fn of_included(&self) -> Self {
        match self {
            Self::Part(Subset::Elements(_)) => Self::Whole,
            shown => shown.clone(),
        }
    }

    /// What is shown of a resource's text.
    pub(super) fn text(&self, app: &App, text: String) -> String {
        let Self::Part(subset) = self else { return text };
        match Document::parse(text.as_bytes()) {
            Ok(document) => app.engine.parts().profiles.subset(document.root(), subset),
            Err(_) => text,
        }
    }

    /// What is shown of a version.
    pub(super) fn version(&self, app: &App, stored: Stored) -> Stored {
        let text = stored.text.map(|text| self.text(app, text));
        Stored { text, ..stored }
    }

    /// What is shown of each.
    pub(super) fn all(&self, app: &App, all: Vec<Stored>) -> Vec<Stored> {
        match self {
            Self::Part(_) => all.into_iter().map(|stored| self.version(app, stored)).collect(),
            Self::Whole | Self::Count => all,
        }
    }
}

fn summary(text: &str) -> Result<Shown, Refused> {
    match text {
        "true" => Ok(Shown::Part(Subset::Summary)),
        "text" => Ok(Shown::Part(Subset::Text)),
        "data" => Ok(Shown::Part(Subset::Data)),
        "count" => Ok(Shown::Count),
        "false" => Ok(Shown::Whole),
        _ => Err(malformed(IssueCode::Value, "_summary is true, text, data, count or false.")),
    }
}
