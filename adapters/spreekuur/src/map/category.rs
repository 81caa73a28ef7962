//! What kind of appointment it is, in the XIS's own codes.

use gateway_core::json::Node;

use super::people::said;
use crate::wire::{Category, Coding};

/// Where the kind is looked for, in this order.
const SOURCES: [&str; 3] = ["serviceCategory", "serviceType", "appointmentType"];

/// The categories of `appointment`: of the first source that has a coding with system, code and display (the concept's
/// text does for a display); else the code `AFSPRAAK` of `fallback_system`.
pub(super) fn categories(appointment: Node<'_>, fallback_system: &str) -> Vec<Category> {
    let of = |source: &&str| appointment.find(&[source]).into_iter().filter_map(category).collect::<Vec<_>>();
    SOURCES.iter().map(of).find(|categories| !categories.is_empty()).unwrap_or_else(|| {
        let (system, code) = (fallback_system.to_owned(), "AFSPRAAK".to_owned());
        vec![Category { coding: vec![Coding { system, code, display: "Afspraak".to_owned() }] }]
    })
}

fn category(concept: Node<'_>) -> Option<Category> {
    let text = concept.text("text").and_then(said);
    let coding: Vec<_> = concept
        .find(&["coding"])
        .into_iter()
        .filter_map(|coding| {
            let system = coding.text("system").and_then(said)?;
            let code = coding.text("code").and_then(said)?;
            let display = coding.text("display").and_then(said).or_else(|| text.clone())?;
            Some(Coding { system, code, display })
        })
        .collect();
    (!coding.is_empty()).then_some(Category { coding })
}
