//! Changing a document at a place: what both patch languages come down to.
//!
//! How deep a document may get and how much may be put into it is counted on the way, so that a short patch cannot make a
//! long document by copying copies.

use std::borrow::Cow;
use std::cell::Cell;

use gateway_core::IssueCode;
use gateway_core::json::{Kind, MAX_DEPTH, Node, Tree, View};

use super::pointer::{Place, index};

/// Most bytes that the operations of one patch put in place together: as long as a body may be.
const MOST_BYTES: usize = 20 * 1024 * 1024;

/// Most steps that the paths of one patch take together to look at elements: about a second of work.
const MOST_LOOKS: usize = 20_000_000;

/// A document that is being changed.
pub(super) struct Editing<'d> {
    tree: Tree<'d>,
    /// How many bytes may still be put into it.
    left: usize,
    /// How many steps may still be taken.
    looks: Cell<usize>,
}

/// Why an operation does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    Missing,
    NoIndex,
    IntoItself,
    Ours,
    Differs,
    TooDeep,
    TooMuch,
    TooMany,
    Ambiguous,
    ThereAlready,
    NoElement,
    NotRepeated,
    OtherType,
    OtherResource,
}

impl Trouble {
    pub(super) fn says(self) -> &'static str {
        match self {
            Self::Missing => "there is nothing at that place",
            Self::NoIndex => "an array is entered by an index that it has, without sign or leading zero",
            Self::IntoItself => "a value cannot be moved into itself",
            Self::Ours => {
                "id, resourceType, meta.versionId and meta.lastUpdated are the server's and cannot be patched"
            }
            Self::Differs => "the value is another one; nothing was changed",
            Self::TooDeep => "the result would be nested too deep",
            Self::TooMuch => "the operations put more in place than the longest body holds",
            Self::TooMany => "the paths look at too many elements; use fewer operations or an update",
            Self::Ambiguous => "the path must find one element and finds more; use an index or where()",
            Self::ThereAlready => "the element is there already and does not repeat; use replace",
            Self::NoElement => "R4 has no such element there",
            Self::NotRepeated => "the element does not repeat",
            Self::OtherType => "the value has not the type of the element",
            Self::OtherResource => "the path starts with another type than the resource has",
        }
    }

    pub(super) fn code(self) -> IssueCode {
        match self {
            Self::Missing | Self::NoIndex | Self::IntoItself | Self::Ambiguous => IssueCode::Value,
            Self::ThereAlready | Self::Differs => IssueCode::Conflict,
            Self::Ours => IssueCode::BusinessRule,
            Self::TooDeep | Self::TooMuch | Self::TooMany => IssueCode::TooCostly,
            Self::NoElement | Self::NotRepeated | Self::OtherType | Self::OtherResource => {
                IssueCode::Structure
            }
        }
    }
}

impl<'d> Editing<'d> {
    pub(super) fn of(root: Node<'d>) -> Self {
        Self { tree: Tree::Kept(root), left: MOST_BYTES, looks: Cell::new(MOST_LOOKS) }
    }

    /// The text of the result, without what was emptied.
    pub(super) fn text(mut self) -> String {
        self.tree.prune();
        self.tree.text()
    }

    /// What stands at a place.
    pub(super) fn read(&self, place: &[String]) -> Result<View<'_>, Trouble> {
        place.iter().try_fold(self.tree.view(), |at, token| match at.kind() {
            Kind::Array => index(token).and_then(|index| at.item(index)).ok_or(Trouble::NoIndex),
            _ => at.get(token).ok_or(Trouble::Missing),
        })
    }

    /// Counts steps that are taken.
    pub(super) fn look(&self, steps: usize) -> Result<(), Trouble> {
        self.looks.set(self.looks.get().checked_sub(steps).ok_or(Trouble::TooMany)?);
        Ok(())
    }

    /// What stands at a place, to be changed.
    pub(super) fn at(&mut self, place: &[String]) -> Result<&mut Tree<'d>, Trouble> {
        place.iter().try_fold(&mut self.tree, |at, token| match at.view().kind() {
            Kind::Array => {
                let index = index(token).ok_or(Trouble::NoIndex)?;
                at.items().and_then(|items| items.get_mut(index)).ok_or(Trouble::NoIndex)
            }
            _ => at.member(token).ok_or(Trouble::Missing),
        })
    }

    /// A copy of what stands at a place.
    pub(super) fn copied(&mut self, place: &[String]) -> Result<Tree<'d>, Trouble> {
        // counted before it is made: a copy of copies may be long
        let size = self.read(place)?.size();
        self.left.checked_sub(size.bytes).ok_or(Trouble::TooMuch)?;
        self.at(place).cloned()
    }

    /// Puts a value at a place: in front of what an array has there (`-`: behind it), or as the member of an object.
    pub(super) fn add(&mut self, place: &[String], value: Tree<'d>) -> Result<(), Trouble> {
        self.count(place, &value)?;
        let Some((last, parent)) = place.split_last() else {
            self.tree = value;
            return Ok(());
        };
        let parent = self.at(parent)?;
        if parent.view().kind() == Kind::Array {
            let items = parent.items().ok_or(Trouble::Missing)?;
            let at = if last == "-" { Some(items.len()) } else { index(last) };
            let at = at.filter(|at| *at <= items.len()).ok_or(Trouble::NoIndex)?;
            items.insert(at, value);
        } else if let Some(there) = parent.member(last) {
            *there = value;
        } else {
            let members = parent.members().ok_or(Trouble::Missing)?;
            members.push((Cow::Owned(last.clone()), value));
        }
        Ok(())
    }

    /// Puts a value in the place of what stands there.
    pub(super) fn replace(&mut self, place: &[String], value: Tree<'d>) -> Result<(), Trouble> {
        self.count(place, &value)?;
        *self.at(place)? = value;
        Ok(())
    }

    /// Takes out what stands at a place.
    pub(super) fn remove(&mut self, place: &[String]) -> Result<Tree<'d>, Trouble> {
        let (last, parent) = place.split_last().ok_or(Trouble::Missing)?;
        let parent = self.at(parent)?;
        if parent.view().kind() == Kind::Array {
            let items = parent.items().ok_or(Trouble::Missing)?;
            let at = index(last).filter(|at| *at < items.len()).ok_or(Trouble::NoIndex)?;
            return Ok(items.remove(at));
        }
        let members = parent.members().ok_or(Trouble::Missing)?;
        let at = members.iter().position(|(key, _)| key == last).ok_or(Trouble::Missing)?;
        Ok(members.remove(at).1)
    }

    /// Takes a value from one place and puts it at another.
    pub(super) fn relocate(&mut self, from: &Place, to: &Place) -> Result<(), Trouble> {
        if from == to {
            return self.read(from).map(drop);
        }
        if to.starts_with(from) {
            return Err(Trouble::IntoItself);
        }
        let value = self.remove(from)?;
        self.add(to, value)
    }

    /// Counts a value that is going to stand at a place.
    pub(super) fn count(&mut self, place: &[String], value: &Tree<'d>) -> Result<(), Trouble> {
        let size = value.view().size();
        if place.len() + size.depth > MAX_DEPTH {
            return Err(Trouble::TooDeep);
        }
        self.left = self.left.checked_sub(size.bytes).ok_or(Trouble::TooMuch)?;
        Ok(())
    }
}
