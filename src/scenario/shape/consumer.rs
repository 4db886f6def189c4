//! The tables of keys of consumers.

use super::{Shape, key};

/// An entry of `consumers:`.
pub const CONSUMER: Shape = Shape {
    name: "a consumer",
    keys: &[
        key("instances", "count", "1", "how many compete"),
        key("from", "queue or log", "required", "what it consumes"),
        key("prefetch", "count or `unlimited`", "profile", "unacked deliveries an instance may hold"),
        key("concurrency", "count", "1", "handlers at once in an instance"),
        key(
            "ack",
            "on-delivery, before-handling, after-handling or {batch, every}",
            "after-handling",
            "when it acks; on a log when it commits, also {every}",
        ),
        key(
            "on_error",
            "requeue, {requeue_after}, reject or no-answer",
            "requeue",
            "what a handler's error sends",
        ),
        key("extend_every", "duration or `off`", "off", "how often it renews the lease of what it holds"),
        key("group", "name", "its own name", "of a log: who shares partitions and committed offsets"),
        key("start", "earliest, latest or an offset", "earliest", "of a log: where a new group begins"),
        key("poll", "map", "500 records", "of a log: how it asks for records"),
        key("session_timeout", "duration", "45s", "of a log: how long a member may be silent"),
        key("poll_timeout", "duration", "5min", "of a log: how long a member may take between two polls"),
        key("rebalance", "eager or cooperative", "eager", "of a log: how partitions change hands"),
        key("replay", "map", "none", "of a log: sets the group's offsets back, deliberately"),
        key(
            "idempotency",
            "none, in-memory or map",
            "none",
            "what keeps it from doing again what a duplicate asks for",
        ),
        key("do", "list of steps", "nothing", "what a handler does"),
    ],
};

/// `idempotency:`.
pub const IDEMPOTENCY: Shape = Shape {
    name: "an idempotency guard",
    keys: &[
        key("by", "unique-key, setnx, version, status, inbox or in-memory", "required", "the strategy"),
        key("in", "store", "required where keys are stored", "where it keeps its keys"),
        key(
            "key",
            "message-id or business",
            "message-id",
            "by what a duplicate is recognised; `business` is the message's key",
        ),
        key(
            "transaction",
            "with-effect or separate",
            "with-effect",
            "of `unique-key`: with what the key is inserted",
        ),
        key("ttl", "duration or `off`", "off", "of `setnx`: how long a key stays"),
        key(
            "if_taken",
            "skip or retry",
            "skip; retry for a lease",
            "of `setnx`: what is done with a message whose key is taken",
        ),
        key("mark", "before, after or lease-then-done", "before", "of `setnx`: when the key is set"),
        key("lease", "duration", "30s", "of `lease-then-done`: how long others keep away"),
        key(
            "expire",
            "together or separate-call",
            "together",
            "of `setnx`: whether the time to live is set with the key",
        ),
        key(
            "when_cache_is_down",
            "open or closed",
            "closed",
            "of `setnx`: whether handlers go on without their guard",
        ),
        key(
            "fence",
            "true or false",
            "false",
            "of `setnx`: whether owners are numbered, and the effect's database refuses old ones",
        ),
        key("from", "message or row", "required for `version`", "of `version`: where the version is read"),
        key("states", "map", "required for `status`", "of `status`: the state before and after"),
        key(
            "on_stale",
            "drop, retry or dead-letter",
            "drop",
            "of `version` and `status`: what is done with a message that comes too late",
        ),
        key("poll", "duration", "1s", "of `inbox`: how often each instance looks for what is left there"),
    ],
};

/// `states:`.
pub const STATES: Shape = Shape {
    name: "a change of state",
    keys: &[
        key("from", "state", "required", "the state that the row has to be in"),
        key("to", "state", "required", "the state that it is in afterwards"),
    ],
};

/// A map under `ack:`.
pub const ACK_BATCH: Shape = Shape {
    name: "an ack batch",
    keys: &[
        key("batch", "count", "required, except on a log", "acks sent at once"),
        key("every", "duration", "required", "how long after the first at the latest"),
    ],
};

/// A map under `on_error:`.
pub const ON_ERROR: Shape = Shape {
    name: "an error answer",
    keys: &[key("requeue_after", "duration", "required", "a nack that requeues after a while")],
};

/// `poll:`.
pub const POLL: Shape = Shape {
    name: "a poll",
    keys: &[
        key("max_records", "count", "500", "the most records one poll returns"),
        key("every", "duration", "0s", "the least time between the beginnings of two polls"),
    ],
};

/// `replay:`.
pub const REPLAY: Shape = Shape {
    name: "a replay",
    keys: &[
        key("after", "duration", "required", "when"),
        key("from", "earliest, latest or an offset", "earliest", "where the group goes on"),
    ],
};
