//! Who has an account (M-03).

use std::collections::HashMap;

use super::message::Channel;
use crate::bsn::Bsn;
use crate::communication::Way;
use crate::patient::Who;
use crate::settings::BsnCheck;

/// A person the platform has heard of.
#[derive(Debug)]
pub(crate) struct Patient {
    pub(crate) registered: bool,
    pub(crate) channel: Channel,
    /// The id that other systems may know the patient by.
    pub(crate) idp_id: String,
}

/// Patients by BSN, and by the identity provider's id.
#[derive(Debug, Default)]
pub(crate) struct People {
    by_bsn: HashMap<Bsn, Patient>,
    by_idp_id: HashMap<String, Bsn>,
}

impl People {
    pub(crate) fn add(&mut self, bsn: &str, patient: Patient) -> Result<(), String> {
        let bsn = Bsn::parse(bsn, BsnCheck::Format).ok_or("a patient's bsn must have 9 digits")?;
        self.by_idp_id.insert(patient.idp_id.clone(), bsn);
        if let Some(earlier) = self.by_bsn.insert(bsn, patient) {
            self.by_idp_id.remove(&earlier.idp_id);
        }
        Ok(())
    }

    pub(crate) fn find(&self, who: &Who) -> Option<&Patient> {
        match who {
            Who::Bsn(bsn) => self.by_bsn.get(bsn),
            Who::IdpId(id) => self.by_idp_id.get(id).and_then(|bsn| self.by_bsn.get(bsn)),
        }
    }

    pub(crate) fn channel(&self, bsn: Bsn) -> Channel {
        let account = self.by_bsn.get(&bsn).filter(|patient| patient.registered);
        account.map_or(Channel::Nowhere, |patient| patient.channel)
    }

    /// 7.2: how a notification gets to this patient.
    pub(crate) fn way_to(&self, bsn: Bsn, email_given: bool) -> Way {
        match (self.channel(bsn), email_given) {
            (Channel::Mail | Channel::Push | Channel::MailAndPush, _) => Way::Melding,
            (Channel::Nowhere, true) => Way::Invitation,
            (Channel::Nowhere, false) => Way::Undeliverable,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Bsn, &Patient)> {
        self.by_bsn.iter().map(|(bsn, patient)| (*bsn, patient))
    }
}
