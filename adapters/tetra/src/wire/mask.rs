//! Takes the secrets out of what is recorded of an exchange (edge case 10): in requests and answers, in both formats, also
//! in an answer that is broken off or no document at all.
//!
//! It goes by names, not by values: a session id and a cancel token are first seen in an answer.

/// Names whose text is secret, in lower case: keys, sessions, passwords, tokens and what may be a BSN. `query` may hold one
/// as well.
const SECRET: [&str; 12] = [
    "key",
    "session",
    "sessie",
    "sessionid",
    "token",
    "username",
    "password",
    "wisafspraaktoken",
    "identifier",
    "query",
    "code",
    "smscode",
];

const MASK: &str = "(masked)";

/// The bytes with every secret replaced. `also` are the names an operator gave to fields that hold one.
pub(crate) fn masked(bytes: &[u8], also: &[String]) -> Vec<u8> {
    let text = text_of(bytes);
    let is_secret = |name: &str| {
        SECRET.iter().any(|secret| name.eq_ignore_ascii_case(secret))
            || also.iter().any(|secret| name.eq_ignore_ascii_case(secret))
    };
    if text.trim_start_matches(['\u{FEFF}', ' ', '\r', '\n', '\t']).starts_with('<') {
        xml(&text, &is_secret).into_bytes()
    } else {
        json(&text, &is_secret).into_bytes()
    }
}

/// The text, as far as there is one: it is for reading, so what is invalid may be replaced.
fn text_of(bytes: &[u8]) -> String {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => wide(bytes, u16::from_le_bytes),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => wide(bytes, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Replaces the value after each secret name: a string, or a bare word or number.
fn json(text: &str, is_secret: &impl Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        out.push_str(before);
        out.push('"');
        let (name, behind) = string(after);
        out.push_str(name);
        out.push_str(after.get(name.len()..after.len() - behind.len()).unwrap_or_default());
        rest = behind;
        let value = behind.trim_start();
        let Some(value) = value.strip_prefix(':').filter(|_| is_secret(name)) else { continue };
        out.push(':');
        rest = hide(value.trim_start(), &mut out);
    }
    out.push_str(rest);
    out
}

/// Writes the mask for the scalar that `value` begins with, and says what follows it. Records and lists are gone into,
/// `null` tells nothing.
fn hide<'t>(value: &'t str, out: &mut String) -> &'t str {
    if let Some(inside) = value.strip_prefix('"') {
        out.extend(["\"", MASK, "\""]);
        return string(inside).1;
    }
    if value.starts_with(['{', '[']) || value.starts_with("null") {
        return value;
    }
    out.extend(["\"", MASK, "\""]);
    let end = value.find([',', '}', ']']).unwrap_or(value.len());
    value.get(end..).unwrap_or_default()
}

/// The string that was opened before `text`, and what follows its closing quote.
fn string(text: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => {
                return (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (text, "")
}

/// Replaces the text of each element with a secret name, up to the next tag.
fn xml(text: &str, is_secret: &impl Fn(&str) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        out.push('<');
        let Some((tag, behind)) = after.split_once('>') else {
            rest = after;
            break;
        };
        out.push_str(tag);
        out.push('>');
        rest = behind;
        let name = tag.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
        let name = name.rsplit(':').next().unwrap_or_default();
        if !tag.ends_with('/') && is_secret(name) {
            out.push_str(MASK);
            rest = behind.find('<').and_then(|at| behind.get(at..)).unwrap_or_default();
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        String::from_utf8(masked(text.as_bytes(), &["geheim".to_owned()])).unwrap()
    }

    #[test]
    fn edge_10_json_secrets_are_masked_whatever_their_case_and_form() {
        for (text, wanted) in [
            (r#"{"Name":"a","Key":"k-1","Method":"m"}"#, r#"{"Name":"a","Key":"(masked)","Method":"m"}"#),
            (r#"{"session" : "s\"1", "x":1}"#, r#"{"session":"(masked)", "x":1}"#),
            (r#"{"wisAfspraakToken":null,"Id":7}"#, r#"{"wisAfspraakToken":null,"Id":7}"#),
            (r#"{"a":[{"WisAfspraakToken":"t"}]}"#, r#"{"a":[{"WisAfspraakToken":"(masked)"}]}"#),
            (r#"{"identifier":999990019}"#, r#"{"identifier":"(masked)"}"#),
            (r#"{"GEHEIM":"x"}"#, r#"{"GEHEIM":"(masked)"}"#),
            (r#"{"Key":"cut off he"#, r#"{"Key":"(masked)""#),
            (r#"{"Melding":"Key"}"#, r#"{"Melding":"Key"}"#),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

    #[test]
    fn edge_10_xml_secrets_are_masked() {
        for (text, wanted) in [
            ("<A><Token>t-1</Token><B>x</B></A>", "<A><Token>(masked)</Token><B>x</B></A>"),
            ("<A><SessionId>1-2</SessionId></A>", "<A><SessionId>(masked)</SessionId></A>"),
            ("<A><x:Sessie a=\"b\">t</x:Sessie></A>", "<A><x:Sessie a=\"b\">(masked)</x:Sessie></A>"),
            ("<A><Token /><B>x</B></A>", "<A><Token /><B>x</B></A>"),
            ("<A><Password>half", "<A><Password>(masked)"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

    #[test]
    fn edge_10_utf_16_hides_no_secret() {
        let wide: Vec<u8> =
            "\u{FEFF}<A><Token>t-1</Token></A>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(String::from_utf8(masked(&wide, &[])).unwrap(), "\u{FEFF}<A><Token>(masked)</Token></A>");
    }

    proptest::proptest! {
        #[test]
        fn masking_never_panics_and_leaves_no_key(bytes: Vec<u8>, tail in ".{0,40}") {
            drop(masked(&bytes, &[]));
            let text = shown(&format!("{{\"Key\":\"s3cr3t\",{tail}"));
            proptest::prop_assert!(!text.contains("s3cr3t"));
        }
    }
}
