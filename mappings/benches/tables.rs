//! `design.md` section 10, rows P7 (a Tetra XML answer to Appointments, against quick-xml with serde into typed structs of
//! the same bytes), P8 (a mapping table, against the same mapping by hand) and P9 (10,000 records, against 1,000).

mod answer;
mod by_hand;

use std::collections::BTreeMap;

use divan::{Bencher, black_box};
use fhir_profiles::Profiles;
use gateway_core::{Resource, Zone};
use mappings::wire::{Document, Format, Names};
use mappings::{Context, Package};

fn main() {
    by_hand::is_the_same_as_the_table();
    divan::main();
}

/// Runs it on the embedded package and a context of practice 01000001.
fn with<T>(run: impl FnOnce(&Package, &Context<'_>) -> T) -> T {
    let package = Package::embedded(&Profiles::embedded()).expect("the embedded package compiles");
    let values = BTreeMap::from([("practice".to_owned(), "01000001".to_owned())]);
    let nothing = |_: &str, _: &str| None;
    run(&package, &Context { values: &values, zone: Zone::amsterdam(), reference: &nothing, key: &nothing })
}

fn lay<'d>(
    document: &'d Document,
    package: &'d Package,
    context: &'d Context<'_>,
) -> impl Iterator<Item = Resource> + 'd {
    let table = package.table("tetra/afspraak").expect("the table is embedded");
    let list = document.root().get("Afspraken").expect("the answer has a list");
    let lay = |node| {
        table.lay(node, document.format(), "Afspraken[0]", None, context).expect("it is right").resource
    };
    list.items().map(lay)
}

fn lay_all(document: &Document, package: &Package, context: &Context<'_>) -> Vec<Resource> {
    lay(document, package, context).collect()
}

#[divan::bench]
fn p7_xml_into_structs(bencher: Bencher<'_, '_>) {
    let xml = answer::xml(100);
    bencher.bench_local(|| answer::xml_into_structs(black_box(&xml)));
}

#[divan::bench]
fn p7_xml_to_appointments(bencher: Bencher<'_, '_>) {
    let xml = answer::xml(100);
    with(|package, context| {
        bencher.bench_local(|| {
            let document = Document::xml(black_box(xml.as_bytes()), None).expect("the answer is right");
            lay_all(&document, package, context)
        });
    });
}

#[divan::bench]
fn p8_to_fhir_by_hand(bencher: Bencher<'_, '_>) {
    let document = Document::json(answer::json(1).as_bytes(), Names::AnyCase).expect("the answer is right");
    let record = document.root().get("Afspraken").and_then(|list| list.items().next()).expect("one record");
    bencher.bench_local(|| by_hand::lay(black_box(record)));
}

#[divan::bench]
fn p8_to_fhir_by_table(bencher: Bencher<'_, '_>) {
    let document = Document::json(answer::json(1).as_bytes(), Names::AnyCase).expect("the answer is right");
    let record = document.root().get("Afspraken").and_then(|list| list.items().next()).expect("one record");
    with(|package, context| {
        let table = package.table("tetra/afspraak").expect("the table is embedded");
        bencher.bench_local(|| table.lay(black_box(record), Format::Json, "Afspraken[0]", None, context));
    });
}

#[divan::bench]
fn p8_to_wire_by_hand(bencher: Bencher<'_, '_>) {
    let resource = by_hand::appointment();
    bencher.bench_local(|| by_hand::tell(black_box(&resource)));
}

#[divan::bench]
fn p8_to_wire_by_table(bencher: Bencher<'_, '_>) {
    let resource = by_hand::appointment();
    with(|package, context| {
        let table = package.table("tetra/afspraak").expect("the table is embedded");
        bencher.bench_local(|| table.tell(black_box(&resource), Format::Json, context));
    });
}

#[divan::bench(args = [1_000, 10_000], sample_count = 20)]
fn p9_records(bencher: Bencher<'_, '_>, count: usize) {
    let json = answer::json(count);
    with(|package, context| {
        bencher.bench_local(|| {
            let document =
                Document::json(black_box(json.as_bytes()), Names::AnyCase).expect("the answer is right");
            lay(&document, package, context).map(|resource| resource.text().len()).sum::<usize>()
        });
    });
}
