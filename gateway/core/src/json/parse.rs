//! Reading text into a [`Document`].

use std::collections::HashSet;

use jiter::{Jiter, JiterError, Peek};

use super::node::{Kind, Node};

/// Deepest nesting of arrays and objects that is read (`dutch-fhir.md` section 6, case 61).
pub const MAX_DEPTH: usize = 64;

/// Objects with more keys than this look for duplicates with a hash set instead of by comparing.
const COMPARE_KEYS_UP_TO: usize = 16;

/// Why a text is no JSON document for us. Positions are 1-based; the text itself is never repeated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The bytes are not UTF-8.
    #[error("the body is not valid UTF-8 (first bad byte at offset {offset})")]
    NotUtf8 {
        /// Offset of the first bad byte.
        offset: usize,
    },
    /// The text breaks the JSON grammar.
    #[error("the body is not valid JSON: {what} at line {line}, column {column}")]
    Syntax {
        /// What is wrong, without the text itself.
        what: String,
        /// Line of the mistake.
        line: usize,
        /// Column of the mistake.
        column: usize,
    },
    /// One object names a key twice.
    #[error("the key {key:?} occurs twice in one object, at {path}")]
    DuplicateKey {
        /// Where the object stands, as a FHIRPath-like path.
        path: String,
        /// The key.
        key: String,
    },
    /// More nesting than [`MAX_DEPTH`].
    #[error("the body is nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// Longer than the arena can address.
    #[error("the body is longer than 4 GiB")]
    TooLong,
}

/// A slice of the text, or of the unescaped buffer when `escaped`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) escaped: bool,
}

impl Span {
    /// How long the slice is: names of another length are not even looked at.
    pub(super) fn len(self) -> usize {
        self.end.saturating_sub(self.start) as usize
    }
}

/// One value. Children follow their parent directly; `after` is the slot behind the whole subtree.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) kind: Kind,
    pub(super) source: (u32, u32),
    pub(super) key: Span,
    pub(super) string: Span,
    pub(super) after: u32,
    pub(super) children: u32,
}

/// A JSON text and the arena over it.
#[derive(Debug, Clone)]
pub struct Document {
    pub(super) text: Box<str>,
    pub(super) unescaped: String,
    pub(super) slots: Vec<Slot>,
}

impl Document {
    /// Reads `bytes` whole.
    ///
    /// # Errors
    /// [`ParseError`] names what is wrong and where, never the content.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let text = std::str::from_utf8(bytes).map_err(|e| ParseError::NotUtf8 { offset: e.valid_up_to() })?;
        Self::parse_text(text.into())
    }

    /// Reads a text that is already known to be UTF-8.
    ///
    /// # Errors
    /// As [`Document::parse`].
    pub fn parse_text(text: Box<str>) -> Result<Self, ParseError> {
        if u32::try_from(text.len()).is_err() {
            return Err(ParseError::TooLong);
        }
        let mut reading = Reading {
            text: &text,
            jiter: Jiter::new(text.as_bytes()),
            unescaped: String::new(),
            slots: Vec::with_capacity(text.len() / 16 + 8),
        };
        let peek = reading.scan(Jiter::peek)?;
        reading.value(peek, Span::default(), 0)?;
        reading.scan(Jiter::finish)?;
        let Reading { unescaped, slots, .. } = reading;
        Ok(Self { text, unescaped, slots })
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node { document: self, at: 0 }
    }

    /// The value that [`Node::index`] was told of.
    #[must_use]
    pub fn node(&self, index: u32) -> Option<Node<'_>> {
        ((index as usize) < self.slots.len()).then_some(Node { document: self, at: index })
    }

    /// The text as it came in.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn slice(&self, span: Span) -> &str {
        let source = if span.escaped { self.unescaped.as_str() } else { &*self.text };
        source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

struct Reading<'t> {
    text: &'t str,
    jiter: Jiter<'t>,
    unescaped: String,
    slots: Vec<Slot>,
}

impl<'t> Reading<'t> {
    fn value(&mut self, peek: Peek, key: Span, depth: usize) -> Result<(), ParseError> {
        let start = self.jiter.current_index();
        let at = self.slots.len();
        self.slots.push(Slot {
            kind: Kind::Null,
            source: (narrow(start), 0),
            key,
            string: Span::default(),
            after: 0,
            children: 0,
        });
        let kind = match peek {
            Peek::Null => self.scan(Jiter::known_null).map(|()| Kind::Null)?,
            Peek::True | Peek::False => self.scan(|j| j.known_bool(peek)).map(Kind::Bool)?,
            Peek::String => {
                let span = self.string(Jiter::known_str)?;
                self.slots[at].string = span.unwrap_or_default();
                Kind::String
            }
            Peek::Array => self.array(at, depth + 1)?,
            Peek::Object => self.object(at, depth + 1)?,
            _ => {
                self.scan(|j| j.known_number_bytes(peek).map(<[u8]>::len))?;
                Kind::Number
            }
        };
        let (end, after) = (narrow(self.jiter.current_index()), narrow(self.slots.len()));
        let slot = &mut self.slots[at];
        (slot.kind, slot.source.1, slot.after) = (kind, end, after);
        Ok(())
    }

    fn array(&mut self, at: usize, depth: usize) -> Result<Kind, ParseError> {
        if depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let mut next = self.scan(Jiter::known_array)?;
        while let Some(peek) = next {
            self.slots[at].children += 1;
            self.value(peek, Span::default(), depth)?;
            next = self.scan(Jiter::array_step)?;
        }
        Ok(Kind::Array)
    }

    fn object(&mut self, at: usize, depth: usize) -> Result<Kind, ParseError> {
        if depth > MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        let mut next = self.optional_string(Jiter::known_object)?;
        while let Some(key) = next {
            self.slots[at].children += 1;
            let peek = self.scan(Jiter::peek)?;
            self.value(peek, key, depth)?;
            next = self.optional_string(Jiter::next_key)?;
        }
        self.refuse_duplicates(at)?;
        Ok(Kind::Object)
    }

    fn refuse_duplicates(&self, at: usize) -> Result<(), ParseError> {
        let keys = || Children { slots: &self.slots, at: at + 1, left: self.slots[at].children };
        let count = self.slots[at].children as usize;
        let twice = if count <= COMPARE_KEYS_UP_TO {
            let mut seen = [Span::default(); COMPARE_KEYS_UP_TO];
            keys().enumerate().find_map(|(n, key)| {
                let same = |other: &Span| other.len() == key.len() && self.key(*other) == self.key(key);
                let twice = seen.iter().take(n).any(same);
                seen[n] = key;
                twice.then(|| self.key(key))
            })
        } else {
            let mut seen = HashSet::with_capacity(count);
            keys().map(|k| self.key(k)).find(|key| !seen.insert(*key))
        };
        match twice {
            None => Ok(()),
            Some(key) => Err(ParseError::DuplicateKey { path: self.path(at), key: key.to_owned() }),
        }
    }

    /// The path of slot `at`; its ancestors are the slots before it that are still open.
    fn path(&self, at: usize) -> String {
        let mut path = "$".to_owned();
        for slot in self.slots.iter().take(at + 1).skip(1).filter(|s| s.after == 0) {
            let key = self.key(slot.key);
            if !key.is_empty() {
                path.push('.');
                path.push_str(key);
            }
        }
        path
    }

    fn key(&self, span: Span) -> &str {
        let source = if span.escaped { self.unescaped.as_str() } else { self.text };
        source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    fn string(
        &mut self,
        read: impl for<'j> FnOnce(&'j mut Jiter<'t>) -> Result<&'j str, JiterError>,
    ) -> Result<Option<Span>, ParseError> {
        self.optional_string(|j| read(j).map(Some))
    }

    /// Where a string that jiter just read lies: in the text, or unescaped in the side buffer.
    fn optional_string(
        &mut self,
        read: impl for<'j> FnOnce(&'j mut Jiter<'t>) -> Result<Option<&'j str>, JiterError>,
    ) -> Result<Option<Span>, ParseError> {
        let base = self.text.as_ptr() as usize;
        let span = match read(&mut self.jiter) {
            Ok(None) => return Ok(None),
            Ok(Some(string)) => {
                let offset = (string.as_ptr() as usize).wrapping_sub(base);
                if offset <= self.text.len() && offset + string.len() <= self.text.len() {
                    Span { start: narrow(offset), end: narrow(offset + string.len()), escaped: false }
                } else {
                    let start = narrow(self.unescaped.len());
                    self.unescaped.push_str(string);
                    Span { start, end: narrow(self.unescaped.len()), escaped: true }
                }
            }
            Err(error) => return Err(self.syntax(&error)),
        };
        Ok(Some(span))
    }

    fn scan<T>(
        &mut self,
        step: impl FnOnce(&mut Jiter<'t>) -> Result<T, JiterError>,
    ) -> Result<T, ParseError> {
        step(&mut self.jiter).map_err(|error| self.syntax(&error))
    }

    fn syntax(&self, error: &JiterError) -> ParseError {
        let position = self.jiter.error_position(error.index);
        ParseError::Syntax {
            what: error.error_type.to_string(),
            line: position.line,
            column: position.column,
        }
    }
}

/// The keys of an object's direct children.
struct Children<'s> {
    slots: &'s [Slot],
    at: usize,
    left: u32,
}

impl Iterator for Children<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        self.left = self.left.checked_sub(1)?;
        let slot = self.slots.get(self.at)?;
        self.at = slot.after as usize;
        Some(slot.key)
    }
}

fn narrow(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Document, ParseError> {
        Document::parse(text.as_bytes())
    }

    #[test]
    fn numbers_keep_their_text() {
        let document = parse(r#"{"value": 5.00, "big": 12345678901234567890.10, "exp": 1e2}"#).unwrap();
        let texts: Vec<_> = document.root().entries().map(|(_, node)| node.raw()).collect();
        assert_eq!(texts, ["5.00", "12345678901234567890.10", "1e2"]);
    }

    #[test]
    fn escapes_are_read_and_the_source_is_kept() {
        let document = parse(r#"{"a\u0062": "x\n\u00e9", "plain": "é"}"#).unwrap();
        let entries: Vec<_> = document.root().entries().collect();
        assert_eq!(entries[0].0, "ab");
        assert_eq!(entries[0].1.as_str(), Some("x\né"));
        assert_eq!(entries[0].1.raw(), r#""x\n\u00e9""#);
        assert_eq!(entries[1].1.as_str(), Some("é"));
    }

    #[test]
    fn duplicate_keys_are_refused_at_every_level() {
        assert_eq!(
            parse(r#"{"a":{"b":[{"c":1,"c":2}]}}"#).unwrap_err(),
            ParseError::DuplicateKey { path: "$.a.b".into(), key: "c".into() }
        );
        assert!(matches!(parse(r#"{"a":1,"\u0061":2}"#).unwrap_err(), ParseError::DuplicateKey { .. }));
        let many: Vec<String> = (0..40).map(|n| format!("\"k{}\":1", n % 39)).collect();
        let text = format!("{{{}}}", many.join(","));
        assert!(matches!(parse(&text).unwrap_err(), ParseError::DuplicateKey { .. }));
    }

    #[test]
    fn nesting_is_capped() {
        let fits = format!("{}1{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(parse(&fits).is_ok());
        let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
        assert_eq!(parse(&deep).unwrap_err(), ParseError::TooDeep);
        let objects = format!("{}1{}", "{\"a\":".repeat(300), "}".repeat(300));
        assert_eq!(parse(&objects).unwrap_err(), ParseError::TooDeep);
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "{\"a\":1}}",
            "{\"a\":01}",
            "{\"a\":1.}",
            "{\"a\":NaN}",
            "{\"a\":tru}",
            "{'a':1}",
            "{\"a\":1,}",
            "[1,]",
            "\"\\ud800\"",
            "{\"a\":\"\u{0}\"}",
            "\u{feff}{}",
            "{\"a\":+1}",
            "{\"a\":-}",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
        assert!(matches!(Document::parse(b"{\"a\":\"\xff\"}"), Err(ParseError::NotUtf8 { offset: 6 })));
    }
}
