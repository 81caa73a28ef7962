//! `design.md` row P6: checking an Appointment, against `serde_json` to `Value` of the same bytes.
//!
//! The XML format is measured on the same Appointment: `read_xml` against `parse`, `write_xml` against nothing at all.
//!
//! `check` and `contract` start from a resource that was read at the door; `parse_and_check` reads it too.

use divan::{Bencher, black_box};
use fhir_profiles::xml::{from_xml, to_xml};
use fhir_profiles::{BsnCheck, Profiles, Rules, Unknown};
use gateway_core::Resource;

const APPOINTMENT: &str = include_str!("appointment.json");
const CONTRACT: &str = "https://zorgtolk.example/fhir/StructureDefinition/zt-spreekuur-appointment";

fn main() {
    divan::main();
}

fn appointment() -> Resource {
    Resource::parse(APPOINTMENT.as_bytes()).expect("the appointment is one")
}

#[divan::bench]
fn serde_json_value(bencher: Bencher<'_, '_>) {
    bencher.bench(|| serde_json::from_str::<serde_json::Value>(black_box(APPOINTMENT)));
}

#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    let (profiles, resource) = (Profiles::embedded(), appointment());
    bencher.bench(|| profiles.issues(black_box(&resource), None, Rules::default()));
}

#[divan::bench]
fn check_with_profile(bencher: Bencher<'_, '_>) {
    let (profiles, resource) = (Profiles::embedded(), appointment());
    let refusal = profiles.issues(&resource, Some(CONTRACT), Rules::default());
    assert!(refusal.issues.is_empty(), "{:?}", refusal.issues);
    bencher.bench(|| profiles.issues(black_box(&resource), Some(CONTRACT), Rules::default()));
}

#[divan::bench]
fn contract(bencher: Bencher<'_, '_>) {
    let (profiles, resource) = (Profiles::embedded(), appointment());
    let rules = Rules { unknown: Unknown::Ignore, bsn: BsnCheck::Format, ..Rules::default() };
    bencher.bench(|| profiles.issues(black_box(&resource), Some(CONTRACT), rules));
}

#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    bencher.bench(|| Resource::parse(black_box(APPOINTMENT.as_bytes())));
}

#[divan::bench]
fn index(bencher: Bencher<'_, '_>) {
    let (profiles, resource) = (Profiles::embedded(), appointment());
    bencher.bench(|| profiles.index(black_box(&resource)));
}

#[divan::bench]
fn read_xml(bencher: Bencher<'_, '_>) {
    let xml = to_xml(appointment().root()).expect("the appointment can be said in XML");
    bencher.bench(|| from_xml(black_box(xml.as_bytes()), None));
}

#[divan::bench]
fn write_xml(bencher: Bencher<'_, '_>) {
    let resource = appointment();
    bencher.bench(|| to_xml(black_box(&resource).root()));
}
