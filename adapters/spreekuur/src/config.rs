//! What an operator sets for one line to Spreekuur.nl, and the check that finds every wrong setting.
//!
//! Nothing of Spreekuur.nl's addresses or of its token server is published but for the test environment (`spreekuur.md`
//! sections 2 and 3), so all of it is configuration.

use std::path::{Path, PathBuf};

use adapter_kit::Finding;
use adapter_kit::oauth::SigningAlgorithm;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

/// One tenant's line to Spreekuur.nl.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where their FHIR API is.
    /// Example: `"https://api-samen.test.spreekuur.nl/fhir/r4"`.
    pub base_url: String,
    /// The AGB code of the organisation this line is for: 8 digits.
    /// Example: `"01000001"`.
    pub agb: String,
    /// Their token endpoint. Either this or `issuer`.
    /// Example: `"https://login.example/auth/realms/Spreekuur/protocol/openid-connect/token"`.
    #[serde(default)]
    pub token_url: Option<String>,
    /// The issuer whose metadata names the token endpoint. Either this or `token_url`. When the endpoint is on another
    /// host, that host must be in `allow_hosts`.
    /// Example: `"https://login.example/auth/realms/Spreekuur"`.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Our client id at the token endpoint.
    /// Example: `"zorgtolk"`.
    pub client_id: String,
    /// How we prove who we are: `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `tls_client_auth`.
    /// Default: `"client_secret_basic"`.
    #[serde(default)]
    pub auth_method: AuthMethod,
    /// The client secret, for the two `client_secret_` methods.
    /// Example: `"a secret"`.
    #[serde(default, deserialize_with = "secret")]
    pub client_secret: Option<SecretString>,
    /// A file that holds the client secret.
    /// Example: `"/run/secrets/spreekuur"`.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// The private key (PEM) for `private_key_jwt`.
    /// Example: `"-----BEGIN PRIVATE KEY-----..."`.
    #[serde(default, deserialize_with = "secret")]
    pub private_key: Option<SecretString>,
    /// A file that holds the private key.
    /// Example: `"/run/secrets/spreekuur.pem"`.
    #[serde(default)]
    pub private_key_file: Option<PathBuf>,
    /// The name (`kid`) under which they know the private key.
    /// Example: `"2026-1"`.
    #[serde(default)]
    pub private_key_id: Option<String>,
    /// With what the private key signs: `RS256`, `PS256` or `ES256`.
    /// Default: `"RS256"`.
    #[serde(default)]
    pub private_key_algorithm: SigningAlgorithm,
    /// The scopes asked for, separated by blanks. When left out, none is asked for.
    /// Example: `"spreekuur/appointment.write spreekuur/notification.write"`.
    #[serde(default)]
    pub scope: Option<String>,
    /// The audience asked for. When left out, none is.
    /// Example: `"https://api-samen.test.spreekuur.nl"`.
    #[serde(default)]
    pub audience: Option<String>,
    /// The form of `X-Organization-Identifier`, per operation.
    #[serde(default)]
    pub org_header_value: OrgHeaderValues,
    /// How a BSN is looked at before it is sent: `format` (nine digits), `warn` or `elfproef`.
    /// Default: `"format"`.
    #[serde(default)]
    pub bsn_check: BsnCheck,
    /// The code system of the code `AFSPRAAK`, which an appointment without any kind of its own gets.
    /// Default: `"https://zorgtolk.example/fhir/CodeSystem/zt-afspraaktype"`.
    #[serde(default = "fallback_category_system")]
    pub fallback_category_system: String,
    /// Hosts that may be spoken to besides those of `base_url`, `token_url` and `issuer`.
    /// Default: `[]`.
    #[serde(default)]
    pub allow_hosts: Vec<String>,
    /// Hosts that may be spoken to without TLS. This machine always may.
    /// Default: `[]`.
    #[serde(default)]
    pub plain_http_hosts: Vec<String>,
    /// Certificates (PEM) to trust besides the system's.
    /// Example: `"-----BEGIN CERTIFICATE-----..."`.
    #[serde(default)]
    pub extra_ca: Option<String>,
    /// A file that holds them.
    /// Example: `"/etc/zorgtolk/extra-ca.pem"`.
    #[serde(default)]
    pub extra_ca_file: Option<PathBuf>,
    /// Our own certificate chain and its private key (PEM), when they ask for one; needed for `tls_client_auth`.
    /// Example: `"-----BEGIN CERTIFICATE-----..."`.
    #[serde(default, deserialize_with = "secret")]
    pub client_certificate: Option<SecretString>,
    /// A file that holds them.
    /// Example: `"/run/secrets/client.pem"`.
    #[serde(default)]
    pub client_certificate_file: Option<PathBuf>,
    /// Seconds until a connection must stand.
    /// Default: `10`.
    #[serde(default = "connect_timeout_seconds")]
    pub connect_timeout_seconds: u64,
    /// Seconds until an answer must be read; less than 45, after which the dispatcher gives up on an attempt.
    /// Default: `30`.
    #[serde(default = "total_timeout_seconds")]
    pub total_timeout_seconds: u64,
}

/// How we prove who we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// The secret in the `Authorization` header.
    #[default]
    ClientSecretBasic,
    /// The secret in the form.
    ClientSecretPost,
    /// An assertion signed with a private key.
    PrivateKeyJwt,
    /// The certificate of the TLS connection.
    TlsClientAuth,
}

/// The form of `X-Organization-Identifier`, per operation (`spreekuur.md` section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrgHeaderValues {
    /// For `PUT /Appointment/{id}`: `token` or `bare`.
    /// Default: `"token"`.
    pub appointment: OrgHeaderValue,
    /// For `POST /Communication`: `token` or `bare`.
    /// Default: `"token"`.
    pub communication: OrgHeaderValue,
    /// For `POST /Patient/_search`: `token` or `bare`.
    /// Default: `"token"`.
    pub patient_search: OrgHeaderValue,
    /// For `POST /Patient`: `token` or `bare`.
    /// Default: `"token"`.
    pub patient_invite: OrgHeaderValue,
}

/// One form of the header's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgHeaderValue {
    /// `http://fhir.nl/fhir/NamingSystem/agb-z|` and the code.
    #[default]
    Token,
    /// The 8 digits alone.
    Bare,
}

/// How a BSN is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BsnCheck {
    /// Nine digits: Spreekuur's own example does not pass the eleven test.
    #[default]
    Format,
    /// Failing the eleven test is a warning.
    Warn,
    /// It must pass the eleven test.
    Elfproef,
}

impl Config {
    /// Takes the settings that stand in files (`..._file`) in. The only part of configuration that reads files.
    ///
    /// # Errors
    /// A finding for each file that cannot be read, is empty, or is set beside the setting itself.
    pub fn read_files(mut self) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut read = |key, file: &mut Option<PathBuf>, taken: bool| match contents(key, file.take()?, taken)
        {
            Ok(text) => Some(text),
            Err(finding) => {
                findings.push(finding);
                None
            }
        };
        let taken = self.client_secret.is_some();
        if let Some(text) = read("client_secret_file", &mut self.client_secret_file, taken) {
            self.client_secret = Some(text.into());
        }
        let taken = self.private_key.is_some();
        if let Some(text) = read("private_key_file", &mut self.private_key_file, taken) {
            self.private_key = Some(text.into());
        }
        let taken = self.client_certificate.is_some();
        if let Some(text) = read("client_certificate_file", &mut self.client_certificate_file, taken) {
            self.client_certificate = Some(text.into());
        }
        let taken = self.extra_ca.is_some();
        if let Some(text) = read("extra_ca_file", &mut self.extra_ca_file, taken) {
            self.extra_ca = Some(text);
        }
        if findings.is_empty() { Ok(self) } else { Err(findings) }
    }
}

fn contents(key: &'static str, file: impl AsRef<Path>, taken: bool) -> Result<String, Finding> {
    if taken {
        return Err(Finding::new(key, "is set, and so is the setting itself: keep one"));
    }
    match std::fs::read_to_string(&file) {
        Ok(text) if text.trim().is_empty() => Err(Finding::new(key, "names an empty file")),
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) => Err(Finding::new(
            key,
            format!("names {}, which cannot be read: {error}", file.as_ref().display()),
        )),
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

fn fallback_category_system() -> String {
    "https://zorgtolk.example/fhir/CodeSystem/zt-afspraaktype".to_owned()
}

fn connect_timeout_seconds() -> u64 {
    10
}

fn total_timeout_seconds() -> u64 {
    30
}
