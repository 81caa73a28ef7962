//! Row by row: what each says is looked up, fitted and put in its place.

use std::collections::BTreeMap;

use fhir_profiles::outline::{ElementType, Spot};
use gateway_core::{ResourceType, SecondHour};

use super::Ground;
use super::claims::{Claims, claim};
use crate::MapIssue;
use crate::codec::{ByFormat, Codec, Said};
use crate::issue::did_you_mean;
use crate::record::FieldType;
use crate::table::fields::{Fields, Named};
use crate::table::fixed::{self, Templates};
use crate::table::path::{self, Ends};
use crate::table::plan::{ObjectPlan, Plan};
use crate::table::program::{Blank, FieldPlan, Probe, Program, Step};
use crate::table::row::{Absent, Case, Empty, Row, Scalar, Unknown, Way};
use crate::table::{build, shape, whole};

/// A table on its way to a program.
pub(super) struct Compiler<'c> {
    file: &'c str,
    resource: ResourceType,
    root: Spot<'c>,
    fields: &'c Fields,
    ground: &'c Ground<'c>,
    pub(super) faults: &'c mut Vec<MapIssue>,
    plan: ObjectPlan,
    templates: Templates,
    steps: Vec<Step>,
    /// For each step, its row's `after`, and the row's number.
    afters: Vec<(Option<String>, usize)>,
    slots: BTreeMap<String, usize>,
    elements: Claims,
    told: Claims,
    lost: Vec<Probe>,
}

impl<'c> Compiler<'c> {
    pub(super) fn new(
        file: &'c str,
        resource: ResourceType,
        root: Spot<'c>,
        fields: &'c Fields,
        ground: &'c Ground<'c>,
        faults: &'c mut Vec<MapIssue>,
    ) -> Self {
        Self {
            file,
            resource,
            root,
            fields,
            ground,
            faults,
            plan: ObjectPlan::default(),
            templates: Templates::default(),
            steps: vec![],
            afters: vec![],
            slots: BTreeMap::new(),
            elements: Claims::new(),
            told: Claims::new(),
            lost: vec![],
        }
    }

    pub(super) fn row(&mut self, row: &Row) {
        if let Err(text) = self.try_row(row) {
            self.faults.push(MapIssue::fault(self.file, text).in_row(row.number));
        }
    }

    fn try_row(&mut self, row: &Row) -> Result<(), String> {
        shape::check(row)?;
        match (&row.lost, &row.fixed, &row.wire, &row.fhir) {
            (Some(_), _, Some(wire), _) => self.lost_field(wire),
            (Some(why), _, _, Some(fhir)) => self.lost_element(fhir, why),
            (_, Some(_), _, Some(fhir)) => self.fixed(row, fhir),
            (_, _, Some(wire), Some(fhir)) => self.mapped(row, wire, fhir),
            _ => Ok(()),
        }
    }

    fn lost_field(&self, wire: &str) -> Result<(), String> {
        let plain = wire.replace("[]", "");
        let known = self.fields.order.iter().any(|path| {
            let path = path.replace("[]", "");
            path.strip_prefix(plain.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        });
        if known { Ok(()) } else { Err(self.no_field(wire)) }
    }

    fn no_field(&self, wire: &str) -> String {
        let hint = did_you_mean(wire, self.fields.order.iter().map(String::as_str));
        format!("the record has no field {wire:?}; describe it in records.toml, or correct the name{hint}")
    }

    fn lost_element(&mut self, fhir: &str, why: &str) -> Result<(), String> {
        let steps = path::resolve(self.root, fhir, Ends::Anywhere)?;
        let plain = steps.iter().all(|step| matches!(step.select, path::Select::None | path::Select::All));
        if plain {
            let path = steps.iter().map(|step| step.key.clone()).collect();
            let expression = path::expression(self.resource.as_str(), &steps);
            self.lost.push(Probe { path, expression, why: why.to_owned() });
        }
        Ok(())
    }

    fn fixed(&mut self, row: &Row, fhir: &str) -> Result<(), String> {
        let Some(scalar) = &row.fixed else { return Ok(()) };
        let among = fhir.ends_with("[]");
        let steps = path::resolve(self.root, fhir, Ends::AtValue)?;
        let element = steps.last().map_or(ElementType::Resource, |step| step.spot.element_type());
        let fixed = self.templates.scalar(scalar, element)?;
        let spot = steps.last().map_or(self.root, |step| step.spot);
        if let Scalar::Text(code) = scalar
            && !spot.takes_code(code)
        {
            return Err(format!("the element does not take the code {code:?}"));
        }
        if among {
            return build::insert_among(&mut self.plan, &steps, &fixed);
        }
        claim(&mut self.elements, fhir, row.number, None)?;
        build::insert(&mut self.plan, &steps, Plan::Fixed(fixed.clone()))?;
        if row.matches { build::find_by(&mut self.plan, &steps, &fixed) } else { Ok(()) }
    }

    fn mapped(&mut self, row: &Row, wire: &str, fhir: &str) -> Result<(), String> {
        let named = self.fields.named.get(wire).cloned().ok_or_else(|| self.no_field(wire))?;
        if wire.contains("[]") != fhir.contains("[]") {
            return Err("[] stands on one side only; write it on both, or on none".to_owned());
        }
        let (codec, since) = self.codec(row)?;
        let (slot, element) = self.slot(row, fhir, &codec, &named)?;
        if row.goes(Way::ToWire) {
            claim(&mut self.told, wire, row.number, row.only())?;
        }
        let empty = match &row.empty {
            Empty::Clear => Blank::Clear,
            Empty::Keep => Blank::Keep,
            Empty::Set(scalar) => Blank::Set(fixed::leaf(scalar, element)?),
        };
        let extra = |compiler: &mut Self, path: &Option<String>, types: &[ElementType]| {
            path.as_deref().map(|path| compiler.extra(row, path, types)).transpose()
        };
        let raw = extra(self, &row.raw, &[ElementType::String])?;
        let flag = extra(self, &row.flag, &[ElementType::Code, ElementType::String])?;
        let steps = path::resolve(self.root, fhir, Ends::AtValue)?;
        self.afters.push((row.after.clone().or(since), row.number));
        self.steps.push(Step {
            input: named.input,
            inner: named.inner,
            slot,
            codec,
            field: named.field_type,
            element,
            fhir: path::expression(self.resource.as_str(), &steps),
            wire: wire.to_owned(),
            way: row.way,
            only: row.only(),
            unset: row.unset.clone(),
            any_case: row.case == Case::Any,
            empty,
            absent_keeps: row.absent == Some(Absent::Keep),
            unknown: row.unknown.clone(),
            raw,
            flag,
            after: None,
            second_hour: if row.second_hour.is_some() { SecondHour::Allow } else { SecondHour::Refuse },
        });
        Ok(())
    }

    fn codec(&self, row: &Row) -> Result<(ByFormat, Option<String>), String> {
        let maps = self.ground.maps;
        let map = |id: &str| maps.get(id).cloned();
        let said = Said {
            map: &map,
            maps: maps.keys().map(String::as_str).collect(),
            tail: row.tail.clone(),
            any_case: row.case == Case::Any,
        };
        let said_as = row.codec.as_ref().ok_or("`as` is missing; name the codec")?;
        let (codec, since) = said.codec(said_as)?;
        shape::codec(row, &codec)?;
        Ok((codec, since))
    }

    /// The number of the value at a path, and the type of the element.
    fn slot(
        &mut self,
        row: &Row,
        fhir: &str,
        codec: &ByFormat,
        named: &Named,
    ) -> Result<(usize, ElementType), String> {
        let steps = path::resolve(self.root, fhir, Ends::AtValue)?;
        let spot = steps.last().map_or(self.root, |step| step.spot);
        let element = spot.element_type();
        for codec in codec.each() {
            fits(codec, &named.field_type, element)?;
            codes(codec, row, spot)?;
        }
        if row.goes(Way::ToFhir) {
            claim(&mut self.elements, fhir, row.number, row.only())?;
        }
        if let Some(slot) = self.slots.get(fhir) {
            return Ok((*slot, element));
        }
        let number = self.new_slot(fhir, &steps)?;
        Ok((number, element))
    }

    /// An element a row writes besides its own.
    fn extra(&mut self, row: &Row, fhir: &str, types: &[ElementType]) -> Result<usize, String> {
        let steps = path::resolve(self.root, fhir, Ends::AtValue)?;
        let element = steps.last().map_or(ElementType::Resource, |step| step.spot.element_type());
        if !types.contains(&element) {
            return Err(format!(
                "{fhir:?} is of type {}, which cannot hold it",
                crate::codec::type_name(element)
            ));
        }
        claim(&mut self.elements, fhir, row.number, row.only())?;
        self.new_slot(fhir, &steps)
    }

    fn new_slot(&mut self, fhir: &str, steps: &[path::Step<'_>]) -> Result<usize, String> {
        let slot = self.slots.len();
        build::insert(&mut self.plan, steps, Plan::Slot(slot))?;
        self.slots.insert(fhir.to_owned(), slot);
        Ok(slot)
    }

    /// Finds the fields that others come after.
    pub(super) fn after(&mut self) {
        for at in 0..self.steps.len() {
            let (Some(after), row) = self.afters[at].clone() else { continue };
            let Some(named) = self.fields.named.get(&after) else {
                let text = self.no_field(&after);
                self.faults.push(MapIssue::fault(self.file, text).in_row(row));
                continue;
            };
            let is_time = |step: &&Step| {
                step.input == named.input && step.codec.each().any(|codec| matches!(codec, Codec::LocalTime))
            };
            let slot = self.steps.iter().find(is_time).map(|step| step.slot);
            if slot.is_none() {
                let text = format!("{after:?} has no row with the codec local-time; add one");
                self.faults.push(MapIssue::fault(self.file, text).in_row(row));
            }
            self.steps[at].after = Some((named.input, slot));
        }
    }

    /// Looks at the objects that are written, once every row has its place.
    pub(super) fn whole(&mut self, rows: &[Row]) {
        let steps = self.steps.iter().filter(|step| step.way != Some(Way::ToWire));
        let written: Vec<_> = steps.map(|step| step.slot).collect();
        let (file, faults) = (self.file, &mut *self.faults);
        whole::check(&self.plan, self.root, rows, &written, &mut |text| {
            faults.push(MapIssue::fault(file, text));
        });
    }

    pub(super) fn program(self, fields: Vec<FieldPlan>) -> Program {
        Program {
            resource_type: self.resource,
            fields,
            inputs: self.fields.inputs,
            steps: self.steps,
            plan: self.plan,
            slots: self.slots.len(),
            templates: self.templates,
            lost: self.lost,
        }
    }
}

fn fits(codec: &Codec, field: &FieldType, element: ElementType) -> Result<(), String> {
    codec.fits(field, element).map_err(|text| format!("the codec {} {text}", codec.name()))
}

/// The codes a row may write are codes the element takes.
fn codes(codec: &Codec, row: &Row, spot: Spot<'_>) -> Result<(), String> {
    let Codec::Code(map) = codec else { return Ok(()) };
    let set = match &row.empty {
        Empty::Set(Scalar::Text(code)) => Some(code.as_str()),
        _ => None,
    };
    let unknown = match &row.unknown {
        Unknown::Set(code) => Some(code.as_str()),
        _ => None,
    };
    let written = map.map.targets().chain(set).chain(unknown);
    match written.into_iter().find(|code| row.goes(Way::ToFhir) && !spot.takes_code(code)) {
        Some(code) => {
            Err(format!("the element does not take the code {code:?}; correct the map, or the row"))
        }
        None => Ok(()),
    }
}
