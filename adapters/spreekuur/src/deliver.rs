//! Carrying one change across: map → contract → client → verdict.

use std::sync::Arc;

use adapter_kit::{Deliver, ExchangeLog};
use async_trait::async_trait;
use gateway_core::{Delivery, Failure, Receipt, ResourceType};

use crate::client::{Call, Client, Operation};
use crate::map::{Outgoing, Rulebook, appointment, communication};
use crate::verdict::verdict;

/// Carries appointments and notifications.
pub(crate) struct Sender {
    pub(crate) client: Arc<Client>,
    pub(crate) rulebook: Rulebook,
}

#[async_trait]
impl Deliver for Sender {
    fn states(&self, resource_type: ResourceType) -> bool {
        resource_type == ResourceType::Appointment
    }

    async fn deliver(&self, delivery: &Delivery, log: &ExchangeLog) -> Result<Receipt, Failure> {
        let (outgoing, operation, profile) = match delivery.key.resource_type {
            ResourceType::Appointment => (
                appointment::outgoing(delivery, &self.rulebook.fallback_category_system),
                Operation::Appointment,
                appointment::PROFILE,
            ),
            ResourceType::Communication => {
                (communication::outgoing(delivery), Operation::Communication, communication::PROFILE)
            }
            _ => return Ok(Receipt::Withheld("Spreekuur.nl takes appointments and notifications only")),
        };
        let message = match outgoing.map_err(Failure::Never)? {
            Outgoing::Message(message) => message,
            Outgoing::Withheld(why) => return Ok(Receipt::Withheld(why)),
        };
        self.rulebook.check(&message.body, profile).map_err(Failure::Never)?;

        let path = match operation {
            Operation::Appointment => format!("Appointment/{}", message.id),
            _ => "Communication".to_owned(),
        };
        let call = Call { operation, path, body: message.body.into_bytes() };
        let outcome = self.client.call(&call, log).await;
        verdict(outcome, self.client.now())?;
        Ok(Receipt::Delivered { note: Some(message.note) })
    }
}
