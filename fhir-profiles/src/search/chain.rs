//! Chains (`patient.organization.name`, `subject:Patient.identifier`) and `_has` (FHIR R4 search, chained parameters).
//!
//! A chain is asked of every type its reference may lead to and that has the parameter; one that none has is refused. Depth
//! is bounded here, breadth by the number of criteria of a query.

use gateway_core::IssueCode::{Invalid, NotSupported, TooCostly};
use gateway_core::ResourceType;

use super::asked::Asked;
use super::parse::{Part, Reading, Refused, inner, one};
use super::{Criterion, Filter, ParameterKind, SearchParameter};

/// The longest chain.
const MOST_STEPS: usize = 4;

/// A reference with more targets than this points to anything: the type must be said.
const MANY_TARGETS: usize = 20;

/// `reference` or `reference:Type`, and what is asked of the resource it leads to.
pub(super) fn chain(
    reading: &Reading<'_>,
    part: &Part<'_>,
    reference: &str,
    rest: &str,
) -> Result<Filter, Refused> {
    let asked = part.asked(reference);
    further(part, &asked)?;
    let Some((parameter, _)) = asked.profiles_parameter(reading.profiles) else {
        return Err(Refused::Unknown(
            asked.issue(NotSupported, "begins with no search parameter of its type"),
        ));
    };
    let targets = targets(parameter, &asked).map_err(|sentence| wrong(&asked, sentence))?;
    let mut any = Vec::new();
    for target in targets {
        let next = Part { resource_type: target, rest, steps: part.steps + 1, ..*part };
        match reading.filter(&next) {
            Ok(filter) => any.push(Criterion::Chain(Box::new(inner(target, filter)))),
            Err(Refused::Unknown(_)) => {}
            Err(refused) => return Err(refused),
        }
    }
    if any.is_empty() {
        let sentence = "ends in no search parameter of what it points to";
        return Err(Refused::Unknown(asked.issue(NotSupported, sentence)));
    }
    Ok(Filter { parameter: asked.code.to_owned(), negated: false, any })
}

/// `Type:reference:parameter`, what stands behind `_has:`.
pub(super) fn has(reading: &Reading<'_>, part: &Part<'_>, rest: &str) -> Result<Filter, Refused> {
    let asked = part.asked("_has");
    further(part, &asked)?;
    let mut pieces = rest.splitn(3, ':');
    let (Some(name), Some(reference), Some(rest)) = (pieces.next(), pieces.next(), pieces.next()) else {
        return Err(Refused::Wrong(asked.issue(Invalid, "must be _has:Type:reference:parameter")));
    };
    let Ok(resource_type) = name.parse::<ResourceType>() else {
        return Err(wrong(&asked, "names a type that is not offered here"));
    };
    let found = reading.profiles.searchable(resource_type).find(reference);
    let points_here = found.is_some_and(|(parameter, _)| {
        parameter.kind == ParameterKind::Reference && parameter.targets.contains(&part.resource_type.as_str())
    });
    if !points_here {
        return Err(wrong(&asked, "names no reference of that type to this one"));
    }
    let next = Part { resource_type, rest, steps: part.steps + 1, ..*part };
    // What has been named is there: a parameter it lacks is no reason to look at another type.
    let filter = reading.filter(&next).map_err(|refused| Refused::Wrong(refused.issue()))?;
    let query = Box::new(inner(resource_type, filter));
    Ok(one("_has", Criterion::Has { reference: reference.to_owned(), query }))
}

/// Refuses a step too many, and counts this one.
fn further(part: &Part<'_>, asked: &Asked<'_>) -> Result<(), Refused> {
    if part.steps < MOST_STEPS {
        return Ok(());
    }
    Err(Refused::Wrong(asked.issue(TooCostly, "has more than 4 steps")))
}

/// The types to ask: the one that is said, or all of ours the reference may lead to.
fn targets(parameter: &SearchParameter, asked: &Asked<'_>) -> Result<Vec<ResourceType>, &'static str> {
    if parameter.kind != ParameterKind::Reference {
        return Err("begins with a parameter that is no reference");
    }
    let ours = |name: &&str| name.parse().ok();
    match asked.modifier {
        None if parameter.targets.len() > MANY_TARGETS => {
            Err("may point to many types, so it must say which: reference:Type.parameter")
        }
        None => Ok(parameter.targets.iter().filter_map(ours).collect()),
        Some(name) if parameter.targets.contains(&name) => Ok(ours(&name).into_iter().collect()),
        Some(_) => Err("says a type that its reference does not point to"),
    }
}

fn wrong(asked: &Asked<'_>, sentence: &str) -> Refused {
    Refused::Wrong(asked.issue(NotSupported, sentence))
}
