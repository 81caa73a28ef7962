//! The FHIR side of a table as a tree over the resource's JSON: where each value goes, what is constant, how the value
//! of a list is found. Built once; [`super::lay`] writes along it and [`super::tell`] reads along it.

use gateway_core::json::Node;

use super::fixed::{Fixed, Texts};

/// What a table owns of an object.
#[derive(Debug, Default)]
pub(crate) struct ObjectPlan {
    pub(crate) members: Vec<Member>,
    /// Whether a value of the wire goes in somewhere. Otherwise all of it is constant.
    pub(crate) varies: bool,
    /// Whether the value of a list around it is found by something in it.
    pub(crate) anchors: bool,
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) key: String,
    /// The key as JSON writes it, with the colon.
    pub(crate) opening: String,
    pub(crate) plan: Plan,
}

/// What goes into a member or an item.
#[derive(Debug)]
pub(crate) enum Plan {
    /// The value of this number.
    Slot(usize),
    /// A constant.
    Fixed(Fixed),
    /// An object.
    Object(ObjectPlan),
    /// A list.
    List(Vec<ItemPlan>),
}

/// A value of a list, or all that are found the same way.
#[derive(Debug)]
pub(crate) struct ItemPlan {
    /// How the table writes it, for comparing.
    pub(crate) written: String,
    pub(crate) finder: Finder,
    /// Whether it stands for several, one per item of a list on the wire.
    pub(crate) each: bool,
    pub(crate) plan: Plan,
    /// For several: the values that go in.
    pub(crate) slots: Vec<usize>,
}

/// How an item of a list is found.
#[derive(Debug)]
pub(crate) enum Finder {
    /// The first one.
    First,
    /// All of them.
    All,
    /// Those that hold all of this.
    Holds(Vec<Pattern>),
}

/// What a value has to hold.
#[derive(Debug, Clone)]
pub(crate) enum Pattern {
    Is(Fixed),
    Object(Vec<(String, Pattern)>),
    /// A list with an item for each.
    Has(Vec<Pattern>),
}

impl ObjectPlan {
    /// The member of this name, and its place.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, &Member)> {
        self.members.iter().enumerate().find(|(_, member)| member.key == key)
    }
}

impl ItemPlan {
    /// Whether an item that stands at `place` is meant.
    pub(crate) fn finds(&self, place: usize, item: Node<'_>, texts: &Texts) -> bool {
        match &self.finder {
            Finder::First => place == 0,
            Finder::All => true,
            Finder::Holds(patterns) => patterns.iter().all(|pattern| pattern.holds(item, texts)),
        }
    }
}

impl Pattern {
    fn holds(&self, node: Node<'_>, texts: &Texts) -> bool {
        match self {
            Self::Is(fixed) => fixed.is(node, texts),
            Self::Object(members) => {
                members.iter().all(|(key, pattern)| node.get(key).is_some_and(|n| pattern.holds(n, texts)))
            }
            Self::Has(items) => items.iter().all(|item| node.items().any(|n| item.holds(n, texts))),
        }
    }
}

/// Works out what follows from the whole tree: what varies, what anchors, which values several items take.
pub(crate) fn finish(object: &mut ObjectPlan) {
    for member in &mut object.members {
        finish_plan(&mut member.plan);
        object.varies |= varies(&member.plan);
    }
}

fn finish_plan(plan: &mut Plan) {
    match plan {
        Plan::Slot(_) | Plan::Fixed(_) => {}
        Plan::Object(object) => finish(object),
        Plan::List(items) => {
            for item in items {
                finish_plan(&mut item.plan);
                if item.each {
                    collect(&item.plan, &mut item.slots);
                }
                if let Finder::Holds(patterns) = &item.finder {
                    for pattern in patterns {
                        anchor(&mut item.plan, pattern);
                    }
                }
            }
        }
    }
}

fn varies(plan: &Plan) -> bool {
    match plan {
        Plan::Slot(_) => true,
        Plan::Fixed(_) => false,
        Plan::Object(object) => object.varies,
        Plan::List(items) => items.iter().any(|item| varies(&item.plan)),
    }
}

fn collect(plan: &Plan, slots: &mut Vec<usize>) {
    match plan {
        Plan::Slot(slot) => slots.push(*slot),
        Plan::Fixed(_) => {}
        Plan::Object(object) => collect_object(object, slots),
        Plan::List(items) => items.iter().for_each(|item| collect(&item.plan, slots)),
    }
}

/// The values that go into an object.
pub(crate) fn collect_object(object: &ObjectPlan, slots: &mut Vec<usize>) {
    object.members.iter().for_each(|member| collect(&member.plan, slots));
}

/// Marks the objects a pattern goes through.
fn anchor(plan: &mut Plan, pattern: &Pattern) {
    let (Plan::Object(object), Pattern::Object(members)) = (plan, pattern) else { return };
    object.anchors = true;
    for (key, inner) in members {
        if let Some(member) = object.members.iter_mut().find(|member| member.key == *key) {
            anchor(&mut member.plan, inner);
        }
    }
}
