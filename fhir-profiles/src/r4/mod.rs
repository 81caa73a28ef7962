//! What R4 4.0.1 says about our types, read once from the committed tables in `r4/` (made by `tools/r4-table`).

mod load;
mod names;
mod primitive;
mod table;

pub(crate) use primitive::{Flaw, Primitive, is_id};
pub(crate) use table::{CodeSet, Kind, Max, Property, Shape, Slot, Special, Table};

/// The table of the types in `gateway_core::ResourceType` and their datatypes.
pub(crate) fn r4() -> &'static Table {
    static TABLE: std::sync::LazyLock<Table> = std::sync::LazyLock::new(load::load);
    &TABLE
}
