//! The appointments of whoever is signed in at the practice (`tetra.md` section 2.5).

use std::sync::Arc;

use adapter_kit::{Answer, ExchangeLog, Session};
use gateway_core::Failure;

use super::wanted::Parameters;
use super::{Asking, is_form, unsupported};
use crate::map::Record;
use crate::map::appointment::Asked;
use crate::map::patient::richest;

impl Asking {
    pub(super) async fn own_appointments(
        &self,
        session: &Session,
        parameters: &Parameters,
        log: &ExchangeLog,
    ) -> Result<Answer, Failure> {
        if let Some((name, _)) = parameters.iter().find(|(name, _)| !is_form(name)) {
            return unsupported(name, "one's own appointments come all at once");
        }
        let theirs = self.client.own_appointments(session, log).await.map_err(|fault| self.failed(fault))?;
        let records: Vec<Record> = Record::all(&Arc::new(theirs)).collect();
        let mut answer = Answer::default();
        for (number, record) in richest(records.iter().cloned()) {
            answer.items.push(self.composer.patient_of(&number, record));
        }
        for record in records {
            match self.composer.appointment(record, Asked::Person) {
                Ok(item) => answer.items.push(item),
                Err(aside) => answer.aside.push(aside),
            }
        }
        Ok(answer)
    }
}
