//! The XML door (v1): `*_Verzoek` in, `*_Antwoord` out (`tetra.md` section 1.4).

mod answer;
mod bytes;
mod request;
mod tag;
mod twist;

pub(crate) use answer::{Words, answer, refusal};
pub(crate) use bytes::Dress;
pub(crate) use request::Request;
pub(crate) use tag::Tag;
pub(crate) use twist::{TWISTS, inlay, preface, spoil};
