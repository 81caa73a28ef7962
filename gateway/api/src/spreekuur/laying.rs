//! Laying what a XIS sent onto what is there: its key names the resource, the BSN names the Patient, and both are
//! written in one commit (V-03, V-04, V-06).

use gateway_core::{Id, Issue, IssueCode, Key, Problem, Resource, ResourceType, Version};
use gateway_engine::Write;
use gateway_store::{CounterpartKey, Stored, Written};
use time::OffsetDateTime;

use super::door::Entered;
use super::person::Person;
use crate::App;

/// How often is laid before the XIS is told to come back. Others on this node wait their turn, so only other nodes and an
/// id that is taken can be in the way.
const TRIES: u32 = 5;

/// What is laid.
pub(super) struct Laying<'a> {
    pub(super) app: &'a App,
    pub(super) entered: &'a Entered,
    pub(super) resource_type: ResourceType,
    /// The XIS's own id.
    pub(super) id: &'a Id,
    pub(super) person: &'a Person,
}

/// What it is laid onto.
pub(super) struct Ground<'a> {
    /// The living resource, when the XIS's key names one.
    pub(super) current: Option<&'a Resource>,
    /// The patient, there or about to be made.
    pub(super) patient: &'a Key,
}

/// What is there afterwards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Laid {
    pub(super) version: Version,
    pub(super) last_updated: OffsetDateTime,
}

/// Ids for what may have to be made.
struct Fresh {
    resource: Key,
    patient: Key,
}

impl Laying<'_> {
    /// Lays, and lays again when somebody was quicker. `onto` answers the next document, or nothing when all is as it
    /// should be. `None`: nothing is there, before or after.
    pub(super) async fn run(
        &self,
        onto: impl Fn(&Ground<'_>) -> Result<Option<Resource>, Problem> + Send + Sync,
    ) -> Result<Option<Laid>, Problem> {
        let (engine, caller) = (&self.app.engine, &self.entered.caller);
        let keys = [self.key(), engine.bsn_key(&self.person.bsn)];
        let _turn = self.app.lanes.hold(&caller.tenant, &keys[0]).await;
        let mut fresh = self.wished();
        for _ in 0..TRIES {
            let lay = |current: &[Option<Stored>]| self.writes(current, &keys, &fresh, &onto);
            match engine.lay(caller, &keys, lay).await {
                Ok(written) => return self.outcome(&keys[0], written.last()).await,
                Err(Problem::Conflict(issue)) if issue.code == IssueCode::Conflict => {
                    return Err(Problem::Conflict(issue));
                }
                Err(Problem::Conflict(_) | Problem::PreconditionFailed(_)) => {}
                Err(Problem::Invalid(issues)) => return Err(Problem::Malformed(issues)),
                Err(problem) => return Err(problem),
            }
            fresh = Fresh {
                resource: self.free(fresh.resource).await?,
                patient: self.free(fresh.patient).await?,
            };
        }
        let text = "others change the same thing at this moment; try again";
        Err(Problem::Conflict(Issue::error(IssueCode::LockError, text)))
    }

    /// The key of a client's own id in its organisation.
    fn key(&self) -> CounterpartKey {
        let space = format!("{}/{}", self.entered.client, self.resource_type);
        CounterpartKey { space, value: self.id.to_string() }
    }

    /// The XIS's own id, and the one a stub of this person always gets.
    fn wished(&self) -> Fresh {
        let stub = self.person.stub_id(&self.app.engine.parts().store, &self.entered.caller.tenant);
        Fresh {
            resource: Key::new(self.resource_type, self.id.clone()),
            patient: Key::new(ResourceType::Patient, stub),
        }
    }

    /// `wished`, or a new id when something else has it.
    async fn free(&self, wished: Key) -> Result<Key, Problem> {
        match self.app.engine.read(&self.entered.caller, &wished).await {
            Err(Problem::NotFound) => Ok(wished),
            Ok(_) | Err(Problem::Gone { .. }) => {
                Ok(Key::new(wished.resource_type, self.app.engine.parts().ids.next().into()))
            }
            Err(problem) => Err(problem),
        }
    }

    fn writes(
        &self,
        current: &[Option<Stored>],
        keys: &[CounterpartKey; 2],
        fresh: &Fresh,
        onto: &impl Fn(&Ground<'_>) -> Result<Option<Resource>, Problem>,
    ) -> Result<Vec<Write>, Problem> {
        let [stored, person] = current else { return Err(Problem::Internal) };
        let known = person.as_ref().filter(|patient| patient.text.is_some());
        let patient = person.as_ref().map_or(&fresh.patient, |patient| &patient.key);
        let living = living(stored.as_ref())?;
        let Some(next) = onto(&Ground { current: living.as_ref(), patient })? else { return Ok(Vec::new()) };
        let [key, bsn] = keys;
        let mut writes = Vec::with_capacity(2);
        if known.is_none() {
            let stub = self.person.stub()?;
            let stub = Write::laid_on(person.as_ref(), fresh.patient.clone(), stub, Some(bsn.clone()));
            writes.push(Write { bsn: Some(self.app.settings.spreekuur.bsn_check), ..stub });
        }
        writes.push(Write::laid_on(stored.as_ref(), fresh.resource.clone(), next, Some(key.clone())));
        Ok(writes)
    }

    async fn outcome(
        &self,
        key: &CounterpartKey,
        written: Option<&Written>,
    ) -> Result<Option<Laid>, Problem> {
        if let Some(written) = written {
            return Ok(Some(Laid { version: written.version, last_updated: written.last_updated }));
        }
        let stored = self.app.engine.by_counterpart_key(&self.entered.caller, key).await?;
        let living = stored.filter(|stored| stored.text.is_some());
        Ok(living.map(|stored| Laid { version: stored.version, last_updated: stored.last_updated }))
    }
}

fn living(stored: Option<&Stored>) -> Result<Option<Resource>, Problem> {
    let Some(text) = stored.and_then(|stored| stored.text.as_deref()) else { return Ok(None) };
    Resource::from_text(text).map(Some).map_err(|_| {
        tracing::error!("a stored resource cannot be read");
        Problem::Internal
    })
}
