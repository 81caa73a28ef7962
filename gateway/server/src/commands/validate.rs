//! `zorgtolk validate`: are these FHIR R4 resources right? Bundles are looked at entry by entry.

use std::io::Read;

use clap::{Args, ValueEnum};
use fhir_profiles::{Profiles, told};
use gateway_core::{Issue, Resource};
use gateway_moulds::operation_outcome;

use crate::config::BsnCheck;
use crate::house;
use crate::terminal::{Usage, Verdict, say};

/// Largest input, as on the doors.
const LIMIT: u64 = 20 * 1024 * 1024;

/// What to check.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Resources or Bundles as JSON; - is standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Check against this profile too, besides the ones a resource claims itself
    #[arg(long, value_name = "URL")]
    profile: Option<String>,
    /// How a BSN is looked at
    #[arg(long, value_enum, default_value_t = Bsn::Elfproef)]
    bsn_check: Bsn,
    /// One OperationOutcome per input, each on a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Bsn {
    /// Nine digits
    Format,
    /// Nine digits; failing the eleven-test is a warning
    Warn,
    /// Nine digits that pass the eleven-test
    Elfproef,
}

impl From<Bsn> for BsnCheck {
    fn from(bsn: Bsn) -> Self {
        match bsn {
            Bsn::Format => Self::Format,
            Bsn::Warn => Self::Warn,
            Bsn::Elfproef => Self::Elfproef,
        }
    }
}

/// Checks them all.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let profiles = Profiles::embedded();
    let rules = house::rules(arguments.bsn_check.into());
    let mut fine = true;
    for file in &arguments.files {
        let issues = match Resource::parse(&read(file)?) {
            Ok(resource) => profiles.look(&resource, arguments.profile.as_deref(), rules),
            Err(issue) => vec![issue],
        };
        fine &= !issues.iter().any(Issue::refuses);
        if arguments.json {
            say(&operation_outcome(&told(issues)));
        } else {
            tell(file, &issues);
        }
    }
    Ok(Verdict::of(fine))
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

fn tell(file: &str, issues: &[Issue]) {
    if issues.is_empty() {
        say(&format!("{file}: in order"));
    }
    for issue in issues {
        say(&format!("{file}: {issue}"));
    }
}
