//! Finding people (`tetra.md` sections 2.8 and 2.9). An identifier says not what it is, so whatever it fits is a hit;
//! the BSN is compared and never answered.

use time::Date;

use super::{Desk, Refusal, Reply, entitled};
use crate::local::Local;
use crate::operations::Kind;
use crate::practice::{Account, Patient};

/// `zoekType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SearchBy {
    Phone,
    Email,
    All,
    /// Not a search type: the undocumented search by number alone.
    PhoneOnly,
}

/// What a free search in XML looks at besides (`Ook...`).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Also {
    pub(crate) birth_name: bool,
    pub(crate) street: bool,
    pub(crate) inactive: bool,
}

impl Also {
    /// JSON has no such fields; "Alles" is taken by its word.
    pub(crate) const EVERYTHING: Self = Self { birth_name: true, street: true, inactive: false };
}

/// What is told about a new patient.
#[derive(Debug)]
pub(crate) struct Enrolment {
    pub(crate) given: String,
    pub(crate) family: String,
    pub(crate) born: Local,
}

impl Desk<'_> {
    /// It cannot be undone, and no account comes of it (2.10).
    pub(super) fn enrol(&mut self, enrolment: Enrolment) -> Reply {
        let Enrolment { given, family, born } = enrolment;
        let people = &mut self.place().patients;
        let id = people.keys().max().copied().unwrap_or_default() + 1;
        let born = Some(born.0.date()).filter(|born| born.year() > 1);
        people.insert(id, Patient { id, given, family, born, ..Patient::default() });
        Reply::Enrolled(id)
    }

    pub(super) fn find_patient(&mut self, identifier: &str) -> Reply {
        let born = day_first(identifier, '-').or_else(|| year_first(identifier));
        let number = identifier.parse::<i64>().ok();
        let fits = |it: &Patient| {
            it.bsn.as_deref() == Some(identifier)
                || number == Some(it.id)
                || (born.is_some() && it.born == born)
        };
        Reply::Hits(self.people(fits), Kind::FindPatient)
    }

    pub(super) fn search(
        &mut self,
        account: Option<&Account>,
        query: &str,
        by: SearchBy,
        also: Also,
    ) -> Result<Reply, Refusal> {
        entitled(account)?;
        let sought = query.trim().to_lowercase();
        if sought.is_empty() {
            return Err(Refusal::Field);
        }
        let hits = self.people(|it| (also.inactive || !it.inactive) && fits(it, &sought, by, also));
        Ok(if by == SearchBy::PhoneOnly {
            Reply::Hits(hits, Kind::FindByPhone)
        } else {
            Reply::WideHits(hits)
        })
    }

    fn people(&mut self, fits: impl Fn(&Patient) -> bool) -> Vec<Patient> {
        self.place().patients.values().filter(|it| fits(it)).cloned().collect()
    }
}

fn fits(it: &Patient, sought: &str, by: SearchBy, also: Also) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(sought);
    let phone =
        || it.phones.iter().any(|number| !digits(sought).is_empty() && digits(number) == digits(sought));
    let email = || it.email.as_deref().is_some_and(|email| email.to_lowercase() == *sought);
    match by {
        SearchBy::Phone | SearchBy::PhoneOnly => phone(),
        SearchBy::Email => email(),
        SearchBy::All => {
            holds(&it.name())
                || phone()
                || email()
                || (also.birth_name && it.birth_name.as_deref().is_some_and(holds))
                || (also.street && holds(&it.street))
                || it.born.is_some_and(|born| short(born) == sought)
        }
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// `ddmmyy`, as the sample query of the free search looks (2.9).
fn short(born: Date) -> String {
    format!("{:02}{:02}{:02}", born.day(), u8::from(born.month()), born.year().rem_euclid(100))
}

/// `dd-mm-yyyy`.
fn day_first(text: &str, between: char) -> Option<Date> {
    let parts: Vec<&str> = text.split(between).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    (day.len() == 2 && month.len() == 2 && year.len() == 4).then(|| date(year, month, day))?
}

/// `yyyymmdd`.
fn year_first(text: &str) -> Option<Date> {
    let whole = text.len() == 8 && text.bytes().all(|digit| digit.is_ascii_digit());
    if !whole {
        return None;
    }
    date(text.get(..4)?, text.get(4..6)?, text.get(6..)?)
}

fn date(year: &str, month: &str, day: &str) -> Option<Date> {
    let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_has_two_shapes() {
        let born = Some(time::macros::date!(1980 - 03 - 14));
        assert_eq!((day_first("14-03-1980", '-'), year_first("19800314")), (born, born));
        for other in ["1980-03-14", "14-3-1980", "31-02-1980", "x"] {
            assert_eq!(day_first(other, '-'), None, "{other}");
        }
        for other in ["99999999", "1980031", "1980031x"] {
            assert_eq!(year_first(other), None, "{other}");
        }
    }
}
