//! Finding out what there is to fetch: each portion is walked through and counted. It goes on in the background; what
//! another node began and left is taken over when somebody looks (`status`).

use std::sync::Arc;

use gateway_core::{Caller, Problem, ResourceType};
use gateway_store::Export;

use super::asked::Asked;
use super::{File, Files, LEASE};
use crate::App;

/// Strides between two notes of how far it is.
const NOTED: u32 = 10;

/// Prepares an export in the background. The caller must hold its lease.
pub(super) fn begin(app: Arc<App>, caller: Caller, export: Export) {
    tokio::spawn(async move {
        if let Err(problem) = prepare(&app, &caller, &export).await {
            // the lease ends, and the next look begins again
            tracing::warn!(export = export.id, %problem, "An export could not be prepared");
        }
    });
}

/// `Ok` also when it was cancelled on the way.
async fn prepare(app: &Arc<App>, caller: &Caller, export: &Export) -> Result<(), Problem> {
    let asked: Asked = serde_json::from_str(&export.asked).map_err(|_| Problem::Internal)?;
    let types: Vec<ResourceType> = asked.types.iter().filter_map(|name| name.parse().ok()).collect();
    let mut files = Files::default();
    for (n, of) in types.iter().enumerate() {
        let progress = format!("{} of {} types", n, types.len());
        for deleted in [false, true] {
            if deleted && !asked.tells_deletions() {
                continue;
            }
            let counting = Counting { app, caller, export, asked: &asked };
            let Some(count) = counting.count(*of, deleted, &progress).await? else { return Ok(()) };
            let list = if deleted { &mut files.deleted } else { &mut files.output };
            list.extend((count > 0).then(|| File { of: of.to_string(), count }));
        }
    }
    let files = serde_json::to_string(&files).map_err(|_| Problem::Internal)?;
    app.engine.finish_export(caller, &export.id, &files).await
}

struct Counting<'c> {
    app: &'c Arc<App>,
    caller: &'c Caller,
    export: &'c Export,
    asked: &'c Asked,
}

impl Counting<'_> {
    /// How many a portion has; `None` when the export was cancelled.
    async fn count(&self, of: ResourceType, deleted: bool, progress: &str) -> Result<Option<u64>, Problem> {
        let portion = self.asked.portion(self.app, of, self.export.at, deleted);
        let mut walk = self.app.engine.walk(self.caller, portion)?;
        let (mut count, mut strides) = (0, 0);
        loop {
            if strides % NOTED == 0 && !self.note(&format!("{progress}, {count} of {of}")).await? {
                return Ok(None);
            }
            strides += 1;
            let Some(stride) = walk.stride().await? else { return Ok(Some(count)) };
            count += stride.len() as u64;
        }
    }

    async fn note(&self, progress: &str) -> Result<bool, Problem> {
        let engine = &self.app.engine;
        let lease = engine.parts().clock.now() + LEASE;
        engine.note_export(self.caller, &self.export.id, progress, lease).await
    }
}
