//! What is told once: Parameters with the session at a counterpart, or with the secret of a subscription.

use fhir_model::r4b::resources::{Parameters, ParametersParameter, ParametersParameterValue};

use crate::parts::{COMPLETE, json, some};

/// Parameters with one value, `session`.
///
/// # Panics
/// Never: every mandatory element is set.
#[must_use]
pub fn session_parameters(session: &str) -> String {
    one("session", session)
}

/// Parameters with one value, `secret`.
///
/// # Panics
/// Never: every mandatory element is set.
#[must_use]
pub fn secret_parameters(secret: &str) -> String {
    one("secret", secret)
}

fn one(name: &str, value: &str) -> String {
    let one = ParametersParameter::builder()
        .name(name.to_owned())
        .value(ParametersParameterValue::String(value.to_owned()))
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
