//! Looking at the agenda (`tetra.md` sections 2.1, 2.2, 2.6 and 3.10).
//!
//! One look is one request for all agendas, and never less than five minutes after the one before: who asks sooner gets the
//! last answer again. The lists of agendas and block types are kept longer (`cache.rs`). What is missing is `memory.rs`'s.

mod gather;
pub(crate) mod memory;
pub(crate) mod window;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapter_kit::{ExchangeLog, Poll, Polled};
use async_trait::async_trait;
use gateway_core::Failure;
use time::OffsetDateTime;

use crate::cache::Cache;
use crate::client::{Client, Fault, Period};
use crate::map::{Composer, Record};
use crate::validate::FLOOR;
use crate::verdict;
use crate::wire::{Answer, Operation};
use memory::Memory;
use window::Window;

/// Looks at the agenda of one practice.
pub(crate) struct Poller {
    client: Arc<Client>,
    composer: Arc<Composer>,
    cache: Arc<Cache>,
    last: Mutex<Option<Arc<Look>>>,
    /// Block types that appointments have and the list has not.
    unlisted: Mutex<BTreeSet<String>>,
}

/// One look, with what it was.
struct Look {
    at: OffsetDateTime,
    agenda_list: Arc<Answer>,
    block_types: Option<Arc<Answer>>,
    /// The agendas that were asked for.
    agendas: Vec<String>,
    window: Window,
    /// Whether the answer is known to hold all of the window.
    complete: bool,
    /// `None` when there is no agenda to ask for.
    appointments: Option<Arc<Answer>>,
    /// The cursor it ended with, once it is known.
    cursor: Mutex<Option<String>>,
}

impl Poller {
    /// One that has looked at nothing yet.
    pub(crate) fn new(client: Arc<Client>, composer: Arc<Composer>, cache: Arc<Cache>) -> Self {
        Self { client, composer, cache, last: Mutex::new(None), unlisted: Mutex::default() }
    }

    /// The last look, while it is too early for another.
    fn still_fresh(&self, now: OffsetDateTime) -> Option<Arc<Look>> {
        let last = self.last.lock().expect("no one panics while holding the last look");
        last.clone().filter(|look| is_early(look.at, now))
    }

    async fn look(&self, memory: &Memory, log: &ExchangeLog) -> Result<Look, Fault> {
        let settings = self.client.settings();
        let at = self.client.now();
        let agenda_list = self.cache.agendas(&self.client, log).await?;
        let block_types = self.block_types(log).await?;
        let agendas = numbers(&agenda_list).filter(|number| settings.uses_agenda(number)).collect();
        let window = Window::around(at, self.composer.zone(), settings.days_back, settings.days_ahead);
        let mut look = Look {
            at,
            agenda_list,
            block_types,
            agendas,
            window,
            complete: false,
            appointments: None,
            cursor: Mutex::new(None),
        };
        if look.agendas.is_empty() {
            // What an empty list of agendas asks for is not published.
            return Ok(look);
        }
        let (start, end) = look.window.asked(memory.doubts());
        let period = Period { start: &start, end: &end, agendas: &look.agendas };
        let (operation, answer) = if self.client.knows(Operation::Appointments) {
            (Operation::Appointments, self.client.appointments(period, log).await?)
        } else {
            (Operation::Statuses, self.client.statuses(period, log).await?)
        };
        look.complete = self.carries_period(operation);
        look.appointments = Some(Arc::new(answer));
        Ok(look)
    }

    /// Whether an appointment has a block type that nobody has listed, and that was not noticed before: the practice has
    /// changed its list, so it is asked for again, once.
    fn sees_new_block_types(&self, look: &Look) -> bool {
        let Some(listed) = &look.block_types else { return false };
        let listed: BTreeSet<String> = numbers(listed).collect();
        let used = look
            .appointments
            .iter()
            .flat_map(Record::all)
            .filter_map(|it| it.number("BlokType.Id").or_else(|| it.number("BlokType.@Id")));
        let unlisted: BTreeSet<String> = used.filter(|number| !listed.contains(number)).collect();
        let mut known = self.unlisted.lock().expect("no one panics while holding the unlisted");
        let new = !unlisted.is_subset(&known);
        *known = unlisted;
        new
    }

    async fn block_types(&self, log: &ExchangeLog) -> Result<Option<Arc<Answer>>, Fault> {
        if !self.client.knows(Operation::BlockTypes) {
            return Ok(None);
        }
        self.cache.block_types(&self.client, log).await.map(Some)
    }

    /// Whether the period goes with the call: without it nobody knows what the answer covers, so nothing that is missing
    /// from it proves anything.
    fn carries_period(&self, operation: Operation) -> bool {
        let spelling = self.client.spelling(operation);
        spelling.is_some_and(|spelling| spelling.carries("start") && spelling.carries("end"))
    }
}

/// The numbers of the records in a list.
pub(crate) fn numbers(list: &Arc<Answer>) -> impl Iterator<Item = String> {
    Record::all(list).filter_map(|record| record.id())
}

/// Whether it is too early to ask again. A clock that went back is no reason to wait.
fn is_early(last: OffsetDateTime, now: OffsetDateTime) -> bool {
    let passed = now - last;
    !passed.is_negative() && passed < FLOOR
}

#[async_trait]
impl Poll for Poller {
    fn every(&self) -> Duration {
        self.client.settings().poll_interval
    }

    async fn poll(&self, cursor: Option<&str>, log: &ExchangeLog) -> Result<Polled, Failure> {
        let memory = Memory::read(cursor);
        let now = self.client.now();
        if let Some(look) = self.still_fresh(now) {
            return Ok(self.again(&look, cursor, &memory));
        }
        let asked = memory.asked.and_then(|at| OffsetDateTime::from_unix_timestamp(at).ok());
        if let (Some(cursor), true) = (cursor, asked.is_some_and(|asked| is_early(asked, now))) {
            // Asked by a process that is no more; its answer went with it.
            return Ok(Polled { cursor: cursor.to_owned(), ..Polled::default() });
        }
        let codes = &self.client.settings().codes;
        let look = self.look(&memory, log).await.map_err(|fault| verdict::of_read(fault, codes))?;
        let look = Arc::new(look);
        if self.sees_new_block_types(&look) {
            self.cache.forget().await;
        }
        *self.last.lock().expect("no one panics while holding the last look") = Some(Arc::clone(&look));
        Ok(self.taken_in(&look, &memory))
    }
}
