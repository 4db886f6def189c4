//! The tables of keys: for each kind of map in the language its keys, what they take, their
//! defaults, and what they are for.
//!
//! Reading checks keys against these tables, suggestions come from them, and a reference page can
//! be made of them. Knows no values and no rules between keys.

/// A kind of map in the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// With its article, for sentences: `a queue`.
    pub name: &'static str,
    /// In the order of the reference.
    pub keys: &'static [Key],
    /// Keys the language has and this version does not read yet.
    pub later: &'static [&'static str],
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
    &QUEUE,
    &CONSUMER,
    &ACK_BATCH,
    &ON_ERROR,
    &FAULT_LIST,
    &LOSE,
    &CUT,
    &CRASH,
    &PAUSE,
    &SLOW,
    &FAIL,
    &POISON,
    &EXPECTATION,
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
        key("queues", "map of queues", "none", "the work queues by name"),
        key("producers", "map of producers", "required", "who publishes, by name"),
        key("consumers", "map of consumers", "none", "who consumes, by name"),
        key("faults", "list of faults", "none", "what goes wrong"),
        key("expect", "map of bounds", "none", "what the run must come to, by metric"),
    ],
    later: &["exchanges", "services", "stores", "broker", "variants", "sweep", "runs"],
};

/// `network:`.
pub const NETWORK: Shape = Shape {
    name: "a network",
    keys: &[
        key("latency", "distribution", "0s", "one way, on every link that `links` does not name"),
        key("links", "list of links", "none", "exceptions; the later one wins"),
    ],
    later: &[],
};

/// An entry of `links:`.
pub const LINK: Shape = Shape {
    name: "a link",
    keys: &[
        key("between", "two names", "required", "the two ends; `broker` and queues mean the broker"),
        key("latency", "distribution", "required", "one way, in both directions"),
    ],
    later: &[],
};

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
pub const DISTRIBUTION: Shape = Shape { name: "a distribution", keys: DISTRIBUTION_KEYS, later: &[] };

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
    later: &[],
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
    later: &[],
};

/// `normal:`.
pub const NORMAL: Shape = Shape {
    name: "a normal distribution",
    keys: &[
        key("mean", "duration", "required", "before the cut at zero"),
        key("sd", "duration", "required", "the standard deviation"),
    ],
    later: &[],
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
    later: &[],
};

/// `erlang:`.
pub const ERLANG: Shape = Shape {
    name: "an Erlang distribution",
    keys: &[
        key("k", "count", "required", "how many exponentials"),
        key("mean", "duration", "required", "of their sum"),
    ],
    later: &[],
};

/// `pareto:`.
pub const PARETO: Shape = Shape {
    name: "a Pareto distribution",
    keys: &[
        key("min", "duration", "required", "the shortest"),
        key("alpha", "number", "required", "the tail; at most 1 has no mean"),
    ],
    later: &[],
};

/// `weibull:`.
pub const WEIBULL: Shape = Shape {
    name: "a Weibull distribution",
    keys: &[
        key("shape", "number", "required", "below 1 wearing in, above 1 wearing out"),
        key("scale", "duration", "required", "63 % are shorter"),
    ],
    later: &[],
};

/// An entry of `producers:`.
pub const PRODUCER: Shape = Shape {
    name: "a producer",
    keys: &[
        key("instances", "count", "1", "how many share the arrivals, in turn"),
        key("arrivals", "phase or list of phases", "required", "when it has something to do"),
        key("message", "map", "defaults", "what its messages look like"),
        key("do", "list of steps", "required", "what each arrival runs"),
        key("connection", "`kept` or `per-message`", "kept", "how long its connection lives"),
    ],
    later: &["declare"],
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
    later: &[],
};

/// `message:`.
pub const MESSAGE: Shape = Shape {
    name: "a message",
    keys: &[
        key("key", "number, {uniform} or {zipf}", "none", "the entity it is about"),
        key("persistent", "true or false", "true", "whether a durable queue keeps it on disk"),
        key("ttl", "duration or `off`", "off", "how long it may wait"),
    ],
    later: &["headers", "priority", "delay", "size"],
};

/// A map under `key:`.
pub const MESSAGE_KEY: Shape = Shape {
    name: "a message key",
    keys: &[
        key("uniform", "{over}", "", "each key as likely"),
        key("zipf", "{over, exponent}", "", "few keys often, many seldom"),
    ],
    later: &[],
};

/// `uniform:` of a key.
pub const UNIFORM_KEY: Shape = Shape {
    name: "a uniform key",
    keys: &[key("over", "count", "required", "how many keys there are")],
    later: &[],
};

/// `zipf:` of a key.
pub const ZIPF_KEY: Shape = Shape {
    name: "a Zipf key",
    keys: &[
        key("over", "count", "required", "how many keys there are"),
        key("exponent", "number", "1", "how uneven: 0 is uniform"),
    ],
    later: &[],
};

/// A step of `do:`.
pub const STEP: Shape = Shape {
    name: "a step",
    keys: &[
        key("work", "distribution", "", "takes time"),
        key("publish", "queue or map", "", "publishes a message"),
    ],
    later: &["call", "update", "transaction", "read"],
};

/// `publish:`.
pub const PUBLISH: Shape = Shape {
    name: "a publish step",
    keys: &[
        key("to", "queue", "required", "where to"),
        key("confirm", "map or `off`", "off", "waits for the broker's confirm"),
    ],
    later: &["routing_key", "mandatory", "same_message"],
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
    later: &[],
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
    later: &[],
};

/// An entry of `queues:`.
pub const QUEUE: Shape = Shape {
    name: "a queue",
    keys: &[
        key("profile", "name of a profile", "plain", "the real system whose defaults it takes"),
        key("ack_timeout", "duration or `off`", "profile", "how long a delivery may stay unacked"),
        key("ack_timeout_check", "duration", "profile", "how often the timeout is looked at; 0s: at once"),
        key("on_timeout", "return-one or return-channel", "profile", "what a timeout returns"),
        key("max_deliveries", "count or `unlimited`", "profile", "deliveries in all"),
        key("dead_letter", "queue or `none`", "none", "where what cannot be handled goes"),
        key("max_length", "count or `unlimited`", "unlimited", "ready copies"),
        key("overflow", "reject, drop-head or block", "reject", "what happens beyond `max_length`"),
        key("message_ttl", "duration or `off`", "off", "how long a copy may wait"),
        key("dedup_window", "duration or `off`", "off", "how long a message id is remembered"),
        key("durable", "true or false", "true", "whether it outlives its broker"),
        key("late_ack", "ignore, accept or accept-unless-redelivered", "profile", "what a late ack does"),
        key("requeue", "original-place, head or tail", "profile", "where a returned copy goes"),
        key("on_connection_loss", "return or wait", "profile", "what becomes of unacked copies"),
        key("heartbeat", "duration or `off`", "profile", "when a silent peer is noticed"),
        key("handshake_round_trips", "count", "profile", "before a reopened connection can be used"),
    ],
    later: &["kind", "partitions", "retention", "priorities"],
};

/// An entry of `consumers:`.
pub const CONSUMER: Shape = Shape {
    name: "a consumer",
    keys: &[
        key("instances", "count", "1", "how many compete"),
        key("from", "queue", "required", "what it consumes"),
        key("prefetch", "count or `unlimited`", "profile", "unacked deliveries an instance may hold"),
        key("concurrency", "count", "1", "handlers at once in an instance"),
        key(
            "ack",
            "on-delivery, before-handling, after-handling or {batch, every}",
            "after-handling",
            "when it acks",
        ),
        key(
            "on_error",
            "requeue, {requeue_after}, reject or no-answer",
            "requeue",
            "what a handler's error sends",
        ),
        key("do", "list of steps", "nothing", "what a handler does"),
    ],
    later: &[
        "idempotency",
        "group",
        "start",
        "poll",
        "extend_every",
        "session_timeout",
        "poll_timeout",
        "rebalance",
        "dispatch",
        "when_full",
    ],
};

/// A map under `ack:`.
pub const ACK_BATCH: Shape = Shape {
    name: "an ack batch",
    keys: &[
        key("batch", "count", "required", "acks sent at once"),
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

/// An entry of `faults:`.
pub const FAULT_LIST: Shape = Shape {
    name: "a fault",
    keys: &[
        key("lose", "map", "", "one message on a link vanishes"),
        key("cut", "map", "", "a connection breaks and comes back"),
        key("crash", "map", "", "an instance loses its memory and comes back"),
        key("pause", "map", "", "an instance freezes for a while"),
        key("slow", "map", "", "work takes longer"),
        key("fail", "map", "", "the handler returns an error for an attempt"),
        key("poison", "map", "", "the handler returns an error for a message, always"),
    ],
    later: &["duplicate", "delay", "reorder", "partition", "outage", "evict", "stall", "level"],
};

const NAME: Key = key("name", "text", "from kind and what", "its name in the results");
const TARGET: Key = key("target", "component, component#3 or component#0-4", "required", "whom it strikes");
const WHEN: Key = key("when", "a named point", "none", "strikes at this point of a handler");
const AFTER: Key = key("after", "duration", "0s", "not before; alone, exactly then");
const FOR: Key = key("for", "duration", "to the end", "how long it is armed");
const EVERY: Key = key("every", "distribution", "none", "again and again, with these gaps");
const PROBABILITY: Key = key("probability", "probability", "100%", "per opportunity");
const RESTART: Key = key("restart_after", "duration", "1s", "when it comes back");

/// `lose:`.
pub const LOSE: Shape = Shape {
    name: "a loss",
    keys: &[
        NAME,
        key("what", "publish, confirm, delivery, ack or nack", "required", "the kind of message"),
        key("target", "component, component#3 or component#0-4", "every link", "either end of the link"),
        PROBABILITY,
        AFTER,
        FOR,
    ],
    later: &[],
};

/// `cut:`.
pub const CUT: Shape =
    Shape { name: "a cut", keys: &[NAME, TARGET, WHEN, PROBABILITY, EVERY, AFTER, FOR, RESTART], later: &[] };

/// `crash:`.
pub const CRASH: Shape = Shape {
    name: "a crash",
    keys: &[
        NAME,
        TARGET,
        key("how", "process or machine", "process", "who notices: peers at once, or a heartbeat"),
        WHEN,
        PROBABILITY,
        EVERY,
        AFTER,
        FOR,
        RESTART,
    ],
    later: &[],
};

/// `pause:`.
pub const PAUSE: Shape = Shape {
    name: "a pause",
    keys: &[
        NAME,
        TARGET,
        key("for", "duration", "required", "how long it freezes"),
        WHEN,
        PROBABILITY,
        EVERY,
        AFTER,
    ],
    later: &[],
};

/// `slow:`.
pub const SLOW: Shape = Shape {
    name: "a slowdown",
    keys: &[
        NAME,
        TARGET,
        key("factor", "number", "required", "how many times as long"),
        PROBABILITY,
        AFTER,
        FOR,
    ],
    later: &[],
};

/// `fail:`.
pub const FAIL: Shape =
    Shape { name: "a failure", keys: &[NAME, TARGET, PROBABILITY, AFTER, FOR], later: &[] };

/// `poison:`.
pub const POISON: Shape = Shape {
    name: "poison",
    keys: &[
        NAME,
        key("of", "producer", "required", "whose messages"),
        key("probability", "probability", "required", "per message"),
        AFTER,
        FOR,
    ],
    later: &[],
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
    later: &[],
};
