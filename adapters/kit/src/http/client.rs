//! Sending one request and recording what went over the wire.

use std::fmt;
use std::mem::take;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::http::{Request, Response, StatusCode, Uri};
use gateway_core::Clock;

use super::{HttpFault, Transport};
use crate::{Exchange, ExchangeLog};

/// Whether the bodies of an exchange are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// As they went over the wire.
    Bodies,
    /// Not at all: they hold secrets, as a token request and its answer do.
    Masked,
}

/// What stands in the record instead of a masked body.
const MASK: &[u8] = b"(masked)";

/// The client of one link. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct HttpClient {
    transport: Transport,
    clock: Arc<dyn Clock>,
}

impl HttpClient {
    /// A client over `transport`.
    #[must_use]
    pub fn new(transport: Transport, clock: Arc<dyn Clock>) -> Self {
        Self { transport, clock }
    }

    /// Sends `request` once and reads the whole answer, whatever its status. The exchange is added to `log`, also when
    /// the caller stops waiting.
    ///
    /// # Errors
    /// [`HttpFault`] tells how far it came.
    pub async fn send(
        &self,
        request: Request<Vec<u8>>,
        record: Record,
        log: &ExchangeLog,
    ) -> Result<Response<Vec<u8>>, HttpFault> {
        self.transport.hosts.permit(request.uri())?;
        let mut recording = Recording::start(&request, record, self.clock.as_ref(), log);
        let request = reqwest::Request::try_from(request).map_err(|_| HttpFault::Unbuildable)?;
        let mut answer =
            self.transport.client.execute(request).await.map_err(|error| HttpFault::of(&error))?;

        let status = answer.status();
        recording.exchange.status = Some(status.as_u16());
        let mut response = Response::builder().status(status);
        if let Some(headers) = response.headers_mut() {
            std::mem::swap(headers, answer.headers_mut());
        }
        let body = self.read(answer, status, &mut recording).await?;
        response.body(body).map_err(|_| HttpFault::Cut { status })
    }

    async fn read(
        &self,
        mut answer: reqwest::Response,
        status: StatusCode,
        recording: &mut Recording<'_>,
    ) -> Result<Vec<u8>, HttpFault> {
        let limit = self.transport.answer_limit;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| HttpFault::Cut { status })? {
            if body.len() + chunk.len() > limit {
                return Err(HttpFault::TooLarge { status, limit });
            }
            recording.received(&chunk);
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("hosts", &self.transport.hosts).finish_non_exhaustive()
    }
}

/// An exchange being filled; it goes into the log when it is dropped, so that a cancelled request is there too.
struct Recording<'l> {
    exchange: Exchange,
    record: Record,
    started: Instant,
    log: &'l ExchangeLog,
}

impl<'l> Recording<'l> {
    fn start(request: &Request<Vec<u8>>, record: Record, clock: &dyn Clock, log: &'l ExchangeLog) -> Self {
        let masked = MASK.to_vec();
        let (sent, answered) = match record {
            Record::Bodies => (request.body().clone(), Vec::new()),
            Record::Masked => (masked.clone(), masked),
        };
        let exchange = Exchange {
            at: clock.now(),
            took: Duration::ZERO,
            method: request.method().to_string(),
            address: address(request.uri()),
            status: None,
            request: sent,
            response: answered,
        };
        Self { exchange, record, started: Instant::now(), log }
    }

    fn received(&mut self, chunk: &[u8]) {
        if self.record == Record::Bodies {
            self.exchange.response.extend_from_slice(chunk);
        }
    }
}

impl Drop for Recording<'_> {
    fn drop(&mut self) {
        let filled = &mut self.exchange;
        self.log.add(Exchange {
            at: filled.at,
            took: self.started.elapsed(),
            method: take(&mut filled.method),
            address: take(&mut filled.address),
            status: filled.status,
            request: take(&mut filled.request),
            response: take(&mut filled.response),
        });
    }
}

/// Scheme, host, port and path; never the query, nor a name and password before the host.
fn address(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{host}{port}{}", uri.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_address_has_no_query_and_no_password() {
        let uri: Uri =
            "https://me:secret@api.example:8443/fhir/Patient?identifier=999990019".parse().unwrap();
        assert_eq!(address(&uri), "https://api.example:8443/fhir/Patient");
    }
}
