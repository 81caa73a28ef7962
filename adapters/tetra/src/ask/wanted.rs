//! Who is looked for, in the words of FHIR search, and whether a record is one of them.

use gateway_core::{Bsn, Failure};
use jiff::civil::Date;
use mappings::wire::{Format, Node};

use super::fold::fold;
use super::{is_form, unsupported};
use crate::map::Record;
use crate::map::keys::{self, Thing};

/// Decoded parameters.
pub(super) type Parameters = [(String, String)];

/// The OID under which a BSN is known elsewhere.
const BSN_OID: &str = "urn:oid:2.16.840.1.113883.2.4.6.3";

/// The fewest letters of a name that are looked for.
const FEWEST_LETTERS: usize = 2;

/// Who is looked for: all of what is said.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) bsn: Option<Bsn>,
    /// The HIS number.
    pub(super) number: Option<String>,
    pub(super) born: Option<Date>,
    pub(super) phone: Option<String>,
    pub(super) email: Option<String>,
    pub(super) names: Vec<String>,
}

impl Wanted {
    /// Reads a question for people of `practice`.
    ///
    /// # Errors
    /// What cannot be asked there.
    pub(super) fn read(parameters: &Parameters, practice: &str) -> Result<Self, Failure> {
        let mut wanted = Self::default();
        for (name, value) in parameters {
            let value = value.trim();
            match name.as_str() {
                name if is_form(name) => {}
                _ if value.is_empty() => return unsupported(name, "says nothing"),
                "identifier" => wanted.identifier(value, practice)?,
                "birthdate" => {
                    set(&mut wanted.born, date(value), name, "must be one whole day, as eqYYYY-MM-DD")?;
                }
                "phone" => set(&mut wanted.phone, digits(value), name, "must be one phone number")?,
                "email" => set(&mut wanted.email, address(value), name, "must be one e-mail address")?,
                "name" if value.contains(',') => {
                    return unsupported(name, "several at once cannot be asked for");
                }
                "name" => wanted.names.push(fold(value)),
                _ => return unsupported(name, "the practice cannot be asked by this"),
            }
        }
        if wanted.names.iter().any(|name| name.chars().count() < FEWEST_LETTERS) {
            return unsupported("name", "needs at least two letters");
        }
        Ok(wanted)
    }

    /// A system is needed: nothing in the number itself tells a BSN from a patient number (section 3.9).
    fn identifier(&mut self, value: &str, practice: &str) -> Result<(), Failure> {
        const NAME: &str = "identifier";
        let Some((system, value)) = value.split_once('|') else {
            return unsupported(NAME, "needs its system: nobody can tell a BSN from a patient number");
        };
        if system == Bsn::SYSTEM || system == BSN_OID {
            let bsn = value.parse::<Bsn>().ok().filter(Bsn::passes_eleven_test);
            return set(&mut self.bsn, bsn, NAME, "is no BSN");
        }
        if system == Thing::Patient.system(practice) {
            return set(
                &mut self.number,
                keys::number(value).map(str::to_owned),
                NAME,
                "is no patient number",
            );
        }
        unsupported(NAME, "the practice knows a BSN and its own patient numbers only")
    }

    /// Whether anything is asked at all.
    pub(super) fn is_empty(&self) -> bool {
        let numbers = self.bsn.is_none() && self.number.is_none() && self.born.is_none();
        numbers && self.phone.is_none() && self.email.is_none() && self.names.is_empty()
    }

    /// Whether a record is one of those who are looked for, as far as it tells.
    pub(super) fn fits(&self, record: &Record) -> bool {
        match record.format() {
            // One free line, which is not read for identity (section 2.9): their own search has to do.
            Format::Xml => self.number.is_none() || self.number == record.id(),
            Format::Json => {
                let contact = self.fits_email(record) && self.fits_phone(record);
                self.fits_number(record) && self.fits_born(record) && contact && self.fits_name(record)
            }
        }
    }

    fn fits_number(&self, record: &Record) -> bool {
        let number = record.number("PatientId");
        let by_number = self.number.is_none() || self.number == number;
        // Searched as a BSN and found as a patient number: somebody else.
        let mistaken = self.bsn.as_ref().and_then(|bsn| keys::number(bsn.expose())).map(str::to_owned);
        by_number && (mistaken.is_none() || mistaken != number)
    }

    fn fits_born(&self, record: &Record) -> bool {
        self.born.is_none() || self.born == born(record)
    }

    fn fits_email(&self, record: &Record) -> bool {
        let Some(wanted) = &self.email else { return true };
        record.text("Email").is_some_and(|email| email.trim().eq_ignore_ascii_case(wanted))
    }

    fn fits_phone(&self, record: &Record) -> bool {
        let Some(wanted) = &self.phone else { return true };
        let numbers = record.node().get("Telefoonnummers");
        let mut numbers = numbers.into_iter().flat_map(Node::items).filter_map(Node::as_str);
        numbers.any(|number| digits(number).as_ref() == Some(wanted))
    }

    fn fits_name(&self, record: &Record) -> bool {
        let name = format!(" {}", fold(&record.text("Naam").unwrap_or_default()));
        // As in FHIR: a word of the name begins with it.
        self.names.iter().all(|wanted| wanted.split(' ').all(|word| name.contains(&format!(" {word}"))))
    }
}

/// The birth date a record tells; `None` for the ones that mean nothing.
pub(super) fn born(record: &Record) -> Option<Date> {
    let date: Date = record.text("GeboorteDatum")?.get(..10)?.parse().ok()?;
    (date.year() >= 1850).then_some(date)
}

fn set<T>(into: &mut Option<T>, value: Option<T>, name: &str, wrong: &str) -> Result<(), Failure> {
    if into.is_some() {
        return unsupported(name, "twice cannot be asked for");
    }
    match value {
        Some(value) => *into = Some(value),
        None => return unsupported(name, wrong),
    }
    Ok(())
}

fn date(value: &str) -> Option<Date> {
    let value = value.strip_prefix("eq").unwrap_or(value);
    let whole = value.len() == 10 && value.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    value.parse().ok().filter(|_| whole)
}

/// The digits of a number as it is dialled in the Netherlands: `+31 6…`, `0031 6…` and `06…` are one number.
fn digits(value: &str) -> Option<String> {
    if !value.chars().all(|c| c.is_ascii_digit() || " ()-./+".contains(c)) {
        return None;
    }
    let digits: String = value.chars().filter(char::is_ascii_digit).collect();
    let prefix = if value.trim_start().starts_with('+') { "31" } else { "0031" };
    let home = digits.strip_prefix(prefix).map(|rest| format!("0{}", rest.trim_start_matches('0')));
    Some(home.unwrap_or(digits)).filter(|digits| digits.len() >= 6)
}

fn address(value: &str) -> Option<String> {
    (value.contains('@') && !value.contains([',', ' ', '|'])).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Wanted, Failure> {
        Wanted::read(&[(name.to_owned(), value.to_owned())], "01999999")
    }

    const HIS: &str = "https://zorgtolk.example/fhir/NamingSystem/tetra-patient-id/01999999";
    const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";

    #[test]
    fn edge_46_an_identifier_is_what_its_system_says() {
        let number = read("identifier", &format!("{HIS}|19800314")).unwrap();
        assert_eq!((number.number.as_deref(), number.born), (Some("19800314"), None));
        let bsn = |value: &str| read("identifier", &format!("{BSN}|{value}")).map(|w| w.bsn.unwrap());
        assert_eq!(bsn("10464554").unwrap().expose(), "010464554", "a leading zero that got lost");
        assert_eq!(bsn("010464554").unwrap().expose(), "010464554");
        for wrong in ["123456789", "000000000", "1046455", "0104645540"] {
            assert!(bsn(wrong).is_err(), "{wrong}");
        }
        assert!(read("identifier", "19800314").is_err(), "without a system it could be either");
        assert!(read("identifier", &format!("{HIS}|1,{HIS}|2")).is_err());
        assert!(read("identifier", "https://elsewhere|1").is_err());
    }

    #[test]
    fn what_cannot_be_honoured_is_refused_and_not_left_out() {
        for (name, value) in [
            ("birthdate", "ge1980-01-01"),
            ("birthdate", "1980"),
            ("birthdate", "1980-02-30"),
            ("birthdate", "14-03-1980"),
            ("phone", "niet gebeld"),
            ("email", "niemand"),
            ("name", "J"),
            ("name", "Jan,Piet"),
            ("name", ""),
            ("address-city", "Utrecht"),
            ("identifier:not", "x"),
        ] {
            let Err(Failure::Never(issues)) = read(name, value) else { panic!("{name}={value} is taken") };
            assert!(value.is_empty() || !issues[0].text.contains(value), "{}", issues[0].text);
        }
    }

    #[test]
    fn a_number_is_the_same_however_it_is_dialled() {
        for value in ["0612345678", "06-12345678", "+31 6 12345678", "+31 (0)6 12345678", "0031612345678"] {
            assert_eq!(digits(value).as_deref(), Some("0612345678"), "{value}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_value_makes_it_panic_or_is_repeated(
            name in "(identifier|birthdate|phone|email|name|_count)", value in ".{0,40}"
        ) {
            if let Err(Failure::Never(issues)) = read(&name, &value) {
                let shown = value.chars().count() > 12 && issues.iter().any(|issue| issue.text.contains(&value));
                proptest::prop_assert!(!shown);
            }
        }
    }
}
