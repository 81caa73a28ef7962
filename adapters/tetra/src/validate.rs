//! From settings as they were written to settings that hold: pure, and all findings at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use adapter_kit::Finding;
use adapter_kit::http::{HttpSettings, Transport, WrongHttpSetting, is_loopback};
use gateway_core::{Key, LinkId, ResourceType, Zone};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::config::{Config, Format, TokenElement, XmlEncoding};
use crate::wire::{Identification, Operation, Spelling};

/// Their floor between two looks (`tetra.md` section 3.10).
pub(crate) const FLOOR: Duration = Duration::from_mins(5);

/// Two calls must fit in an attempt, of which the engine gives up after 45 seconds.
const LONGEST_TOTAL: u64 = 22;

/// A year and a bit: more days than anybody plans.
const MOST_DAYS: u16 = 400;

/// The bounds of `answer_limit_bytes`.
const LIMITS: std::ops::RangeInclusive<usize> = (64 << 10)..=(256 << 20);

/// Settings that hold. Made by [`Config::validate`] only.
#[derive(Debug)]
pub struct Validated {
    pub(crate) name: String,
    pub(crate) target: String,
    /// `target` as it stands in systems and ids: lower case letters, digits and hyphens.
    pub(crate) practice: String,
    pub(crate) addresses: BTreeMap<Format, String>,
    pub(crate) application_name: String,
    pub(crate) application_key: SecretString,
    pub(crate) server_token: SecretString,
    pub(crate) token_element: TokenElement,
    pub(crate) xml_encoding: XmlEncoding,
    pub(crate) sender_ip: String,
    /// The practice's clock.
    pub(crate) zone: Zone,
    pub(crate) days_back: u16,
    pub(crate) days_ahead: u16,
    pub(crate) included: BTreeSet<String>,
    pub(crate) excluded: BTreeSet<String>,
    /// Agenda → whose it is.
    pub(crate) agendas: BTreeMap<String, Key>,
    pub(crate) bookable: BTreeSet<String>,
    pub(crate) poll_interval: Duration,
    /// The operations that are on.
    pub(crate) operations: BTreeMap<Operation, Spelling>,
    pub(crate) book_then_cancel: bool,
    pub(crate) codes: Codes,
    pub(crate) transport: Transport,
}

/// Answers whose meaning an operator has told us.
#[derive(Debug, Clone, Default)]
pub(crate) struct Codes {
    pub(crate) unknown_caller: BTreeSet<String>,
    pub(crate) taken: BTreeSet<String>,
}

impl Validated {
    /// Says what the link is called in metrics and logs.
    #[must_use]
    pub fn named(self, link: &LinkId) -> Self {
        Self { name: link.to_string(), ..self }
    }

    /// Whether an agenda is used.
    pub(crate) fn uses_agenda(&self, agenda: &str) -> bool {
        (self.included.is_empty() || self.included.contains(agenda)) && !self.excluded.contains(agenda)
    }
}

impl Config {
    /// Finds every wrong setting. Touches neither the network nor the settings' files.
    ///
    /// # Errors
    /// All findings, at least one.
    pub fn validate(&self) -> Result<Validated, Vec<Finding>> {
        let mut found = Findings(Vec::new());
        self.refuse_unread_files(&mut found);
        let practice = found.keep(practice(&self.target));
        let zone = Zone::named(&self.time_zone)
            .map_err(|_| Finding::new("time_zone", "is no time zone of the IANA list"));
        let zone = found.keep(zone);
        let operations = self.spelled(&mut found);
        let addresses = self.addresses(&operations, &mut found);
        self.refuse_missing_credentials(&operations, &mut found);
        self.refuse_odd_values(&mut found);
        let agendas = self.owners(&mut found);
        let included = keys("include_agendas", &self.include_agendas, &mut found);
        let excluded = keys("exclude_agendas", &self.exclude_agendas, &mut found);
        let bookable = keys("bookable_block_types", &self.bookable_block_types, &mut found);
        let transport = found.keep(self.transport(&addresses));
        match (practice, zone, transport) {
            (Some(practice), Some(zone), Some(transport)) if found.0.is_empty() => Ok(Validated {
                name: "tetra".to_owned(),
                target: self.target.trim().to_owned(),
                practice,
                addresses: addresses.into_iter().map(|(format, url)| (format, url.into())).collect(),
                application_name: self.application_name.clone().unwrap_or_default(),
                application_key: self.application_key.clone().unwrap_or_default(),
                server_token: self.server_token.clone().unwrap_or_default(),
                token_element: self.token_element,
                xml_encoding: self.xml_encoding,
                sender_ip: self.sender_ip.trim().to_owned(),
                zone,
                days_back: self.days_back,
                days_ahead: self.days_ahead,
                included,
                excluded,
                agendas,
                bookable,
                poll_interval: Duration::from_secs(self.poll_interval_seconds),
                operations,
                book_then_cancel: self.book_then_cancel,
                codes: Codes {
                    unknown_caller: self.unknown_caller_codes.iter().cloned().collect(),
                    taken: self.taken_codes.iter().cloned().collect(),
                },
                transport,
            }),
            _ => Err(found.0),
        }
    }

    fn spelled(&self, found: &mut Findings) -> BTreeMap<Operation, Spelling> {
        let mut spelled = BTreeMap::new();
        for operation in Operation::ALL {
            match Spelling::of(operation, self.format, self.operations.get(&operation)) {
                Ok(Some(spelling)) => drop(spelled.insert(operation, spelling)),
                Ok(None) => {}
                Err(why) => found.add("operations", &format!("do not hold: {} {why}", operation.word())),
            }
        }
        spelled
    }

    /// The addresses that are needed, and those that are set besides.
    fn addresses(
        &self,
        operations: &BTreeMap<Operation, Spelling>,
        found: &mut Findings,
    ) -> BTreeMap<Format, Url> {
        let mut addresses = BTreeMap::new();
        for (format, key, url) in
            [(Format::Json, "json_url", &self.json_url), (Format::Xml, "xml_url", &self.xml_url)]
        {
            match url {
                Some(url) => addresses.extend(found.keep(self.address_at(key, url)).map(|url| (format, url))),
                None if self.speaks(format, operations) => found.add(key, "is missing: calls go there"),
                None => {}
            }
        }
        addresses
    }

    fn speaks(&self, format: Format, operations: &BTreeMap<Operation, Spelling>) -> bool {
        self.format == format || operations.values().any(|spelling| spelling.format == format)
    }

    fn refuse_missing_credentials(&self, operations: &BTreeMap<Operation, Spelling>, found: &mut Findings) {
        let filled = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        if self.speaks(Format::Json, operations) {
            if !filled(self.application_name.as_deref()) {
                found.add("application_name", "is missing: JSON calls need it");
            }
            if !filled(self.application_key.as_ref().map(ExposeSecret::expose_secret)) {
                found.add("application_key", "is missing: JSON calls need it");
            }
        }
        let by_token = |spelling: &Spelling| {
            spelling.format == Format::Xml && spelling.identification == Identification::Application
        };
        if operations.values().any(by_token)
            && !filled(self.server_token.as_ref().map(ExposeSecret::expose_secret))
        {
            found.add("server_token", "is missing: XML calls need it");
        }
    }

    fn refuse_odd_values(&self, found: &mut Findings) {
        for (key, days) in [("days_back", self.days_back), ("days_ahead", self.days_ahead)] {
            if days > MOST_DAYS {
                found.add(key, "does not fit: at most 400 is expected");
            }
        }
        if self.poll_interval_seconds < FLOOR.as_secs() {
            found.add("poll_interval_seconds", "does not fit: 300 or more is expected, as they ask");
        }
        if !LIMITS.contains(&self.answer_limit_bytes) {
            found.add("answer_limit_bytes", "does not fit: 65536 to 268435456 is expected");
        }
        for (key, seconds) in [
            ("total_timeout_seconds", self.total_timeout_seconds),
            ("connect_timeout_seconds", self.connect_timeout_seconds),
        ] {
            if !(1..=LONGEST_TOTAL).contains(&seconds) {
                found.add(key, "does not fit: 1 to 22 is expected");
            }
        }
        if self.sender_ip.trim() != "" && self.sender_ip.trim().parse::<std::net::IpAddr>().is_err() {
            found.add("sender_ip", "is no IP address");
        }
        if self.include_agendas.iter().any(|agenda| self.exclude_agendas.contains(agenda)) {
            found.add("exclude_agendas", "holds an agenda that include_agendas holds too");
        }
    }

    fn owners(&self, found: &mut Findings) -> BTreeMap<String, Key> {
        let mut owners = BTreeMap::new();
        for (agenda, reference) in &self.agendas {
            let known = matches!(
                Key::from_reference(reference),
                Some(Key {
                    resource_type: ResourceType::Practitioner
                        | ResourceType::PractitionerRole
                        | ResourceType::Location
                        | ResourceType::HealthcareService,
                    ..
                })
            );
            let number = agenda.parse::<i64>().is_ok_and(|number| number > 0);
            match Key::from_reference(reference).filter(|_| known && number) {
                Some(key) => drop(owners.insert(agenda.clone(), key)),
                None => found.add(
                    "agendas",
                    "does not hold: a number with a Practitioner/, PractitionerRole/, Location/ or HealthcareService/ reference is expected",
                ),
            }
        }
        owners
    }

    /// A file setting that is still there was never read; going on would silently miss a secret.
    fn refuse_unread_files(&self, found: &mut Findings) {
        for (key, file) in [
            ("application_key_file", &self.application_key_file),
            ("server_token_file", &self.server_token_file),
            ("client_certificate_file", &self.client_certificate_file),
            ("extra_ca_file", &self.extra_ca_file),
        ] {
            if file.is_some() {
                found.add(key, "was not read");
            }
        }
    }

    fn address_at(&self, key: &'static str, text: &str) -> Result<Url, Finding> {
        let fits = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.host_str().is_some_and(|host| !host.is_empty())
                && url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none()
        };
        let refused = || Finding::new(key, "is no http(s) address without query, fragment and credentials");
        let url = Url::parse(text).ok().filter(fits).ok_or_else(refused)?;
        let host = url.host_str().unwrap_or_default();
        let plain = is_loopback(host) || self.plain_http_hosts.iter().any(|listed| listed == host);
        if url.scheme() == "http" && !plain {
            return Err(Finding::new(key, "must be https (or its host stand in plain_http_hosts)"));
        }
        Ok(url)
    }

    fn transport(&self, addresses: &BTreeMap<Format, Url>) -> Result<Transport, Finding> {
        let hosts = addresses.values().filter_map(Url::host_str).map(str::to_owned);
        let settings = HttpSettings {
            hosts: hosts.chain(self.allow_hosts.iter().cloned()).collect(),
            plain_http_hosts: self.plain_http_hosts.clone(),
            connect_timeout: Duration::from_secs(self.connect_timeout_seconds),
            total_timeout: Duration::from_secs(self.total_timeout_seconds),
            answer_limit: self.answer_limit_bytes,
            extra_roots: self.extra_ca.clone(),
            identity: self.client_certificate.clone(),
            outside: None,
        };
        settings.build().map_err(|wrong| {
            let key = match wrong {
                WrongHttpSetting::ExtraRoots => "extra_ca",
                WrongHttpSetting::Identity | WrongHttpSetting::Build(_) => "client_certificate",
            };
            Finding::new(key, format!("does not fit: {wrong}"))
        })
    }
}

/// Findings so far.
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, key: &'static str, text: &str) {
        self.0.push(Finding::new(key, text));
    }

    fn keep<T>(&mut self, part: Result<T, Finding>) -> Option<T> {
        part.map_err(|finding| self.0.push(finding)).ok()
    }
}

/// The practice as it stands in systems and ids: it must stay one word, and the same for ever.
fn practice(target: &str) -> Result<String, Finding> {
    let mut word = String::new();
    for c in target.trim().chars() {
        match c.to_ascii_lowercase() {
            c if c.is_ascii_alphanumeric() => word.push(c),
            _ if !word.ends_with('-') => word.push('-'),
            _ => {}
        }
    }
    let word = word.trim_matches('-');
    if word.is_empty() || word.len() > 40 {
        return Err(Finding::new(
            "target",
            "is no AGB code or name: 1 to 40 letters and digits are expected",
        ));
    }
    Ok(word.to_owned())
}

fn keys(key: &'static str, numbers: &[i64], found: &mut Findings) -> BTreeSet<String> {
    if numbers.iter().any(|number| *number <= 0) {
        found.add(key, "holds a number that names nothing: 1 or more is expected");
    }
    numbers.iter().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn config(changes: &Value) -> Config {
        let mut all = json!({
            "json_url": "https://switchboard.example/v2", "target": "01000001",
            "application_name": "zorgtolk", "application_key": "hush-hush",
        });
        for (key, value) in changes.as_object().unwrap() {
            if value.is_null() {
                all.as_object_mut().unwrap().remove(key);
            } else {
                all[key] = value.clone();
            }
        }
        serde_json::from_value(all).unwrap()
    }

    fn keys(changes: &Value) -> Vec<&'static str> {
        config(changes).validate().map_or_else(|found| found.iter().map(|f| f.key).collect(), |_| Vec::new())
    }

    #[test]
    fn what_holds_is_validated_and_shows_no_secret() {
        let validated = config(&json!({"target": "HAP De  Linde"})).validate().unwrap();
        assert_eq!(
            (validated.practice.as_str(), validated.target.as_str()),
            ("hap-de-linde", "HAP De  Linde")
        );
        assert!(!format!("{validated:?}").contains("hush"), "a secret shows");
    }

    #[test]
    fn every_wrong_setting_is_found_by_its_key() {
        let xml = |text: Value| {
            let mut all = json!({"format": "xml", "xml_url": "https://x.example", "server_token": "t",
                "json_url": null, "application_name": null, "application_key": null});
            for (key, value) in text.as_object().unwrap() {
                all[key] = value.clone();
            }
            all
        };
        for (changes, wanted) in [
            (json!({"json_url": null}), vec!["json_url"]),
            (json!({"json_url": "http://switchboard.example"}), vec!["json_url"]),
            (json!({"json_url": "https://me:x@switchboard.example"}), vec!["json_url"]),
            (json!({"target": " - "}), vec!["target"]),
            (json!({"application_name": ""}), vec!["application_name"]),
            (json!({"application_key": null}), vec!["application_key"]),
            (json!({"application_key_file": "/nowhere"}), vec!["application_key_file"]),
            (json!({"time_zone": "Europe/Drachten"}), vec!["time_zone"]),
            (json!({"days_ahead": 401}), vec!["days_ahead"]),
            (json!({"poll_interval_seconds": 299}), vec!["poll_interval_seconds"]),
            (json!({"answer_limit_bytes": 1}), vec!["answer_limit_bytes"]),
            (json!({"total_timeout_seconds": 23}), vec!["total_timeout_seconds"]),
            (json!({"sender_ip": "here"}), vec!["sender_ip"]),
            (json!({"include_agendas": [71], "exclude_agendas": [71]}), vec!["exclude_agendas"]),
            (json!({"bookable_block_types": [0]}), vec!["bookable_block_types"]),
            (json!({"agendas": {"71": "Patient/a"}}), vec!["agendas"]),
            (json!({"agendas": {"Proefarts": "Practitioner/a"}}), vec!["agendas"]),
            (json!({"operations": {"book": {"method": "Boek"}}}), vec!["operations"]),
            (json!({"operations": {"statuses": {"format": "xml"}}}), vec!["xml_url", "server_token"]),
            (json!({"extra_ca": "no pem"}), vec!["extra_ca"]),
            (json!({"client_certificate": "no pem"}), vec!["client_certificate"]),
            (xml(json!({})), vec![]),
            (xml(json!({"server_token": ""})), vec!["server_token"]),
        ] {
            assert_eq!(keys(&changes), wanted, "{changes}");
        }
    }

    #[test]
    fn an_agenda_is_used_when_it_is_included_and_not_excluded() {
        let uses = |changes: Value| config(&changes).validate().unwrap().uses_agenda("71");
        assert!(uses(json!({})));
        assert!(uses(json!({"include_agendas": [71, 72]})));
        assert!(!uses(json!({"include_agendas": [72]})));
        assert!(!uses(json!({"exclude_agendas": [71]})));
    }

    #[test]
    fn a_secret_is_read_from_its_file_once() {
        let read =
            config(&json!({"application_key": null, "application_key_file": "Cargo.toml"})).read_files();
        assert!(read.unwrap().validate().is_ok());
        let both = config(&json!({"application_key_file": "Cargo.toml"})).read_files().unwrap_err();
        assert_eq!(both[0].key, "application_key_file");
    }
}
