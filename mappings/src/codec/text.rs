//! Codecs of texts: booleans, references, JSON kept as text, Dutch numbers.

use gateway_core::json::Document;
use gateway_core::{Agb, Bsn, IssueCode};

use super::{Fault, Leaf};
use crate::{Context, wire};

pub(super) fn boolean(text: &str) -> Result<bool, Fault> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") || text == "1" {
        Ok(true)
    } else if text.eq_ignore_ascii_case("false") || text == "0" {
        Ok(false)
    } else {
        Err(Fault::value("must be true or false"))
    }
}

pub(super) fn reference(role: &str, key: &str, cx: &Context<'_>) -> Result<Leaf<'static>, Fault> {
    let found = (cx.reference)(role, key.trim());
    found.map(|reference| Leaf::Text(reference.into())).ok_or_else(|| nowhere(role))
}

pub(super) fn key(role: &str, reference: &str, cx: &Context<'_>) -> Result<String, Fault> {
    (cx.key)(role, reference).ok_or_else(|| nowhere(role))
}

fn nowhere(role: &str) -> Fault {
    Fault {
        code: IssueCode::NotFound,
        text: format!("leads to no {role} that is known on both sides").into(),
    }
}

/// Compact JSON of a subtree; nothing for what holds nothing.
pub(super) fn raw_json(node: wire::Node<'_>) -> Option<Leaf<'_>> {
    let text = node.raw_json();
    (!matches!(&*text, "{}" | "[]" | "null" | "\"\"")).then_some(Leaf::Text(text))
}

pub(super) fn told_json(text: &str) -> Result<wire::Value, Fault> {
    match Document::parse(text.as_bytes()) {
        Ok(_) => Ok(wire::Value::Json(text.to_owned())),
        Err(_) => Err(Fault::value("must be JSON as text")),
    }
}

pub(super) fn bsn(text: &str) -> Result<Leaf<'static>, Fault> {
    let bsn: Bsn = text.trim().parse().map_err(|_| Fault::value("must be a BSN of nine digits"))?;
    if !bsn.passes_eleven_test() {
        return Err(Fault::value("must be a BSN that passes the eleven-test"));
    }
    Ok(Leaf::Text(bsn.expose().to_owned().into()))
}

pub(super) fn agb(text: &str) -> Result<Leaf<'static>, Fault> {
    let padded = format!("{:0>8}", text.trim());
    let agb: Agb = padded.parse().map_err(|_| Fault::value("must be an AGB code of eight digits"))?;
    Ok(Leaf::Text(agb.as_str().to_owned().into()))
}
