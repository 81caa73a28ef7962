//! Addresses that callers chose: they may lead to the public internet and to nothing behind our own doors (server-side
//! request forgery).
//!
//! The form of an address is looked at first ([`Outside::permit`]), what its name stands for when it is connected to: the
//! client connects to the addresses that were looked at and resolves no second time, so a name that means something else a
//! moment later gains nothing. Every address of a name must be public. Redirects are followed by no client of the house.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::public::is_public;

/// The port of https, and the first one that is given out to nobody's system services.
const HTTPS: u16 = 443;
const FIRST_FREE: u16 = 1024;

/// Names that mean something only in a network of one's own.
const INNER: [&str; 5] = ["localhost", "local", "internal", "intranet", "home.arpa"];

/// Why an address is not spoken to. No text here repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOutside {
    /// It is no absolute address with a host.
    #[error("it is no absolute web address")]
    NoAddress,
    /// TLS is missing.
    #[error("it does not begin with https:")]
    NotHttps,
    /// Somebody's password would stand in it.
    #[error("it holds a user name or password")]
    UserInfo,
    /// A fragment is never sent.
    #[error("it has a fragment")]
    Fragment,
    /// A port on which something else than a web server is expected.
    #[error("its port is neither 443 nor one from 1024 up")]
    Port,
    /// The host, or an address it stands for, is not public.
    #[error("its host is not on the public internet")]
    NotPublic,
    /// The host stands for no address.
    #[error("the name of its host is not known")]
    Unknown,
}

/// Finds the addresses of a host.
#[async_trait]
pub trait Names: Send + Sync {
    /// Every address of `host`.
    ///
    /// # Errors
    /// When it has none, or nobody could be asked.
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The names as this machine knows them.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, HTTPS)).await?.map(|address| address.ip()).collect())
    }
}

/// What callers' addresses may lead to.
#[derive(Clone)]
pub struct Outside {
    names: Arc<dyn Names>,
    /// Hosts an operator vouches for, in lower case: they need neither a public address nor TLS.
    exempt: Arc<[String]>,
}

impl Outside {
    /// The public internet, and the hosts in `exempt`.
    #[must_use]
    pub fn new(names: Arc<dyn Names>, exempt: &[String]) -> Self {
        Self { names, exempt: exempt.iter().map(|host| plain(host)).collect() }
    }

    /// Whether an address has a form that may be spoken to. What its name stands for is not looked at.
    ///
    /// # Errors
    /// [`NotOutside`] says what is wrong with it.
    pub fn permit(&self, address: &str) -> Result<Url, NotOutside> {
        // The parser knows every way of writing an IPv4 address that clients know.
        let url = Url::parse(address).map_err(|_| NotOutside::NoAddress)?;
        let host = url.host().ok_or(NotOutside::NoAddress)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NotOutside::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(NotOutside::Fragment);
        }
        if self.is_exempt(&host.to_string()) && matches!(url.scheme(), "https" | "http") {
            return Ok(url);
        }
        if url.scheme() != "https" {
            return Err(NotOutside::NotHttps);
        }
        if !matches!(url.port_or_known_default(), Some(HTTPS | FIRST_FREE..)) {
            return Err(NotOutside::Port);
        }
        let public = match host {
            Host::Ipv4(v4) => is_public(IpAddr::V4(v4)),
            Host::Ipv6(v6) => is_public(IpAddr::V6(v6)),
            Host::Domain(name) => !is_inner(name),
        };
        if public { Ok(url) } else { Err(NotOutside::NotPublic) }
    }

    /// The same, and its name stands for public addresses at this moment.
    ///
    /// # Errors
    /// As [`Outside::permit`]; [`NotOutside::Unknown`].
    pub async fn leads_outside(&self, address: &str) -> Result<Url, NotOutside> {
        let url = self.permit(address)?;
        if let Some(Host::Domain(name)) = url.host() {
            self.resolve(name).await?;
        }
        Ok(url)
    }

    /// The addresses of a host, when all of them may be spoken to.
    async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, NotOutside> {
        let found = self.names.addresses(host).await.map_err(|_| NotOutside::Unknown)?;
        if found.is_empty() {
            return Err(NotOutside::Unknown);
        }
        let all_public = found.iter().copied().all(is_public);
        if all_public || self.is_exempt(host) { Ok(found) } else { Err(NotOutside::NotPublic) }
    }

    fn is_exempt(&self, host: &str) -> bool {
        self.exempt.contains(&plain(host))
    }
}

/// The client asks here whenever it opens a connection to a name.
impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        let outside = self.clone();
        Box::pin(async move {
            let found = Self::resolve(&outside, name.as_str()).await;
            let found = found.map_err(|refused| Box::new(refused) as Box<dyn Error + Send + Sync>)?;
            // The client puts the port of the address in.
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outside").field("exempt", &self.exempt).finish_non_exhaustive()
    }
}

/// Lower case, without brackets and without the dot that ends a full name.
fn plain(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches([']', '.']).to_ascii_lowercase()
}

fn is_inner(name: &str) -> bool {
    let name = plain(name);
    !name.contains('.')
        || INNER
            .iter()
            .any(|inner| name.strip_suffix(inner).is_some_and(|rest| rest.ends_with('.') || rest.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knows one name.
    struct One(&'static str, &'static [&'static str]);

    #[async_trait]
    impl Names for One {
        async fn addresses(&self, host: &str) -> io::Result<Vec<IpAddr>> {
            if host != self.0 {
                return Err(io::ErrorKind::NotFound.into());
            }
            Ok(self.1.iter().map(|address| address.parse().unwrap()).collect())
        }
    }

    fn outside(exempt: &[&str]) -> Outside {
        let exempt: Vec<_> = exempt.iter().map(|host| (*host).to_owned()).collect();
        Outside::new(Arc::new(One("hook.example", &["93.184.216.34"])), &exempt)
    }

    #[test]
    fn case_89_only_https_to_the_public_internet() {
        use NotOutside::{Fragment, NoAddress, NotHttps, NotPublic, Port, UserInfo};
        for (address, wanted) in [
            ("https://hook.example/fhir?x=1", None),
            ("https://hook.example:8443/", None),
            ("https://8.8.8.8/", None),
            ("https://[2606:4700::1111]/", None),
            ("http://hook.example/", Some(NotHttps)),
            ("ftp://hook.example/", Some(NotHttps)),
            ("file:///etc/passwd", Some(NoAddress)),
            ("gopher://127.0.0.1:70/", Some(NotHttps)),
            ("/hook", Some(NoAddress)),
            ("https://", Some(NoAddress)),
            ("https://me:secret@hook.example/", Some(UserInfo)),
            ("https://hook.example@127.0.0.1/", Some(UserInfo)),
            ("https://hook.example/#here", Some(Fragment)),
            ("https://hook.example:22/", Some(Port)),
            ("https://hook.example:25/", Some(Port)),
            ("https://hook.example:0/", Some(Port)),
            ("https://169.254.169.254/", Some(NotPublic)),
            ("https://127.0.0.1/", Some(NotPublic)),
            ("https://2130706433/", Some(NotPublic)),
            ("https://0x7f000001/", Some(NotPublic)),
            ("https://0177.0.0.1/", Some(NotPublic)),
            ("https://127.1/", Some(NotPublic)),
            ("https://0/", Some(NotPublic)),
            ("https://[::1]/", Some(NotPublic)),
            ("https://[::ffff:127.0.0.1]/", Some(NotPublic)),
            ("https://[::ffff:a9fe:a9fe]/", Some(NotPublic)),
            ("https://[64:ff9b::a9fe:a9fe]/", Some(NotPublic)),
            ("https://localhost/", Some(NotPublic)),
            ("https://LOCALHOST./", Some(NotPublic)),
            ("https://de-linde.localhost/", Some(NotPublic)),
            ("https://metadata.google.internal/", Some(NotPublic)),
            ("https://printer.local/", Some(NotPublic)),
            ("https://intern/", Some(NotPublic)),
            ("https://１２７.0.0.1/", Some(NotPublic)),
        ] {
            assert_eq!(outside(&[]).permit(address).err(), wanted, "{address}");
        }
    }

    #[test]
    fn a_host_that_is_vouched_for_may_be_anywhere() {
        for address in
            ["http://127.0.0.1:9000/", "https://127.0.0.1:80/", "http://LocalHost.:9000/", "https://[::1]/"]
        {
            assert!(outside(&["127.0.0.1", "localhost", "::1"]).permit(address).is_ok(), "{address}");
        }
        assert!(outside(&["127.0.0.1"]).permit("https://127.0.0.2/").is_err());
        assert!(outside(&["127.0.0.1"]).permit("file://127.0.0.1/x").is_err());
    }

    #[tokio::test]
    async fn every_address_of_a_name_must_be_public() {
        for (addresses, wanted) in [
            (&["93.184.216.34"][..], None),
            (&["93.184.216.34", "2606:4700::1111"], None),
            (&["93.184.216.34", "10.0.0.1"], Some(NotOutside::NotPublic)),
            (&["169.254.169.254"], Some(NotOutside::NotPublic)),
            (&["::ffff:127.0.0.1"], Some(NotOutside::NotPublic)),
            (&[], Some(NotOutside::Unknown)),
        ] {
            let outside = Outside::new(Arc::new(One("hook.example", addresses)), &[]);
            let led = outside.leads_outside("https://hook.example/").await;
            assert_eq!(led.err(), wanted, "{addresses:?}");
        }
        let unknown = outside(&[]).leads_outside("https://nowhere.example/").await;
        assert_eq!(unknown, Err(NotOutside::Unknown));
    }
}
