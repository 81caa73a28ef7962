//! Whether a patient has an account (SU-06), and inviting one who has none (SU-08); `spreekuur.md` section 8.1.
//!
//! The search is a POST because a BSN may not stand in a URL; `GET /Patient` (SU-07) is therefore never used.

use adapter_kit::ExchangeLog;
use gateway_core::{Bsn, Failure, Id, Issue, IssueCode, Resource, ResourceType};
use http::StatusCode;
use url::form_urlencoded;

use crate::client::{Call, Client, Operation};
use crate::verdict::verdict;
use crate::wire::Invitee;

/// Whether a patient has an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// Yes.
    Registered,
    /// No.
    Unknown,
}

/// Whom to invite, and where the mail goes.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The patient's id here.
    pub id: Id,
    /// The patient.
    pub bsn: Bsn,
    /// The address of the mail.
    pub email: String,
}

/// What came of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invited {
    /// The mail is on its way.
    Sent,
    /// There was an account already (422): nothing had to be done.
    AlreadyRegistered,
}

impl Client {
    /// Asks whether the patient with this BSN has an account. 404 and an empty Bundle both mean no.
    ///
    /// # Errors
    /// As for a delivery; [`Failure::Later`] when the answer cannot be read.
    pub async fn find_patient(&self, bsn: &Bsn, log: &ExchangeLog) -> Result<Registration, Failure> {
        let identifier = format!("{}|{}", Bsn::SYSTEM, bsn.expose());
        let body =
            form_urlencoded::Serializer::new(String::new()).append_pair("identifier", &identifier).finish();
        let call = Call {
            operation: Operation::PatientSearch,
            path: "Patient/_search".to_owned(),
            body: body.into(),
        };
        let outcome = self.call(&call, log).await;
        if outcome.as_ref().is_ok_and(|answer| answer.status() == StatusCode::NOT_FOUND) {
            return Ok(Registration::Unknown);
        }
        registration(verdict(outcome, self.now())?.body(), bsn).ok_or(Failure::Later { after: None })
    }

    /// Invites a patient by mail.
    ///
    /// # Errors
    /// As for a delivery.
    pub async fn invite(&self, invitation: &Invitation, log: &ExchangeLog) -> Result<Invited, Failure> {
        let body = serde_json::to_vec(&Invitee::from(invitation)).map_err(|_| {
            Failure::Never(vec![Issue::error(IssueCode::Exception, "the invitation cannot be written")])
        })?;
        let call = Call { operation: Operation::PatientInvite, path: "Patient".to_owned(), body };
        let outcome = self.call(&call, log).await;
        if outcome.as_ref().is_ok_and(|answer| answer.status() == StatusCode::UNPROCESSABLE_ENTITY) {
            return Ok(Invited::AlreadyRegistered);
        }
        verdict(outcome, self.now()).map(|_| Invited::Sent)
    }
}

/// Reads the Bundle; `None` when it is none, or is about someone else.
fn registration(body: &[u8], bsn: &Bsn) -> Option<Registration> {
    let bundle =
        Resource::parse(body).ok().filter(|bundle| bundle.resource_type() == ResourceType::Bundle)?;
    let patients: Vec<_> = bundle
        .root()
        .find(&["entry", "resource"])
        .into_iter()
        .filter(|resource| resource.text("resourceType") == Some("Patient"))
        .collect();
    let is_asked_for = patients.iter().flat_map(|patient| patient.find(&["identifier"])).any(|identifier| {
        identifier.text("system") == Some(Bsn::SYSTEM)
            && identifier.text("value").and_then(|value| value.parse::<Bsn>().ok()).as_ref() == Some(bsn)
    });
    match (patients.is_empty(), is_asked_for) {
        (true, _) => Some(Registration::Unknown),
        (false, true) => Some(Registration::Registered),
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_with_the_asked_patient_is_a_registration() {
        let bsn: Bsn = "999990019".parse().unwrap();
        let with = |value: &str| {
            format!(
                r#"{{"resourceType":"Bundle","type":"searchset","total":1,"entry":[{{"resource":{{
                "resourceType":"Patient","identifier":[{{"system":"{}","value":"{value}"}}]}}}}]}}"#,
                Bsn::SYSTEM
            )
        };
        assert_eq!(registration(with("999990019").as_bytes(), &bsn), Some(Registration::Registered));
        assert_eq!(registration(with("123456782").as_bytes(), &bsn), None);
        let empty = br#"{"resourceType":"Bundle","type":"searchset","total":0}"#;
        assert_eq!(registration(empty, &bsn), Some(Registration::Unknown));
        for odd in ["", "<html>", "{\"resourceType\":\"Patient\"}"] {
            assert_eq!(registration(odd.as_bytes(), &bsn), None, "{odd}");
        }
    }
}
