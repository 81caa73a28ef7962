//! From a value set to its codes (<https://hl7.org/fhir/R4/valueset-expansion.html>).

use std::collections::HashSet;

use super::value_set::{Filter, Named, Part};
use super::{CodeSystem, Content, Terms, ValueSet, cut};

/// How many codes may be looked at for one answer, those of value sets within value sets too.
const MOST: usize = 100_000;

/// A code in a value set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its system.
    pub system: String,
    /// The code.
    pub code: String,
    /// What it is called, when that is known.
    pub display: Option<String>,
}

/// Why it cannot be said what is in a value set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lack {
    /// A code system that is not known here.
    #[error("the code system {0} is not known here")]
    System(String),
    /// A value set that is not known here.
    #[error("the value set {0} is not known here")]
    ValueSet(String),
    /// A code system of which only a part is here.
    #[error("of the code system {0} only a part is here")]
    Incomplete(String),
    /// A filter that is not understood.
    #[error("the filter {property} {op} is not offered")]
    Filter {
        /// What it looks at.
        property: String,
        /// How.
        op: String,
    },
    /// A value set that does not say what is in it.
    #[error("the value set does not say what is in it (compose)")]
    Empty,
    /// A value set that is made of value sets without end, or has too many codes.
    #[error("the value set is too large, or made of value sets without end")]
    TooLarge,
}

/// The examples HL7 gives are all there is of such a system.
const OF_HL7: &str = "http://terminology.hl7.org/";

type Key = (String, String);

impl Terms {
    /// The codes of a value set, in the order it names them.
    ///
    /// # Errors
    /// [`Lack`] when something it is made of is not here.
    pub fn expand(&self, value_set: &ValueSet) -> Result<Vec<Member>, Lack> {
        Expansion { terms: self, above: Vec::new(), left: MOST }.members(value_set)
    }
}

/// The making of one answer.
struct Expansion<'t> {
    terms: &'t Terms,
    /// The value sets that are being made.
    above: Vec<String>,
    /// How many codes may still be looked at.
    left: usize,
}

impl Expansion<'_> {
    fn members(&mut self, value_set: &ValueSet) -> Result<Vec<Member>, Lack> {
        if !value_set.composed {
            return Err(Lack::Empty);
        }
        if !value_set.url.is_empty() && self.above.contains(&value_set.url) {
            return Err(Lack::TooLarge);
        }
        self.above.push(value_set.url.clone());
        let mut out: HashSet<Key> = HashSet::new();
        for part in &value_set.exclude {
            out.extend(self.part(part)?.into_iter().map(|member| (member.system, member.code)));
        }
        let mut found = Vec::new();
        for part in &value_set.include {
            let members = self.part(part)?.into_iter();
            found.extend(members.filter(|member| out.insert((member.system.clone(), member.code.clone()))));
        }
        self.above.pop();
        Ok(found)
    }

    /// What fits all that a part says.
    fn part(&mut self, part: &Part) -> Result<Vec<Member>, Lack> {
        let mut sets = Vec::new();
        for url in &part.value_sets {
            let inner = self.terms.value_set(url).ok_or_else(|| Lack::ValueSet(url.clone()))?;
            sets.push(self.members(&inner)?);
        }
        if let Some(system) = &part.system {
            sets.push(self.of_system(system, &part.filters, &part.codes)?);
        }
        let Some(mut found) = sets.pop() else { return Ok(Vec::new()) };
        for other in sets {
            let other: HashSet<Key> = other.into_iter().map(|member| (member.system, member.code)).collect();
            found.retain(|member| other.contains(&(member.system.clone(), member.code.clone())));
        }
        Ok(found)
    }

    fn of_system(&mut self, url: &str, filters: &[Filter], named: &[Named]) -> Result<Vec<Member>, Lack> {
        let system = self.terms.system(url);
        if !named.is_empty() {
            self.look_at(named.len())?;
            return Ok(named.iter().map(|one| as_named(cut(url).0, system, one)).collect());
        }
        let system = system.ok_or_else(|| Lack::System(url.to_owned()))?;
        if system.content == Content::Part && !system.url.starts_with(OF_HL7) {
            return Err(Lack::Incomplete(url.to_owned()));
        }
        self.look_at(system.concepts.len())?;
        let mut found = Vec::new();
        for concept in &system.concepts {
            let mut fits = true;
            for filter in filters {
                fits &= passes(system, &concept.code, filter)?;
            }
            if fits {
                let display = Some(concept.display.clone()).filter(|display| !display.is_empty());
                found.push(Member { system: system.url.clone(), code: concept.code.clone(), display });
            }
        }
        Ok(found)
    }

    fn look_at(&mut self, codes: usize) -> Result<(), Lack> {
        self.left = self.left.checked_sub(codes.max(1)).ok_or(Lack::TooLarge)?;
        Ok(())
    }
}

/// A code that a value set names counts also when nothing is known of its system.
fn as_named(url: &str, system: Option<&CodeSystem>, one: &Named) -> Member {
    let known = system.and_then(|system| system.concept(&one.code)).map(|concept| concept.display.clone());
    let display = one.display.clone().or(known).filter(|display| !display.is_empty());
    Member { system: url.to_owned(), code: one.code.clone(), display }
}

fn passes(system: &CodeSystem, code: &str, filter: &Filter) -> Result<bool, Lack> {
    let value = filter.value.as_str();
    let among = || value.split(',').any(|one| one.trim() == code);
    match (filter.property.as_str(), filter.op.as_str()) {
        ("concept" | "code", "is-a") => Ok(system.is_a(code, value)),
        ("concept" | "code", "descendent-of") => Ok(code != value && system.is_a(code, value)),
        ("concept" | "code", "is-not-a") => Ok(!system.is_a(code, value)),
        ("concept" | "code", "generalizes") => Ok(system.is_a(value, code)),
        ("concept" | "code", "in") => Ok(among()),
        ("concept" | "code", "not-in") => Ok(!among()),
        ("concept" | "code", "=") => Ok(code == value),
        (property, op) => Err(Lack::Filter { property: property.to_owned(), op: op.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_core::Resource;

    fn expand(compose: &str) -> Result<String, Lack> {
        let text =
            format!(r#"{{"resourceType":"ValueSet","url":"https://us.example/v","compose":{compose}}}"#);
        let value_set = ValueSet::read(Resource::from_text(text).unwrap().root());
        let members = Terms::embedded().expand(&value_set)?;
        Ok(members.into_iter().map(|member| member.code).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn includes_are_added_up_and_excludes_taken_out() {
        let gender = "http://hl7.org/fhir/administrative-gender";
        let cases = [
            (format!(r#"{{"include":[{{"system":"{gender}"}}]}}"#), "male female other unknown"),
            (
                format!(
                    r#"{{"include":[{{"system":"{gender}"}}],"exclude":[{{"system":"{gender}","concept":[{{"code":"other"}}]}}]}}"#
                ),
                "male female unknown",
            ),
            (
                format!(
                    r#"{{"include":[{{"system":"{gender}","concept":[{{"code":"male"}}]}},{{"system":"{gender}","filter":[{{"property":"concept","op":"in","value":"male,other"}}]}}]}}"#
                ),
                "male other",
            ),
            (
                format!(
                    r#"{{"include":[{{"valueSet":["http://hl7.org/fhir/ValueSet/administrative-gender"],"system":"{gender}","concept":[{{"code":"male"}},{{"code":"odd"}}]}}]}}"#
                ),
                "male",
            ),
            (r#"{"include":[{"system":"http://snomed.info/sct","concept":[{"code":"1"}]}]}"#.to_owned(), "1"),
        ];
        for (compose, codes) in cases {
            assert_eq!(expand(&compose).as_deref(), Ok(codes), "{compose}");
        }
    }

    #[test]
    fn what_is_not_here_is_a_lack_and_not_an_empty_set() {
        let sct = "http://snomed.info/sct".to_owned();
        assert_eq!(expand(r#"{"include":[{"system":"http://snomed.info/sct"}]}"#), Err(Lack::System(sct)));
        let odd = "https://us.example/odd".to_owned();
        assert_eq!(
            expand(r#"{"include":[{"valueSet":["https://us.example/odd"]}]}"#),
            Err(Lack::ValueSet(odd))
        );
        let filter = r#"{"include":[{"system":"http://hl7.org/fhir/administrative-gender","filter":[{"property":"code","op":"regex","value":"m.*"}]}]}"#;
        assert!(matches!(expand(filter), Err(Lack::Filter { .. })));
        let version =
            r#"{"include":[{"system":"http://hl7.org/fhir/administrative-gender","version":"3.0"}]}"#;
        assert!(matches!(expand(version), Err(Lack::System(_))));
    }

    #[test]
    fn a_value_set_in_itself_ends() {
        let text = r#"{"resourceType":"ValueSet","url":"https://us.example/v","compose":{"include":[{"valueSet":["https://us.example/v"]}]}}"#;
        let resource = Resource::from_text(text).unwrap();
        let mut terms = Terms::on_top();
        terms.add(&resource);
        assert_eq!(terms.expand(&ValueSet::read(resource.root())), Err(Lack::TooLarge));
    }

    #[test]
    fn value_sets_that_double_at_every_step_end() {
        let mut terms = Terms::on_top();
        for n in 0..40 {
            let next = format!(r#"{{"valueSet":["https://us.example/{}"]}}"#, n + 1);
            let text = format!(
                r#"{{"resourceType":"ValueSet","url":"https://us.example/{n}","compose":{{"include":[{next},{next},{{"system":"s","concept":[{{"code":"c"}}]}}]}}}}"#
            );
            terms.add(&Resource::from_text(text).unwrap());
        }
        let last = r#"{"resourceType":"ValueSet","url":"https://us.example/40","compose":{"include":[{"system":"s","concept":[{"code":"c"}]}]}}"#;
        terms.add(&Resource::from_text(last).unwrap());
        let first = terms.value_set("https://us.example/0").unwrap();
        assert_eq!(terms.expand(&first), Err(Lack::TooLarge));
    }
}
