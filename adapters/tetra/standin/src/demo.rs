//! The practices of the demo: invented people with test numbers, and a day of appointments.

use time::{Date, Duration};

use crate::local::Local;
use crate::practice::{
    Account, Agenda, Appointment, BlockType, Gender, OwnBlock, Patient, Practice, Role, Status,
};
use crate::settings::Settings;

/// The number in the GP system, BSN, first name, last name, letter, date of birth.
type Person = (i64, &'static str, &'static str, &'static str, char, &'static str);

const DE_LINDE: &[Person] = &[
    (4711, "999990019", "T.", "Testpersoon", 'V', "1986-09-29"),
    (4712, "999993847", "Aleida", "van den Verzinsel", 'V', "1948-02-29"),
    (4713, "999993483", "Barend", "Bedacht", 'M', "1955-07-01"),
    (4714, "999990482", "Cornelis", "Denkbeeld", 'M', "1961-11-30"),
    (4715, "999993653", "Dilara", "Fictief", 'V', "1990-04-17"),
    (4716, "999995017", "Evert-Jan", "de Schijn", 'M', "1973-12-25"),
    (4717, "999990408", "Femke", "Fantasie", 'V', "2001-01-01"),
    (4718, "999994669", "Gijsbert", "ter Voorbeeld", 'M', "1939-05-10"),
    (4719, "999992806", "Hanneke", "Proefkonijn", 'V', "1967-08-08"),
    (4720, "999993926", "Ismaël", "Sprookje", 'M', "1984-03-27"),
    (4721, "999991905", "Jikke", "Verdichtsel", 'V', "2019-10-27"),
    (4722, "999993550", "Klaas", "van Nergens", 'M', "2012-06-21"),
    (4723, "999990421", "Lidewij", "Mock-Dummy", 'V', "1995-09-14"),
];

const URO_KLINIEK: &[Person] = &[
    (1, "999990007", "Maarten", "Nagebootst", 'M', "1950-10-05"),
    (2, "999990020", "Nel", "Onbestaand", 'V', "1946-12-31"),
    (3, "999990044", "Otto", "Papieren", 'M', "1958-04-30"),
];

const ARTS: i64 = 71;
const PRAKTIJKONDERSTEUNER: i64 = 72;
const SPREEKKAMER: i64 = 73;

const CONSULT: i64 = 501;
const TELEFOON: i64 = 502;
const DUBBEL: i64 = 503;
const NIET_INPLANNEN: i64 = 504;

/// The demo's practices, without appointments.
pub(crate) fn practices() -> Vec<Practice> {
    vec![de_linde(), uro_kliniek()]
}

fn de_linde() -> Practice {
    let account = |username: &str, role, patients| Account {
        username: username.to_owned(),
        password: Settings::PASSWORD.to_owned(),
        role,
        patients,
    };
    Practice {
        name: Settings::PRACTICE.to_owned(),
        agb: Settings::AGB.to_owned(),
        agendas: vec![
            agenda(ARTS, "Mw. A. Linde, huisarts"),
            agenda(PRAKTIJKONDERSTEUNER, "POH somatiek"),
            agenda(SPREEKKAMER, "Spreekkamer 2"),
        ],
        block_types: vec![
            block_type(CONSULT, "Consult kort ", "3366CC", 100),
            block_type(TELEFOON, "Telefoon", "00AA55", 50),
            block_type(DUBBEL, "Consult dubbel", "FFFF80", 200),
            block_type(NIET_INPLANNEN, "Niet inplannen", "C0C0C0", 300),
        ],
        patients: people(DE_LINDE),
        accounts: vec![
            account(Settings::USERNAME, Role::Patient, vec![4711]),
            account(Settings::STAFF, Role::Staff, Vec::new()),
        ],
        appointments: Vec::new(),
    }
}

fn uro_kliniek() -> Practice {
    Practice {
        name: Settings::OTHER_PRACTICE.to_owned(),
        agb: Settings::OTHER_AGB.to_owned(),
        agendas: vec![agenda(ARTS, "Dhr. U. Kliniek, uroloog")],
        block_types: vec![block_type(CONSULT, "Nieuwe patiënt", "FF0000", 200)],
        patients: people(URO_KLINIEK),
        ..Practice::default()
    }
}

fn agenda(id: i64, name: &str) -> Agenda {
    Agenda { id, name: name.to_owned() }
}

fn block_type(id: i64, name: &str, colour: &str, tenths: i64) -> BlockType {
    BlockType { id, name: name.to_owned(), colour: colour.to_owned(), tenths }
}

fn people(people: &[Person]) -> Vec<Patient> {
    people.iter().map(person).collect()
}

fn person(&(id, bsn, given, family, letter, born): &Person) -> Patient {
    let born = Date::parse(born, time::macros::format_description!("[year]-[month]-[day]")).ok();
    let name = given.trim_end_matches('.').to_lowercase().replace('ë', "e");
    let surname = family.rsplit(' ').next().unwrap_or(family).to_lowercase();
    Patient {
        id,
        bsn: Some(bsn.to_owned()),
        given: given.to_owned(),
        family: family.to_owned(),
        born,
        gender: if letter == 'V' { Gender::Female } else { Gender::Male },
        email: Some(format!("{name}.{surname}@example.org")),
        phones: vec![format!("010{id:07}")],
        street: format!("Proefstraat {}", id % 100),
        town: "Voorbeeldstad".to_owned(),
        ..Patient::default()
    }
}

/// Day from today, time, agenda, block type, minutes, patient, status, by portal, remark.
type Entry = (i64, (u8, u8), i64, i64, i64, i64, Status, bool, Option<&'static str>);

const DAY: &[Entry] = &[
    (-1, (9, 0), ARTS, CONSULT, 10, 4712, Status::Gebeurd, false, Some("Bloeddruk")),
    (-1, (9, 20), ARTS, CONSULT, 10, 4713, Status::NietGekomen, true, None),
    (-1, (14, 0), PRAKTIJKONDERSTEUNER, DUBBEL, 20, 4718, Status::None, false, None),
    (0, (8, 0), ARTS, CONSULT, 10, 4714, Status::Gebeurd, false, None),
    (0, (8, 10), ARTS, CONSULT, 10, 4715, Status::Bezig, true, Some("Keelpijn & hoest, al > 2 weken")),
    (0, (8, 20), ARTS, TELEFOON, 5, 4716, Status::NietAanwezig, false, None),
    (0, (8, 30), ARTS, CONSULT, 10, 4711, Status::Aanwezig, true, Some("Uitslag bespreken")),
    (0, (8, 50), ARTS, DUBBEL, 20, 4717, Status::None, true, None),
    (0, (12, 0), ARTS, NIET_INPLANNEN, 30, 0, Status::None, false, Some("Pauze")),
    (0, (15, 40), ARTS, CONSULT, 5, 4719, Status::None, false, None),
    (0, (9, 0), PRAKTIJKONDERSTEUNER, DUBBEL, 20, 4718, Status::None, false, Some("Diabetescontrole")),
    (0, (9, 20), PRAKTIJKONDERSTEUNER, DUBBEL, 20, 4720, Status::None, true, None),
    (0, (10, 0), SPREEKKAMER, CONSULT, 15, 4721, Status::None, false, Some("Vaccinatie")),
    (0, (13, 30), SPREEKKAMER, CONSULT, 10, 4722, Status::None, true, None),
    (0, (14, 0), SPREEKKAMER, TELEFOON, 5, 4723, Status::None, false, None),
    (1, (8, 0), ARTS, CONSULT, 10, 4713, Status::None, true, None),
    (1, (8, 10), ARTS, CONSULT, 10, 4716, Status::None, false, None),
    (1, (11, 0), PRAKTIJKONDERSTEUNER, DUBBEL, 20, 4712, Status::None, true, None),
    (7, (10, 20), ARTS, CONSULT, 10, 4711, Status::None, true, Some("Controle")),
];

/// The appointments of De Linde around this day, and one of a block that is in no list.
pub(crate) fn day(today: Date) -> Vec<Appointment> {
    let mut appointments: Vec<Appointment> = DAY.iter().map(|entry| appointment(today, entry)).collect();
    let start = Local::at(today, 16, 0);
    appointments.push(Appointment {
        account: Some(Settings::USERNAME.to_owned()),
        own_block: Some(OwnBlock {
            name: "EC: Huisarts".to_owned(),
            colour: "FFFF80".to_owned(),
            tenths: 100,
        }),
        portal: true,
        ..empty(ARTS, start, start.plus_minutes(5))
    });
    appointments
}

fn appointment(today: Date, entry: &Entry) -> Appointment {
    let &(days, (hour, minute), agenda, block_type, minutes, patient, status, portal, remark) = entry;
    let start = Local::at(today.saturating_add(Duration::days(days)), hour, minute);
    Appointment {
        patient,
        block_type,
        status,
        remark: remark.map(str::to_owned),
        portal,
        by_practice: !portal,
        ..empty(agenda, start, start.plus_minutes(minutes))
    }
}

/// Nothing but a time in an agenda.
pub(crate) fn empty(agenda: i64, start: Local, end: Local) -> Appointment {
    Appointment {
        id: 0,
        patient: 0,
        account: None,
        agenda,
        start,
        end,
        block_type: 0,
        own_block: None,
        status: Status::None,
        remark: None,
        portal: false,
        by_practice: false,
        token: None,
        metas: serde_json::Map::new(),
        raw: std::collections::BTreeMap::new(),
    }
}

/// So many appointments, five minutes each, one after another over these agendas from this day on; each agenda takes
/// 100 a day. For load tests.
pub(crate) fn many(
    count: usize,
    from: Date,
    agendas: &[i64],
    patients: &[i64],
    kinds: &[i64],
) -> Vec<Appointment> {
    let round = |list: &[i64], n: usize| list.get(n % list.len().max(1)).copied().unwrap_or_default();
    (0..count)
        .map(|n| {
            let (line, agenda) = (n / agendas.len().max(1), round(agendas, n));
            let day = from.saturating_add(Duration::days(i64::try_from(line / 100).unwrap_or(0)));
            let minutes = i64::try_from(line % 100).unwrap_or(0) * 5;
            let start = Local::at(day, 8, 0).plus_minutes(minutes);
            Appointment {
                patient: round(patients, n),
                block_type: round(kinds, n),
                by_practice: true,
                ..empty(agenda, start, start.plus_minutes(5))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_day_holds_at_least_twelve_appointments_of_known_people() {
        let today = time::macros::date!(2026 - 06 - 02);
        let held: Vec<Appointment> = day(today).into_iter().filter(|it| it.start.0.date() == today).collect();
        assert!(held.len() >= 12, "{}", held.len());
        let known: Vec<i64> = DE_LINDE.iter().map(|person| person.0).collect();
        assert!(held.iter().all(|it| it.patient == 0 || known.contains(&it.patient)));
    }

    #[test]
    fn ten_thousand_appointments_never_share_a_time() {
        let made = many(10_000, time::macros::date!(2026 - 06 - 02), &[1, 2], &[7], &[9]);
        let places: std::collections::BTreeSet<_> = made.iter().map(|it| (it.agenda, it.start)).collect();
        assert_eq!(places.len(), 10_000);
    }
}
