//! Changing one list of a resource and leaving the text of everything else as it is.

use gateway_core::json::Node;
use gateway_core::{Draft, Resource};

/// A draft of `resource` in which the list `element` has lost the items that are not kept and got `more` at its end. A
/// list without items is left out.
pub(super) fn relist(
    draft: Draft,
    resource: &Resource,
    element: &str,
    kept: impl Fn(Node<'_>) -> bool,
    more: Option<String>,
) -> Draft {
    let list = resource.root().get(element);
    let items =
        list.into_iter().flat_map(Node::items).filter(|item| kept(*item)).map(|item| item.raw().to_owned());
    let items: Vec<_> = items.chain(more).collect();
    match (items.is_empty(), list.is_some()) {
        (true, false) => draft,
        (true, true) => draft.remove(element),
        (false, _) => draft.set(element, format!("[{}]", items.join(","))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_items_keep_their_text() {
        let resource = Resource::from_text(
            r#"{"resourceType":"Patient","extension":[{"url":"a","valueDecimal": 5.00},{"url":"b"}],"active":true}"#,
        )
        .unwrap();
        let changed = |kept: &str, more: Option<&str>| {
            relist(
                resource.draft(),
                &resource,
                "extension",
                |n| n.text("url") == Some(kept),
                more.map(str::to_owned),
            )
            .text()
        };
        let text = changed("a", Some(r#"{"url":"c"}"#));
        assert!(text.contains(r#"[{"url":"a","valueDecimal": 5.00},{"url":"c"}]"#), "{text}");
        assert_eq!(changed("none", None), r#"{"resourceType":"Patient","active":true}"#);
    }
}
