//! FHIR paths of tables: `identifier:afspraak.value`, `name[0].given[0]`, `telecom:telefoon[].value`.

use fhir_profiles::outline::{ElementType, Spot};

use crate::issue::did_you_mean;

/// Which values of a list a step means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Select {
    /// It says nothing: right for what is no list.
    None,
    /// `[0]`
    First,
    /// `[]`
    All,
    /// `:slice`
    Slice(String),
    /// `:slice[]`
    SliceAll(String),
}

/// A step of a path that leads somewhere.
#[derive(Debug, Clone)]
pub(crate) struct Step<'o> {
    /// The member in JSON; `_start` where the path goes on to an extension of a primitive.
    pub(crate) key: String,
    pub(crate) select: Select,
    pub(crate) spot: Spot<'o>,
}

/// How strictly a path is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// At a single value, lists selected on the way.
    AtValue,
    /// Anywhere; a list without selection means all of it.
    Anywhere,
}

/// The steps of `path` from `root`.
pub(crate) fn resolve<'o>(root: Spot<'o>, path: &str, ends: Ends) -> Result<Vec<Step<'o>>, String> {
    let mut at = root;
    let mut steps: Vec<Step<'o>> = Vec::new();
    for written in path.split('.') {
        let (name, select) = select(written).ok_or_else(|| format!("{written:?} is no step of a path"))?;
        if is_primitive(at) && !steps.is_empty() {
            beside(&mut steps, name)?;
        }
        let spot = at.child(name).ok_or_else(|| no_child(at, name))?;
        let spot = selected(spot, name, &select, ends)?;
        steps.push(Step { key: spot.name().to_owned(), select, spot });
        at = spot;
    }
    if ends == Ends::AtValue && !is_primitive(at) {
        let hint = did_you_mean("value", at.children());
        return Err(format!("{path:?} ends at an object; go on to one of its members{hint}"));
    }
    Ok(steps)
}

fn select(written: &str) -> Option<(&str, Select)> {
    let (rest, place) = match written.strip_suffix(']') {
        Some(rest) => rest.rsplit_once('[').map(|(rest, place)| (rest, Some(place)))?,
        None => (written, None),
    };
    let (name, slice) = rest.split_once(':').map_or((rest, None), |(name, slice)| (name, Some(slice)));
    let select = match (slice, place) {
        (None, None) => Select::None,
        (None, Some("0")) => Select::First,
        (None, Some("")) => Select::All,
        (Some(slice), None) => Select::Slice(slice.to_owned()),
        (Some(slice), Some("")) => Select::SliceAll(slice.to_owned()),
        _ => return None,
    };
    (!name.is_empty()).then_some((name, select))
}

/// What an extension of a primitive stands in.
fn beside(steps: &mut [Step<'_>], name: &str) -> Result<(), String> {
    let Some(last) = steps.last_mut() else { return Ok(()) };
    if name != "extension" || last.select != Select::None {
        return Err(format!("{:?} is a single value; only an extension can stand below it", last.key));
    }
    last.key.insert(0, '_');
    Ok(())
}

fn selected<'o>(spot: Spot<'o>, name: &str, select: &Select, ends: Ends) -> Result<Spot<'o>, String> {
    match select {
        Select::Slice(slice) | Select::SliceAll(slice) => spot.slice(slice).ok_or_else(|| {
            let hint = did_you_mean(slice, spot.slices());
            format!("the profile has no slice {slice:?} of {name}; add it there{hint}")
        }),
        Select::None if spot.many() && ends == Ends::AtValue => Err(format!(
            "{name} is a list; say which of its values is meant: {name}:slice, {name}[0] or {name}[]"
        )),
        Select::First | Select::All if !spot.many() => {
            Err(format!("{name} is no list; take the brackets off"))
        }
        Select::None | Select::First | Select::All => Ok(spot),
    }
}

fn no_child(at: Spot<'_>, name: &str) -> String {
    format!("{} has no element {name:?}{}", at.name(), did_you_mean(name, at.children()))
}

pub(crate) fn is_primitive(spot: Spot<'_>) -> bool {
    !matches!(spot.element_type(), ElementType::Complex(_) | ElementType::Resource)
}

/// The path as FHIRPath names it: without slices and places.
pub(crate) fn expression(resource: &str, steps: &[Step<'_>]) -> String {
    let names = steps.iter().map(|step| step.key.strip_prefix('_').unwrap_or(&step.key));
    std::iter::once(resource).chain(names).collect::<Vec<_>>().join(".")
}
