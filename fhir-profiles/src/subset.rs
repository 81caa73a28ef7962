//! A part of a resource: `_summary` and `_elements` (<https://hl7.org/fhir/R4/search.html#summary>).
//!
//! Which elements belong to the summary, which must be there and which change the meaning of others is said by R4's own
//! table, at every depth. What stays keeps its text, so decimals and extensions are not touched. A value's own `id` and
//! extensions are part of the value. A contained resource stays when something that stays refers to it, for otherwise the
//! part would be no valid resource.

use gateway_core::json::{Kind as Json, Node, push_quoted};

use crate::r4::{Kind, Property, Shape, Special, r4};

/// Which part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subset {
    /// The summary (`_summary=true`).
    Summary,
    /// The narrative (`_summary=text`).
    Text,
    /// All but the narrative (`_summary=data`).
    Data,
    /// These elements of the root (`_elements`).
    Elements(Vec<String>),
}

/// What a part is marked with, so that nobody writes it back as the whole.
const TAG: &str =
    r#"{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}"#;

/// The part of `resource`, whose shape is `shape`.
pub(crate) fn text(shape: &Shape, resource: Node<'_>, subset: &Subset) -> String {
    let mut out = Members::new(resource.raw().len().min(4096));
    for (key, value) in resource.entries() {
        match key {
            "resourceType" | "id" => out.add(key, value.raw()),
            "meta" | "contained" => {}
            _ => root_member(shape, key, value, subset, &mut out),
        }
    }
    out.add("meta", &tagged(resource.get("meta")));
    if let Some(contained) = resource.get("contained") {
        add_contained(contained, subset, &mut out);
    }
    out.close()
}

/// Whether a shape has this element.
pub(crate) fn has(shape: &Shape, name: &str) -> bool {
    shape.property(name).is_some() || shape.slots.iter().any(|slot| slot.name == name)
}

fn root_member(shape: &Shape, key: &str, value: Node<'_>, subset: &Subset, out: &mut Members) {
    let Some(property) = property(shape, key) else { return };
    let name = shape.slot_of(property).name;
    let kept = (shape.mandatory | shape.modifier) >> property.slot & 1 == 1;
    match subset {
        Subset::Summary => summary_member(shape, key, value, out),
        Subset::Text if kept || name == "text" => out.add(key, value.raw()),
        Subset::Data if name != "text" => out.add(key, value.raw()),
        Subset::Elements(wanted) if kept || wanted.iter().any(|w| w == name || w == property.name) => {
            out.add(key, value.raw());
        }
        Subset::Text | Subset::Data | Subset::Elements(_) => {}
    }
}

/// The definition of a member; what stands under `_birthDate` belongs to `birthDate`.
fn property<'s>(shape: &'s Shape, key: &str) -> Option<&'s Property> {
    shape.property(key.strip_prefix('_').unwrap_or(key))
}

/// Adds a member as far as it belongs to the summary.
fn summary_member(shape: &Shape, key: &str, value: Node<'_>, out: &mut Members) {
    let Some(property) = property(shape, key) else { return };
    let is = |bits: u64| bits >> property.slot & 1 == 1;
    let of_a_value = !shape.path.contains('.') && !shape.is_resource() && matches!(key, "id" | "extension");
    if !is(shape.summary | shape.mandatory | shape.modifier) && !of_a_value {
        return;
    }
    match property.kind {
        Kind::Complex(id) if r4().shape(id).special != Special::Extension => {
            let part = summary(r4().shape(id), value);
            if let Some(part) = part.or_else(|| is(shape.mandatory).then(|| value.raw().to_owned())) {
                out.add(key, &part);
            }
        }
        Kind::Complex(_) | Kind::Primitive(_) | Kind::Resource => out.add(key, value.raw()),
    }
}

/// The summary of a value or of each in a list; `None` when nothing of it is left.
fn summary(shape: &Shape, value: Node<'_>) -> Option<String> {
    if value.kind() == Json::Array {
        let parts: Vec<_> = value.items().filter_map(|item| summary(shape, item)).collect();
        return (!parts.is_empty()).then(|| format!("[{}]", parts.join(",")));
    }
    let mut out = Members::new(value.raw().len());
    for (key, member) in value.entries() {
        summary_member(shape, key, member, &mut out);
    }
    (!out.is_empty()).then(|| out.close())
}

/// `meta` with the tag, once.
fn tagged(meta: Option<Node<'_>>) -> String {
    let tags = meta.and_then(|meta| meta.get("tag"));
    let known = tags.into_iter().flat_map(Node::items).any(|tag| tag.text("code") == Some("SUBSETTED"));
    let mut all: Vec<&str> = tags.into_iter().flat_map(Node::items).map(Node::raw).collect();
    if !known {
        all.push(TAG);
    }
    let mut out = Members::new(256);
    for (key, value) in meta.into_iter().flat_map(Node::entries).filter(|(key, _)| *key != "tag") {
        out.add(key, value.raw());
    }
    out.add("tag", &format!("[{}]", all.join(",")));
    out.close()
}

/// Adds the contained resources that what is there refers to, and those that they refer to.
fn add_contained(contained: Node<'_>, subset: &Subset, out: &mut Members) {
    let mut left: Vec<Node<'_>> = contained.items().collect();
    let mut kept: Vec<&str> = Vec::new();
    if *subset == Subset::Data {
        kept.extend(left.drain(..).map(Node::raw));
    }
    loop {
        let referred = |node: &Node<'_>| {
            let Some(id) = node.text("id") else { return false };
            let reference = format!("\"#{id}\"");
            out.text.contains(&reference) || kept.iter().any(|text| text.contains(&reference))
        };
        let (found, others): (Vec<_>, Vec<_>) = left.into_iter().partition(referred);
        if found.is_empty() {
            break;
        }
        kept.extend(found.into_iter().map(Node::raw));
        left = others;
    }
    if !kept.is_empty() {
        out.add("contained", &format!("[{}]", kept.join(",")));
    }
}

/// An object in the making.
struct Members {
    text: String,
}

impl Members {
    fn new(room: usize) -> Self {
        let mut text = String::with_capacity(room + 2);
        text.push('{');
        Self { text }
    }

    fn add(&mut self, key: &str, value: &str) {
        if !self.is_empty() {
            self.text.push(',');
        }
        push_quoted(&mut self.text, key);
        self.text.push(':');
        self.text.push_str(value);
    }

    fn is_empty(&self) -> bool {
        self.text.len() == 1
    }

    fn close(mut self) -> String {
        self.text.push('}');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_core::json::Document;

    const META: &str = r#""meta":{"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}]}"#;

    fn part(text: &str, subset: &Subset) -> String {
        let document = Document::parse(text.as_bytes()).unwrap();
        let name = document.root().text("resourceType").unwrap().to_owned();
        super::text(r4().find(&name).unwrap(), document.root(), subset)
    }

    fn elements(names: &str) -> Subset {
        Subset::Elements(names.split(',').map(str::to_owned).collect())
    }

    const PATIENT: &str = concat!(
        r#"{"resourceType":"Patient","id":"1","text":{"status":"generated","div":"<div/>"},"active":true,"#,
        r#""birthDate":"1980","_birthDate":{"id":"x"},"extension":[{"url":"u","valueDecimal":5.00}],"#,
        r#""contact":[{"gender":"male"}],"name":[{"family":"Dam","_family":{"extension":[{"url":"v"}]}}]}"#
    );

    #[test]
    fn the_summary_has_what_r4_marks_and_values_stay_as_they_were() {
        let expected = format!(
            r#"{{"resourceType":"Patient","id":"1","active":true,"birthDate":"1980","_birthDate":{{"id":"x"}},"name":[{{"family":"Dam","_family":{{"extension":[{{"url":"v"}}]}}}}],{META}}}"#
        );
        assert_eq!(part(PATIENT, &Subset::Summary), expected);
    }

    #[test]
    fn the_other_parts_are_what_their_names_say() {
        let text = part(PATIENT, &Subset::Text);
        assert!(text.contains("\"text\"") && text.contains("\"active\""), "{text}");
        assert!(!text.contains("birthDate") && !text.contains("Dam"), "{text}");
        let data = part(PATIENT, &Subset::Data);
        assert!(data.contains("5.00") && data.contains("contact") && !data.contains("<div/>"), "{data}");
        let some = part(PATIENT, &elements("extension,deceased"));
        assert!(some.contains("5.00") && some.contains("active") && !some.contains("birthDate"), "{some}");
    }

    #[test]
    fn the_participant_of_an_appointment_stays_although_it_is_no_summary() {
        let text = r##"{"resourceType":"Appointment","status":"booked","comment":"x","participant":[{"status":"accepted","period":{"start":"2026"},"actor":{"reference":"#p"}}],"contained":[{"resourceType":"Patient","id":"p","managingOrganization":{"reference":"#o"}},{"resourceType":"Organization","id":"o"},{"resourceType":"Location","id":"q"}]}"##;
        let part = part(text, &Subset::Summary);
        assert!(
            part.contains(r##""participant":[{"status":"accepted","actor":{"reference":"#p"}}]"##),
            "{part}"
        );
        assert!(part.contains("\"Patient\"") && part.contains("\"Organization\""), "{part}");
        assert!(!part.contains("Location") && !part.contains("comment"), "{part}");
    }

    #[test]
    fn tags_stay_and_the_mark_is_put_once() {
        let text = r#"{"resourceType":"Slot","meta":{"versionId":"2","tag":[{"code":"a"}]}}"#;
        let once = part(text, &Subset::Data);
        assert!(once.contains(r#""meta":{"versionId":"2","tag":[{"code":"a"},{"system""#), "{once}");
        assert_eq!(part(&once, &Subset::Data), once);
    }

    #[test]
    fn what_has_no_summary_of_its_own_goes_or_stays_whole() {
        let text = r#"{"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"contentType":"a/b","data":"QUJD"}},{"extension":[{"url":"u"}]}]}"#;
        let part = part(text, &Subset::Summary);
        assert!(part.contains(r#""content":[{"attachment":{"contentType":"a/b"}}]"#), "{part}");
    }
}
