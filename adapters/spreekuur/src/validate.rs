//! From settings as they were written to settings that hold: pure, and all findings at once.

use std::time::Duration;

use adapter_kit::Finding;
use adapter_kit::http::{HttpSettings, Transport, WrongHttpSetting, is_loopback};
use adapter_kit::oauth::{ClientAuthentication, OAuthSettings, SigningKey, TokenServer};
use fhir_profiles::{BsnCheck as ProfilesBsnCheck, Counting, Rules, Unknown};
use gateway_core::{Agb, LinkId};
use secrecy::SecretString;
use url::Url;

use crate::config::{AuthMethod, BsnCheck, Config, OrgHeaderValues};

/// An attempt longer than the engine's limit counts as unsure, so an answer must be waited for shorter than that.
const LONGEST_TOTAL: u64 = 44;

/// Settings that hold. Made by [`Config::validate`] only.
#[derive(Debug)]
pub struct Validated {
    pub(crate) base: String,
    pub(crate) agb: Agb,
    pub(crate) org_header_value: OrgHeaderValues,
    pub(crate) oauth: OAuthSettings,
    pub(crate) transport: Transport,
    pub(crate) rules: Rules,
    pub(crate) fallback_category_system: String,
    pub(crate) name: String,
}

impl Validated {
    /// Says what the link is called in metrics and logs.
    #[must_use]
    pub fn named(self, link: &LinkId) -> Self {
        Self { name: link.to_string(), ..self }
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
        let base = found.keep(address("base_url", &self.base_url));
        let agb =
            self.agb.parse::<Agb>().map_err(|_| Finding::new("agb", "is no AGB code: 8 digits are expected"));
        let agb = found.keep(agb);
        let oauth = self.oauth(&mut found);
        self.refuse_odd_values(&mut found);
        let server = oauth.as_ref().map(|oauth| &oauth.server);
        let transport = found.keep(self.transport(base.as_ref(), server));
        match (base, agb, oauth, transport) {
            (Some(base), Some(agb), Some(oauth), Some(transport)) if found.0.is_empty() => Ok(Validated {
                base: base.as_str().trim_end_matches('/').to_owned(),
                agb,
                org_header_value: self.org_header_value,
                oauth,
                transport,
                rules: Rules {
                    bsn: self.bsn_check.into(),
                    unknown: Unknown::Refuse,
                    // The stricter way, because it is not published how they count (section 7.3).
                    counting: Counting::Utf16,
                },
                fallback_category_system: self.fallback_category_system.clone(),
                name: "spreekuur".to_owned(),
            }),
            _ => Err(found.0),
        }
    }

    fn oauth(&self, found: &mut Findings) -> Option<OAuthSettings> {
        let server = found.keep(self.server());
        if self.client_id.trim().is_empty() {
            found.add("client_id", "is empty");
        }
        let authentication = found.keep(self.authentication());
        Some(OAuthSettings {
            server: server?,
            client_id: self.client_id.clone(),
            authentication: authentication?,
            scope: said(self.scope.as_ref()),
            audience: said(self.audience.as_ref()),
        })
    }

    fn refuse_odd_values(&self, found: &mut Findings) {
        if Url::parse(&self.fallback_category_system).is_err() {
            found.add("fallback_category_system", "is no absolute URI");
        }
        for (key, seconds) in [
            ("total_timeout_seconds", self.total_timeout_seconds),
            ("connect_timeout_seconds", self.connect_timeout_seconds),
        ] {
            if !(1..=LONGEST_TOTAL).contains(&seconds) {
                found.add(key, "does not fit: 1 to 44 is expected");
            }
        }
    }

    /// A file setting that is still there was never read; going on would silently miss a secret.
    fn refuse_unread_files(&self, found: &mut Findings) {
        for (key, file) in [
            ("client_secret_file", &self.client_secret_file),
            ("private_key_file", &self.private_key_file),
            ("client_certificate_file", &self.client_certificate_file),
            ("extra_ca_file", &self.extra_ca_file),
        ] {
            if file.is_some() {
                found.add(key, "was not read");
            }
        }
    }

    fn server(&self) -> Result<TokenServer, Finding> {
        match (&self.token_url, &self.issuer) {
            (Some(url), None) => address("token_url", url).map(TokenServer::Endpoint),
            (None, Some(url)) => address("issuer", url).map(TokenServer::Issuer),
            (None, None) => {
                Err(Finding::new("token_url", "is missing, and so is issuer: one of them is needed"))
            }
            (Some(_), Some(_)) => Err(Finding::new("token_url", "is set, and so is issuer: keep one")),
        }
    }

    fn authentication(&self) -> Result<ClientAuthentication, Finding> {
        match self.auth_method {
            AuthMethod::ClientSecretBasic => self.secret().map(ClientAuthentication::SecretBasic),
            AuthMethod::ClientSecretPost => self.secret().map(ClientAuthentication::SecretPost),
            AuthMethod::PrivateKeyJwt => self.signing_key().map(ClientAuthentication::PrivateKeyJwt),
            AuthMethod::TlsClientAuth if self.client_certificate.is_none() => {
                Err(Finding::new("client_certificate", "is missing: tls_client_auth needs it"))
            }
            AuthMethod::TlsClientAuth => Ok(ClientAuthentication::TlsClientAuth),
        }
    }

    fn secret(&self) -> Result<SecretString, Finding> {
        self.client_secret
            .clone()
            .ok_or_else(|| Finding::new("client_secret", "is missing: auth_method needs it"))
    }

    fn signing_key(&self) -> Result<SigningKey, Finding> {
        let missing = |key| Finding::new(key, "is missing: private_key_jwt needs it");
        let pem = self.private_key.as_ref().ok_or_else(|| missing("private_key"))?;
        let kid = self.private_key_id.as_ref().ok_or_else(|| missing("private_key_id"))?;
        SigningKey::from_pem(self.private_key_algorithm, kid, pem)
            .map_err(|_| Finding::new("private_key", "is no PEM that fits private_key_algorithm"))
    }

    fn transport(&self, base: Option<&Url>, server: Option<&TokenServer>) -> Result<Transport, Finding> {
        let token = server.map(|server| match server {
            TokenServer::Endpoint(url) | TokenServer::Issuer(url) => url,
        });
        let configured = [("base_url", base), ("token_url", token)];
        for (key, url) in configured {
            let plain = url.filter(|url| url.scheme() == "http").and_then(Url::host_str);
            if plain
                .is_some_and(|host| !is_loopback(host) && !self.plain_http_hosts.iter().any(|h| h == host))
            {
                return Err(Finding::new(key, "must be https (or its host stand in plain_http_hosts)"));
            }
        }
        let hosts = configured.iter().filter_map(|(_, url)| url.and_then(Url::host_str)).map(str::to_owned);
        let settings = HttpSettings {
            hosts: hosts.chain(self.allow_hosts.iter().cloned()).collect(),
            plain_http_hosts: self.plain_http_hosts.clone(),
            connect_timeout: Duration::from_secs(self.connect_timeout_seconds),
            total_timeout: Duration::from_secs(self.total_timeout_seconds),
            extra_roots: self.extra_ca.clone(),
            identity: self.client_certificate.clone(),
            ..HttpSettings::default()
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

fn address(key: &'static str, text: &str) -> Result<Url, Finding> {
    let fits = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.host_str().is_some_and(|host| !host.is_empty())
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    };
    let refused = || Finding::new(key, "is no http(s) address without query, fragment and credentials");
    Url::parse(text).ok().filter(fits).ok_or_else(refused)
}

fn said(text: Option<&String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl From<BsnCheck> for ProfilesBsnCheck {
    fn from(check: BsnCheck) -> Self {
        match check {
            BsnCheck::Format => Self::Format,
            BsnCheck::Warn => Self::Warn,
            BsnCheck::Elfproef => Self::ElevenTest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &serde_json::Value) -> Config {
        let mut all = serde_json::json!({
            "base_url": "https://api.example/fhir/r4/", "agb": "01000001", "client_id": "zorgtolk",
            "token_url": "https://login.example/token", "client_secret": "hush-hush",
        });
        for (key, value) in text.as_object().unwrap() {
            if value.is_null() {
                all.as_object_mut().unwrap().remove(key);
            } else {
                all[key] = value.clone();
            }
        }
        serde_json::from_value(all).unwrap()
    }

    fn keys(config: &Config) -> Vec<&'static str> {
        config.validate().map_or_else(|found| found.iter().map(|f| f.key).collect(), |_| Vec::new())
    }

    #[test]
    fn what_holds_is_validated_and_the_base_has_no_slash_at_its_end() {
        let validated = config(&serde_json::json!({})).validate().unwrap();
        assert_eq!(validated.base, "https://api.example/fhir/r4");
        assert!(!format!("{validated:?}").contains("hush"), "a secret shows");
    }

    #[test]
    fn every_wrong_setting_is_found_by_its_key() {
        for (text, wanted) in [
            (serde_json::json!({"base_url": "api.example"}), vec!["base_url"]),
            (serde_json::json!({"base_url": "https://api.example/?a=b"}), vec!["base_url"]),
            (serde_json::json!({"base_url": "https://me:x@api.example/"}), vec!["base_url"]),
            (serde_json::json!({"base_url": "http://api.example/"}), vec!["base_url"]),
            (serde_json::json!({"agb": "1000001"}), vec!["agb"]),
            (serde_json::json!({"token_url": null}), vec!["token_url"]),
            (serde_json::json!({"issuer": "https://login.example"}), vec!["token_url"]),
            (serde_json::json!({"client_id": " "}), vec!["client_id"]),
            (serde_json::json!({"client_secret": null}), vec!["client_secret"]),
            (serde_json::json!({"auth_method": "private_key_jwt"}), vec!["private_key"]),
            (
                serde_json::json!({"auth_method": "private_key_jwt", "private_key": "x", "private_key_id": "1"}),
                vec!["private_key"],
            ),
            (serde_json::json!({"auth_method": "tls_client_auth"}), vec!["client_certificate"]),
            (serde_json::json!({"extra_ca": "no pem"}), vec!["extra_ca"]),
            (serde_json::json!({"client_certificate": "no pem"}), vec!["client_certificate"]),
            (serde_json::json!({"fallback_category_system": "afspraak"}), vec!["fallback_category_system"]),
            (serde_json::json!({"total_timeout_seconds": 45}), vec!["total_timeout_seconds"]),
            (serde_json::json!({"connect_timeout_seconds": 0}), vec!["connect_timeout_seconds"]),
            (serde_json::json!({"client_secret_file": "/nowhere"}), vec!["client_secret_file"]),
            (
                serde_json::json!({"agb": "x", "client_id": "", "token_url": null}),
                vec!["agb", "token_url", "client_id"],
            ),
        ] {
            assert_eq!(keys(&config(&text)), wanted, "{text}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_and_named_hosts() {
        let local = serde_json::json!({"base_url": "http://127.0.0.1:9102/fhir/r4", "token_url": "http://localhost:9102/t"});
        assert_eq!(keys(&config(&local)), Vec::<&str>::new());
        let named =
            serde_json::json!({"base_url": "http://api.example/", "plain_http_hosts": ["api.example"]});
        assert_eq!(keys(&config(&named)), Vec::<&str>::new());
    }

    #[test]
    fn a_file_is_read_once_and_an_unreadable_one_is_a_finding() {
        let read = config(&serde_json::json!({"client_secret": null, "client_secret_file": "Cargo.toml"}))
            .read_files();
        assert!(read.unwrap().validate().is_ok());
        let both = config(&serde_json::json!({"client_secret_file": "Cargo.toml"})).read_files().unwrap_err();
        assert_eq!(both[0].key, "client_secret_file");
        let none = config(&serde_json::json!({"client_secret": null, "client_secret_file": "/nowhere"}));
        assert_eq!(none.read_files().unwrap_err()[0].key, "client_secret_file");
    }
}
