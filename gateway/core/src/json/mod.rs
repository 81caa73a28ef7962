//! JSON read once into a flat arena of slots over the text that came in.
//!
//! Strings and numbers stay slices of that text, so `5.00` remains `5.00`. Refused while reading: bytes that are
//! not UTF-8, lone surrogates, duplicate keys (never last-wins), more than [`MAX_DEPTH`] levels, trailing text.
//! Scanning is `jiter`'s; what is ours is the arena and the rules above.

mod canonical;
mod node;
mod parse;
mod write;

pub use canonical::canonical;
pub use node::{Kind, Node};
pub use parse::{Document, MAX_DEPTH, ParseError};
pub use write::{push_quoted, quoted};
