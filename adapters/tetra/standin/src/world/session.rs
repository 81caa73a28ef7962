//! Who is logged in (`tetra.md` section 1.6). A JSON client makes its session's id, for XML the server makes one; an
//! SMS brings the second factor. How an end shows, how long one lasts and what a code looks like is ours.

use std::collections::{HashMap, VecDeque};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::practice::Account;
use crate::refusal::Refusal;
use crate::switches::SecondFactor;

/// That many SMSes stay to be looked at.
const KEPT: usize = 100;

/// The sessions of all practices, by practice and id.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    open: HashMap<(usize, String), Session>,
    sent: VecDeque<Sms>,
}

/// A session of a user.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) account: Account,
    upgraded: bool,
    code: Option<String>,
    used: OffsetDateTime,
}

/// An SMS that went out, as its reader sees it.
#[derive(Debug)]
pub(crate) struct Sms {
    pub(crate) place: usize,
    pub(crate) username: String,
    pub(crate) code: String,
}

impl Sessions {
    /// Begins, or begins anew, with the first factor done.
    pub(crate) fn begin(&mut self, place: usize, id: String, account: Account, now: OffsetDateTime) {
        self.open.insert((place, id), Session { account, upgraded: false, code: None, used: now });
    }

    /// In which practice a session lives, for calls that name none.
    pub(crate) fn place_of(&self, id: &str) -> Option<usize> {
        self.open.keys().find(|(_, known)| known == id).map(|(place, _)| *place)
    }

    /// The session, used now; refused when there is none or it was not used for `lifetime`.
    pub(crate) fn touch(
        &mut self,
        place: usize,
        id: &str,
        now: OffsetDateTime,
        lifetime: Duration,
    ) -> Result<&mut Session, Refusal> {
        let key = (place, id.to_owned());
        if self.open.get(&key).is_some_and(|session| now - session.used >= lifetime) {
            self.open.remove(&key);
        }
        let session = self.open.get_mut(&key).ok_or(Refusal::Session)?;
        session.used = now;
        Ok(session)
    }

    /// Sends an SMS with a code to the session's user.
    pub(crate) fn send_code(&mut self, place: usize, id: &str) {
        let Some(session) = self.open.get_mut(&(place, id.to_owned())) else { return };
        let code = format!("{:06}", Uuid::new_v4().as_u128() % 1_000_000);
        session.code = Some(code.clone());
        if self.sent.len() == KEPT {
            self.sent.pop_front();
        }
        self.sent.push_back(Sms { place, username: session.account.username.clone(), code });
    }

    pub(crate) fn end(&mut self, place: usize, id: &str) {
        self.open.remove(&(place, id.to_owned()));
    }

    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn sent(&self) -> impl Iterator<Item = &Sms> {
        self.sent.iter()
    }
}

impl Session {
    /// The second factor; a code is good once.
    pub(crate) fn upgrade(&mut self, code: &str) -> Result<(), Refusal> {
        if self.code.as_deref() != Some(code) {
            return Err(Refusal::Code);
        }
        self.code = None;
        self.upgraded = true;
        Ok(())
    }

    /// Whether it may be used for more than becoming a better one.
    pub(crate) fn is_enough(&self, second: SecondFactor) -> bool {
        self.upgraded || second == SecondFactor::Optional
    }
}
