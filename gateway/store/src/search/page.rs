//! Rows that became a page.

use gateway_core::{Key, ResourceType};

use crate::view::VersionRow;
use crate::{Page, StoreError, Stored, View, cursor};

/// A row of a page. An empty page is one row that has the total only.
#[derive(Debug, sqlx::FromRow)]
pub(crate) struct PageRow {
    total: i64,
    position: Option<i64>,
    id: Option<String>,
    version: Option<i64>,
    last_updated: Option<i64>,
    method: Option<String>,
    content: Option<String>,
}

/// The page of at most `count` entries; `rows` has one more when there is a next page.
pub(crate) fn page(
    view: &View,
    mut rows: Vec<PageRow>,
    resource_type: ResourceType,
    count: u32,
    question: &str,
) -> Result<Page, StoreError> {
    let total = rows.first().map_or(0, |row| row.total.unsigned_abs());
    rows.retain(|row| row.position.is_some());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let more = rows.len() > count;
    rows.truncate(count);
    let next = rows
        .last()
        .filter(|_| more)
        .and_then(|row| row.position)
        .map(|position| cursor::seal(&view.store.keys, &view.tenant, question, position));
    let entries = rows.into_iter().map(|row| row.stored(resource_type)).collect::<Result<_, _>>()?;
    Ok(Page { entries, total, next })
}

impl PageRow {
    fn stored(self, resource_type: ResourceType) -> Result<Stored, StoreError> {
        const DAMAGED: StoreError = StoreError::Damaged("a version");
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
