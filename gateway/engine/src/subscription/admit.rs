//! What a client asks for, before it is stored: everything that cannot be done is refused, and the server's own elements
//! are set. Status, error and owner are the server's.

use gateway_core::json::quoted;
use gateway_core::{Caller, Interaction, Issue, IssueCode, Origin, Problem, Resource, ResourceType};

use super::Hooks;
use super::names::OWNER;
use super::wanted::{self, Wanted};
use crate::read::allowed;
use crate::write::Foreseen;
use crate::{Change, Engine, Write};

/// Writes that are refused: their places, and why.
type Refused = Vec<(Option<usize>, Problem)>;

impl Engine {
    /// The writes with Subscriptions of clients as they are stored.
    ///
    /// # Errors
    /// Every one that is refused, with its place: `Invalid` with everything that cannot be done, or `Forbidden`.
    pub(crate) async fn admitted(
        &self,
        caller: &Caller,
        mut writes: Vec<(Write, Option<Foreseen>)>,
    ) -> Result<Vec<(Write, Option<Foreseen>)>, Refused> {
        let mut refused = Vec::new();
        for (place, (write, _)) in writes.iter_mut().enumerate() {
            if let Change::Document(resource) = &write.change
                && asks(caller, resource)
            {
                match self.admit_as(caller, write.interaction, resource.clone()).await {
                    Ok(kept) => write.change = Change::Document(kept),
                    Err(problem) => refused.push((Some(place), problem)),
                }
            }
        }
        if refused.is_empty() { Ok(writes) } else { Err(refused) }
    }

    async fn admit_as(
        &self,
        caller: &Caller,
        interaction: Interaction,
        resource: Resource,
    ) -> Result<Resource, Problem> {
        allowed(caller, ResourceType::Subscription, interaction)?;
        self.admit(caller, resource).await
    }

    /// A Subscription of a client as it is stored; anything else as it is.
    ///
    /// # Errors
    /// As [`Engine::admitted`].
    pub(crate) async fn admit(&self, caller: &Caller, resource: Resource) -> Result<Resource, Problem> {
        if !asks(caller, &resource) {
            return Ok(resource);
        }
        let Some(hooks) = self.hooks() else {
            let text = "subscriptions are not offered here";
            return Err(Problem::Invalid(vec![Issue::error(IssueCode::NotSupported, text)]));
        };
        // What is no R4 is told as such before it is read.
        self.valid(&resource)?;
        let wanted = self.possible(hooks, caller, &resource).await?;
        allowed(caller, wanted.resource_type(), Interaction::Read)?;
        kept(caller, &resource)
    }

    async fn possible(&self, hooks: &Hooks, caller: &Caller, resource: &Resource) -> Result<Wanted, Problem> {
        let mut issues = Vec::new();
        let parts = self.parts();
        let wanted = wanted::read(&parts.profiles, Some(&hooks.outside), resource);
        let wanted = wanted.map_err(|more| issues.extend(more)).ok();
        if let Some(wanted) = &wanted {
            if let Err(refused) = hooks.outside.leads_outside(&wanted.endpoint).await {
                issues.push(wanted::not_outside(refused));
            }
            if wanted.end.is_some_and(|end| end <= parts.clock.now()) {
                issues.push(Issue::error(IssueCode::Value, "it has ended already").at("Subscription.end"));
            }
        }
        if self.too_many(hooks, caller, resource).await? {
            let text = "so many subscriptions of one organisation are not offered";
            issues.push(Issue::error(IssueCode::TooCostly, text));
        }
        match wanted {
            Some(wanted) if issues.is_empty() => Ok(wanted),
            _ => Err(Problem::Invalid(issues)),
        }
    }

    /// Whether one more than is offered would be in force. One that is in force already may be written as often as wished.
    async fn too_many(&self, hooks: &Hooks, caller: &Caller, resource: &Resource) -> Result<bool, Problem> {
        let table = self.routing(caller).await?.table;
        let there = resource.id().and_then(|id| table.get(&super::names::link(&caller.tenant, id)));
        Ok(there.is_none_or(|one| !one.is_routed()) && table.living(&caller.tenant) >= hooks.settings.most)
    }
}

/// Whether a client asks for something with this resource.
fn asks(caller: &Caller, resource: &Resource) -> bool {
    resource.resource_type() == ResourceType::Subscription && caller.origin != Origin::System
}

/// The text with the server's elements.
fn kept(caller: &Caller, resource: &Resource) -> Result<Resource, Problem> {
    let root = resource.root();
    let Origin::Client(client) = &caller.origin else {
        let text = "only a client can subscribe";
        return Err(Problem::Forbidden(Issue::error(IssueCode::Forbidden, text)));
    };
    let status = if root.text("status") == Some("off") { "off" } else { "requested" };
    let others = root.find(&["extension"]).into_iter().filter(|one| one.text("url") != Some(OWNER));
    let mut extensions: Vec<_> = others.map(|one| one.raw().to_owned()).collect();
    extensions.push(format!(
        r#"{{"url":"{OWNER}","extension":[{{"url":"client","valueString":{}}},{{"url":"scope","valueString":{}}}]}}"#,
        quoted(client),
        quoted(&caller.scopes.to_string())
    ));
    let draft = resource.draft().set_text("status", status).remove("error");
    let draft = draft.set("extension", format!("[{}]", extensions.join(",")));
    draft.build().map_err(|issue| Problem::Invalid(vec![issue]))
}
