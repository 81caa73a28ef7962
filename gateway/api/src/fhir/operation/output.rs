//! Parameters that an operation answers with, made as text.

use gateway_core::json::quoted;

/// Parameters in the making.
pub(super) struct Output(Vec<String>);

impl Output {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a boolean.
    pub(super) fn flag(self, name: &str, value: bool) -> Self {
        self.member(name, "valueBoolean", &value.to_string())
    }

    /// Adds a text of this type; nothing for an empty one, which FHIR does not know.
    pub(super) fn text(self, name: &str, member: &str, value: &str) -> Self {
        if value.is_empty() { self } else { self.member(name, member, &quoted(value)) }
    }

    /// Adds a Coding.
    pub(super) fn coding(self, name: &str, system: &str, code: &str, display: &str) -> Self {
        let parts = [("system", system), ("code", code), ("display", display)];
        let told: Vec<_> = parts
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| format!("\"{key}\":{}", quoted(value)))
            .collect();
        self.member(name, "valueCoding", &format!("{{{}}}", told.join(",")))
    }

    /// Adds parts under one name.
    pub(super) fn parts(self, name: &str, parts: &Self) -> Self {
        self.member(name, "part", &format!("[{}]", parts.0.join(",")))
    }

    fn member(mut self, name: &str, member: &str, json: &str) -> Self {
        self.0.push(format!("{{\"name\":{},\"{member}\":{json}}}", quoted(name)));
        self
    }

    /// The resource.
    pub(super) fn close(self) -> String {
        format!("{{\"resourceType\":\"Parameters\",\"parameter\":[{}]}}", self.0.join(","))
    }
}
