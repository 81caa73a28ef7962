//! Lists that hardly change, kept: they ask for it (`tetra.md` section 3.10). One call serves all who wait for it.
//!
//! A list is asked for again when somebody says that the practice changed it, and once a day in case nobody does.

use std::sync::Arc;

use adapter_kit::ExchangeLog;
use time::{Duration, OffsetDateTime};
use tokio::sync::Mutex;

use crate::client::{Client, Fault};
use crate::wire::Answer;

/// How long a list is believed.
const AGE: Duration = Duration::DAY;

/// What is kept of one practice.
#[derive(Default)]
pub(crate) struct Cache {
    agendas: Mutex<Option<Kept>>,
    block_types: Mutex<Option<Kept>>,
}

struct Kept {
    at: OffsetDateTime,
    answer: Arc<Answer>,
}

impl Cache {
    /// The agendas.
    pub(crate) async fn agendas(&self, client: &Client, log: &ExchangeLog) -> Result<Arc<Answer>, Fault> {
        let mut kept = self.agendas.lock().await;
        if let Some(answer) = young(kept.as_ref(), client) {
            return Ok(answer);
        }
        let answer = Arc::new(client.agendas(log).await?);
        *kept = Some(Kept { at: client.now(), answer: Arc::clone(&answer) });
        Ok(answer)
    }

    /// The block types.
    pub(crate) async fn block_types(&self, client: &Client, log: &ExchangeLog) -> Result<Arc<Answer>, Fault> {
        let mut kept = self.block_types.lock().await;
        if let Some(answer) = young(kept.as_ref(), client) {
            return Ok(answer);
        }
        let answer = Arc::new(client.block_types(log).await?);
        *kept = Some(Kept { at: client.now(), answer: Arc::clone(&answer) });
        Ok(answer)
    }

    /// Forgets both: the practice changed them.
    pub(crate) async fn forget(&self) {
        *self.agendas.lock().await = None;
        *self.block_types.lock().await = None;
    }
}

fn young(kept: Option<&Kept>, client: &Client) -> Option<Arc<Answer>> {
    kept.filter(|kept| client.now() - kept.at < AGE).map(|kept| Arc::clone(&kept.answer))
}
