//! A block type of theirs, the coloured category of an appointment → HealthcareService (`tetra.md` section 2.1).

use std::sync::Arc;

use adapter_kit::{Aside, Item};
use gateway_core::ResourceType;

use super::keys::Thing;
use super::{Composer, Record, issues, nameless, nobody, table};

impl Composer {
    /// The block type a record tells of.
    ///
    /// # Errors
    /// When it has no number.
    pub(crate) fn bloktype(self: &Arc<Self>, record: Record) -> Result<Item, Aside> {
        let number = record.id().ok_or_else(|| nameless(&record, "HealthcareService.identifier"))?;
        let composer = Arc::clone(self);
        Ok(Item {
            key: Thing::Bloktype.key(&self.practice, &number),
            resource_type: ResourceType::HealthcareService,
            bsn: None,
            fresh: Thing::Bloktype.id(&self.practice, &number),
            place: record.place(),
            refers: vec![],
            lay: Box::new(move |current, _| {
                let package = composer.shelf.package();
                let laid = table(&package, "tetra/bloktype")?
                    .lay(record.node(), record.format(), &record.place(), current, &composer.context(&nobody))
                    .map_err(issues)?;
                Ok(Some(laid.resource))
            }),
        })
    }
}
