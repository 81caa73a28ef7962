//! One file per scenario.

pub(crate) mod backlog;
pub(crate) mod deliver;
pub(crate) mod isolation;
pub(crate) mod latency;
pub(crate) mod nodes;
pub(crate) mod read;
pub(crate) mod scale;
pub(crate) mod search;
pub(crate) mod transaction;
pub(crate) mod translate;
pub(crate) mod write;

/// An appointment of the size XIS vendors send, for patient `n`.
pub(crate) fn appointment(id: &str, n: u64) -> String {
    format!(
        r##"{{"resourceType":"Appointment","id":"{id}","status":"booked","serviceCategory":[{{"coding":[{{"system":"https://zorgtolk.example/fhir/CodeSystem/afspraaktype","code":"CONSULT","display":"Consult 10 minuten"}}]}}],"start":"2026-09-14T09:10:00+02:00","end":"2026-09-14T09:20:00+02:00","comment":"Neem uw medicatielijst mee, nummer {n}.","participant":[{{"actor":{{"reference":"#p","display":"T. Testpersoon"}},"status":"accepted"}},{{"actor":{{"reference":"PractitionerRole/pr-12","display":"Mw. dr. A. Voorbeeld"}},"status":"accepted"}}],"contained":[{{"resourceType":"Patient","id":"p","identifier":[{{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"999990019"}}],"name":[{{"use":"official","text":"T. Testpersoon","family":"Testpersoon"}}]}}]}}"##
    )
}

/// The headers of a call with a token and a FHIR body.
pub(crate) fn headers(authorization: &str) -> [(&str, &str); 2] {
    [("Authorization", authorization), ("Content-Type", "application/fhir+json")]
}
