//! An answer that is one: the success rule of `tetra.md` section 3.11, and the node that holds what was asked for.
//!
//! HTTP 200 says that the practice answered, not that it said yes. A missing container is a broken answer and never an
//! empty list. A refusal keeps their code; their message (`Melding`) may name people and is left in the exchange log.

use std::borrow::Cow;

use http::StatusCode;
use mappings::wire::{Document, Format as WireFormat, Kind, Names, Node, Unreadable};

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

    /// The whole of it.
    pub(crate) fn root(&self) -> Node<'_> {
        self.document.root()
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
