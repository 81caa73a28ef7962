//! Names and namespaces: which prefix means which namespace where, each namespace by number.

use super::NONE;
use crate::wire::XSI;

/// The number of [`XSI`].
pub(super) const NUMBER_OF_XSI: u16 = 1;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// More namespaces than this in one document are refused: real ones have three.
const MAX_NAMESPACES: usize = 64;

/// More prefixes than this bound at one place are refused: each name looks through them.
const MAX_BOUND: usize = 128;

/// The prefixes bound at one place of the text.
pub(super) struct Scope<'t> {
    pub(super) namespaces: Vec<Box<str>>,
    bound: Vec<(&'t str, u16)>,
}

impl<'t> Scope<'t> {
    pub(super) fn new() -> Self {
        Self { namespaces: vec!["".into(), XSI.into(), XML.into()], bound: vec![("xml", 2)] }
    }

    /// How many prefixes are bound; [`Scope::leave`] goes back to it.
    pub(super) fn depth(&self) -> usize {
        self.bound.len()
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.bound.truncate(depth);
    }

    /// Binds `prefix` (empty: the default namespace) to `namespace`, on the element that began at depth `since`.
    pub(super) fn bind(
        &mut self,
        prefix: &'t str,
        namespace: &str,
        since: usize,
    ) -> Result<(), &'static str> {
        if self.bound.iter().skip(since).any(|(bound, _)| *bound == prefix) {
            return Err("an attribute stands there twice");
        }
        if self.bound.len() >= MAX_BOUND {
            return Err("too many prefixes");
        }
        if namespace.is_empty() && !prefix.is_empty() {
            return Err("a prefix is bound to nothing");
        }
        let number = self.namespaces.iter().position(|known| **known == *namespace).unwrap_or_else(|| {
            self.namespaces.push(namespace.into());
            self.namespaces.len() - 1
        });
        if self.namespaces.len() > MAX_NAMESPACES {
            return Err("too many namespaces");
        }
        self.bound.push((prefix, u16::try_from(number).map_err(|_| "too many namespaces")?));
        Ok(())
    }

    /// The namespace of an element without prefix, or of what has `prefix`.
    pub(super) fn find(&self, prefix: &str) -> Result<u16, &'static str> {
        match self.bound.iter().rev().find(|(bound, _)| *bound == prefix) {
            Some((_, number)) => Ok(*number),
            None if prefix.is_empty() => Ok(NONE),
            None => Err("a prefix is not bound"),
        }
    }
}

/// The prefix (empty when there is none) and the local part of a qualified name.
pub(super) fn split(name: &str) -> Result<(&str, &str), &'static str> {
    let (prefix, local) = match name.split_once(':') {
        None => ("", name),
        Some(("", _)) => return Err("a name begins with a colon"),
        Some(parts) => parts,
    };
    let fits = |part: &str| {
        let starts = !part.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.'));
        let rest = part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || !b.is_ascii());
        starts && rest
    };
    if local.is_empty() || !fits(local) || !fits(prefix) {
        return Err("a name is none");
    }
    Ok((prefix, local))
}
