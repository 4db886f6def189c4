//! From one run to what is true over many: replications, pairing, and how sure that is.
//!
//! - `statistics`: intervals and tests, pure
//!
//! Knows checked scenarios and summaries; neither YAML, files, nor the wall clock.

pub mod statistics;
