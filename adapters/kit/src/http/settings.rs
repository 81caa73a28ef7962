//! What the client is told, and the compiled form of it.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::Outside;
use super::hosts::Hosts;

/// How a link's client behaves. The defaults are those of `spreekuur.md` section 10.6.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The hosts that may be spoken to; no other is, not even resolved.
    pub hosts: Vec<String>,
    /// Those of them that may be spoken to without TLS. This machine always may.
    pub plain_http_hosts: Vec<String>,
    /// Instead of the two lists: addresses that callers chose.
    pub outside: Option<Outside>,
    /// Until a connection stands.
    pub connect_timeout: Duration,
    /// Until the answer is read.
    pub total_timeout: Duration,
    /// Largest answer that is read, in bytes after decompression.
    pub answer_limit: usize,
    /// Certificates (PEM) trusted besides the system's.
    pub extra_roots: Option<String>,
    /// Our own certificate chain and private key (PEM), for counterparts that ask for one.
    pub identity: Option<SecretString>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            plain_http_hosts: Vec::new(),
            outside: None,
            connect_timeout: Duration::from_secs(10),
            total_timeout: Duration::from_secs(30),
            answer_limit: 1024 * 1024,
            extra_roots: None,
            identity: None,
        }
    }
}

/// A setting the client cannot be made with.
#[derive(Debug, thiserror::Error)]
pub enum WrongHttpSetting {
    /// `extra_roots` is no PEM with at least one certificate.
    #[error("the extra certificates are no PEM certificates")]
    ExtraRoots,
    /// `identity` is no PEM with a certificate and its private key.
    #[error("the client certificate is no PEM with a certificate chain and its private key")]
    Identity,
    /// TLS does not accept certificate and key together.
    #[error("the client cannot be made")]
    Build(#[source] reqwest::Error),
}

/// A client that is ready but for the time.
#[derive(Debug, Clone)]
pub struct Transport {
    pub(super) client: reqwest::Client,
    pub(super) hosts: Hosts,
    pub(super) answer_limit: usize,
}

impl HttpSettings {
    /// Compiles the settings. Reads the system's certificates; touches no network.
    ///
    /// # Errors
    /// [`WrongHttpSetting`] names the setting.
    pub fn build(&self) -> Result<Transport, WrongHttpSetting> {
        let client = match self.builder()?.tls_certs_merge(self.roots()?).build() {
            // A machine without certificates of its own trusts only the extra ones.
            Err(_) => self.builder()?.tls_certs_only(self.roots()?).build(),
            built => built,
        };
        Ok(Transport {
            client: client.map_err(WrongHttpSetting::Build)?,
            hosts: Hosts { outside: self.outside.clone(), ..Hosts::new(&self.hosts, &self.plain_http_hosts) },
            answer_limit: self.answer_limit,
        })
    }

    fn builder(&self) -> Result<reqwest::ClientBuilder, WrongHttpSetting> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("zorgtolk/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .min_tls_version(reqwest::tls::Version::TLS_1_2)
            .connect_timeout(self.connect_timeout)
            .timeout(self.total_timeout);
        if let Some(outside) = &self.outside {
            builder = builder.dns_resolver(Arc::new(outside.clone()));
        }
        if let Some(pem) = &self.identity {
            let identity = reqwest::Identity::from_pem(pem.expose_secret().as_bytes());
            builder = builder.identity(identity.map_err(|_| WrongHttpSetting::Identity)?);
        }
        Ok(builder)
    }

    fn roots(&self) -> Result<Vec<reqwest::Certificate>, WrongHttpSetting> {
        let Some(pem) = &self.extra_roots else { return Ok(Vec::new()) };
        match reqwest::Certificate::from_pem_bundle(pem.as_bytes()) {
            Ok(roots) if !roots.is_empty() => Ok(roots),
            _ => Err(WrongHttpSetting::ExtraRoots),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_setting_is_named_and_its_value_not_repeated() {
        let roots = HttpSettings { extra_roots: Some("no pem".into()), ..HttpSettings::default() };
        assert!(matches!(roots.build(), Err(WrongHttpSetting::ExtraRoots)));
        let identity = HttpSettings { identity: Some("no pem".into()), ..HttpSettings::default() };
        assert!(matches!(identity.build(), Err(WrongHttpSetting::Identity)));
        assert!(HttpSettings::default().build().is_ok());
    }
}
