//! What leaves the process: text on two streams, and an exit code.
//!
//! A reader that went away (`| head`) is no mistake; a full disk is. Knows nothing of scenarios.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

use crate::metrics::summary::Verdict;

/// The exit code of a mistake of ours, that of a panic.
pub(super) const BUG: i32 = 101;

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// How a command ended. The later, the worse: of several files the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything held.
    Held,
    /// It cannot be said.
    Unknown,
    /// An expectation was broken.
    Broken,
    /// The scenario or the command line is wrong, or an output could not be written.
    Wrong,
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Held => Self::Held,
            Verdict::Broken => Self::Broken,
            Verdict::Unknown => Self::Unknown,
        }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Held => 0,
            Outcome::Broken => 1,
            Outcome::Wrong => 2,
            Outcome::Unknown => 3,
        })
    }
}

/// Prints data; colours stay only where they are wanted.
///
/// # Errors
/// If it cannot be written, unless the reader has closed its end.
pub(super) fn emit(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(io::Error::new(error.kind(), format!("cannot write to standard output: {error}"))),
        Ok(()) => Ok(()),
    }
}

/// Says something beside the data; if nobody can hear it, there is nobody to tell.
pub(super) fn note(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{}", text.trim_end());
}

/// Says what went wrong.
pub(super) fn complain(message: &str) {
    note(&format!("{ERROR}error{ERROR:#}: {message}"));
}

#[cfg(test)]
mod tests {
    use super::Outcome;

    #[test]
    fn of_several_outcomes_the_worst_counts() {
        let worst = [Outcome::Unknown, Outcome::Held, Outcome::Broken].into_iter().max();
        assert_eq!(worst, Some(Outcome::Broken));
        assert!(Outcome::Wrong > Outcome::Broken && Outcome::Broken > Outcome::Unknown);
    }
}
