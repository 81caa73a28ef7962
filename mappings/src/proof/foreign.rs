//! Foreign content everywhere: what a table does not own, strewn over a resource it laid.

use gateway_core::Resource;
use gateway_core::json::{Kind, Node, push_quoted};

/// Odd spacing and precision, so that a copy is told from a print.
const MEMBER: &str = r#""x-foreign":{"a" : 5.00,  "b":"\u00e9"}"#;
const FOREIGN: &str = r#"{"a" : 5.00,  "b":"\u00e9"}"#;

/// The resource with a foreign member in each object, and a foreign value behind those of each list of objects.
pub(super) fn strewn(resource: &Resource) -> Resource {
    let mut out = String::new();
    value(resource.root(), &mut out);
    Resource::from_text(out).expect("what is added is JSON")
}

/// How much foreign content there is.
pub(super) fn count(resource: &Resource) -> usize {
    resource.text().matches(FOREIGN).count()
}

fn value(node: Node<'_>, out: &mut String) {
    match node.kind() {
        Kind::Object => {
            out.push('{');
            for (key, member) in node.entries() {
                push_quoted(out, key);
                out.push(':');
                value(member, out);
                out.push(',');
            }
            out.push_str(MEMBER);
            out.push('}');
        }
        Kind::Array => {
            let objects = node.items().any(|item| item.kind() == Kind::Object);
            out.push('[');
            for (n, item) in node.items().enumerate() {
                if n > 0 {
                    out.push(',');
                }
                value(item, out);
            }
            if objects {
                out.extend([",{", MEMBER, "}"]);
            }
            out.push(']');
        }
        _ => out.push_str(node.raw()),
    }
}
