//! The link of one subscription: tells of each change, in the order of the versions of a resource.
//!
//! Who made the subscription must still be allowed to read what it is told of: looked at before each message. A change
//! gets its number as an event before it is sent, so that it is counted whether it arrives or not.

use std::sync::Arc;

use adapter_kit::{Check, Deliver, ExchangeLog, Link, Policy};
use async_trait::async_trait;
use gateway_core::{
    Delivery, Failure, Interaction, LinkId, Receipt, Resource, ResourceType, Scopes, TenantId,
};
use gateway_store::{Client, Event, StoreError, SubscriptionState};
use http::Method;

use super::live::Subscribed;
use super::message::{Carried, Message, Status, below, is_restricted};
use super::names::stable;
use super::send::{later, problem};
use super::wanted::{Form, Topic, Wanted};
use super::{Hooks, ourselves};
use crate::Engine;

/// Tells one subscriber.
struct Notify {
    engine: Arc<Engine>,
    link: LinkId,
}

/// The link of a subscription.
pub(super) fn link(engine: &Arc<Engine>, hooks: &Hooks, link: LinkId) -> Link {
    let policy = Policy {
        // One at a time and process: a subscriber reads the numbers of events in their order.
        concurrency: 1,
        // The subscription ends before a delivery of it does.
        give_up_after: hooks.settings.give_up_after.saturating_mul(2),
        attempt_limit: hooks.attempt_limit(&engine.parts().store),
        ..Policy::default()
    };
    let notify = Notify { engine: Arc::clone(engine), link };
    Link {
        check: Box::new(Nothing),
        deliver: Some(Box::new(notify)),
        poll: None,
        ask: None,
        sign_in: None,
        policy,
    }
}

/// Nothing is checked: a link of ours is never broken, its subscription is in error.
pub(super) struct Nothing;

#[async_trait]
impl Check for Nothing {
    async fn check(&self) -> Result<(), Failure> {
        Ok(())
    }
}

#[async_trait]
impl Deliver for Notify {
    fn states(&self, _: ResourceType) -> bool {
        false
    }

    async fn deliver(&self, delivery: &Delivery, log: &ExchangeLog) -> Result<Receipt, Failure> {
        let engine = &self.engine;
        let table = engine.subscriptions().known().table;
        let (Some(hooks), Some(to)) = (engine.hooks(), table.get(&self.link)) else {
            return Ok(Receipt::Withheld("the subscription is gone"));
        };
        let event = match to.row.in_force.state {
            SubscriptionState::Gone => return Ok(Receipt::Withheld("the subscription is gone")),
            SubscriptionState::Requested => return Err(Failure::Later { after: Some(SETTING_UP) }),
            SubscriptionState::Off | SubscriptionState::Error | SubscriptionState::Active => {
                engine.event(to, delivery).await.map_err(|e| later(&e))?
            }
        };
        let (Some(event), Some(wanted)) = (event, &to.wanted) else {
            return Ok(Receipt::Withheld("the subscription does not want this any more"));
        };
        if to.row.in_force.state != SubscriptionState::Active {
            return Ok(Receipt::Withheld("the subscription is not active"));
        }
        if wanted.end.is_some_and(|end| end <= engine.parts().clock.now()) {
            engine.becomes(&to.row.in_force, SubscriptionState::Off, None).await.map_err(|e| problem(&e))?;
            return Ok(Receipt::Withheld("the subscription has ended"));
        }
        if !engine.may_be_told(to, wanted).await.map_err(|e| later(&e))? {
            engine.fails(to, "its client may not read what it is about any more").await?;
        }
        let message = engine.message(hooks, (to, wanted), event, delivery).await.map_err(|e| later(&e))?;
        let ended = engine.send(hooks, (to, wanted), &message, log).await;
        engine.ended(hooks, to, &ended).await?;
        Ok(Receipt::Delivered { note: None })
    }
}

/// How long what happened while a subscription is set up waits.
const SETTING_UP: std::time::Duration = std::time::Duration::from_secs(1);

impl Engine {
    async fn event(&self, to: &Subscribed, delivery: &Delivery) -> Result<Option<Event>, StoreError> {
        let in_force = &to.row.in_force;
        let view = self.parts().store.of(&ourselves(&in_force.tenant, "subscriptions"));
        view.event(&in_force.link, &in_force.id, (&delivery.key, delivery.version)).await
    }

    /// Whether the client that made it is still one, of this tenant, and may still read.
    pub(super) async fn may_be_told(&self, to: &Subscribed, wanted: &Wanted) -> Result<bool, StoreError> {
        let Some(owner) = &wanted.owner else { return Ok(false) };
        let store = &self.parts().store;
        let Some(client) = store.client(&owner.client).await? else { return Ok(false) };
        let may_read = |scopes: &Scopes| scopes.allow(wanted.resource_type(), Interaction::Read);
        let still = Scopes::parse(&client.scope).is_ok_and(|scopes| may_read(&scopes));
        if client.revoked.is_some() || !still || !may_read(&owner.scopes) {
            return Ok(false);
        }
        self.acts_for(&client, &to.row.in_force.tenant).await
    }

    async fn acts_for(&self, client: &Client, tenant: &TenantId) -> Result<bool, StoreError> {
        for agb in &client.agbs {
            if self.parts().store.tenant_by_agb(agb).await?.is_some_and(|one| one.id == *tenant) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn message(
        &self,
        hooks: &Hooks,
        (to, wanted): (&Subscribed, &Wanted),
        event: Event,
        delivery: &Delivery,
    ) -> Result<Message, StoreError> {
        let in_force = &to.row.in_force;
        let version = event.version.to_string();
        let id = format!(
            "msg_{}",
            stable(&["event", in_force.link.as_str(), &event.key.to_string(), &version]).simple()
        );
        let text = content(delivery).map(|resource| resource.text().to_owned());
        let topic = match &wanted.form {
            Form::Plain { payload } => return Ok(plain(id, wanted, payload.as_ref(), delivery)),
            Form::Topic(topic) => topic,
        };
        let sending = self.parts().store.subscription_sending(&in_force.link).await?;
        let status = Status {
            base: &hooks.base,
            id: &in_force.id,
            topic: Some(&topic.canonical),
            stands: "active",
            kind: "event-notification",
            events: sending.map_or(event.number, |sending| sending.events),
            error: None,
        };
        let body = status.bundle(&id, self.parts().clock.now(), topic.content, &[Carried { event, text }]);
        Ok(notification(id, wanted, topic, body))
    }
}

/// A notification on its way.
pub(super) fn notification(id: String, wanted: &Wanted, topic: &Topic, body: String) -> Message {
    Message {
        id,
        method: Method::POST,
        address: wanted.endpoint.clone(),
        media_type: Some(topic.media_type.clone()),
        body,
    }
}

/// As plain R4 has it: with a payload what the REST API would do, without one only a knock.
fn plain(id: String, wanted: &Wanted, payload: Option<&String>, delivery: &Delivery) -> Message {
    let knock = Message {
        id,
        method: Method::POST,
        address: wanted.endpoint.clone(),
        media_type: None,
        body: String::new(),
    };
    let Some(media_type) = payload else { return knock };
    let address = below(&wanted.endpoint, &delivery.key);
    match (&delivery.resource, content(delivery)) {
        (None, _) => Message { method: Method::DELETE, address, ..knock },
        (Some(_), Some(resource)) => Message {
            method: Method::PUT,
            address,
            media_type: Some(media_type.clone()),
            body: resource.text().to_owned(),
            ..knock
        },
        (Some(_), None) => knock,
    }
}

/// The content that may be told: none of what is labelled as restricted, nor of what a person labelled so is named in.
fn content(delivery: &Delivery) -> Option<&Resource> {
    let resource = delivery.resource.as_ref()?;
    let people = delivery.referenced.iter().filter(|(key, _)| key.resource_type == ResourceType::Patient);
    let restricted = is_restricted(resource) || people.into_iter().any(|(_, person)| is_restricted(person));
    (!restricted).then_some(resource)
}
