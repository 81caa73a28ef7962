//! Absolute addresses in answers, made from the configured public base and never from `Host`.

use gateway_core::{Key, Version};
use url::form_urlencoded::Serializer;

use crate::App;

/// The public base with `/fhir`, without a slash at the end.
pub(super) fn base(app: &App) -> String {
    let public = app.settings.public_base.as_str().trim_end_matches('/');
    format!("{public}/fhir")
}

/// A version of a resource, for `Location`.
pub(super) fn version(app: &App, key: &Key, version: Version) -> String {
    format!("{}/{key}/_history/{version}", base(app))
}

/// `path` below the base, or the base itself when it is empty, with `parameters`.
pub(super) fn query(app: &App, path: &str, parameters: &[(String, String)]) -> String {
    let base = base(app);
    let address = if path.is_empty() { base } else { format!("{base}/{path}") };
    if parameters.is_empty() {
        return address;
    }
    let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{address}?{query}")
}
