//! Tokens: a code, in a system or not (FHIR R4 search, token).

use super::plan::Plan;
use crate::index_rows::blind;

/// What the row `i` must be. Without a system the digits of a secret code may also be a number that is no secret.
pub(super) fn is(
    plan: &mut Plan<'_>,
    system: Option<&Option<String>>,
    code: Option<&str>,
    secret: bool,
    i: &str,
) -> String {
    let mut codes = Vec::new();
    if let Some(code) = code {
        if secret {
            let hidden = blind(plan.keys, plan.tenant, code);
            codes.push(plan.text(&hidden));
        }
        if !secret || system.is_none() {
            codes.push(plan.text(code));
        }
    }
    let system = system.map(|s| format!("{i}.system = {}", plan.text(s.as_deref().unwrap_or_default())));
    let codes = (!codes.is_empty()).then(|| format!("{i}.code IN ({})", codes.join(", ")));
    let both: Vec<String> = codes.into_iter().chain(system).collect();
    if both.is_empty() { "TRUE".to_owned() } else { format!("({})", both.join(" AND ")) }
}
