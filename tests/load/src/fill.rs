//! Filling a store beforehand, through its own API, in large write sets: what is measured is the gateway on a full
//! store, not how it came to be full.

use std::io::Write as _;
use std::ops::Range;

use anyhow::{Context as _, Result};
use fhir_profiles::{Profiles, Rules};
use gateway_core::{Caller, Interaction, Key, LinkId, Origin, Resource, Scopes};
use gateway_store::{Content, Precondition, Put, Store, WriteSet};
use time::OffsetDateTime;

/// Writes in one commit.
const SET: u64 = 1000;

/// Whose resources, and where each is to be delivered.
pub(crate) struct Filling {
    pub(crate) tenant: usize,
    pub(crate) link: Option<LinkId>,
}

impl Filling {
    /// Resources of tenant `n`, delivered to no one.
    pub(crate) fn of(tenant: usize) -> Self {
        Self { tenant, link: None }
    }

    /// The same, each with a delivery over the tenant's link.
    pub(crate) fn queued(tenant: usize) -> Result<Self> {
        Ok(Self { tenant, link: Some(format!("link-{tenant}").parse()?) })
    }

    /// Writes what `make` makes of each number.
    pub(crate) async fn fill(
        &self,
        store: &Store,
        numbers: Range<u64>,
        make: impl Fn(u64) -> String,
    ) -> Result<()> {
        let profiles = Profiles::embedded();
        let view = store.of(&self.caller()?);
        let mut next = numbers.start;
        while next < numbers.end {
            let until = (next + SET).min(numbers.end);
            let puts = (next..until).map(|n| self.put(&profiles, &make(n))).collect::<Result<_>>()?;
            view.commit(WriteSet { at: OffsetDateTime::now_utc(), puts, unless: Vec::new() }).await?;
            next = until;
            if next.is_multiple_of(100 * SET) {
                writeln!(std::io::stderr(), "filling: {next} of {}", numbers.end)?;
            }
        }
        Ok(())
    }

    fn put(&self, profiles: &Profiles, text: &str) -> Result<Put> {
        let resource = Resource::from_text(text).map_err(|_| anyhow::anyhow!("not a resource"))?;
        let id = resource.id().cloned().context("a resource without an id")?;
        let key = Key::new(resource.resource_type(), id);
        let index = profiles.index(&resource);
        let valid = profiles.check(resource, Rules::default());
        let valid = valid.map_err(|refusal| anyhow::anyhow!("refused: {:?}", refusal.issues))?;
        Ok(Put {
            key,
            content: Content::Document(valid),
            precondition: Precondition::Absent,
            index,
            links: self.link.iter().cloned().collect(),
            bind: Vec::new(),
            release: Vec::new(),
            interaction: Interaction::Update,
        })
    }

    fn caller(&self) -> Result<Caller> {
        Ok(Caller {
            tenant: format!("t{}", self.tenant).parse()?,
            origin: Origin::System,
            scopes: Scopes::all(),
            request_id: "load".into(),
        })
    }
}
