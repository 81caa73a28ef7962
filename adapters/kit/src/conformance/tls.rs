//! A certificate authority of the moment and a TLS server on loopback, to prove whom a client trusts.
//!
//! Nothing here is secret or lasting: keys are made when a test starts and die with it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

const MADE: &str = "a certificate of our own can be made";

/// Says yes to everything.
const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";

/// A certificate authority nobody trusts unless told to.
pub struct TestCa {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    pem: String,
}

/// A certificate with its key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    pem: String,
}

impl TestCa {
    /// A new one.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "making keys is no default")]
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect(MADE);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect(MADE);
        let certificate = params.self_signed(&key).expect(MADE);
        let pem = pem("CERTIFICATE", certificate.der());
        Self { certificate: certificate.der().clone(), issuer: Issuer::new(params, key), pem }
    }

    /// Its certificate (PEM).
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A client's certificate and key (PEM).
    #[must_use]
    pub fn client_pem(&self) -> String {
        self.identity("zorgtolk").pem
    }

    fn identity(&self, name: &str) -> Identity {
        let key = KeyPair::generate().expect(MADE);
        let params = CertificateParams::new(vec![name.to_owned()]).expect(MADE);
        let certificate = params.signed_by(&key, &self.issuer).expect(MADE);
        Identity {
            chain: vec![certificate.der().clone()],
            pem: pem("CERTIFICATE", certificate.der()) + &pem("PRIVATE KEY", &key.serialize_der()),
            key: PrivateKeyDer::try_from(key.serialize_der()).expect(MADE),
        }
    }
}

/// The PEM form (RFC 7468) of `der`, for instance of a `PRIVATE KEY`.
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A server on 127.0.0.1 that answers every request with `200 {}`.
pub struct TlsServer {
    addr: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl TlsServer {
    /// Starts it with a certificate of `ca`; with `clients`, only who has a certificate of that authority is let in.
    ///
    /// # Panics
    /// When loopback has no free port.
    #[must_use]
    pub fn start(ca: &TestCa, clients: Option<&TestCa>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let addr = listener.local_addr().expect("a bound listener has an address");
        let config = Arc::new(config(ca, clients));
        let requests = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A connection that breaks is a client's matter; what was read of it counts.
                answer(stream, &config, &counter);
            }
        });
        Self { addr, requests }
    }

    /// Scheme, address and port.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("https://{}", self.addr)
    }

    /// How many requests it has read.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn config(ca: &TestCa, clients: Option<&TestCa>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider knows TLS 1.2 and 1.3");
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(clients) => {
            let mut roots = RootCertStore::empty();
            roots.add(clients.certificate.clone()).expect(MADE);
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().expect(MADE))
        }
    };
    let own = ca.identity("127.0.0.1");
    builder.with_single_cert(own.chain, own.key).expect(MADE)
}

/// Shakes hands, reads up to the blank line after the headers, counts, answers: who has the answer finds it counted.
fn answer(stream: TcpStream, config: &Arc<ServerConfig>, requests: &AtomicUsize) -> Option<()> {
    let connection = ServerConnection::new(Arc::clone(config)).ok()?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        read.push(byte[0]);
    }
    requests.fetch_add(1, Ordering::SeqCst);
    stream.write_all(ANSWER).ok()?;
    stream.conn.send_close_notify();
    stream.flush().ok()
}
