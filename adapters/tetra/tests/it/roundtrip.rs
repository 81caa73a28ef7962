//! Every table of the practice is its own inverse, in both formats: made-up records are laid, twice, and told again. What is
//! lost or goes one way, the table says.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use fhir_profiles::Profiles;
use gateway_core::Zone;
use mappings::wire::Format;
use mappings::{Context, Package, proof};
use proptest::prelude::*;

static PACKAGE: LazyLock<Package> = LazyLock::new(|| Package::embedded(&Profiles::embedded()).unwrap());

fn holds(name: &str, seed: u64) {
    let values = BTreeMap::from([("practice".to_owned(), "01999999".to_owned())]);
    let reference = |role: &str, key: &str| Some(format!("Schedule/{role}-{key}"));
    let key =
        |role: &str, reference: &str| reference.strip_prefix(&format!("Schedule/{role}-")).map(str::to_owned);
    let context = Context { values: &values, zone: Zone::amsterdam(), reference: &reference, key: &key };
    let table = PACKAGE.table(name).unwrap();
    for format in [Format::Json, Format::Xml] {
        proof::round_trip(table, format, seed, &context).unwrap_or_else(|broken| panic!("{name}: {broken}"));
    }
}

macro_rules! tables {
    ($($test:ident: $name:literal)+) => {
        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]
            $(#[test]
            fn $test(seed: u64) {
                holds($name, seed);
            })+
        }

        #[test]
        fn every_table_of_the_practice_is_proved() {
            let proved = [$($name),+];
            let tables: Vec<_> = PACKAGE.tables().map(mappings::Table::name).filter(|name| name.starts_with("tetra/")).collect();
            assert_eq!(tables, proved);
        }
    };
}

tables! {
    afspraak: "tetra/afspraak"
    agenda: "tetra/agenda"
    bloktype: "tetra/bloktype"
    omschrijving: "tetra/omschrijving"
    patient: "tetra/patient"
    slot: "tetra/slot"
    zoekresultaat: "tetra/zoekresultaat"
}
