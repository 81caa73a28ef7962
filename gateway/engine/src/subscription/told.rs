//! What a subscription told so far: `$status`, `$events`, and a new secret for `$secret`.

use gateway_core::{Caller, Id, Interaction, Issue, IssueCode, Origin, Problem, Resource};
use gateway_store::{EventRange, StoreError};
use secrecy::SecretString;

use super::message::{Carried, Status, is_restricted};
use super::names::{self, stable};
use super::wanted::{self, Content, Form, Wanted};
use super::{Hooks, key, ourselves, sign};
use crate::read::allowed;
use crate::{Engine, fault};

/// Events in one answer.
const MOST_EVENTS: u32 = 100;

/// Which events are asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// The first number.
    pub since: Option<u64>,
    /// The last one.
    pub until: Option<u64>,
    /// How much of them; `None`: as the subscription tells them.
    pub content: Option<Content>,
}

/// The status of a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The id of the Subscription.
    pub id: Id,
    /// Its status (`requested`, `active`, `error`, `off`).
    pub status: String,
    /// The Parameters that say it.
    pub text: String,
}

/// A Subscription as it was read.
struct Asking {
    resource: Resource,
    wanted: Option<Wanted>,
    events: u64,
}

impl Engine {
    /// The status of these subscriptions of clients; of all the tenant has when none are named.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound` or `Gone` for one that is named, `Unavailable`.
    pub async fn subscription_statuses(&self, caller: &Caller, ids: &[Id]) -> Result<Vec<Told>, Problem> {
        let interaction = if ids.is_empty() { Interaction::Search } else { Interaction::Read };
        allowed(caller, gateway_core::ResourceType::Subscription, interaction)?;
        let hooks = self.offered()?;
        let all: Vec<Id>;
        let ids = if ids.is_empty() {
            let table = self.routing(caller).await?.table;
            let own = table.all().filter(|(_, one)| one.row.in_force.tenant == caller.tenant);
            all = own.map(|(_, one)| one.row.in_force.id.clone()).collect();
            &all
        } else {
            ids
        };
        let mut told = Vec::with_capacity(ids.len());
        for id in ids {
            match self.asking(caller, id).await {
                Ok(asking) => told.push(status(hooks, id, &asking)),
                // One that was deleted a moment ago.
                Err(Problem::NotFound | Problem::Gone { .. }) if interaction == Interaction::Search => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(told)
    }

    /// Events of a subscription, as the notification of them.
    ///
    /// # Errors
    /// As [`Engine::subscription_statuses`].
    pub async fn subscription_events(
        &self,
        caller: &Caller,
        id: &Id,
        asked: Asked,
    ) -> Result<String, Problem> {
        allowed(caller, gateway_core::ResourceType::Subscription, Interaction::Read)?;
        let hooks = self.offered()?;
        let asking = self.asking(caller, id).await?;
        let content = asked.content.unwrap_or_else(|| asking.content());
        if let (Some(wanted), true) = (&asking.wanted, content != Content::Empty) {
            allowed(caller, wanted.resource_type(), Interaction::Read)?;
        }
        let range = EventRange {
            from: asked.since.unwrap_or(1),
            until: asked.until.unwrap_or(u64::MAX),
            limit: MOST_EVENTS,
        };
        let carried =
            self.carried(caller, id, range, content).await.map_err(|e| fault::of_store(&e, caller))?;
        let now = self.parts().clock.now();
        let name = stable(&["events", id.as_str(), &caller.request_id]).simple().to_string();
        Ok(asking.status(hooks, id, "query-event").bundle(&name, now, content, &carried))
    }

    /// A new secret for a subscription of this client; the one before signs nothing any more.
    ///
    /// # Errors
    /// `Forbidden` for another client, `NotFound`, `Gone`, `Unavailable`; `Conflict` while it is not set up.
    pub async fn new_subscription_secret(&self, caller: &Caller, id: &Id) -> Result<SecretString, Problem> {
        allowed(caller, gateway_core::ResourceType::Subscription, Interaction::Update)?;
        self.offered()?;
        let asking = self.asking(caller, id).await?;
        let owner = asking.wanted.as_ref().and_then(|wanted| wanted.owner.as_ref());
        let own = matches!((&caller.origin, owner), (Origin::Client(client), Some(owner)) if **client == *owner.client);
        if !own {
            let text = "only the client that made a subscription gets its secret";
            return Err(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text)));
        }
        let secret = sign::new_secret();
        let link = names::link(&caller.tenant, id);
        let store = &self.parts().store;
        let changed = store.change_subscription_secret(&link, &secret).await;
        if !changed.map_err(|e| fault::of_store(&e, caller))? {
            let text = "the subscription is not set up yet; try again in a moment";
            return Err(Problem::Conflict(Issue::error(IssueCode::Transient, text)));
        }
        self.look(std::time::Duration::ZERO).await.map_err(|e| fault::of_store(&e, caller))?;
        Ok(sign::shown(&secret))
    }

    fn offered(&self) -> Result<&Hooks, Problem> {
        self.hooks().map(|hooks| &**hooks).ok_or(Problem::NotFound)
    }

    async fn asking(&self, caller: &Caller, id: &Id) -> Result<Asking, Problem> {
        let failed = |error: &StoreError| fault::of_store(error, caller);
        let reader = ourselves(&caller.tenant, &caller.request_id);
        let stored = self.read(&reader, &key(id)).await?;
        let resource = Resource::from_text(stored.text.unwrap_or_default())
            .map_err(|_| fault::internal("a stored Subscription cannot be read", caller))?;
        let wanted = wanted::read(&self.parts().profiles, None, &resource).ok();
        let link = names::link(&caller.tenant, id);
        self.view(caller).number_events(&link, id).await.map_err(|e| failed(&e))?;
        let sending = self.parts().store.subscription_sending(&link).await.map_err(|e| failed(&e))?;
        Ok(Asking { resource, wanted, events: sending.map_or(0, |sending| sending.events) })
    }

    async fn carried(
        &self,
        caller: &Caller,
        id: &Id,
        range: EventRange,
        content: Content,
    ) -> Result<Vec<Carried>, StoreError> {
        let view = self.view(caller);
        let mut carried = Vec::new();
        for event in view.events(id, range).await? {
            let mut text = None;
            if content == Content::FullResource && !event.deleted {
                let stored = view.vread(&event.key, event.version).await?.and_then(|stored| stored.text);
                text = stored
                    .filter(|text| Resource::from_text(text.as_str()).is_ok_and(|r| !is_restricted(&r)));
            }
            carried.push(Carried { event, text });
        }
        Ok(carried)
    }
}

impl Asking {
    fn content(&self) -> Content {
        match self.wanted.as_ref().map(|wanted| &wanted.form) {
            Some(Form::Topic(topic)) => topic.content,
            Some(Form::Plain { .. }) | None => Content::IdOnly,
        }
    }

    fn status<'a>(&'a self, hooks: &'a Hooks, id: &'a Id, kind: &'a str) -> Status<'a> {
        let root = self.resource.root();
        let topic = self.wanted.as_ref().and_then(|wanted| match &wanted.form {
            Form::Topic(topic) => Some(topic.canonical.as_str()),
            Form::Plain { .. } => None,
        });
        let stands = root.text("status").unwrap_or("off");
        Status { base: &hooks.base, id, topic, stands, kind, events: self.events, error: root.text("error") }
    }
}

fn status(hooks: &Hooks, id: &Id, asking: &Asking) -> Told {
    let status = asking.status(hooks, id, "query-status");
    Told { id: id.clone(), status: status.stands.to_owned(), text: status.parameters(Content::Empty, &[]) }
}
