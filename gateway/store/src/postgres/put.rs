//! Writing on PostgreSQL.
use crate::prepared::Prepared;
use crate::{CommitError, Written};

use super::Postgres;

impl Postgres {
    pub(crate) async fn commit(&self, _set: Vec<Prepared>) -> Result<Vec<Written>, CommitError> {
        unimplemented!()
    }
}
