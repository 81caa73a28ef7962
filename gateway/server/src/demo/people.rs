//! Invented people with test BSNs: numbers of the 9999 series, which is never given out (`dutch-fhir.md` section 1.2).

/// One invented person.
pub(crate) struct Person {
    /// The Patient's id.
    pub(crate) id: &'static str,
    /// Passes the eleven-test.
    pub(crate) bsn: &'static str,
    /// First name or initial.
    pub(crate) given: &'static str,
    /// Last name.
    pub(crate) family: &'static str,
    /// `female` or `male`.
    pub(crate) gender: &'static str,
    /// Date of birth.
    pub(crate) born: &'static str,
}

macro_rules! people {
    ($($id:literal $bsn:literal $given:literal $family:literal $gender:literal $born:literal;)*) => {
        &[$(Person { id: $id, bsn: $bsn, given: $given, family: $family, gender: $gender, born: $born }),*]
    };
}

/// Patients of Huisartsenpraktijk De Linde.
pub(crate) const DE_LINDE: &[Person] = people! {
    "p-4711" "999990019" "T." "Testpersoon" "female" "1986-09-29";
    "p-4712" "999993847" "Aleida" "van den Verzinsel" "female" "1948-02-29";
    "p-4713" "999993483" "Barend" "Bedacht" "male" "1955-07-01";
    "p-4714" "999990482" "Cornelis" "Denkbeeld" "male" "1961-11-30";
    "p-4715" "999993653" "Dilara" "Fictief" "female" "1990-04-17";
    "p-4716" "999995017" "Evert-Jan" "de Schijn" "male" "1973-12-25";
    "p-4717" "999990408" "Femke" "Fantasie" "female" "2001-01-01";
    "p-4718" "999994669" "Gijsbert" "ter Voorbeeld" "male" "1939-05-10";
    "p-4719" "999992806" "Hanneke" "Proefkonijn" "female" "1967-08-08";
    "p-4720" "999993926" "Ismaël" "Sprookje" "male" "1984-03-27";
    "p-4721" "999991905" "Jikke" "Verdichtsel" "female" "2019-10-27";
    "p-4722" "999993550" "Klaas" "van Nergens" "male" "2012-06-21";
    "p-4723" "999990421" "Lidewij" "Mock-Dummy" "female" "1995-09-14";
};

/// Patients of the Uro Kliniek.
pub(crate) const URO_KLINIEK: &[Person] = people! {
    "u-0001" "999990007" "Maarten" "Nagebootst" "male" "1950-10-05";
    "u-0002" "999990020" "Nel" "Onbestaand" "female" "1946-12-31";
    "u-0003" "999990044" "Otto" "Papieren" "male" "1958-04-30";
    "u-0004" "999990068" "Pleun" "Quasi" "female" "1979-02-14";
    "u-0005" "999990093" "Quirijn" "Romanfiguur" "male" "1963-06-06";
    "u-0006" "999990123" "Roos" "Schaduw" "female" "1988-08-18";
    "u-0007" "999990147" "Sjoerd" "Toneelstuk" "male" "1971-07-07";
    "u-0008" "999990160" "Trijntje" "Uitgevonden" "female" "1953-11-11";
    "u-0009" "999990184" "Ubbo" "Verhaal" "male" "1944-03-03";
    "u-0010" "999990202" "Vera" "Wensbeeld" "female" "1992-05-23";
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use gateway_core::Bsn;

    use super::*;

    #[test]
    fn there_are_twenty_people_and_more_each_with_a_good_bsn_of_its_own() {
        let all: Vec<&Person> = DE_LINDE.iter().chain(URO_KLINIEK).collect();
        let numbers: BTreeSet<&str> = all.iter().map(|person| person.bsn).collect();
        assert!(numbers.len() == all.len() && all.len() >= 20);
        for bsn in numbers {
            assert!(bsn.starts_with("9999") && bsn.parse::<Bsn>().unwrap().passes_eleven_test(), "{bsn}");
        }
    }
}
