//! What others wrote and we build on: licences we may ship under, one version of each, one crypto provider
//! (`docs/decisions.md`). Looked up in what is really built here, not in the lock file, which knows every platform.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Licences that ask for no more than their text and a name.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Packages under another licence, with the reason why it is right here.
const LICENCE_EXCEPTIONS: &[(&str, &str, &str)] =
    &[("webpki-roots", "CDLA-Permissive-2.0", "data, not code: Mozilla's list of certificates")];

/// Packages that are there in more than one version, with the one who holds the older.
const TWICE: &[(&str, &str)] = &[
    ("base64", "reqwest and hyper-util are ahead of everyone else"),
    ("block-buffer", "with digest"),
    ("cpufeatures", "with sha2"),
    ("crypto-common", "with digest"),
    ("digest", "with sha2"),
    ("getrandom", "with rand_core"),
    ("hashbrown", "dashmap (of governor), and hashlink (of sqlx)"),
    ("rand", "oauth2 5 is on 0.8, metrics-util on 0.9"),
    ("rand_chacha", "with rand"),
    ("rand_core", "with rand"),
    ("sha2", "oauth2 5 and sqlx-core 0.9 are on 0.10, sqlx-postgres 0.9 on 0.11"),
    ("syn", "only while building: half of the derive macros have moved to 3"),
    ("thiserror", "oauth2 5 is on 1"),
    ("thiserror-impl", "with thiserror"),
    ("tower-http", "reqwest 0.13 is on 0.6"),
    ("untrusted", "aws-lc-rs is on 0.7, rustls-webpki on 0.9"),
    ("winnow", "toml 0.9 is on 0.7, its own parser on 1"),
];

/// A second TLS or crypto library beside rustls on aws-lc-rs.
const BANNED: &[&str] = &["openssl", "openssl-sys", "native-tls", "ring", "boring", "mbedtls"];

#[test]
fn every_licence_is_one_we_may_ship_under() {
    for package in built() {
        let excepted = LICENCE_EXCEPTIONS.iter().any(|(n, l, _)| *n == package.name && *l == package.licence);
        assert!(
            excepted || may_ship(&package.licence),
            "{} is under {:?}: choose another, or add it to LICENCE_EXCEPTIONS with the reason",
            package.name,
            package.licence
        );
    }
}

#[test]
fn what_is_there_twice_has_a_reason() {
    // The list is that of CI's platform; another one builds a few other packages.
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return;
    }
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in built() {
        versions.entry(package.name).or_default().insert(package.version);
    }
    let twice: BTreeMap<_, _> = versions.into_iter().filter(|(_, versions)| versions.len() > 1).collect();
    for (name, versions) in &twice {
        assert!(
            TWICE.iter().any(|(known, _)| known == name),
            "{name} is there as {versions:?}: use one version, or add it to TWICE with the one who holds the older"
        );
    }
    for (name, _) in TWICE {
        assert!(twice.contains_key(*name), "{name} is there once: take it out of TWICE");
    }
}

#[test]
fn there_is_one_crypto_provider() {
    for package in built() {
        assert!(!BANNED.contains(&package.name.as_str()), "{} beside aws-lc-rs and rustls", package.name);
    }
}

#[test]
fn a_licence_expression_is_read_with_its_ands_and_ors() {
    for (expression, wanted) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT OR GPL-3.0-only", true),
        ("MIT AND GPL-3.0-only", false),
        ("MIT/Apache-2.0", true),
        ("Apache-2.0 / MIT", true),
        ("GPL-2.0-only OR MIT AND ISC", true),
        ("GPL-2.0-only OR MIT AND LGPL-2.1-only", false),
        ("(MIT OR LGPL-2.1-only) AND Unicode-3.0", true),
        ("(LGPL-2.1-only AND MIT) OR (ISC AND Zlib)", true),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", true),
        ("", false),
    ] {
        assert_eq!(may_ship(expression), wanted, "{expression}");
    }
}

/// Whether an SPDX expression leaves a choice that [`LICENCES`] allows. `AND` binds stronger than `OR`; an older way to
/// write `OR` is a slash.
fn may_ship(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    parts(&expression, " OR ").iter().any(|choice| {
        parts(choice, " AND ").iter().all(|part| {
            let part = part.trim();
            match part.strip_prefix('(').and_then(|part| part.strip_suffix(')')) {
                Some(inner) => may_ship(inner),
                None => LICENCES.contains(&part),
            }
        })
    })
}

/// `text` cut at each `word` that stands outside brackets.
fn parts(text: &str, word: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for piece in text.split_inclusive(word) {
        let part = parts.last_mut().expect("there is always one");
        part.push_str(piece);
        let open = part.matches('(').count() > part.matches(')').count();
        if !open && let Some(whole) = part.strip_suffix(word) {
            *part = whole.to_owned();
            parts.push(String::new());
        }
    }
    parts
}

/// Someone else's package that is compiled into ours, or runs while compiling them.
struct Package {
    name: String,
    version: String,
    licence: String,
}

fn built() -> Vec<Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["tree", "--workspace", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"])
        .args(["--offline", "--format", "{p}|{l}"])
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo prints text");
    let lines: BTreeSet<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.into_iter().map(package).collect()
}

/// Reads a line such as `syn v2.0.119|MIT OR Apache-2.0`.
fn package(line: &str) -> Package {
    let (package, licence) =
        line.split_once('|').unwrap_or_else(|| panic!("a package and its licence: {line}"));
    let mut words = package.split(' ').map(str::to_owned);
    let (name, version) = (words.next(), words.next());
    Package {
        name: name.unwrap_or_default(),
        version: version.unwrap_or_default(),
        licence: licence.to_owned(),
    }
}
