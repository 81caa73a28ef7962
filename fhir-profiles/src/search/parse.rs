//! From `name=value` pairs to a [`Query`]: nothing is ignored, everything wrong is told.

use gateway_core::IssueCode::{Invalid, NotSupported, TooCostly, TooLong, Value};
use gateway_core::{Issue, IssueCode, ResourceType};

use super::expression::Route;
use super::fold::{exact, fold};
use super::value::{self, Compared, Misread};
use super::{Criterion, Filter, ParameterKind, Query, SearchParameter};
use crate::Profiles;
use crate::r4::{Kind, Primitive, r4};

/// More alternatives than this are too costly (`dutch-fhir.md` section 4.5).
const MOST_ALTERNATIVES: usize = 200;

pub(super) fn query(
    profiles: &Profiles,
    resource_type: ResourceType,
    parameters: &[(String, String)],
) -> Result<Query, Vec<Issue>> {
    let (mut filters, mut issues) = (Vec::new(), Vec::new());
    for (name, value) in parameters {
        match filter(profiles, resource_type, name, value) {
            Ok(filter) => filters.push(filter),
            Err(issue) => issues.push(issue),
        }
    }
    if issues.is_empty() {
        Ok(Query { resource_type, filters, sort: Vec::new(), understood: parameters.to_vec() })
    } else {
        Err(issues)
    }
}

pub(super) fn criteria(profiles: &Profiles, criteria: &str) -> Result<Query, Vec<Issue>> {
    let (name, parameters) = criteria.split_once('?').unwrap_or((criteria, ""));
    let resource_type = name.parse().map_err(|_| {
        vec![Issue::error(Invalid, "the criteria must begin with a resource type and a question mark")]
    })?;
    let pairs = parameters.split('&').filter(|pair| !pair.is_empty());
    let pairs: Option<Vec<_>> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, decoded(value)?))
        })
        .collect();
    let pairs =
        pairs.ok_or_else(|| vec![Issue::error(Invalid, "the criteria are not encoded as a URL is")])?;
    query(profiles, resource_type, &pairs)
}

/// Form decoding: `+` is a blank, `%hh` a byte, the whole UTF-8.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16));
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// One parameter while it is read.
struct Asked<'q> {
    name: &'q str,
    code: &'q str,
    modifier: Option<&'q str>,
    value: &'q str,
}

fn filter(
    profiles: &Profiles,
    resource_type: ResourceType,
    name: &str,
    value: &str,
) -> Result<Filter, Issue> {
    let (code, modifier) = match name.split_once(':') {
        Some((code, modifier)) => (code, Some(modifier)),
        None => (name, None),
    };
    let asked = Asked { name, code, modifier, value };
    if value.is_empty() {
        return Err(asked.misread(Misread::Empty));
    }
    match code {
        "_id" => asked.filter(|text| {
            text.parse().map(|id| vec![Criterion::Id(id)]).map_err(|_| Misread::Form("must be an id"))
        }),
        "_lastUpdated" => asked.filter(|text| value::date(text).map(|date| vec![date])),
        _ => {
            let searchable = profiles.searchable(resource_type);
            let Some((parameter, routes)) = searchable.find(code) else {
                return Err(asked.issue(NotSupported, "is no search parameter of this type"));
            };
            asked.of(parameter, routes)
        }
    }
}

impl Asked<'_> {
    fn of(&self, parameter: &SearchParameter, routes: &[Route]) -> Result<Filter, Issue> {
        if self.modifier == Some("missing") {
            return self.missing();
        }
        match parameter.kind {
            ParameterKind::Token => {
                let compared = compared(routes);
                let negated = self.modifier == Some("not");
                let plain = Asked { modifier: self.modifier.filter(|m| *m != "not"), ..*self };
                let filter = plain.filter(|text| value::token(text, compared))?;
                Ok(Filter { negated, ..filter })
            }
            ParameterKind::String if self.modifier == Some("exact") => {
                let plain = Asked { modifier: None, ..*self };
                plain.filter(|text| {
                    let code = Some(exact(&value::unescaped(text)));
                    Ok(vec![Criterion::Token { system: Some(None), code, secret: false }])
                })
            }
            ParameterKind::String => self.filter(|text| {
                Ok(vec![Criterion::String { text: fold(&value::unescaped(text)), exact: false }])
            }),
            ParameterKind::Date => self.filter(|text| value::date(text).map(|date| vec![date])),
            ParameterKind::Uri => self.filter(|text| Ok(vec![Criterion::Uri(value::unescaped(text))])),
            ParameterKind::Reference => self.reference(parameter),
            ParameterKind::Number
            | ParameterKind::Quantity
            | ParameterKind::Composite
            | ParameterKind::Special => Err(self.issue(NotSupported, "is not offered yet")),
        }
    }

    fn reference(&self, parameter: &SearchParameter) -> Result<Filter, Issue> {
        let plain = Asked { modifier: None, ..*self };
        match self.modifier {
            None => self.filter(|text| value::reference(text, parameter.targets)),
            Some("identifier") => plain.filter(|text| value::token(text, Compared::Identifier)),
            Some(name) if r4().is_resource_type(name) && parameter.targets.contains(&name) => {
                plain.filter(|text| value::reference(text, &[name]))
            }
            Some(_) => Err(self.unknown_modifier()),
        }
    }

    fn missing(&self) -> Result<Filter, Issue> {
        let missing = match self.value {
            "true" => true,
            "false" => false,
            _ => return Err(self.issue(Value, "must be true or false")),
        };
        Ok(Filter { parameter: self.code.to_owned(), negated: false, any: vec![Criterion::Missing(missing)] })
    }

    /// Reads every alternative of the value; a modifier that is still there is not understood.
    fn filter(&self, read: impl Fn(&str) -> Result<Vec<Criterion>, Misread>) -> Result<Filter, Issue> {
        if self.modifier.is_some() {
            return Err(self.unknown_modifier());
        }
        let alternatives = value::alternatives(self.value);
        if alternatives.is_empty() {
            return Err(self.misread(Misread::Empty));
        }
        if alternatives.len() > MOST_ALTERNATIVES {
            return Err(self.issue(TooCostly, "has more than 200 alternatives"));
        }
        if !alternatives.iter().all(|text| value::is_short(text)) {
            return Err(self.issue(TooLong, "has a value of more than 256 characters"));
        }
        let mut any = Vec::with_capacity(alternatives.len());
        for text in alternatives {
            any.extend(read(text).map_err(|misread| self.misread(misread))?);
        }
        Ok(Filter { parameter: self.code.to_owned(), negated: false, any })
    }

    fn unknown_modifier(&self) -> Issue {
        self.issue(NotSupported, "has a modifier that is not offered")
    }

    fn misread(&self, misread: Misread) -> Issue {
        match misread {
            Misread::Empty => self.issue(Invalid, "has no value"),
            Misread::Form(text) => self.issue(Invalid, text),
            Misread::NotOffered(text) => self.issue(NotSupported, text),
        }
    }

    /// The name is repeated only when it looks like one: it came from outside.
    fn issue(&self, code: IssueCode, rest: &str) -> Issue {
        let plain = self.name.len() <= 64
            && self.name.bytes().all(|b| b.is_ascii_alphabetic() || b"-_:.".contains(&b));
        if plain && !self.name.is_empty() {
            Issue::error(code, format!("the parameter {} {rest}", self.name))
                .at(format!("http.{}", self.name))
        } else {
            Issue::error(code, format!("a parameter {rest}"))
        }
    }
}

/// How a token's values are compared, by what stands at its routes.
fn compared(routes: &[Route]) -> Compared {
    let is = |name: &str| {
        routes.iter().any(|r| matches!(r.kind, Kind::Complex(id) if r4().shape(id).path == name))
    };
    let plain = [Kind::Primitive(Primitive::Boolean), Kind::Primitive(Primitive::String)];
    if is("Identifier") {
        Compared::Identifier
    } else if is("ContactPoint") {
        Compared::Contact
    } else if routes.iter().all(|route| plain.contains(&route.kind)) {
        Compared::Folded
    } else {
        Compared::Exact
    }
}
