//! Putting the parts of a line together.

use std::sync::Arc;

use adapter_kit::{Check, ExchangeLog, Link, Policy};
use async_trait::async_trait;
use fhir_profiles::Profiles;
use gateway_core::{Clock, Failure};

use crate::client::Client;
use crate::deliver::Sender;
use crate::map::Rulebook;
use crate::validate::Validated;
use crate::verdict::verdict;

/// The line to Spreekuur.nl that `validated` describes. It has asked for nothing yet.
#[must_use]
pub fn link(validated: Validated, clock: Arc<dyn Clock>, profiles: Arc<Profiles>) -> Link {
    let rulebook = Rulebook {
        profiles,
        rules: validated.rules,
        fallback_category_system: validated.fallback_category_system.clone(),
    };
    let client = Arc::new(Client::new(validated, clock));
    Link {
        check: Box::new(Reach(Arc::clone(&client))),
        deliver: Some(Box::new(Sender { client, rulebook })),
        poll: None,
        ask: None,
        sign_in: None,
        policy: Policy::default(),
    }
}

/// Proves that a token can be had and that their host answers.
struct Reach(Arc<Client>);

#[async_trait]
impl Check for Reach {
    async fn check(&self) -> Result<(), Failure> {
        let outcome = self.0.reach(&ExchangeLog::default()).await;
        match verdict(outcome, self.0.now()) {
            // They publish no metadata, so a refusal of this question is an answer too; of the token it is not.
            Ok(_) | Err(Failure::Never(_)) => Ok(()),
            Err(Failure::Unsure) => Err(Failure::Later { after: None }),
            Err(failure) => Err(failure),
        }
    }
}
