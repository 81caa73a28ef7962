//! Rows that became a page.

use gateway_core::Key;

use crate::cursor::{self, Cursor, Leg};
use crate::view::VersionRow;
use crate::{Page, Paging, StoreError, Stored, Total, View};

/// How many are counted for an estimate.
pub(crate) const COUNTED: i64 = 10_000;

/// A row of a page. An empty page is one row that has the total only, or none.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct PageRow {
    /// How many lead, where something does.
    #[sqlx(default)]
    pub(crate) hits: Option<i64>,
    #[sqlx(default)]
    total: Option<i64>,
    pub(crate) position: Option<i64>,
    /// The values it was sorted by, as a JSON array.
    #[sqlx(default)]
    place: Option<String>,
    #[sqlx(rename = "type")]
    resource_type: Option<String>,
    id: Option<String>,
    version: Option<i64>,
    last_updated: Option<i64>,
    method: Option<String>,
    content: Option<String>,
}

/// The page of at most `count` entries; `rows` has one more when there is a next page. Each row stands on its leg of the
/// way.
pub(crate) fn page(
    view: &View,
    mut rows: Vec<(Leg, PageRow)>,
    paging: &Paging,
    question: &str,
) -> Result<Page, StoreError> {
    let total = rows.first().and_then(|(_, row)| row.total).filter(|total| told(paging.total, *total));
    let total = total.map(i64::unsigned_abs);
    rows.retain(|(_, row)| row.position.is_some());
    let count = usize::try_from(paging.count).unwrap_or(usize::MAX);
    let more = rows.len() > count;
    rows.truncate(count);
    let next = match rows.last().filter(|_| more) {
        Some((leg, row)) => Some(cursor::seal(&view.store.keys, &view.tenant, question, &row.cursor(*leg)?)),
        None => None,
    };
    let entries = rows.into_iter().map(|(_, row)| row.stored()).collect::<Result<_, _>>()?;
    Ok(Page { entries, total, next })
}

/// Whether a count is the total: an estimate ends one behind what is counted.
fn told(wished: Total, counted: i64) -> bool {
    match wished {
        Total::None => false,
        Total::Estimate => counted <= COUNTED,
        Total::Accurate => true,
    }
}

impl PageRow {
    fn cursor(&self, leg: Leg) -> Result<Cursor, StoreError> {
        let place = self.place.as_deref().unwrap_or("[]");
        let values = serde_json::from_str(place).map_err(|_| StoreError::Damaged("a place in a search"))?;
        Ok(Cursor { leg, values, seq: self.position.unwrap_or_default() })
    }

    fn stored(self) -> Result<Stored, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a version");
        let resource_type = self.resource_type.and_then(|name| name.parse().ok()).ok_or(DAMAGED)?;
        let id = self.id.and_then(|id| id.parse().ok()).ok_or(DAMAGED)?;
        let row = VersionRow {
            version: self.version.ok_or(DAMAGED)?,
            last_updated: self.last_updated.ok_or(DAMAGED)?,
            method: self.method.ok_or(DAMAGED)?,
            content: self.content,
        };
        row.stored(Key::new(resource_type, id))
    }
}
