//! What a scenario prints: its figures, the baseline's, the ratio, and the state of the machine.

use std::io::Write as _;
use std::time::Instant;

use anyhow::Result;
use serde::Serialize;

/// One line of a report.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    /// The row of `design.md` section 10.
    pub(crate) id: &'static str,
    /// What was measured.
    pub(crate) work: String,
    /// The figure.
    pub(crate) figure: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// What it is compared with.
    pub(crate) baseline: Option<f64>,
    /// Figure / baseline, or the figure where there is no baseline.
    pub(crate) ratio: Option<f64>,
    /// The floor (a ceiling for times and memory).
    pub(crate) must: f64,
}

impl Row {
    /// A rate against a baseline rate.
    pub(crate) fn ratio(id: &'static str, work: &str, figure: f64, baseline: f64, must: f64) -> Self {
        let (baseline, ratio) = (Some(baseline), Some(figure / baseline));
        Self { id, work: work.to_owned(), figure, unit: "1/s", baseline, ratio, must }
    }

    /// A time against a baseline time.
    pub(crate) fn times(id: &'static str, work: &str, figure: f64, baseline: f64, must: f64) -> Self {
        Self { unit: "ms", ..Self::ratio(id, work, figure, baseline, must) }
    }

    /// A figure that stands alone.
    pub(crate) fn plain(id: &'static str, work: &str, figure: f64, unit: &'static str, must: f64) -> Self {
        Self { id, work: work.to_owned(), figure, unit, baseline: None, ratio: None, must }
    }
}

#[derive(Serialize)]
struct Report<'r> {
    load_average: String,
    fsyncs_per_second: f64,
    rows: &'r [Row],
}

/// Prints the rows as a table or as JSON.
pub(crate) fn print(rows: &[Row], json: bool) -> Result<()> {
    let load_average = std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned();
    let report = Report { load_average, fsyncs_per_second: fsync_rate()?, rows };
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(());
    }
    println!("load average {}, {:.0} fsyncs/s", report.load_average, report.fsyncs_per_second);
    println!(
        "{:4} {:44} {:>12} {:>6} {:>12} {:>7} {:>6}",
        "", "work", "figure", "", "baseline", "ratio", "must"
    );
    let shown = |value: Option<f64>, digits: usize| value.map_or("-".into(), |v| format!("{v:.digits$}"));
    for row in rows {
        println!(
            "{:4} {:44} {:>12.1} {:>6} {:>12} {:>7} {:>6}",
            row.id,
            row.work,
            row.figure,
            row.unit,
            shown(row.baseline, 1),
            shown(row.ratio, 2),
            row.must
        );
    }
    Ok(())
}

/// How often the disk can be made to keep a block in one second.
fn fsync_rate() -> Result<f64> {
    let mut file = tempfile::tempfile()?;
    let begin = Instant::now();
    let mut count = 0_u32;
    while begin.elapsed().as_millis() < 500 {
        file.write_all(&[0; 4096])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(f64::from(count) / begin.elapsed().as_secs_f64())
}
