//! The tables of keys: for each kind of map in the language its keys, what they take, their
//! defaults, and what they are for.
//!
//! Reading checks keys against these tables, suggestions come from them, and a reference page can
//! be made of them. Knows no values and no rules between keys.

mod broker;
mod consumer;
mod distribution;
mod experiment;
mod fault;
mod producer;
mod service;
mod store;

pub use self::broker::{BINDING, BROKER, EXCHANGE, QUEUE};
pub use self::consumer::{ACK_BATCH, CONSUMER, IDEMPOTENCY, ON_ERROR, POLL, REPLAY, STATES};
pub use self::distribution::{DISTRIBUTION, ERLANG, LOGNORMAL, MIXTURE_PART, NORMAL, PARETO, WEIBULL, WORK};
pub use self::experiment::{ADVISE, RUNS, RUNS_UNTIL};
pub use self::fault::{
    CRASH, CUT, DELAY, DUPLICATE, EVICT, FAIL, FAULT_LIST, LOSE, OUTAGE, PARTITION, PAUSE, POISON, REORDER,
    SLOW, STALL,
};
pub use self::producer::{
    BACKOFF, CONFIRM, MESSAGE, MESSAGE_KEY, PHASE, PRODUCER, PUBLISH, STEP, UNIFORM_KEY, ZIPF_KEY,
};

pub use self::service::{BREAKER, CALL, RETRY_BUDGET, SERVICE, SLOWER, WHEN_FULL};
pub use self::store::{
    DEADLOCK, LOCK, PICK, READ, READ_PART, READS, REPLICA, ROWS, SERVERS, STORE, TABLE, TRANSACTION,
    TRANSACTION_STEP, UPDATE, UPDATE_PART, ZIPF_PICK,
};

/// A kind of map in the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// With its article, for sentences: `a queue`.
    pub name: &'static str,
    /// In the order of the reference.
    pub keys: &'static [Key],
}

/// One key of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What it takes.
    pub takes: &'static str,
    /// What holds without it; `required` if nothing does.
    pub default: &'static str,
    /// What it says.
    pub about: &'static str,
}

const fn key(name: &'static str, takes: &'static str, default: &'static str, about: &'static str) -> Key {
    Key { name, takes, default, about }
}

impl Shape {
    /// The names of its keys.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|key| key.name)
    }
}

/// Every shape, for the reference.
pub const SHAPES: &[&Shape] = &[
    &SCENARIO,
    &NETWORK,
    &LINK,
    &DISTRIBUTION,
    &WORK,
    &MIXTURE_PART,
    &NORMAL,
    &LOGNORMAL,
    &ERLANG,
    &PARETO,
    &WEIBULL,
    &PRODUCER,
    &PHASE,
    &MESSAGE,
    &MESSAGE_KEY,
    &UNIFORM_KEY,
    &ZIPF_KEY,
    &STEP,
    &PUBLISH,
    &CONFIRM,
    &BACKOFF,
    &UPDATE,
    &READ,
    &TRANSACTION,
    &TRANSACTION_STEP,
    &UPDATE_PART,
    &READ_PART,
    &READS,
    &ROWS,
    &PICK,
    &ZIPF_PICK,
    &LOCK,
    &STORE,
    &TABLE,
    &SERVERS,
    &DEADLOCK,
    &REPLICA,
    &CALL,
    &RETRY_BUDGET,
    &BREAKER,
    &SERVICE,
    &WHEN_FULL,
    &SLOWER,
    &BROKER,
    &EXCHANGE,
    &BINDING,
    &QUEUE,
    &CONSUMER,
    &ACK_BATCH,
    &ON_ERROR,
    &IDEMPOTENCY,
    &STATES,
    &POLL,
    &REPLAY,
    &FAULT_LIST,
    &LOSE,
    &DUPLICATE,
    &DELAY,
    &REORDER,
    &PARTITION,
    &OUTAGE,
    &STALL,
    &EVICT,
    &CUT,
    &CRASH,
    &PAUSE,
    &SLOW,
    &FAIL,
    &POISON,
    &EXPECTATION,
    &ADVISE,
    &RUNS,
    &RUNS_UNTIL,
];

/// The whole file.
pub const SCENARIO: Shape = Shape {
    name: "a scenario",
    keys: &[
        key("scenario", "text", "the file's name", "what the experiment is called"),
        key("about", "text", "none", "a few sentences for the report"),
        key("seed", "count", "1", "the whole run follows from it"),
        key("run_for", "duration", "the sum of the phases", "virtual time during which arrivals come"),
        key(
            "until",
            "`run_for` or `drained`",
            "run_for",
            "whether the run goes on until nothing is left to do",
        ),
        key("warm_up", "duration or `auto`", "0s", "what statistics leave out at the start"),
        key("network", "map", "no latency", "how long messages travel"),
        key("broker", "map", "one node", "the nodes that hold the queues"),
        key("exchanges", "map of exchanges", "none", "what routes messages to queues, by name"),
        key("queues", "map of queues", "none", "the work queues and logs by name"),
        key("stores", "map of stores", "none", "databases and caches by name"),
        key("services", "map of services", "none", "what is called and answers, by name"),
        key("producers", "map of producers", "required", "who publishes, by name"),
        key("consumers", "map of consumers", "none", "who consumes, by name"),
        key("faults", "list of faults", "none", "what goes wrong"),
        key("expect", "map of bounds", "none", "what the run must come to, by metric"),
        key("variants", "map of overrides", "none", "what `compare` runs beside each other, by name"),
        key(
            "sweep",
            "map of axes",
            "none",
            "the grid that `sweep` runs: a path with a list of values, or a name with named sets of overrides",
        ),
        key(
            "advise",
            "map",
            "none",
            "whose prefetch, ack timeout and instances `sweep` recommends, by `expect`",
        ),
        key(
            "runs",
            "count or `{until: …}`",
            "1",
            "how many seeds `compare` and `sweep` take, from `seed` on",
        ),
    ],
};

/// `network:`.
pub const NETWORK: Shape = Shape {
    name: "a network",
    keys: &[
        key("latency", "distribution", "0s", "one way, on every link that `links` does not name"),
        key("links", "list of links", "none", "exceptions; the later one wins"),
    ],
};

/// An entry of `links:`.
pub const LINK: Shape = Shape {
    name: "a link",
    keys: &[
        key(
            "between",
            "two names",
            "required",
            "the two ends; `broker`, exchanges and queues mean the broker",
        ),
        key("latency", "distribution", "required", "one way, in both directions"),
    ],
};
/// A map under a metric of `expect:`.
pub const EXPECTATION: Shape = Shape {
    name: "an expectation",
    keys: &[
        key("is", "bound", "required", "a value, a comparison, or lo..hi"),
        key(
            "needs",
            "list of faults",
            "none",
            "faults that must have fired for the verdict to mean anything",
        ),
    ],
};
