//! Their words: operations, and the envelopes around them. No FHIR here.

mod answer;
mod mask;
mod operation;
mod request;
mod spelling;

pub(crate) use answer::{Answer, Odd};
pub(crate) use mask::masked;
pub(crate) use operation::{Field, FieldKind};
pub use operation::{Identification, Operation};
pub(crate) use request::{Given, Request, Unwritable};
pub(crate) use spelling::Spelling;
