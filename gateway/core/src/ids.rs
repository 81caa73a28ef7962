//! Random ids come in from outside, so that tests can set them.

use uuid::Uuid;

/// Makes ids.
pub trait Ids: Send + Sync + 'static {
    /// A new, time-ordered uuid.
    fn next(&self) -> Uuid;
}

/// Uuids of version 7.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}
