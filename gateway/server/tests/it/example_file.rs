//! `examples/zorgtolk.toml` is made from the documentation of the settings' types: this reads the source of those types
//! and compares. `UPDATE_GOLDEN=1` writes the file anew.
//!
//! A field is a line `#key = value` under its documentation. The value is the one after `Default:` or `Example:` in it; a
//! field without either is a table of its own and documented by its type.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::configuration::{LINK, TETRA};
use crate::running::Folder;

const SECTIONS: [(&str, &str); 9] = [
    ("server", "Server"),
    ("database", "Database"),
    ("security", "Security"),
    ("delivery", "Delivery"),
    ("exchange", "Exchange"),
    ("export", "Export"),
    ("log", "Log"),
    ("spreekuur_door", "SpreekuurDoor"),
    ("subscriptions", "Subscriptions"),
];

const HEAD: &str = "\
# Every setting of zorgtolk. Made from the documentation of the settings' types: change it there.
#
# A line `#key = value` shows a default, or an example where it says so; take the # away to set it. Each setting of a
# section can also come from the environment: ZORGTOLK_SERVER__LISTEN is server.listen. A key that is not here is an error.
# `zorgtolk check --config FILE` says what is wrong with a file.
";

/// A field as its source has it.
struct Field {
    name: String,
    type_name: String,
    docs: Vec<String>,
    value: Option<Shown>,
}

enum Shown {
    Default(String),
    Example(String),
}

fn crate_file(path: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn example_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/zorgtolk.toml")
}

/// The documentation and the fields of `struct name` in `source`.
fn structure(source: &str, name: &str) -> (Vec<String>, Vec<Field>) {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let opens = |line: &str| line.ends_with(&format!("struct {name} {{"));
    let start = lines.iter().position(|line| opens(line)).unwrap_or_else(|| panic!("no struct {name}"));
    let above: Vec<&str> = lines[..start]
        .iter()
        .rev()
        .take_while(|line| line.starts_with("///") || line.starts_with("#["))
        .copied()
        .collect();
    let docs =
        above.iter().rev().filter_map(|line| line.strip_prefix("///")).map(|text| text.trim().to_owned());
    let mut fields = Vec::new();
    let mut waiting = Vec::new();
    for line in lines[start + 1..].iter().take_while(|line| **line != "}") {
        if let Some(text) = line.strip_prefix("///") {
            waiting.push(text.trim().to_owned());
        } else if let Some((name, type_name)) =
            line.trim_end_matches(',').split_once(": ").filter(|_| !line.starts_with('#'))
        {
            let name = name.rsplit(' ').next().unwrap().to_owned();
            fields.push(field(name, type_name.to_owned(), std::mem::take(&mut waiting)));
        }
    }
    (docs.collect(), fields)
}

fn field(name: String, type_name: String, mut docs: Vec<String>) -> Field {
    let shown = |docs: &mut Vec<String>, word: &str| {
        let at = docs.iter().position(|line| line.starts_with(word))?;
        let line = docs.remove(at);
        let value = line.strip_prefix(word)?.trim().strip_prefix('`')?.strip_suffix("`.")?;
        Some(value.to_owned())
    };
    let value = shown(&mut docs, "Default:").map(Shown::Default);
    let value = value.or_else(|| shown(&mut docs, "Example:").map(Shown::Example));
    Field { name, type_name, docs, value }
}

fn write_fields(out: &mut String, source: &str, prefix: &str, fields: &[Field]) {
    for field in fields {
        assert!(!field.docs.is_empty(), "{prefix}{} has no documentation", field.name);
        out.push('\n');
        for line in &field.docs {
            writeln!(out, "# {line}").unwrap();
        }
        let Some(value) = &field.value else {
            let (_, inner) = structure(source, &field.type_name);
            write_fields(out, source, &format!("{prefix}{}.", field.name), &inner);
            continue;
        };
        let setting = format!("#{prefix}{}", field.name);
        let line = match value {
            Shown::Default(value) => format!("{setting} = {value}"),
            Shown::Example(value) => format!("{setting} = {value}  # an example"),
        };
        writeln!(out, "{line}").unwrap();
    }
}

fn generated() -> String {
    let sections = crate_file("src/config/sections.rs");
    let mut out = HEAD.to_owned();
    for (section, name) in SECTIONS {
        let (docs, fields) = structure(&sections, name);
        write!(out, "\n\n# {}\n[{section}]\n", docs.join("\n# ")).unwrap();
        write_fields(&mut out, &sections, "", &fields);
    }
    let links = crate_file("src/config/link.rs");
    let spreekuur = crate_file("../../adapters/spreekuur/src/config.rs");
    let tetra = crate_file("../../adapters/tetra/src/config.rs");
    out.push_str("\n\n# A line to a counterpart; there may be any number of them. First the settings every link has.\n");
    out.push_str("#[[link]]\n");
    write_fields(&mut out, &links, "", &structure(&links, "Head").1);
    out.push_str("\n# Then those of kind = \"spreekuur\".\n");
    write_fields(&mut out, &spreekuur, "", &structure(&spreekuur, "Config").1);
    out.push_str("\n\n# A line of kind = \"tetra\": the settings every link has, then these.\n");
    out.push_str("#[[link]]\n#name = \"tetra-de-linde\"\n#kind = \"tetra\"\n#tenant = \"de-linde\"\n");
    write_fields(&mut out, &tetra, "", &structure(&tetra, "Config").1);
    out
}

/// The file with the lines set that `chosen` wants. A comment in prose has a blank after its #.
fn with(text: &str, chosen: impl Fn(&str) -> bool) -> String {
    let set =
        |line: &str| match line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') && !rest.is_empty()) {
            Some(setting) if chosen(setting) => setting.to_owned(),
            _ => line.to_owned(),
        };
    text.lines().map(set).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_says_what_the_types_say() {
    let generated = generated();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(example_path(), &generated).unwrap();
    }
    let there = std::fs::read_to_string(example_path()).unwrap_or_default();
    assert!(
        there == generated,
        "examples/zorgtolk.toml is not what the types say; UPDATE_GOLDEN=1 writes it anew"
    );
}

#[test]
fn the_example_as_it_stands_is_in_order() {
    let folder = Folder::new();
    folder.write("zorgtolk.toml", &generated());
    let ran = folder.run_configured(&["check", "--offline"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "zorgtolk.toml: in order\n"));
}

#[test]
fn every_line_of_the_example_can_be_set() {
    let folder = Folder::new();
    folder.write("zorgtolk.toml", &with(&generated(), |_| true));
    let ran = folder.run_configured(&["check", "--offline"]);
    for wrong in ["is no key", "is no value", "expected", "is no TOML", "does not fit: invalid"] {
        assert!(!ran.out.contains(wrong), "{}", ran.out);
    }
}

#[test]
fn a_link_of_the_examples_own_values_is_in_order() {
    let needed: Vec<&str> = [LINK, TETRA]
        .into_iter()
        .flat_map(str::lines)
        .filter_map(|line| line.split_once(" = ").map(|(key, _)| key))
        .collect();
    let folder = Folder::new();
    let chosen = |line: &str| {
        line == "[[link]]" || line.split_once(" = ").is_some_and(|(key, _)| needed.contains(&key))
    };
    folder.write("zorgtolk.toml", &with(&generated(), chosen));
    let ran = folder.run_configured(&["check", "--offline"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), "zorgtolk.toml: in order\n"));
}
