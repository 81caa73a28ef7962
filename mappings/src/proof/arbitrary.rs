//! Arbitrary records of a table.

use fhir_profiles::outline::ElementType;
use gateway_core::{Uncertain, Zone};

use super::dice::Dice;
use crate::codec::Codec;
use crate::record::FieldType;
use crate::table::program::Step;
use crate::table::{Inner, tell};
use crate::wire::{Format, Record, Value};
use crate::{Table, Target, Way};

/// Letters that writers get wrong.
const LETTERS: &[char] =
    &['a', 'Z', '7', ' ', 'ë', 'ü', '€', '<', '&', '>', '"', '\'', '\n', '\\', '/', '{', '😀', '-'];

/// The record of a seed: values that the codecs of the table take, here and there none. Local times lie in no gap of
/// `zone`.
#[must_use]
pub fn record(table: &Table, format: Format, seed: u64, zone: &Zone) -> Record {
    let program = &table.program;
    let mut dice = Dice::new(seed);
    let mut told = vec![Vec::new(); program.inputs];
    for (input, told) in told.iter_mut().enumerate() {
        let steps: Vec<_> = program.steps.iter().filter(|step| step.input == input).collect();
        let length = dice.below(4);
        for step in members(&steps) {
            let same = |other: &&&Step| other.wire == step.wire;
            let strictest = steps.iter().filter(same).max_by_key(|step| strictness(step, format));
            let Some(codec) = strictest.and_then(|step| step.codec(format, Way::ToFhir)) else { continue };
            let name = match &step.inner {
                Some(Inner::Member { json, xml }) => {
                    if format == Format::Json { json } else { xml }.first().cloned()
                }
                None | Some(Inner::Item) => None,
            };
            let count = if step.inner.is_some() { length } else { u64::from(!dice.one_in(6)) };
            let mut making = Making { dice: &mut dice, format, zone };
            let values = (0..count).map(|_| Some(making.value(step, codec))).collect();
            told.push(tell::Row { name, values });
        }
    }
    tell::record(&program.fields, format, &mut told).0
}

/// Whether what this codec lays comes back when it is told.
pub(super) fn comes_back(codec: &Codec) -> bool {
    !matches!(codec, Codec::RawJson | Codec::MinutesSince)
}

/// One step per field, or per member of the items of a list.
fn members<'s>(steps: &[&'s Step]) -> Vec<&'s Step> {
    let mut seen: Vec<&Step> = Vec::new();
    for step in steps {
        if !seen.iter().any(|other| other.wire == step.wire) {
            seen.push(step);
        }
    }
    seen
}

/// Several rows may read a field: the value must fit the one that takes least.
fn strictness(step: &Step, format: Format) -> u8 {
    match step.codec(format, Way::ToFhir) {
        None => 0,
        Some(Codec::Text | Codec::RawJson) => 1,
        Some(Codec::Trimmed | Codec::MinutesSince) => 2,
        Some(Codec::Code(_)) => 4,
        Some(_) => 3,
    }
}

struct Making<'m> {
    dice: &'m mut Dice,
    format: Format,
    zone: &'m Zone,
}

impl Making<'_> {
    fn value(&mut self, step: &Step, codec: &Codec) -> Value {
        let alone = step.inner.is_none();
        if alone && self.dice.one_in(10) {
            return Value::Null;
        }
        let none = if alone && self.dice.one_in(10) { self.dice.pick(&step.unset) } else { None };
        if let Some(none) = none {
            return typed(none.clone(), &step.field);
        }
        loop {
            let text = self.text(step, codec);
            if let Codec::RawJson = codec {
                return if self.format == Format::Json { Value::Json(text) } else { Value::Null };
            }
            if !step.unset.contains(&text) {
                return typed(text, &step.field);
            }
        }
    }

    fn text(&mut self, step: &Step, codec: &Codec) -> String {
        match codec {
            Codec::Text | Codec::Trimmed if plain(step.element) => self.digits(8),
            Codec::Text => self.letters(),
            Codec::Trimmed => self.letters().trim().to_owned(),
            Codec::Integer if step.element == ElementType::String => self.digits(22),
            Codec::Integer | Codec::Cents | Codec::Reference(_) => self.digits(8),
            Codec::Decimal => format!("{}.{}", self.dice.below(1000), self.digits(3)),
            Codec::Boolean => self.dice.one_in(2).to_string(),
            Codec::LocalTime | Codec::MinutesSince => self.local_time(),
            Codec::Date => self.date(),
            Codec::DateOfMidnight => format!("{}T00:00:00", self.date()),
            Codec::Minutes => (1 + self.dice.below(600)).to_string(),
            Codec::MinutesTimesTen if step.element == ElementType::Decimal => {
                (1 + self.dice.below(6000)).to_string()
            }
            Codec::MinutesTimesTen => (10 * (1 + self.dice.below(600))).to_string(),
            Codec::ColourHex => format!("{:06X}", self.dice.below(1 << 24)),
            Codec::ColourArgb => (-1 - i64::try_from(self.dice.below(1 << 24)).unwrap_or(0)).to_string(),
            Codec::Code(map) => {
                let both = step.way.is_none();
                let comes_back = |code: &&str| match map.map.forward(code, "") {
                    Ok(Target::Code(target)) => !both || map.map.backward(target, "").ok() == Some(*code),
                    _ => !both,
                };
                let known: Vec<_> = map.map.sources().filter(comes_back).collect();
                self.dice.pick(&known).copied().unwrap_or_default().to_owned()
            }
            Codec::RawJson => format!(r#"{{"a":[{}],"b":"{}"}}"#, self.digits(4), self.digits(3)),
            Codec::Bsn => self.bsn(),
            Codec::Agb => format!("{:08}", 1 + self.dice.below(99_999_998)),
        }
    }

    fn letters(&mut self) -> String {
        let length = 1 + self.dice.below(12);
        let letters: String = (0..length).filter_map(|_| self.dice.pick(LETTERS).copied()).collect();
        if letters.trim().is_empty() { "x".to_owned() } else { letters }
    }

    /// Digits that do not begin with 0.
    fn digits(&mut self, most: u64) -> String {
        let length = self.dice.below(most);
        let first = 1 + self.dice.below(9);
        let rest: String = (0..length).map(|_| self.dice.below(10).to_string()).collect();
        format!("{first}{rest}")
    }

    fn date(&mut self) -> String {
        let (year, month, day) =
            (1900 + self.dice.below(150), 1 + self.dice.below(12), 1 + self.dice.below(28));
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn local_time(&mut self) -> String {
        // Now and then the hour that happens twice in Europe; in its gap nothing comes back.
        if self.dice.one_in(8) {
            return format!("2026-10-25T02:{:02}:00", self.dice.below(60));
        }
        loop {
            let year = 1990 + self.dice.below(60);
            let (month, day) = (1 + self.dice.below(12), 1 + self.dice.below(28));
            let (hour, minute) = (self.dice.below(24), self.dice.below(60));
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:00");
            let uncertain = self.zone.read(&text, None).ok().flatten().and_then(|moment| moment.uncertain);
            if uncertain != Some(Uncertain::Gap) {
                return text;
            }
        }
    }

    fn bsn(&mut self) -> String {
        loop {
            let text = format!("9{:08}", self.dice.below(100_000_000));
            if text.parse::<gateway_core::Bsn>().is_ok_and(|bsn| bsn.passes_eleven_test()) {
                return text;
            }
        }
    }
}

/// Types whose texts have no blanks and signs.
fn plain(element: ElementType) -> bool {
    element != ElementType::String
}

fn typed(text: String, field: &FieldType) -> Value {
    match field {
        FieldType::Integer | FieldType::Decimal if text.parse::<f64>().is_ok() => Value::Number(text),
        FieldType::Boolean if text == "true" || text == "false" => Value::Bool(text == "true"),
        _ => Value::Text(text),
    }
}
