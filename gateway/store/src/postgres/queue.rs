//! Claiming and settling on PostgreSQL.
use crate::StoreError;
use crate::queue::{Demand, Ending, LaneRow, QueuedRow};

use super::Postgres;

impl Postgres {
    pub(crate) async fn claim(&self, _demand: &Demand) -> Result<(Vec<LaneRow>, Vec<QueuedRow>), StoreError> {
        unimplemented!()
    }
    pub(crate) async fn settle(&self, _endings: &[Ending]) -> Result<Vec<bool>, StoreError> {
        unimplemented!()
    }
}
