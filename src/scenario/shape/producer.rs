//! The tables of keys of producers, their arrivals and messages, and of the steps of `do` lists.

use super::{Shape, key};

/// An entry of `producers:`.
pub const PRODUCER: Shape = Shape {
    name: "a producer",
    keys: &[
        key("instances", "count", "1", "how many share the arrivals, in turn"),
        key("arrivals", "phase or list of phases", "required", "when it has something to do"),
        key("message", "map", "defaults", "what its messages look like"),
        key("do", "list of steps", "required", "what each arrival runs"),
        key("connection", "`kept` or `per-message`", "kept", "how long its connection lives"),
        key(
            "declare",
            "true or false",
            "true",
            "whether it makes sure that what it publishes to is there; `false` allows unknown names",
        ),
    ],
};

/// A phase of `arrivals:`.
pub const PHASE: Shape = Shape {
    name: "a phase of arrivals",
    keys: &[
        key("for", "duration", "to the end", "how long the phase lasts"),
        key("poisson", "rate", "", "at random, at this rate"),
        key("every", "duration", "", "evenly: at d, 2d, 3d …"),
        key("at_once", "count", "", "all at the phase's beginning"),
        key("ramp", "[from, to]", "", "at random, at a rate that changes evenly"),
        key("users", "count", "", "a closed loop of so many users"),
        key("think", "distribution", "required by `users`", "a user's pause between two operations"),
        key("trace", "file or list of instants", "", "at recorded instants"),
    ],
};

/// `message:`.
pub const MESSAGE: Shape = Shape {
    name: "a message",
    keys: &[
        key("key", "number, {uniform} or {zipf}", "none", "the entity it is about"),
        key("persistent", "true or false", "true", "whether a durable queue keeps it on disk"),
        key("ttl", "duration or `off`", "off", "how long it may wait"),
        key("headers", "map of texts", "none", "what headers exchanges look at"),
        key("priority", "0 to 255", "0", "higher ones go first where the queue has `priorities`"),
        key("delay", "duration", "0s", "how long after storing it may be delivered"),
        key("size", "size", "1kB", "what it takes of memory and of a log's retention"),
    ],
};

/// A map under `key:`.
pub const MESSAGE_KEY: Shape = Shape {
    name: "a message key",
    keys: &[
        key("uniform", "{over}", "", "each key as likely"),
        key("zipf", "{over, exponent}", "", "few keys often, many seldom"),
    ],
};

/// `uniform:` of a key.
pub const UNIFORM_KEY: Shape =
    Shape { name: "a uniform key", keys: &[key("over", "count", "required", "how many keys there are")] };

/// `zipf:` of a key.
pub const ZIPF_KEY: Shape = Shape {
    name: "a Zipf key",
    keys: &[
        key("over", "count", "required", "how many keys there are"),
        key("exponent", "number", "1", "how uneven: 0 is uniform"),
    ],
};

/// A step of `do:`.
pub const STEP: Shape = Shape {
    name: "a step",
    keys: &[
        key("work", "distribution", "", "takes time"),
        key("publish", "queue, log, exchange or map", "", "publishes a message"),
        key("update", "map", "", "changes rows of a store"),
        key("read", "map", "", "reads rows of a store"),
        key("transaction", "map", "", "reads and changes rows of a store, all or nothing"),
        key("call", "service or map", "", "calls a service and waits for its answer"),
    ],
};

/// `publish:`.
pub const PUBLISH: Shape = Shape {
    name: "a publish step",
    keys: &[
        key("to", "queue, log or exchange", "required", "where to"),
        key("routing_key", "text", "empty", "what direct and topic exchanges look at"),
        key("mandatory", "true or false", "false", "whether it comes back where no binding selects it"),
        key("same_message", "true or false", "false", "publishes the very message that is being handled"),
        key("confirm", "map or `off`", "off", "waits for the broker's confirm"),
    ],
};

/// `confirm:`.
pub const CONFIRM: Shape = Shape {
    name: "a confirm",
    keys: &[
        key("timeout", "duration", "1s", "how long one attempt waits"),
        key("retries", "count", "0", "attempts beyond the first"),
        key("backoff", "duration or map", "0s", "the wait before each retry"),
        key("id", "`keep` or `new`", "keep", "whether a retry keeps the message's id"),
    ],
};

/// `backoff:`.
pub const BACKOFF: Shape = Shape {
    name: "a backoff",
    keys: &[
        key("base", "duration", "required", "before the first retry"),
        key("factor", "number", "2", "growth per further retry"),
        key("cap", "duration or `off`", "off", "at most this, before jitter"),
        key("jitter", "none, full, equal or decorrelated", "none", "how chance spreads it"),
    ],
};
