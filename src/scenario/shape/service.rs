//! The tables of keys of services and of calls.

use super::{Shape, key};

/// An entry of `services:`.
pub const SERVICE: Shape = Shape {
    name: "a service",
    keys: &[
        key("instances", "count", "1", "how many share the calls"),
        key("concurrency", "count", "1", "handlers at once in an instance"),
        key("when_full", "reject, queue or {queue, order}", "reject", "what a call meets when all are busy"),
        key(
            "dispatch",
            "round-robin, random, least-loaded, power-of-two or sticky-key",
            "round-robin",
            "which instance a call goes to",
        ),
        key("slower", "map", "never", "how work stretches when many handlers run"),
        key("do", "list of steps", "nothing", "what each call runs"),
    ],
};

/// A map under `when_full:`.
pub const WHEN_FULL: Shape = Shape {
    name: "a service's queue",
    keys: &[
        key(
            "queue",
            "count or `unlimited`",
            "required",
            "calls that wait at the most, in an instance; with 0 they are rejected",
        ),
        key("order", "oldest-first or newest-first", "oldest-first", "which of them is next"),
    ],
};

/// `slower:`.
pub const SLOWER: Shape = Shape {
    name: "a capacity curve",
    keys: &[
        key("beyond", "count", "0", "running handlers that do not slow each other"),
        key("factor", "number", "required", "how many times as long work takes when all handlers run"),
    ],
};

/// `call:`.
pub const CALL: Shape = Shape {
    name: "a call step",
    keys: &[
        key("service", "service", "required", "whom it calls"),
        key("timeout", "duration or `off`", "off", "how long one attempt waits"),
        key("retries", "count", "0", "attempts beyond the first"),
        key("backoff", "duration or map", "0s", "the wait before each retry"),
        key("deadline", "duration or `off`", "off", "how long it waits in all; it travels with the call"),
        key("retry_budget", "share or map", "none", "what limits an instance's retries over all its calls"),
        key("breaker", "map", "none", "what stops an instance from calling where calls fail"),
    ],
};

/// A map under `retry_budget:`.
pub const RETRY_BUDGET: Shape = Shape {
    name: "a retry budget",
    keys: &[
        key("ratio", "share", "required", "retries that one call earns"),
        key("reserve", "count", "10", "what it holds at first, and at the most"),
    ],
};

/// `breaker:`.
pub const BREAKER: Shape = Shape {
    name: "a circuit breaker",
    keys: &[
        key("failures", "count", "5", "failures in a row that open it"),
        key("open_for", "duration", "required", "how long it then tells every attempt no"),
        key("probes", "count", "1", "attempts let through after that, to see"),
    ],
};
