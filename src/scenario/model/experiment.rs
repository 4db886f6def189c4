//! What is asked of a scenario beside one run of it: its variants, and how many seeds.

use super::Scenario;

/// The same experiment with something changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// What tables call it.
    pub name: String,
    /// The whole of it, ready to run; without variants of its own.
    pub scenario: Scenario,
}

/// How many seeds, counted up from the scenario's own.
#[derive(Clone, Debug, PartialEq)]
pub enum Runs {
    /// So many.
    Count(u64),
    /// Until the mean of a metric is known this well.
    Until {
        /// Its whole path in the results.
        of: String,
        /// Half of the 95 % interval over the mean.
        within: f64,
    },
}
