//! Answers in XML: element names, order and types as the vendor prints them (`tetra.md` sections 1.4, 2.5, 2.9). A
//! list whose wrapper is not printed is left out, unless it is offered under configured names.

use time::Date;

use super::tag::Tag;
use crate::desk::Reply;
use crate::local::midnight;
use crate::operations::{Kind, Operations, capital};
use crate::practice::{Appointment, Patient};
use crate::refusal::Refusal;
use crate::switches::Switches;
use crate::world::{Block, Shown, Slot};

const STATUS: &str = "OZB_Communicatie_Status_";

/// What an answer is made with.
#[derive(Debug)]
pub(crate) struct Words<'a> {
    pub(crate) switches: Switches,
    pub(crate) operations: &'a Operations,
    /// For ages.
    pub(crate) today: Date,
}

/// The document of an answer that is a success.
pub(crate) fn answer(stem: &str, reply: Reply, words: &Words<'_>) -> Tag {
    let mut root = opened(stem, "Verzoek_is_geslaagd");
    root.children.extend(content(reply, words));
    root
}

/// The document of an answer that is a failure; its words are not documented.
pub(crate) fn refusal(stem: &str, why: Refusal) -> Tag {
    opened(stem, why.word())
}

/// Root and status. The Id has nothing to do with the request's (section 1.4).
fn opened(stem: &str, word: &str) -> Tag {
    let root = Tag::holding(
        &format!("{stem}_Antwoord"),
        vec![Tag::text("CommunicatieStatus", format!("{STATUS}{word}"))],
    );
    root.with("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")
        .with("xmlns:xsd", "http://www.w3.org/2001/XMLSchema")
        .with("Id", "-1001")
}

fn content(reply: Reply, words: &Words<'_>) -> Vec<Tag> {
    match reply {
        Reply::Done | Reply::Bare => Vec::new(),
        Reply::LoggedIn(session) => vec![Tag::text("SessionId", session)],
        Reply::BlockTypes(kinds) => words.offered(Kind::BlockTypeList, |item| {
            kinds.iter().map(|it| block(item, it.id, &it.name, &it.colour, it.tenths)).collect()
        }),
        Reply::Agendas(agendas) => words.offered(Kind::AgendaList, |item| {
            agendas.iter().map(|it| keyed(item, it.id, vec![Tag::text("Naam", &*it.name)])).collect()
        }),
        Reply::OwnAppointments(shown) => {
            let items = shown.iter().map(|it| appointment("Tetra_Agenda_Afspraak", it, Vec::new()));
            vec![Tag::holding("Afspraken", items.collect())]
        }
        Reply::Appointments(shown, kind) => words
            .offered(kind, |item| shown.iter().map(|it| appointment(item, it, words.further(it))).collect()),
        Reply::Hits(patients, kind) => {
            words.offered(kind, |item| patients.iter().map(|it| hit(item, it)).collect())
        }
        Reply::WideHits(patients) => {
            let items = patients.iter().map(|it| words.described(it)).collect();
            vec![Tag::holding("ObjectOmschrijvingen", items)]
        }
        Reply::Slots(slots) => {
            words.offered(Kind::Slots, |item| slots.iter().map(|it| slot(item, it)).collect())
        }
        Reply::Enrolled(id) => vec![number("PatientId", id)],
        Reply::Booked { id, token } => {
            vec![number("AfspraakId", id), Tag::text("WisAfspraakToken", token.unwrap_or_default())]
        }
    }
}

impl Words<'_> {
    /// A list under configured names; nothing when it is not offered.
    fn offered(&self, kind: Kind, items: impl FnOnce(&str) -> Vec<Tag>) -> Vec<Tag> {
        if self.operations.get(kind).is_none() {
            return Vec::new();
        }
        let container = capital(&self.operations.name(kind, "list"));
        vec![Tag::holding(&container, items(&self.operations.name(kind, "item")))]
    }

    /// What the printed appointment has not, and a list of a whole agenda needs.
    fn further(&self, it: &Shown) -> Vec<Tag> {
        let patient = |text: fn(&Patient) -> &str| it.patient.as_ref().map_or("", text);
        vec![
            Tag::text("AfspraakStatus", self.switches.status_as.text(it.appointment.status)),
            Tag::text("WisAfspraakToken", it.appointment.token.as_deref().unwrap_or_default()),
            Tag::text("Email", patient(|it| it.email.as_deref().unwrap_or_default())),
            Tag::text("Voornaam", patient(|it| &it.given)),
            Tag::text("Achternaam", patient(|it| &it.family)),
            Tag::text("Geslacht", it.patient.as_ref().map_or("O", |it| it.gender.letter())),
        ]
    }

    /// Section 2.9: salutation, name, age, birth date, street, town in one line.
    fn described(&self, it: &Patient) -> Tag {
        let mut parts = vec![it.name()];
        if let Some(born) = it.born {
            parts.push(format!("({})", age(born, self.today)));
            parts.push(format!("{}-{}-{}", born.day(), u8::from(born.month()), born.year()));
        }
        parts.extend([it.street.clone(), it.town.clone()].into_iter().filter(|part| !part.is_empty()));
        let line = Tag::text("KorteOmschrijving", parts.join(" "));
        keyed("OZB_Communicatie_ObjectOmschrijving", it.id, vec![line])
    }
}

fn age(born: Date, today: Date) -> i32 {
    let birthday_is_over = (today.month() as u8, today.day()) >= (born.month() as u8, born.day());
    today.year() - born.year() - i32::from(!birthday_is_over)
}

fn keyed(name: &str, id: i64, children: Vec<Tag>) -> Tag {
    Tag::holding(name, children).with("Id", id.to_string())
}

fn number(name: &str, number: i64) -> Tag {
    Tag::text(name, number.to_string())
}

fn flag(name: &str, flag: bool) -> Tag {
    Tag::text(name, if flag { "true" } else { "false" })
}

/// Section 2.5.
fn appointment(name: &str, it: &Shown, further: Vec<Tag>) -> Tag {
    let is = &it.appointment;
    let mut children = vec![number("PatientId", is.patient), Tag::text("AgendaNaam", &*it.agenda_name)];
    children.extend(it.block.as_ref().map(own_block));
    children.extend([
        number("AgendaId", is.agenda),
        Tag::text("Start", is.start.to_string()),
        Tag::text("Eind", is.end.to_string()),
        flag("PortaalAfspraak", is.portal),
        flag("GemaaktDoorPraktijk", is.by_practice),
        Tag::text("Opmerkingen", is.remark.as_deref().unwrap_or_default()),
    ]);
    children.extend(further);
    let mut tag = keyed(name, is.id, children);
    lay_raw(&mut tag, is);
    tag
}

fn own_block(it: &Block) -> Tag {
    block("BlokType", it.id, &it.name, &it.colour, it.tenths)
}

fn block(name: &str, id: i64, label: &str, colour: &str, tenths: i64) -> Tag {
    let children = vec![
        Tag::text("Naam", label),
        Tag::text("Kleur", signed(colour)),
        Tag::text("AfspraakDuurMinuten", minutes(tenths)),
    ];
    keyed(name, id, children)
}

/// Section 3.2: opaque ARGB as a signed number; what is no colour is none.
fn signed(colour: &str) -> String {
    let rgb = u32::from_str_radix(colour, 16).map(|rgb| 0xFF00_0000 | rgb);
    rgb.map_or(0, u32::cast_signed).to_string()
}

/// Section 3.1: plain minutes.
fn minutes(tenths: i64) -> String {
    match (tenths / 10, tenths % 10) {
        (whole, 0) => whole.to_string(),
        (whole, rest) => format!("{whole}.{}", rest.abs()),
    }
}

fn hit(name: &str, it: &Patient) -> Tag {
    let children = vec![
        Tag::text("Naam", it.name()),
        Tag::text("GeboorteDatum", midnight(it.born)),
        number("PatientId", it.id),
    ];
    Tag::holding(name, children)
}

fn slot(name: &str, it: &Slot) -> Tag {
    let children = vec![
        Tag::text("Start", it.start.to_string()),
        Tag::text("Eind", it.end.to_string()),
        number("AgendaId", it.agenda),
        number("BlokTypeId", it.block_type),
    ];
    Tag::holding(name, children)
}

/// Elements that are laid down raw: null is `xsi:nil`, an absent one is left out.
fn lay_raw(tag: &mut Tag, is: &Appointment) {
    for (path, value) in &is.raw {
        let mut at = &mut *tag;
        let mut names: Vec<&str> = path.split('.').collect();
        let Some(last) = names.pop() else { continue };
        let Some(parent) = names.iter().try_fold(at, |at, name| at.child_mut(name)) else { continue };
        at = parent;
        if value == "(absent)" {
            at.children.retain(|child| child.name != last);
        } else if let Some(child) = at.child_mut(last) {
            child.children.clear();
            child.text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            if value.is_null() {
                child.text.clear();
                child.attributes.push(("xsi:nil".to_owned(), "true".to_owned()));
            }
        }
    }
}

impl Tag {
    fn child_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.children.iter_mut().find(|child| child.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_signed_numbers() {
        let cases = [
            ("FFFF80", "-128"),
            ("FFFFFF", "-1"),
            ("000000", "-16777216"),
            ("FF0000", "-65536"),
            ("00FF00", "-16711936"),
            ("3366CC", "-13408564"),
            ("none", "0"),
        ];
        for (colour, number) in cases {
            assert_eq!(signed(colour), number, "{colour}");
        }
    }

    #[test]
    fn durations_are_plain_minutes() {
        let cases = [(100, "10"), (75, "7.5"), (0, "0"), (-50, "-5")];
        for (tenths, text) in cases {
            assert_eq!(minutes(tenths), text);
        }
    }

    #[test]
    fn an_age_goes_up_on_the_birthday() {
        let born = time::macros::date!(1980 - 03 - 14);
        assert_eq!(age(born, time::macros::date!(2026 - 03 - 13)), 45);
        assert_eq!(age(born, time::macros::date!(2026 - 03 - 14)), 46);
    }
}
