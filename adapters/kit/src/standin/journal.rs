//! The request log: how many came in, and the last thousand of them.
//!
//! Paths are kept without their query, since a query may hold personal data.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// `contract.md` section 5 promises the last 1,000.
const KEPT: usize = 1000;

/// What was asked of the stand-in, and how it answered.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Pages>);

#[derive(Debug, Default)]
struct Pages {
    requests: u64,
    last: VecDeque<Entry>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) method: Method,
    pub(super) path: String,
    /// `None` where the path tells it all.
    pub(super) operation: Option<String>,
    /// `None` when the connection was closed without an answer.
    pub(super) status: Option<StatusCode>,
    pub(super) at: OffsetDateTime,
    pub(super) fault: Option<&'static str>,
}

impl Journal {
    /// How many requests came in since the start or the last reset; those to the control side do not count.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.pages().requests
    }

    /// The last requests, oldest first: `method`, `path`, `status` (0 when no answer was given), `at`, `fault`,
    /// and `operation` where the counterpart names them.
    #[must_use]
    pub fn log(&self) -> Vec<Value> {
        self.pages().last.iter().map(Entry::json).collect()
    }

    pub(super) fn record(&self, entry: Entry) {
        let mut pages = self.pages();
        pages.requests += 1;
        if pages.last.len() == KEPT {
            pages.last.pop_front();
        }
        pages.last.push_back(entry);
    }

    pub(super) fn reset(&self) {
        *self.pages() = Pages::default();
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().expect("no one panics while writing in the journal")
    }
}

impl Entry {
    fn json(&self) -> Value {
        let mut entry = json!({
            "method": self.method.as_str(),
            "path": self.path,
            "status": self.status.map_or(0, |status| status.as_u16()),
            "at": self.at.format(&Rfc3339).unwrap_or_default(),
            "fault": self.fault,
        });
        if let Some(operation) = &self.operation {
            entry["operation"] = operation.as_str().into();
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: String) -> Entry {
        Entry {
            method: Method::GET,
            path,
            operation: None,
            status: None,
            at: OffsetDateTime::UNIX_EPOCH,
            fault: Some("drop"),
        }
    }

    #[test]
    fn the_last_thousand_are_kept_and_all_are_counted() {
        let journal = Journal::default();

        for n in 0..1002 {
            journal.record(entry(format!("/{n}")));
        }

        let log = journal.log();
        assert_eq!((journal.requests(), log.len()), (1002, 1000));
        assert_eq!(
            log[0],
            json!({"method": "GET", "path": "/2", "status": 0, "at": "1970-01-01T00:00:00Z", "fault": "drop"})
        );
    }
}
