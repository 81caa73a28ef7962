//! A search that is understood, on its way to a Bundle: the page, what belongs to it, its links.

use axum::response::Response;
use fhir_profiles::search::Query;
use gateway_core::{Issue, Problem, Resource, ResourceType};
use gateway_engine::Answered;
use gateway_store::{Paging, Stored, Total};

use super::along::{self, Along};
use super::asked::Asked;
use super::find;
use crate::App;
use crate::fhir::bundle::{Bundle, Head};
use crate::fhir::continuation::{Reader, Resumed};
use crate::fhir::links::Linked;
use crate::fhir::wish::Wish;
use crate::fhir::{address, answer};
use crate::problem::Refused;

/// A search that is understood.
pub(super) struct Searching<'a> {
    pub(super) reader: Reader<'a>,
    /// The page, when it is not the first.
    pub(super) resumed: Option<Resumed>,
    pub(super) asked: Asked,
    pub(super) queries: Vec<Query>,
    /// All of it as understood.
    pub(super) parameters: Vec<(String, String)>,
    /// From a counterpart that was asked too.
    pub(super) fresh: Answered,
    /// Nothing of other types is shown, whatever is found; how much that is remains unsaid.
    pub(super) only: Option<Vec<ResourceType>>,
}

impl Searching<'_> {
    /// Does it.
    ///
    /// # Errors
    /// As [`find::page`].
    pub(super) async fn answer(self, wish: &Wish) -> Result<Response, Refused> {
        let app = self.reader.app;
        let (mut page, total, next) = self.page().await?;
        page.told = [&wish.told[..], &self.fresh.warnings, &page.told, &find::incomplete(app)].concat();
        let linked = Linked {
            parameters: &self.parameters,
            secret: self.queries.iter().any(Query::names_a_person),
            resumed: self.resumed.as_ref(),
            next,
            total,
        };
        let links = linked.links(&self.reader);
        let head = Head { kind: "searchset", at: app.engine.parts().clock.now(), total, links: &links };
        Ok(answer::json(page.bundle(app, &self.asked, &head, &self.fresh.passing), wish))
    }

    /// What is on the page, how many there are on all pages, and where the next one begins.
    async fn page(&self) -> Result<(Content, Option<u64>, Option<String>), Problem> {
        let (app, caller) = (self.reader.app, self.reader.caller);
        let known = self.resumed.as_ref().and_then(|page| page.onward.total);
        let uncounted = known.is_some() || self.only.is_some();
        let paging = Paging {
            count: self.asked.size.count.max(1),
            after: self.resumed.as_ref().and_then(|page| page.onward.after.clone()),
            total: if uncounted { Total::None } else { self.asked.size.counting() },
            ..Paging::default()
        };
        let found = find::page(app, caller, &self.queries, &paging).await?;
        let total = known.or(found.page.total.map(|total| total + self.fresh.passing.len() as u64));
        if self.asked.size.total_only {
            return Ok((Content { told: found.told, ..Content::default() }, total, None));
        }
        let mut along = along::gather(app, caller, &self.asked.includes, &found.page.entries).await?;
        let mut entries = found.page.entries;
        if let Some(only) = &self.only {
            let is_shown = |stored: &Stored| only.contains(&stored.key.resource_type);
            entries.retain(is_shown);
            along.entries.retain(is_shown);
        }
        Ok((Content { found: entries, along, told: found.told }, total, found.page.next))
    }
}

/// What an answer is made of.
#[derive(Default)]
struct Content {
    found: Vec<Stored>,
    along: Along,
    told: Vec<Issue>,
}

impl Content {
    fn bundle(self, app: &App, asked: &Asked, head: &Head<'_>, passing: &[Resource]) -> String {
        let found = asked.shown.all(app, self.found);
        let along = asked.shown.of_included().all(app, self.along.entries);
        let length = |entry: &Stored| 200 + entry.text.as_ref().map_or(0, String::len);
        let room = found.iter().chain(&along).map(length).sum();
        let mut bundle = Bundle::new(address::base(app), head, room);
        for entry in &found {
            bundle.found(entry);
        }
        for resource in passing.iter().filter(|_| !asked.size.total_only) {
            bundle.passed_on(resource);
        }
        for entry in &along {
            bundle.included(entry);
        }
        let told = [self.told, self.along.told].concat();
        if !told.is_empty() {
            bundle.told(&told);
        }
        bundle.close()
    }
}
