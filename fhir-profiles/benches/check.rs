//! `design.md` row P6: checking an Appointment, against `serde_json` to `Value` of the same bytes.

fn main() {
    divan::main();
}
