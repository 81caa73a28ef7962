//! `zorgtolk map run`: one record through a table, to see what becomes of it. The result goes to standard output, warnings
//! and refusals to standard error.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use gateway_core::{Resource, Zone};
use mappings::wire::{Document, Format, Names};
use mappings::{Context, MapIssue, Table};

use super::Folder;
use crate::terminal::{Usage, Verdict, say};

/// Largest input, as on the doors.
const LIMIT: u64 = 20 * 1024 * 1024;

/// What to try.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The table, for instance tetra/afspraak
    table: String,
    /// To which side
    #[arg(long, value_enum)]
    to: Side,
    /// The record (JSON object or XML element) or the resource; - is standard input
    #[arg(default_value = "-", value_name = "FILE")]
    file: String,
    /// What the record is written in
    #[arg(long, value_enum, default_value_t = Form::Json)]
    format: Form,
    /// The practice's time zone
    #[arg(long, default_value = "Europe/Amsterdam")]
    zone: String,
    /// A value the table's texts ask for: practice=01000001
    #[arg(long = "value", value_name = "NAME=VALUE", value_parser = pair)]
    values: Vec<(String, String)>,
    /// A resource that one of their keys leads to: patient:4242=Patient/p4242
    #[arg(long = "reference", value_name = "ROLE:KEY=REFERENCE", value_parser = pair)]
    references: Vec<(String, String)>,
    #[command(flatten)]
    folder: Folder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    /// A record to a resource
    Fhir,
    /// A resource to a record
    Wire,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// JSON
    Json,
    /// XML
    Xml,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("a name, = and a value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Tries it.
///
/// # Errors
/// When the table, the zone or the file is none.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let Some(package) = arguments.folder.package()? else { return Ok(Verdict::NotInOrder) };
    let Some(table) = package.table(&arguments.table) else {
        let names: Vec<&str> = package.tables().map(Table::name).collect();
        return Err(
            Usage(format!("there is no table {}; there are {}", arguments.table, names.join(", "))).into()
        );
    };
    let zone = Zone::named(&arguments.zone).map_err(|error| Usage(format!("--zone: {error}")))?;
    let values: BTreeMap<String, String> = arguments.values.iter().cloned().collect();
    let reference = |role: &str, key: &str| {
        let wanted = format!("{role}:{key}");
        arguments.references.iter().find(|(name, _)| *name == wanted).map(|(_, to)| to.clone())
    };
    let key = |role: &str, reference: &str| {
        let known = arguments.references.iter().filter(|(_, to)| to == reference);
        known
            .filter_map(|(name, _)| name.split_once(':'))
            .find(|(of, _)| *of == role)
            .map(|(_, key)| key.to_owned())
    };
    let context = Context { values: &values, zone: &zone, reference: &reference, key: &key };
    let bytes = read(&arguments.file)?;
    match translate(arguments, table, &bytes, &context)? {
        Ok((text, warnings)) => {
            for warning in &warnings {
                eprintln!("{warning}");
            }
            say(&text);
            Ok(Verdict::InOrder)
        }
        Err(refusals) => {
            for refusal in &refusals {
                eprintln!("{refusal}");
            }
            Ok(Verdict::NotInOrder)
        }
    }
}

type Outcome = Result<(String, Vec<MapIssue>), Vec<MapIssue>>;

fn translate(
    arguments: &Arguments,
    table: &Table,
    bytes: &[u8],
    context: &Context<'_>,
) -> anyhow::Result<Outcome> {
    let format = match arguments.format {
        Form::Json => Format::Json,
        Form::Xml => Format::Xml,
    };
    if arguments.to == Side::Wire {
        let resource = match Resource::parse(bytes) {
            Ok(resource) => resource,
            Err(issue) => return Ok(Err(vec![MapIssue::new(issue)])),
        };
        return Ok(table.tell(&resource, format, context).map(|told| {
            let record = &told.record;
            let text = match format {
                Format::Json => record.to_json(),
                Format::Xml => record.to_xml(table.record().element()),
            };
            (text, told.warnings)
        }));
    }
    let document = match format {
        Format::Json => Document::json(bytes, Names::AnyCase),
        Format::Xml => Document::xml(bytes, None),
    };
    let document = document.with_context(|| format!("{} cannot be read", arguments.file))?;
    let place = document.root().name();
    let laid = table.lay(document.root(), format, place, None, context);
    Ok(laid.map(|laid| (laid.resource.text().to_owned(), laid.warnings)))
}

fn read(file: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = match file {
        "-" => std::io::stdin().lock().take(LIMIT + 1).read_to_end(&mut bytes),
        file => std::fs::File::open(file).and_then(|open| open.take(LIMIT + 1).read_to_end(&mut bytes)),
    };
    let length = read.map_err(|error| Usage(format!("{file} cannot be read: {error}")))?;
    if length as u64 > LIMIT {
        return Err(Usage(format!("{file} is longer than 20 MiB")).into());
    }
    Ok(bytes)
}
