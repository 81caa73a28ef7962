//! The token by which an appointment can be erased by whoever holds it (`tetra.md` section 3.8).
//!
//! It never goes into a resource. It is handed out apart, as a secret, for whoever may keep it one day: nothing keeps it
//! yet, because the house has no place that shows it to the owning patient only. Until then a cancellation goes by the
//! appointment's number.

use secrecy::SecretString;

use super::Record;

/// The longest token that is believed to be one.
const LONGEST: usize = 256;

/// The token of a record; `None` when there is none.
#[cfg_attr(not(test), expect(dead_code, reason = "nothing may keep a token yet"))]
pub(crate) fn token(record: &Record) -> Option<SecretString> {
    let token = record.text("WisAfspraakToken")?;
    (token.len() <= LONGEST).then(|| SecretString::from(token.into_owned()))
}
