//! The values of an element in an object, primitives together with what JSON keeps beside them.

use std::borrow::Cow;

use gateway_core::json::{Kind, Tree};

use super::super::edit::Trouble;
use super::find::beside;

/// A value and, of a primitive, its id and extensions; `null` for what is not there.
#[derive(Debug, Clone)]
pub(super) struct Pair<'d> {
    pub(super) value: Tree<'d>,
    pub(super) beside: Tree<'d>,
}

impl Pair<'_> {
    pub(super) const NOTHING: Self = Self { value: Tree::Null, beside: Tree::Null };
}

/// Changes the list `name` of an object, of which nothing stays when it ends up empty.
pub(super) fn change_list<'d, T>(
    object: &mut Tree<'d>,
    name: &str,
    change: impl FnOnce(&mut Vec<Pair<'d>>) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let (mut values, mut besides) = (taken(object, name), taken(object, &beside(name)));
    let length = values.len().max(besides.len());
    values.resize(length, Tree::Null);
    besides.resize(length, Tree::Null);
    let mut pairs = values.into_iter().zip(besides).map(|(value, beside)| Pair { value, beside }).collect();
    let done = change(&mut pairs)?;
    let (values, besides): (Vec<_>, Vec<_>) = pairs.into_iter().map(|pair| (pair.value, pair.beside)).unzip();
    put_list(object, name, values)?;
    put_list(object, &beside(name), besides)?;
    Ok(done)
}

/// Sets the single element `name`, in the place of `old` when that is there.
pub(super) fn set<'d>(object: &mut Tree<'d>, old: &str, name: &str, pair: Pair<'d>) -> Result<(), Trouble> {
    put(object, old, name, pair.value)?;
    put(object, &beside(old), &beside(name), pair.beside)
}

fn taken<'d>(object: &mut Tree<'d>, name: &str) -> Vec<Tree<'d>> {
    object.member(name).and_then(Tree::items).map(std::mem::take).unwrap_or_default()
}

fn put_list<'d>(object: &mut Tree<'d>, name: &str, items: Vec<Tree<'d>>) -> Result<(), Trouble> {
    let nothing = items.iter().all(is_null);
    put(object, name, name, if nothing { Tree::Null } else { Tree::Array(items) })
}

fn put<'d>(object: &mut Tree<'d>, old: &str, name: &str, value: Tree<'d>) -> Result<(), Trouble> {
    let members = object.members().ok_or(Trouble::Missing)?;
    let at = members.iter().position(|(key, _)| key == old);
    match (at, is_null(&value)) {
        (Some(at), true) => drop(members.remove(at)),
        (Some(at), false) => members[at] = (Cow::Owned(name.to_owned()), value),
        (None, true) => {}
        (None, false) => members.push((Cow::Owned(name.to_owned()), value)),
    }
    Ok(())
}

pub(super) fn is_null(tree: &Tree<'_>) -> bool {
    tree.view().kind() == Kind::Null
}
