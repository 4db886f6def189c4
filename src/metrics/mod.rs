//! What a run measures: facts folded as they come, under public names.
//!
//! ```text
//!  facts ─▶ collector ─┬─▶ bookkeeping (record, order): the ledger
//!                      ├─▶ level, queue, series: quantities over time
//!                      └─▶ histogram, mser: spans           ─▶ summary ─▶ tree ─▶ verdict
//! ```
//!
//! Knows the vocabulary of facts, and not who wants the numbers.

mod bookkeeping;
pub mod collector;
mod doing;
mod histogram;
mod level;
pub mod mser;
mod order;
pub mod outline;
mod published;
mod queue;
mod record;
pub mod registry;
mod series;
mod service;
pub mod store;
pub mod summary;
pub mod tree;
pub mod verdict;

pub use bookkeeping::Groups;
pub use queue::Burst;
