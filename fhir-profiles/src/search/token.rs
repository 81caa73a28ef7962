//! Tokens and their modifiers (`dutch-fhir.md` sections 1.5 and 4.5).

use gateway_core::Issue;

use super::asked::{Asked, negated};
use super::expression::Route;
use super::fold::{contact, fold};
use super::value::{Misread, split, unescaped};
use super::{Criterion, Filter};
use crate::r4::{Kind, Primitive, r4};
use crate::{Profiles, systems};

impl Asked<'_> {
    pub(super) fn token(&self, profiles: &Profiles, routes: &[Route]) -> Result<Filter, Issue> {
        let compared = compared(routes);
        match self.modifier {
            Some("not") => self.values(|text| token(text, compared)).map(negated),
            Some("text") => self.values(|text| match fold(&unescaped(text)) {
                folded if folded.is_empty() => Err(Misread::Empty),
                folded => Ok(vec![Criterion::Text(folded)]),
            }),
            Some("of-type") if compared == Compared::Identifier => {
                let filter = self.values(of_type)?;
                Ok(Filter { parameter: format!("{}:of-type", self.code), ..filter })
            }
            Some("in") => self.in_value_set(profiles),
            Some("not-in") => self.in_value_set(profiles).map(negated),
            Some("above") => {
                self.values(|text| family(text, |system, code| profiles.ancestors(system, code)))
            }
            Some("below") => {
                self.values(|text| family(text, |system, code| profiles.descendants(system, code)))
            }
            _ => self.plain(|text| token(text, compared)),
        }
    }
}

impl Asked<'_> {
    /// The codes of a value set, by its canonical.
    fn in_value_set(&self, profiles: &Profiles) -> Result<Filter, Issue> {
        self.values(|text| {
            let codes = profiles
                .codes_of(&unescaped(text))
                .ok_or(Misread::NotOffered("names a value set that is not known here or cannot be listed"))?;
            if codes.len() > MOST_CODES {
                return Err(Misread::TooMany("names a value set of more than 500 codes"));
            }
            Ok(codes.into_iter().map(|(system, code)| of_system(&system, code)).collect())
        })
    }
}

/// A value set with more codes is not spelled out.
const MOST_CODES: usize = 500;

/// The codes above or below `system|code`, itself included.
fn family(
    text: &str,
    relatives: impl Fn(&str, &str) -> Option<Vec<String>>,
) -> Result<Vec<Criterion>, Misread> {
    let parts = split(text, '|');
    let [system, code] = parts.as_slice() else { return Err(Misread::Form("must be system|code")) };
    let (system, code) = (unescaped(system), unescaped(code));
    let found =
        relatives(&system, &code).ok_or(Misread::NotOffered("names a code that is not known here"))?;
    if found.len() > MOST_CODES {
        return Err(Misread::TooMany("stands for more than 500 codes"));
    }
    Ok(found.into_iter().map(|code| of_system(&system, code)).collect())
}

fn of_system(system: &str, code: String) -> Criterion {
    Criterion::Token {
        system: Some(Some(systems::canonical(system).to_owned())),
        code: Some(code),
        secret: false,
    }
}

/// How a token's values are compared, by what stands at its routes.
pub(super) fn compared(routes: &[Route]) -> Compared {
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

/// How the values of a token are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Letter by letter.
    Exact,
    /// An identifier: letter by letter, and a BSN by its digits.
    Identifier,
    /// Without case.
    Folded,
    /// As a telephone number or address.
    Contact,
}

/// `code`, `system|code`, `|code` or `system|`.
pub(super) fn token(value: &str, compared: Compared) -> Result<Vec<Criterion>, Misread> {
    let parts = split(value, '|');
    let (system, code) = match parts.as_slice() {
        [code] => (None, *code),
        [system, code] => (Some(unescaped(system)), *code),
        _ => return Err(Misread::Form("has more than one |")),
    };
    let code = unescaped(code);
    let system = system.map(|s| (!s.is_empty()).then(|| systems::canonical(&s).to_owned()));
    if code.is_empty() {
        let Some(Some(system)) = system else { return Err(Misread::Form("has neither system nor code")) };
        return Ok(vec![Criterion::Token { system: Some(Some(system)), code: None, secret: false }]);
    }
    let code = match compared {
        Compared::Exact | Compared::Identifier => code,
        Compared::Folded => code.to_lowercase(),
        // The + of a telephone number that was not encoded came in as a blank.
        Compared::Contact if code.starts_with(' ') => contact(&code.replacen(' ', "+", 1)),
        Compared::Contact => contact(&code),
    };
    let bsn = bsn_digits(&code).filter(|_| compared == Compared::Identifier);
    let secret = |code: String| Criterion::Token {
        system: Some(Some(gateway_core::Bsn::SYSTEM.to_owned())),
        code: Some(code),
        secret: true,
    };
    if system.as_ref().is_some_and(|s| s.as_deref().is_some_and(systems::is_bsn)) {
        return Ok(vec![secret(bsn.unwrap_or(code))]);
    }
    let also = bsn.filter(|_| system.is_none()).map(secret);
    Ok(std::iter::once(Criterion::Token { system, code: Some(code), secret: false }).chain(also).collect())
}

/// Nine digits of a BSN; blanks and dots taken out, eight digits padded.
pub(super) fn bsn_digits(value: &str) -> Option<String> {
    let digits: String = value.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    digits.parse::<gateway_core::Bsn>().ok().map(|bsn| bsn.expose().to_owned())
}

/// `type-system|type-code|value` of an identifier.
fn of_type(value: &str) -> Result<Vec<Criterion>, Misread> {
    let parts = split(value, '|');
    let [system, code, value] = parts.as_slice() else {
        return Err(Misread::Form("must be system|code|value, the first two of the identifier's type"));
    };
    let [system, code, value] = [unescaped(system), unescaped(code), unescaped(value)];
    if system.is_empty() || code.is_empty() || value.is_empty() {
        return Err(Misread::Form("must be system|code|value, none of them empty"));
    }
    let system = Some(Some(typed(&system, &code)));
    let bsn = bsn_digits(&value);
    let plain = Criterion::Token { system: system.clone(), code: Some(value), secret: false };
    let secret = bsn.map(|digits| Criterion::Token { system, code: Some(digits), secret: true });
    Ok(std::iter::once(plain).chain(secret).collect())
}

/// The type of an identifier as the index holds it, in the place of the system.
pub(super) fn typed(system: &str, code: &str) -> String {
    format!("{}|{code}", systems::canonical(system))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
    const ANY: &str = "any";
    const NO: &str = "no";

    /// `ANY` system, `NO` system, or this one.
    fn one(system: &str, code: Option<&str>, secret: bool) -> Criterion {
        let system = (system != ANY).then(|| (system != NO).then(|| system.to_owned()));
        Criterion::Token { system, code: code.map(str::to_owned), secret }
    }

    #[test]
    fn tokens_are_read_as_section_1_5_says() {
        let read = |value: &str| token(value, Compared::Identifier).unwrap();
        let secret = one(BSN, Some("999911120"), true);
        assert_eq!(read(&format!("{BSN}|999911120")), std::slice::from_ref(&secret));
        assert_eq!(read("urn:oid:2.16.840.1.113883.2.4.6.3|999911120"), std::slice::from_ref(&secret));
        assert_eq!(read(&format!("{BSN}|999.911 120")), std::slice::from_ref(&secret));
        assert_eq!(read("999911120"), [one(ANY, Some("999911120"), false), secret]);
        assert_eq!(read("|999911120"), [one(NO, Some("999911120"), false)]);
        assert_eq!(read(&format!("{BSN}|")), [one(BSN, None, false)]);
        assert_eq!(read(&format!("{BSN}|12345672")), [one(BSN, Some("012345672"), true)]);
        assert_eq!(read(r"a\|b"), [one(ANY, Some("a|b"), false)]);
        assert_eq!(read(r"s\,x|a\qb"), [one("s,x", Some(r"a\qb"), false)]);
        for bad in ["|", "a|b|c"] {
            assert!(token(bad, Compared::Identifier).is_err(), "{bad}");
        }
        assert_eq!(token("TRUE", Compared::Folded).unwrap(), [one(ANY, Some("true"), false)]);
    }

    #[test]
    fn an_identifier_of_a_type_may_be_a_bsn() {
        let kind = "http://terminology.hl7.org/CodeSystem/v2-0203|MR";
        let read = |value: &str| of_type(&format!("{kind}|{value}")).unwrap();
        assert_eq!(read("p-1"), [one(kind, Some("p-1"), false)]);
        assert_eq!(
            read("999911120"),
            [one(kind, Some("999911120"), false), one(kind, Some("999911120"), true)]
        );
        for bad in ["a", "a|b", "a|b|", "|b|c", "a||c", "a|b|c|d", "||"] {
            assert!(of_type(bad).is_err(), "{bad}");
        }
    }
}
