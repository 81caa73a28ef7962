//! A profile as one reads it: which elements, slices and extensions there are, what their type is, what is fixed.
//!
//! The check has rules compiled from the same files; this is the view for those who write into a profile, such as the
//! mapping tables. An [`Outline`] is read once; a [`Spot`] is a place in it, cheap to copy.

mod constant;
mod spot;

use std::collections::HashMap;

use serde_json::Value;

use gateway_core::ResourceType;

use crate::package::differential::Element;
use crate::package::files::STRUCTURE_DEFINITIONS;
use crate::package::{CANONICAL, profile_id};
use crate::r4::r4;
pub use constant::Constant;
pub use spot::{ElementType, Spot};

/// A StructureDefinition that cannot be read as a profile or an extension.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no StructureDefinition with a url and a type that is known here")]
pub struct NoDefinition;

/// A profile on a resource type: what R4 says of its elements together with what the profile adds.
#[derive(Debug)]
pub struct Outline {
    pub(crate) canonical: String,
    pub(crate) resource_type: ResourceType,
    pub(crate) element: Element,
}

impl Outline {
    /// The canonical URL.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The resource type.
    #[must_use]
    pub fn resource_type(&self) -> ResourceType {
        self.resource_type
    }

    /// The elements the profile marks must-support, as paths with slices: `identifier:bsn.value`.
    #[must_use]
    pub fn must_support(&self) -> Vec<String> {
        let mut found = Vec::new();
        marked(&self.element, "", &mut found);
        found
    }
}

fn marked(element: &Element, path: &str, found: &mut Vec<String>) {
    if element.definition["mustSupport"] == true && !path.is_empty() {
        found.push(path.to_owned());
    }
    for (name, child) in &element.children {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match name.strip_suffix("[x]") {
            Some(_) if !child.slices.is_empty() => {
                for (member, slice) in &child.slices {
                    marked(slice, &path.replace(name.as_str(), member), found);
                }
            }
            _ => marked(child, &path, found),
        }
    }
    for (name, slice) in &element.slices {
        marked(slice, &format!("{path}:{name}"), found);
    }
}

/// All outlines by canonical, and the definitions of extensions by URL.
#[derive(Debug, Default)]
pub(crate) struct Outlines {
    profiles: HashMap<String, Outline>,
    extensions: HashMap<String, Element>,
}

impl Outlines {
    /// The files of the package.
    pub(crate) fn embedded() -> Self {
        let mut outlines = Self::default();
        for text in STRUCTURE_DEFINITIONS {
            outlines.add(text).expect("the files of the package are right; a test reads them all");
        }
        outlines
    }

    pub(crate) fn add(&mut self, text: &str) -> Result<(), NoDefinition> {
        let structure: Value = serde_json::from_str(text).map_err(|_| NoDefinition)?;
        let canonical = structure["url"].as_str().ok_or(NoDefinition)?.to_owned();
        let element = Element::read(&structure);
        match structure["type"].as_str().ok_or(NoDefinition)? {
            "Extension" => drop(self.extensions.insert(canonical, element)),
            name => {
                let resource_type = name.parse().map_err(|_| NoDefinition)?;
                self.profiles.insert(canonical.clone(), Outline { canonical, resource_type, element });
            }
        }
        Ok(())
    }

    /// By canonical or by the id behind ours (`zt-patient`).
    pub(crate) fn find(&self, name: &str) -> Option<&Outline> {
        let canonical = name.split('|').next().unwrap_or_default();
        self.profiles
            .get(canonical)
            .or_else(|| self.profiles.get(&format!("{CANONICAL}StructureDefinition/{name}")))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(|canonical| profile_id(canonical))
    }

    /// The resource itself, as the start of a path.
    pub(crate) fn root<'o>(&'o self, resource_type: ResourceType, outline: Option<&'o Outline>) -> Spot<'o> {
        let shape = r4().resource(resource_type);
        Spot::root(self, shape, outline.map(|outline| &outline.element))
    }

    fn extension(&self, url: &str) -> Option<&Element> {
        self.extensions.get(url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profiles;

    fn spot<'p>(profiles: &'p Profiles, profile: &str, path: &[&str]) -> Option<Spot<'p>> {
        let outline = profiles.outline(profile).unwrap();
        let root = profiles.spot(outline.resource_type(), Some(outline));
        path.iter().try_fold(root, |at, step| match step.split_once(':') {
            Some((name, slice)) => at.child(name)?.slice(slice),
            None => at.child(step),
        })
    }

    #[test]
    fn a_slice_knows_what_tells_it_apart() {
        let profiles = Profiles::embedded();
        let bsn = spot(&profiles, "zt-patient", &["identifier:bsn"]).unwrap();
        let pattern = serde_json::json!({"system":"http://fhir.nl/fhir/NamingSystem/bsn"});
        assert!(bsn.constants().contains(&Constant { pattern, discriminates: true }));
        let agenda = spot(&profiles, "zt-tetra-appointment", &["participant:agenda"]).unwrap();
        let kind = serde_json::json!({
            "system": "https://zorgtolk.example/fhir/CodeSystem/tetra-identifier-type", "code": "agenda"
        });
        let pattern = serde_json::json!({"actor":{"identifier":{"type":{"coding":[kind]}}}});
        assert!(agenda.constants().contains(&Constant { pattern, discriminates: true }));
        let pattern = serde_json::json!({"status":"accepted"});
        assert!(agenda.constants().contains(&Constant { pattern, discriminates: false }));
    }

    #[test]
    fn an_extension_has_the_values_of_its_definition_only() {
        let profiles = Profiles::embedded();
        let at = |path: &[&str]| spot(&profiles, "zt-tetra-appointment", path).map(Spot::element_type);
        assert_eq!(at(&["extension:portaal", "valueBoolean"]), Some(ElementType::Boolean));
        assert_eq!(at(&["extension:portaal", "valueString"]), None);
        assert_eq!(at(&["start", "extension:onzeker", "valueCode"]), Some(ElementType::Code));
        assert_eq!(at(&["start", "value"]), None);
        assert_eq!(at(&["participant:agenda", "actor", "display"]), Some(ElementType::String));
    }

    #[test]
    fn must_support_is_listed_with_slices() {
        let profiles = Profiles::embedded();
        let marked = profiles.outline("zt-tetra-appointment").unwrap().must_support();
        for path in
            ["identifier:afspraak.value", "extension:metas", "participant:agenda.actor.display", "start"]
        {
            assert!(marked.iter().any(|p| p == path), "{path}");
        }
    }

    #[test]
    fn an_element_goes_by_its_name_in_fhirpath() {
        let patient = Spot::r4(ResourceType::Patient);
        let names = |spot: Spot<'static>, name: &str| -> Vec<_> {
            spot.element(name).into_iter().map(|s| (s.name(), s.many())).collect()
        };
        assert_eq!(names(patient, "name"), [("name", true)]);
        assert_eq!(names(patient, "deceased"), [("deceasedBoolean", false), ("deceasedDateTime", false)]);
        assert_eq!(names(patient, "birthDate"), [("birthDate", false)]);
        assert_eq!(names(patient.element("birthDate")[0], "extension"), [("extension", true)]);
        assert_eq!(names(patient, "deceasedBoolean"), []);
        assert_eq!(names(patient, "nothing"), []);
        assert_eq!(patient.element("contact")[0].element_type(), ElementType::Complex("Patient.contact"));
        assert!(patient.element("extension")[0].element("value").len() > 40);
    }
}
