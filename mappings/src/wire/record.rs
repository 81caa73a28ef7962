//! A record in the making, in the order its fields are set.
//!
//! Names are spelled for the format it is written in: in XML a name that begins with `@` is an attribute, a list is one
//! element per item, and null is `xsi:nil`. Both writings escape; read again they give the same (a property below).

use std::sync::Arc;

use gateway_core::json::quoted;

use super::XSI;
use super::write::{fits_xml, push_escaped};

/// One value of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number, as it is to be written.
    Number(String),
    /// True or false.
    Bool(bool),
    /// No value, said aloud.
    Null,
    /// A record in the record.
    Record(Record),
    /// Several values.
    List(Vec<Value>),
    /// JSON as it is to be written; a text in XML. It must be one right JSON value.
    Json(String),
}

/// A record in the making.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    fields: Vec<(Arc<str>, Value)>,
}

impl Record {
    /// An empty record.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Sets what `path` (names with dots between them) leads to, in place when it is there, making the records on the
    /// way. What stands on the way and is no record gives way to one.
    pub fn set(&mut self, path: &str, value: Value) {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let at = self.fields.iter().position(|(known, _)| **known == *name).unwrap_or_else(|| {
            self.fields.push((name.into(), Value::Null));
            self.fields.len() - 1
        });
        let (_, held) = &mut self.fields[at];
        match (rest, held) {
            (None, held) => *held = value,
            (Some(rest), Value::Record(inner)) => inner.set(rest, value),
            (Some(rest), held) => {
                let mut inner = Self::new();
                inner.set(rest, value);
                *held = Value::Record(inner);
            }
        }
    }

    /// Adds a field that is not there yet, without looking. The quick way for a table that knows its fields.
    pub fn push(&mut self, name: impl Into<Arc<str>>, value: Value) {
        self.fields.push((name.into(), value));
    }

    /// What `path` leads to.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&Value> {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let (_, value) = self.fields.iter().find(|(known, _)| **known == *name)?;
        match (rest, value) {
            (None, value) => Some(value),
            (Some(rest), Value::Record(inner)) => inner.get(rest),
            (Some(_), _) => None,
        }
    }

    /// The names and values, in their order.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (&**name, value))
    }

    /// The record as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        self.push_json(&mut out);
        out
    }

    fn push_json(&self, out: &mut String) {
        out.push('{');
        for (n, (name, value)) in self.fields.iter().enumerate() {
            if n > 0 {
                out.push(',');
            }
            out.push_str(&quoted(name));
            out.push(':');
            value.push_json(out);
        }
        out.push('}');
    }

    /// The record as the XML element `element`. It declares the `xsi` prefix itself when something in it is null, so
    /// it can stand alone.
    #[must_use]
    pub fn to_xml(&self, element: &str) -> String {
        let mut out = String::new();
        let declare = self.fields.iter().any(|(_, value)| value.has_null());
        self.push_xml(&mut out, element, declare);
        out
    }

    fn push_xml(&self, out: &mut String, element: &str, declare: bool) {
        out.push('<');
        out.push_str(element);
        if declare {
            out.extend([" xmlns:xsi=\"", XSI, "\""]);
        }
        let is_attribute = |(name, _): &&(Arc<str>, Value)| name.starts_with('@');
        for (name, value) in self.fields.iter().filter(is_attribute) {
            if let Some(text) = value.scalar() {
                out.extend([" ", name.strip_prefix('@').unwrap_or(name), "=\""]);
                push_escaped(out, text, true);
                out.push('"');
            }
        }
        let mut children = self.fields.iter().filter(|field| !is_attribute(field)).peekable();
        if children.peek().is_none() {
            return out.push_str(" />");
        }
        out.push('>');
        for (name, value) in children {
            value.push_xml(out, name);
        }
        out.extend(["</", element, ">"]);
    }

    /// The path of the first text that XML cannot hold, because of a control character in it.
    #[must_use]
    pub fn unwritable(&self) -> Option<String> {
        self.fields.iter().find_map(|(name, value)| {
            value
                .unwritable()
                .map(|inner| if inner.is_empty() { name.to_string() } else { format!("{name}.{inner}") })
        })
    }
}

impl Value {
    /// The text of a scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Json(text) => Some(text),
            Self::Bool(value) => Some(if *value { "true" } else { "false" }),
            Self::Null | Self::Record(_) | Self::List(_) => None,
        }
    }

    fn push_json(&self, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(&quoted(text)),
            Self::Number(text) | Self::Json(text) => out.push_str(text),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Null => out.push_str("null"),
            Self::Record(record) => record.push_json(out),
            Self::List(items) => {
                out.push('[');
                for (n, item) in items.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    item.push_json(out);
                }
                out.push(']');
            }
        }
    }

    fn push_xml(&self, out: &mut String, name: &str) {
        match self {
            Self::Record(record) => record.push_xml(out, name, false),
            Self::List(items) => items.iter().for_each(|item| item.push_xml(out, name)),
            Self::Null => out.extend(["<", name, " xsi:nil=\"true\" />"]),
            Self::Text(_) | Self::Number(_) | Self::Json(_) | Self::Bool(_) => {
                out.extend(["<", name, ">"]);
                push_escaped(out, self.scalar().unwrap_or_default(), false);
                out.extend(["</", name, ">"]);
            }
        }
    }

    fn has_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Record(record) => record.fields.iter().any(|(_, value)| value.has_null()),
            Self::List(items) => items.iter().any(Self::has_null),
            Self::Text(_) | Self::Number(_) | Self::Json(_) | Self::Bool(_) => false,
        }
    }

    fn unwritable(&self) -> Option<String> {
        match self {
            Self::Record(record) => record.unwritable(),
            Self::List(items) => items.iter().find_map(Self::unwritable),
            _ => self.scalar().filter(|text| text.chars().any(|c| !fits_xml(c))).map(|_| String::new()),
        }
    }
}

#[cfg(test)]
mod tests;
