//! CapabilityStatement: what this server does (`dutch-fhir.md` section 4.8). What it says is handed in by the door, from
//! its own table of routes; nothing is claimed here.

use fhir_model::r4b::codes::{
    CapabilityStatementKind, ConditionalDeleteStatus, ConditionalReadStatus, FHIRVersion, PublicationStatus,
    ReferenceHandlingPolicy, ResourceVersionPolicy, RestfulCapabilityMode, SearchParamType,
};
use fhir_model::r4b::resources::{
    CapabilityStatement, CapabilityStatementImplementation, CapabilityStatementRest,
    CapabilityStatementRestInteraction, CapabilityStatementRestResource,
    CapabilityStatementRestResourceInteraction, CapabilityStatementRestResourceOperation,
    CapabilityStatementRestResourceSearchParam, CapabilityStatementRestSecurity, CapabilityStatementSoftware,
};
use fhir_model::r4b::types::{Extension, ExtensionValue};
use gateway_core::ResourceType;
use time::OffsetDateTime;

use crate::parts::{COMPLETE, concept, date_time, json, some};

/// The extension that names the token endpoint to SMART clients.
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

/// The extension that names a topic to subscribers (R5 Backport for Subscriptions, 1.1.0): one for each.
const TOPIC: &str = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/capabilitystatement-subscriptiontopic-canonical";

/// What is said about the server as a whole.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    /// The program's version.
    pub version: &'a str,
    /// The absolute base address.
    pub base: &'a str,
    /// The absolute address of the token endpoint.
    pub token_url: &'a str,
    /// The media types a patch may have.
    pub patch_formats: &'a [&'a str],
    /// Since when it is so.
    pub date: OffsetDateTime,
    /// Codes of FHIR's system-restful-interaction.
    pub interactions: Vec<&'static str>,
    /// Operations over all types, as [`Offered::operations`].
    pub operations: Vec<(&'static str, &'static str)>,
    /// Canonical addresses of the compartments that can be searched.
    pub compartments: Vec<&'static str>,
    /// The types it offers.
    pub offered: Vec<Offered>,
}

/// What is said about one type.
#[derive(Debug, Clone)]
pub struct Offered {
    /// The type.
    pub resource_type: ResourceType,
    /// Codes of FHIR's type-restful-interaction.
    pub interactions: Vec<&'static str>,
    /// Whether versions are kept: they can be read, and updates can ask for one.
    pub versioned: bool,
    /// The profiles of the type that are kept to, by their canonical address.
    pub profiles: Vec<String>,
    /// What it can be searched by.
    pub parameters: Vec<Parameter>,
    /// The values of `_include` that bring something along.
    pub includes: Vec<String>,
    /// Those of `_revinclude`.
    pub revincludes: Vec<String>,
    /// Canonical addresses of the topics that can be subscribed to; where a Subscription is made.
    pub topics: Vec<String>,
    /// Names of operations on the type or one of it, without the `$`, and their definitions.
    pub operations: Vec<(&'static str, &'static str)>,
}

/// A search parameter.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name in a URL.
    pub name: &'static str,
    /// Code of FHIR's search-param-type.
    pub kind: &'static str,
    /// The canonical address of its definition.
    pub definition: &'static str,
}

/// The CapabilityStatement.
///
/// # Panics
/// When an interaction or kind is not spelled as FHIR does.
#[must_use]
pub fn capability_statement(statement: &Statement<'_>) -> String {
    let software = CapabilityStatementSoftware::builder()
        .name("Zorgtolk".to_owned())
        .version(statement.version.to_owned())
        .build()
        .expect(COMPLETE);
    let implementation = CapabilityStatementImplementation::builder()
        .description("Zorgtolk, integration gateway for Dutch health care".to_owned())
        .url(statement.base.to_owned())
        .build()
        .expect(COMPLETE);
    let cast = CapabilityStatement::builder()
        .status(PublicationStatus::Active)
        .date(date_time(statement.date))
        .kind(CapabilityStatementKind::Instance)
        .software(software)
        .implementation(implementation)
        .fhir_version(FHIRVersion::N401)
        .format(some(["application/fhir+json", "application/fhir+xml", "json", "xml"].map(str::to_owned)))
        .patch_format(some(statement.patch_formats.iter().map(|format| (*format).to_owned())))
        .rest(some([rest(statement)]));
    json(&cast.build().expect(COMPLETE))
}

fn rest(statement: &Statement<'_>) -> CapabilityStatementRest {
    CapabilityStatementRest::builder()
        .mode(RestfulCapabilityMode::Server)
        .security(security(statement.token_url))
        .resource(some(statement.offered.iter().map(resource)))
        .operation(some(statement.operations.iter().map(operation)))
        .interaction(some(statement.interactions.iter().map(|code| over_all_types(code))))
        .compartment(some(statement.compartments.iter().map(ToString::to_string)))
        .build()
        .expect(COMPLETE)
}

fn topic(canonical: &str) -> Extension {
    let value = ExtensionValue::Canonical(canonical.to_owned());
    Extension::builder().url(TOPIC.to_owned()).value(value).build().expect(COMPLETE)
}

fn security(token_url: &str) -> CapabilityStatementRestSecurity {
    let token = Extension::builder()
        .url("token".to_owned())
        .value(ExtensionValue::Uri(token_url.to_owned()))
        .build()
        .expect(COMPLETE);
    let uris =
        Extension::builder().url(OAUTH_URIS.to_owned()).extension(vec![token]).build().expect(COMPLETE);
    CapabilityStatementRestSecurity::builder()
        .extension(vec![uris])
        .cors(false)
        .service(some([concept(
            "http://terminology.hl7.org/CodeSystem/restful-security-service",
            "SMART-on-FHIR",
        )]))
        .build()
        .expect(COMPLETE)
}

fn operation((name, definition): &(&str, &str)) -> CapabilityStatementRestResourceOperation {
    CapabilityStatementRestResourceOperation::builder()
        .name((*name).to_owned())
        .definition((*definition).to_owned())
        .build()
        .expect(COMPLETE)
}

fn resource(offered: &Offered) -> CapabilityStatementRestResource {
    let versioning =
        if offered.versioned { ResourceVersionPolicy::Versioned } else { ResourceVersionPolicy::NoVersion };
    let has = |code: &str| offered.interactions.contains(&code);
    CapabilityStatementRestResource::builder()
        .extension(offered.topics.iter().map(|canonical| topic(canonical)).collect())
        .r#type(offered.resource_type.as_str().parse().expect("a type of ours is one of FHIR"))
        .supported_profile(some(offered.profiles.clone()))
        .interaction(some(offered.interactions.iter().map(|code| interaction(code))))
        .versioning(versioning)
        .read_history(offered.versioned)
        .update_create(has("update"))
        .conditional_create(has("create"))
        .conditional_read(if offered.versioned {
            ConditionalReadStatus::FullSupport
        } else {
            ConditionalReadStatus::NotSupported
        })
        .conditional_update(has("update"))
        .conditional_delete(if has("delete") {
            ConditionalDeleteStatus::Single
        } else {
            ConditionalDeleteStatus::NotSupported
        })
        .reference_policy(some([ReferenceHandlingPolicy::Literal, ReferenceHandlingPolicy::Logical]))
        .search_include(some(offered.includes.clone()))
        .search_rev_include(some(offered.revincludes.clone()))
        .search_param(some(offered.parameters.iter().map(parameter)))
        .operation(some(offered.operations.iter().map(operation)))
        .build()
        .expect(COMPLETE)
}

fn over_all_types(code: &str) -> CapabilityStatementRestInteraction {
    CapabilityStatementRestInteraction::builder().code(code.to_owned()).build().expect(COMPLETE)
}

fn interaction(code: &str) -> CapabilityStatementRestResourceInteraction {
    CapabilityStatementRestResourceInteraction::builder().code(code.to_owned()).build().expect(COMPLETE)
}

fn parameter(parameter: &Parameter) -> CapabilityStatementRestResourceSearchParam {
    let kind: SearchParamType = parameter.kind.parse().expect("the door names kinds as FHIR does");
    CapabilityStatementRestResourceSearchParam::builder()
        .name(parameter.name.to_owned())
        .r#type(kind)
        .definition(parameter.definition.to_owned())
        .build()
        .expect(COMPLETE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_statement_says_what_it_was_told() {
        let text = capability_statement(&Statement {
            version: "0.1.0",
            base: "https://us.example/fhir",
            token_url: "https://us.example/oauth/token",
            patch_formats: &["application/json-patch+json"],
            date: datetime!(2026-11-01 00:00 UTC),
            interactions: vec!["search-system"],
            operations: Vec::new(),
            compartments: vec!["http://hl7.org/fhir/CompartmentDefinition/patient"],
            offered: vec![Offered {
                resource_type: ResourceType::Patient,
                interactions: vec!["read", "search-type"],
                versioned: true,
                profiles: vec!["https://us.example/fhir/StructureDefinition/p".to_owned()],
                parameters: vec![Parameter {
                    name: "birthdate",
                    kind: "date",
                    definition: "http://hl7.org/fhir/SearchParameter/individual-birthdate",
                }],
                includes: vec!["Patient:organization".to_owned()],
                revincludes: vec!["Slot:schedule".to_owned()],
                topics: vec!["https://us.example/fhir/SubscriptionTopic/t".to_owned()],
                operations: vec![("match-it", "https://us.example/fhir/OperationDefinition/match-it")],
            }],
        });
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        let patient = &read["rest"][0]["resource"][0];
        assert_eq!(read["fhirVersion"], "4.0.1");
        assert_eq!(read["date"], "2026-11-01T00:00:00Z");
        assert_eq!(patient["type"], "Patient");
        assert_eq!(patient["interaction"][1]["code"], "search-type");
        assert_eq!(patient["searchParam"][0]["type"], "date");
        assert_eq!(patient["searchInclude"][0], "Patient:organization");
        assert_eq!(patient["searchRevInclude"][0], "Slot:schedule");
        assert_eq!(read["rest"][0]["interaction"][0]["code"], "search-system");
        let definition = "https://us.example/fhir/OperationDefinition/match-it";
        assert_eq!(patient["operation"][0]["definition"], definition);
        assert_eq!(patient["supportedProfile"][0], "https://us.example/fhir/StructureDefinition/p");
        let topic = &patient["extension"][0];
        assert_eq!(
            (&topic["url"], &topic["valueCanonical"]),
            (&TOPIC.into(), &"https://us.example/fhir/SubscriptionTopic/t".into())
        );
        assert_eq!(
            (&patient["updateCreate"], &patient["conditionalDelete"]),
            (&false.into(), &"not-supported".into())
        );
        assert_eq!(
            read["rest"][0]["security"]["extension"][0]["extension"][0]["valueUri"],
            "https://us.example/oauth/token"
        );
    }
}
