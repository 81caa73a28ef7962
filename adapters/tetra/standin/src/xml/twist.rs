//! How an XML answer is spoilt on demand (`tetra.md` section 5, edge cases 11 to 18).

use adapter_kit::standin::Twists;

use super::tag::Tag;

/// The twists of the document, and those that [`Dress`](super::Dress) knows.
pub(crate) const TWISTS: &[&str] = &[
    "status_unknown",
    "status_missing",
    "status_spaced",
    "other_root",
    "reversed",
    "self_closed",
    "nil",
    "no_container",
    "refused",
    "extra_members",
    "deep",
    "dtd",
    "entities",
    "utf16_declared",
    "utf8_declared",
    "single_quoted",
    "no_prolog",
    "utf16le_bom",
    "utf16be_bom",
    "utf16le",
    "utf16be",
    "invalid_utf8",
];

/// Deeper than anyone should read.
const DEPTH: usize = 10_000;

/// Ten entities, each ten of the one before.
fn laughter() -> String {
    let entities = (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10)));
    format!("<!ENTITY l0 \"ha\">{}", entities.collect::<String>())
}

/// The document's tree, spoilt.
pub(crate) fn spoil(mut root: Tag, twists: &Twists) -> Tag {
    for twist in TWISTS.iter().filter(|twist| twists.has(twist)) {
        apply(twist, &mut root);
    }
    root
}

/// What stands before the root.
pub(crate) fn preface(root: &str, twists: &Twists) -> String {
    if twists.has("entities") {
        return format!("<!DOCTYPE {root} [{}]>\n", laughter());
    }
    if twists.has("dtd") {
        format!("<!DOCTYPE {root} SYSTEM \"http://127.0.0.1:9/x.dtd\">\n")
    } else {
        String::new()
    }
}

/// Puts in what a tree cannot hold: it would be escaped, or nest too deep to be written.
pub(crate) fn inlay(document: String, twists: &Twists) -> String {
    let nest = || format!("{}{}", "<Diep>".repeat(DEPTH), "</Diep>".repeat(DEPTH));
    let document = if twists.has("deep") { before_the_end(&document, &nest()) } else { document };
    if twists.has("entities") { before_the_end(&document, "<Lach>&l9;</Lach>") } else { document }
}

fn before_the_end(document: &str, text: &str) -> String {
    document.rsplit_once("</").map_or_else(String::new, |(head, tail)| format!("{head}{text}</{tail}"))
}

fn apply(twist: &str, root: &mut Tag) {
    match twist {
        "status_unknown" => status(root, |text| "OZB_Communicatie_Status_Onderhoud".clone_into(text)),
        "status_missing" => root.children.retain(|child| child.name != "CommunicatieStatus"),
        "status_spaced" => status(root, |text| *text = format!("\n  {text}  ")),
        "other_root" => "Tetra_Agenda_HeelIetsAnders_Antwoord".clone_into(&mut root.name),
        "reversed" => everywhere(root, &|tag| tag.children.reverse()),
        "self_closed" => everywhere(root, &|tag| tag.closes_itself = true),
        "nil" => everywhere(root, &|tag| {
            if tag.children.is_empty() && tag.text.is_empty() {
                tag.attributes.push(("xsi:nil".to_owned(), "true".to_owned()));
            }
        }),
        "no_container" => root.children.retain(|child| child.name == "CommunicatieStatus"),
        "refused" => {
            status(root, |text| "OZB_Communicatie_Status_Verzoek_is_mislukt".clone_into(text));
            root.children.iter_mut().for_each(|child| child.children.clear());
        }
        "extra_members" => everywhere(root, &|tag| {
            if !tag.children.is_empty() {
                tag.children.push(Tag::text("NieuwVeld", "onbekend"));
            }
        }),
        _ => {}
    }
}

fn status(root: &mut Tag, change: impl Fn(&mut String)) {
    root.children
        .iter_mut()
        .filter(|child| child.name == "CommunicatieStatus")
        .for_each(|child| change(&mut child.text));
}

fn everywhere(tag: &mut Tag, change: &dyn Fn(&mut Tag)) {
    tag.children.iter_mut().for_each(|child| everywhere(child, change));
    change(tag);
}
