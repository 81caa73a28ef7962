//! The canonical text: what two documents with the same content share.
//!
//! No white space, members sorted by key, strings with the shortest escapes, numbers as they were written: `5.0` and
//! `5.00` differ, as FHIR's decimal wants it (`dutch-fhir.md` section 6, case 51).

use super::node::{Kind, Node};
use super::write::push_quoted;

/// The canonical text of `node`.
#[must_use]
pub fn canonical(node: Node<'_>) -> String {
    let mut out = String::with_capacity(node.raw().len());
    push(&mut out, node);
    out
}

fn push(out: &mut String, node: Node<'_>) {
    match node.kind() {
        Kind::Null | Kind::Bool(_) | Kind::Number => out.push_str(node.raw()),
        Kind::String => push_quoted(out, node.as_str().unwrap_or_default()),
        Kind::Array => {
            out.push('[');
            for (n, item) in node.items().enumerate() {
                separate(out, n);
                push(out, item);
            }
            out.push(']');
        }
        Kind::Object => {
            let mut entries: Vec<_> = node.entries().collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (n, (key, value)) in entries.into_iter().enumerate() {
                separate(out, n);
                push_quoted(out, key);
                out.push(':');
                push(out, value);
            }
            out.push('}');
        }
    }
}

fn separate(out: &mut String, n: usize) {
    if n > 0 {
        out.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;

    fn of(text: &str) -> String {
        canonical(Document::parse(text.as_bytes()).unwrap().root())
    }

    #[test]
    fn order_space_and_escapes_do_not_count() {
        assert_eq!(of(r#"{ "b": [1, 2], "a": "\u00e9\/" }"#), of(r#"{"a":"é/","b":[1,2]}"#));
    }

    #[test]
    fn the_precision_of_a_number_counts() {
        assert_ne!(of(r#"{"a":5.0}"#), of(r#"{"a":5.00}"#));
    }

    proptest::proptest! {
        #[test]
        fn canonical_text_is_its_own_canonical_text(value in json()) {
            let once = of(&value.to_string());
            proptest::prop_assert_eq!(of(&once), once.clone());
            proptest::prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&once).unwrap(), value);
        }

        #[test]
        fn parsing_never_panics(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            drop(Document::parse(&bytes));
        }
    }

    fn json() -> impl proptest::strategy::Strategy<Value = serde_json::Value> {
        use proptest::prelude::*;
        use serde_json::Value;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::String),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::Array),
                proptest::collection::hash_map(".{0,6}", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }
}
