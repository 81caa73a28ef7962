//! Why bytes are no document for us. Positions are offsets in the decoded text; the text itself is never repeated.

use gateway_core::json::ParseError;

/// Why bytes are no document for us.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// More bytes than the caller takes.
    #[error("the document is longer than {limit} bytes")]
    TooLong {
        /// The caller's cap.
        limit: usize,
    },
    /// More values, elements and attributes than the caller takes.
    #[error("the document has more than {limit} nodes")]
    TooManyNodes {
        /// The caller's cap.
        limit: usize,
    },
    /// More nesting than [`super::MAX_DEPTH`].
    #[error("the document is nested deeper than {} levels", super::MAX_DEPTH)]
    TooDeep,
    /// The bytes are not valid in the encoding the reading rule found.
    #[error("the bytes are not valid {encoding}")]
    Encoding {
        /// The encoding the bytes were read in.
        encoding: &'static str,
    },
    /// The HTTP header names a charset nobody knows.
    #[error("the charset of the header is unknown")]
    Charset,
    /// The JSON cannot be read.
    #[error("the JSON cannot be read")]
    Json(#[source] ParseError),
    /// Two member names of one object are the same but for case.
    #[error("two names are the same but for their case, in the object at {path}")]
    Collision {
        /// Where the object stands, as a path of names.
        path: String,
    },
    /// The text breaks the grammar of XML.
    #[error("the XML cannot be read: {what} (near byte {offset})")]
    Xml {
        /// What is wrong, without the text itself.
        what: &'static str,
        /// Where, in the decoded text.
        offset: usize,
    },
    /// A document type definition.
    #[error("a document type definition is refused")]
    Doctype,
    /// A reference to an entity other than the five of XML and characters by number.
    #[error("an entity reference is refused (near byte {offset})")]
    Entity {
        /// Where, in the decoded text.
        offset: usize,
    },
}
