//! The parameters of a call: from the query, a Parameters resource, or a resource that is sent as it is.
//!
//! One reader for all operations. A body that is no Parameters is the first parameter that is a resource
//! (<https://hl7.org/fhir/R4/operations.html#executing>). Every parameter that is unknown, doubled, of another type or
//! missing is an issue of the same 400.

use axum::extract::Request;
use gateway_core::json::{Document, Node};
use gateway_core::{Issue, IssueCode, Problem, Resource, ResourceType};

use crate::App;
use crate::fhir::body;
use crate::problem::Refused;

/// A parameter that an operation takes.
#[derive(Debug, Clone, Copy)]
pub struct Takes {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Whether it must be there.
    pub mandatory: bool,
    /// Whether it may be there more than once.
    pub repeats: bool,
}

/// What a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "most are FHIR's own types")]
pub enum Kind {
    String,
    Uri,
    Code,
    Boolean,
    Integer,
    /// A date, dateTime or instant.
    Date,
    Coding,
    CodeableConcept,
    Reference,
    /// Any resource.
    Resource,
    /// A string that must not stand in a URL.
    Secret,
}

/// How simple values are named in a Parameters resource. Clients mix them up, and no two of them can be mistaken.
const WORDS: &[&str] = &[
    "valueString",
    "valueUri",
    "valueCanonical",
    "valueUrl",
    "valueCode",
    "valueId",
    "valueMarkdown",
    "valueDate",
    "valueDateTime",
    "valueInstant",
];

impl Kind {
    /// The name of the type.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::String | Self::Secret => "string",
            Self::Uri => "uri",
            Self::Code => "code",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Date => "date, dateTime or instant",
            Self::Coding => "Coding",
            Self::CodeableConcept => "CodeableConcept",
            Self::Reference => "Reference",
            Self::Resource => "Resource",
        }
    }

    /// The members of `Parameters.parameter` its value may stand in.
    fn members(self) -> &'static [&'static str] {
        match self {
            Self::String | Self::Secret | Self::Uri | Self::Code | Self::Date => WORDS,
            Self::Boolean => &["valueBoolean"],
            Self::Integer => &["valueInteger", "valueUnsignedInt", "valuePositiveInt"],
            Self::Coding => &["valueCoding"],
            Self::CodeableConcept => &["valueCodeableConcept"],
            Self::Reference => &["valueReference"],
            Self::Resource => &["resource"],
        }
    }
}

impl Takes {
    /// A parameter that must be there, once.
    pub(super) const fn one(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, mandatory: true, repeats: false }
    }

    /// A parameter that may be there, once.
    pub(in crate::fhir) const fn maybe(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, mandatory: false, repeats: false }
    }

    /// A parameter that may be there any number of times.
    pub(in crate::fhir) const fn any(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, mandatory: false, repeats: true }
    }
}

/// What was given, in the order it came.
#[derive(Debug, Default)]
pub(in crate::fhir) struct Input(Vec<(&'static str, Value)>);

#[derive(Debug)]
enum Value {
    /// Of any simple type, as text.
    Simple(String),
    /// A data type.
    Part(Document),
    Resource(Resource),
}

impl Input {
    /// Reads a call's parameters.
    ///
    /// # Errors
    /// As a body is refused; 400 with all that is wrong with the parameters.
    pub(super) async fn read(
        app: &App,
        takes: &[Takes],
        query: Vec<(String, String)>,
        request: Request,
    ) -> Result<Self, Refused> {
        let sent = body::if_any(app, request).await?;
        Self::of(takes, query, sent).map_err(|issues| Refused(Problem::Malformed(issues)))
    }

    fn of(takes: &[Takes], query: Vec<(String, String)>, sent: Option<Resource>) -> Result<Self, Vec<Issue>> {
        let mut reading = Reading { takes, input: Self::default(), issues: Vec::new() };
        for (name, value) in query {
            reading.in_query(&name, value);
        }
        match sent {
            Some(sent) if sent.resource_type() == ResourceType::Parameters => {
                let all = sent.root().get("parameter").into_iter().flat_map(Node::items);
                all.enumerate().for_each(|(at, parameter)| reading.in_body(at, parameter));
            }
            Some(sent) => reading.bare(sent),
            None => {}
        }
        reading.close()
    }

    /// The first value of a simple parameter.
    pub(in crate::fhir) fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// Every value of a simple parameter.
    pub(in crate::fhir) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.all(name).filter_map(|value| match value {
            Value::Simple(text) => Some(text.as_str()),
            Value::Part(_) | Value::Resource(_) => None,
        })
    }

    /// Whether a boolean is there and true.
    pub(in crate::fhir) fn flag(&self, name: &str) -> Option<bool> {
        self.text(name).map(|text| text == "true")
    }

    /// A whole number that counts something.
    ///
    /// # Errors
    /// 400 for one below zero.
    pub(in crate::fhir) fn number(&self, name: &str) -> Result<Option<usize>, Refused> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| {
            let issue = Issue::error(IssueCode::Value, "This must not be below zero.").at(place(name));
            Refused(Problem::Malformed(vec![issue]))
        })
    }

    /// A value of a data type.
    pub(in crate::fhir) fn part(&self, name: &str) -> Option<Node<'_>> {
        self.all(name).find_map(|value| match value {
            Value::Part(part) => Some(part.root()),
            Value::Simple(_) | Value::Resource(_) => None,
        })
    }

    /// Every value of a parameter that is a data type.
    pub(in crate::fhir) fn parts(&self, name: &str) -> impl Iterator<Item = Node<'_>> {
        self.all(name).filter_map(|value| match value {
            Value::Part(part) => Some(part.root()),
            Value::Simple(_) | Value::Resource(_) => None,
        })
    }

    /// A resource.
    pub(in crate::fhir) fn resource(&self, name: &str) -> Option<&Resource> {
        self.all(name).find_map(|value| match value {
            Value::Resource(resource) => Some(resource),
            Value::Simple(_) | Value::Part(_) => None,
        })
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.0.iter().filter(move |(n, _)| *n == name).map(|(_, value)| value)
    }
}

/// The reading of one call.
struct Reading<'t> {
    takes: &'t [Takes],
    input: Input,
    issues: Vec<Issue>,
}

impl Reading<'_> {
    fn in_query(&mut self, name: &str, value: String) {
        let place = format!("http.{name}");
        let Some(takes) = self.known(name, &place) else { return };
        match takes.kind {
            Kind::Resource | Kind::Coding | Kind::CodeableConcept | Kind::Reference => {
                self.wrong(IssueCode::NotSupported, "This parameter can only be sent in a body.", place);
            }
            Kind::Secret => {
                self.wrong(IssueCode::NotSupported, "This parameter never stands in a URL.", place);
            }
            kind if simple(kind, &value) => self.take(takes, Value::Simple(value), place),
            kind => self.wrong(IssueCode::Value, &format!("This must be: {}.", kind.name()), place),
        }
    }

    fn in_body(&mut self, at: usize, parameter: Node<'_>) {
        let Some(name) = parameter.text("name") else {
            let place = format!("Parameters.parameter[{at}].name");
            return self.wrong(IssueCode::Required, "Each parameter has a name.", place);
        };
        let place = place(name);
        let Some(takes) = self.known(name, &place) else { return };
        let value = takes.kind.members().iter().find_map(|member| parameter.get(member));
        match value.map(|value| read(takes.kind, value)) {
            Some(Ok(value)) => self.take(takes, value, place),
            Some(Err(issue)) => self.issues.push(issue.at(place)),
            None => {
                let text = format!("This parameter must be there as: {}.", takes.kind.name());
                self.wrong(IssueCode::Required, &text, place);
            }
        }
    }

    /// A resource that is sent as it is.
    fn bare(&mut self, sent: Resource) {
        if let Some(takes) = self.takes.iter().find(|takes| takes.kind == Kind::Resource).copied() {
            return self.take(takes, Value::Resource(sent), place(takes.name));
        }
        let text = "This operation takes a Parameters resource.";
        self.wrong(IssueCode::Invalid, text, sent.resource_type().to_string());
    }

    fn known(&mut self, name: &str, place: &str) -> Option<Takes> {
        let found = self.takes.iter().find(|takes| takes.name == name).copied();
        if found.is_none() {
            let text = "This operation has no such parameter, or it is not offered here.";
            self.wrong(IssueCode::NotSupported, text, place.to_owned());
        }
        found
    }

    fn take(&mut self, takes: Takes, value: Value, place: String) {
        if !takes.repeats && self.input.all(takes.name).next().is_some() {
            return self.wrong(IssueCode::Invalid, "This parameter must be there only once.", place);
        }
        self.input.0.push((takes.name, value));
    }

    fn wrong(&mut self, code: IssueCode, text: &str, place: String) {
        self.issues.push(Issue::error(code, text).at(place));
    }

    fn close(mut self) -> Result<Input, Vec<Issue>> {
        for takes in self.takes.iter().filter(|takes| takes.mandatory) {
            let place = place(takes.name);
            let told = self.issues.iter().any(|issue| issue.expression.as_ref() == Some(&place));
            if !told && self.input.all(takes.name).next().is_none() {
                let text = format!("The parameter {} must be there, as: {}.", takes.name, takes.kind.name());
                self.wrong(IssueCode::Required, &text, place);
            }
        }
        if self.issues.is_empty() { Ok(self.input) } else { Err(self.issues) }
    }
}

/// Where a parameter stands.
pub(super) fn place(name: &str) -> String {
    format!("Parameters.parameter.where(name='{name}')")
}

fn read(kind: Kind, node: Node<'_>) -> Result<Value, Issue> {
    let wrong = || Issue::error(IssueCode::Value, format!("This must be: {}.", kind.name()));
    match kind {
        Kind::Resource => Resource::from_text(node.raw()).map(Value::Resource),
        Kind::Coding | Kind::CodeableConcept | Kind::Reference => {
            let part = Document::parse(node.raw().as_bytes()).map_err(|_| wrong())?;
            if part.root().kind() == gateway_core::json::Kind::Object {
                Ok(Value::Part(part))
            } else {
                Err(wrong())
            }
        }
        Kind::Boolean | Kind::Integer => {
            let text = node.raw().to_owned();
            if simple(kind, &text) { Ok(Value::Simple(text)) } else { Err(wrong()) }
        }
        Kind::String | Kind::Secret | Kind::Uri | Kind::Code | Kind::Date => {
            let text = node.as_str().filter(|text| !text.is_empty()).ok_or_else(wrong)?;
            Ok(Value::Simple(text.to_owned()))
        }
    }
}

/// Whether a text can be of this simple type.
fn simple(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Boolean => matches!(text, "true" | "false"),
        Kind::Integer => text.parse::<i32>().is_ok(),
        _ => !text.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAKES: &[Takes] = &[
        Takes::one("url", Kind::Uri),
        Takes::maybe("count", Kind::Integer),
        Takes::maybe("password", Kind::Secret),
        Takes::maybe("coding", Kind::Coding),
        Takes::maybe("valueSet", Kind::Resource),
    ];

    fn of(query: &[(&str, &str)], sent: Option<&str>) -> Result<Input, Vec<String>> {
        let query = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let told = |issues: Vec<Issue>| {
            let place = |issue: Issue| issue.expression.unwrap_or_default();
            issues.into_iter().map(|i| format!("{} {}", i.code.as_str(), place(i))).collect()
        };
        Input::of(TAKES, query, sent.map(|text| Resource::from_text(text).unwrap())).map_err(told)
    }

    #[test]
    fn query_and_body_count_together() {
        let sent = r#"{"resourceType":"Parameters","parameter":[{"name":"count","valueInteger":3}]}"#;
        let input = of(&[("url", "http://x")], Some(sent)).unwrap();
        assert_eq!((input.text("url"), input.text("count")), (Some("http://x"), Some("3")));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let sent = r#"{"resourceType":"Parameters","parameter":[
            {"name":"count","valueInteger":1.5},{"name":"odd","valueString":"x"},{"name":"coding","valueString":"x"},
            {"valueString":"x"},{"name":"valueSet","resource":{"resourceType":"Nothing"}}]}"#;
        let told = of(&[("password", "p"), ("count", "x")], Some(sent)).unwrap_err();
        let where_ = |name: &str| format!("Parameters.parameter.where(name='{name}')");
        assert_eq!(
            told,
            [
                "not-supported http.password".to_owned(),
                "value http.count".to_owned(),
                format!("value {}", where_("count")),
                format!("not-supported {}", where_("odd")),
                format!("required {}", where_("coding")),
                "required Parameters.parameter[3].name".to_owned(),
                format!("invalid {}", where_("valueSet")),
                format!("required {}", where_("url")),
            ]
        );
        let twice = of(&[("url", "a"), ("url", "b")], None).unwrap_err();
        assert_eq!(twice, ["invalid http.url"]);
    }
}
