//! A counterpart that answers while somebody waits: questions and signing in, as a script says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adapter_kit::{Answer, Aside, Ask, Asker, Exchange, ExchangeLog, Question, Session, SignIn};
use async_trait::async_trait;
use gateway_core::{Failure, Issue, IssueCode, ResourceType};
use gateway_engine::{Live, LiveLinks};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use crate::house::{House, link, resource};
use crate::ledger::{Record, items};

/// What is answered.
pub(crate) enum Said {
    Records(Vec<Record>),
    /// Free time, which nobody keeps, with a warning.
    Free,
    /// A record that cannot be read.
    Spoilt,
    Fails(Failure),
    Panics,
    Silence,
}

#[derive(Default)]
pub(crate) struct Desk {
    script: Mutex<VecDeque<Said>>,
    asked: Mutex<Vec<String>>,
}

impl Desk {
    pub(crate) fn new(script: Vec<Said>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.into()), asked: Mutex::default() })
    }

    /// What was asked and done, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn note(&self, what: String, log: &ExchangeLog) {
        self.asked.lock().unwrap().push(what);
        log.add(Exchange {
            at: OffsetDateTime::UNIX_EPOCH,
            took: Duration::from_millis(3),
            method: "POST".to_owned(),
            address: "https://desk.test/".to_owned(),
            status: Some(200),
            request: b"which?".to_vec(),
            response: b"secret words".to_vec(),
        });
    }
}

impl House {
    /// Lets `first` of `de-linde` answer at this desk; `second` only signs people in, there too.
    pub(crate) fn open(&self, desk: &Arc<Desk>) {
        let live = |ask: bool| Live {
            tenant: "de-linde".parse().unwrap(),
            ask: ask.then(|| Box::new(Window(Arc::clone(desk))) as Box<dyn Ask>),
            sign_in: Some(Box::new(Window(Arc::clone(desk)))),
            limit: Duration::from_millis(200),
        };
        self.engine.reach(LiveLinks::from([(link("first"), live(true)), (link("second"), live(false))]));
    }
}

struct Window(Arc<Desk>);

#[async_trait]
impl Ask for Window {
    fn answers(&self, resource_type: ResourceType) -> bool {
        resource_type != ResourceType::Communication
    }

    async fn ask(&self, question: &Question, log: &ExchangeLog) -> Result<Answer, Failure> {
        let who = match &question.asker {
            Asker::Practice => "practice".to_owned(),
            Asker::Patient(session) => session.0.expose_secret().to_owned(),
        };
        self.0.note(format!("{}? by {who}", question.resource_type), log);
        let said = self.0.script.lock().unwrap().pop_front().unwrap_or(Said::Free);
        match said {
            Said::Records(records) => Ok(Answer { items: items(&records), ..Answer::default() }),
            Said::Free => {
                let slot = r#"{"resourceType":"Slot","status":"free"}"#;
                let warning = Issue::warning(IssueCode::Incomplete, "one agenda did not answer");
                Ok(Answer { passing: vec![resource(slot)], warnings: vec![warning], ..Answer::default() })
            }
            Said::Spoilt => {
                let issues = vec![Issue::error(IssueCode::Structure, "no number")];
                let aside = vec![Aside { place: "Afspraken[0]".to_owned(), key: None, issues }];
                Ok(Answer { aside, ..Answer::default() })
            }
            Said::Fails(failure) => Err(failure),
            Said::Panics => panic!("a bug in the adapter"),
            Said::Silence => std::future::pending().await,
        }
    }
}

#[async_trait]
impl SignIn for Window {
    async fn open(&self, user: &str, password: &SecretString, log: &ExchangeLog) -> Result<Session, Failure> {
        self.0.note(format!("sign in {user}"), log);
        if password.expose_secret() != "right" {
            return Err(Failure::Never(vec![Issue::error(IssueCode::Login, "not the right password")]));
        }
        Ok(Session(SecretString::from("session-1")))
    }

    async fn send_code(&self, session: &Session, log: &ExchangeLog) -> Result<(), Failure> {
        self.0.note(format!("send code {}", session.0.expose_secret()), log);
        Ok(())
    }

    async fn confirm(
        &self,
        session: &Session,
        code: &SecretString,
        log: &ExchangeLog,
    ) -> Result<(), Failure> {
        self.0.note(format!("confirm {} {}", session.0.expose_secret(), code.expose_secret()), log);
        Ok(())
    }

    async fn close(&self, session: &Session, log: &ExchangeLog) -> Result<(), Failure> {
        self.0.note(format!("close {}", session.0.expose_secret()), log);
        Ok(())
    }
}
