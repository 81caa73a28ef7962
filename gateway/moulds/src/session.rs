//! What signing a person in at a counterpart gives: Parameters with the session.

use fhir_model::r4b::resources::{Parameters, ParametersParameter, ParametersParameterValue};

use crate::parts::{COMPLETE, json, some};

/// Parameters with one value, `session`.
///
/// # Panics
/// Never: every mandatory element is set.
#[must_use]
pub fn session_parameters(session: &str) -> String {
    let one = ParametersParameter::builder()
        .name("session".to_owned())
        .value(ParametersParameterValue::String(session.to_owned()))
        .build()
        .expect(COMPLETE);
    json(&Parameters::builder().parameter(some([one])).build().expect(COMPLETE))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_session_is_a_string() {
        assert_eq!(
            super::session_parameters("s-1"),
            r#"{"resourceType":"Parameters","parameter":[{"name":"session","valueString":"s-1"}]}"#
        );
    }
}
