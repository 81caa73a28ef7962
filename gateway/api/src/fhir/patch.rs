//! `PATCH /fhir/{type}/{id}` (<https://hl7.org/fhir/R4/http.html#patch>): a JSON Patch (RFC 6902), or a FHIRPath Patch in
//! JSON or XML. The result is written as an update is; one that is not right is 422.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use gateway_core::{Interaction, IssueCode};
use gateway_engine::{Change, FhirPathPatch, JsonPatch, Patch, Target, Write};

use super::conditions::{precondition, precondition_on};
use super::criteria::criteria;
use super::offer::{Rest, gate, gate_by_criteria};
use super::place::{Instance, OfType};
use super::wish::Wish;
use super::{answer, body, own};
use crate::App;
use crate::caller::Access;
use crate::media::{PatchFormat, sent_patch};
use crate::problem::{Refused, malformed};

pub(super) async fn patch(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Instance(key): Instance,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate(key.resource_type, Rest::Patch)?;
    own::overlay::not_ours(&app, &caller, &key)?;
    wish.no_parameters()?;
    let precondition = precondition_on(&app, &caller, request.headers(), &key).await?;
    let write = Write {
        target: Target::Key(key),
        change: Change::Patch(sent(&app, request).await?),
        precondition,
        bind: None,
        interaction: Interaction::Update,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    Ok(answer::written(&app, written, &wish))
}

/// `PATCH /fhir/{type}?…`: of the one that the criteria find.
pub(super) async fn by_criteria(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    OfType(resource_type): OfType,
    wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    gate_by_criteria(resource_type, Rest::Patch)?;
    let query = criteria(&app, resource_type, &wish.parameters)?;
    let precondition = precondition(request.headers())?;
    let write = Write {
        target: Target::Matching(query),
        change: Change::Patch(sent(&app, request).await?),
        precondition,
        bind: None,
        interaction: Interaction::Update,
        bsn: None,
    };
    let written = app.engine.write(&caller, write).await?;
    Ok(answer::written(&app, written, &wish))
}

/// The patch in a request's body.
///
/// # Errors
/// 415 before a byte is read, 413 without reading on, 400 for what is no patch.
pub(super) async fn sent(app: &App, request: Request) -> Result<Arc<dyn Patch>, Refused> {
    let format = sent_patch(request.headers())?;
    let bytes = body::bytes(app, request).await?;
    read(format, &bytes)
}

/// Reads a patch of this format, wherever it came in: as a body, or as the Binary of an entry.
///
/// # Errors
/// 400.
pub(super) fn read(format: PatchFormat, bytes: &[u8]) -> Result<Arc<dyn Patch>, Refused> {
    match format {
        PatchFormat::Json => Ok(Arc::new(JsonPatch::read(bytes)?)),
        PatchFormat::FhirPath(_) if bytes.trim_ascii_start().starts_with(b"[") => {
            let text = "An array of operations is a JSON Patch; send it as application/json-patch+json.";
            Err(malformed(IssueCode::Structure, text))
        }
        PatchFormat::FhirPath(format) => Ok(Arc::new(FhirPathPatch::read(body::read(format, bytes)?)?)),
    }
}
