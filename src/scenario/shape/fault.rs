//! The tables of keys of faults.

use super::{Key, Shape, key};

/// An entry of `faults:`.
pub const FAULT_LIST: Shape = Shape {
    name: "a fault",
    keys: &[
        key("lose", "map", "", "one message on a link vanishes"),
        key("duplicate", "map", "", "one message on a link arrives twice"),
        key("delay", "map", "", "one message on a link, and what follows it there, takes longer"),
        key("reorder", "map", "", "messages of different connections overtake each other"),
        key("partition", "map", "", "two sets of components do not hear each other"),
        key("outage", "map", "", "the broker, a service or a store is down, though it forgets nothing"),
        key("stall", "map", "", "writes to the disks of the broker's nodes, or of a database, stall"),
        key("evict", "map", "", "a cache forgets its oldest keys"),
        key("cut", "map", "", "a connection breaks and comes back"),
        key("crash", "map", "", "an instance loses its memory and comes back"),
        key("pause", "map", "", "an instance freezes for a while"),
        key("slow", "map", "", "work takes longer"),
        key("fail", "map", "", "the handler returns an error for an attempt"),
        key("poison", "map", "", "the handler returns an error for a message, always"),
        key("level", "none, light, heavy or swarm", "", "a mix of faults"),
    ],
};

const NAME: Key = key("name", "text", "from kind and what", "its name in the results");
const TARGET: Key = key("target", "component, component#3 or component#0-4", "required", "whom it strikes");
const WHEN: Key = key("when", "a named point", "none", "strikes at this point of a handler");
const AFTER: Key = key("after", "duration", "0s", "not before; alone, exactly then");
const FOR: Key = key("for", "duration", "to the end", "how long it is armed");
const EVERY: Key = key("every", "distribution", "none", "again and again, with these gaps");
const PROBABILITY: Key = key("probability", "probability", "100%", "per opportunity");
const RESTART: Key = key("restart_after", "duration", "1s", "when it comes back");

const WHAT: Key =
    key("what", "publish, confirm, delivery, ack, nack, request or reply", "required", "the kind of message");
const LINK_TARGET: Key =
    key("target", "component, component#3 or component#0-4", "every link", "either end of the link");

/// `lose:`.
pub const LOSE: Shape = Shape { name: "a loss", keys: &[NAME, WHAT, LINK_TARGET, PROBABILITY, AFTER, FOR] };

/// `duplicate:`.
pub const DUPLICATE: Shape =
    Shape { name: "a duplicate", keys: &[NAME, WHAT, LINK_TARGET, PROBABILITY, AFTER, FOR] };

/// `delay:`.
pub const DELAY: Shape = Shape {
    name: "a delay",
    keys: &[
        NAME,
        WHAT,
        key("by", "distribution", "required", "how much longer it takes"),
        LINK_TARGET,
        PROBABILITY,
        AFTER,
        FOR,
    ],
};

/// `reorder:`.
pub const REORDER: Shape = Shape {
    name: "a reordering",
    keys: &[
        NAME,
        WHAT,
        key("within", "duration", "required", "each message takes longer by anything up to this"),
        LINK_TARGET,
        PROBABILITY,
        AFTER,
        FOR,
    ],
};

/// `partition:`.
pub const PARTITION: Shape = Shape {
    name: "a partition",
    keys: &[
        NAME,
        key("between", "two lists of components", "required", "the two sides; `broker#1` is a node"),
        key("for", "duration", "required", "how long it holds"),
        AFTER,
        EVERY,
    ],
};

/// `outage:`.
pub const OUTAGE: Shape = Shape {
    name: "an outage",
    keys: &[
        NAME,
        key("target", "broker, a service or a store", "required", "what is down"),
        key("how", "refuse or hang", "refuse", "an error at once, or no answer at all"),
        AFTER,
        FOR,
    ],
};

/// `evict:`.
pub const EVICT: Shape = Shape {
    name: "an eviction",
    keys: &[
        NAME,
        TARGET,
        key("share", "probability", "100%", "which share of its keys"),
        WHEN,
        PROBABILITY,
        EVERY,
        AFTER,
        FOR,
    ],
};

/// `stall:`.
pub const STALL: Shape = Shape {
    name: "a stall",
    keys: &[
        NAME,
        key("target", "broker, broker#0, broker#0-1 or a database", "required", "whose disks"),
        key("for", "duration", "required", "how long nothing is written"),
        AFTER,
        EVERY,
    ],
};

/// `cut:`.
pub const CUT: Shape =
    Shape { name: "a cut", keys: &[NAME, TARGET, WHEN, PROBABILITY, EVERY, AFTER, FOR, RESTART] };

/// `crash:`.
pub const CRASH: Shape = Shape {
    name: "a crash",
    keys: &[
        NAME,
        key(
            "target",
            "component, component#3, a store, broker#0 or broker#0-1",
            "required",
            "whom it strikes",
        ),
        key("how", "process or machine", "process", "who notices: peers at once, or a heartbeat"),
        WHEN,
        PROBABILITY,
        EVERY,
        AFTER,
        FOR,
        RESTART,
    ],
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
};

/// `fail:`.
pub const FAIL: Shape = Shape { name: "a failure", keys: &[NAME, TARGET, PROBABILITY, AFTER, FOR] };

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
};
