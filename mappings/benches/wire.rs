//! Reading alone, the lower half of P7 (`design.md` section 10): an answer with a hundred appointments into the arena,
//! against quick-xml with serde into typed structs of the same bytes, and the same in JSON.

mod answer;

use divan::{Bencher, black_box};
use mappings::wire::{Document, Names};

fn main() {
    divan::main();
}

#[divan::bench]
fn xml_into_structs(bencher: Bencher<'_, '_>) {
    let xml = answer::xml(100);
    bencher.bench(|| answer::xml_into_structs(black_box(&xml)));
}

#[divan::bench]
fn xml_into_arena(bencher: Bencher<'_, '_>) {
    let xml = answer::xml(100);
    bencher.bench(|| Document::xml(black_box(xml.as_bytes()), None));
}

#[divan::bench]
fn json_into_structs(bencher: Bencher<'_, '_>) {
    let json = answer::json(100);
    bencher.bench(|| answer::json_into_structs(black_box(&json)));
}

#[divan::bench]
fn json_into_arena(bencher: Bencher<'_, '_>) {
    let json = answer::json(100);
    bencher.bench(|| Document::json(black_box(json.as_bytes()), Names::AnyCase));
}
