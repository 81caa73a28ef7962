//! A patient books (8.2.1 to 8.2.6): XS-01 to XS-04 and XS-06, in the first version and the second.

use serde::Deserialize;
use serde_json::{Value, json};
use time::Date;

use super::bundle::{id, id_of, resources};
use super::conversation::Conversation;
use super::ending::Ending;
use super::order::Patient;
use super::slots::{Actor, Slot, Window};
use crate::bsn;

time::serde::format_description!(day, Date, "[year]-[month]-[day]");

/// What the patient chooses. What is left open is the first that is offered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Booking {
    /// `system|code` of the type.
    kind: Option<String>,
    /// v1: id of the PractitionerRole.
    practitioner: Option<String>,
    /// v2: id of the Schedule.
    agenda: Option<String>,
    /// Id of the Slot.
    slot: Option<String>,
    /// What the practice has to approve is proposed (8.2.4).
    #[serde(default)]
    approval: bool,
    #[serde(default = "remark")]
    comment: String,
    /// The day that counts as today; that of the stand-in's clock when absent.
    #[serde(default, with = "day::option")]
    today: Option<Date>,
}

fn remark() -> String {
    "Ik heb al een week last van mijn knie.".to_owned()
}

/// A bookable type.
struct Kind {
    system: String,
    code: String,
    display: String,
}

impl Kind {
    fn token(&self) -> String {
        format!("{}|{}", self.system, self.code)
    }
}

/// Types, practitioners and agendas, slots a week at a time, appointment.
pub(super) async fn v1(xis: &mut Conversation<'_>, booking: &Booking) -> Result<Ending, Ending> {
    let kind = kind(xis, booking, &[]).await?;
    let token = kind.token();
    let roles = xis.get(&["PractitionerRole"], &[]).await?;
    let schedules = xis.get(&["Schedule"], &[("service-category", &token)]).await?;
    let actors = practitioners(&roles, &schedules, booking.practitioner.as_deref());
    if actors.is_empty() {
        return Err(Ending::NoSlots);
    }

    let listed = actors.join(",");
    for week in Window::weeks(booking.day(xis)) {
        let query = [
            ("service-category", token.as_str()),
            ("schedule.date", &week.from),
            ("schedule.date", &week.until),
            ("schedule.actor:PractitionerRole", &listed),
        ];
        let answer = xis.get(&["Slot"], &query).await?;
        if let Some(slot) = booking.choose(Slot::free(&answer)) {
            let actor = slot.actor.clone().or_else(|| named(&roles, actors[0]));
            return book(xis, booking, &kind, &slot, actor).await;
        }
    }
    Err(Ending::NoSlots)
}

/// Types, slots of four weeks to see the agendas, slots of one agenda a week at a time, appointment.
pub(super) async fn v2(xis: &mut Conversation<'_>, booking: &Booking) -> Result<Ending, Ending> {
    let wanted = booking.kind.as_deref().map(|kind| [("service-category", kind)]);
    let kind = kind(xis, booking, wanted.as_ref().map_or(&[], |query| query)).await?;
    let token = kind.token();
    let today = booking.day(xis);
    let all = slots(xis, &token, &Window::whole(today), None).await?;
    let agenda = booking.agenda(&all).ok_or(Ending::NoSlots)?;

    for week in Window::weeks(today) {
        let listed = slots(xis, &token, &week, Some(&agenda)).await?;
        if let Some(slot) = booking.choose(listed) {
            let actor = slot.actor.clone();
            return book(xis, booking, &kind, &slot, actor).await;
        }
    }
    Err(Ending::NoSlots)
}

async fn slots(
    xis: &mut Conversation<'_>,
    kind: &str,
    window: &Window,
    agenda: Option<&str>,
) -> Result<Vec<Slot>, Ending> {
    let mut query = vec![
        ("service-category", kind),
        ("schedule.date", window.from.as_str()),
        ("schedule.date", window.until.as_str()),
        ("status", "free"),
    ];
    query.extend(agenda.map(|agenda| ("schedule", agenda)));
    xis.get(&["Slot"], &query).await.map(|answer| Slot::free(&answer))
}

impl Booking {
    fn day(&self, xis: &Conversation<'_>) -> Date {
        self.today.unwrap_or_else(|| xis.at.date())
    }

    fn choose(&self, offered: Vec<Slot>) -> Option<Slot> {
        offered.into_iter().find(|slot| self.slot.as_ref().is_none_or(|wanted| slot.id == *wanted))
    }

    /// The distinct schedules of the slots are the agendas (8.2.1).
    fn agenda(&self, slots: &[Slot]) -> Option<String> {
        let mut agendas = slots.iter().filter_map(|slot| slot.schedule.as_deref()).map(id_of);
        agendas
            .find(|&agenda| self.agenda.as_deref().is_none_or(|wanted| agenda == wanted))
            .map(str::to_owned)
    }
}

/// XS-01: the type that was asked for, or the first.
async fn kind(xis: &mut Conversation<'_>, booking: &Booking, query: &[(&str, &str)]) -> Result<Kind, Ending> {
    let answer = xis.get(&["ValueSet", "BookableAppointmentTypes"], query).await?;
    let kinds = kinds(&answer).into_iter();
    let mut wanted = kinds.filter(|kind| booking.kind.as_ref().is_none_or(|it| *it == kind.token()));
    wanted.next().ok_or(Ending::NoTypes)
}

/// 8.2.10; v1's has another `resourceType`, which is not looked at.
fn kinds(answer: &Value) -> Vec<Kind> {
    let mut kinds = Vec::new();
    for include in answer["compose"]["include"].as_array().into_iter().flatten() {
        let system = include["system"].as_str().unwrap_or_default();
        for concept in include["concept"].as_array().into_iter().flatten() {
            let Some(code) = concept["code"].as_str() else { continue };
            let display = concept["display"].as_str().unwrap_or(code);
            kinds.push(Kind { system: system.into(), code: code.into(), display: display.into() });
        }
    }
    kinds
}

/// The bookable practitioners that have an agenda of this type.
fn practitioners<'a>(roles: &'a Value, schedules: &Value, wanted: Option<&str>) -> Vec<&'a str> {
    let with_agenda: Vec<&str> = resources(schedules, "Schedule")
        .into_iter()
        .flat_map(|schedule| schedule["actor"].as_array().into_iter().flatten())
        .filter_map(|actor| actor["reference"].as_str())
        .map(id_of)
        .collect();
    let roles = resources(roles, "PractitionerRole").into_iter().filter_map(id);
    roles
        .filter(|role| with_agenda.contains(role))
        .filter(|role| wanted.is_none_or(|it| it == *role))
        .collect()
}

fn named(roles: &Value, role: &str) -> Option<Actor> {
    let found = resources(roles, "PractitionerRole").into_iter().find(|it| id(it) == Some(role))?;
    let display = found["practitioner"]["display"].as_str().or(found["name"].as_str())?;
    Some(Actor { reference: format!("PractitionerRole/{role}"), display: display.to_owned() })
}

/// XS-06.
async fn book(
    xis: &mut Conversation<'_>,
    booking: &Booking,
    kind: &Kind,
    slot: &Slot,
    actor: Option<Actor>,
) -> Result<Ending, Ending> {
    let (status, answer, ending) = if booking.approval {
        ("proposed", "needs-action", Ending::Pending)
    } else {
        ("booked", "accepted", Ending::Approved)
    };
    let appointment = json!({
        "resourceType": "Appointment",
        "status": status,
        "serviceCategory": [{
            "coding": [{ "system": kind.system, "code": kind.code, "display": kind.display }],
        }],
        "start": slot.start,
        "end": slot.end,
        "slot": [{ "reference": format!("Slot/{}", slot.id) }],
        "comment": booking.comment,
        "participant": participants(xis.patient(), actor, answer),
    });
    let taken = |refused| if refused == Ending::Conflict { Ending::SlotTaken } else { refused };
    xis.post("Appointment", &appointment).await.map(|()| ending).map_err(taken)
}

/// The patient, and the practitioner if the slot has one (8.2.4).
fn participants(patient: &Patient, actor: Option<Actor>, answer: &str) -> Vec<Value> {
    let who = json!({
        "actor": {
            "identifier": { "system": bsn::SYSTEM, "value": patient.bsn.reveal() },
            "display": patient.name,
        },
        "status": "accepted",
    });
    let with = actor.map(|Actor { reference, display }| {
        json!({ "actor": { "reference": reference, "display": display }, "status": answer })
    });
    std::iter::once(who).chain(with).collect()
}
