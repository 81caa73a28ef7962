//! Repeat medication (8.5): what may be repeated (XS-12), read again (XS-13), ordered one by one (XS-14).

use serde::Deserialize;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use super::bundle::{id, resources};
use super::conversation::Conversation;
use super::ending::Ending;

/// Where the list is asked for: page and `OpenAPI` file differ.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
enum Path {
    #[default]
    MedicationRequest,
    MedicationRequestBundle,
}

impl Path {
    fn name(self) -> &'static str {
        match self {
            Self::MedicationRequest => "MedicationRequest",
            Self::MedicationRequestBundle => "MedicationRequestBundle",
        }
    }
}

/// The patient looks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct List {
    #[serde(default)]
    path: Path,
}

/// The patient orders.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chosen {
    #[serde(default)]
    path: Path,
    /// All that is listed when empty.
    #[serde(default)]
    ids: Vec<String>,
    note: Option<String>,
}

/// XS-12.
pub(super) async fn list(xis: &mut Conversation<'_>, list: &List) -> Result<Ending, Ending> {
    let answer = xis.get(&[list.path.name()], &[]).await?;
    if answer["resourceType"] == "Bundle" { Ok(Ending::Listed) } else { Err(Ending::Unreadable) }
}

/// XS-12 to XS-14. Ends at the first that is refused.
pub(super) async fn order(xis: &mut Conversation<'_>, chosen: &Chosen) -> Result<Ending, Ending> {
    let listed = xis.get(&[chosen.path.name()], &[]).await?;
    let offered = resources(&listed, "MedicationRequest").into_iter().filter_map(id).map(str::to_owned);
    let ids = if chosen.ids.is_empty() { offered.collect() } else { chosen.ids.clone() };
    if ids.is_empty() {
        return Err(Ending::NotFound);
    }
    for id in &ids {
        let original = xis.get(&["MedicationRequest", id], &[]).await?;
        let repeat = repeat(xis, original, id, chosen.note.as_deref());
        xis.post("MedicationRequest", &repeat).await?;
    }
    Ok(Ending::Ordered)
}

/// 8.5.2. `meta` is of the version that was read, so it stays behind like the id.
fn repeat(xis: &Conversation<'_>, mut original: Value, id: &str, note: Option<&str>) -> Value {
    if let Some(elements) = original.as_object_mut() {
        elements.remove("id");
        elements.remove("meta");
    }
    original["authoredOn"] = json!(xis.at.format(&Rfc3339).unwrap_or_default());
    original["basedOn"] = json!([{ "reference": format!("MedicationRequest/{id}") }]);
    original["status"] = json!("draft");
    original["intent"] = json!("order");
    if let Some(note) = note {
        original["note"] = json!([{ "text": note }]);
    }
    original
}
