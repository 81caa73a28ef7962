//! The wire side of a table: the fields of a record as a tree, with a number for each value that a row may name.

use std::collections::BTreeMap;

use super::program::{FieldPlan, Holds, Inner};
use crate::record::{Field, FieldType, RecordDescription};

/// The records of a package by name.
pub(crate) type Records = BTreeMap<String, RecordDescription>;

/// Deepest nesting of records that is followed.
const DEEPEST: usize = 8;

/// A field that a row may name.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) input: usize,
    pub(crate) inner: Option<Inner>,
    pub(crate) field_type: FieldType,
}

/// The fields of a record and of the records in it.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    /// By path: `BlokType.Id`, `Telefoonnummers[]`, `Regels[].Bedrag`.
    pub(crate) named: BTreeMap<String, Named>,
    /// The paths, in the order of the description.
    pub(crate) order: Vec<String>,
    pub(crate) inputs: usize,
}

impl Fields {
    /// Numbers the fields of a record.
    pub(crate) fn of(record: &RecordDescription, records: &Records) -> (Self, Vec<FieldPlan>) {
        let mut fields = Self::default();
        let plans = fields.plans(record, records, "", DEEPEST);
        (fields, plans)
    }

    fn plans(
        &mut self,
        record: &RecordDescription,
        records: &Records,
        path: &str,
        deep: usize,
    ) -> Vec<FieldPlan> {
        record.fields.iter().map(|field| self.plan(field, records, path, deep)).collect()
    }

    fn plan(&mut self, field: &Field, records: &Records, path: &str, deep: usize) -> FieldPlan {
        let path = if path.is_empty() { field.name.clone() } else { format!("{path}.{}", field.name) };
        let inner = |of: &str| records.get(of).filter(|_| deep > 0);
        let holds = match &field.holds {
            FieldType::Record(of) => match inner(of) {
                Some(record) => Holds::Record(self.plans(record, records, &path, deep - 1)),
                None => Holds::Record(vec![]),
            },
            FieldType::List(of) => {
                let input = self.number();
                match &**of {
                    FieldType::Record(of) => {
                        let fields = inner(of).map_or(&[][..], |record| &record.fields);
                        for field in fields {
                            self.member(&path, input, field);
                        }
                    }
                    scalar => {
                        let named = Named { input, inner: Some(Inner::Item), field_type: scalar.clone() };
                        self.name(format!("{path}[]"), named);
                    }
                }
                Holds::List(input)
            }
            scalar => {
                let input = self.number();
                self.name(path, Named { input, inner: None, field_type: scalar.clone() });
                Holds::Value(input)
            }
        };
        FieldPlan {
            json: field.json.clone(),
            xml: field.xml.clone(),
            holds,
            nullable: field.nullable,
            none: field.none.clone(),
            field_type: field.holds.clone(),
        }
    }

    fn member(&mut self, list: &str, input: usize, field: &Field) {
        let inner = Some(Inner::Member { json: field.json.clone(), xml: field.xml.clone() });
        let named = Named { input, inner, field_type: field.holds.clone() };
        self.name(format!("{list}[].{}", field.name), named);
    }

    fn name(&mut self, path: String, named: Named) {
        self.order.push(path.clone());
        self.named.insert(path, named);
    }

    fn number(&mut self) -> usize {
        self.inputs += 1;
        self.inputs - 1
    }
}
