//! The engine against queueing theory at 10^6 messages a row and more: `cargo bench --bench theory`.
//!
//! Prints theory, run and the run's standard error, and fails if a row lies beyond four of them. The tests
//! hold the same table to the same at a fifth of the messages.
//!
//! `-- --coverage` asks instead how often the intervals of 1 000 independent experiments cover the theory.

#[path = "common/coverage.rs"]
mod coverage;
#[path = "common/theory.rs"]
mod theory;

use theory::{Case, cases};

const REPLICATIONS: u32 = 50;

/// In all replications of a row, warm-up apart.
const MESSAGES: f64 = 2_000_000.0;

/// Standard errors; with 49 degrees of freedom one row in 5 000 lies beyond by chance.
const WIDEST: f64 = 4.0;

fn main() {
    let has = |flag: &str| std::env::args().any(|argument| argument == flag);
    // `cargo test --benches` only wants to know that it runs.
    let (messages, experiments) = if has("--test") { (20_000.0, Some(2)) } else { (MESSAGES, None) };
    if has("--coverage") || has("--test") {
        let beyond = coverage::beyond(experiments);
        assert!(beyond == 0, "{beyond} kinds of intervals cover the truth too seldom or too often");
        if has("--coverage") {
            return;
        }
    }
    println!("{:<30} {:>12} {:>12} {:>10} {:>6}", "", "theory", "run", "std error", "off by");
    let beyond = cases().iter().filter(|case| !row(case, messages)).count();
    assert!(beyond == 0, "{beyond} rows lie beyond {WIDEST} standard errors");
}

fn row(case: &Case, messages: f64) -> bool {
    let estimate = case.estimate(REPLICATIONS, messages);
    let deviation = estimate.deviation(case.expected);
    println!(
        "{:<30} {:>12.6} {:>12.6} {:>10.6} {deviation:>6.2}",
        case.name, case.expected, estimate.mean, estimate.standard_error
    );
    deviation.abs() < WIDEST
}
