//! How a JSON answer is spoilt on demand (`tetra.md` section 5, edge cases 1 to 9).

use adapter_kit::standin::Twists;

use super::value::Json;

/// The twists of JSON answers; those of the bytes are `played`'s.
pub(crate) const TWISTS: &[&str] = &[
    "refused",
    "gelukt_false",
    "other_code",
    "code_text",
    "bare",
    "no_return_value",
    "null_return_value",
    "no_container",
    "null_container",
    "other_case",
    "both_cases",
    "extra_members",
    "reversed",
    "deep",
];

type Member = (String, Json);
type Members = Vec<Member>;

/// Deeper than anyone should read.
const DEPTH: usize = 10_000;

/// The answer, spoilt.
pub(crate) fn spoil(answer: Json, twists: &Twists) -> Json {
    let Json::Object(mut members) = answer else { return answer };
    for twist in TWISTS.iter().filter(|twist| twists.has(twist)) {
        apply(twist, &mut members);
    }
    Json::Object(members)
}

fn apply(twist: &str, members: &mut Members) {
    match twist {
        "refused" => {
            empty_container(members);
            outcome(members, "ResponseCode", &Json::Number(500));
            outcome(members, "ResponseText", &Json::text("Error"));
            outcome(members, "Melding", &Json::text("Mislukt"));
            outcome(members, "Gelukt", &Json::Flag(false));
        }
        "gelukt_false" => {
            empty_container(members);
            outcome(members, "Gelukt", &Json::Flag(false));
        }
        "other_code" => outcome(members, "ResponseCode", &Json::Number(503)),
        "code_text" => outcome(members, "ResponseCode", &Json::text("200")),
        "bare" => members.clear(),
        "no_return_value" => members.retain(|(name, _)| name != "ReturnValue"),
        "null_return_value" => set(members, |name| name == "ReturnValue", &Json::Null),
        "no_container" => members.retain(|(name, _)| name == "ReturnValue"),
        "null_container" => set(members, |name| name != "ReturnValue", &Json::Null),
        "other_case" => members.iter_mut().for_each(swap_case),
        "both_cases" => double(members),
        "extra_members" => extend(members),
        "reversed" => reverse(members),
        "deep" => {
            let nest = format!("{}{}", "[".repeat(DEPTH), "]".repeat(DEPTH));
            members.insert(0, ("Diep".to_owned(), Json::Raw(nest)));
        }
        _ => {}
    }
}

fn set(members: &mut [Member], which: impl Fn(&str) -> bool, to: &Json) {
    members.iter_mut().filter(|(name, _)| which(name)).for_each(|(_, value)| *value = to.clone());
}

fn empty_container(members: &mut [Member]) {
    members.iter_mut().filter(|(_, value)| matches!(value, Json::List(_))).for_each(|(_, value)| {
        *value = Json::List(Vec::new());
    });
}

fn outcome(members: &mut [Member], name: &str, to: &Json) {
    for (_, value) in members.iter_mut().filter(|(known, _)| known == "ReturnValue") {
        let Json::Object(inner) = value else { continue };
        set(inner, |known| known == name, to);
    }
}

/// `Afspraken` and `afspraken`, `WisAfspraakToken` and `wisAfspraakToken`: the names that are seen in two cases.
fn swapped(name: &str) -> Option<String> {
    let seen = ["afspraken", "agendas", "bloktypes", "zoekresultaten", "wisafspraaktoken"];
    if !seen.contains(&name.to_lowercase().as_str()) {
        return None;
    }
    let mut letters = name.chars();
    let first = letters.next()?;
    let other = if first.is_uppercase() { first.to_ascii_lowercase() } else { first.to_ascii_uppercase() };
    Some(std::iter::once(other).chain(letters).collect())
}

fn swap_case((name, value): &mut Member) {
    if let Some(other) = swapped(name) {
        *name = other;
    }
    objects(value, &|members| members.iter_mut().for_each(swap_case));
}

fn double(members: &mut Members) {
    let twins: Members =
        members.iter().filter_map(|(name, value)| Some((swapped(name)?, value.clone()))).collect();
    inside(members, &double);
    members.extend(twins);
}

fn extend(members: &mut Members) {
    inside(members, &extend);
    members.insert(0, ("NieuwVeld".to_owned(), Json::text("onbekend")));
    members.push(("Versie".to_owned(), Json::Object(vec![("Nummer".to_owned(), Json::Number(3))])));
}

fn reverse(members: &mut Members) {
    inside(members, &reverse);
    members.reverse();
}

fn inside(members: &mut Members, change: &dyn Fn(&mut Members)) {
    for (_, value) in members {
        objects(value, change);
    }
}

/// Does it to every object right below.
fn objects(value: &mut Json, change: &dyn Fn(&mut Members)) {
    match value {
        Json::Object(members) => change(members),
        Json::List(items) => items.iter_mut().for_each(|item| objects(item, change)),
        Json::Null | Json::Flag(_) | Json::Number(_) | Json::Text(_) | Json::Raw(_) => {}
    }
}
