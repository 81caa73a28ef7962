//! What stands in the agenda of the practice right now, as far as carrying a change needs it.
//!
//! They have no call for one appointment, no versions and no reference of ours (`tetra.md` sections 2.6 and 3.12): an
//! appointment is found by its number, or by agenda, start and patient, among those of the days around it.

use std::borrow::Cow;
use std::sync::Arc;

use adapter_kit::ExchangeLog;
use jiff::ToSpan;
use jiff::civil::Date;
use mappings::wire::{Format, Node};
use secrecy::SecretString;

use crate::cache::Cache;
use crate::client::{Client, Fault, Period};
use crate::poll::window::Window;
use crate::wire::Operation;

/// The longest token that is believed to be one (3.8).
const LONGEST_TOKEN: usize = 256;

/// Reads the agenda.
pub(crate) struct Desk {
    pub(crate) client: Arc<Client>,
    pub(crate) cache: Arc<Cache>,
}

/// An appointment that stands there.
pub(crate) struct There {
    pub(crate) number: String,
    pub(crate) agenda: String,
    pub(crate) block_type: Option<String>,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) patient: Option<String>,
    pub(crate) status: String,
    /// Whoever has it can erase the appointment.
    pub(crate) token: Option<SecretString>,
}

impl Desk {
    /// Whether the agenda can be read at all.
    pub(crate) fn can_read(&self) -> bool {
        self.client.knows(Operation::Appointments) && self.client.knows(Operation::Agendas)
    }

    /// All that stands in the agendas in use and in `agenda`, on the days that are looked at and on the day of `start`.
    pub(crate) async fn all(
        &self,
        agenda: Option<&str>,
        start: Option<&str>,
        log: &ExchangeLog,
    ) -> Result<Vec<There>, Fault> {
        let settings = self.client.settings();
        let listed = self.cache.agendas(&self.client, log).await?;
        let mut agendas: Vec<String> =
            listed.records().into_iter().filter_map(|record| number(record, "Id", listed.format())).collect();
        agendas.retain(|number| settings.uses_agenda(number));
        agendas.extend(agenda.map(str::to_owned));
        agendas.sort_unstable();
        agendas.dedup();
        let (mut from, mut until) = self.looked_at().asked(true);
        if let Some((first, last)) = start.and_then(days_around) {
            (from, until) = (from.min(first), until.max(last));
        }
        self.within((&from, &until), &agendas, log).await
    }

    /// What stands in one agenda around the day of `start`.
    pub(crate) async fn around(
        &self,
        agenda: &str,
        start: &str,
        log: &ExchangeLog,
    ) -> Result<Vec<There>, Fault> {
        let (from, until) = days_around(start).unwrap_or_else(|| self.looked_at().asked(true));
        self.within((&from, &until), &[agenda.to_owned()], log).await
    }

    fn looked_at(&self) -> Window {
        let settings = self.client.settings();
        Window::around(self.client.now(), &settings.zone, settings.days_back, settings.days_ahead)
    }

    async fn within(
        &self,
        (start, end): (&str, &str),
        agendas: &[String],
        log: &ExchangeLog,
    ) -> Result<Vec<There>, Fault> {
        let period = Period { start, end, agendas };
        let answer = self.client.appointments(period, log).await?;
        let format = answer.format();
        let mut there: Vec<There> =
            answer.records().into_iter().filter_map(|record| There::read(record, format)).collect();
        there.sort_by(|one, other| one.number.cmp(&other.number));
        there.dedup_by(|one, other| one.number == other.number);
        Ok(there)
    }
}

impl There {
    /// Reads a record; one without a number is none.
    fn read(record: Node<'_>, format: Format) -> Option<Self> {
        let block_type = record.get("BlokType").and_then(|inner| number(inner, "Id", format));
        Some(Self {
            number: number(record, "Id", format)?,
            agenda: plain(record, "AgendaId").unwrap_or_default(),
            block_type,
            start: local(&text(record, "Start")),
            end: local(&text(record, "Eind")),
            patient: plain(record, "PatientId"),
            status: text(record, "AfspraakStatus").trim().to_owned(),
            token: Some(text(record, "WisAfspraakToken").into_owned())
                .filter(|token| !token.trim().is_empty() && token.len() <= LONGEST_TOKEN)
                .map(SecretString::from),
        })
    }

    /// Whether it is what was to be booked for `patient`.
    pub(crate) fn is(&self, agenda: &str, start: &str, patient: &str) -> bool {
        self.agenda == agenda && self.start == local(start) && self.patient.as_deref() == Some(patient)
    }

    /// Whether the patient is known to be there, or more than that.
    pub(crate) fn has_arrived(&self) -> bool {
        ["Aanwezig", "Bezig", "Gebeurd"].iter().any(|word| {
            let status = self.status.rsplit('_').next().unwrap_or_default();
            status.eq_ignore_ascii_case(word)
        }) || matches!(self.status.as_str(), "2" | "3" | "5")
    }
}

/// The day of a local time with one more on either side, since what their bounds mean is not published (2.6).
fn days_around(local: &str) -> Option<(String, String)> {
    let day: Date = local.get(..10)?.parse().ok()?;
    let midnight = |day: Date| format!("{day}T00:00:00");
    Some((midnight(day.saturating_sub(1.day())), midnight(day.saturating_add(2.days()))))
}

/// Its own number: a member in JSON, an attribute in XML.
fn number(record: Node<'_>, name: &str, format: Format) -> Option<String> {
    match format {
        Format::Json => plain(record, name),
        Format::Xml => plain(record, &format!("@{name}")),
    }
}

/// A number of theirs as a text; 0 is none (3.3).
fn plain(record: Node<'_>, name: &str) -> Option<String> {
    let text = text(record, name);
    let bare = text.trim().trim_start_matches('0');
    (!bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit())).then(|| bare.to_owned())
}

fn text<'d>(record: Node<'d>, name: &str) -> Cow<'d, str> {
    record.get(name).and_then(Node::text).unwrap_or_default()
}

/// A local time to the second, however it is spelled.
fn local(text: &str) -> String {
    text.trim().replace(' ', "T").chars().take(19).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_asked_for_with_its_neighbours() {
        let days = days_around("2026-03-01T00:10:00").unwrap();
        assert_eq!((days.0.as_str(), days.1.as_str()), ("2026-02-28T00:00:00", "2026-03-03T00:00:00"));
        assert_eq!(days_around("soon"), None);
    }

    #[test]
    fn who_has_arrived_is_told_by_word_or_number() {
        for (status, arrived) in [
            ("Aanwezig", true),
            ("bezig", true),
            ("3", true),
            ("OZB_Tetra_Agenda_AfspraakStatus_Aanwezig", true),
            ("NietAanwezig", false),
            ("1", false),
            ("", false),
        ] {
            let there = There {
                number: "1".into(),
                agenda: "71".into(),
                block_type: None,
                start: String::new(),
                end: String::new(),
                patient: None,
                status: status.into(),
                token: None,
            };
            assert_eq!(there.has_arrived(), arrived, "{status}");
        }
    }
}
