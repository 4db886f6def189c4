//! Every complaint there is about a scenario: its stable id, what it means, and an example.
//!
//! Reading raises these rules and `mqlab explain ID` prints them, from this one table. Each example
//! is a fragment of a scenario that raises its rule, which a test checks.

/// A kind of complaint.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable, for `mqlab explain` and for searching.
    pub id: &'static str,
    /// A line for lists.
    pub title: &'static str,
    /// What it means and why it matters.
    pub explanation: &'static str,
    /// A fragment of a scenario that raises it; empty where none can be written down.
    pub example: &'static str,
}

/// Finds a rule by its id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    DIAGNOSTICS.iter().copied().find(|rule| rule.id == id)
}

/// Declares each rule and lists them all, in one breath.
macro_rules! rules {
    ($($name:ident: $id:literal, $title:literal, $explanation:literal, $example:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: Rule =
                Rule { id: $id, title: $title, explanation: $explanation, example: $example };
        )*

        /// All of them, in the order of the reference.
        pub static DIAGNOSTICS: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    TOO_LARGE: "too-large", "The file is larger than 1 MiB",
        "A scenario is written by a person and fits on a few screens. Recorded arrivals and samples go into files of their own, which the scenario names.",
        "";
    NOT_UTF8: "not-utf8", "The file is not UTF-8 text",
        "Scenarios are UTF-8. An editor that saves in another encoding writes bytes that begin no character.",
        "";
    YAML_SYNTAX: "yaml-syntax", "The text is not YAML",
        "The text cannot be read at all, so nothing after this place was checked. The usual causes are indentation, a missing blank after a colon, a bracket left open, and values that begin with a character YAML keeps for itself (`*`, `&`, `>`, `|`, `@`, `!`): put those in quotes.",
        "expect:\n  executions: > 100\n";
    SEVERAL_DOCUMENTS: "several-documents", "The file holds several YAML documents",
        "One file is one experiment. A line of three dashes begins another document.",
        "seed: 1\n---\nseed: 2\n";
    DUPLICATE_KEY: "duplicate-key", "A key is given twice",
        "YAML leaves open which of two equal keys counts, so neither is taken.",
        "seed: 1\nseed: 2\n";
    ODD_KEY: "odd-key", "A key is a list or a map",
        "Keys are words. A key that begins with a bracket or a brace is a collection to YAML unless it is quoted.",
        "{a: b}: 1\n";
    TOO_DEEP: "too-deep", "The text is nested too deeply",
        "The language needs about ten levels. Deeper nesting is a mistake or an attack.",
        "about: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n";
    ALIAS_EXPLOSION: "alias-explosion", "Aliases make the file explode",
        "An alias (`*name`) repeats what its anchor (`&name`) marked. Aliases of aliases multiply, and an alias inside its own anchor never ends.",
        "about: &again [*again]\n";
    YAML_TAG: "yaml-tag", "A tag stands where a value is expected",
        "YAML reads a leading exclamation mark as a tag, a type annotation. The language knows none.",
        "expect:\n  lost: !0\n";
    UNKNOWN_KEY: "unknown-key", "A key that does not exist here",
        "Every key must be known, because a misspelt one that is ignored changes what an experiment means.",
        "sed: 7\n";
    FOREIGN_WORD: "foreign-word", "A word from another system",
        "Brokers call the same things by different names. This language has one name for each, whatever the profile.",
        "queues:\n  orders: {visibility_timeout: 30s}\n";
    MISSING_KEY: "missing-key", "A key that must be there is missing",
        "There is no default that would be right more often than wrong.",
        "consumers:\n  booking: {prefetch: 5}\n";
    WRONG_TYPE: "wrong-type", "A value of another kind is expected",
        "A list where a single value belongs, a map where a list belongs, or nothing at all.",
        "seed: [1, 2]\n";
    UNKNOWN_VALUE: "unknown-value", "A word that is not among those allowed",
        "The key takes one of a few words; the help lists them.",
        "until: drain\n";
    CHOOSE_ONE: "choose-one", "Exactly one of several keys is expected",
        "Such a map is a choice: a step is either `work` or `publish`, a distribution has one form.",
        "network:\n  latency: {exponential: 5ms, constant: 3ms}\n";
    BAD_DURATION: "bad-duration", "A duration that cannot be read",
        "A duration is a number with a unit: ns, us, ms, s, min, h or d. Several add up: `1h 30min`.",
        "run_for: 30\n";
    BAD_RATE: "bad-rate", "A rate that cannot be read",
        "A rate is a number per unit of time: `2000/s`, `30/min`.",
        "producers:\n  buyers: {arrivals: {poisson: 100}}\n";
    BAD_PROBABILITY: "bad-probability", "A probability that cannot be read, or is outside 0 to 1",
        "A probability is `2%` or `0.02`. A bare `2` could mean either two percent or a mistake.",
        "faults:\n  - fail: {target: booking, probability: 2}\n";
    BAD_SIZE: "bad-size", "A size that cannot be read",
        "A size is a number with a unit: B, kB, MB, GB and TB go by thousands, KiB, MiB, GiB and TiB by 1024.",
        "broker: {memory_limit: 10}\n";
    BAD_NUMBER: "bad-number", "A number that cannot be read",
        "Counts are whole and written out, with or without `_` between the digits.",
        "seed: 1.5\n";
    OUT_OF_RANGE: "out-of-range", "A value outside the range that makes sense",
        "Zero consumers, a span of no length, a negative weight: the experiment would mean nothing.",
        "queues: {orders: {}}\nconsumers:\n  booking: {from: orders, prefetch: 0}\n";
    TIME_OVERFLOW: "time-overflow", "A time beyond the end of virtual time",
        "Virtual time is counted in nanoseconds in 64 bits, which is 584 years.",
        "run_for: 6000000h\n";
    BAD_DISTRIBUTION: "bad-distribution", "A distribution whose parameters contradict each other",
        "An upper bound below the lower one, a 99th percentile that no lognormal of that mean has, a mixture of nothing.",
        "network:\n  latency: {lognormal: {mean: 1ms, p99: 20ms}}\n";
    NO_MEAN: "no-mean", "A distribution without a mean where one is needed",
        "A Pareto distribution with alpha at most 1 has an infinite mean. As a pause between two happenings it would silently end them.",
        "producers:\n  buyers: {arrivals: {users: 5, think: {pareto: {min: 1s, alpha: 0.9}}}}\n";
    DATA_FILE: "data-file", "A data file that cannot be opened",
        "Histograms, samples and traces may come from CSV files, named relative to the scenario.",
        "network:\n  latency: {samples: no-such-file.csv}\n";
    DATA_LINE: "data-line", "A line of a data file that cannot be read",
        "A histogram has two columns, the upper bound of a bin and its count, the bounds ascending. Samples and traces have one. Times carry a unit, or the header names it: `latency_ms`.",
        "network:\n  latency: {histogram: [[5ms, 10], [1ms, 20]]}\n";
    BAD_NAME: "bad-name", "A name that cannot be used",
        "Names of components and faults stand in paths, in file names and behind `target:`. They have letters, digits, `-`, `_` and `.`, and a few words are taken.",
        "queues:\n  broker: {}\n";
    NAME_TAKEN: "name-taken", "A name used twice",
        "Exchanges, queues, producers and consumers share one set of names, so that `target:` and `between:` are never ambiguous; faults have their own.",
        "queues: {orders: {}}\nconsumers:\n  orders: {from: orders}\n";
    UNKNOWN_NAME: "unknown-name", "A reference to something that is not defined",
        "Every name that is referred to has to be defined in the same file.",
        "queues: {orders: {}}\nconsumers:\n  booking: {from: ordes}\n";
    PHASE_AFTER_ENDLESS: "phase-after-endless", "A phase after one that never ends",
        "A phase without `for:` goes on to the end of the run, so nothing can follow it.",
        "producers:\n  buyers: {arrivals: [{poisson: 5/s}, {poisson: 9/s}]}\n";
    ENDLESS_DRAIN: "endless-drain", "A drain that cannot begin",
        "`until: drained` waits for the arrivals to end. These never do.",
        "until: drained\nqueues: {orders: {}}\nproducers:\n  buyers: {arrivals: {poisson: 5/s}, do: [publish: orders]}\n";
    NO_RUN_FOR: "no-run-for", "Nothing says how long the run is",
        "Without `run_for` a run is as long as its phases, which needs every phase to have a `for`.",
        "queues: {orders: {}}\nproducers:\n  buyers: {arrivals: {poisson: 5/s}, do: [publish: orders]}\n";
    WARM_UP_TOO_LONG: "warm-up-too-long", "A warm-up that leaves nothing to measure",
        "Statistics begin where the warm-up ends, and no message is published after `run_for`.",
        "run_for: 10s\nwarm_up: 10s\nqueues: {orders: {}}\nproducers:\n  buyers: {arrivals: {poisson: 5/s}, do: [publish: orders]}\n";
    DEAD_LETTER_CYCLE: "dead-letter-cycle", "Dead letters that go round in a circle",
        "Each of these queues hands its dead letters to the next, and none waits: a message nobody can handle would circle for ever. A broker breaks such a circle by dropping the message.",
        "queues:\n  orders: {dead_letter: failed}\n  failed: {dead_letter: orders}\n";
    DEAD_LETTER_LOOP: "dead-letter-loop", "Dead letters that come back after a while",
        "A queue with a time to live in a circle of dead letters is how delayed retries are built. It is a warning because such a circle has no end of its own: give one of the queues `max_deliveries`, or count in the handler.",
        "queues:\n  orders: {dead_letter: later}\n  later: {dead_letter: orders, message_ttl: 10s}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    QUEUE_UNREAD: "queue-unread", "A queue that nobody reads",
        "No consumer reads it and no queue hands it dead letters. What is published to it stays there.",
        "queues: {orders: {}, forgotten: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    DEDUP_NOT_NATIVE: "dedup-not-native", "A dedup window that the real system does not have",
        "The profile describes a broker that does not recognise repeated publishes. The window works here, and will be missing there.",
        "queues: {orders: {profile: rabbitmq-quorum, dedup_window: 5min}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    ACK_TIMEOUT_TOO_FINE: "ack-timeout-too-fine", "An ack timeout finer than the real system can check",
        "RabbitMQ looks at ack timeouts once a minute, and SQS counts whole seconds. A shorter timeout works here and strikes later there.",
        "queues: {orders: {profile: rabbitmq-classic, ack_timeout: 5s}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    CONCURRENCY_ABOVE_PREFETCH: "concurrency-above-prefetch", "More handlers than deliveries to handle",
        "An instance holds at most `prefetch` deliveries, so at most so many handlers run.",
        "queues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders, prefetch: 5, concurrency: 10}\n";
    BATCH_ABOVE_PREFETCH: "batch-above-prefetch", "An ack batch that never fills",
        "An instance holds at most `prefetch` unacked deliveries, so a larger batch is always sent late, by its timer.",
        "queues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders, prefetch: 5, ack: {batch: 50, every: 1s}}\n";
    FAULT_TRIGGER: "fault-trigger", "A fault that does not know when to strike",
        "Losses, failures and poison have a probability, a window of time, or both. Cuts, crashes and pauses come at a point of a handler (`when`, perhaps with a probability), at a time (`after`), or again and again (`every`).",
        "queues: {orders: {}}\nconsumers: {booking: {from: orders}}\nfaults:\n  - crash: {target: booking, probability: 1%}\n";
    FAULT_TARGET: "fault-target", "A fault that cannot strike its target",
        "Handlers live in consumers, arrivals in producers, and queues in the broker; a fault strikes only where what it breaks exists.",
        "queues: {orders: {}}\nconsumers: {booking: {from: orders}}\nfaults:\n  - crash: {target: orders, after: 5s}\n";
    NO_SUCH_INSTANCE: "no-such-instance", "An instance that does not exist",
        "Instances are numbered from 0.",
        "queues: {orders: {}}\nconsumers: {booking: {from: orders, instances: 4}}\nfaults:\n  - crash: {target: booking#4, after: 5s}\n";
    NO_SUCH_POINT: "no-such-point", "A point that the handler never passes",
        "A handler passes `received`, `worked` after its first work (`worked#1` after the second …), `applied`, `before-ack` and `acked`, as far as its steps place them.",
        "queues: {orders: {}}\nconsumers: {booking: {from: orders, do: [work: 5ms]}}\nfaults:\n  - crash: {target: booking, when: worked#3}\n";
    LOST_ACK_UNREALISTIC: "lost-ack-unrealistic", "A lost ack on a connection that would not survive it",
        "On one TCP connection a single ack does not vanish: either all that follows is lost too, or nothing is. With this profile, `cut` is the fault that happens in reality.",
        "queues: {orders: {profile: rabbitmq-classic}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\nfaults:\n  - lose: {what: ack, target: booking, probability: 2%}\n";
    UNKNOWN_METRIC: "unknown-metric", "A metric that does not exist",
        "Expectations name metrics as the results do, by the whole path or by its last parts.",
        "expect:\n  lots: 0\n";
    AMBIGUOUS_METRIC: "ambiguous-metric", "A metric name that fits several",
        "The last parts of a path are enough only while no other path ends in the same way.",
        "expect:\n  p99: < 5s\n";
    BAD_BOUND: "bad-bound", "A bound that cannot be read",
        "A bound is a value (equals), a comparison (`< 5s`, `>= 3`), or a range (`10ms..20ms`).",
        "expect:\n  lost: few\n";
    EXCHANGE_NOT_QUEUE: "exchange-not-queue", "An exchange where only a queue can stand",
        "An exchange routes and holds nothing: nobody can consume from it, and dead letters go to a queue here. What RabbitMQ calls a dead-letter exchange is the queue behind it.",
        "exchanges: {shop: {kind: fanout, bindings: [{to: orders}]}}\nqueues: {orders: {}}\nconsumers:\n  booking: {from: shop}\n";
    BINDING_MISFIT: "binding-misfit", "A binding that does not fit its exchange",
        "A direct or topic exchange looks at the routing key, a headers exchange at the headers, a fanout exchange at nothing. What it does not look at would select nothing.",
        "exchanges: {shop: {kind: fanout, bindings: [{routing_key: order.*, to: orders}]}}\nqueues: {orders: {}}\n";
    ROUTING_KEY_TOO_LONG: "routing-key-too-long", "A routing key that is longer than AMQP allows",
        "A routing key is a short string of AMQP, at most 255 bytes.",
        "exchanges: {shop: {kind: direct, bindings: [{routing_key: order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order.order., to: orders}]}}\nqueues: {orders: {}}\n";
    EXCHANGE_UNBOUND: "exchange-unbound", "An exchange that nothing leaves",
        "Without a binding and without an alternate exchange, everything that is published to it is gone, though it is confirmed.",
        "exchanges: {shop: {kind: topic}}\nqueues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: {to: shop, routing_key: a}]}\nconsumers:\n  booking: {from: orders}\n";
    EXCHANGE_UNUSED: "exchange-unused", "An exchange that nobody publishes to",
        "No step publishes to it, and no other exchange leads to it.",
        "exchanges: {shop: {kind: fanout, bindings: [{to: orders}]}}\nqueues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    ROUTING_KEY_UNUSED: "routing-key-unused", "A routing key that nobody looks at",
        "A publish straight into a queue goes there whatever its routing key.",
        "queues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: {to: orders, routing_key: order.paid}]}\nconsumers:\n  booking: {from: orders}\n";
    ROUTING_KEY_MISSING: "routing-key-missing", "A publish without the key that its exchange looks at",
        "Direct and topic exchanges select by the routing key. Without one it is the empty key, which few bindings select.",
        "exchanges: {shop: {kind: topic, bindings: [{routing_key: order.*, to: orders}]}}\nqueues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: shop]}\nconsumers:\n  booking: {from: orders}\n";
    PRIORITY_ABOVE_LEVELS: "priority-above-levels", "A priority without a level for it",
        "A queue has the levels 0 to `priorities` - 1, and a message above them counts as the highest. A queue has one level unless it says otherwise, so that priorities do not matter.",
        "queues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, message: {priority: 5}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    DELAY_ABOVE_TTL: "delay-above-ttl", "A delay that outlives the message",
        "The time to live counts from storing, so a message that may be delivered only later expires first.",
        "queues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, message: {delay: 10s, ttl: 5s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    LOG_IGNORES: "log-ignores", "A property of messages that logs give no heed to",
        "A log delivers its records in the order in which they were stored, as soon as they are, and keeps them for its own retention.",
        "queues: {orders: {kind: log}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, message: {priority: 5}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    KIND_NOT_NATIVE: "kind-not-native", "A kind of queue that the real system is not",
        "The profile describes a work queue, or a log, and nothing of its other settings fits the other kind.",
        "queues: {orders: {profile: kafka, kind: queue}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    KEY_ELSEWHERE: "key-elsewhere", "A key of logs on a work queue, or the other way round",
        "Work queues give each message to one consumer and forget it when it is acked. Logs keep records in partitions, and consumer groups read them by offset. Each has keys that mean nothing for the other.",
        "queues: {orders: {kind: log, max_length: 100}}\n";
    GROUP_DISAGREES: "group-disagrees", "Consumers of one group that disagree about it",
        "A consumer group has one set of committed offsets and one way of dealing out partitions, so what its members say about them must be the same.",
        "queues: {orders: {kind: log}}\nconsumers:\n  old: {from: orders, group: billing, rebalance: eager}\n  new: {from: orders, group: billing, rebalance: cooperative}\n";
    IDLE_MEMBERS: "idle-members", "More members than partitions",
        "A partition of a log has one owner in each group at a time. Members beyond the number of partitions wait for another to die.",
        "queues: {orders: {kind: log, partitions: 2}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders, instances: 3}\n";
    REPLAY_TOO_LATE: "replay-too-late", "A replay that finds nothing, or never comes",
        "A replay sets a group back to older records at an instant of the run. It has to come before the run ends, and finds only what the log has kept until then.",
        "queues: {orders: {kind: log}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders, replay: {after: 60s}}\n";
    CLUSTER_OF_ONE: "cluster-of-one", "Nodes that have nothing to do with each other",
        "Replication and failover need several nodes, and several nodes need replication: without it the queues are on the first node, and nobody takes over from it.",
        "broker: {replication: quorum}\nqueues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    QUORUM_OF_TWO: "quorum-of-two", "A quorum that survives no failure",
        "A majority of two nodes is both of them. The third node is what lets one fail.",
        "broker: {nodes: 2, replication: quorum}\nqueues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    MEMORY_LIMIT_TINY: "memory-limit-tiny", "A memory limit that one message reaches",
        "At the limit publishers are blocked until there is room. Where one message reaches it, the queue holds one at a time.",
        "broker: {memory_limit: 500B}\nqueues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\n";
    STALL_WITHOUT_FSYNC: "stall-without-fsync", "A stall of disks that take no time",
        "Unless `broker` has an `fsync`, storing takes no time and never waits for a disk. Of a database that is so without an `fsync` and without `disks`.",
        "queues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders}\nfaults:\n  - stall: {target: broker, after: 100ms, for: 5s}\n";
    PARTITION_SIDES: "partition-sides", "A partition whose sides make no sense",
        "A partition separates two sets of components that talk to each other. Nobody is on both sides, neither side is empty, and messages travel between them while there is no partition.",
        "queues: {orders: {}}\nconsumers: {booking: {from: orders}}\nfaults:\n  - partition: {between: [[booking], [booking, broker]], after: 1s, for: 5s}\n";
    EXTENSION_WITHOUT_EFFECT: "extension-without-effect", "A lease that is renewed too late, or need not be",
        "A consumer that renews its leases does so well before the ack timeout of its queue, again and again.",
        "queues: {orders: {ack_timeout: 10s}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders, extend_every: 10s}\n";
    CALL_CIRCLE: "call-circle", "Services that call each other in a circle",
        "Steps run always, so a call that leads back to its own service calls again, and again. No handler of the circle would ever answer.",
        "services:\n  front: {do: [call: back]}\n  back: {do: [call: front]}\n";
    SERVICE_UNUSED: "service-unused", "A service that nobody calls",
        "No step of any component calls it, so nothing of it is measured. Often the `call` step is missing, or names another service.",
        "services: {shop: {do: [work: 5ms]}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [work: 1ms]}\n";
    STICKY_WITHOUT_KEYS: "sticky-without-keys", "Calls that stick to keys, and have none",
        "`sticky-key` sends all calls about one key to one instance. What a call is about is what its operation is about: the `key` under the producer's `message`.",
        "services: {shop: {instances: 3, dispatch: sticky-key}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [call: shop]}\n";
    RETRY_WITHOUT_TIMEOUT: "retry-without-timeout", "Retries that a lost answer never leads to",
        "A retry follows an attempt that failed, and without a timeout (or a deadline) an attempt whose request or answer is lost never fails.",
        "services: {shop: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [call: {service: shop, retries: 3}]}\n";
    TIMEOUT_ABOVE_DEADLINE: "timeout-above-deadline", "A timeout that is never reached",
        "The timeout bounds one attempt, the deadline all of them together with the waits between them. An attempt ends at whichever comes first.",
        "services: {shop: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [call: {service: shop, timeout: 5s, deadline: 1s}]}\n";
    SAME_MESSAGE: "same-message", "A message published again by nobody who has it",
        "`same_message` publishes the very message that a handler is handling, under its identity. Only consumers handle messages.",
        "queues: {orders: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: {to: orders, same_message: true}]}\n";
    LOCK_MISFIT: "lock-misfit", "A lock that cannot do what the step wants",
        "Some strategies exist only for one kind of change: `skip-locked` takes one row that still has something to take, `atomic` is a single statement, and a `lease` is kept in a cache. A transaction that restarts without waiting would go round for ever at one instant.",
        "queues: {orders: {}}\nstores: {shop-db: {rows: {item: {count: 5, start: 1}}}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders, do: [update: {in: shop-db, row: item, add: 1, lock: skip-locked}]}\n";
    LEASES_APART: "leases-apart", "Leases of the same rows in two caches",
        "A lease keeps away only those who ask the same cache for it. Two steps that lease rows of one table in two caches meet there, and the numbers that a fence compares come from two counts.",
        "stores: {shop-db: {rows: {item: {}}}, one: {kind: cache}, two: {kind: cache}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: one, ttl: 1s}}, update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: two, ttl: 1s}}]}\n";
    GUARD_MISFIT: "guard-misfit", "An idempotency guard that cannot do what it is there for",
        "Keys of `setnx` are in a cache, those of the others in a database. A fence and a row's version are checked by the database where the effect is.",
        "queues: {orders: {}}\nstores: {redis: {kind: cache}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders, idempotency: {by: unique-key, in: redis}}\n";
    KEY_APART: "key-apart", "A key that is not where the effect is",
        "A unique key stops duplicates because it commits with the effect, or not at all. In another store, or without a single effect to go with, a crash between the two loses the effect: `transaction: separate` says that this is meant.",
        "queues: {orders: {}}\nstores: {shop-db: {rows: {item: {}}}, keys-db: {}}\nproducers:\n  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}\nconsumers:\n  booking: {from: orders, idempotency: {by: unique-key, in: keys-db}, do: [update: {in: shop-db, row: item, add: 1}]}\n";
    OVERRIDE_PATH: "override-path", "An override whose path leads nowhere",
        "A path names keys from the top of the file, separated by dots; list items by number; a part with a dot in quotes. It may set a key that the file leaves to its default, but not invent a component.",
        "queues: {orders: {}}\nconsumers:\n  booking: {from: orders}\nvariants:\n  careful: {consumers.bookin.prefetch: 1}\n";
    VARIANT_MISFIT: "variant-misfit", "A variant that changes what all variants share",
        "Variants run on the same random numbers, as often as each other, so that what differs between them is their own doing. The seed, the number of runs, the variants and the grid belong to the whole file.",
        "queues: {orders: {}}\nconsumers:\n  booking: {from: orders}\nvariants:\n  lucky: {seed: 9}\n";
}
