//! A file of an export: one resource a line, made from the versions of its moment while it is fetched.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::response::Response;
use fhir_profiles::Subset;
use futures_util::stream;
use gateway_core::json::Document;
use gateway_core::{Problem, ResourceType};
use gateway_engine::Walk;
use gateway_store::Stored;
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::asked::Asked;
use super::own;
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

/// A file that ended before its end: the connection is cut, so that nobody takes it for the whole.
#[derive(Debug, thiserror::Error)]
#[error("the rest of the file cannot be read")]
struct CutOff;

pub(super) async fn file(
    State(app): State<Arc<App>>,
    Access(caller): Access,
    Path((id, kind, name)): Path<(String, String, String)>,
) -> Result<Response, Refused> {
    let export = own(&app, &caller, &id).await?;
    if export.files.is_none() {
        return Err(Refused(Problem::NotFound));
    }
    let asked: Asked = serde_json::from_str(&export.asked).map_err(|_| Problem::Internal)?;
    let of = name.strip_suffix(".ndjson").ok_or(Problem::NotFound)?;
    if kind == "error" && of == "OperationOutcome" {
        return Ok(lines(Body::from(left_out(&asked))));
    }
    let deleted = match &*kind {
        "output" => false,
        "deleted" if asked.tells_deletions() => true,
        _ => return Err(Refused(Problem::NotFound)),
    };
    let of: ResourceType = of.parse().map_err(|_| Problem::NotFound)?;
    if !asked.types.iter().any(|name| *name == of.as_str()) {
        return Err(Refused(Problem::NotFound));
    }
    let walk = app.engine.walk(&caller, asked.portion(&app, of, export.at, deleted))?;
    let writer = Writer { app, elements: asked.elements };
    Ok(lines(Body::from_stream(stream::unfold((walk, writer), next))))
}

fn lines(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/fhir+ndjson"));
    response
}

async fn next((mut walk, writer): (Walk, Writer)) -> Option<(Result<Bytes, CutOff>, (Walk, Writer))> {
    match walk.stride().await {
        Ok(stride) => stride.map(|stride| (Ok(writer.lines(&stride)), (walk, writer))),
        Err(problem) => {
            tracing::warn!(%problem, "A file of an export was cut off");
            Some((Err(CutOff), (walk, writer)))
        }
    }
}

struct Writer {
    app: Arc<App>,
    /// Elements of the root that are wanted; all when empty.
    elements: Vec<String>,
}

impl Writer {
    fn lines(&self, stride: &[Stored]) -> Bytes {
        let mut lines =
            String::with_capacity(stride.iter().map(|s| 1 + s.text.as_ref().map_or(200, String::len)).sum());
        for stored in stride {
            match &stored.text {
                None => lines.push_str(&deletion(stored)),
                Some(text) => self.line(text, &mut lines),
            }
            lines.push('\n');
        }
        lines.into()
    }

    fn line(&self, text: &str, lines: &mut String) {
        if self.elements.is_empty() {
            return one_line(text, lines);
        }
        let subset = Subset::Elements(self.elements.clone());
        match Document::parse(text.as_bytes()) {
            Ok(document) => {
                one_line(&self.app.engine.parts().profiles.subset(document.root(), &subset), lines);
            }
            Err(_) => one_line(text, lines),
        }
    }
}

/// A resource may have come in with line breaks between its members; none can stand inside a text of JSON.
fn one_line(text: &str, lines: &mut String) {
    lines.extend(text.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
}

/// A deletion as a Bundle that deletes it.
fn deletion(stored: &Stored) -> String {
    let request = json!({"method": "DELETE", "url": stored.key.to_string()});
    json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"request": request}]}).to_string()
}

/// What was asked and left out, each as an OperationOutcome.
fn left_out(asked: &Asked) -> String {
    let line = |name: &String| {
        let text = "This parameter is not offered here and was left out.";
        let issue = json!({"severity": "warning", "code": "not-supported", "details": {"text": text},
            "expression": [format!("Parameters.parameter.where(name='{name}')")]});
        format!("{}\n", json!({"resourceType": "OperationOutcome", "issue": [issue]}))
    };
    asked.left_out.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_one_line_however_it_was_written() {
        let mut lines = String::new();
        one_line("{\n \"a\": \"b\\nc\"\r\n}", &mut lines);
        assert_eq!(lines, "{  \"a\": \"b\\nc\"  }");
    }
}
