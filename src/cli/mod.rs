//! The command line: one file per command, and the only room that sees the world outside (files,
//! terminals, the wall clock).
//!
//! ```text
//! arguments ─▶ command ─▶ reading (files, --set, diagnostics) ─▶ simulation ─▶ report ─▶ exit code
//! ```
//!
//! Data goes to standard output, everything else to standard error.

mod advising;
mod check;
mod common;
mod compare;
mod completions;
mod explain;
mod interrupt;
mod journal;
mod junit;
mod list;
mod many;
mod merge;
mod output;
mod profiles;
mod progress;
mod reading;
mod run;
mod shard;
mod shipped;
mod slurm;
mod studying;
mod sweep;
mod vary;

use clap::{Parser, Subcommand};

pub use output::Outcome;

/// A laboratory for message-queue reliability: runs a scenario in virtual time and reports what it cost.
#[derive(Debug, Parser)]
#[command(name = "mqlab", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  every expectation held, or none was asked for
  1  an expectation was broken
  2  the scenario or the command line is wrong, or an output could not be written
  3  it cannot be said: a fault that mattered never fired, or nothing was measured";

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs scenarios, prints what they cost and writes a report of each
    Run(run::Run),
    /// Runs the variants of a scenario on the same random numbers and says what differs, and how surely
    Compare(compare::Compare),
    /// Runs every cell of a grid of settings, draws heat maps and says which cells no other beats
    Sweep(sweep::Sweep),
    /// Puts the shards of a sweep together, to what one machine would have reported
    Merge(merge::Merge),
    /// Reads scenarios and reports every mistake, without running them
    Check(check::Check),
    /// Lists the scenarios that come with mqlab
    List,
    /// Tells more about a diagnostic
    Explain(explain::Explain),
    /// Compares the queue profiles, or says where each value of one comes from
    Profiles(profiles::Profiles),
    /// Prints a completion script for a shell
    Completions(completions::Completions),
}

/// Does what was asked and says how it went.
#[must_use]
pub fn execute(arguments: &Arguments) -> Outcome {
    let done = match &arguments.command {
        Command::Run(command) => command.execute(),
        Command::Compare(command) => command.execute(),
        Command::Sweep(command) => command.execute(),
        Command::Merge(command) => command.execute(),
        Command::Check(command) => command.execute(),
        Command::List => list::execute(),
        Command::Explain(command) => command.execute(),
        Command::Profiles(command) => command.execute(),
        Command::Completions(command) => command.execute(),
    };
    done.unwrap_or_else(|failure| {
        output::complain(&failure.to_string());
        Outcome::Wrong
    })
}

/// Makes a panic, which only a mistake of ours can cause, say so instead of showing its insides.
pub fn own_up_to_bugs() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let message = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        output::complain(&format!("mqlab made a mistake: {message}{}", place.unwrap_or_default()));
        output::note("This is a bug. The scenario and this line are enough to find it.");
        std::process::exit(output::BUG);
    }));
}
