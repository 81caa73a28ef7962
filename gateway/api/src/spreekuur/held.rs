//! One at a time per key: concurrent requests about the same appointment wait for each other on this node (V-03).
//!
//! Between nodes the store's preconditions do the same, at the price of laying again.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use gateway_core::TenantId;
use gateway_store::CounterpartKey;
use tokio::sync::{Mutex, MutexGuard};

/// How many keys can be in work at once without waiting for a stranger, more or less.
const LANES: usize = 1024;

/// The lanes that keys share.
pub struct Lanes(Box<[Mutex<()>]>);

impl Default for Lanes {
    fn default() -> Self {
        Self((0..LANES).map(|_| Mutex::new(())).collect())
    }
}

impl Lanes {
    /// Waits until nobody else works on `key`.
    pub(super) async fn hold(&self, tenant: &TenantId, key: &CounterpartKey) -> MutexGuard<'_, ()> {
        let mut hasher = DefaultHasher::new();
        (tenant, key).hash(&mut hasher);
        let lane = hasher.finish() % self.0.len() as u64;
        self.0[usize::try_from(lane).expect("a remainder of a usize fits one")].lock().await
    }
}
