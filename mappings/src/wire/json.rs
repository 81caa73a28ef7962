//! Reading JSON: the arena is `gateway_core::json`'s; what is added is what counterparts need.
//!
//! A byte order mark is accepted (Tetra reference, edge case 8). With [`Names::AnyCase`] two names that collide after
//! folding are refused (section 3.5): which of the two is meant, nobody can know.

use std::collections::HashSet;

use gateway_core::json::{Document, Kind, Node, ParseError};

use super::{Limits, Names, Unreadable};

/// Objects with more members than this look for collisions with a set instead of by comparing.
const COMPARE_UP_TO: usize = 24;

pub(super) fn read(bytes: &[u8], names: Names, limits: Limits) -> Result<Document, Unreadable> {
    if bytes.len() > limits.bytes {
        return Err(Unreadable::TooLong { limit: limits.bytes });
    }
    if bytes.len() / 2 > limits.nodes && separators(bytes) >= limits.nodes {
        return Err(Unreadable::TooManyNodes { limit: limits.nodes });
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let document = Document::parse(bytes).map_err(unreadable)?;
    if names == Names::AnyCase {
        refuse_collisions(document.root(), &mut Vec::new(), &mut Vec::new())?;
    }
    Ok(document)
}

/// Every value but the first follows one of these, so there are at most this many and one. Those inside texts count
/// too: a document of a million commas in one text is no answer of anyone.
fn separators(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count()
}

fn unreadable(error: ParseError) -> Unreadable {
    match error {
        ParseError::TooDeep => Unreadable::TooDeep,
        ParseError::NotUtf8 { .. } => Unreadable::Encoding { encoding: "UTF-8" },
        error => Unreadable::Json(error),
    }
}

/// `names` is room to lay the names of one object side by side, which is quicker than finding each again.
fn refuse_collisions<'d>(
    node: Node<'d>,
    path: &mut Vec<&'d str>,
    names: &mut Vec<&'d str>,
) -> Result<(), Unreadable> {
    match node.kind() {
        Kind::Object => {
            names.clear();
            names.extend(node.entries().map(|(name, _)| name));
            if collide(names) {
                return Err(Unreadable::Collision { path: format!("${}", path.concat()) });
            }
            for (name, value) in node.entries().filter(|(_, value)| is_container(*value)) {
                path.extend([".", name]);
                refuse_collisions(value, path, names)?;
                path.truncate(path.len() - 2);
            }
            Ok(())
        }
        Kind::Array => node.items().try_for_each(|item| refuse_collisions(item, path, names)),
        _ => Ok(()),
    }
}

fn is_container(node: Node<'_>) -> bool {
    matches!(node.kind(), Kind::Object | Kind::Array)
}

fn collide(names: &[&str]) -> bool {
    if names.len() <= COMPARE_UP_TO {
        let before = |n: usize| names.iter().take(n);
        return names.iter().enumerate().any(|(n, name)| before(n).any(|one| one.eq_ignore_ascii_case(name)));
    }
    let mut seen = HashSet::with_capacity(names.len());
    names.iter().any(|name| !seen.insert(name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use crate::wire::{Document, Kind, Limits, Names, Unreadable};

    fn any_case(text: &str) -> Result<Document, Unreadable> {
        Document::json(text.as_bytes(), Names::AnyCase)
    }

    #[test]
    fn edge_06_names_match_in_any_case_and_both_at_once_are_refused() {
        for name in ["Afspraken", "afspraken", "AFSPRAKEN"] {
            let document = any_case(&format!(r#"{{"{name}":[{{"wisAfspraakToken":"t"}}]}}"#)).unwrap();
            let list = document.root().get("Afspraken").unwrap();
            let first = list.items().next().unwrap();
            assert_eq!(first.get("WisAfspraakToken").unwrap().text().as_deref(), Some("t"));
        }
        let twice = any_case(r#"{"a":[{"WisAfspraakToken":null,"wisAfspraakToken":"t"}]}"#).unwrap_err();
        assert_eq!(twice, Unreadable::Collision { path: "$.a".into() });
        let many = (0..40).map(|n| format!("\"k{n}\":1,")).collect::<Vec<_>>().concat();
        assert!(matches!(any_case(&format!("{{{many}\"K7\":1}}")), Err(Unreadable::Collision { .. })));
    }

    #[test]
    fn names_as_written_are_two_names() {
        let document = Document::json(br#"{"Id":1,"id":2}"#, Names::AsWritten).unwrap();
        assert_eq!(document.root().get("id").unwrap().text().as_deref(), Some("2"));
        assert!(document.root().get("ID").is_none());
    }

    #[test]
    fn edge_8_a_byte_order_mark_is_accepted() {
        let document = Document::json(b"\xEF\xBB\xBF{\"a\":1}", Names::AnyCase).unwrap();
        assert_eq!(document.root().get("A").unwrap().kind(), Kind::Number);
        assert!(Document::json(b"\xEF\xBB\xBF\xEF\xBB\xBF{}", Names::AnyCase).is_err());
    }

    #[test]
    fn ten_thousand_levels_are_refused() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(any_case(&deep).unwrap_err(), Unreadable::TooDeep);
    }

    #[test]
    fn the_caller_s_caps_hold() {
        let limits = Limits { bytes: 20, nodes: 5 };
        let read = |text: &str| Document::json_within(text.as_bytes(), Names::AsWritten, limits);
        assert_eq!(read(&" ".repeat(21)).unwrap_err(), Unreadable::TooLong { limit: 20 });
        assert_eq!(read("[1,1,1,1,1,1]").unwrap_err(), Unreadable::TooManyNodes { limit: 5 });
        assert!(read("[1,1,1,1]").is_ok());
    }

    #[test]
    fn truncated_and_wrongly_encoded_texts_are_refused() {
        assert!(matches!(any_case(r#"{"a":[1,"#), Err(Unreadable::Json(_))));
        assert!(matches!(any_case(""), Err(Unreadable::Json(_))));
        let latin = Document::json(b"{\"a\":\"\xeb\"}", Names::AnyCase).unwrap_err();
        assert_eq!(latin, Unreadable::Encoding { encoding: "UTF-8" });
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_document_or_an_error(bytes: Vec<u8>) {
            drop(Document::json(&bytes, Names::AnyCase));
        }

        #[test]
        fn any_text_of_json_characters_is_a_document_or_an_error(text in r#"[\[\]{},:"\\a1 ]{0,60}"#) {
            if let Ok(document) = any_case(&text) {
                drop(document.root().raw_json());
            }
        }
    }
}
