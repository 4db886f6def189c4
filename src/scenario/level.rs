//! The levels of faults: which mix each of them stands for.
//!
//! Names no fault finally: the reader of `faults:` puts the level before each name.

use super::model::{Fault, Level};
use super::target::Cast;

/// The faults of a level over what a scenario has, each with its own short name (`lose-ack`).
///
/// The reader of `faults:` sets each one's `level` and turns its name into `light-lose-ack`.
pub(super) fn mix(level: Level, cast: &Cast<'_>) -> Vec<Fault> {
    let _ = cast;
    match level {
        Level::None | Level::Light | Level::Heavy | Level::Swarm => Vec::new(),
    }
}
