//! `zorgtolk demo`: the house with its counterparts on one machine, to look at (until Ctrl-C) or to prove (`--once`).

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::bail;
use clap::Args;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::demo::scenario::{self, Outcome, Step};
use crate::demo::{Demo, Wish};
use crate::stop;
use crate::terminal::{Verdict, say, say_json, table};

/// How to run it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Where the gateway listens; port 0 picks a free one [default: 127.0.0.1:8080, with --once a free port]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// The stand-ins listen on the ports after this one; port 0 picks free ones [default: 127.0.0.1:9100, with --once free
    /// ports]
    #[arg(long, value_name = "ADDRESS")]
    listen_base: Option<SocketAddr>,
    /// The folder of database, log and demo.json [default: ./data/demo, with --once a temporary one]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Walk the whole scenario, print what held, and end
    #[arg(long)]
    once: bool,
    /// JSON only
    #[arg(long)]
    json: bool,
}

impl Arguments {
    fn wish(&self) -> Wish {
        let port = |port: u16| SocketAddr::from(([127, 0, 0, 1], if self.once { 0 } else { port }));
        Wish {
            listen: self.listen.unwrap_or_else(|| port(8080)),
            listen_base: self.listen_base.unwrap_or_else(|| port(9100)),
            data: self.data.clone().or_else(|| (!self.once).then(|| PathBuf::from("data/demo"))),
        }
    }
}

/// Runs it.
///
/// # Errors
/// When it does not come up, or its gateway ends by itself.
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<Verdict> {
    let stop = stop::at_signal()?;
    let mut demo = Demo::start(arguments.wish()).await?;
    if arguments.once {
        let verdict = tokio::select! {
            verdict = once(&mut demo, arguments.json) => verdict?,
            () = stop.cancelled() => Verdict::NotInOrder,
        };
        demo.stop().await?;
        return Ok(verdict);
    }
    look(demo, arguments.json, &stop).await
}

async fn look(mut demo: Demo, as_json: bool, stop: &CancellationToken) -> anyhow::Result<Verdict> {
    if as_json {
        say_json(&demo.sheet)?;
    } else {
        say(&format!("{}\n\nReady. Ctrl-C stops it.", demo.sheet.text()));
    }
    tokio::select! {
        () = stop.cancelled() => {}
        // Ctrl-C in a terminal reaches the gateway as well; it may be the first to end.
        ended = demo.gateway.ended() => if !ended?.success() {
            bail!("the gateway ended by itself; its log says why");
        }
    }
    demo.stop().await?;
    Ok(Verdict::InOrder)
}

async fn once(demo: &mut Demo, as_json: bool) -> anyhow::Result<Verdict> {
    let begin = Instant::now();
    let steps = scenario::walk(&demo.sheet, &mut demo.gateway, |step| {
        if !as_json {
            say(&line(step));
        }
    })
    .await?;
    let verdict = Verdict::of(steps.iter().all(|step| step.outcome != Outcome::Failed));
    let seconds = begin.elapsed().as_secs_f64();
    if as_json {
        let passed = verdict == Verdict::InOrder;
        say_json(&json!({"passed": passed, "seconds": seconds, "steps": steps}))?;
    } else {
        let rows: Vec<_> = steps.iter().map(columns).collect();
        say(&format!("\n{}\n", table(&["STEP", "RESULT", "TIME", "WHAT", "SEEN"], &rows)));
        say(&summary(&steps, seconds));
    }
    Ok(verdict)
}

fn line(step: &Step) -> String {
    format!("{:>2}  {:<7}  {:>9}  {}", step.number, step.outcome.word(), time(step), step.what)
}

fn columns(step: &Step) -> Vec<String> {
    vec![
        format!("{:>4}", step.number),
        step.outcome.word().to_owned(),
        time(step),
        step.what.to_owned(),
        step.seen.clone(),
    ]
}

fn time(step: &Step) -> String {
    if step.outcome == Outcome::Missing { String::new() } else { format!("{:.1} ms", step.milliseconds) }
}

fn summary(steps: &[Step], seconds: f64) -> String {
    let count = |outcome| steps.iter().filter(|step| step.outcome == outcome).count();
    format!(
        "{} passed, {} failed, {} missing (their part of the product has not landed) in {seconds:.1} s",
        count(Outcome::Passed),
        count(Outcome::Failed),
        count(Outcome::Missing)
    )
}
