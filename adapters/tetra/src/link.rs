//! Putting the parts of a line together.

use std::sync::Arc;

use adapter_kit::{Check, ExchangeLog, Link, Policy};
use async_trait::async_trait;
use gateway_core::{Clock, Failure};
use mappings::Shelf;

use crate::ask::Asking;
use crate::cache::Cache;
use crate::client::Client;
use crate::deliver::Sender;
use crate::desk::Desk;
use crate::map::Composer;
use crate::poll::Poller;
use crate::session::Entrance;
use crate::validate::Validated;
use crate::verdict;

/// The line to the practice that `validated` describes, with the mapping tables of its tenant. It has asked for nothing
/// yet.
#[must_use]
pub fn link(validated: Validated, clock: Arc<dyn Clock>, shelf: Arc<Shelf>) -> Link {
    let composer = Arc::new(Composer::new(shelf, &validated));
    let client = Arc::new(Client::new(validated, clock));
    let cache = Arc::new(Cache::default());
    let poll = Poller::new(Arc::clone(&client), Arc::clone(&composer), Arc::clone(&cache));
    let ask = Asking::new(Arc::clone(&client), Arc::clone(&composer), Arc::clone(&cache));
    let deliver = Sender { desk: Desk { client: Arc::clone(&client), cache }, composer };
    Link {
        check: Box::new(Reach(Arc::clone(&client))),
        deliver: Some(Box::new(deliver)),
        poll: Some(Box::new(poll)),
        ask: Some(Box::new(ask)),
        sign_in: Some(Box::new(Entrance(client))),
        policy: Policy { concurrency: 4, ..Policy::default() },
    }
}

/// Proves by the list of agendas, the cheapest read there is, that the Switchboard knows us and the practice answers.
struct Reach(Arc<Client>);

#[async_trait]
impl Check for Reach {
    async fn check(&self) -> Result<(), Failure> {
        match self.0.agendas(&ExchangeLog::default()).await {
            Ok(_) => Ok(()),
            Err(fault) => Err(verdict::of_read(fault, &self.0.settings().codes)),
        }
    }
}
