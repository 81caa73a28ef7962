//! Routing once more what took too long to commit: a subscription may have come into force meanwhile that the table it was
//! routed by did not have (`live`). What has its delivery already keeps it.

use std::time::Duration;

use gateway_core::{Caller, Resource, Version};
use gateway_store::{Outcome, StoreError, Written};

use crate::Engine;
use crate::route::{Content, links};

impl Engine {
    /// Routes by the newest table.
    pub(crate) async fn route_again(&self, caller: &Caller, written: &[Written]) {
        for one in written.iter().filter(|one| one.outcome != Outcome::Unchanged) {
            if let Err(error) = self.route_one_again(caller, one).await {
                tracing::error!(
                    resource.type = %one.key.resource_type,
                    resource.id = %one.key.id,
                    cause = %crate::fault::chain(&error),
                    "a change that was long in being written may not be told to a new subscription"
                );
            }
        }
        self.wake();
    }

    async fn route_one_again(&self, caller: &Caller, written: &Written) -> Result<(), StoreError> {
        let table = self.look(Duration::ZERO).await?.table;
        let (parts, view) = (self.parts(), self.view(caller));
        let mut versions = Vec::new();
        for version in [written.version.0, written.version.0.saturating_sub(1)].into_iter().filter(|v| *v > 0)
        {
            let Some(stored) = view.vread(&written.key, Version(version)).await? else { continue };
            let Some(resource) = stored.text.and_then(|text| Resource::from_text(text).ok()) else {
                continue;
            };
            versions.push((stored.last_updated, parts.profiles.index(&resource)));
        }
        let versions: Vec<_> = versions
            .iter()
            .map(|(at, entries)| Content {
                key: &written.key,
                last_updated: i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX),
                entries,
            })
            .collect();
        let links = links(table.onward(&parts.routes, caller, written.key.resource_type), &versions);
        let deleted = written.outcome == Outcome::Deleted;
        view.enqueue((&written.key, written.version), deleted, &links, written.last_updated).await
    }
}
