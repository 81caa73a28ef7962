//! An object that is written has what R4 asks for: a participant its status, a slot its schedule.

use fhir_profiles::outline::Spot;

use super::plan::{self, ObjectPlan, Plan};
use super::row::Row;

/// Tells each element that a written object lacks. `written` are the values that go into the resource.
pub(crate) fn check(
    plan: &ObjectPlan,
    root: Spot<'_>,
    rows: &[Row],
    written: &[usize],
    tell: &mut dyn FnMut(String),
) {
    object(plan, root, "", &Written { rows, slots: written }, tell);
}

struct Written<'w> {
    rows: &'w [Row],
    slots: &'w [usize],
}

fn object(
    plan: &ObjectPlan,
    spot: Spot<'_>,
    path: &str,
    written: &Written<'_>,
    tell: &mut dyn FnMut(String),
) {
    let mut slots = Vec::new();
    plan::collect_object(plan, &mut slots);
    if !slots.iter().any(|slot| written.slots.contains(slot)) {
        return;
    }
    let present = |name: &str| plan.find(name).is_some() || plan.find(&format!("_{name}")).is_some();
    for name in spot.missing(present) {
        let path = below(path, name);
        if !written.rows.iter().any(|row| row.lost.is_some() && row.fhir.as_deref() == Some(path.as_str())) {
            tell(format!(
                "R4 asks for {path:?} where this is written; add a row, or {{ fhir = {path:?}, lost = \"why\" }}"
            ));
        }
    }
    for member in &plan.members {
        let Some(child) = spot.child(&member.key) else { continue };
        let path = below(path, &member.key);
        match &member.plan {
            Plan::Object(inner) => object(inner, child, &path, written, tell),
            Plan::List(items) => {
                for item in items {
                    if let Plan::Object(inner) = &item.plan {
                        object(inner, child, &path, written, tell);
                    }
                }
            }
            Plan::Slot(_) | Plan::Fixed(_) => {}
        }
    }
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
