//! A transaction: its writes in one commit of the engine, then its reads, which see them.
//!
//! What can be said of an entry without looking is said before anything is written, of all entries at once. A read that
//! finds nothing says so in its own answer: the writes before it are done by then and stay.

use gateway_core::Interaction;
use gateway_engine::transaction::{self, Rejected};
use gateway_store::Written;
use http::Method;
use http::header::LOCATION;

use super::entry::{Entry, Read};
use super::inside::Inside;
use super::respond::Answered;
use super::write::write;
use crate::App;
use crate::fhir::answer;
use crate::fhir::wish::Wish;
use crate::problem::Refused;

/// Does the entries; the answers in their order.
///
/// # Errors
/// The first rule that does not hold, with its entry; nothing is stored then.
pub(super) async fn done(
    app: &App,
    inside: &Inside,
    wish: &Wish,
    entries: Vec<Read>,
) -> Result<Vec<Answered>, Rejected> {
    let Split { writes, reads } = split(app, inside, entries)?;
    let places: Vec<_> = writes.iter().map(|entry| (entry.place, entry.write.interaction)).collect();
    let written = app.engine.transact(&inside.caller, writes).await?;
    let mut answers = Vec::with_capacity(places.len() + reads.len());
    for ((place, interaction), written) in places.into_iter().zip(written) {
        let deleted = interaction == Interaction::Delete;
        answers.push((place, told(app, inside, wish, deleted, written).await));
    }
    for (place, entry) in reads {
        answers.push((place, inside.answer(entry).await));
    }
    answers.sort_unstable_by_key(|(place, _)| *place);
    Ok(answers.into_iter().map(|(_, answered)| answered).collect())
}

/// The entries by what they do, each with its place in the Bundle.
#[derive(Default)]
struct Split {
    writes: Vec<transaction::Entry>,
    reads: Vec<(usize, Entry)>,
}

fn split(app: &App, inside: &Inside, entries: Vec<Read>) -> Result<Split, Rejected> {
    let (mut split, mut refused) = (Split::default(), Vec::new());
    for (place, entry) in entries.into_iter().enumerate() {
        match entry {
            Ok(entry) if matches!(entry.method, Method::GET | Method::HEAD) => {
                split.reads.push((place, entry));
            }
            Ok(entry) => match write(app, &inside.caller, &entry) {
                Ok(write) => {
                    split.writes.push(transaction::Entry { place, full_url: entry.full_url, write });
                }
                Err(Refused(problem)) => refused.push((Some(place), problem)),
            },
            Err(problem) => refused.push((Some(place), problem)),
        }
    }
    if refused.is_empty() { Ok(split) } else { Err(Rejected::of_all(refused)) }
}

/// What a write of the transaction did, as it would be told if it had come alone; and where.
async fn told(app: &App, inside: &Inside, wish: &Wish, deleted: bool, written: Written) -> Answered {
    if deleted {
        return inside.told(answer::deleted(&written, wish)).await;
    }
    let location = answer::location(app, &written);
    let mut response = answer::written(app, written, wish);
    response.headers_mut().insert(LOCATION, location);
    inside.told(response).await
}
