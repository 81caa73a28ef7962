//! Putting rows into the tree of [`super::plan`], and the constants of the slices they go through.

use gateway_core::json::quoted;
use serde_json::{Map, Value};

use super::fixed::{Fixed, of_profile};
use super::path::{Select, Step};
use super::plan::{Finder, ItemPlan, Member, ObjectPlan, Pattern, Plan};

/// The most members of one object; writing has a bit for each, with room for what the profile fixes.
const MOST_MEMBERS: usize = 100;

/// Puts `leaf` where `steps` lead.
pub(crate) fn insert(object: &mut ObjectPlan, steps: &[Step<'_>], leaf: Plan) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else { return Ok(()) };
    if object.members.len() >= MOST_MEMBERS {
        return Err(format!(
            "no more than {MOST_MEMBERS} members of one object can be mapped; split the table"
        ));
    }
    if step.select == Select::None {
        return match rest {
            [] if member(object, &step.key).is_some() => {
                Err(format!("{} is fixed by the profile, or written by another row; take one out", step.key))
            }
            [] => {
                add(object, &step.key, leaf);
                Ok(())
            }
            rest => match at(object, &step.key, || Plan::Object(ObjectPlan::default())) {
                Plan::Object(inner) => insert(inner, rest, leaf),
                _ => Err(format!("another row writes {} as a whole; take one out", step.key)),
            },
        };
    }
    let Plan::List(items) = at(object, &step.key, || Plan::List(vec![])) else {
        return Err(format!("another row writes {} as a whole; take one out", step.key));
    };
    let item = item(items, step)?;
    match rest {
        [] => match &item.plan {
            Plan::Object(inner) if inner.members.is_empty() => {
                item.plan = leaf;
                Ok(())
            }
            _ => Err(format!("another row writes {}; take one out", step.key)),
        },
        rest => match &mut item.plan {
            Plan::Object(inner) => insert(inner, rest, leaf),
            _ => Err(format!("another row writes {} as a whole; take one out", step.key)),
        },
    }
}

/// Puts a constant among the values of a list.
pub(crate) fn insert_among(object: &mut ObjectPlan, steps: &[Step<'_>], fixed: &Fixed) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else { return Ok(()) };
    match (&step.select, rest) {
        (Select::None, rest) => match at(object, &step.key, || Plan::Object(ObjectPlan::default())) {
            Plan::Object(inner) => insert_among(inner, rest, fixed),
            _ => Err(format!("another row writes {} as a whole; take one out", step.key)),
        },
        (Select::All, []) => match at(object, &step.key, || Plan::List(vec![])) {
            Plan::List(items) => {
                items.push(among(fixed.clone()));
                Ok(())
            }
            _ => Err(format!("another row writes {} as a whole; take one out", step.key)),
        },
        _ => Err("a constant goes into a single value, or among the values of a list at the end of its path"
            .to_owned()),
    }
}

/// Lets the nearest list on the way also be found by a constant.
pub(crate) fn find_by(object: &mut ObjectPlan, steps: &[Step<'_>], fixed: &Fixed) -> Result<(), String> {
    let Some(list) = steps.iter().rposition(|step| step.select != Select::None) else {
        return Err("`match` needs a list on the way: a slice or [0]".to_owned());
    };
    let (way, inner) = steps.split_at(list + 1);
    if inner.is_empty() {
        return Err("`match` needs a member of the list's value".to_owned());
    }
    let pattern = inner
        .iter()
        .rev()
        .fold(Pattern::Is(fixed.clone()), |pattern, step| Pattern::Object(vec![(step.key.clone(), pattern)]));
    let item = walk(object, way).ok_or("`match` needs a list on the way")?;
    match &mut item.finder {
        Finder::Holds(patterns) => patterns.push(pattern),
        Finder::First => item.finder = Finder::Holds(vec![pattern]),
        Finder::All => {
            return Err("`match` cannot tell the values of `[]` apart; use a slice or [0]".to_owned());
        }
    }
    Ok(())
}

fn walk<'p>(object: &'p mut ObjectPlan, steps: &[Step<'_>]) -> Option<&'p mut ItemPlan> {
    let (step, rest) = steps.split_first()?;
    let index = object.members.iter().position(|member| member.key == step.key)?;
    match &mut object.members[index].plan {
        Plan::Object(inner) => walk(inner, rest),
        Plan::List(items) => {
            let item = items.iter_mut().find(|item| item.written == written(&step.select))?;
            if rest.is_empty() {
                return Some(item);
            }
            match &mut item.plan {
                Plan::Object(inner) => walk(inner, rest),
                _ => None,
            }
        }
        Plan::Slot(_) | Plan::Fixed(_) => None,
    }
}

/// How a selection is written; the values of a slice are the same with and without `[]`.
fn written(select: &Select) -> String {
    match select {
        Select::None => String::new(),
        Select::First => "[0]".to_owned(),
        Select::All => "[]".to_owned(),
        Select::Slice(slice) | Select::SliceAll(slice) => format!(":{slice}"),
    }
}

fn item<'p>(items: &'p mut Vec<ItemPlan>, step: &Step<'_>) -> Result<&'p mut ItemPlan, String> {
    let name = written(&step.select);
    let each = matches!(step.select, Select::All | Select::SliceAll(_));
    if let Some(at) = items.iter().position(|item| item.written == name) {
        if items[at].each != each {
            return Err(format!("{}{name} stands there with and without []; choose one", step.key));
        }
        return Ok(&mut items[at]);
    }
    // A constant of the profile holds the one value of this list.
    if step.select == Select::First && items.len() == 1 && items[0].written.is_empty() {
        name.clone_into(&mut items[0].written);
        return Ok(&mut items[0]);
    }
    let is_slice = matches!(step.select, Select::Slice(_) | Select::SliceAll(_));
    if let Some(other) = items.iter().find(|item| !is_slice || !item.written.starts_with(':')) {
        let text = format!(
            "{}{name} and {}{} may be the same value; choose one way",
            step.key, step.key, other.written
        );
        return Err(text);
    }
    let mut plan = ObjectPlan::default();
    let finder = match step.select {
        Select::All => Finder::All,
        Select::Slice(_) | Select::SliceAll(_) => slice(step, &mut plan)?,
        Select::First | Select::None => Finder::First,
    };
    items.push(ItemPlan { written: name, finder, each, plan: Plan::Object(plan), slots: vec![] });
    Ok(items.last_mut().expect("one was pushed"))
}

/// Writes what a slice fixes into a value of it, and says how it is found.
fn slice(step: &Step<'_>, plan: &mut ObjectPlan) -> Result<Finder, String> {
    let constants = step.spot.constants();
    let patterns: Vec<_> =
        constants.iter().filter(|c| c.discriminates).map(|c| pattern(&c.pattern)).collect();
    if patterns.is_empty() {
        return Err(format!(
            "nothing tells this slice of {} from others; give it a discriminator in the profile",
            step.key
        ));
    }
    let mut all = Value::Object(Map::new());
    for constant in constants {
        merge(&mut all, constant.pattern);
    }
    if let Value::Object(members) = all {
        constant(plan, members);
    }
    Ok(Finder::Holds(patterns))
}

fn pattern(value: &Value) -> Pattern {
    match value {
        Value::Object(members) => {
            Pattern::Object(members.iter().map(|(key, value)| (key.clone(), pattern(value))).collect())
        }
        Value::Array(items) => Pattern::Has(items.iter().map(pattern).collect()),
        scalar => Pattern::Is(of_profile(scalar)),
    }
}

/// Members of both; lists of one object each are taken for the same object.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(&key) {
                    Some(known) => merge(known, value),
                    None => drop(into.insert(key, value)),
                }
            }
        }
        (Value::Array(into), Value::Array(from)) => {
            let both_one = into.len() == 1 && from.len() == 1 && into[0].is_object() && from[0].is_object();
            for value in from {
                if both_one {
                    merge(&mut into[0], value);
                } else if !into.contains(&value) {
                    into.push(value);
                }
            }
        }
        (into, from) => *into = from,
    }
}

/// A constant object.
fn constant(object: &mut ObjectPlan, members: Map<String, Value>) {
    for (key, value) in members {
        match value {
            Value::Object(inner) => {
                if let Plan::Object(plan) = at(object, &key, || Plan::Object(ObjectPlan::default())) {
                    constant(plan, inner);
                }
            }
            Value::Array(items) => {
                let items = items.into_iter().map(constant_item).collect();
                add(object, &key, Plan::List(items));
            }
            scalar => {
                let fixed = of_profile(&scalar);
                add(object, &key, Plan::Fixed(fixed));
            }
        }
    }
}

fn constant_item(value: Value) -> ItemPlan {
    match value {
        Value::Object(members) => {
            let finder = Finder::Holds(vec![pattern(&Value::Object(members.clone()))]);
            let mut plan = ObjectPlan::default();
            constant(&mut plan, members);
            ItemPlan { written: String::new(), finder, each: false, plan: Plan::Object(plan), slots: vec![] }
        }
        scalar => among(of_profile(&scalar)),
    }
}

fn among(fixed: Fixed) -> ItemPlan {
    let finder = Finder::Holds(vec![Pattern::Is(fixed.clone())]);
    ItemPlan { written: "[]".to_owned(), finder, each: false, plan: Plan::Fixed(fixed), slots: vec![] }
}

fn member<'p>(object: &'p ObjectPlan, key: &str) -> Option<&'p Member> {
    object.members.iter().find(|member| member.key == key)
}

fn at<'p>(object: &'p mut ObjectPlan, key: &str, new: impl FnOnce() -> Plan) -> &'p mut Plan {
    let at = object.members.iter().position(|member| member.key == key).unwrap_or_else(|| {
        add(object, key, new());
        object.members.len() - 1
    });
    &mut object.members[at].plan
}

fn add(object: &mut ObjectPlan, key: &str, plan: Plan) {
    object.members.push(Member { key: key.to_owned(), opening: format!("{}:", quoted(key)), plan });
}
