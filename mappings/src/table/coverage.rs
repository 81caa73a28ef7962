//! Nothing is forgotten: each field and each must-support element is mapped, or lost with a reason.

use fhir_profiles::outline::{Outline, Spot};

use super::fields::Fields;
use super::path::{self, Ends};
use super::row::Row;
use crate::MapIssue;

/// A fault that does not know its file yet.
pub(super) type Fault = Box<dyn Fn(&str) -> MapIssue>;

/// Tells each hole.
pub(super) fn check(
    rows: &[Row],
    fields: &Fields,
    root: Spot<'_>,
    outline: Option<&Outline>,
    tell: &mut dyn FnMut(Fault),
) {
    for path in fields.order.iter().filter(|path| !rows.iter().any(|row| covers_field(row, path))) {
        let path = path.clone();
        tell(Box::new(move |file| {
            let text = format!(
                "the field {path:?} is neither mapped nor lost; add a row, or {{ wire = {path:?}, lost = \"why\" }}"
            );
            MapIssue { wire: Some(path.clone()), ..MapIssue::fault(file, text) }
        }));
    }
    for path in outline.map(Outline::must_support).unwrap_or_default() {
        let covered = rows.iter().any(|row| covers_element(row, &path)) || is_fixed(root, &path);
        if !covered {
            tell(Box::new(move |file| {
                let text = format!(
                    "the must-support element {path:?} is neither mapped nor lost; add a row, or {{ fhir = {path:?}, lost = \"why\" }}"
                );
                MapIssue::fault(file, text)
            }));
        }
    }
}

fn covers_field(row: &Row, path: &str) -> bool {
    let (Some(wire), path) = (&row.wire, path.replace("[]", "")) else { return false };
    let wire = wire.replace("[]", "");
    match path.strip_prefix(wire.as_str()) {
        Some("") => true,
        Some(rest) => row.lost.is_some() && rest.starts_with('.'),
        None => false,
    }
}

fn covers_element(row: &Row, path: &str) -> bool {
    let written = [&row.fhir, &row.raw, &row.flag];
    written.into_iter().flatten().any(|written| covers(written, path, row.lost.is_some()))
}

/// What leads through an element covers it; what is lost covers all below it, and all slices when it names none.
fn covers(written: &str, path: &str, lost: bool) -> bool {
    let written: Vec<_> = written.split('.').map(step).collect();
    let path: Vec<_> = path.split('.').map(step).collect();
    if written.len() < path.len() && !lost {
        return false;
    }
    written.iter().zip(&path).all(|((name, slice), (wanted, wanted_slice))| {
        name == wanted && (wanted_slice.is_none() || slice == wanted_slice || (lost && slice.is_none()))
    })
}

fn step(step: &str) -> (&str, Option<&str>) {
    let step = step.trim_end_matches("[0]").trim_end_matches("[]");
    step.split_once(':').map_or((step, None), |(name, slice)| (name, Some(slice)))
}

fn is_fixed(root: Spot<'_>, path: &str) -> bool {
    let steps = path::resolve(root, path, Ends::Anywhere);
    steps.is_ok_and(|steps| steps.last().is_some_and(|step| step.spot.is_fixed()))
}
