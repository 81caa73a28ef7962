//! JSON Pointer (RFC 6901): which place of a document is meant.

/// The names and indexes on the way to a place; none is the whole document.
pub(super) type Place = Vec<String>;

/// Reads `/name/0/given`, with `~1` for `/` and `~0` for `~`.
pub(super) fn place(pointer: &str) -> Option<Place> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    pointer.strip_prefix('/')?.split('/').map(unescaped).collect()
}

fn unescaped(token: &str) -> Option<String> {
    let mut parts = token.split('~');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (escaped, rest) = part
            .strip_prefix('0')
            .map(|rest| ('~', rest))
            .or_else(|| Some(('/', part.strip_prefix('1')?)))?;
        out.push(escaped);
        out.push_str(rest);
    }
    Some(out)
}

/// An index into an array: digits without a sign or leading zero.
pub(super) fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || !token.starts_with('0');
    (plain && token.bytes().all(|byte| byte.is_ascii_digit())).then(|| token.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_read_with_its_escapes() {
        for (pointer, expected) in [
            ("", Some(vec![])),
            ("/", Some(vec![""])),
            ("/a/0/-", Some(vec!["a", "0", "-"])),
            ("/a~1b/m~0n/~01", Some(vec!["a/b", "m~n", "~1"])),
            ("/é//x", Some(vec!["é", "", "x"])),
            ("a", None),
            ("#/a", None),
            ("/a~", None),
            ("/a~2b", None),
            ("/~", None),
        ] {
            let expected: Option<Place> = expected.map(|t| t.into_iter().map(str::to_owned).collect());
            assert_eq!(place(pointer), expected, "{pointer}");
        }
    }

    #[test]
    fn an_index_is_written_one_way_only() {
        assert_eq!((index("0"), index("10")), (Some(0), Some(10)));
        for bad in ["", "-", "-1", "+1", "01", "00", "1e0", "1.0", " 1", "99999999999999999999", "one"] {
            assert_eq!(index(bad), None, "{bad}");
        }
    }
}
