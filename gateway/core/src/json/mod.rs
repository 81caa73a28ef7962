//! JSON read once into a flat arena of slots over the text that came in.
//!
//! Strings and numbers stay slices of that text, so `5.00` remains `5.00`. Refused while reading: bytes that are
//! not UTF-8, lone surrogates, duplicate keys (never last-wins), more than [`MAX_DEPTH`] levels, trailing text.
//! Scanning is `jiter`'s; what is ours is the arena and the rules above. A [`Tree`] changes a document and keeps the text of
//! what it does not touch.

mod canonical;
mod equal;
mod node;
mod parse;
mod tree;
mod view;
mod write;

pub use canonical::canonical;
pub use equal::{equal, equal_numbers};
pub use node::{Kind, Node};
pub use parse::{Document, MAX_DEPTH, ParseError};
pub use tree::{Members, Tree};
pub use view::{Size, View};
pub use write::{push_quoted, quoted};
