//! Search: a typed query becomes a statement that finds, and cuts a page.
//!
//! What few resources are found by is gathered, counted and sorted (`gather.rs`); what many are found by is walked along
//! an index until the page is full (`walk.rs`). So a page costs what is on it, or a bounded number of rows, however much
//! the store holds; what costs more is ended (`fetch.rs`). Pages go on behind a place in the order, so that what others
//! store in between repeats nothing and skips nothing.

mod condition;
mod date;
mod gather;
mod leader;
mod number;
pub(crate) mod page;
mod plan;
mod reference;
mod sort;
mod text;
mod token;
mod walk;

use std::fmt::Write as _;

use fhir_profiles::search::Query;
use serde_json::Value;

use crate::cursor::{self, Cursor, Leg};
use crate::{Page, Paging, StoreError, Total, View};
pub(crate) use gather::any;
use leader::Leader;
use page::{PageRow, page};

const DOING: &str = "searching";

/// How long a page, and behind what.
struct Asked {
    count: u32,
    after: Option<Cursor>,
}

impl Asked {
    /// One more than the page has, to see whether there is a next one.
    fn limit(&self) -> i64 {
        i64::from(self.count) + 1
    }

    /// The leg that the page begins on.
    fn leg(&self) -> Option<Leg> {
        self.after.as_ref().map(|place| place.leg)
    }

    /// The place on this leg that the page begins behind.
    fn after_in(&self, leg: Leg) -> Option<&Cursor> {
        self.after.as_ref().filter(|place| place.leg == leg)
    }

    /// The values of that place.
    fn values(&self, leg: Leg) -> &[Value] {
        self.after_in(leg).map_or(&[], |place| &place.values)
    }

    /// What was gathered so far is walked to from here, because more has come than can be gathered. The order is the
    /// same.
    fn walking(&mut self, query: &Query) {
        let beyond = walk::has_beyond(query);
        if let Some(place) = self.after.as_mut().filter(|place| place.leg == Leg::Gather) {
            let without = beyond && place.values.first().is_some_and(Value::is_null);
            place.leg = if without { Leg::Beyond } else { Leg::Walk };
        }
    }
}

impl View {
    /// The living resources a query finds, in its order.
    ///
    /// [`Total::Estimate`] is what a caller should get who did not ask: it is exact where few are found, and where many
    /// are nothing is counted. [`Total::Accurate`] counts all of them, which takes as long as there are many.
    pub async fn search(&self, query: &Query, paging: &Paging) -> Result<Page, StoreError> {
        let question = question(query);
        let after = match &paging.after {
            None => None,
            Some(after) => Some(cursor::open(&self.store.keys, &self.tenant, &question, after)?),
        };
        let mut asked = Asked { count: paging.count, after };
        if let Some(rows) = self.gather(query, &asked, paging.total).await? {
            return page(self, rows, paging, &question);
        }
        asked.walking(query);
        let rows = self.walk(query, &asked).await?;
        let mut page = page(self, rows, paging, &question)?;
        if paging.total == Total::Accurate {
            page.total = Some(self.count(query).await?);
        }
        Ok(page)
    }

    /// Walks from so many resources on, instead of gathering them: how many are gathered is a matter of speed alone.
    #[must_use]
    pub fn gathering(self, most: u32) -> Self {
        Self { gathers: i64::from(most), ..self }
    }

    /// Nothing when too many lead, and the page must be walked to.
    async fn gather(
        &self,
        query: &Query,
        asked: &Asked,
        total: Total,
    ) -> Result<Option<Vec<(Leg, PageRow)>>, StoreError> {
        let uncounted = total == Total::None && Leader::of(&query.filters).is_none();
        if matches!(asked.leg(), Some(Leg::Walk | Leg::Beyond)) || asked.leg().is_none() && uncounted {
            return Ok(None);
        }
        let rows: Vec<PageRow> = self.fetch(DOING, gather::statement(self, query, asked)).await?;
        let few = rows.first().is_some_and(|row| row.hits.is_some_and(|hits| hits <= self.gathers));
        Ok(few.then(|| rows.into_iter().map(|row| (Leg::Gather, row)).collect()))
    }

    async fn walk(&self, query: &Query, asked: &Asked) -> Result<Vec<(Leg, PageRow)>, StoreError> {
        let mut rows = Vec::new();
        let beyond = walk::has_beyond(query);
        for leg in [Leg::Walk, Leg::Beyond] {
            let missing = asked.limit() - i64::try_from(rows.len()).unwrap_or(i64::MAX);
            let over = asked.leg() == Some(Leg::Beyond) && leg == Leg::Walk;
            if missing <= 0 || over || leg == Leg::Beyond && !beyond {
                continue;
            }
            let statement = walk::statement(self, query, asked, leg, missing);
            let found: Vec<PageRow> = self.fetch(DOING, statement).await?;
            rows.extend(found.into_iter().map(|row| (leg, row)));
        }
        Ok(rows)
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        let counted: Vec<(i64,)> = self.fetch(DOING, gather::count(self, query)).await?;
        Ok(counted.first().map_or(0, |(total,)| total.unsigned_abs()))
    }

    /// How the database would run a search: the steps of gathering, and of walking when that has too many to gather. For
    /// tests and for whoever wonders why a search is slow.
    pub async fn explain(&self, query: &Query) -> Result<[Vec<String>; 2], StoreError> {
        let asked = Asked { count: 1, after: None };
        let gather = self.steps(gather::statement(self, query, &asked)).await?;
        Ok([gather, self.steps(walk::statement(self, query, &asked, Leg::Walk, 1)).await?])
    }
}

/// What a cursor is made for.
fn question(query: &Query) -> String {
    let mut question = format!("search {}", query.resource_type);
    for (name, value) in &query.understood {
        write!(question, "\n{name}\0{value}").expect("writing to a String cannot fail");
    }
    for sort in &query.sort {
        write!(question, "\n\0{} {}", sort.parameter, sort.descending)
            .expect("writing to a String cannot fail");
    }
    question
}
