//! Bytes to and from the Switchboard: one function per operation, one POST each. What an answer means for the one who
//! asked is `verdict.rs`'s.
//!
//! What goes over the wire is recorded with its secrets masked, also when the caller stops waiting.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_kit::http::{HttpClient, HttpFault, Record, retry_after};
use adapter_kit::{ExchangeLog, Session};
use gateway_core::Clock;
use http::{Method, Response, StatusCode, header};
use secrecy::SecretString;
use time::OffsetDateTime;

use crate::validate::Validated;
use crate::wire::{Answer, Given, Identification, Odd, Operation, Request, Spelling, Unwritable, masked};

/// Speaks to the Switchboard for one practice.
pub(crate) struct Client {
    settings: Validated,
    http: HttpClient,
    clock: Arc<dyn Clock>,
    /// Their names for the fields that hold secrets.
    secret_names: Vec<String>,
}

/// Why there is no answer to look at, or not the one asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The operation is not known on this link, so nothing was sent.
    #[error("the operation {} is not configured", .0.word())]
    Off(Operation),
    /// The request cannot be written, so nothing was sent.
    #[error("the request cannot be written")]
    Unwritable(#[source] Unwritable),
    /// No whole answer.
    #[error("no whole answer")]
    Http(#[source] HttpFault),
    /// An answer that is none.
    #[error("no good answer")]
    Odd {
        /// What is odd about it.
        #[source]
        odd: Odd,
        /// Whether it was asked on behalf of somebody who was signed in.
        by_user: bool,
        /// When to try again, when they said so.
        after: Option<Duration>,
    },
}

/// A period of some agendas: local times of the practice, the second one not in it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Period<'p> {
    pub(crate) start: &'p str,
    pub(crate) end: &'p str,
    pub(crate) agendas: &'p [String],
}

/// In what `Zoek` looks (2.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchKind {
    /// Phone numbers.
    Phone,
    /// E-mail addresses.
    Email,
    /// Everything.
    Everything,
}

impl Client {
    /// A client that has asked for nothing yet.
    pub(crate) fn new(settings: Validated, clock: Arc<dyn Clock>) -> Self {
        let http = HttpClient::new(settings.transport.clone(), Arc::clone(&clock));
        let secret_names = settings.operations.values().flat_map(Spelling::secret_names).collect();
        Self { settings, http, clock, secret_names }
    }

    /// The settings of the line.
    pub(crate) fn settings(&self) -> &Validated {
        &self.settings
    }

    /// The time both the floor and the windows go by.
    pub(crate) fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Whether an operation is on: published, or configured.
    pub(crate) fn knows(&self, operation: Operation) -> bool {
        self.settings.operations.contains_key(&operation)
    }

    /// How an operation is spelled here.
    pub(crate) fn spelling(&self, operation: Operation) -> Option<&Spelling> {
        self.settings.operations.get(&operation)
    }

    /// The agendas (2.2).
    pub(crate) async fn agendas(&self, log: &ExchangeLog) -> Result<Answer, Fault> {
        self.call(Operation::Agendas, None, &[], log).await
    }

    /// The block types (2.1).
    pub(crate) async fn block_types(&self, log: &ExchangeLog) -> Result<Answer, Fault> {
        self.call(Operation::BlockTypes, None, &[], log).await
    }

    /// The appointments of some agendas in a period (2.6).
    pub(crate) async fn appointments(&self, period: Period<'_>, log: &ExchangeLog) -> Result<Answer, Fault> {
        self.call(Operation::Appointments, None, &period.given(), log).await
    }

    /// Who is waiting (2.7). Never asked but by `poll/`, which keeps the floor of five minutes.
    pub(crate) async fn statuses(&self, period: Period<'_>, log: &ExchangeLog) -> Result<Answer, Fault> {
        self.call(Operation::Statuses, None, &period.given(), log).await
    }

    /// The appointments of who is signed in (2.5).
    pub(crate) async fn own_appointments(
        &self,
        session: &Session,
        log: &ExchangeLog,
    ) -> Result<Answer, Fault> {
        self.call(Operation::OwnAppointments, Some(session), &[], log).await
    }

    /// Free time (2.3).
    pub(crate) async fn slots(
        &self,
        period: Period<'_>,
        block_types: &[String],
        log: &ExchangeLog,
    ) -> Result<Answer, Fault> {
        let mut given = period.given().to_vec();
        given.push(("block_types", Given::Keys(block_types.to_vec())));
        self.call(Operation::Slots, None, &given, log).await
    }

    /// Persons with this BSN, number or birth date (2.8).
    pub(crate) async fn find_patient(
        &self,
        identifier: &SecretString,
        log: &ExchangeLog,
    ) -> Result<Answer, Fault> {
        let given = [("identifier", Given::Secret(identifier.clone()))];
        self.call(Operation::FindPatient, None, &given, log).await
    }

    /// Persons with this in their record (2.9): only for who may see all of the practice.
    pub(crate) async fn search_patients(
        &self,
        query: &SecretString,
        kind: SearchKind,
        session: Option<&Session>,
        log: &ExchangeLog,
    ) -> Result<Answer, Fault> {
        let given = [
            ("query", Given::Secret(query.clone())),
            ("kind", Given::Text(kind.word().to_owned())),
            ("birth_name", Given::Flag(true)),
            ("street", Given::Flag(false)),
            ("inactive", Given::Flag(false)),
        ];
        self.call(Operation::SearchPatients, session, &given, log).await
    }

    /// Calls one operation once.
    ///
    /// # Errors
    /// [`Fault`] tells how far it came.
    pub(crate) async fn call(
        &self,
        operation: Operation,
        session: Option<&Session>,
        given: &[(&str, Given)],
        log: &ExchangeLog,
    ) -> Result<Answer, Fault> {
        let spelling = self.spelling(operation).ok_or(Fault::Off(operation))?;
        let request = Request::write(spelling, &self.settings, session, given).map_err(Fault::Unwritable)?;
        let answer = self.post(spelling, request, log).await.map_err(Fault::Http)?;
        self.read(spelling, &answer)
    }

    fn read(&self, spelling: &Spelling, answer: &Response<Vec<u8>>) -> Result<Answer, Fault> {
        let read = match answer.status() {
            StatusCode::OK => Answer::read(spelling, answer.body(), charset(answer)),
            status => Err(Odd::Status(status)),
        };
        read.map_err(|odd| {
            if let Odd::Refused { code, contradictory: true } = &odd {
                tracing::warn!(
                    link = %self.settings.name, operation = spelling.operation.word(), ?code,
                    "The Switchboard's flag and code contradict each other"
                );
            }
            Fault::Odd {
                odd,
                by_user: spelling.identification == Identification::User,
                after: retry_after(answer.headers(), self.now()),
            }
        })
    }

    async fn post(
        &self,
        spelling: &Spelling,
        request: Request,
        log: &ExchangeLog,
    ) -> Result<Response<Vec<u8>>, HttpFault> {
        let started = Instant::now();
        let address = self.settings.addresses.get(&spelling.format).ok_or(HttpFault::Unbuildable)?;
        let request = http::Request::builder()
            .method(Method::POST)
            .uri(address)
            .header(header::CONTENT_TYPE, request.media_type)
            .body(request.body)
            .map_err(|_| HttpFault::Unbuildable)?;
        let masking = Masking { names: &self.secret_names, raw: ExchangeLog::default(), log };
        let answer = self.http.send(request, Record::Bodies, &masking.raw).await;
        drop(masking);
        let status = match &answer {
            Ok(answer) => Some(answer.status()),
            Err(fault) => fault.status(),
        };
        self.note(spelling.operation, status, started.elapsed());
        answer
    }

    fn note(&self, operation: Operation, status: Option<StatusCode>, took: Duration) {
        let status = status.map_or_else(|| "none".to_owned(), |status| status.as_u16().to_string());
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        tracing::info!(
            link = %self.settings.name, operation = operation.word(), status, took_ms,
            "The Switchboard was called"
        );
        metrics::counter!(
            "zorgtolk_link_calls_total",
            "link" => self.settings.name.clone(), "operation" => operation.word(), "status" => status,
        )
        .increment(1);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("practice", &self.settings.practice).finish_non_exhaustive()
    }
}

impl Period<'_> {
    fn given(&self) -> [(&'static str, Given); 3] {
        [
            ("start", Given::Text(self.start.to_owned())),
            ("end", Given::Text(self.end.to_owned())),
            ("agendas", Given::Keys(self.agendas.to_vec())),
        ]
    }
}

impl SearchKind {
    fn word(self) -> &'static str {
        match self {
            Self::Phone => "Telefoon",
            Self::Email => "Email",
            Self::Everything => "Alles",
        }
    }
}

/// Holds an exchange until it is over, then passes it on masked; also when the call is dropped half-way.
struct Masking<'l> {
    names: &'l [String],
    raw: ExchangeLog,
    log: &'l ExchangeLog,
}

impl Drop for Masking<'_> {
    fn drop(&mut self) {
        for mut exchange in self.raw.take() {
            exchange.request = masked(&exchange.request, self.names);
            exchange.response = masked(&exchange.response, self.names);
            self.log.add(exchange);
        }
    }
}

/// The charset their header names, if it does.
fn charset(answer: &Response<Vec<u8>>) -> Option<&str> {
    let content_type = answer.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    })
}
