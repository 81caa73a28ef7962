//! The triage of an e-consult (XS-11, 8.4.2): a Bundle with the S line and the questionnaire.

use serde::Deserialize;
use serde_json::{Value, json};

use super::conversation::Conversation;
use super::ending::Ending;

/// LOINC: Reason for visit, the S line of a GP's record.
const S_LINE: &str = "61146-7";

/// What the patient answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outcome {
    s_line: String,
    #[serde(default)]
    questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    text: String,
    answer: String,
}

pub(super) async fn send(xis: &mut Conversation<'_>, outcome: &Outcome) -> Result<Ending, Ending> {
    xis.post("TriageOutcome", &bundle(outcome)).await?;
    Ok(Ending::Sent)
}

fn bundle(outcome: &Outcome) -> Value {
    let items = outcome.questions.iter().enumerate().map(|(n, it)| {
        json!({ "linkId": (n + 1).to_string(), "text": it.text, "answer": [{ "valueString": it.answer }] })
    });
    json!({
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            { "resource": {
                "resourceType": "Observation",
                "status": "final",
                "code": { "coding": [{ "system": "http://loinc.org", "code": S_LINE }] },
                "valueString": outcome.s_line,
            }},
            { "resource": {
                "resourceType": "QuestionnaireResponse",
                "status": "completed",
                "item": items.collect::<Vec<_>>(),
            }},
        ],
    })
}
