//! `_include` and `_revinclude`, read (<https://hl7.org/fhir/R4/search.html#include>): `*`, `Type:parameter` or
//! `Type:parameter:Target`, and `:iterate` (`:recurse` in STU3) to go on from what was included.

use fhir_profiles::Profiles;
use fhir_profiles::search::{ParameterKind, SearchParameter};
use gateway_core::{Issue, IssueCode, ResourceType};

use crate::fhir::offered;
use crate::fhir::wish::Wish;
use crate::problem::{Refused, malformed};

/// What stands for every parameter, and as an include of its own for every type too.
const EVERY: &str = "*";

/// Something that comes along with what is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Include {
    /// What is found is referred to (`_revinclude`), rather than refers.
    pub(super) reverse: bool,
    /// Also from what came along.
    pub(super) iterate: bool,
    /// The type that refers; `None` is every.
    pub(super) source: Option<ResourceType>,
    /// By which parameter; `None` is any.
    pub(super) parameter: Option<&'static str>,
    /// Only this type is referred to.
    pub(super) target: Target,
}

/// The type that is referred to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Any,
    Only(ResourceType),
    /// A type of R4 that is not kept here: nothing comes along.
    NotHere(&'static str),
}

impl Target {
    pub(super) fn is(self, of: ResourceType) -> bool {
        match self {
            Self::Any => true,
            Self::Only(only) => only == of,
            Self::NotHere(_) => false,
        }
    }
}

impl Include {
    /// The same, as a parameter.
    pub(super) fn parameter(&self) -> (String, String) {
        let name = if self.reverse { "_revinclude" } else { "_include" };
        let name = if self.iterate { format!("{name}:iterate") } else { name.to_owned() };
        let Some(source) = self.source else { return (name, EVERY.to_owned()) };
        let value = format!("{source}:{}", self.parameter.unwrap_or(EVERY));
        let value = match self.target {
            Target::Any => value,
            Target::Only(target) => format!("{value}:{target}"),
            Target::NotHere(target) => format!("{value}:{target}"),
        };
        (name, value)
    }
}

/// Takes the includes out of a wish.
///
/// # Errors
/// 400 for another modifier; for an include that is not known, unless those may be left out.
pub(super) fn take_includes(profiles: &Profiles, wish: &mut Wish) -> Result<Vec<Include>, Refused> {
    let is_include = |name: &str| matches!(name.split(':').next(), Some("_include" | "_revinclude"));
    let (taken, left): (Vec<_>, Vec<_>) =
        std::mem::take(&mut wish.parameters).into_iter().partition(|(name, _)| is_include(name));
    wish.parameters = left;
    let mut includes = Vec::new();
    for (name, value) in taken {
        let (name, modifier) = name.split_once(':').map_or((&*name, None), |(n, m)| (n, Some(m)));
        let iterate = match modifier {
            None => false,
            Some("iterate" | "recurse") => true,
            Some(_) => {
                return Err(malformed(IssueCode::NotSupported, "The modifier of an include is :iterate."));
            }
        };
        match read(profiles, name == "_revinclude", iterate, &value) {
            Some(include) if includes.contains(&include) => {}
            Some(include) => includes.push(include),
            None => wish.cannot(unknown(name))?,
        }
    }
    Ok(includes)
}

fn unknown(name: &str) -> Issue {
    let text = "An include is Type:parameter or Type:parameter:Target, of a type that is here, a reference parameter of \
                it, and a type it can point to.";
    Issue::error(IssueCode::NotSupported, text).at(format!("http.{name}"))
}

fn read(profiles: &Profiles, reverse: bool, iterate: bool, value: &str) -> Option<Include> {
    let any = Include { reverse, iterate, source: None, parameter: None, target: Target::Any };
    if value == EVERY {
        // of everything that refers there would be no end
        return (!reverse).then_some(any);
    }
    let mut parts = value.split(':');
    let (source, code, target) = (parts.next()?.parse().ok()?, parts.next()?, parts.next());
    if parts.next().is_some() || offered(source).is_empty() {
        return None;
    }
    if code == EVERY {
        return target.is_none().then_some(Include { source: Some(source), ..any });
    }
    let parameter = references(profiles, source).find(|parameter| parameter.code == code)?;
    let target = match target {
        None => Target::Any,
        Some(name) => {
            let name = parameter.targets.iter().find(|target| **target == name)?;
            name.parse().map_or(Target::NotHere(name), Target::Only)
        }
    };
    Some(Include { source: Some(source), parameter: Some(parameter.code), target, ..any })
}

/// The parameters of a type that lead to other resources.
pub(super) fn references(profiles: &Profiles, of: ResourceType) -> impl Iterator<Item = &SearchParameter> {
    profiles.search_parameters(of).iter().filter(|parameter| parameter.kind == ParameterKind::Reference)
}

/// What `_include` takes for searches of a type, for the CapabilityStatement.
pub(in crate::fhir) fn include_values(profiles: &Profiles, of: ResourceType) -> Vec<String> {
    let named = references(profiles, of).map(|parameter| format!("{of}:{}", parameter.code));
    [EVERY.to_owned()].into_iter().chain(named).collect()
}

/// What `_revinclude` takes for searches of a type, for the CapabilityStatement.
pub(in crate::fhir) fn revinclude_values(profiles: &Profiles, of: ResourceType) -> Vec<String> {
    let sources = ResourceType::ALL.iter().copied();
    let sources = sources.filter(|source| !offered(*source).is_empty());
    let of_source = |source: ResourceType| {
        let leads = references(profiles, source).filter(move |p| p.targets.contains(&of.as_str()));
        leads.map(move |parameter| format!("{source}:{}", parameter.code))
    };
    sources.flat_map(of_source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn includes(query: &str) -> Option<String> {
        let mut wish = Wish::default();
        wish.add(query).ok()?;
        let includes = take_includes(&Profiles::embedded(), &mut wish).ok()?;
        let texts = includes.iter().map(|include| {
            let (name, value) = include.parameter();
            format!("{name}={value}")
        });
        Some(texts.collect::<Vec<_>>().join("&"))
    }

    #[test]
    fn what_is_understood_reads_back() {
        for query in [
            "_include=*",
            "_include=Appointment:patient",
            "_include=Appointment:actor:PractitionerRole",
            "_include=Appointment:actor:RelatedPerson",
            "_include=Appointment:*",
            "_include:iterate=PractitionerRole:organization&_revinclude=Provenance:target",
            "_revinclude:iterate=Appointment:slot",
        ] {
            assert_eq!(includes(query).as_deref(), Some(query));
        }
        assert_eq!(includes("_include:recurse=*").as_deref(), Some("_include:iterate=*"));
        assert_eq!(
            includes("_include=Slot:schedule&_include=Slot:schedule").as_deref(),
            Some("_include=Slot:schedule")
        );
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for query in [
            "_include=patient",
            "_include=Appointment",
            "_include=Appointment:status",
            "_include=Appointment:nothing",
            "_include=Medication:form",
            "_revinclude=AuditEvent:entity",
            "_include=Appointment:patient:Slot",
            "_include=Appointment:patient:Patient:x",
            "_include=Appointment:*:Patient",
            "_include=",
            "_include:all=*",
            "_revinclude=*",
        ] {
            assert_eq!(includes(query), None, "{query}");
        }
    }
}
