//! One record of an answer, kept small: the answer is shared, the record is a place in it.

use std::borrow::Cow;
use std::sync::Arc;

use mappings::wire::{Format, Mark, Node};

use super::keys;
use crate::wire::Answer;

/// A record of an answer.
#[derive(Clone)]
pub(crate) struct Record {
    answer: Arc<Answer>,
    number: usize,
    mark: Mark,
}

impl Record {
    /// Every record of `answer`, in its order.
    pub(crate) fn all(answer: &Arc<Answer>) -> impl Iterator<Item = Self> {
        let marks: Vec<Mark> = answer.records().into_iter().map(Node::mark).collect();
        let answer = Arc::clone(answer);
        marks.into_iter().enumerate().map(move |(number, mark)| Self {
            answer: Arc::clone(&answer),
            number,
            mark,
        })
    }

    /// The record itself.
    pub(crate) fn node(&self) -> Node<'_> {
        self.answer.marked(self.mark).expect("a record is marked in its own answer")
    }

    /// Where it stood, in their words: `Afspraken[3]`.
    pub(crate) fn place(&self) -> String {
        self.answer.place(self.number)
    }

    /// What it is written in.
    pub(crate) fn format(&self) -> Format {
        self.answer.format()
    }

    /// The text of a field; `None` when it is absent, null or empty.
    pub(crate) fn text(&self, field: &str) -> Option<Cow<'_, str>> {
        self.node().get(field).and_then(Node::text).filter(|text| !text.trim().is_empty())
    }

    /// Its own number: a member in JSON, an attribute in XML. `None` for 0.
    pub(crate) fn id(&self) -> Option<String> {
        match self.format() {
            Format::Json => self.number("Id"),
            Format::Xml => self.number("@Id"),
        }
    }

    /// One of their numbers; `None` for 0 and for what is none.
    pub(crate) fn number(&self, field: &str) -> Option<String> {
        self.text(field).as_deref().and_then(keys::number).map(str::to_owned)
    }
}
