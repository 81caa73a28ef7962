//! Free time of theirs → Slot (`tetra.md` section 4.6). It has no key: its id is made of what it offers.

use gateway_core::{Issue, Resource};

use super::keys::{Thing, hashed};
use super::{Composer, Record, issues, table};

impl Composer {
    /// The free time a record tells of.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn slot(&self, record: &Record) -> Result<Resource, Vec<Issue>> {
        let package = self.shelf.package();
        let reference = |role: &str, number: &str| {
            (role == "schedule").then(|| format!("Schedule/{}", Thing::Agenda.id(&self.practice, number)))
        };
        let laid = table(&package, "tetra/slot")?
            .lay(record.node(), record.format(), &record.place(), None, &self.context(&reference))
            .map_err(issues)?;
        let part = |field: &str| record.text(field).unwrap_or_default().into_owned();
        let offer = [self.practice.clone(), part("AgendaId"), part("BlokTypeId"), part("Start")];
        let draft = laid.resource.draft().set_text("id", hashed(&offer.join("|")).as_str());
        draft.build().map_err(|issue| vec![issue])
    }
}
