//! Everything the played platform remembers, under one mutex, so that two PUTs on one key follow each other.
//!
//! What is "known" is found by (client, organisation, id) in one step, however many there are.

mod ledger;
mod outbox;
mod people;

use http::StatusCode;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

pub(crate) use ledger::{Key, Ledger};
pub(crate) use outbox::{Channel, Kind, Message, Outbox};
pub(crate) use people::{Patient, People};

use crate::agb::Agb;
use crate::appointment::{Content, Effect, effect};
use crate::communication::{Melding, Way};
use crate::outcome::Refusal;
use crate::patient::Invitation;
use crate::settings::{Settings, Switches, UnknownCancel};
use crate::token::Tokens;

/// The platform's memory.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) tokens: Tokens,
    pub(crate) switches: Switches,
    pub(crate) people: People,
    pub(crate) appointments: Ledger<Appointment>,
    pub(crate) communications: Ledger<Communication>,
    pub(crate) invitations: Vec<Invited>,
    pub(crate) outbox: Outbox,
    /// Cancellations of what is not known (6.2 row 5).
    pub(crate) unknown_cancels: u64,
    ids: Ids,
}

/// An appointment as the platform keeps it.
#[derive(Debug)]
pub(crate) struct Appointment {
    pub(crate) content: Content,
    /// How many PUTs were accepted for it, changed or not.
    pub(crate) deliveries: u64,
    /// The patient has not looked since the last change.
    pub(crate) badge: bool,
    version: u64,
    updated: OffsetDateTime,
}

/// A notification as the platform keeps it.
#[derive(Debug)]
pub(crate) struct Communication {
    pub(crate) topic: String,
    pub(crate) attachments: usize,
    pub(crate) way: Way,
    /// How many POSTs were accepted for it.
    pub(crate) deliveries: u64,
    fingerprint: Vec<u8>,
}

/// An invitation that was mailed.
#[derive(Debug)]
pub(crate) struct Invited {
    pub(crate) agb: Agb,
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) at: OffsetDateTime,
}

/// What a PUT led to.
pub(crate) enum Put {
    Stored {
        version: u64,
        body: Value,
    },
    /// Nothing stored; the answer is 200 all the same.
    Passed,
}

impl World {
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let mut world = Self {
            tokens: Tokens::default(),
            switches: settings.switches,
            people: People::default(),
            appointments: Ledger::default(),
            communications: Ledger::default(),
            invitations: Vec::new(),
            outbox: Outbox::keeping(settings.keep),
            unknown_cancels: 0,
            ids: Ids { counting: settings.deterministic_ids, made: 0 },
        };
        for bsn in &settings.patients {
            world.register(bsn, true, Channel::MailAndPush)?;
        }
        Ok(world)
    }

    pub(crate) fn register(&mut self, bsn: &str, registered: bool, channel: Channel) -> Result<(), String> {
        let idp_id = self.ids.next().to_string();
        self.people.add(bsn, Patient { registered, channel, idp_id })
    }

    /// 6.2, with `If-Match` (section 9) before it.
    pub(crate) fn put_appointment(
        &mut self,
        key: Key,
        content: Content,
        if_match: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Put, Refusal> {
        let known = self.appointments.get(&key);
        check_version(known, if_match)?;
        if known.is_some_and(|known| known.content.bsn != content.bsn) {
            let text = "The patient of a known appointment does not change";
            return Err(Refusal::at("Appointment.participant", "business-rule", text));
        }

        let kind = match effect(known.map(|known| &known.content), &content) {
            Effect::Unknown => return self.cancel_unknown(),
            Effect::Nothing => None,
            Effect::New => Some(Kind::New),
            Effect::Modified => Some(Kind::Modified),
            Effect::Cancelled => Some(Kind::Cancelled),
        };
        if let Some(kind) = kind {
            let channel = self.people.channel(content.bsn);
            self.outbox.put(Message { kind, agb: key.agb, resource_id: key.id.clone(), at: now, channel });
        }
        Ok(self.keep(key, content, kind.is_some(), now))
    }

    fn keep(&mut self, key: Key, content: Content, processed: bool, now: OffsetDateTime) -> Put {
        let id = key.id.clone();
        let kept = self.appointments.get_or_insert(key, || Appointment::unseen(content.clone(), now));
        kept.deliveries += 1;
        if processed {
            kept.content = content;
            kept.version += 1;
            kept.updated = now;
            kept.badge = true;
        }
        Put::Stored { version: kept.version, body: kept.resource(&id) }
    }

    fn cancel_unknown(&mut self) -> Result<Put, Refusal> {
        self.unknown_cancels += 1;
        match self.switches.unknown_cancel {
            UnknownCancel::Ok => Ok(Put::Passed),
            UnknownCancel::NotFound => Err(Refusal::not_found("This appointment is not known")),
        }
    }

    /// 7.2 and section 10 point 2; gives the notification's id.
    pub(crate) fn post_communication(
        &mut self,
        client: u16,
        agb: Agb,
        melding: Melding,
        now: OffsetDateTime,
    ) -> Result<String, Refusal> {
        let id = melding.id.clone().unwrap_or_else(|| self.ids.next().to_string());
        let key = Key { client, agb, id: id.clone() };
        if let Some(known) = self.communications.get_mut(&key) {
            if known.fingerprint != melding.fingerprint {
                let text = "This id was used for a notification with another content";
                return Err(Refusal::new(StatusCode::CONFLICT, "conflict", text));
            }
            known.deliveries += 1;
            return Ok(id);
        }

        let way = self.people.way_to(melding.bsn, melding.email.is_some());
        self.notify(way, &melding, agb, &id, now);
        let Melding { topic, attachments, fingerprint, .. } = melding;
        let kept = Communication { topic, attachments, way, deliveries: 1, fingerprint };
        self.communications.get_or_insert(key, || kept);
        Ok(id)
    }

    fn notify(&mut self, way: Way, melding: &Melding, agb: Agb, id: &str, now: OffsetDateTime) {
        let (kind, channel) = match way {
            Way::Melding => (Kind::Melding, self.people.channel(melding.bsn)),
            Way::Invitation => (Kind::Invitation, Channel::Mail),
            Way::Undeliverable => return,
        };
        self.outbox.put(Message { kind, agb, resource_id: id.to_owned(), at: now, channel });
        if let (Way::Invitation, Some(email)) = (way, &melding.email) {
            self.invitations.push(Invited { agb, id: id.to_owned(), email: email.clone(), at: now });
        }
    }

    /// SU-08; a patient with an account is refused (8.1.6).
    pub(crate) fn invite(
        &mut self,
        agb: Agb,
        invitation: Invitation,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        if self.people.find(&invitation.who).is_some_and(|patient| patient.registered) {
            let text = "This patient has an account already";
            return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "business-rule", text));
        }
        let Invitation { id, email, .. } = invitation;
        let resource_id = id.clone();
        self.outbox.put(Message {
            kind: Kind::Invitation,
            agb,
            resource_id,
            at: now,
            channel: Channel::Mail,
        });
        self.invitations.push(Invited { agb, id, email, at: now });
        Ok(())
    }
}

fn check_version(known: Option<&Appointment>, if_match: Option<&str>) -> Result<(), Refusal> {
    let Some(wanted) = if_match else { return Ok(()) };
    let current = known.map(|known| format!("W/\"{}\"", known.version));
    if current.as_deref() == Some(wanted) || (wanted == "*" && current.is_some()) {
        return Ok(());
    }
    Err(Refusal::new(StatusCode::PRECONDITION_FAILED, "conflict", "If-Match names another version"))
}

impl Appointment {
    fn unseen(content: Content, now: OffsetDateTime) -> Self {
        Self { content, deliveries: 0, badge: true, version: 0, updated: now }
    }

    fn resource(&self, id: &str) -> Value {
        let updated = self.updated.format(&Rfc3339).unwrap_or_default();
        self.content.resource(id, &json!({ "versionId": self.version.to_string(), "lastUpdated": updated }))
    }
}

/// Ids made by the platform; by counting when a test wants the same ones twice (M-08).
#[derive(Debug)]
struct Ids {
    counting: bool,
    made: u128,
}

impl Ids {
    fn next(&mut self) -> Uuid {
        self.made += 1;
        if self.counting { Uuid::from_u128(self.made) } else { Uuid::new_v4() }
    }
}
