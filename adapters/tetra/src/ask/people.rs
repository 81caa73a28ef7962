//! Looking people up: by BSN, patient number or birth date with the one call, by phone, e-mail or name with the other.

use std::sync::Arc;

use adapter_kit::{Answer, ExchangeLog};
use gateway_core::{Failure, Issue, IssueCode};
use secrecy::SecretString;

use super::wanted::{Parameters, Wanted, born};
use super::{Asking, refused};
use crate::client::SearchKind;
use crate::config::Format;
use crate::map::Record;
use crate::wire::{Answer as Theirs, Operation};

/// More people than this is a question nobody meant to ask.
const MOST: usize = 200;

impl Asking {
    pub(super) async fn people(&self, parameters: &Parameters, log: &ExchangeLog) -> Result<Answer, Failure> {
        let wanted = Wanted::read(parameters, self.composer.practice())?;
        if wanted.is_empty() {
            return refused(IssueCode::TooCostly, "the practice must be told whom to look for");
        }
        let theirs = Arc::new(self.look_up(&wanted, log).await?);
        let found: Vec<Record> = Record::all(&theirs).filter(|record| wanted.fits(record)).collect();
        if found.len() > MOST {
            return refused(IssueCode::TooCostly, "too many people are like this: say more");
        }
        Ok(self.answer(&wanted, found))
    }

    /// One call, by what names the fewest. What else is asked for filters the answer.
    async fn look_up(&self, wanted: &Wanted, log: &ExchangeLog) -> Result<Theirs, Failure> {
        let identifier = match (&wanted.bsn, &wanted.number, &wanted.born) {
            (Some(bsn), ..) => Some(bsn.expose().to_owned()),
            (None, Some(number), _) => Some(number.clone()),
            // With hyphens it cannot be taken for a number (section 3.9).
            (None, None, Some(born)) => Some(born.strftime("%d-%m-%Y").to_string()),
            (None, None, None) => None,
        };
        let theirs = if let Some(identifier) = identifier {
            self.client.find_patient(&SecretString::from(identifier), log).await
        } else {
            let (query, kind) = match (&wanted.phone, &wanted.email) {
                (Some(phone), _) => (phone.clone(), SearchKind::Phone),
                (None, Some(email)) => (email.clone(), SearchKind::Email),
                (None, None) => (wanted.names.join(" "), SearchKind::Everything),
            };
            let speaks = self.client.spelling(Operation::SearchPatients).map(|spelling| spelling.format);
            if speaks == Some(Format::Xml) && kind != SearchKind::Everything {
                return refused(
                    IssueCode::NotSupported,
                    "over XML the practice searches in everything, and what it finds cannot be checked",
                );
            }
            self.client.search_patients(&SecretString::from(query), kind, None, log).await
        };
        theirs.map_err(|fault| self.failed(fault))
    }

    fn answer(&self, wanted: &Wanted, found: Vec<Record>) -> Answer {
        let mut answer = Answer::default();
        let only = found.len() == 1;
        for record in found {
            // The answer does not say which number matched: a BSN is theirs when a second fact agrees and nobody else is
            // like this.
            let agrees = only && wanted.born.is_some() && wanted.born == born(&record);
            let bsn = wanted.bsn.clone().filter(|_| agrees);
            match self.composer.found(record, bsn) {
                Ok(item) => answer.items.push(item),
                Err(aside) => answer.aside.push(aside),
            }
        }
        let unproven = wanted.bsn.is_some() && answer.items.iter().all(|item| item.bsn.is_none());
        if unproven && !answer.items.is_empty() {
            answer.warnings.push(Issue::warning(
                IssueCode::Incomplete,
                "the practice does not repeat the BSN; with the birth date as well it could be kept with the patient",
            ));
        }
        answer
    }
}
