//! What a run needs to know that neither side says.

use std::collections::BTreeMap;
use std::fmt;

use gateway_core::Zone;

/// What a run needs to know that neither side says.
pub struct Context<'c> {
    /// What stands for `{name}` in the fixed texts of tables, for instance the practice in identifier systems.
    pub values: &'c BTreeMap<String, String>,
    /// The zone of the counterpart's wall clock.
    pub zone: &'c Zone,
    /// Role and their key → `Patient/…`; `None`: no such resource.
    pub reference: &'c dyn Fn(&str, &str) -> Option<String>,
    /// Role and `Patient/…` → their key.
    pub key: &'c dyn Fn(&str, &str) -> Option<String>,
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("zone", &self.zone.name()).finish_non_exhaustive()
    }
}
