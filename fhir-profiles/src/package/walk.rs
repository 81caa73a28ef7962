//! A resource against a compiled profile.

use gateway_core::IssueCode::{CodeInvalid, MultipleMatches, Required, Structure, TooLong, Value};
use gateway_core::json::{Kind as Json, Node};
use serde_json::Value as Pattern;

use super::rule::{Member, OfEach, Rule, Slice, Test};
use crate::check::{Level, Place, Sink, report};
use crate::r4::{Flaw, Kind, Primitive};
use crate::{Counting, Rules};

/// What a profile is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// What it adds to R4; R4 was checked already.
    Added,
    /// All that it names and nothing else: types and formats too, and what is blank counts as absent.
    Contract,
}

/// One pass of a profile over a resource.
pub(crate) struct Pass<'s> {
    pub(crate) mode: Mode,
    pub(crate) rules: Rules,
    pub(crate) sink: &'s mut Sink,
}

impl Pass<'_> {
    /// What is asked of one value.
    pub(crate) fn of_each(&mut self, of_each: &OfEach, rule: &Rule, kind: Option<Kind>, place: &Place<'_>) {
        for test in &of_each.tests {
            self.ask(test, rule, kind, place);
        }
        for child in &of_each.children {
            self.rule(child, place);
        }
    }

    fn rule(&mut self, rule: &Rule, parent: &Place<'_>) {
        let mut count = 0;
        let mut sliced = vec![0; rule.slices.len()];
        for member in &rule.members {
            let Some(node) = parent.node.get(member.json) else {
                count += usize::from(self.mode == Mode::Added && has_extra(parent.node, member.json));
                continue;
            };
            let place = parent.child(rule.name, node);
            if !self.is_absent(member, node) && self.has_shape(rule, &place) {
                count += self.values(rule, member, &place, &mut sliced);
            } else if !self.is_absent(member, node) {
                // What has the wrong shape is told once, not also as missing.
                return;
            }
        }
        self.count(rule, count, parent);
        for (slice, count) in rule.slices.iter().zip(sliced) {
            self.slice_count(slice, rule, count, parent);
        }
    }

    /// Looks at each value; how many there are.
    fn values(&mut self, rule: &Rule, member: &Member, place: &Place<'_>, sliced: &mut [usize]) -> usize {
        let mut count = 0;
        for (index, node) in place.node.each().enumerate() {
            let item = Place { node, index: rule.many.then_some(index), ..*place };
            if self.is_absent(member, node) {
                continue;
            }
            count += 1;
            if !self.has_type(member.kind, &item) {
                continue;
            }
            self.of_each(&rule.of_each, rule, Some(member.kind), &item);
            for (slice, count) in rule.slices.iter().zip(sliced.iter_mut()) {
                if slice.discriminators.iter().all(|(path, value)| holds(node, path, value)) {
                    *count += 1;
                    self.of_each(&slice.of_each, rule, Some(member.kind), &item);
                }
            }
        }
        count
    }

    fn count(&mut self, rule: &Rule, count: usize, parent: &Place<'_>) {
        let place = parent.child(rule.name, parent.node);
        if count < rule.count.min {
            return self.missing(rule, parent);
        }
        if let Some(most) = rule.count.max.filter(|most| count > *most) {
            let text = || format!("{} occurs {count} times, at most {most} is allowed", rule.label);
            self.sink.once(Level::Refused, Structure, &place, text);
        }
    }

    /// Names what is missing: inside a single element that is not there at all, the parts it must have.
    fn missing(&mut self, rule: &Rule, parent: &Place<'_>) {
        let place = parent.child(rule.name, parent.node);
        let parts: Vec<_> = rule.of_each.children.iter().filter(|child| child.count.min > 0).collect();
        if rule.many || parts.is_empty() {
            return self
                .sink
                .once(Level::Refused, Required, &place, || format!("{} is required", rule.label));
        }
        for part in parts {
            self.missing(part, &place);
        }
    }

    fn slice_count(&mut self, slice: &Slice, rule: &Rule, count: usize, parent: &Place<'_>) {
        let place = parent.child(rule.name, parent.node);
        if count < slice.count.min {
            self.sink.once(Level::Refused, Required, &place, || format!("{} is required", slice.short));
        }
        if let Some(most) = slice.count.max.filter(|most| count > *most) {
            let text = || format!("{} occurs {count} times, at most {most} is allowed", slice.short);
            self.sink.once(Level::Refused, MultipleMatches, &place, text);
        }
    }

    /// In a contract, what is blank is not there. Base64 has an issue of its own for that.
    fn is_absent(&self, member: &Member, node: Node<'_>) -> bool {
        if self.mode == Mode::Added || member.kind == Kind::Primitive(Primitive::Base64) {
            return node.kind() == Json::Null;
        }
        match node.kind() {
            Json::Null => true,
            Json::String => node.as_str().is_some_and(|text| text.trim().is_empty()),
            Json::Array | Json::Object => node.is_empty(),
            Json::Bool(_) | Json::Number => false,
        }
    }

    /// A list where a list stands, one value where one stands.
    fn has_shape(&mut self, rule: &Rule, place: &Place<'_>) -> bool {
        let list = place.node.kind() == Json::Array;
        if list == rule.many {
            return true;
        }
        if self.mode == Mode::Contract {
            let rest = if rule.many { "must be a list" } else { "must be one value, not a list" };
            self.sink.once(Level::Malformed, Structure, place, || format!("{} {rest}", rule.label));
        }
        false
    }

    fn has_type(&mut self, kind: Kind, place: &Place<'_>) -> bool {
        let flaw = match kind {
            Kind::Primitive(Primitive::Base64) => match place.node.as_str() {
                Some("") => Err(Flaw::Format("must be base64")),
                _ => Primitive::Base64.check(place.node),
            },
            Kind::Primitive(primitive) => primitive.check(place.node),
            Kind::Complex(_) | Kind::Resource if place.node.kind() == Json::Object => Ok(()),
            Kind::Complex(_) | Kind::Resource => Err(Flaw::Structure("must be an object")),
        };
        if let (Err(flaw), Mode::Contract) = (flaw, self.mode) {
            report(flaw, place, self.sink);
        }
        flaw.is_ok()
    }

    fn ask(&mut self, question: &Test, rule: &Rule, kind: Option<Kind>, place: &Place<'_>) {
        match question {
            Test::MaxLength(most) => self.length(*most, rule, place),
            Test::Codes(codes) => {
                if !has_code(place.node, codes) {
                    let listed: Vec<_> = codes.iter().map(|(_, code)| code.as_str()).collect();
                    let one = if codes.len() == 1 { "" } else { "one of " };
                    let text = || format!("{} must be {one}{}", rule.label, listed.join(", "));
                    self.sink.once(Level::Refused, CodeInvalid, place, text);
                }
            }
            Test::Pattern(pattern) => {
                if !has_pattern(place.node, pattern) {
                    let code =
                        if kind == Some(Kind::Primitive(Primitive::Code)) { CodeInvalid } else { Value };
                    let text = || format!("{} is not what the profile fixes it to", rule.label);
                    self.sink.once(Level::Refused, code, place, text);
                }
            }
            Test::Judge(judge) => judge(place, self.rules, self.sink),
        }
    }

    fn length(&mut self, most: usize, rule: &Rule, place: &Place<'_>) {
        let text = place.node.as_str().unwrap_or_default();
        let count = match self.rules.counting {
            Counting::CodePoints => text.chars().count(),
            Counting::Utf16 => text.encode_utf16().count(),
        };
        if count > most {
            let text = || format!("{} has {count} characters, at most {most} are allowed", rule.label);
            self.sink.once(Level::Refused, TooLong, place, text);
        }
    }
}

fn has_extra(object: Node<'_>, name: &str) -> bool {
    object.entries().any(|(key, _)| key.strip_prefix('_') == Some(name))
}

fn holds(node: Node<'_>, path: &[String], value: &Pattern) -> bool {
    match path.split_first() {
        None => has_pattern(node, value),
        Some((step, rest)) => node.get(step).is_some_and(|next| next.each().any(|n| holds(n, rest, value))),
    }
}

/// A code, or a `Coding` or `CodeableConcept` with one of the codes.
fn has_code(node: Node<'_>, codes: &[(String, String)]) -> bool {
    if let Some(text) = node.as_str() {
        return codes.iter().any(|(_, code)| code == text);
    }
    let is = |coding: Node<'_>| {
        codes.iter().any(|(system, code)| {
            coding.text("system") == Some(system.as_str()) && coding.text("code") == Some(code.as_str())
        })
    };
    match node.get("coding") {
        Some(codings) => codings.each().any(is),
        None => is(node),
    }
}

/// Whether everything of the pattern is there.
fn has_pattern(node: Node<'_>, pattern: &Pattern) -> bool {
    match pattern {
        Pattern::String(text) => node.as_str() == Some(text.as_str()),
        Pattern::Bool(value) => node.as_bool() == Some(*value),
        Pattern::Number(number) => node.number() == Some(number.to_string().as_str()),
        Pattern::Array(items) => items.iter().all(|item| node.items().any(|n| has_pattern(n, item))),
        Pattern::Object(members) => {
            members.iter().all(|(key, value)| node.get(key).is_some_and(|n| has_pattern(n, value)))
        }
        Pattern::Null => node.kind() == Json::Null,
    }
}
