//! Ctrl-C during many runs: the first lets the running ones end and keeps what there is, the second ends all.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a shell calls the end of a process by an interrupt.
const INTERRUPTED: i32 = 130;

static STOP: AtomicBool = AtomicBool::new(false);

/// Set once somebody pressed Ctrl-C; from now on that does not end the process at once.
///
/// # Errors
/// If the system takes no handler.
pub(super) fn stop() -> io::Result<&'static AtomicBool> {
    let handler = || {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
    };
    match ctrlc::set_handler(handler) {
        // Of several files the first has set it already.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => Ok(&STOP),
        Err(error) => Err(io::Error::other(format!("cannot watch for Ctrl-C: {error}"))),
    }
}
