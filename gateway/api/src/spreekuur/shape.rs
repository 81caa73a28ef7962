//! The elements the contract names, taken out of what was sent; everything else is left behind (A-22, N-24).
//!
//! Values keep the text they came in with. What is read here passed the profile's check before, so that a missing
//! element simply gives nothing.

use gateway_core::json::{Node, quoted};
use gateway_core::{Bsn, Key};

/// The system of a XIS's own appointment ids.
pub(super) const XIS_APPOINTMENT: &str = "https://zorgtolk.example/fhir/NamingSystem/xis-appointment";

/// An object with only these members of `node`, in this order.
pub(super) fn kept(node: Node<'_>, members: &[&str]) -> String {
    object(members.iter().filter_map(|name| Some((*name, node.get(name)?.raw().to_owned()))))
}

/// An object of JSON texts.
pub(super) fn object<'n>(members: impl IntoIterator<Item = (&'n str, String)>) -> String {
    let members: Vec<_> =
        members.into_iter().map(|(name, json)| format!("{}:{json}", quoted(name))).collect();
    format!("{{{}}}", members.join(","))
}

/// An array of JSON texts.
pub(super) fn array(items: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", items.into_iter().collect::<Vec<_>>().join(","))
}

/// The items of `element`.
pub(super) fn items<'d>(node: Node<'d>, element: &str) -> impl Iterator<Item = Node<'d>> {
    node.get(element).into_iter().flat_map(Node::items)
}

/// Concepts with their codings only.
pub(super) fn concepts(node: Node<'_>, element: &str) -> String {
    array(items(node, element).map(|concept| {
        let codings =
            array(items(concept, "coding").map(|coding| kept(coding, &["system", "code", "display"])));
        object([("coding", codings)])
    }))
}

/// The value of a BSN identifier.
pub(super) fn bsn_of(identifier: Node<'_>) -> Option<Bsn> {
    (identifier.text("system")? == Bsn::SYSTEM).then(|| identifier.text("value")?.parse().ok())?
}

/// The BSN of a participant, which makes it the patient's.
pub(super) fn participant_bsn(participant: Node<'_>) -> Option<Bsn> {
    bsn_of(participant.get("actor")?.get("identifier")?)
}

/// The name a participant is shown by.
pub(super) fn display(participant: Node<'_>) -> Option<&str> {
    participant.get("actor")?.text("display")
}

/// The reference of a participant that means something outside the message: not one to a contained resource.
pub(super) fn reference(participant: Node<'_>) -> Option<&str> {
    participant.get("actor")?.text("reference").filter(|reference| !reference.starts_with('#'))
}

/// The participants as they are stored: the patient's refers to our Patient, the others are as they were sent.
pub(super) fn stored_participants(sent: Node<'_>, patient: &Key) -> String {
    array(items(sent, "participant").map(|participant| {
        let actor = match participant_bsn(participant) {
            Some(_) => object([
                ("reference", quoted(&patient.to_string())),
                ("display", quoted(display(participant).unwrap_or_default())),
            ]),
            None => other_actor(participant),
        };
        with_status(participant, actor)
    }))
}

/// The participants as they are answered: as they were sent.
pub(super) fn sent_participants(sent: Node<'_>) -> String {
    array(items(sent, "participant").map(|participant| {
        let actor = participant.get("actor").map(|actor| {
            let identifier = actor.get("identifier").map(|i| ("identifier", kept(i, &["system", "value"])));
            let member = |name| Some((name, actor.get(name)?.raw().to_owned()));
            object(member("reference").into_iter().chain(identifier).chain(member("display")))
        });
        with_status(participant, actor.unwrap_or_else(|| "{}".to_owned()))
    }))
}

fn other_actor(participant: Node<'_>) -> String {
    let identifier = participant.get("actor").and_then(|actor| actor.get("identifier"));
    object(
        reference(participant)
            .map(|reference| ("reference", quoted(reference)))
            .into_iter()
            .chain(identifier.map(|identifier| ("identifier", kept(identifier, &["system", "value"]))))
            .chain(display(participant).map(|display| ("display", quoted(display)))),
    )
}

fn with_status(participant: Node<'_>, actor: String) -> String {
    let status = participant.get("status").map(|status| ("status", status.raw().to_owned()));
    object(std::iter::once(("actor", actor)).chain(status))
}

#[cfg(test)]
mod tests {
    use gateway_core::json::Document;

    use super::*;

    const SENT: &str = r##"{"participant":[
        {"actor":{"reference":"Patient/p1","display":"T. van Testpersoon","required":true,
          "identifier":{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"99990019"}},"status":"accepted","x":1},
        {"actor":{"reference":"PractitionerRole/1","display":"Dr.","identifier":{"system":"s","value":"1","use":"usual"}},
          "status":"accepted"},
        {"actor":{"reference":"#loc","display":"Kamer 2"},"status":"accepted"}],
        "serviceCategory":[{"coding":[{"system":"s","code":"c","display":"d","userSelected":true}],"text":"t"}]}"##;

    #[test]
    fn the_bsn_stays_out_of_what_is_stored() {
        let document = Document::parse(SENT.as_bytes()).unwrap();
        let stored = stored_participants(document.root(), &Key::from_reference("Patient/ours").unwrap());
        assert_eq!(
            stored,
            concat!(
                r#"[{"actor":{"reference":"Patient/ours","display":"T. van Testpersoon"},"status":"accepted"},"#,
                r#"{"actor":{"reference":"PractitionerRole/1","identifier":{"system":"s","value":"1"},"display":"Dr."},"status":"accepted"},"#,
                r#"{"actor":{"display":"Kamer 2"},"status":"accepted"}]"#,
            )
        );
    }

    #[test]
    fn the_answer_has_what_was_sent_and_the_contract_names() {
        let document = Document::parse(SENT.as_bytes()).unwrap();
        let sent = sent_participants(document.root());
        assert!(sent.contains(r#""value":"99990019""#) && sent.contains("#loc"), "{sent}");
        assert!(!sent.contains("required") && !sent.contains(r#""x""#) && !sent.contains("usual"), "{sent}");
        assert_eq!(
            concepts(document.root(), "serviceCategory"),
            r#"[{"coding":[{"system":"s","code":"c","display":"d"}]}]"#
        );
    }
}
