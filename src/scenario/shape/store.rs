//! The tables of keys of stores and of the transactions that steps run at them.

use super::{Key, Shape, key};

/// An entry of `stores:`.
pub const STORE: Shape = Shape {
    name: "a store",
    keys: &[
        key("kind", "database or cache", "database", "what it is"),
        key("rows", "map of tables", "none", "what it holds, by table"),
        key("latency", "distribution", "0s", "what each statement takes, commits too"),
        key("fsync", "distribution", "0s", "what a commit takes beside that"),
        key(
            "connections",
            "count or `unlimited`",
            "unlimited",
            "transactions served at once, each from its first statement to its end; the others queue",
        ),
        key(
            "admission",
            "count or `unlimited`",
            "unlimited",
            "transactions active at once; one that is tried again queues again",
        ),
        key("disks", "map", "none", "what each object read or written takes of a disk"),
        key("cpus", "map", "none", "what it takes of a CPU, after the disk"),
        key("writes", "immediate or deferred", "immediate", "when what was written goes to disk and CPU"),
        key("deadlock", "map", "PostgreSQL's", "who is rolled back, and when it is looked for one"),
        key(
            "replica",
            "map or `none`",
            "none",
            "of a cache: what takes over after a crash; without it keys are forgotten",
        ),
        key("timeout", "duration or `off`", "30s", "how long a client waits for an answer"),
        key("heartbeat", "duration or `off`", "1min", "when the silence of a dead machine is noticed"),
    ],
};

/// An entry of `rows:`.
pub const TABLE: Shape = Shape {
    name: "a table",
    keys: &[
        key("count", "count", "1", "how many rows there are"),
        key("start", "number", "0", "what each holds in the beginning"),
    ],
};

/// `disks:` and `cpus:`.
pub const SERVERS: Shape = Shape {
    name: "a resource",
    keys: &[
        key("count", "count or `unlimited`", "1", "how many; `unlimited` takes time and never queues"),
        key("time", "distribution", "required", "what an object takes"),
    ],
};

/// `deadlock:`.
pub const DEADLOCK: Shape = Shape {
    name: "a way out of deadlocks",
    keys: &[
        key("victim", "detector, smallest or youngest", "detector", "who is rolled back"),
        key(
            "after",
            "duration",
            "1s for `detector`, else 0s",
            "how long a statement waits before it looks for one",
        ),
    ],
};

/// `replica:`.
pub const REPLICA: Shape = Shape {
    name: "a replica",
    keys: &[key("lag", "duration", "required", "what was set within it before a crash is forgotten")],
};

const IN: Key = key("in", "store", "required", "where");
const LOCK_BY: Key = key("lock", "strategy or map", "none", "what keeps others away");
const RETRIES: Key =
    key("retries", "count or `unlimited`", "0", "further tries after one that failed because of others");
const BACKOFF: Key = key("backoff", "duration or map", "0s", "the wait before each retry");
const RESTART_DELAY: Key = key(
    "restart_delay",
    "none, adaptive or duration",
    "none; adaptive for `immediate-restart`",
    "a further wait; `adaptive` is exponential with the mean response time so far",
);
const THINK: Key =
    key("think", "distribution", "0s", "the pause between reading and writing, inside the lock");
const ROW: Key = key("row", "table or map", "required", "which row or rows");

/// `update:`.
pub const UPDATE: Shape = Shape {
    name: "an update step",
    keys: &[
        IN,
        ROW,
        key("add", "number", "required", "what is added to each row"),
        key("floor", "number or `none`", "none", "the least that may be left; below it is `declined`"),
        LOCK_BY,
        THINK,
        RETRIES,
        BACKOFF,
        RESTART_DELAY,
    ],
};

/// `update:` within a transaction.
pub const UPDATE_PART: Shape =
    Shape { name: "an update in a transaction", keys: &[ROW, UPDATE.keys[2], UPDATE.keys[3], THINK] };

/// `read:`.
pub const READ: Shape =
    Shape { name: "a read step", keys: &[IN, ROW, LOCK_BY, THINK, RETRIES, BACKOFF, RESTART_DELAY] };

/// `read:` within a transaction.
pub const READ_PART: Shape = Shape { name: "a read in a transaction", keys: &[ROW, THINK] };

/// `transaction:`.
pub const TRANSACTION: Shape = Shape {
    name: "a transaction",
    keys: &[
        IN,
        key("do", "list of `read` and `update`", "or `reads`", "what it does, one after the other"),
        key("reads", "count or {uniform: [low, high]}", "or `do`", "how many distinct rows it reads"),
        key(
            "write_share",
            "probability",
            "0%",
            "with `reads`: how likely each of them is written afterwards",
        ),
        key("table", "table", "required by `reads`", "with `reads`: the rows of which table"),
        key("pick", "key, uniform, {zipf} or a number", "uniform", "with `reads`: how they are picked"),
        key("order", "given or sorted", "given", "with `reads`: in which order they are read"),
        THINK,
        LOCK_BY,
        key("retries", "count or `unlimited`", "0; unlimited with `reads`", RETRIES.about),
        BACKOFF,
        RESTART_DELAY,
    ],
};

/// A step of a transaction's `do`.
pub const TRANSACTION_STEP: Shape = Shape {
    name: "a step of a transaction",
    keys: &[key("read", "table or map", "", "reads rows"), key("update", "map", "", "changes rows")],
};

/// A map under `row:`.
pub const ROWS: Shape = Shape {
    name: "a choice of rows",
    keys: &[
        key("table", "table", "required", "of which table"),
        key("pick", "key, uniform, {zipf} or a number", "key", "how a row is picked"),
        key("how_many", "count", "1", "how many distinct ones"),
        key("order", "given or sorted", "given", "in which order they are taken"),
    ],
};

/// A map under `pick:`.
pub const PICK: Shape =
    Shape { name: "a pick", keys: &[key("zipf", "{exponent}", "required", "few rows often, many seldom")] };

/// `zipf:` of a pick.
pub const ZIPF_PICK: Shape =
    Shape { name: "a Zipf pick", keys: &[key("exponent", "number", "1", "how uneven: 0 is uniform")] };

/// `{uniform: [low, high]}` under `reads:`.
pub const READS: Shape = Shape {
    name: "a number of reads",
    keys: &[key("uniform", "[low, high]", "required", "each number as likely, both ends included")],
};

/// A map under `lock:`.
pub const LOCK: Shape = Shape {
    name: "a lock",
    keys: &[
        key(
            "by",
            "none, check-only, atomic, pessimistic, optimistic, serializable, immediate-restart, skip-locked or lease",
            "required",
            "the strategy",
        ),
        key("granularity", "row or table", "row", "`pessimistic`: what is locked"),
        key("mode", "shared or exclusive", "shared", "how `reads` lock what they may write later"),
        key(
            "wait_timeout",
            "duration or `off`",
            "off",
            "`pessimistic`: how long a lock is waited for; 0s is NOWAIT",
        ),
        key("in", "cache", "required by `lease`", "`lease`: which cache keeps it"),
        key("ttl", "duration", "required by `lease`", "`lease`: how long it lasts, whoever still needs it"),
        key(
            "renew",
            "true or false",
            "false",
            "`lease`: whether a watchdog extends it every third of its `ttl`",
        ),
        key(
            "release",
            "checked or unchecked",
            "checked",
            "`lease`: whether it is given back only if it is still the owner's, or whoever has it",
        ),
        key(
            "fence",
            "true or false",
            "false",
            "`lease`: whether the database refuses an owner once it has heard of a later one",
        ),
    ],
};
