//! Bytes to and from Spreekuur.nl: addresses, headers, tokens. What an answer means is `verdict.rs`'s.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use adapter_kit::ExchangeLog;
use adapter_kit::http::{HttpClient, HttpFault, Record};
use adapter_kit::oauth::{Token, TokenFault, TokenSource};
use gateway_core::{Agb, Clock, RandomIds};
use http::{Method, Request, Response, StatusCode, header};

use crate::config::{OrgHeaderValue, OrgHeaderValues};
use crate::validate::Validated;

/// The header that names the organisation (`spreekuur.md` section 4).
const ORGANISATION: &str = "X-Organization-Identifier";
const FHIR_JSON: &str = "application/fhir+json";

/// Speaks to Spreekuur.nl for one organisation.
pub struct Client {
    base: String,
    agb: Agb,
    org_header_value: OrgHeaderValues,
    http: HttpClient,
    tokens: TokenSource,
    name: String,
    clock: Arc<dyn Clock>,
}

/// One of their operations; the numbers are those of `spreekuur.md` section 5.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// SU-01
    Appointment,
    /// SU-02
    Communication,
    /// SU-06
    PatientSearch,
    /// SU-08
    PatientInvite,
    /// No operation of theirs: any answer proves that the host is there.
    Metadata,
}

/// Why there is no answer to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CallFault {
    /// No token, so nothing was sent.
    #[error("no access token")]
    Token(#[source] TokenFault),
    /// No whole answer.
    #[error("no whole answer")]
    Http(#[source] HttpFault),
}

/// One call: what is asked, of which address, with which body.
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

impl Client {
    /// A client that has asked for nothing yet.
    #[must_use]
    pub fn new(validated: Validated, clock: Arc<dyn Clock>) -> Self {
        let http = HttpClient::new(validated.transport, Arc::clone(&clock));
        let tokens = TokenSource::new(
            validated.oauth,
            http.clone(),
            Arc::clone(&clock),
            Arc::new(RandomIds),
            validated.name.clone(),
        );
        Self {
            base: validated.base,
            agb: validated.agb,
            org_header_value: validated.org_header_value,
            http,
            tokens,
            name: validated.name,
            clock,
        }
    }

    pub(crate) fn now(&self) -> time::OffsetDateTime {
        self.clock.now()
    }

    /// Proves that a token can be had and that something answers at their address. Changes nothing there.
    pub(crate) async fn reach(&self, log: &ExchangeLog) -> Result<Response<Vec<u8>>, CallFault> {
        let token = self.tokens.fresh(log).await.map_err(CallFault::Token)?;
        let call = Call { operation: Operation::Metadata, path: "metadata".to_owned(), body: Vec::new() };
        self.attempt(&call, &token, log).await
    }

    /// Sends one call. A refused token is replaced once (`spreekuur.md` section 3, choice 5); a second 401 is the answer.
    pub(crate) async fn call(&self, call: &Call, log: &ExchangeLog) -> Result<Response<Vec<u8>>, CallFault> {
        let token = self.tokens.token(log).await.map_err(CallFault::Token)?;
        let first = self.attempt(call, &token, log).await;
        if first.as_ref().is_ok_and(|answer| answer.status() == StatusCode::UNAUTHORIZED) {
            self.tokens.refused(&token).await;
            let token = self.tokens.token(log).await.map_err(CallFault::Token)?;
            return self.attempt(call, &token, log).await;
        }
        first
    }

    async fn attempt(
        &self,
        call: &Call,
        token: &Token,
        log: &ExchangeLog,
    ) -> Result<Response<Vec<u8>>, CallFault> {
        let started = Instant::now();
        let request = self.request(call, token).ok_or(CallFault::Http(HttpFault::Unbuildable))?;
        let answer = self.http.send(request, Record::Bodies, log).await;
        let status = match &answer {
            Ok(answer) => Some(answer.status()),
            Err(fault) => fault.status(),
        };
        let status = status.map_or_else(|| "none".to_owned(), |status| status.as_u16().to_string());
        let took_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(link = %self.name, agb = %self.agb, path = %call.path, status, took_ms, "Spreekuur.nl was called");
        metrics::counter!(
            "zorgtolk_link_calls_total",
            "link" => self.name.clone(), "operation" => call.operation.word(), "status" => status,
        )
        .increment(1);
        answer.map_err(CallFault::Http)
    }

    fn request(&self, call: &Call, token: &Token) -> Option<Request<Vec<u8>>> {
        let mut request = Request::builder()
            .method(call.operation.method())
            .uri(format!("{}/{}", self.base, call.path))
            .header(header::ACCEPT, FHIR_JSON)
            .header(header::AUTHORIZATION, token.header()?)
            .header(ORGANISATION, self.organisation(call.operation));
        if let Some(media_type) = call.operation.media_type() {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        request.body(call.body.clone()).ok()
    }

    fn organisation(&self, operation: Operation) -> String {
        let form = match operation {
            Operation::Appointment => self.org_header_value.appointment,
            Operation::Communication => self.org_header_value.communication,
            Operation::PatientSearch => self.org_header_value.patient_search,
            Operation::PatientInvite => self.org_header_value.patient_invite,
            Operation::Metadata => OrgHeaderValue::Token,
        };
        match form {
            OrgHeaderValue::Token => format!("{}|{}", Agb::SYSTEM, self.agb),
            OrgHeaderValue::Bare => self.agb.to_string(),
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base).field("agb", &self.agb).finish_non_exhaustive()
    }
}

impl Operation {
    fn method(self) -> Method {
        match self {
            Self::Appointment => Method::PUT,
            Self::Communication | Self::PatientSearch | Self::PatientInvite => Method::POST,
            Self::Metadata => Method::GET,
        }
    }

    fn media_type(self) -> Option<&'static str> {
        match self {
            Self::Appointment | Self::Communication | Self::PatientInvite => Some(FHIR_JSON),
            Self::PatientSearch => Some("application/x-www-form-urlencoded"),
            Self::Metadata => None,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Appointment => "appointment",
            Self::Communication => "communication",
            Self::PatientSearch => "patient-search",
            Self::PatientInvite => "patient-invite",
            Self::Metadata => "check",
        }
    }
}
