//! From one run to what is true over many: replications, pairing, and how sure that is.
//!
//! ```text
//! arms × seeds ─▶ crew (the only threads) ─▶ replications: numbers by public path, run by run
//!                                               ├─▶ spread      one number over the runs
//!                                               ├─▶ expecting   held, broken or unknown
//!                                               ├─▶ comparison  variants seed by seed (headline numbers)
//!                                               ├─▶ pareto      arms that no other beats in everything
//!                                               ├─▶ winners     who is best along a growing number
//!                                               ├─▶ advice      which settings meet the goals
//!                                               └─▶ precision   how many runs are enough
//! ```
//!
//! Knows checked scenarios and summaries; neither YAML, files, nor the wall clock. What comes out does not
//! depend on how many threads there were: runs are collected by their place, never by who was first.

pub mod advice;
pub mod comparison;
pub mod crew;
pub mod expecting;
pub mod headline;
pub mod pareto;
pub mod precision;
pub mod replications;
pub mod spread;
pub mod statistics;
pub mod winners;
