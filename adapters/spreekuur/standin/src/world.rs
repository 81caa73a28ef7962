//! Everything the played platform remembers, under one mutex, so that two PUTs on one key follow each other.
//!
//! What is "known" is found by (client, organisation, id) in one step, however many there are.

mod appointment;
mod ledger;
mod message;
mod people;
mod tray;

use std::sync::Arc;

use http::StatusCode;
use time::OffsetDateTime;
use uuid::Uuid;

pub(crate) use appointment::{Appointment, Put};
pub(crate) use ledger::{Key, Ledger};
pub(crate) use message::{Channel, Kind, Message};
pub(crate) use people::{Patient, People};
pub(crate) use tray::Tray;

use crate::agb::Agb;
use crate::appointment::{Content, Effect, Sent};
use crate::communication::{Melding, Way};
use crate::fingerprint::Fingerprint;
use crate::outcome::Refusal;
use crate::patient::Invitation;
use crate::settings::{Settings, Switches, UnknownCancel};
use crate::token::Tokens;
use crate::xis::Errand;

/// The platform's memory.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) tokens: Tokens,
    pub(crate) switches: Switches,
    pub(crate) people: People,
    pub(crate) appointments: Ledger<Appointment>,
    pub(crate) communications: Ledger<Communication>,
    pub(crate) invitations: Tray<Invited>,
    pub(crate) outbox: Tray<Message>,
    /// What was done at a XIS (M-09).
    pub(crate) errands: Tray<Errand>,
    /// Cancellations of what is not known (6.2 row 5).
    pub(crate) unknown_cancels: u64,
    /// [`Settings::keep`].
    pub(crate) keep: Option<usize>,
    ids: Ids,
}

/// A notification as the platform keeps it.
#[derive(Debug)]
pub(crate) struct Communication {
    pub(crate) topic: String,
    pub(crate) attachments: usize,
    pub(crate) way: Way,
    /// How many POSTs were accepted for it.
    pub(crate) deliveries: u64,
    fingerprint: Fingerprint,
}

/// An invitation that was mailed.
#[derive(Debug)]
pub(crate) struct Invited {
    pub(crate) agb: Agb,
    pub(crate) id: Arc<str>,
    pub(crate) email: String,
    pub(crate) at: OffsetDateTime,
}

impl World {
    pub(crate) fn new(settings: &Settings) -> Result<Self, String> {
        let mut world = Self {
            tokens: Tokens::default(),
            switches: settings.switches,
            people: People::default(),
            appointments: Ledger::default(),
            communications: Ledger::default(),
            invitations: Tray::keeping(settings.keep),
            outbox: Tray::keeping(settings.keep),
            errands: Tray::keeping(settings.keep),
            unknown_cancels: 0,
            keep: settings.keep,
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

    pub(crate) fn next_id(&mut self) -> Uuid {
        self.ids.next()
    }

    /// 6.2.
    pub(crate) fn put_appointment(
        &mut self,
        key: &Key,
        sent: Sent,
        if_match: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<Put, Refusal> {
        let kind = match appointment::judge(self.appointments.get(key), &sent, if_match)? {
            Effect::Unknown => return self.cancel_unknown(),
            Effect::Nothing => return Ok(self.keep_as_it_is(key, &sent.content)),
            Effect::New => Kind::New,
            Effect::Modified => Kind::Modified,
            Effect::Cancelled => Kind::Cancelled,
        };
        let channel = self.people.channel(sent.content.bsn);
        self.outbox.put(Message { kind, agb: key.agb, resource_id: key.id.clone(), at: now, channel });
        Ok(self.keep_changed(key, sent, now))
    }

    fn keep_as_it_is(&mut self, key: &Key, sent: &Content) -> Put {
        let known = self.appointments.get_mut(key).expect("what is not changed is known");
        known.deliveries += 1;
        known.unchanged(&key.id, sent)
    }

    fn keep_changed(&mut self, key: &Key, sent: Sent, now: OffsetDateTime) -> Put {
        let kept = self.appointments.get_or_insert(key, || Appointment::unseen(&sent, now));
        kept.deliveries += 1;
        let put = kept.change(&key.id, sent, now);
        self.appointments.fade(key, self.keep, |older| older.content = None);
        put
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
    ) -> Result<Arc<str>, Refusal> {
        let id: Arc<str> =
            melding.id.as_deref().map_or_else(|| self.ids.next().to_string().into(), Arc::from);
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
        self.communications.get_or_insert(&key, || kept);
        self.communications.fade(&key, self.keep, |older| older.topic = String::new());
        Ok(id)
    }

    fn notify(&mut self, way: Way, melding: &Melding, agb: Agb, id: &Arc<str>, now: OffsetDateTime) {
        let (kind, channel) = match way {
            Way::Melding => (Kind::Melding, self.people.channel(melding.bsn)),
            Way::Invitation => (Kind::Invitation, Channel::Mail),
            Way::Undeliverable => return,
        };
        self.outbox.put(Message { kind, agb, resource_id: id.clone(), at: now, channel });
        if let (Way::Invitation, Some(email)) = (way, &melding.email) {
            self.invitations.put(Invited { agb, id: id.clone(), email: email.clone(), at: now });
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
        let id: Arc<str> = id.into();
        let resource_id = id.clone();
        self.outbox.put(Message {
            kind: Kind::Invitation,
            agb,
            resource_id,
            at: now,
            channel: Channel::Mail,
        });
        self.invitations.put(Invited { agb, id, email, at: now });
        Ok(())
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
