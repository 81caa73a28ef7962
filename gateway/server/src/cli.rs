//! The command line. Each command's own arguments stand with the command.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::commands::{
    check, client, deliveries, demo, links, map, polls, reindex, serve, standin, tenant, validate,
};
use crate::config::{self, Config, Findings};

/// A FHIR-native integration gateway for Dutch health care.
#[derive(Debug, Parser)]
#[command(name = "zorgtolk", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be asked.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the gateway with stand-ins of its counterparts and invented data
    Demo(demo::Arguments),
    /// Run the gateway
    Serve(serve::Arguments),
    /// Check the configuration, then every link
    Check(check::Arguments),
    /// Bring the database's schema to the newest state
    Migrate(ConfigFile),
    /// Run stand-ins of counterparts alone
    Standin(standin::Arguments),
    /// Check FHIR resources or Bundles
    Validate(validate::Arguments),
    /// Check, try and document the mapping tables
    #[command(subcommand)]
    Map(map::Command),
    /// Administer the tenants
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Administer the OAuth clients
    #[command(subcommand)]
    Client(client::Command),
    /// See and replay deliveries
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    /// See, pause and resume the links
    #[command(subcommand)]
    Links(links::Command),
    /// See and hurry the looks at counterparts that do not push
    #[command(subcommand)]
    Polls(polls::Command),
    /// See and finish making the search index anew
    #[command(subcommand)]
    Reindex(reindex::Command),
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub(crate) struct ConfigFile {
    /// The configuration; without one the defaults hold
    #[arg(long, value_name = "FILE", env = "ZORGTOLK_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

impl ConfigFile {
    /// Reads it.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(crate) fn load(&self) -> Result<Config, Findings> {
        config::load(self.config.as_deref())
    }

    /// How findings name it.
    pub(crate) fn name(&self) -> String {
        self.config.as_ref().map_or_else(|| "defaults".to_owned(), |path| path.display().to_string())
    }
}

/// Reads the command line. Help and version go to standard output; what is wrong goes to standard error on one line.
pub(crate) fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            drop(error.print());
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            drop(error.print());
            ExitCode::from(2)
        }
        _ => {
            eprintln!("{}", on_one_line(&error.to_string()));
            ExitCode::from(2)
        }
    })
}

/// What clap says, without the usage and the hint to `--help`.
fn on_one_line(text: &str) -> String {
    let told = text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
    let kept: Vec<&str> =
        told.filter(|line| !line.is_empty() && !line.starts_with("For more information")).collect();
    kept.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn what_is_wrong_is_told_on_one_line() {
        let error = Cli::try_parse_from(["zorgtolk", "serve", "--confg", "x"]).unwrap_err().to_string();
        let line = on_one_line(&error);
        assert!(line.contains("--confg") && line.contains("--config") && !line.contains('\n'), "{line}");
    }
}
