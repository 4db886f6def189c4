//! How time and memory grow: every row runs in a process of its own, which tells its peak.
//!
//! The system says how much memory a process ever had (`VmHWM` of `/proc/self/status`); where it does not, the
//! table says so. What an item takes is the peak beyond that of the smallest row of the same kind, for each item
//! more.

mod kinds;

use std::process::{Command, ExitCode};
use std::time::Instant;

use self::kinds::{KINDS, Kind};

/// The flag before the name and the size of one row, for the process that runs it.
const ONE_ROW: &str = "--scale-row";

/// What the system says instead of a peak, where it says nothing.
const UNKNOWN: &str = "unknown";

/// What a row came to.
struct Row {
    events: u64,
    /// What was there at once, or went through.
    items: u64,
    seconds: f64,
    peak_kib: Option<f64>,
}

/// Runs one row, if the arguments ask for it, and tells the process that asked.
#[expect(clippy::disallowed_methods, reason = "a bench is about the wall clock")]
pub(crate) fn run_row(arguments: &[String]) -> bool {
    let [flag, name, size] = arguments else { return false };
    if flag != ONE_ROW {
        return false;
    }
    let kind = KINDS.iter().find(|kind| kind.name == name).expect("a known kind of row");
    let size = size.parse().expect("a number");
    let started_at = Instant::now();
    let (events, items) = (kind.run)(size);
    let seconds = started_at.elapsed().as_secs_f64();
    println!("{events} {items} {seconds} {}", peak_kib().as_deref().unwrap_or(UNKNOWN));
    true
}

/// The most memory that this process ever had, in KiB, as the system writes it.
fn peak_kib() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next().map(str::to_owned)
}

/// Prints the table, of the kinds whose name has `wanted` in it.
pub(crate) fn print_table(wanted: &str) -> ExitCode {
    println!("| what grows | to | events | s | ns/event | peak, MB | bytes for each more |");
    println!("|---|---|---|---|---|---|---|");
    for kind in KINDS.iter().filter(|kind| kind.name.contains(wanted)) {
        let mut first: Option<Row> = None;
        for &size in kind.sizes {
            let row = measured(kind, size);
            print_row(kind, size, &row, first.as_ref());
            first.get_or_insert(row);
        }
    }
    ExitCode::SUCCESS
}

#[expect(clippy::cast_precision_loss, reason = "events and items are fewer than 2^53")]
fn print_row(kind: &Kind, size: u64, row: &Row, first: Option<&Row>) {
    let Row { events, items, seconds, peak_kib } = *row;
    let nanos = 1e9 * seconds / events as f64;
    let peak = peak_kib.map_or_else(|| UNKNOWN.to_owned(), |kib| format!("{:.0}", kib * 1024.0 / 1e6));
    let each =
        first.and_then(|first| Some((peak_kib? - first.peak_kib?) * 1024.0 / (items - first.items) as f64));
    let each = each.map_or_else(String::new, |bytes| format!("{bytes:.1}"));
    println!(
        "| {} | {} | {} | {seconds:.1} | {nanos:.0} | {peak} | {each} |",
        kind.name,
        grouped(size),
        grouped(events)
    );
}

/// Digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// Runs a row in a process of its own.
fn measured(kind: &Kind, size: u64) -> Row {
    let itself = std::env::current_exe().expect("a running program has a file");
    let output = Command::new(itself).args([ONE_ROW, kind.name, &size.to_string()]).output();
    let output = output.expect("a program that runs can run again");
    assert!(output.status.success(), "{}: {}", kind.name, String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&output.stdout);
    let mut words = told.split_whitespace();
    let mut next = || words.next().expect("a row tells four numbers");
    let number = |word: &str| word.parse().expect("a row tells numbers");
    Row {
        events: number(next()),
        items: number(next()),
        seconds: next().parse().expect("a time"),
        peak_kib: next().parse().ok(),
    }
}
