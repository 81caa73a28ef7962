//! What an operator sets for one line to the Switchboard.
//!
//! Neither addresses nor the names of most calls that write are published (`tetra.md` sections 1.2 and 2.0): what is not
//! documented is configuration, and off until it is set.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use adapter_kit::Finding;
use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use crate::wire::{Identification, Operation};

/// One practice's line to the Switchboard.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is spoken: `json` (their second generation) or `xml` (the first, and its twin).
    /// Default: `"json"`.
    #[serde(default)]
    pub format: Format,
    /// Where JSON calls go. Needed for `format = "json"`.
    /// Example: `"https://switchboard.example/v2"`.
    #[serde(default)]
    pub json_url: Option<String>,
    /// Where XML calls go. Needed for `format = "xml"`.
    /// Example: `"https://switchboard.example/v1"`.
    #[serde(default)]
    pub xml_url: Option<String>,
    /// The practice: its AGB code, or the name the Switchboard gave it.
    /// Example: `"01000001"`.
    pub target: String,
    /// The application name Tetra issued. Needed for JSON.
    /// Example: `"zorgtolk"`.
    #[serde(default)]
    pub application_name: Option<String>,
    /// The access key Tetra issued with it.
    /// Example: `"a secret"`.
    #[serde(default, deserialize_with = "secret")]
    pub application_key: Option<SecretString>,
    /// A file that holds the access key.
    /// Example: `"/run/secrets/tetra-key"`.
    #[serde(default)]
    pub application_key_file: Option<PathBuf>,
    /// The server token Tetra issued. Needed for XML.
    /// Example: `"a secret"`.
    #[serde(default, deserialize_with = "secret")]
    pub server_token: Option<SecretString>,
    /// A file that holds the server token.
    /// Example: `"/run/secrets/tetra-token"`.
    #[serde(default)]
    pub server_token_file: Option<PathBuf>,
    /// The element the server token goes in: `token`, or `sessie` as one of their examples has it.
    /// Default: `"token"`.
    #[serde(default)]
    pub token_element: TokenElement,
    /// How XML is written: `utf-8`, `utf-16` (really, with a byte order mark) or `utf-8-declared-utf-16` (as their examples
    /// may have been).
    /// Default: `"utf-8"`.
    #[serde(default)]
    pub xml_encoding: XmlEncoding,
    /// What goes in `ZenderIP`. Empty unless Tetra asks for an address.
    /// Default: `""`.
    #[serde(default)]
    pub sender_ip: String,
    /// The time zone of the practice's clock: their times carry none.
    /// Default: `"Europe/Amsterdam"`.
    #[serde(default = "time_zone")]
    pub time_zone: String,
    /// How many days before today are looked at.
    /// Default: `1`.
    #[serde(default = "days_back")]
    pub days_back: u16,
    /// How many days after today are looked at.
    /// Default: `90`.
    #[serde(default = "days_ahead")]
    pub days_ahead: u16,
    /// The agendas that are used, by their number. When left out, all but those of `exclude_agendas`.
    /// Example: `[71, 72]`.
    #[serde(default)]
    pub include_agendas: Vec<i64>,
    /// The agendas that are not for patients, by their number.
    /// Default: `[]`.
    #[serde(default)]
    pub exclude_agendas: Vec<i64>,
    /// Whose an agenda is, by its number: a Practitioner, PractitionerRole, Location or HealthcareService of this tenant.
    /// Their list of agendas has names only.
    /// Example: `{ 71 = "Practitioner/proefarts", 72 = "Location/spreekkamer-2" }`.
    #[serde(default)]
    pub agendas: BTreeMap<String, String>,
    /// The block types in which free time is offered, by their number: their list has no word for it.
    /// Default: `[]`.
    #[serde(default)]
    pub bookable_block_types: Vec<i64>,
    /// Seconds from one look at the agenda to the next; 300 or more, as they ask.
    /// Default: `300`.
    #[serde(default = "poll_interval_seconds")]
    pub poll_interval_seconds: u64,
    /// The calls whose names or fields are not published, as Tetra tells them; a call that is neither published nor here is
    /// off. The names here: `login`, `send_code`, `confirm`, `logout`, `block_types`, `agendas`, `slots`, `book`, `move`,
    /// `cancel`, `cancel_by_token`, `own_appointments`, `appointments`, `statuses`, `arrive`, `find_patient`,
    /// `search_patients`; the README of the adapter says what each may carry.
    /// Example: `{ cancel_by_token = { method = "WisAfspraakMetToken", fields = { token = "token" } } }`.
    #[serde(default)]
    pub operations: BTreeMap<Operation, OperationConfig>,
    /// Whether an appointment that must move is booked anew and then cancelled, where there is no call to move it. For a
    /// moment both are there, and its number changes.
    /// Default: `false`.
    #[serde(default)]
    pub book_then_cancel: bool,
    /// The codes and status words by which they say that they do not know us, so that the link is paused: not published.
    /// Default: `["401", "403"]`.
    #[serde(default = "unknown_caller_codes")]
    pub unknown_caller_codes: Vec<String>,
    /// The codes and status words by which they say that a time is taken: not published.
    /// Default: `["409"]`.
    #[serde(default = "taken_codes")]
    pub taken_codes: Vec<String>,
    /// Largest answer that is read, in bytes.
    /// Default: `8388608`.
    #[serde(default = "answer_limit_bytes")]
    pub answer_limit_bytes: usize,
    /// Hosts that may be spoken to besides those of `json_url` and `xml_url`.
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
    /// Our own certificate chain and its private key (PEM), when they ask for one.
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
    /// Seconds until an answer must be read. Two calls must fit in the 45 seconds of an attempt: at most 22.
    /// Default: `20`.
    #[serde(default = "total_timeout_seconds")]
    pub total_timeout_seconds: u64,
}

/// One call of theirs, where it differs from what is published.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperationConfig {
    /// The format of this call, where it is not the link's own.
    pub format: Option<Format>,
    /// Its name: `Method` in JSON, the root element of the request in XML.
    pub method: Option<String>,
    /// Our word for each of its fields, with theirs.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// The member or element of the answer that holds what was asked for.
    pub container: Option<String>,
    /// Who calls: `application` or `user`.
    pub identification: Option<Identification>,
}

/// What is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON objects with a `Method`.
    #[default]
    Json,
    /// XML documents `*_Verzoek` and `*_Antwoord`.
    Xml,
}

/// The element the server token goes in (`tetra.md` section 1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenElement {
    /// `<Token>`
    #[default]
    Token,
    /// `<Sessie>`
    Sessie,
}

/// How XML is written (`tetra.md` section 1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum XmlEncoding {
    /// UTF-8, and saying so.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16LE with a byte order mark, and saying so.
    #[serde(rename = "utf-16")]
    Utf16,
    /// UTF-8 that says it is UTF-16.
    #[serde(rename = "utf-8-declared-utf-16")]
    Utf8DeclaredUtf16,
}

impl Config {
    /// Where the link's own format is posted.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        match self.format {
            Format::Json => self.json_url.as_deref(),
            Format::Xml => self.xml_url.as_deref(),
        }
    }

    /// Takes the settings that stand in files (`..._file`) in. The only part of configuration that reads files.
    ///
    /// # Errors
    /// A finding for each file that cannot be read, is empty, or is set beside the setting itself.
    pub fn read_files(mut self) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut read = |key, file: &mut Option<PathBuf>, setting: &mut Option<SecretString>| {
            let Some(file) = file.take() else { return };
            match contents(key, &file, setting.is_some()) {
                Ok(text) => *setting = Some(text.into()),
                Err(finding) => findings.push(finding),
            }
        };
        read("application_key_file", &mut self.application_key_file, &mut self.application_key);
        read("server_token_file", &mut self.server_token_file, &mut self.server_token);
        read("client_certificate_file", &mut self.client_certificate_file, &mut self.client_certificate);
        if let Some(file) = self.extra_ca_file.take() {
            match contents("extra_ca_file", &file, self.extra_ca.is_some()) {
                Ok(text) => self.extra_ca = Some(text),
                Err(finding) => findings.push(finding),
            }
        }
        if findings.is_empty() { Ok(self) } else { Err(findings) }
    }
}

fn contents(key: &'static str, file: &Path, taken: bool) -> Result<String, Finding> {
    if taken {
        return Err(Finding::new(key, "is set, and so is the setting itself: keep one"));
    }
    match std::fs::read_to_string(file) {
        Ok(text) if text.trim().is_empty() => Err(Finding::new(key, "names an empty file")),
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) => {
            Err(Finding::new(key, format!("names {}, which cannot be read: {error}", file.display())))
        }
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

fn time_zone() -> String {
    "Europe/Amsterdam".to_owned()
}

fn days_back() -> u16 {
    1
}

fn days_ahead() -> u16 {
    90
}

fn poll_interval_seconds() -> u64 {
    300
}

fn unknown_caller_codes() -> Vec<String> {
    vec!["401".to_owned(), "403".to_owned()]
}

fn taken_codes() -> Vec<String> {
    vec!["409".to_owned()]
}

fn answer_limit_bytes() -> usize {
    8 << 20
}

fn connect_timeout_seconds() -> u64 {
    10
}

fn total_timeout_seconds() -> u64 {
    20
}
