//! The links and images of a narrative. Whether it is well formed is said by the check; what is not is left as it is.

use std::ops::Range;

/// Where the values of `href` and `src` stand, in order.
pub(super) fn links(html: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((_, tag)) = rest.split_once('<') {
        rest = match tag.strip_prefix("!--") {
            Some(comment) => comment.split_once("-->").map_or("", |(_, after)| after),
            None => links_of(html, tag, &mut found),
        };
    }
    found
}

/// Notes the links of one tag, which `rest` begins with; what follows it.
fn links_of<'h>(html: &str, mut rest: &'h str, found: &mut Vec<Range<usize>>) -> &'h str {
    while let Some(at) = rest.find(['=', '>']) {
        let (before, from) = rest.split_at(at);
        if let Some(after) = from.strip_prefix('>') {
            return after;
        }
        let quoted = from.trim_start_matches('=').trim_start();
        let Some(quote) = quoted.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return quoted };
        let Some((value, after)) = quoted.strip_prefix(quote).and_then(|text| text.split_once(quote)) else {
            return "";
        };
        if matches!(before.split_whitespace().last(), Some("href" | "src")) {
            let end = html.len() - after.len() - quote.len_utf8();
            found.push(end - value.len()..end);
        }
        rest = after;
    }
    ""
}

/// `text` as the value of an attribute, whichever quotes stand around it.
pub(super) fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_attributes_of_tags_are_links() {
        let html = r#"<div>href="a"<!-- <a href="b"> --><a title="href='c'" href = "d">x</a><img alt=">" src='e'/></div>"#;
        let found: Vec<_> = links(html).into_iter().map(|link| html.get(link).unwrap()).collect();
        assert_eq!(found, ["d", "e"]);
    }

    proptest::proptest! {
        #[test]
        fn reading_never_panics(html in "(<|>|/|a|href|src|=|\"|'|!--|-->|[ a-zé]){0,40}") {
            for link in links(&html) {
                proptest::prop_assert!(html.get(link).is_some());
            }
        }
    }
}
