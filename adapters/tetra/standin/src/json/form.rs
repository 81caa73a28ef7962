//! The members of a request, each in the one type the vendor's examples show: an identifier is a string, a key is a
//! number (`tetra.md` section 2.8).

use serde_json::{Map, Value};

use crate::local::Local;
use crate::refusal::Refusal;

/// The members of a request.
#[derive(Debug)]
pub(super) struct Form(pub(super) Map<String, Value>);

const BAD: Refusal = Refusal::Field;

impl Form {
    pub(super) fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.0.get(name).and_then(Value::as_str).ok_or(BAD)
    }

    pub(super) fn owned(&self, name: &str) -> Result<String, Refusal> {
        self.text(name).map(str::to_owned)
    }

    pub(super) fn local(&self, name: &str) -> Result<Local, Refusal> {
        self.text(name)?.parse().map_err(|_| BAD)
    }

    pub(super) fn id(&self, name: &str) -> Result<i64, Refusal> {
        self.0.get(name).and_then(Value::as_i64).ok_or(BAD)
    }

    pub(super) fn ids(&self, name: &str) -> Result<Vec<i64>, Refusal> {
        let list = self.0.get(name).and_then(Value::as_array).ok_or(BAD)?;
        list.iter().map(|id| id.as_i64().ok_or(BAD)).collect()
    }

    /// Nothing when it is absent or null.
    pub(super) fn maybe<'a, T>(
        &'a self,
        name: &str,
        read: impl FnOnce(&'a Self, &str) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => read(self, name).map(Some),
        }
    }
}
