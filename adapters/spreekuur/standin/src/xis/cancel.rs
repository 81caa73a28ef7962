//! A patient cancels (8.2.8): the Appointment is read first (XS-05), then declined (XS-07).

use serde::Deserialize;
use serde_json::{Value, json};

use super::bundle::resources;
use super::conversation::Conversation;
use super::ending::Ending;
use super::order::Dialect;
use crate::bsn;

/// Which appointment.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancel {
    appointment: String,
    comment: Option<String>,
    #[serde(default)]
    read_by: ReadBy,
}

/// The `OpenAPI` file has the id in the query, the page's text in the path.
#[derive(Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReadBy {
    #[default]
    Query,
    Path,
}

pub(super) async fn cancel(xis: &mut Conversation<'_>, cancel: &Cancel) -> Result<Ending, Ending> {
    let id = cancel.appointment.as_str();
    let read = match cancel.read_by {
        ReadBy::Query => xis.get(&["Appointment"], &[("id", id)]).await?,
        ReadBy::Path => xis.get(&["Appointment", id], &[]).await?,
    };
    if resources(&read, "Appointment").is_empty() {
        return Err(Ending::NotFound);
    }
    let response = response(xis, cancel);
    xis.post("AppointmentResponse", &response).await?;
    Ok(Ending::Cancelled)
}

fn response(xis: &Conversation<'_>, cancel: &Cancel) -> Value {
    let identifier = json!({ "system": bsn::SYSTEM, "value": xis.patient().bsn.reveal() });
    let mut response = json!({
        "appointment": { "reference": format!("Appointment/{}", cancel.appointment) },
        "participantStatus": "declined",
    });
    match xis.dialect() {
        Dialect::Fhir => {
            response["resourceType"] = json!("AppointmentResponse");
            response["actor"] = json!({ "identifier": identifier });
        }
        //
        Dialect::Literal => response["actor"] = json!({ "reference": { "identifier": [identifier] } }),
    }
    if let Some(comment) = &cancel.comment {
        response["comment"] = json!(comment);
    }
    response
}
