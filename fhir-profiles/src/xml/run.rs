//! XML to JSON: the members of an object. Elements of one name follow each other in XML and are one member in JSON, so each
//! such run is written as it is read; what stands beside primitive values (`_given`) is gathered and written behind it.

use gateway_core::IssueCode;
use gateway_core::json::push_quoted;

use super::is_attribute;
use super::read::{Next, Reading, Space, Stop, Tag};
use crate::r4::{Kind, Max, Primitive, Property, Shape, Slot, Special, r4};

/// Elements of one name in a row.
struct Run {
    property: &'static Property,
    slot: &'static Slot,
    count: usize,
    /// Where the member begins in what is written.
    start: usize,
    /// Whether some element has a value of its own, not only an extension.
    values: bool,
    extras: Extras,
}

/// The items of `_given`: ids and extensions of primitive values.
#[derive(Default)]
struct Extras {
    text: String,
    count: usize,
}

impl Extras {
    /// Fills up with null until there are `count`.
    fn pad(&mut self, count: usize) {
        while self.count < count {
            separate(&mut self.text);
            self.text.push_str("null");
            self.count += 1;
        }
    }
}

impl Run {
    fn begin(property: &'static Property, slot: &'static Slot, out: &mut String) -> Self {
        let start = out.len();
        member(out, "", property.name);
        if slot.max == Max::Many {
            out.push('[');
        }
        Self { property, slot, count: 0, start, values: false, extras: Extras::default() }
    }

    fn is_list(&self) -> bool {
        self.slot.max == Max::Many
    }

    fn end(mut self, out: &mut String) {
        let list = self.is_list();
        if !self.values {
            out.truncate(self.start);
        } else if list {
            out.push(']');
        }
        if self.extras.count == 0 {
            return;
        }
        member(out, "_", self.property.name);
        if list {
            self.extras.pad(self.count);
            out.push('[');
        }
        out.push_str(&self.extras.text);
        if list {
            out.push(']');
        }
    }
}

/// A comma, unless nothing stands before.
fn separate(out: &mut String) {
    if !out.is_empty() && !out.ends_with(['{', '[']) {
        out.push(',');
    }
}

fn member(out: &mut String, mark: &str, name: &str) {
    separate(out);
    for piece in ["\"", mark, name, "\":"] {
        out.push_str(piece);
    }
}

fn text_member(out: &mut String, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        member(out, "", name);
        push_quoted(out, text);
    }
}

impl<'x> Reading<'x> {
    /// Reads all elements up to the end tag.
    pub(super) fn members(&mut self, shape: &'static Shape, out: &mut String) -> Result<(), Stop> {
        let mut current: Option<Run> = None;
        let mut last = 0;
        while let Next::Open(tag) = self.next()? {
            let Some(property) = shape.property(tag.name()).filter(|p| !is_attribute(shape, p)) else {
                self.unknown(shape, &tag)?;
                continue;
            };
            let slot = shape.slot_of(property);
            let mut run = match current.take() {
                Some(run) if run.property.name == property.name => run,
                before => {
                    self.follows(last, property, slot);
                    if let Some(before) = before {
                        before.end(out);
                    }
                    Run::begin(property, slot, out)
                }
            };
            last = last.max(property.slot + 1);
            self.findings.enter(slot.name, run.is_list().then_some(run.count));
            if run.count > 0 && !run.is_list() {
                self.findings.add(IssueCode::Structure, "must stand here once");
            }
            self.element(&tag, &mut run, out)?;
            self.findings.leave();
            run.count += 1;
            current = Some(run);
        }
        if let Some(run) = current {
            run.end(out);
        }
        Ok(())
    }

    /// `last` is one more than the last slot that was there.
    fn follows(&mut self, last: u8, property: &Property, slot: &'static Slot) {
        self.findings.enter(slot.name, None);
        if property.slot + 1 == last && slot.choice {
            self.findings.add(IssueCode::Structure, "has two values where one may stand");
        } else if property.slot < last {
            self.findings.add(IssueCode::Structure, "must stand earlier: R4 has an order of elements");
        }
        self.findings.leave();
    }

    fn unknown(&mut self, shape: &Shape, tag: &Tag<'x>) -> Result<(), Stop> {
        let name = tag.name();
        if crate::check::printable(name) {
            self.findings.unknown(name, shape.path);
        } else {
            self.findings.add(IssueCode::Structure, "has an element that R4 does not define");
        }
        self.skip(tag)
    }

    fn element(&mut self, tag: &Tag<'x>, run: &mut Run, out: &mut String) -> Result<(), Stop> {
        let levels = 1 + usize::from(run.is_list());
        if !self.fits(levels) {
            return self.skip(tag);
        }
        let narrative = run.property.kind == Kind::Primitive(Primitive::Xhtml);
        if tag.space != Space::Fhir && !narrative {
            self.findings.add(IssueCode::Structure, "must be in the namespace http://hl7.org/fhir");
            return self.skip(tag);
        }
        if run.count > 0 {
            out.push(',');
        }
        match run.property.kind {
            Kind::Primitive(Primitive::Xhtml) => {
                run.values = true;
                self.narrative(tag, out)
            }
            Kind::Primitive(primitive) => self.deeper(levels, |r| r.primitive(tag, primitive, run, out)),
            Kind::Complex(id) if !r4().shape(id).is_resource() => {
                run.values = true;
                self.deeper(levels, |reading| reading.complex(tag, r4().shape(id), out))
            }
            Kind::Complex(_) | Kind::Resource => {
                run.values = true;
                // the resource counts its own level
                self.deeper(levels - 1, |reading| reading.wrapped(tag, out))
            }
        }
    }

    fn deeper<T>(&mut self, levels: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        self.depth += levels;
        let done = read(self);
        self.depth -= levels;
        done
    }

    fn complex(&mut self, tag: &Tag<'x>, shape: &'static Shape, out: &mut String) -> Result<(), Stop> {
        let allowed: &[&str] = if shape.special == Special::Extension { &["id", "url"] } else { &["id"] };
        let held = self.attributes(tag, allowed)?;
        out.push('{');
        text_member(out, "id", held.id.as_deref());
        text_member(out, "url", held.url.as_deref());
        if !tag.empty {
            self.members(shape, out)?;
        }
        out.push('}');
        Ok(())
    }

    fn primitive(
        &mut self,
        tag: &Tag<'x>,
        primitive: Primitive,
        run: &mut Run,
        out: &mut String,
    ) -> Result<(), Stop> {
        let held = self.attributes(tag, &["value", "id"])?;
        match &held.value {
            Some(text) => self.value(primitive, text, out),
            None => out.push_str("null"),
        }
        run.values |= held.value.is_some();
        if tag.empty && held.id.is_none() {
            if held.value.is_none() && !held.flawed {
                self.valueless();
            }
            return Ok(());
        }
        run.extras.pad(run.count);
        let extras = &mut run.extras.text;
        let before = extras.len();
        separate(extras);
        extras.push('{');
        text_member(extras, "id", held.id.as_deref());
        let without = extras.len();
        if !tag.empty {
            let element = r4().find("Element").expect("Element is a type of R4");
            self.members(element, extras)?;
        }
        if extras.len() == without && held.value.is_none() && !held.flawed {
            self.valueless();
        }
        if extras.ends_with('{') {
            extras.truncate(before);
        } else {
            extras.push('}');
            run.extras.count += 1;
        }
        Ok(())
    }

    fn valueless(&mut self) {
        self.findings.add(IssueCode::Structure, "must have a value or an extension");
    }

    /// A value as JSON has it: a number and a boolean without quotes, exactly as they were written.
    fn value(&mut self, primitive: Primitive, text: &str, out: &mut String) {
        let (bare, fits, rest) = match primitive {
            Primitive::Boolean => (true, matches!(text, "true" | "false"), "must be true or false"),
            Primitive::Integer | Primitive::UnsignedInt | Primitive::PositiveInt | Primitive::Decimal => {
                (true, is_number(text), "must be a number")
            }
            _ => (false, true, ""),
        };
        if !bare {
            push_quoted(out, text);
        } else if fits {
            out.push_str(text);
        } else {
            self.findings.add(IssueCode::Value, rest);
            out.push_str("null");
        }
    }
}

/// The number of JSON, which is also the decimal of FHIR.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) =
        unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_one_by_the_grammar_of_json() {
        for good in ["0", "-0", "1.00", "1E3", "1e-03", "12345678901234567890.10", "0.5e+1"] {
            assert!(is_number(good), "{good}");
        }
        for bad in
            ["", "-", "+1", "01", ".5", "1.", "1e", "1e+", "0x1", " 1", "1 ", "NaN", "1,5", "--1", "1e+-1"]
        {
            assert!(!is_number(bad), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_number_is_what_json_reads(text in "-?[0-9]{0,3}(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,1})?") {
            proptest::prop_assert_eq!(is_number(&text), serde_json::from_str::<serde_json::Number>(&text).is_ok());
        }
    }
}
