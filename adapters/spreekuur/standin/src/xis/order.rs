//! What the control side asks for: one operation at one XIS.

use adapter_kit::http::is_loopback;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::booking::Booking;
use super::cancel::Cancel;
use super::chat::{Message, Seen};
use super::discovery::Discovery;
use super::medication::{Chosen, List};
use super::pharmacy::Pharmacies;
use super::triage::Outcome;
use crate::agb::Agb;
use crate::bsn::Bsn;
use crate::settings::BsnCheck;

/// The body of `POST /_sim/xis`, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    operation: String,
    base_url: Url,
    token_url: Url,
    client_id: String,
    client_secret: String,
    scope: Option<String>,
    audience: Option<String>,
    agb: String,
    patient: Option<WrittenPatient>,
    grant: Option<Grant>,
    #[serde(default)]
    dialect: Dialect,
    organisation_header: Option<HeaderForm>,
    #[serde(default)]
    with: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPatient {
    bsn: String,
    #[serde(default = "unnamed")]
    name: String,
    access_token: Option<String>,
}

fn unnamed() -> String {
    "T. Testpersoon".to_owned()
}

/// An order that can be carried out.
pub(crate) struct Order {
    pub(crate) operation: Operation,
    pub(crate) name: String,
    pub(crate) base_url: Url,
    pub(crate) token_url: Url,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) scope: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) agb: Agb,
    pub(crate) patient: Option<Patient>,
    pub(crate) grant: Grant,
    pub(crate) dialect: Dialect,
    pub(crate) header_form: HeaderForm,
}

/// The patient that is logged in, or written to.
pub(crate) struct Patient {
    pub(crate) bsn: Bsn,
    pub(crate) name: String,
    /// The access token to exchange; one of our own making when absent.
    pub(crate) access_token: Option<String>,
}

/// What is done there. `with` of the order belongs to it.
#[derive(Deserialize)]
#[serde(tag = "operation", content = "with", rename_all = "snake_case")]
pub(crate) enum Operation {
    BookV1(Booking),
    BookV2(Booking),
    Cancel(Cancel),
    Discover(Discovery),
    Chat(Message),
    ReadMessage(Seen),
    Triage(Outcome),
    Medication(List),
    OrderMedication(Chosen),
    Pharmacies(Pharmacies),
}

/// How the token for the XIS is come by (3.3, 3.4).
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Grant {
    ClientCredentials,
    TokenExchange,
}

/// How what is no FHIR in the published texts is written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dialect {
    #[default]
    Fhir,
    Literal,
}

/// How `X-Organization-Identifier` is written (4.2 to 4.4).
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum HeaderForm {
    Token,
    Bare,
}

impl Order {
    /// # Errors
    /// A sentence for the author of the order.
    pub(crate) fn read(body: &[u8]) -> Result<Self, String> {
        let written: Written = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        on_loopback("base_url", &written.base_url)?;
        on_loopback("token_url", &written.token_url)?;
        let agb = Agb::parse(&written.agb).ok_or("agb must have 8 digits")?;
        let patient = written.patient.map(Patient::read).transpose()?;
        let operation = json!({ "operation": written.operation, "with": written.with });
        let operation = Operation::deserialize(operation).map_err(|error| error.to_string())?;

        let grant = written.grant.unwrap_or_else(|| operation.grant(patient.is_some()));
        if patient.is_none() && (operation.is_about_a_patient() || grant == Grant::TokenExchange) {
            return Err("this operation needs a patient".to_owned());
        }
        Ok(Self {
            header_form: written.organisation_header.unwrap_or_else(|| operation.header_form()),
            operation,
            name: written.operation,
            base_url: written.base_url,
            token_url: written.token_url,
            client_id: written.client_id,
            client_secret: written.client_secret,
            scope: written.scope,
            audience: written.audience,
            agb,
            patient,
            grant,
            dialect: written.dialect,
        })
    }

    /// The hosts that are called.
    pub(crate) fn hosts(&self) -> Vec<String> {
        [&self.base_url, &self.token_url].into_iter().filter_map(Url::host_str).map(str::to_owned).collect()
    }
}

/// A script on the control side must not reach anything but this machine (M-11).
fn on_loopback(name: &str, url: &Url) -> Result<(), String> {
    let here = url.host_str().is_some_and(is_loopback) && url.scheme() == "http";
    if here { Ok(()) } else { Err(format!("{name} must be http on a loopback address")) }
}

impl Patient {
    fn read(written: WrittenPatient) -> Result<Self, String> {
        let bsn = Bsn::parse(&written.bsn, BsnCheck::Format).ok_or("a patient's bsn must have 9 digits")?;
        Ok(Self { bsn, name: written.name, access_token: written.access_token })
    }
}

impl Operation {
    /// 3.3, 3.4; chat goes by the trust between the systems (3.6).
    fn grant(&self, logged_in: bool) -> Grant {
        match self {
            Self::Chat(_) | Self::ReadMessage(_) => Grant::ClientCredentials,
            _ if logged_in => Grant::TokenExchange,
            _ => Grant::ClientCredentials,
        }
    }

    fn is_about_a_patient(&self) -> bool {
        match self {
            Self::BookV1(_)
            | Self::BookV2(_)
            | Self::Cancel(_)
            | Self::Discover(_)
            | Self::Chat(_)
            | Self::Triage(_)
            | Self::Medication(_)
            | Self::OrderMedication(_) => true,
            Self::ReadMessage(_) | Self::Pharmacies(_) => false,
        }
    }

    /// 4.4: the published example of XS-08 is the bare code.
    fn header_form(&self) -> HeaderForm {
        if matches!(self, Self::Discover(_)) { HeaderForm::Bare } else { HeaderForm::Token }
    }
}
