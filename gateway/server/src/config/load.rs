//! Reading the file and the environment. Links are read in two steps (`link.rs`), because half of a link's keys are its
//! adapter's.

use std::path::Path;

use figment::providers::{Env, Serialized};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Deserialize;

use super::{
    Config, Database, Delivery, Exchange, Export, Finding, Findings, Link, Log, Secret, Security, Server,
    SpreekuurDoor, Subscriptions,
};

/// Reads `file`, when there is one, and the environment over it.
///
/// # Errors
/// Everything that is wrong, as far as it can be seen at once.
pub(crate) fn load(file: Option<&Path>) -> Result<Config, Findings> {
    let mut figment = Figment::new();
    if let Some(path) = file {
        figment = figment.merge(TomlFile::read(path)?);
    }
    let name = file.map_or_else(|| "environment".to_owned(), |path| path.display().to_string());
    // The rest of the ZORGTOLK_ variables (tests, --config) are no keys of the file: only those with a section are.
    let environment = Env::prefixed("ZORGTOLK_").filter(|key| key.as_str().contains("__")).split("__");
    let sections: Sections =
        figment.merge(environment).extract().map_err(|error| Finding::of(&error, "", &[]).in_file(&name))?;
    sections
        .config()
        .map_err(|findings| Findings(findings.0.into_iter().map(|finding| finding.in_file(&name)).collect()))
}

/// The top of the file.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Sections {
    server: Server,
    database: Database,
    security: Security,
    delivery: Delivery,
    exchange: Exchange,
    export: Export,
    log: Log,
    spreekuur_door: SpreekuurDoor,
    subscriptions: Subscriptions,
    link: Vec<Value>,
}

impl Sections {
    fn config(mut self) -> Result<Config, Findings> {
        if let Some(file) = &self.database.url_file {
            self.database.url = Secret::from_file("database.url_file", file)?;
        }
        let mut findings = Vec::new();
        let mut links: Vec<Link> = Vec::new();
        for (number, value) in self.link.iter().enumerate() {
            let place = format!("link[{number}]");
            match Link::read(value, &place) {
                Ok(link) if links.iter().any(|other| other.name == link.name) => {
                    findings.push(Finding::at(format!("{place}.name"), "is the name of another link too"));
                }
                Ok(link) => links.push(link),
                Err(finding) => findings.push(finding),
            }
        }
        if !findings.is_empty() {
            return Err(Findings(findings));
        }
        Ok(Config {
            server: self.server,
            database: self.database,
            security: self.security,
            delivery: self.delivery,
            exchange: self.exchange,
            export: self.export,
            log: self.log,
            spreekuur_door: self.spreekuur_door,
            subscriptions: self.subscriptions,
            links,
        })
    }
}

/// A TOML file whose syntax errors are told by line, never by repeating the line.
struct TomlFile {
    name: String,
    table: toml::Table,
}

impl TomlFile {
    fn read(path: &Path) -> Result<Self, Finding> {
        let name = path.display().to_string();
        let whole = |text: String| Finding { file: name.clone(), key: String::new(), text };
        let text =
            std::fs::read_to_string(path).map_err(|error| whole(format!("cannot be read: {error}")))?;
        let table = toml::from_str(&text).map_err(|error| whole(syntax(&error, &text)))?;
        Ok(Self { name, table })
    }
}

fn syntax(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!("is no TOML at line {line}: {}", error.message().replace('\n', " "))
}

impl Provider for TomlFile {
    fn metadata(&self) -> Metadata {
        Metadata::from("file", self.name.as_str())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Serialized::defaults(&self.table).data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_of_the_example_are_the_defaults() {
        let text = include_str!("../../../../examples/zorgtolk.toml");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("zorgtolk.toml");
        std::fs::write(&file, defaults_set(text)).unwrap();
        assert_eq!(format!("{:?}", load(Some(&file)).unwrap()), format!("{:?}", Config::default()));
    }

    /// The comparison above does not see secrets, and this default is one by type only.
    #[test]
    fn the_default_database_is_the_one_in_the_example() {
        let text = include_str!("../../../../examples/zorgtolk.toml");
        assert!(text.contains(&format!("#url = {:?}\n", Config::default().database.url.expose())));
    }

    /// The file with every line set that is a default, as far as the links.
    fn defaults_set(text: &str) -> String {
        let sections = text.split("#[[link]]").next().unwrap();
        let is_default = |line: &&str| !line.starts_with("# ") && !line.ends_with("# an example");
        let lines = sections.lines().filter(is_default).map(|line| line.trim_start_matches('#'));
        lines.collect::<Vec<_>>().join("\n")
    }
}
