//! Running `cargo test` and adding up what its test binaries say.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

/// The sum over all test binaries.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) ignored: u32,
}

/// Runs the tests of the workspace, or what `arguments` choose, to the end and passes on what they print. A run that fails without a failed test
/// (it did not compile) counts as one failure.
pub(crate) fn run(arguments: &[String], variable: Option<(&str, &str)>) -> Result<Tally> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["test", "--no-fail-fast"]).args(arguments);
    if arguments.is_empty() {
        // The whole workspace has built the program by the time a journey wants to start it.
        command.arg("--workspace").env("ZORGTOLK_TEST_BUILT", "1");
    }
    command.envs(variable).stdout(Stdio::piped());
    let mut child = command.spawn().context("starting cargo test")?;

    let mut tally = Tally::default();
    let output = child.stdout.take().context("cargo test has no output")?;
    for line in BufReader::new(output).lines() {
        let line = line.context("reading what cargo test prints")?;
        println!("{line}");
        tally.add(&line);
    }
    let status = child.wait().context("waiting for cargo test")?;
    if !status.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

impl Tally {
    /// Adds a line such as `test result: ok. 24 passed; 0 failed; 0 ignored; ...`; any other line is nothing.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else { return };
        let of = |word: &str| {
            let before = counts.split_once(word).map_or("", |(before, _)| before);
            before.trim_end().rsplit([' ', ';']).next().and_then(|n| n.parse::<u32>().ok()).unwrap_or(0)
        };
        self.passed += of("passed");
        self.failed += of("failed");
        self.ignored += of("ignored");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_all_binaries_are_added() {
        let mut tally = Tally::default();
        tally.add(
            "test result: ok. 24 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
        );
        tally.add(
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s",
        );
        tally.add("running 5 tests");
        assert_eq!(tally, Tally { passed: 27, failed: 2, ignored: 1 });
    }
}
