//! What a search is about: one type, the compartment of a patient, or every type
//! (<https://hl7.org/fhir/R4/http.html#search>).
//!
//! A search over more than one type is one query for each: a parameter must be known to all of them. Types that the
//! caller's scopes do not reach are left out, as single resources would be.

use fhir_profiles::search::{Criterion, Filter, Query};
use gateway_core::{Caller, Interaction, Issue, IssueCode, Key, Problem, ResourceType};

use super::compartment;
use crate::App;
use crate::fhir::offer::{Rest, offered};
use crate::fhir::own;
use crate::fhir::wish::Wish;
use crate::problem::{Refused, malformed};

/// The parameter that names types where the path does not.
pub(super) const TYPE: &str = "_type";

/// What a search is about.
pub(super) enum Field {
    /// `/{type}`
    Type(ResourceType),
    /// `/Patient/{id}/{type}`, or `/Patient/{id}/*`
    Compartment { patient: Key, of: Option<ResourceType> },
    /// `/`
    System,
}

/// The types of one search.
pub(super) struct Types {
    pub(super) all: Vec<ResourceType>,
    /// Whether the caller named them, in the path or by `_type`.
    pub(super) named: bool,
}

impl Field {
    /// The path below the base.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Type(resource_type) => resource_type.to_string(),
            Self::Compartment { patient, of: Some(of) } => format!("{patient}/{of}"),
            Self::Compartment { patient, of: None } => format!("{patient}/*"),
            Self::System => String::new(),
        }
    }

    /// The type, when all of it is searched.
    pub(super) fn whole_type(&self) -> Option<ResourceType> {
        match self {
            Self::Type(resource_type) => Some(*resource_type),
            Self::Compartment { .. } | Self::System => None,
        }
    }

    /// Whether `_type` counts here.
    pub(super) fn names_types(&self) -> bool {
        matches!(self, Self::Compartment { of: None, .. } | Self::System)
    }

    /// The types that are searched; takes `_type` out of the wish where it counts.
    ///
    /// # Errors
    /// 400 for a type that cannot be searched here; 403 when none of them is the caller's to search.
    pub(super) fn types(&self, caller: &Caller, wish: &mut Wish) -> Result<Types, Refused> {
        let every = match self {
            Self::Type(of) | Self::Compartment { of: Some(of), .. } => {
                return Ok(Types { all: vec![*of], named: true });
            }
            Self::Compartment { of: None, .. } => compartment::types().collect(),
            Self::System => searchable(),
        };
        let values = wish.take_all(TYPE);
        let named = !values.is_empty();
        let mut wanted = every.clone();
        if named {
            wanted = Vec::new();
            for name in values.iter().flat_map(|value| value.split(',')).map(str::trim) {
                match every.iter().find(|of| of.as_str() == name) {
                    Some(of) if wanted.contains(of) => {}
                    Some(of) => wanted.push(*of),
                    None => wish.cannot(unknown())?,
                }
            }
        }
        let may = |of: &ResourceType| caller.scopes.allow(*of, Interaction::Search);
        let all: Vec<_> = wanted.into_iter().filter(may).collect();
        if all.is_empty() {
            let text = "The token has no scope to search any of these types.";
            return Err(Refused(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text))));
        }
        Ok(Types { all, named })
    }

    /// The queries, one for each type.
    ///
    /// # Errors
    /// 400 for a parameter that is not understood, and for a search over everything that asks for nothing.
    pub(super) fn queries(&self, app: &App, types: &Types, wish: &mut Wish) -> Result<Vec<Query>, Refused> {
        leave_out_unknown(app, types, wish)?;
        if matches!(self, Self::System) && !types.named && wish.parameters.is_empty() {
            let text =
                "A search over all types is not offered; name types with _type, or say what is looked for.";
            return Err(malformed(IssueCode::NotSupported, text));
        }
        let parts = app.engine.parts();
        let now = own::micros(parts.clock.now());
        let query = |of: &ResourceType| {
            let mut query = Query::parse_at(&parts.profiles, *of, &wish.parameters, now)
                .map_err(|issues| Refused(Problem::Malformed(issues)))?;
            own::can_be_followed(&query).map_err(Refused)?;
            if let Self::Compartment { patient, .. } = self {
                query.filters.push(inside(patient, *of));
            }
            Ok(query)
        };
        types.all.iter().map(query).collect()
    }
}

/// The types that can be searched.
pub(super) fn searchable() -> Vec<ResourceType> {
    let can = |of: &ResourceType| offered(*of).contains(&Rest::SearchType);
    ResourceType::ALL.iter().copied().filter(can).collect()
}

fn unknown() -> Issue {
    Issue::error(IssueCode::NotSupported, "_type names a type that cannot be searched here.").at("http._type")
}

/// That a resource belongs to the patient: any of several parameters leads there.
pub(super) fn inside(patient: &Key, of: ResourceType) -> Filter {
    let leads = |parameter: &&str| Filter {
        parameter: (*parameter).to_owned(),
        negated: false,
        any: vec![Criterion::Reference(patient.clone())],
    };
    let mut filters: Vec<_> = compartment::membership(of).iter().map(leads).collect();
    match (filters.pop(), filters.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            filters.extend(last);
            Filter { parameter: String::new(), negated: false, any: vec![Criterion::AnyOf(filters)] }
        }
    }
}

/// With `handling=lenient`: takes out the parameters that not all of the types know, a warning for each. A modifier that
/// is not known stays in and is refused.
fn leave_out_unknown(app: &App, types: &Types, wish: &mut Wish) -> Result<(), Refused> {
    if !wish.is_lenient() {
        return Ok(());
    }
    let profiles = &app.engine.parts().profiles;
    let known = |name: &str| types.all.iter().all(|of| Query::knows(profiles, *of, name));
    let (kept, left_out): (Vec<_>, Vec<_>) = std::mem::take(&mut wish.parameters)
        .into_iter()
        .partition(|(name, value)| known(name) && !value.trim().is_empty());
    wish.parameters = kept;
    for (name, _) in left_out {
        let text = "This parameter is not known here, or has no value, and was left out.";
        wish.cannot(Issue::error(IssueCode::NotSupported, text).at(format!("http.{name}")))?;
    }
    Ok(())
}
