//! An answer that is one: the success rule of `tetra.md` section 3.11, and the node that holds what was asked for.
//!
//! HTTP 200 says that the practice answered, not that it said yes. A missing container is a broken answer and never an
//! empty list. A refusal keeps their code; their message (`Melding`) may name people and is left in the exchange log.

use std::borrow::Cow;

use http::StatusCode;
use mappings::wire::{Document, Format as WireFormat, Kind, Mark, Names, Node, Unreadable};

use crate::config::Format;
use crate::wire::Spelling;

/// The one word of success in XML (1.4).
const SUCCEEDED: &str = "OZB_Communicatie_Status_Verzoek_is_geslaagd";

/// Longest code of theirs that is repeated.
const LONGEST_CODE: usize = 80;

/// An answer that says yes and holds what was asked for.
pub(crate) struct Answer {
    document: Document,
    format: Format,
    container: Option<String>,
}

/// Why an answer is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Odd {
    /// They say no. `code` is their response code or status word, when it is a plain word.
    #[error("they refused")]
    Refused {
        /// Their code.
        code: Option<String>,
        /// Whether their flag and their code contradict each other.
        contradictory: bool,
    },
    /// It cannot be read.
    #[error("the answer cannot be read")]
    Unreadable(#[source] Unreadable),
    /// It can be read and is not what was asked for.
    #[error("the answer is not what was asked for: {0}")]
    Protocol(&'static str),
    /// A status that is neither an answer of the practice nor a failure on the way.
    #[error("the answer has status {}", .0.as_u16())]
    Status(StatusCode),
}

impl Answer {
    /// Reads the body of an answer with HTTP status 200.
    ///
    /// # Errors
    /// [`Odd`]
    pub(crate) fn read(spelling: &Spelling, body: &[u8], charset: Option<&str>) -> Result<Self, Odd> {
        let document = match spelling.format {
            Format::Json => Document::json(body, Names::AnyCase),
            Format::Xml => Document::xml(body, charset),
        }
        .map_err(Odd::Unreadable)?;
        match spelling.format {
            Format::Json => json_success(document.root())?,
            Format::Xml => xml_success(document.root(), &spelling.answer_root())?,
        }
        let answer = Self { document, format: spelling.format, container: spelling.container.clone() };
        match (&answer.container, answer.node()) {
            // Of what was done, an answer may or may not tell more (2.4).
            _ if spelling.operation.writes() => Ok(answer),
            (Some(_), None) => Err(Odd::Protocol("what was asked for is missing")),
            (Some(_), Some(node)) if node.kind() == Kind::Null && spelling.format == Format::Json => {
                Err(Odd::Protocol("what was asked for is null"))
            }
            _ => Ok(answer),
        }
    }

    /// The records in the container, in their order.
    pub(crate) fn records(&self) -> Vec<Node<'_>> {
        self.node().map(|node| node.items().collect()).unwrap_or_default()
    }

    /// The record that was marked.
    pub(crate) fn marked(&self, mark: Mark) -> Option<Node<'_>> {
        self.document.marked(mark)
    }

    /// The text of a container that is a text.
    pub(crate) fn text(&self) -> Option<Cow<'_, str>> {
        self.node()?.text()
    }

    /// Where record `number` stood, in their words: `Afspraken[3]`.
    pub(crate) fn place(&self, number: usize) -> String {
        format!("{}[{number}]", self.node().map_or("", Node::name))
    }

    /// What it is written in.
    pub(crate) fn format(&self) -> WireFormat {
        match self.format {
            Format::Json => WireFormat::Json,
            Format::Xml => WireFormat::Xml,
        }
    }

    fn node(&self) -> Option<Node<'_>> {
        member(self.document.root(), self.container.as_deref()?)
    }
}

/// The member or element called `name`, in any letter case.
fn member<'d>(node: Node<'d>, name: &str) -> Option<Node<'d>> {
    node.members().find(|member| member.name().eq_ignore_ascii_case(name))
}

fn json_success(root: Node<'_>) -> Result<(), Odd> {
    if root.kind() != Kind::Object {
        return Err(Odd::Protocol("it is no object"));
    }
    let value = member(root, "ReturnValue").ok_or(Odd::Protocol("ReturnValue is missing"))?;
    let flag = member(value, "Gelukt");
    let succeeded =
        flag.is_some_and(|flag| flag.kind() == Kind::Bool && flag.text().as_deref() == Some("true"));
    let code = member(value, "ResponseCode").and_then(Node::text);
    match (succeeded, code.as_deref() == Some("200")) {
        (true, true) => Ok(()),
        (true, false) | (false, true) => Err(Odd::Refused { code: plain(code), contradictory: true }),
        (false, false) if flag.is_none() && code.is_none() => Err(Odd::Protocol("ReturnValue says nothing")),
        (false, false) => Err(Odd::Refused { code: plain(code), contradictory: false }),
    }
}

fn xml_success(root: Node<'_>, expected: &str) -> Result<(), Odd> {
    if root.name() != expected {
        return Err(Odd::Protocol("it answers another call"));
    }
    let status = member(root, "CommunicatieStatus").and_then(Node::text);
    match status.as_deref().map(str::trim) {
        Some(SUCCEEDED) => Ok(()),
        None | Some("") => Err(Odd::Protocol("CommunicatieStatus is missing")),
        Some(word) => {
            Err(Odd::Refused { code: plain(Some(Cow::Owned(word.to_owned()))), contradictory: false })
        }
    }
}

/// A code that can be nothing but a code: no sentence, and not long enough for a number that names somebody.
fn plain(code: Option<Cow<'_, str>>) -> Option<String> {
    let code = code?;
    let word = code.len() <= LONGEST_CODE && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let digits = code.bytes().filter(u8::is_ascii_digit).count();
    (word && !code.is_empty() && digits <= 5).then(|| code.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Operation;

    const YES: &str =
        r#""ReturnValue":{"ResponseCode":200,"ResponseText":"OK","Melding":"OK","Gelukt":true}"#;
    const XML_YES: &str =
        "<CommunicatieStatus>OZB_Communicatie_Status_Verzoek_is_geslaagd</CommunicatieStatus>";

    fn read(operation: Operation, format: Format, body: &str) -> Result<Answer, Odd> {
        let spelling = Spelling::of(operation, format, None).unwrap().unwrap();
        Answer::read(&spelling, body.as_bytes(), None)
    }

    fn json(body: &str) -> Result<Answer, Odd> {
        read(Operation::Appointments, Format::Json, body)
    }

    fn returned(code: &str, flag: &str) -> Odd {
        let value = format!(r#"{{"ResponseCode":{code},"Melding":"T. Testpersoon","Gelukt":{flag}}}"#);
        json(&format!(r#"{{"afspraken":[],"ReturnValue":{value}}}"#)).err().unwrap()
    }

    #[test]
    fn edge_01_no_with_an_empty_container_is_no_empty_list() {
        assert_eq!(returned("400", "false"), Odd::Refused { code: Some("400".into()), contradictory: false });
    }

    #[test]
    fn edge_02_a_flag_and_a_code_that_disagree_are_a_no() {
        for (code, flag, said) in
            [("404", "true", Some("404")), ("200", "false", Some("200")), ("null", "true", None)]
        {
            let code_said = said.map(str::to_owned);
            assert_eq!(returned(code, flag), Odd::Refused { code: code_said, contradictory: true });
        }
        let text = format!(r#"{{"afspraken":[],{}}}"#, YES.replace("200", "\"200\""));
        assert!(json(&text).is_ok(), "200 as a text is 200");
    }

    #[test]
    fn edge_03_what_is_no_answer_is_told_apart_from_a_no() {
        for body in ["", "<html><body>Storing</body></html>", "{", "\"OK\""] {
            assert!(matches!(json(body), Err(Odd::Unreadable(_) | Odd::Protocol(_))), "{body}");
        }
        assert_eq!(json("{}").err(), Some(Odd::Protocol("ReturnValue is missing")));
    }

    #[test]
    fn edge_05_a_container_that_is_missing_or_null_is_no_empty_list() {
        assert!(matches!(json(&format!("{{{YES}}}")), Err(Odd::Protocol(_))));
        assert!(matches!(json(&format!(r#"{{"afspraken":null,{YES}}}"#)), Err(Odd::Protocol(_))));
        assert!(json(&format!(r#"{{"afspraken":[],{YES}}}"#)).unwrap().records().is_empty());
    }

    #[test]
    fn edge_07_more_members_and_another_order_change_nothing() {
        let body = format!(r#"{{{YES},"Nieuw":{{"a":[1]}},"AFSPRAKEN":[{{"Id":1,"Nieuw":true}}]}}"#);
        let answer = json(&body).unwrap();
        assert_eq!((answer.records().len(), answer.place(0).as_str()), (1, "AFSPRAKEN[0]"));
        assert_eq!(answer.records()[0].get("Id").unwrap().text().as_deref(), Some("1"));
    }

    #[test]
    fn edge_08_a_byte_order_mark_is_no_trouble() {
        assert!(json(&format!("\u{FEFF}{{\"afspraken\":[],{YES}}}")).is_ok());
    }

    fn xml(status: &str) -> Result<Answer, Odd> {
        let body = format!(
            "<Tetra_Agenda_GetAgendas_Antwoord Id=\"-1001\">{status}<Agendas><A Id=\"-1001\"/></Agendas></Tetra_Agenda_GetAgendas_Antwoord>"
        );
        read(Operation::Agendas, Format::Xml, &body)
    }

    #[test]
    fn edge_14_only_the_one_status_word_is_a_yes() {
        assert!(xml(XML_YES).is_ok());
        assert!(xml(&XML_YES.replace(">OZB", ">\r\n  OZB").replace("slaagd<", "slaagd\n<")).is_ok());
        let other = "<CommunicatieStatus>OZB_Communicatie_Status_Iets_anders</CommunicatieStatus>";
        let code = Some("OZB_Communicatie_Status_Iets_anders".to_owned());
        assert_eq!(xml(other).err(), Some(Odd::Refused { code, contradictory: false }));
        assert!(matches!(xml(&XML_YES.replace("geslaagd", "GESLAAGD")), Err(Odd::Refused { .. })));
        assert!(matches!(xml(""), Err(Odd::Protocol(_))));
        assert!(matches!(xml("<CommunicatieStatus />"), Err(Odd::Protocol(_))));
    }

    #[test]
    fn edge_15_an_answer_to_another_call_is_refused() {
        let body = format!(
            "<Tetra_Agenda_GetBlokTypes_Antwoord>{XML_YES}<Agendas/></Tetra_Agenda_GetBlokTypes_Antwoord>"
        );
        assert_eq!(
            read(Operation::Agendas, Format::Xml, &body).err(),
            Some(Odd::Protocol("it answers another call"))
        );
    }

    #[test]
    fn edge_18_their_ids_of_documents_mean_nothing() {
        let answer = xml(XML_YES).unwrap();
        assert_eq!(
            answer.document.root().get("@Id").unwrap().text(),
            answer.records()[0].get("@Id").unwrap().text()
        );
    }

    #[test]
    fn what_is_no_plain_code_is_not_repeated() {
        for said in ["Mevr. T. Testpersoon", "999990019", "", "a b"] {
            assert_eq!(plain(Some(Cow::Borrowed(said))), None, "{said}");
        }
    }
}
