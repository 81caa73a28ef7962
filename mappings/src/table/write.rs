//! Writing along the tree onto the current text.
//!
//! What the table does not own is copied as it stands. An object or list in which nothing changes is copied whole, so
//! laying the same again gives the same bytes. An object that holds nothing but constants is not written.

use gateway_core::ResourceType;
use gateway_core::json::{Kind, Node, push_quoted};

use super::fixed::{Fixed, Texts};
use super::plan::{Finder, ItemPlan, Member, ObjectPlan, Plan};
use crate::codec::Leaf;

/// What becomes of a value of the resource.
#[derive(Debug, Clone)]
pub(super) enum Slot<'d> {
    /// It stays as it is.
    Keep,
    /// It goes.
    Clear,
    /// It becomes this.
    Set(Leaf<'d>),
    /// It stays; where there is none it becomes this.
    KeepOr(Option<Leaf<'d>>),
    /// One for each item of a list.
    Each(Vec<Option<Leaf<'d>>>),
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Written {
    /// Whether something stands there that is more than a constant.
    alive: bool,
    /// Whether the text differs from what was there.
    changed: bool,
    /// Whether something stands there at all.
    there: bool,
}

const NOTHING: Written = Written { alive: false, changed: true, there: false };

pub(super) struct Writer<'w> {
    out: String,
    slots: &'w [Slot<'w>],
    texts: &'w Texts,
    /// The item of the list on the wire that is being written.
    index: Option<usize>,
}

impl<'w> Writer<'w> {
    pub(super) fn new(slots: &'w [Slot<'w>], texts: &'w Texts, length: usize) -> Self {
        Self { out: String::with_capacity(length + length / 4 + 256), slots, texts, index: None }
    }

    /// The text of a resource with what the table owns.
    pub(super) fn onto(mut self, plan: &ObjectPlan, current: Node<'_>) -> String {
        self.object(plan, Some(current));
        self.out
    }

    /// The text of a new resource.
    pub(super) fn new_resource(mut self, plan: &ObjectPlan, resource_type: ResourceType) -> String {
        self.out.push_str("{\"resourceType\":\"");
        self.out.push_str(resource_type.as_str());
        self.out.push('"');
        for member in &plan.members {
            self.member(member, None, None, false);
        }
        self.out.push('}');
        self.out
    }

    fn object(&mut self, plan: &ObjectPlan, current: Option<Node<'_>>) -> Written {
        let start = self.out.len();
        self.out.push('{');
        let mut first = true;
        // A bit for each member: an object of FHIR has far fewer than 128, and building refuses more.
        let mut seen = 0_u128;
        let mut written = Written { alive: false, changed: current.is_none(), there: false };
        for (key, node) in current.into_iter().flat_map(Node::entries) {
            if let Some((at, member)) = plan.find(key) {
                seen |= 1 << at;
                let of = self.member(member, Some(node), current, first);
                written.alive |= of.alive;
                written.changed |= of.changed;
                first &= !of.there;
            } else {
                self.separate(first);
                push_quoted(&mut self.out, key);
                self.out.push(':');
                self.out.push_str(node.raw());
                written.alive = true;
                first = false;
            }
        }
        for (_, member) in plan.members.iter().enumerate().filter(|(at, _)| seen >> at & 1 == 0) {
            let of = self.member(member, None, current, first);
            written.alive |= of.alive;
            written.changed |= of.there;
            first &= !of.there;
        }
        self.out.push('}');
        written.there = !first;
        if let (false, Some(current)) = (written.changed, current) {
            self.out.truncate(start);
            self.out.push_str(current.raw());
        }
        written
    }

    /// A member with its key; nothing is written for what is not there.
    fn member(
        &mut self,
        member: &Member,
        current: Option<Node<'_>>,
        parent: Option<Node<'_>>,
        first: bool,
    ) -> Written {
        let start = self.out.len();
        self.separate(first);
        self.out.push_str(&member.opening);
        let written = match &member.plan {
            Plan::List(items) => self.list(items, &member.key, current, parent),
            plan => self.value(plan, current),
        };
        if written.there {
            return written;
        }
        self.out.truncate(start);
        Written { changed: current.is_some(), ..NOTHING }
    }

    fn value(&mut self, plan: &Plan, current: Option<Node<'_>>) -> Written {
        let start = self.out.len();
        match plan {
            Plan::Slot(slot) => self.slot(*slot, current),
            Plan::Fixed(fixed) => self.fixed(fixed, current),
            Plan::List(items) => self.list(items, "", current, None),
            Plan::Object(object) => {
                let current = current.filter(|node| node.kind() == Kind::Object);
                let written = self.object(object, current);
                if written.alive || !object.varies || object.anchors {
                    return written;
                }
                self.out.truncate(start);
                NOTHING
            }
        }
    }

    fn slot(&mut self, slot: usize, current: Option<Node<'_>>) -> Written {
        let slots = self.slots;
        let leaf = match &slots[slot] {
            Slot::Keep => None,
            Slot::KeepOr(leaf) => match current {
                Some(_) => None,
                None => match leaf {
                    Some(leaf) => Some(leaf),
                    None => return NOTHING,
                },
            },
            Slot::Clear => return NOTHING,
            Slot::Set(leaf) => Some(leaf),
            Slot::Each(values) => match self.index.and_then(|index| values.get(index)?.as_ref()) {
                Some(leaf) => Some(leaf),
                None => return NOTHING,
            },
        };
        match (leaf, current) {
            (None, None) => NOTHING,
            (None, Some(current)) => self.copy(current),
            (Some(leaf), Some(current)) if leaf.is(current) => self.copy(current),
            (Some(leaf), _) => {
                leaf.push(&mut self.out);
                Written { alive: true, changed: true, there: true }
            }
        }
    }

    fn copy(&mut self, current: Node<'_>) -> Written {
        self.out.push_str(current.raw());
        Written { alive: true, changed: false, there: true }
    }

    fn fixed(&mut self, fixed: &Fixed, current: Option<Node<'_>>) -> Written {
        if let Some(current) = current.filter(|current| fixed.is(*current, self.texts)) {
            return Written { alive: false, ..self.copy(current) };
        }
        fixed.push(&mut self.out, self.texts);
        Written { alive: false, changed: true, there: true }
    }

    fn list(
        &mut self,
        items: &[ItemPlan],
        key: &str,
        current: Option<Node<'_>>,
        parent: Option<Node<'_>>,
    ) -> Written {
        let start = self.out.len();
        let current = current.filter(|node| node.kind() == Kind::Array);
        let mut written = Written { alive: false, changed: current.is_none(), there: false };
        let mut used = if current.is_some() { vec![0; items.len()] } else { vec![] };
        self.out.push('[');
        for (place, node) in current.into_iter().flat_map(Node::items).enumerate() {
            self.separate(!written.there);
            let Some(at) = self.whose(items, &used, place, node) else {
                self.out.push_str(node.raw());
                written = Written { alive: true, there: true, ..written };
                continue;
            };
            let before = self.out.len();
            let of = self.item(&items[at], used[at], Some(node));
            used[at] += 1;
            let stays = Self::what_stays(&items[at], node, current, has_extensions(parent, key));
            match (of.there, stays) {
                (true, _) => {
                    written.alive |= of.alive;
                    written.changed |= of.changed;
                    written.there = true;
                }
                (false, Some(text)) => {
                    self.out.push_str(text);
                    written =
                        Written { alive: true, changed: written.changed | (text != node.raw()), there: true };
                }
                (false, None) => {
                    self.out.truncate(before - usize::from(written.there));
                    written.changed = true;
                }
            }
        }
        for (at, item) in items.iter().enumerate() {
            let used = used.get(at).copied().unwrap_or(0);
            for index in used..self.wanted(item, used) {
                let before = self.out.len();
                self.separate(!written.there);
                let of = self.item(item, index, None);
                if of.there {
                    written = Written { alive: written.alive | of.alive, changed: true, there: true };
                } else {
                    self.out.truncate(before);
                }
            }
        }
        self.out.push(']');
        if let (false, Some(current)) = (written.changed, current) {
            self.out.truncate(start);
            self.out.push_str(current.raw());
        }
        written
    }

    /// What stays of an item that nothing is left for, where others would move up into its place.
    fn what_stays<'n>(
        item: &ItemPlan,
        node: Node<'n>,
        list: Option<Node<'n>>,
        has_extensions: bool,
    ) -> Option<&'n str> {
        if is_primitive(node) && has_extensions {
            // The extensions of a list of primitives stand in a list beside it, at the same places.
            return Some("null");
        }
        // The next one would be taken for the table's the next time.
        let others = list.is_some_and(|list| list.len() > 1);
        (others && matches!(item.finder, Finder::First)).then_some(node.raw())
    }

    /// The plan of an item that is there.
    fn whose(&self, items: &[ItemPlan], used: &[usize], place: usize, node: Node<'_>) -> Option<usize> {
        let free = |at: usize, item: &ItemPlan| item.each || used[at] == 0;
        items.iter().enumerate().position(|(at, item)| free(at, item) && item.finds(place, node, self.texts))
    }

    /// How many items there are to be.
    fn wanted(&self, item: &ItemPlan, used: usize) -> usize {
        if !item.each {
            return 1;
        }
        let lengths = item.slots.iter().map(|slot| match &self.slots[*slot] {
            Slot::Each(values) => values.len(),
            _ => used,
        });
        lengths.max().unwrap_or(0)
    }

    fn item(&mut self, item: &ItemPlan, index: usize, current: Option<Node<'_>>) -> Written {
        let outer = self.index;
        if item.each {
            self.index = Some(index);
        }
        let written = match &item.plan {
            Plan::Object(object) => {
                let start = self.out.len();
                let current = current.filter(|node| node.kind() == Kind::Object);
                let written = self.object(object, current);
                if written.alive || !object.varies {
                    written
                } else {
                    self.out.truncate(start);
                    NOTHING
                }
            }
            plan => self.value(plan, current),
        };
        self.index = outer;
        written
    }

    fn separate(&mut self, first: bool) {
        if !first {
            self.out.push(',');
        }
    }
}

fn is_primitive(node: Node<'_>) -> bool {
    !matches!(node.kind(), Kind::Object | Kind::Array)
}

fn has_extensions(parent: Option<Node<'_>>, key: &str) -> bool {
    parent.is_some_and(|parent| parent.get(&format!("_{key}")).is_some())
}
