//! Strings and uris: whole, from the beginning, anywhere, below (FHIR R4 search, string and uri).
//!
//! A beginning is a range of the index, bytes compared; "anywhere" looks at every value of the parameter.

use super::plan::Plan;
use crate::index_rows::cut;

/// The whole value.
pub(super) fn is(plan: &mut Plan<'_>, text: &str, i: &str) -> String {
    match whole(text) {
        Some(text) => format!("{i}.value = {}", plan.statement.text(text)),
        None => "FALSE".to_owned(),
    }
}

/// The beginning of the value.
pub(super) fn starts(plan: &mut Plan<'_>, text: &str, i: &str) -> String {
    let Some(from) = whole(text) else { return "FALSE".to_owned() };
    let until = successor(&from);
    let from = plan.statement.text(from);
    match until {
        Some(until) => format!("({i}.value >= {from} AND {i}.value < {})", plan.statement.text(until)),
        None => format!("{i}.value >= {from}"),
    }
}

/// Anywhere in the value. Both are folded, so it does not matter that SQLite's LIKE has no regard to case.
pub(super) fn contains(plan: &mut Plan<'_>, text: &str, i: &str) -> String {
    let Some(text) = whole(text) else { return "FALSE".to_owned() };
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    format!("{i}.value LIKE {} ESCAPE '!'", plan.statement.text(pattern))
}

/// A uri, or one that goes on behind it with a slash.
pub(super) fn below(plan: &mut Plan<'_>, uri: &str, i: &str) -> String {
    let below = starts(plan, &format!("{uri}/"), i);
    format!("({i}.value = {} OR {below})", plan.text(uri))
}

/// A text that the index can hold whole. Of a longer one it cannot be told, so nothing is found.
fn whole(text: &str) -> Option<String> {
    let kept = cut(text.to_owned());
    (kept.len() >= text.len()).then_some(kept)
}

/// The first text that is greater than every text that starts with `text`.
fn successor(text: &str) -> Option<String> {
    let mut chars: Vec<char> = text.chars().collect();
    while let Some(last) = chars.pop() {
        // Code points without the surrogates; the order of UTF-8 bytes is the same.
        if let Some(next) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_is_after_all_that_start_with_the_text() {
        assert_eq!(successor("jan").as_deref(), Some("jao"));
        assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(successor("\u{10ffff}"), None);
        assert_eq!(successor(""), None);
    }
}
