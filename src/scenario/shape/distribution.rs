//! The tables of keys of random spans.

use super::{Key, Shape, key};

const DISTRIBUTION_KEYS: &[Key] = &[
    key("constant", "duration", "", "always the same"),
    key("exponential", "duration", "", "with this mean"),
    key("uniform", "[low, high]", "", "evenly between the two"),
    key("normal", "{mean, sd}", "", "cut at zero"),
    key("lognormal", "{mean, p99} or {median, sigma}", "", "most short, some long"),
    key("erlang", "{k, mean}", "", "the sum of k exponentials"),
    key("pareto", "{min, alpha}", "", "a heavy tail"),
    key("weibull", "{shape, scale}", "", "wearing out, or wearing in"),
    key("mixture", "list of parts", "", "one of several, by weight"),
    key("histogram", "file or list of [bound, count]", "", "measured bins, uniform inside each"),
    key("samples", "file or list of durations", "", "measured values, each as likely"),
];

/// A map where a duration may be random.
pub const DISTRIBUTION: Shape = Shape { name: "a distribution", keys: DISTRIBUTION_KEYS };

/// A distribution under `work:`.
pub const WORK: Shape = Shape {
    name: "work",
    keys: &[
        DISTRIBUTION_KEYS[0],
        DISTRIBUTION_KEYS[1],
        DISTRIBUTION_KEYS[2],
        DISTRIBUTION_KEYS[3],
        DISTRIBUTION_KEYS[4],
        DISTRIBUTION_KEYS[5],
        DISTRIBUTION_KEYS[6],
        DISTRIBUTION_KEYS[7],
        DISTRIBUTION_KEYS[8],
        DISTRIBUTION_KEYS[9],
        DISTRIBUTION_KEYS[10],
        key("redraw", "`per-attempt` or `per-message`", "per-attempt", "whether a redelivery draws again"),
    ],
};

/// An entry of `mixture:`.
pub const MIXTURE_PART: Shape = Shape {
    name: "a part of a mixture",
    keys: &[
        DISTRIBUTION_KEYS[0],
        DISTRIBUTION_KEYS[1],
        DISTRIBUTION_KEYS[2],
        DISTRIBUTION_KEYS[3],
        DISTRIBUTION_KEYS[4],
        DISTRIBUTION_KEYS[5],
        DISTRIBUTION_KEYS[6],
        DISTRIBUTION_KEYS[7],
        DISTRIBUTION_KEYS[8],
        DISTRIBUTION_KEYS[9],
        DISTRIBUTION_KEYS[10],
        key("weight", "number", "required", "how often, relative to the other parts"),
    ],
};

/// `normal:`.
pub const NORMAL: Shape = Shape {
    name: "a normal distribution",
    keys: &[
        key("mean", "duration", "required", "before the cut at zero"),
        key("sd", "duration", "required", "the standard deviation"),
    ],
};

/// `lognormal:`.
pub const LOGNORMAL: Shape = Shape {
    name: "a lognormal distribution",
    keys: &[
        key("mean", "duration", "with `p99`", "the mean"),
        key("p99", "duration", "with `mean`", "one in a hundred is longer; at most 14.97 times the mean"),
        key("median", "duration", "with `sigma`", "half are longer"),
        key("sigma", "number", "with `median`", "the standard deviation of the logarithm"),
    ],
};

/// `erlang:`.
pub const ERLANG: Shape = Shape {
    name: "an Erlang distribution",
    keys: &[
        key("k", "count", "required", "how many exponentials"),
        key("mean", "duration", "required", "of their sum"),
    ],
};

/// `pareto:`.
pub const PARETO: Shape = Shape {
    name: "a Pareto distribution",
    keys: &[
        key("min", "duration", "required", "the shortest"),
        key("alpha", "number", "required", "the tail; at most 1 has no mean"),
    ],
};

/// `weibull:`.
pub const WEIBULL: Shape = Shape {
    name: "a Weibull distribution",
    keys: &[
        key("shape", "number", "required", "below 1 wearing in, above 1 wearing out"),
        key("scale", "duration", "required", "63 % are shorter"),
    ],
};
