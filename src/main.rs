//! The command `mqlab`: arguments in, an exit code out.

use std::process::ExitCode;

use clap::Parser as _;
use mqlab::cli::{self, Arguments};

fn main() -> ExitCode {
    cli::own_up_to_bugs();
    let arguments = Arguments::parse();
    cli::execute(&arguments).into()
}
