//! The program that is driven: the one the test run built beside this test.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// Where `zorgtolk` is. A run of the whole workspace has built it (`ZORGTOLK_TEST_BUILT`); otherwise it is built first.
pub(crate) fn zorgtolk() -> PathBuf {
    static BUILT: OnceLock<()> = OnceLock::new();
    BUILT.get_or_init(|| {
        if std::env::var_os("ZORGTOLK_TEST_BUILT").is_some() {
            return;
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo).args(["build", "--quiet", "--package", "gateway"]).status();
        assert!(built.expect("cargo runs").success(), "zorgtolk does not build");
    });
    PathBuf::from(env!("CARGO_BIN_EXE_load")).with_file_name("zorgtolk")
}
