//! The one key that the others are derived from: set, in a file, or made at the first start beside an SQLite database.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use secrecy::SecretSlice;

use super::{Config, Database, Finding, Secret};

const KEY: &str = "security.master_key";
const KEY_FILE: &str = "security.master_key_file";

/// The 32 bytes of the master key; on SQLite it is made when neither it nor the database is there yet.
///
/// # Errors
/// As [`find`], or when the file cannot be made.
pub(crate) fn find_or_make(config: &Config) -> Result<SecretSlice<u8>, Finding> {
    match find(config)? {
        Found::Key(key) => Ok(key),
        Found::NotMadeYet(file) => {
            make(&file)?;
            bytes(KEY_FILE, &Secret::from_file(KEY_FILE, &file)?)
        }
    }
}

/// Where the key stands.
pub(crate) enum Found {
    /// Here it is.
    Key(SecretSlice<u8>),
    /// It may be made in this file.
    NotMadeYet(PathBuf),
}

/// Looks for the key, without making one.
///
/// # Errors
/// A finding when it is missing where it must be set, does not read, or is no 64 hexadecimal digits.
pub(crate) fn find(config: &Config) -> Result<Found, Finding> {
    let security = &config.security;
    match (&security.master_key, &security.master_key_file, config.database.file()) {
        (Some(_), Some(_), _) => Err(Finding::at(KEY, "is set, and so is master_key_file: keep one")),
        (Some(secret), None, _) => bytes(KEY, secret).map(Found::Key),
        (None, Some(file), _) => bytes(KEY_FILE, &Secret::from_file(KEY_FILE, file)?).map(Found::Key),
        (None, None, Some(database)) => beside(&database),
        (None, None, None) => {
            Err(Finding::at(KEY, "is missing: PostgreSQL needs one, the same on every node"))
        }
    }
}

/// Looks for `master.key` in the database's folder. A database without its key is not given a new one: what it holds
/// encrypted would be lost without a word.
fn beside(database: &Path) -> Result<Found, Finding> {
    let file = database.with_file_name("master.key");
    match (file.exists(), database.exists()) {
        (true, _) => bytes(KEY_FILE, &Secret::from_file(KEY_FILE, &file)?).map(Found::Key),
        (false, false) => Ok(Found::NotMadeYet(file)),
        (false, true) => {
            Err(Finding::at(KEY, format!("is missing: the database is there, {} is not", file.display())))
        }
    }
}

/// Writes a new key that only its owner can read. Whoever comes second keeps the first one's.
fn make(file: &Path) -> Result<(), Finding> {
    match write_new(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(Finding::at(KEY, format!("cannot be made as {}: {error}", file.display())))
        }
        _ => Ok(()),
    }
}

fn write_new(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(file)?;
    out.write_all(format!("{}\n", random_hex()).as_bytes())?;
    out.sync_all()
}

/// 32 random bytes as 64 hexadecimal digits.
pub(crate) fn random_hex() -> String {
    let mut bytes = [0_u8; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    let digit = |value: u8| char::from_digit(u32::from(value), 16).expect("half a byte is one digit");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn bytes(key: &str, secret: &Secret) -> Result<SecretSlice<u8>, Finding> {
    let digits: Option<Vec<u8>> =
        secret.expose().chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
    match digits {
        Some(digits) if digits.len() == 64 => {
            Ok(digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<u8>>().into())
        }
        _ => Err(Finding::at(key, "does not fit: expected 64 hexadecimal digits")),
    }
}

impl Database {
    /// The file of an embedded database.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let path = self.url.expose().strip_prefix("sqlite://")?;
        Some(PathBuf::from(path.split('?').next().unwrap_or(path)))
    }

    /// Whether `serve` may change the schema.
    pub(crate) fn may_migrate(&self) -> bool {
        self.auto_migrate.unwrap_or_else(|| self.file().is_some())
    }
}
