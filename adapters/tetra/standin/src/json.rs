//! The JSON door (v2): an envelope with a `Method`, an answer with a `ReturnValue` (`tetra.md` section 1.3).

mod answer;
mod envelope;
mod form;
mod twist;
mod value;

pub(crate) use answer::{answer, refusal};
pub(crate) use envelope::Envelope;
pub(crate) use twist::{TWISTS, spoil};
