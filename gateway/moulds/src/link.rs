//! A link, read as an Endpoint (`design.md` section 2). Secrets are not part of it.

use fhir_model::r4b::codes::EndpointStatus;
use fhir_model::r4b::resources::Endpoint;
use gateway_core::LinkId;

use crate::parts::{CODES, COMPLETE, coding, concept, json, some};

/// A link as its readers see it.
#[derive(Debug, Clone)]
pub struct LinkEndpoint<'a> {
    /// Its name.
    pub link: &'a LinkId,
    /// Where it leads.
    pub address: &'a str,
    /// Whether it is paused.
    pub paused: bool,
}

/// The Endpoint of a link.
///
/// # Panics
/// Never: every mandatory element is set.
#[must_use]
pub fn endpoint(link: &LinkEndpoint<'_>) -> String {
    let cast = Endpoint::builder()
        .id(link.link.to_string())
        .status(if link.paused { EndpointStatus::Suspended } else { EndpointStatus::Active })
        .connection_type(coding(
            "http://terminology.hl7.org/CodeSystem/endpoint-connection-type",
            "hl7-fhir-rest",
        ))
        .name(link.link.to_string())
        .payload_type(some([concept(CODES, "change")]))
        .payload_mime_type(some(["application/fhir+json".to_owned()]))
        .address(link.address.to_owned());
    json(&cast.build().expect(COMPLETE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paused_link_reads_as_a_suspended_endpoint() {
        let link = "spreekuur-linde".parse().unwrap();
        let text =
            endpoint(&LinkEndpoint { link: &link, address: "https://them.example/fhir/r4", paused: true });
        assert_eq!(
            text,
            concat!(
                r#"{"resourceType":"Endpoint","id":"spreekuur-linde","status":"suspended","connectionType":{"#,
                r#""system":"http://terminology.hl7.org/CodeSystem/endpoint-connection-type","code":"hl7-fhir-rest"},"#,
                r#""name":"spreekuur-linde","payloadType":[{"coding":[{"system":"#,
                r#""https://zorgtolk.example/fhir/CodeSystem/gateway","code":"change"}]}],"#,
                r#""payloadMimeType":["application/fhir+json"],"address":"https://them.example/fhir/r4"}"#
            )
        );
    }
}
