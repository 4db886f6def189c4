//! `mqlab completions`: a script for a shell, made from the arguments themselves.

use std::io;

use clap::{Args, CommandFactory as _};
use clap_complete::{Shell, generate};

use super::Arguments;
use super::output::{Outcome, emit};

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell that shall complete
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "mqlab", &mut script);
        emit(&String::from_utf8_lossy(&script)).map(|()| Outcome::Held)
    }
}
