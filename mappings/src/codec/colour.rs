//! Colours: `RRGGBB`, and a signed 32-bit number with the alpha on top (`tetra.md` section 3.2).
//!
//! A colour carries no meaning, so one that cannot be read is no value and never fails a record.

/// Six upper-case digits, from up to six (zeros are added) or eight (the alpha goes), with or without `#`.
pub(super) fn from_hex(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.strip_prefix('#').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let digits = match digits.len() {
        1..=6 => digits,
        8 => digits.get(2..)?,
        _ => return None,
    };
    Some(format!("{:0>6}", digits.to_ascii_uppercase()))
}

/// The low 24 bits; 0 has no alpha and is no colour.
pub(super) fn from_argb(text: &str) -> Option<String> {
    let argb: i32 = text.trim().parse().ok()?;
    (argb != 0).then(|| format!("{:06X}", argb & 0x00FF_FFFF))
}

/// With full alpha.
pub(super) fn to_argb(text: &str) -> Option<String> {
    let rgb = u32::from_str_radix(&from_hex(text)?, 16).ok()?;
    Some((0xFF00_0000 | rgb).cast_signed().to_string())
}
