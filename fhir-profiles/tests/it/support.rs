//! What the tests share: the package, and short ways to read a refusal.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use std::sync::LazyLock;

use fhir_profiles::{Profiles, Refusal, Rules};
use gateway_core::Resource;

/// The package.
pub(crate) static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::embedded);

/// Reads a resource that is JSON with a known type and id.
pub(crate) fn resource(text: &str) -> Resource {
    Resource::parse(text.as_bytes()).unwrap_or_else(|issue| panic!("{issue} in {text}"))
}

/// Everything found in a resource.
pub(crate) fn refusal(text: &str) -> Refusal {
    PROFILES.issues(&resource(text), None, Rules::default())
}

/// `severity code expression` of each issue.
pub(crate) fn lines(refusal: &Refusal) -> Vec<String> {
    let line = |issue: &gateway_core::Issue| {
        let expression = issue.expression.as_deref().unwrap_or("-");
        format!("{} {} {expression}", issue.severity.as_str(), issue.code.as_str())
    };
    refusal.issues.iter().map(line).collect()
}

/// Nothing is found, not even a warning.
#[track_caller]
pub(crate) fn valid(text: &str) {
    let refusal = refusal(text);
    assert!(refusal.issues.is_empty(), "{:?} in {text}", refusal.issues);
}

/// Exactly these issues are found, all of the kind a 400 answers.
#[track_caller]
pub(crate) fn malformed(text: &str, expected: &[&str]) {
    let refusal = refusal(text);
    assert_eq!(lines(&refusal), expected, "{text}\n{:?}", refusal.issues);
    assert!(refusal.malformed, "{text}");
}

/// Exactly these issues are found, all of the kind a 422 answers.
#[track_caller]
pub(crate) fn refused(text: &str, expected: &[&str]) {
    let refusal = refusal(text);
    assert_eq!(lines(&refusal), expected, "{text}\n{:?}", refusal.issues);
    assert!(!refusal.malformed, "{text}");
}

/// A Patient with these members.
pub(crate) fn patient(members: &str) -> String {
    format!(r#"{{"resourceType":"Patient",{members}}}"#)
}

/// An Appointment that is right, with these members besides.
pub(crate) fn appointment(members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!(
        r#"{{"resourceType":"Appointment","status":"proposed",
            "participant":[{{"actor":{{"reference":"Patient/1"}},"status":"accepted"}}]{comma}{members}}}"#
    )
}

/// A document that is changed a little, again and again.
#[derive(Clone)]
pub(crate) struct Draft(pub(crate) serde_json::Value);

impl Draft {
    /// Reads a document.
    pub(crate) fn of(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    /// Sets what a JSON pointer names; the last step may be new.
    pub(crate) fn with(mut self, pointer: &str, value: serde_json::Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match self.0.pointer_mut(parent).unwrap() {
            serde_json::Value::Object(members) => drop(members.insert(name.to_owned(), value)),
            serde_json::Value::Array(items) if name == "-" => items.push(value),
            serde_json::Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
            _ => panic!("{pointer} has no parent"),
        }
        self
    }

    /// Takes out what a JSON pointer names.
    pub(crate) fn without(mut self, pointer: &str) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match self.0.pointer_mut(parent).unwrap() {
            serde_json::Value::Object(members) => drop(members.remove(name).unwrap()),
            serde_json::Value::Array(items) => drop(items.remove(name.parse().unwrap())),
            _ => panic!("{pointer} has no parent"),
        }
        self
    }

    /// What the contract of `profile` says, as `code expression: text`.
    pub(crate) fn contract(&self, profile: &str, rules: Rules) -> Vec<String> {
        let canonical = format!("https://zorgtolk.example/fhir/StructureDefinition/{profile}");
        let refusal = PROFILES.issues(&resource(&self.0.to_string()), Some(&canonical), rules);
        let line = |issue: &gateway_core::Issue| {
            format!("{} {}: {}", issue.code.as_str(), issue.expression.as_deref().unwrap_or("-"), issue.text)
        };
        refusal.issues.iter().map(line).collect()
    }
}
