//! Instructions per event, counted by callgrind: unlike times they are the same on every run, whatever
//! else the machine does. The guard of the engine's speed.
//!
//! Each workload runs under `valgrind` at two lengths, so that what a run costs to set up falls out.

use std::process::{Command, ExitCode};

use super::engine;
use super::handwritten::{Counted, hold, pipeline};

/// Further from the record than this share, either way, is a change that somebody has to explain.
const TOLERANCE: f64 = 0.05;

/// What is counted.
struct Workload {
    name: &'static str,
    run: fn(u64) -> Counted,
    /// Its length; the second time it is twice as long.
    size: u64,
    /// Instructions per event, as last measured.
    recorded: f64,
}

const WORKLOADS: [Workload; 8] = [
    Workload { name: "pipeline by hand", run: pipeline, size: 20_000, recorded: 191.0 },
    Workload { name: "pipeline", run: busy_pipeline, size: 20_000, recorded: 956.0 },
    Workload { name: "calm pipeline", run: calm_pipeline, size: 20_000, recorded: 958.0 },
    Workload { name: "M/M/1", run: waiting_line, size: 20_000, recorded: 1074.0 },
    Workload { name: "row locks", run: engine::locks, size: 10_000, recorded: 1450.0 },
    Workload { name: "kernel by hand", run: |events| hold(100, events), size: 50_000, recorded: 381.0 },
    Workload { name: "kernel", run: |events| engine::hold(100, events), size: 50_000, recorded: 563.0 },
    Workload { name: "a run of 100 messages", run: engine::short_runs, size: 20, recorded: 1_261_400.0 },
];

fn busy_pipeline(messages: u64) -> Counted {
    engine::pipeline("10us", &format!("{}us", messages * 10))
}

fn calm_pipeline(messages: u64) -> Counted {
    engine::pipeline("1ms", &format!("{messages}ms"))
}

fn waiting_line(messages: u64) -> Counted {
    engine::mmc(1, &format!("{}ms", messages * 1250))
}

/// Runs the workload `name` and prints how many events it had, for callgrind to count the instructions.
pub(crate) fn run_workload(name: &str, size: &str) {
    let workload = WORKLOADS.iter().find(|workload| workload.name == name).expect("a known workload");
    println!("{}", (workload.run)(size.parse().expect("a number")).events);
}

/// Prints the table; fails if some figure is further from its record than the tolerance. Without `valgrind`
/// it says so and passes.
pub(crate) fn print_table() -> ExitCode {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("valgrind is not here: nothing was counted");
        return ExitCode::SUCCESS;
    }
    let mut is_right = true;
    println!("| workload | instructions per event | recorded |");
    println!("|---|---|---|");
    for workload in &WORKLOADS {
        let found = per_event(workload);
        let is_near = (found / workload.recorded - 1.0).abs() <= TOLERANCE;
        is_right &= is_near;
        let note = if is_near { "" } else { ": further apart than 5 %" };
        println!("| {} | {found:.0} | {:.0}{note} |", workload.name, workload.recorded);
    }
    if is_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The instructions that the second half of a run twice as long takes, for each of its events.
fn per_event(workload: &Workload) -> f64 {
    let (short, long) = (count(workload, workload.size), count(workload, 2 * workload.size));
    (long.0 - short.0) / (long.1 - short.1)
}

/// Instructions and events of one run.
fn count(workload: &Workload, size: u64) -> (f64, f64) {
    let itself = std::env::current_exe().expect("a running program has a file");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(itself)
        .args(["--workload", workload.name, &size.to_string()])
        .output()
        .expect("valgrind runs");
    let told = String::from_utf8_lossy(&output.stderr);
    let collected = told.lines().find_map(|line| line.split("Collected : ").nth(1));
    let events = String::from_utf8_lossy(&output.stdout);
    let number = |text: &str| text.trim().parse().expect("valgrind and the workload print numbers");
    (number(collected.expect("callgrind counts")), number(&events))
}
