//! A compiled profile: what is asked of an element, its values, its children and its slices.

use serde_json::Value;

use super::judges::Judge;
use crate::r4::Kind;

/// What a profile asks of one element.
#[derive(Debug)]
pub(crate) struct Rule {
    /// As a person says it: `serviceCategory.coding.display`.
    pub(crate) label: String,
    /// As FHIRPath names it.
    pub(crate) name: &'static str,
    /// The JSON members it may stand under; one, or one per type of a choice.
    pub(crate) members: Vec<Member>,
    pub(crate) many: bool,
    pub(crate) count: Count,
    pub(crate) of_each: OfEach,
    pub(crate) slices: Vec<Slice>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) json: &'static str,
    pub(crate) kind: Kind,
}

/// How often something must and may occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) min: usize,
    pub(crate) max: Option<usize>,
}

/// What is asked of each value.
#[derive(Debug, Default)]
pub(crate) struct OfEach {
    pub(crate) tests: Vec<Test>,
    pub(crate) children: Vec<Rule>,
}

/// One question to a value.
#[derive(Debug)]
pub(crate) enum Test {
    MaxLength(usize),
    /// System and code.
    Codes(Vec<(String, String)>),
    Pattern(Value),
    Judge(Judge),
}

/// The values of a list that are told apart by what they hold.
#[derive(Debug)]
pub(crate) struct Slice {
    /// What such a value is called in a sentence.
    pub(crate) short: String,
    /// Paths, and the pattern that makes a value one of this slice.
    pub(crate) discriminators: Vec<(Vec<String>, Value)>,
    pub(crate) count: Count,
    pub(crate) of_each: OfEach,
}
