//! One parameter with its modifier and values, read by the kind of the parameter.

use gateway_core::IssueCode::{Invalid, NotSupported, TooCostly, TooLong, Value};
use gateway_core::{Issue, IssueCode, ResourceType};

use super::expression::Route;
use super::fold::{exact, fold, postcode};
use super::parse::Reading;
use super::token::{self, Compared};
use super::value::{self, Misread};
use super::{Criterion, Filter, ParameterKind, SearchParameter, composite, near, quantity, reference};
use crate::Profiles;
use crate::r4::{Kind, r4};

/// More alternatives than this are too costly (`dutch-fhir.md` section 4.5).
const MOST_ALTERNATIVES: usize = 200;

/// One parameter while it is read.
#[derive(Clone, Copy)]
pub(super) struct Asked<'q> {
    /// The type it is asked of.
    pub(super) resource_type: ResourceType,
    /// The whole name, for what is said about it.
    pub(super) name: &'q str,
    pub(super) code: &'q str,
    pub(super) modifier: Option<&'q str>,
    pub(super) value: &'q str,
}

impl Asked<'_> {
    /// The definition it names.
    pub(super) fn profiles_parameter(
        &self,
        profiles: &Profiles,
    ) -> Option<(&'static SearchParameter, &'static [Route])> {
        profiles.searchable(self.resource_type).find(self.code)
    }

    pub(super) fn id(&self) -> Result<Filter, Issue> {
        let id = |text: &str| {
            text.parse().map(|id| vec![Criterion::Id(id)]).map_err(|_| Misread::Form("must be an id"))
        };
        match self.modifier {
            Some("missing") => self.missing(),
            Some("not") => self.values(id).map(negated),
            _ => self.plain(id),
        }
    }

    pub(super) fn last_updated(&self, now: Option<i64>) -> Result<Filter, Issue> {
        match self.modifier {
            Some("missing") => self.missing(),
            _ => self.plain(|text| value::date(text, now).map(|date| vec![date])),
        }
    }

    pub(super) fn of(
        &self,
        reading: &Reading<'_>,
        parameter: &SearchParameter,
        routes: &[Route],
    ) -> Result<Filter, Issue> {
        if self.modifier == Some("missing") {
            return self.missing();
        }
        match parameter.kind {
            ParameterKind::Token => self.token(reading.profiles, routes),
            ParameterKind::String => self.string(),
            ParameterKind::Date => self.plain(|text| value::date(text, reading.now).map(|date| vec![date])),
            ParameterKind::Uri => self.uri(),
            ParameterKind::Reference => self.reference(reading.profiles.base(), parameter, routes),
            ParameterKind::Number => self.plain(|text| Ok(vec![quantity::number(text)?])),
            ParameterKind::Quantity => self.plain(|text| Ok(vec![quantity::quantity(text)?])),
            ParameterKind::Composite => {
                let parts = routes.first().map_or(&[][..], |route| &route.parts);
                self.plain(|text| composite::read(reading.profiles.base(), parts, text))
            }
            ParameterKind::Special => self.plain(|text| Ok(vec![near::near(parameter.code, text)?])),
        }
    }

    fn string(&self) -> Result<Filter, Issue> {
        let folded = |text: &str| match fold(&value::unescaped(text)) {
            folded if folded.is_empty() => Err(Misread::Empty),
            folded => Ok(folded),
        };
        match self.modifier {
            // A surname as it is filed is nobody's exact name.
            Some("exact") if self.code == "surname" => Err(self.unknown_modifier()),
            Some("exact") => self.values(|text| {
                let code = Some(exact(&value::unescaped(text)));
                Ok(vec![Criterion::Token { system: Some(None), code, secret: false }])
            }),
            Some("contains" | "text") => self.values(|text| Ok(vec![Criterion::Contains(folded(text)?)])),
            _ => self.plain(|text| {
                let folded = folded(text)?;
                // A postal code stands in the index without its blank.
                let joined = postcode(&folded).filter(|_| self.code.starts_with("address"));
                let texts = joined.into_iter().chain([folded]);
                Ok(texts.map(|text| Criterion::String { text, exact: false }).collect())
            }),
        }
    }

    fn uri(&self) -> Result<Filter, Issue> {
        match self.modifier {
            Some("below") => self.values(|text| Ok(vec![reference::below(text)])),
            Some("above") => self.values(|text| Ok(reference::above(text))),
            _ => self.plain(|text| Ok(vec![Criterion::Uri(value::unescaped(text))])),
        }
    }

    fn reference(&self, base: &str, parameter: &SearchParameter, routes: &[Route]) -> Result<Filter, Issue> {
        let is_canonical = routes.iter().any(|route| matches!(route.kind, Kind::Primitive(_)));
        match self.modifier {
            Some("identifier") => self.values(|text| token::token(text, Compared::Identifier)),
            Some("below" | "above") if is_canonical => self.uri(),
            Some(name) if r4().is_resource_type(name) && parameter.targets.contains(&name) => {
                self.values(|text| reference::reference(base, text, &[name]))
            }
            _ => self.plain(|text| reference::reference(base, text, parameter.targets)),
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

    /// Reads every alternative of a parameter without modifier.
    pub(super) fn plain(
        &self,
        read: impl Fn(&str) -> Result<Vec<Criterion>, Misread>,
    ) -> Result<Filter, Issue> {
        match self.modifier {
            Some(_) => Err(self.unknown_modifier()),
            None => self.values(read),
        }
    }

    /// Reads every alternative, the modifier being understood.
    pub(super) fn values(
        &self,
        read: impl Fn(&str) -> Result<Vec<Criterion>, Misread>,
    ) -> Result<Filter, Issue> {
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

    pub(super) fn unknown_modifier(&self) -> Issue {
        self.issue(NotSupported, "has a modifier that is not offered")
    }

    pub(super) fn misread(&self, misread: Misread) -> Issue {
        match misread {
            Misread::Empty => self.issue(Invalid, "has no value"),
            Misread::Form(text) => self.issue(Invalid, text),
            Misread::NotOffered(text) => self.issue(NotSupported, text),
            Misread::TooMany(text) => self.issue(TooCostly, text),
        }
    }

    /// The name is repeated only when it looks like one: it came from outside.
    pub(super) fn issue(&self, code: IssueCode, rest: &str) -> Issue {
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

/// The resources without such a value.
pub(super) fn negated(filter: Filter) -> Filter {
    Filter { negated: true, ..filter }
}
