//! From one look to items: what is referred to comes first, a record that cannot be taken in is set aside, and what is
//! missing is compared with what was there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adapter_kit::{Aside, Item, Polled};
use gateway_core::instant_text;

use super::memory::{Memory, Place, Sight};
use super::window::day;
use super::{Look, Poller, numbers};
use crate::map::Record;
use crate::map::agenda::InUse;
use crate::map::appointment::Asked;
use crate::map::patient::richest;

impl Poller {
    /// What a new look brought.
    pub(super) fn taken_in(&self, look: &Look, memory: &Memory) -> Polled {
        let mut polled = self.items(look, memory);
        let listed: BTreeSet<String> = numbers(&look.agenda_list).collect();
        let (next, vanished) = match self.sight(look) {
            Some(sight) => memory.after(&sight, look.at, listed),
            None => (memory.unproven(look.at, listed), vec![]),
        };
        let at = instant_text(look.at);
        polled
            .items
            .extend(vanished.iter().map(|number| self.composer.vanished(number, "Afspraken", at.clone())));
        polled.cursor = next.text();
        *look.cursor.lock().expect("no one panics while holding a cursor") = Some(polled.cursor.clone());
        polled
    }

    /// The same look again. With the cursor it ended with it proves nothing new; with the one it began with it was not
    /// taken in, and is repeated.
    pub(super) fn again(&self, look: &Look, cursor: Option<&str>, memory: &Memory) -> Polled {
        let ended = look.cursor.lock().expect("no one panics while holding a cursor").clone();
        match cursor {
            Some(cursor) if ended.as_deref() == Some(cursor) => {
                Polled { cursor: cursor.to_owned(), ..self.items(look, memory) }
            }
            _ => self.taken_in(look, memory),
        }
    }

    fn items(&self, look: &Look, memory: &Memory) -> Polled {
        let mut polled = Polled::default();
        for record in Record::all(&look.agenda_list) {
            let in_use = record.id().is_some_and(|number| self.client.settings().uses_agenda(&number));
            let in_use = if in_use { InUse::Yes } else { InUse::No };
            sort(self.composer.agenda(record, in_use), &mut polled);
        }
        let listed: BTreeSet<String> = numbers(&look.agenda_list).collect();
        for gone in memory.agendas.difference(&listed) {
            polled.items.push(self.composer.agenda_gone(gone, "agendas"));
        }
        for record in look.block_types.iter().flat_map(Record::all) {
            sort(self.composer.bloktype(record), &mut polled);
        }
        let (records, asides) = self.counting(look, memory);
        polled.aside.extend(asides);
        let odd = records.iter().filter(|record| !self.composer.knows_status(record)).count();
        if odd > 0 {
            let link = &self.client.settings().name;
            tracing::warn!(%link, odd, "Appointments have a status that nobody knows; the last known one stays");
        }
        for (number, record) in richest(records.iter().cloned()) {
            polled.items.push(self.composer.patient_of(&number, record));
        }
        for record in records {
            sort(self.composer.appointment(record, Asked::Agendas), &mut polled);
        }
        polled
    }

    /// The appointments that count: in the window, or known and moved out of it; each number once, the last of its kind.
    fn counting(&self, look: &Look, memory: &Memory) -> (Vec<Record>, Vec<Aside>) {
        let days = look.window.days();
        let mut order: Vec<Record> = Vec::new();
        let mut asides = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for record in look.appointments.iter().flat_map(Record::all) {
            let Some(number) = record.id() else {
                asides.extend(self.composer.appointment(record, Asked::Agendas).err());
                continue;
            };
            let counts = match self.start_day(&record) {
                Some(day) => days.contains(&day) || memory.knows(&number),
                // Taken along, so that what is wrong with it is told.
                None => true,
            };
            if !counts {
                continue;
            }
            if let Some(&at) = places.get(&number) {
                order[at] = record;
            } else {
                places.insert(number, order.len());
                order.push(record);
            }
        }
        (order, asides)
    }

    fn start_day(&self, record: &Record) -> Option<String> {
        day(self.composer.zone(), record.text("Start")?.as_ref())
    }

    /// What the look proves; `None` when it proves nothing.
    fn sight(&self, look: &Look) -> Option<Sight> {
        let answer = look.appointments.as_ref().filter(|_| look.complete)?;
        let mut present: BTreeMap<String, Option<Place>> = BTreeMap::new();
        for record in Record::all(answer) {
            let Some(number) = record.id() else { continue };
            let place = self.start_day(&record).zip(record.number("AgendaId"));
            present.insert(number, place.map(|(day, agenda)| Place { agenda, day }));
        }
        Some(Sight { agendas: look.agendas.iter().cloned().collect(), days: look.window.days(), present })
    }
}

fn sort(made: Result<Item, Aside>, polled: &mut Polled) {
    match made {
        Ok(item) => polled.items.push(item),
        Err(aside) => polled.aside.push(aside),
    }
}
