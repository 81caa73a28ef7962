//! The package in force for one tenant. It is replaced as a whole while the house runs; who took it before keeps what
//! they took until they are done, so no message is mapped by half of each.

use std::sync::{Arc, PoisonError, RwLock};

use crate::Package;

/// The package in force for one tenant.
#[derive(Debug)]
pub struct Shelf(RwLock<Arc<Package>>);

impl Shelf {
    /// A shelf with `package` on it.
    #[must_use]
    pub fn new(package: Package) -> Self {
        Self(RwLock::new(Arc::new(package)))
    }

    /// What is in force now. Take it once per message.
    #[must_use]
    pub fn package(&self) -> Arc<Package> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts `package` in force.
    pub fn replace(&self, package: Package) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(package);
    }
}
