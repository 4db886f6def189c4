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
        key("do", "list of steps", "nothing", "what a handler does"),
    ],
    later: &["idempotency"],
};

/// A map under `ack:`.
pub const ACK_BATCH: Shape = Shape {
    name: "an ack batch",
    keys: &[
        key("batch", "count", "required, except on a log", "acks sent at once"),
        key("every", "duration", "required", "how long after the first at the latest"),
    ],
    later: &[],
};

/// A map under `on_error:`.
pub const ON_ERROR: Shape = Shape {
    name: "an error answer",
    keys: &[key("requeue_after", "duration", "required", "a nack that requeues after a while")],
    later: &[],
};

/// `poll:`.
pub const POLL: Shape = Shape {
    name: "a poll",
    keys: &[
        key("max_records", "count", "500", "the most records one poll returns"),
        key("every", "duration", "0s", "the least time between the beginnings of two polls"),
    ],
    later: &[],
};

/// `replay:`.
pub const REPLAY: Shape = Shape {
    name: "a replay",
    keys: &[
        key("after", "duration", "required", "when"),
        key("from", "earliest, latest or an offset", "earliest", "where the group goes on"),
    ],
    later: &[],
};
