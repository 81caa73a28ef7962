//! Reading a body element by element, with the path of each element at hand for the refusal.
//!
//! `null` counts as absent. A wrong JSON type is `structure`, an absent mandatory element `required`.

use serde_json::Value;

use crate::outcome::Findings;

/// An element, there or not.
#[derive(Debug, Clone)]
pub(crate) struct Place<'a> {
    pub(crate) path: String,
    value: Option<&'a Value>,
}

impl<'a> Place<'a> {
    pub(crate) fn root(name: &str, value: &'a Value) -> Self {
        Self { path: name.to_owned(), value: Some(value) }
    }

    pub(crate) fn child(&self, name: &str) -> Self {
        let value = self.value.and_then(|value| value.get(name)).filter(|value| !value.is_null());
        Self { path: format!("{}.{name}", self.path), value }
    }

    pub(crate) fn exists(&self) -> bool {
        self.value.is_some()
    }

    pub(crate) fn value(&self) -> Option<&'a Value> {
        self.value
    }

    /// A string with something in it.
    pub(crate) fn required_text(&self, findings: &mut Findings) -> Option<&'a str> {
        let text = self.optional_text(findings);
        let blank = text.is_none_or(|text| text.trim().is_empty());
        if blank && self.value.is_none_or(Value::is_string) {
            self.required(findings);
        }
        text.filter(|_| !blank)
    }

    pub(crate) fn optional_text(&self, findings: &mut Findings) -> Option<&'a str> {
        let text = self.value.and_then(Value::as_str);
        if self.exists() && text.is_none() {
            self.wrong(findings, "string");
        }
        text
    }

    /// The members of a list with at least one member.
    pub(crate) fn required_list(&self, findings: &mut Findings) -> Vec<Place<'a>> {
        let empty = self.value.is_none_or(|value| value.as_array().is_some_and(Vec::is_empty));
        if empty {
            self.required(findings);
        }
        self.optional_list(findings)
    }

    /// The members of a list; those that are no objects are reported and left out.
    pub(crate) fn optional_list(&self, findings: &mut Findings) -> Vec<Place<'a>> {
        let Some(value) = self.value else { return Vec::new() };
        let Some(members) = value.as_array() else {
            self.wrong(findings, "list");
            return Vec::new();
        };
        let places = members.iter().enumerate();
        let places =
            places.map(|(n, value)| Self { path: format!("{}[{n}]", self.path), value: Some(value) });
        places.filter(|place| place.is_object(findings)).collect()
    }

    pub(crate) fn is_object(&self, findings: &mut Findings) -> bool {
        let object = self.value.is_some_and(Value::is_object);
        if self.exists() && !object {
            self.wrong(findings, "object");
        }
        object
    }

    pub(crate) fn required(&self, findings: &mut Findings) {
        findings.add(&self.path, "required", format!("{} is required", self.name()));
    }

    fn wrong(&self, findings: &mut Findings, kind: &str) {
        findings.add(&self.path, "structure", format!("{} must be a JSON {kind}", self.name()));
    }

    /// The path without the resource's name and without indexes, as a person would say it.
    pub(crate) fn name(&self) -> String {
        let short = self.path.split_once('.').map_or(self.path.as_str(), |(_, rest)| rest);
        short.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_has_no_resource_and_no_indexes() {
        let body = json!({"serviceCategory": [{"coding": [{}]}]});
        let mut findings = Findings::default();
        let category =
            Place::root("Appointment", &body).child("serviceCategory").required_list(&mut findings);
        let coding = category[0].child("coding").required_list(&mut findings);

        let display = coding[0].child("display");

        assert_eq!(display.path, "Appointment.serviceCategory[0].coding[0].display");
        assert_eq!(display.name(), "serviceCategory.coding.display");
    }
}
