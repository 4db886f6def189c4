//! The keys of experiments: how many runs, and how exact they shall be.
//!
//! The keys under a variant's name are paths of overrides, which no table can list.

use super::{Shape, key};

/// A map under `runs:`.
pub const RUNS: Shape = Shape {
    name: "a number of runs",
    keys: &[key("until", "map", "required", "goes on until a metric is known well enough")],
    later: &[],
};

/// A map under `until:` of `runs:`.
pub const RUNS_UNTIL: Shape = Shape {
    name: "a precision",
    keys: &[
        key("of", "metric", "required", "the metric whose mean shall be known, in each variant"),
        key("within", "share", "required", "half of its 95 % interval over its mean, as in `5%`"),
    ],
    later: &[],
};
