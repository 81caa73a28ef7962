//! Free time (`tetra.md` sections 2.3 and 4.6). Agendas, block types and a period all have to be said to the practice: who
//! leaves agendas or block types out means all that are offered, as far as that is a bounded number.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use adapter_kit::{Answer, Aside, ExchangeLog};
use gateway_core::{Failure, IssueCode, Resource, SecondHour};
use jiff::Timestamp;

use super::wanted::Parameters;
use super::{Asking, is_form, refused, unsupported};
use crate::client::Period;
use crate::map::Record;
use crate::map::keys::{self, Thing, bloktype_system};
use crate::poll::numbers;

/// Most agendas and block types a question is expanded to.
const MOST: usize = 50;

/// The longest period that is asked for.
const LONGEST_SECONDS: i64 = 31 * 86_400;

/// What is asked for.
#[derive(Debug, Default)]
struct Wanted {
    agendas: BTreeSet<String>,
    block_types: BTreeSet<String>,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl Asking {
    pub(super) async fn free_time(
        &self,
        parameters: &Parameters,
        log: &ExchangeLog,
    ) -> Result<Answer, Failure> {
        let mut wanted = self.read(parameters)?;
        let period = period(&wanted)?;
        self.expand(&mut wanted, log).await?;
        if wanted.agendas.is_empty() || wanted.block_types.is_empty() {
            return Ok(Answer::default());
        }
        let agendas: Vec<String> = wanted.agendas.iter().cloned().collect();
        let block_types: Vec<String> = wanted.block_types.iter().cloned().collect();
        let (start, end) = (self.local(period.start)?, self.local(period.end)?);
        let asked = Period { start: &start, end: &end, agendas: &agendas };
        let theirs = self.client.slots(asked, &block_types, log).await.map_err(|fault| self.failed(fault))?;
        let mut answer = Answer::default();
        for record in Record::all(&Arc::new(theirs)) {
            match self.composer.slot(&record) {
                Ok(slot) if offers(&wanted, &record) && begins_in(&slot, &period) => {
                    answer.passing.push(slot);
                }
                Ok(_) => {}
                Err(issues) => answer.aside.push(Aside { place: record.place(), key: None, issues }),
            }
        }
        Ok(answer)
    }

    fn read(&self, parameters: &Parameters) -> Result<Wanted, Failure> {
        let mut wanted = Wanted::default();
        for (name, value) in parameters {
            match name.as_str() {
                name if is_form(name) => {}
                "schedule" => wanted.agendas.extend(self.agendas_in(value)?),
                "service-type" => wanted.block_types.extend(self.block_types_in(value)?),
                "start" => wanted.bound(value)?,
                "status" if value == "free" => {}
                _ => return unsupported(name, "free time cannot be asked for by this"),
            }
        }
        Ok(wanted)
    }

    fn agendas_in(&self, value: &str) -> Result<BTreeSet<String>, Failure> {
        let number = |one: &str| {
            let id = one.strip_prefix("Schedule/").unwrap_or(one);
            self.composer.number_in_id(Thing::Agenda, id)
        };
        match value.split(',').map(number).collect() {
            Some(numbers) => Ok(numbers),
            None => unsupported("schedule", "names no agenda of this practice"),
        }
    }

    fn block_types_in(&self, value: &str) -> Result<BTreeSet<String>, Failure> {
        let system = bloktype_system(self.composer.practice());
        let number = |one: &str| {
            let code = match one.split_once('|') {
                Some((of, code)) => (of == system).then_some(code)?,
                None => one,
            };
            keys::number(code).map(str::to_owned)
        };
        match value.split(',').map(number).collect() {
            Some(numbers) => Ok(numbers),
            None => unsupported("service-type", "names no block type of this practice"),
        }
    }

    /// What was left out becomes everything that is offered; what was said is cut to it.
    async fn expand(&self, wanted: &mut Wanted, log: &ExchangeLog) -> Result<(), Failure> {
        let settings = self.client.settings();
        if wanted.agendas.is_empty() {
            let list = self.cache.agendas(&self.client, log).await.map_err(|fault| self.failed(fault))?;
            wanted.agendas = numbers(&list).collect();
        }
        wanted.agendas.retain(|agenda| settings.uses_agenda(agenda));
        if wanted.block_types.is_empty() {
            wanted.block_types.clone_from(&settings.bookable);
        }
        // "Do not schedule" is a block type like any other: only the practice knows which are for booking.
        wanted.block_types.retain(|block_type| settings.bookable.contains(block_type));
        if wanted.agendas.len() > MOST || wanted.block_types.len() > MOST {
            return refused(
                IssueCode::TooCostly,
                "name the agendas (schedule) and block types (service-type)",
            );
        }
        Ok(())
    }

    fn local(&self, at: Timestamp) -> Result<String, Failure> {
        let told = self.composer.zone().tell(&at.to_string(), None, SecondHour::Allow);
        told.or_else(|_| unsupported("start", "must be in whole seconds"))
    }
}

impl Wanted {
    fn bound(&mut self, value: &str) -> Result<(), Failure> {
        const WHY: &str = "must be ge… and lt…, each with its offset";
        let (prefix, rest) = value.split_at_checked(2).unwrap_or((value, ""));
        let bound = match prefix {
            "ge" => &mut self.from,
            "lt" => &mut self.until,
            _ => return unsupported("start", WHY),
        };
        match rest.parse() {
            Ok(at) if bound.is_none() => *bound = Some(at),
            _ => return unsupported("start", WHY),
        }
        Ok(())
    }
}

/// Whether a record is what was asked for: their search may offer more.
fn offers(wanted: &Wanted, record: &Record) -> bool {
    let of = |field: &str, set: &BTreeSet<String>| {
        record.number(field).is_some_and(|number| set.contains(&number))
    };
    of("AgendaId", &wanted.agendas) && of("BlokTypeId", &wanted.block_types)
}

fn period(wanted: &Wanted) -> Result<Range<Timestamp>, Failure> {
    let (Some(from), Some(until)) = (wanted.from, wanted.until) else {
        return refused(IssueCode::TooCostly, "free time needs a period: start=ge… and start=lt…");
    };
    let seconds = until.as_second() - from.as_second();
    if seconds <= 0 || seconds > LONGEST_SECONDS {
        return refused(IssueCode::TooCostly, "the period must be longer than nothing and at most 31 days");
    }
    Ok(from..until)
}

fn begins_in(slot: &Resource, period: &Range<Timestamp>) -> bool {
    let start = slot.root().text("start").and_then(|start| start.parse().ok());
    start.is_some_and(|start| period.contains(&start))
}
