//! Putting the parts of a line together.

use std::sync::Arc;

use adapter_kit::{Check, ExchangeLog, Link, Policy};
use async_trait::async_trait;
use gateway_core::{Clock, Failure};

use crate::client::Client;
use crate::session::Entrance;
use crate::validate::Validated;
use crate::verdict;

/// The line to the practice that `validated` describes. It has asked for nothing yet.
#[must_use]
pub fn link(validated: Validated, clock: Arc<dyn Clock>) -> Link {
    let client = Arc::new(Client::new(validated, clock));
    Link {
        check: Box::new(Reach(Arc::clone(&client))),
        deliver: None,
        poll: None,
        ask: None,
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
