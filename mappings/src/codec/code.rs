//! Codes by ConceptMap, with what a row says about their spelling.

use std::collections::BTreeMap;
use std::sync::Arc;

use gateway_core::IssueCode;

use super::Fault;
use crate::{ConceptMap, Target};

/// A ConceptMap as a row uses it.
#[derive(Debug)]
pub(crate) struct CodeMap {
    pub(crate) id: String,
    pub(crate) map: Arc<ConceptMap>,
    /// Only what stands behind the last of these counts.
    pub(crate) tail: Option<String>,
    /// The codes by their lower case, where case does not count.
    pub(crate) folded: Option<BTreeMap<String, String>>,
}

impl CodeMap {
    pub(crate) fn new(id: &str, map: Arc<ConceptMap>, tail: Option<String>, any_case: bool) -> Self {
        let folded =
            any_case.then(|| map.sources().map(|code| (code.to_lowercase(), code.to_owned())).collect());
        Self { id: id.to_owned(), map, tail, folded }
    }

    /// The code of theirs as the map spells it.
    fn spelled<'c>(&'c self, code: &'c str) -> &'c str {
        if self.map.knows(code) {
            return code;
        }
        let tail = self.tail.as_deref().and_then(|tail| code.rsplit(tail).next()).unwrap_or(code);
        let folded = self.folded.as_ref().and_then(|folded| folded.get(&tail.to_lowercase()));
        folded.map_or(tail, String::as_str)
    }

    pub(super) fn forward(&self, code: &str) -> Result<Option<&str>, Fault> {
        match self.map.forward(self.spelled(code.trim()), "") {
            Ok(Target::Code(code)) => Ok(Some(code)),
            Ok(Target::Nothing(_)) => Ok(None),
            Err(issue) => Err(Fault { code: IssueCode::CodeInvalid, text: issue.text.into() }),
        }
    }

    pub(super) fn backward(&self, code: &str) -> Result<&str, Fault> {
        self.map
            .backward(code, "")
            .map_err(|issue| Fault { code: IssueCode::CodeInvalid, text: issue.text.into() })
    }
}
