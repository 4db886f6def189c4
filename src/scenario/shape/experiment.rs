//! The keys of experiments: how many runs, and how exact they shall be.
//!
//! The keys under a variant's name are paths of overrides, which no table can list.

use super::{Shape, key};

/// A map under `runs:`.
pub const RUNS: Shape = Shape {
    name: "a number of runs",
    keys: &[key("until", "map", "required", "goes on until a metric is known well enough")],
};

/// A map under `until:` of `runs:`.
pub const RUNS_UNTIL: Shape = Shape {
    name: "a precision",
    keys: &[
        key("of", "metric", "required", "the metric whose mean shall be known, in each variant"),
        key("within", "share", "required", "half of its 95 % interval over its mean, as in `5%`"),
    ],
};

/// `advise:`.
pub const ADVISE: Shape = Shape {
    name: "a wish for advice",
    keys: &[
        key("consumer", "consumer", "required", "whose settings; it consumes a queue"),
        key("instances", "list of counts", "for loads of 90, 70 and 50 %", "how many to try"),
        key("prefetch", "list of counts", "the rules of thumb", "which to try"),
        key("ack_timeout", "list of durations", "the rules of thumb", "which to try"),
        key("sure", "share", "90%", "in how many runs all expectations have to come true"),
    ],
};
