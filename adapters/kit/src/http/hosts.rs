//! Which hosts may be spoken to, and which of them without TLS.

use std::net::IpAddr;

use ::http::Uri;

use super::{HttpFault, Outside};

/// The allow-list: exact host names, in lower case; or the whole internet.
#[derive(Debug, Clone, Default)]
pub(super) struct Hosts {
    pub(super) allowed: Vec<String>,
    pub(super) plain: Vec<String>,
    /// Instead of a list.
    pub(super) outside: Option<Outside>,
}

impl Hosts {
    pub(super) fn new(allowed: &[String], plain: &[String]) -> Self {
        let lower = |hosts: &[String]| hosts.iter().map(|host| plain_form(host)).collect();
        Self { allowed: lower(allowed), plain: lower(plain), outside: None }
    }

    /// Refuses before anything is resolved or connected.
    pub(super) fn permit(&self, uri: &Uri) -> Result<(), HttpFault> {
        if let Some(outside) = &self.outside {
            return outside.permit(&uri.to_string()).map(drop).map_err(HttpFault::Outside);
        }
        let host = plain_form(uri.host().unwrap_or_default());
        if host.is_empty() || !self.allowed.contains(&host) {
            return Err(HttpFault::HostNotAllowed);
        }
        match uri.scheme_str() {
            Some("https") => Ok(()),
            Some("http") if is_loopback(&host) || self.plain.contains(&host) => Ok(()),
            _ => Err(HttpFault::PlainHttp),
        }
    }
}

/// Lower case, without the brackets of an IPv6 address.
fn plain_form(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

/// Whether `host` can only be this machine (RFC 6761 section 6.3 for the name).
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    let host = plain_form(host);
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c_13_only_listed_hosts_and_plain_http_only_to_this_machine() {
        let listed = ["api.example", "127.0.0.1", "::1", "old.example", "10.0.0.1"].map(String::from);
        let hosts = Hosts::new(&listed, &["Old.Example".to_owned()]);
        for (uri, wanted) in [
            ("https://api.example/fhir/r4", Ok(())),
            ("https://API.Example:8443/fhir/r4", Ok(())),
            ("https://api.example.evil/", Err(HttpFault::HostNotAllowed)),
            ("https://sub.api.example/", Err(HttpFault::HostNotAllowed)),
            ("https://api.example@evil.example/", Err(HttpFault::HostNotAllowed)),
            ("http://api.example/", Err(HttpFault::PlainHttp)),
            ("http://10.0.0.1/", Err(HttpFault::PlainHttp)),
            ("ftp://api.example/", Err(HttpFault::PlainHttp)),
            ("http://127.0.0.1:9102/", Ok(())),
            ("http://[::1]:9102/", Ok(())),
            ("http://old.example/", Ok(())),
            ("/fhir/r4", Err(HttpFault::HostNotAllowed)),
        ] {
            assert_eq!(hosts.permit(&uri.parse().unwrap()), wanted, "{uri}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for (host, wanted) in [
            ("localhost", true),
            ("de-linde.localhost", true),
            ("127.8.8.8", true),
            ("[::1]", true),
            ("localhost.example", false),
            ("0.0.0.0", false),
            ("192.168.1.1", false),
        ] {
            assert_eq!(is_loopback(host), wanted, "{host}");
        }
    }
}
