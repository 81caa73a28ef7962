//! How one operation is spelled on one link: what is published, with what the operator knows laid over it.

use crate::config::{Format, OperationConfig};
use crate::wire::{Field, FieldKind, Identification, Operation};

const REQUEST: &str = "_Verzoek";
const ANSWER: &str = "_Antwoord";

/// The names of one operation, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spelling {
    pub(crate) operation: Operation,
    pub(crate) format: Format,
    /// `Method` in JSON, the root of the request in XML.
    pub(crate) method: String,
    /// What it carries, with their name for it, in the order it is written.
    pub(crate) fields: Vec<(Field, String)>,
    /// Where the answer holds what was asked for.
    pub(crate) container: Option<String>,
    pub(crate) identification: Identification,
}

impl Spelling {
    /// The spelling of `operation` on a link that speaks `format`. `Ok(None)`: not all of it is known, so it is off.
    ///
    /// # Errors
    /// What is wrong with `set`, to follow the operation's name.
    pub(crate) fn of(
        operation: Operation,
        format: Format,
        set: Option<&OperationConfig>,
    ) -> Result<Option<Self>, String> {
        let empty = OperationConfig::default();
        let own = set.unwrap_or(&empty);
        let format = own.format.unwrap_or(format);
        for word in own.fields.keys() {
            if !operation.fields().iter().any(|field| field.word == word) {
                let known: Vec<_> = operation.fields().iter().map(|field| field.word).collect();
                return Err(format!("has no field {word:?}; it has: {}", known.join(", ")));
            }
        }
        let Some(method) = own.method.as_deref().or_else(|| operation.method(format)) else {
            return if set.is_some() { Err("needs its method".to_owned()) } else { Ok(None) };
        };
        if format == Format::Xml && !method.ends_with(REQUEST) {
            return Err(format!("needs a method that ends in {REQUEST}, as every XML request of theirs"));
        }
        let name = |field: &Field| {
            own.fields.get(field.word).map(String::as_str).or_else(|| operation.field(field.word, format))
        };
        if let Some(missing) = operation.fields().iter().find(|field| field.needed && name(field).is_none()) {
            let missing = format!("needs a name for its field {:?}", missing.word);
            return if set.is_some() { Err(missing) } else { Ok(None) };
        }
        Ok(Some(Self {
            operation,
            format,
            method: method.to_owned(),
            fields: operation
                .fields()
                .iter()
                .filter_map(|field| Some((*field, name(field)?.to_owned())))
                .collect(),
            container: own.container.clone().or_else(|| operation.container(format).map(str::to_owned)),
            identification: own.identification.unwrap_or_else(|| operation.identification(format)),
        }))
    }

    /// Whether the call has a place for our `word`.
    pub(crate) fn carries(&self, word: &str) -> bool {
        self.fields.iter().any(|(field, _)| field.word == word)
    }

    /// Their names for the fields that hold secrets.
    pub(crate) fn secret_names(&self) -> impl Iterator<Item = String> {
        let secret = self.fields.iter().filter(|(field, _)| field.kind == FieldKind::Secret);
        secret.map(|(_, name)| name.rsplit('.').next().unwrap_or(name).trim_start_matches('@').to_owned())
    }

    /// The root of an XML answer.
    pub(crate) fn answer_root(&self) -> String {
        format!("{}{ANSWER}", self.method.strip_suffix(REQUEST).unwrap_or(&self.method))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> OperationConfig {
        toml_like(text)
    }

    fn toml_like(text: &str) -> OperationConfig {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn what_is_published_is_on_and_what_is_not_is_off() {
        for (operation, json, xml) in [
            (Operation::Login, true, true),
            (Operation::SendCode, false, true),
            (Operation::Confirm, false, false),
            (Operation::Logout, true, true),
            (Operation::BlockTypes, true, true),
            (Operation::Agendas, true, true),
            (Operation::Slots, false, false),
            (Operation::Book, false, false),
            (Operation::Move, false, false),
            (Operation::Cancel, false, false),
            (Operation::CancelByToken, false, false),
            (Operation::OwnAppointments, true, true),
            (Operation::Appointments, true, false),
            (Operation::Statuses, false, true),
            (Operation::Arrive, false, false),
            (Operation::FindPatient, true, false),
            (Operation::SearchPatients, true, true),
        ] {
            for (format, wanted) in [(Format::Json, json), (Format::Xml, xml)] {
                let spelling = Spelling::of(operation, format, None).unwrap();
                assert_eq!(spelling.is_some(), wanted, "{} in {format:?}", operation.word());
            }
        }
    }

    #[test]
    fn what_the_operator_knows_is_laid_over_what_is_published() {
        let own = set(r#"{"fields": {"appointment": "afspraakId"}, "identification": "application"}"#);
        let cancel = Spelling::of(Operation::Cancel, Format::Json, Some(&own)).unwrap().unwrap();
        assert_eq!((cancel.method.as_str(), cancel.fields[0].1.as_str()), ("WisAfspraakById", "afspraakId"));
        assert_eq!(cancel.identification, Identification::Application);
        let own = set(r#"{"format": "xml"}"#);
        let statuses = Spelling::of(Operation::Statuses, Format::Json, Some(&own)).unwrap().unwrap();
        assert_eq!(statuses.answer_root(), "Tetra_Agenda_GetAfspraken_Antwoord");
    }

    #[test]
    fn half_a_call_is_refused_by_name() {
        for (operation, text, says) in [
            (Operation::Book, r#"{"fields": {"agenda": "a"}}"#, "its method"),
            (Operation::Book, r#"{"method": "B", "fields": {"agenda": "a"}}"#, "block_type"),
            (Operation::Book, r#"{"method": "B", "fields": {"agneda": "a"}}"#, "agneda"),
            (Operation::Agendas, r#"{"format": "xml", "method": "GetAgendas"}"#, "_Verzoek"),
        ] {
            let why = Spelling::of(operation, Format::Json, Some(&set(text))).unwrap_err();
            assert!(why.contains(says), "{why}");
        }
    }
}
