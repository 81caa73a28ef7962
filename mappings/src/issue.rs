//! What is wrong, with its place on both sides. Never content.

use std::fmt;

use gateway_core::{Issue, IssueCode};

/// An issue with its place on both sides; a fault of a table also says in which file and row it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapIssue {
    /// What is wrong. `expression` is the FHIRPath of the element: `Appointment.start`.
    pub issue: Issue,
    /// The field: `Afspraken[3].Start`.
    pub wire: Option<String>,
    /// For a fault of a table, record description or map: the file, as `tetra/afspraak.toml`.
    pub file: Option<String>,
    /// For a fault of a table: which of its rows, counted from 1.
    pub row: Option<usize>,
}

impl MapIssue {
    /// An issue without a place yet.
    #[must_use]
    pub fn new(issue: Issue) -> Self {
        Self { issue, wire: None, file: None, row: None }
    }

    /// A fault in a file.
    pub(crate) fn fault(file: &str, text: impl Into<String>) -> Self {
        let issue = Issue::error(IssueCode::Invalid, text);
        Self { file: Some(file.to_owned()), ..Self::new(issue) }
    }

    /// The same, in a row.
    pub(crate) fn in_row(self, row: usize) -> Self {
        Self { row: Some(row), ..self }
    }
}

impl fmt::Display for MapIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{file}: ")?;
        }
        if let Some(row) = self.row {
            write!(f, "row {row}: ")?;
        }
        write!(f, "{}", self.issue)?;
        match &self.wire {
            Some(wire) => write!(f, " ({wire})"),
            None => Ok(()),
        }
    }
}

/// The nearest of `names` to `name`, as the end of a sentence: `; did you mean "start"?`.
pub(crate) fn did_you_mean<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let nearest = names.map(|known| (strsim::jaro_winkler(name, known), known));
    match nearest.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((near, known)) if near > 0.7 => format!("; did you mean {known:?}?"),
        _ => String::new(),
    }
}
