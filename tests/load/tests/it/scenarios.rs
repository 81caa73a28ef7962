//! Each scenario, tiny.

use std::process::Command;

use serde_json::Value;

use crate::program::zorgtolk;

/// Runs a scenario; the rows of `design.md` section 10 it reported, each with a figure.
fn rows(scenario: &str, more: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_load"))
        .args([scenario, "--json", "--seconds", "0.1"])
        .args(more)
        .env("ZORGTOLK_PROGRAM", zorgtolk())
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("the load tool runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{scenario}: {said}");
    let report: Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON only");
    assert!(report["fsyncs_per_second"].as_f64().is_some_and(|rate| rate > 0.0), "{report}");
    assert!(report["load_average"].as_str().is_some_and(|load| !load.is_empty()), "{report}");

    let rows = report["rows"].as_array().expect("rows");
    for row in rows {
        assert!(row["figure"].as_f64().is_some_and(|figure| figure >= 0.0), "{row}");
        assert_eq!(row["baseline"].is_null(), row["ratio"].is_null(), "{row}");
    }
    let ids = rows.iter().filter_map(|row| row["id"].as_str());
    assert!(!rows.is_empty(), "{report}");
    ids.filter(|id| !id.is_empty()).map(str::to_owned).collect()
}

#[test]
fn reading_reports_its_rows() {
    assert_eq!(rows("read", &[]), ["P1", "P15", "P16"]);
}

#[test]
fn writing_reports_its_rows() {
    assert_eq!(rows("write", &[]), ["P3", "P15"]);
}

#[test]
fn delivering_reports_its_row() {
    assert_eq!(rows("deliver", &[]), ["P10"]);
}

#[test]
fn searching_reports_its_rows() {
    assert_eq!(rows("search", &["--resources", "400"]), ["P5", "P16", "P15"]);
}

#[test]
fn latency_reports_its_rows() {
    assert_eq!(rows("latency", &[]), ["P11", "P11"]);
}

#[test]
fn isolation_reports_its_row() {
    assert_eq!(rows("isolation", &["--resources", "100"]), ["P12"]);
}

#[test]
fn a_backlog_reports_its_rows() {
    assert_eq!(rows("backlog", &["--resources", "500"]), ["P15", "P16"]);
}

#[test]
fn two_nodes_report_their_row() {
    let Ok(server) = std::env::var("ZORGTOLK_TEST_POSTGRES") else {
        let required = std::env::var("ZORGTOLK_TEST_REQUIRE").unwrap_or_default();
        assert!(!required.split(',').any(|r| r.trim() == "postgres"), "ZORGTOLK_TEST_POSTGRES is not set");
        eprintln!("skipped: two nodes on PostgreSQL");
        return;
    };
    assert_eq!(rows("nodes", &["--postgres", &server]), ["P18"]);
}

#[test]
fn transactions_report_their_rows() {
    assert_eq!(rows("transaction", &[]), [""; 0]);
}

#[test]
fn translating_reports_its_rows() {
    assert_eq!(rows("translate", &["--resources", "50"]), Vec::<String>::new(), "rows without a number");
}
