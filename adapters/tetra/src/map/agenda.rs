//! An agenda of theirs → Schedule (`tetra.md` section 4.6). Its name is a label: a person's, a role's or a room's.

use std::sync::Arc;

use adapter_kit::{Aside, Item};
use gateway_core::json::Node;
use gateway_core::{Issue, Key, Resource, ResourceType};

use super::appointment::{kind, refers_to};
use super::keys::Thing;
use super::{Composer, Record, issues, nameless, nobody, table};

/// Whether an agenda is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InUse {
    /// It is there and for patients.
    Yes,
    /// The practice keeps it to itself.
    No,
}

impl Composer {
    /// The agenda a record tells of.
    ///
    /// # Errors
    /// When it has no number.
    pub(crate) fn agenda(self: &Arc<Self>, record: Record, in_use: InUse) -> Result<Item, Aside> {
        let number = record.id().ok_or_else(|| nameless(&record, "Schedule.identifier"))?;
        let composer = Arc::clone(self);
        Ok(self.schedule(&number, record.place(), move |current| {
            composer.lay_agenda(&record, in_use, current).map(Some)
        }))
    }

    /// An agenda that is no longer there: its Schedule is inactive, its appointments are left alone.
    pub(crate) fn agenda_gone(&self, number: &str, place: &str) -> Item {
        self.schedule(number, place.to_owned(), |current| {
            current.map(|current| active(current, false)).transpose()
        })
    }

    fn schedule(
        &self,
        number: &str,
        place: String,
        lay: impl Fn(Option<&Resource>) -> Result<Option<Resource>, Vec<Issue>> + Send + Sync + 'static,
    ) -> Item {
        Item {
            key: Thing::Agenda.key(&self.practice, number),
            resource_type: ResourceType::Schedule,
            bsn: None,
            fresh: Thing::Agenda.id(&self.practice, number),
            place,
            refers: vec![],
            lay: Box::new(move |current, _| lay(current)),
        }
    }

    fn lay_agenda(
        &self,
        record: &Record,
        in_use: InUse,
        current: Option<&Resource>,
    ) -> Result<Resource, Vec<Issue>> {
        let package = self.shelf.package();
        let laid = table(&package, "tetra/agenda")?
            .lay(record.node(), record.format(), &record.place(), current, &self.context(&nobody))
            .map_err(issues)?;
        let owner = record.id().and_then(|number| self.owners.get(&number));
        let actors: Vec<_> = laid.resource.root().get("actor").into_iter().flat_map(Node::items).collect();
        let actors: Vec<_> = actors.into_iter().map(|actor| owned(actor, owner)).collect();
        let draft = laid.resource.draft().set("actor", format!("[{}]", actors.join(",")));
        let draft = draft.set("active", (in_use == InUse::Yes).to_string());
        draft.build().map_err(|issue| vec![issue])
    }
}

/// The actor that has the agenda's number, referring to whose agenda it is.
fn owned(actor: Node<'_>, owner: Option<&Key>) -> String {
    match owner {
        Some(owner) if kind(actor) == Some("agenda") => refers_to(actor, owner),
        _ => actor.raw().to_owned(),
    }
}

fn active(schedule: &Resource, active: bool) -> Result<Resource, Vec<Issue>> {
    schedule.draft().set("active", active.to_string()).build().map_err(|issue| vec![issue])
}
