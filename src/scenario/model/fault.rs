//! Faults and expectations.

use crate::quantity::Span;

use super::Distribution;

/// A fault, named and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Its unique public name (`lose-ack`, `crash-before-ack-2`, `one-dies`).
    pub name: String,
    /// What it does.
    pub kind: FaultKind,
    /// Whom it strikes; `None`: everyone it can.
    pub target: Option<Selector>,
    /// When it strikes.
    pub trigger: Trigger,
    /// The level it is part of, if the file names a level and not the fault.
    pub level: Option<Level>,
}

/// A mix of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing.
    None,
    /// What a good day brings.
    Light,
    /// What a bad day brings.
    Heavy,
    /// Each fault's probability is itself drawn from the seed.
    Swarm,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultKind {
    /// One message on a link vanishes.
    Lose {
        /// The kind of message.
        what: LinkMessage,
    },
    /// One message on a link arrives twice.
    Duplicate {
        /// The kind of message.
        what: LinkMessage,
    },
    /// One message on a link, and what follows it on its connection, takes longer.
    Delay {
        /// The kind of message.
        what: LinkMessage,
        /// How much longer.
        by: Distribution,
    },
    /// Messages of different connections overtake each other: each takes longer by anything up to `within`.
    Reorder {
        /// The kind of message.
        what: LinkMessage,
        /// At most this much longer.
        within: Span,
    },
    /// Two sets of components do not hear each other.
    Partition {
        /// The two sets; nodes of the broker are `broker` with their instances.
        between: [Vec<Selector>; 2],
    },
    /// The broker, a store or a service is down, though it forgets nothing.
    Outage {
        /// What whoever asks gets.
        how: OutageHow,
    },
    /// Writes to the disks of the broker's nodes, or of a database, stall.
    Stall,
    /// A cache forgets its oldest keys, to make room.
    Evict {
        /// Which share of them.
        share: f64,
    },
    /// A connection breaks and comes back.
    Cut {
        /// When it comes back.
        restart_after: Span,
    },
    /// An instance loses its memory and comes back.
    Crash {
        /// Who notices.
        how: CrashHow,
        /// When it comes back.
        restart_after: Span,
    },
    /// An instance freezes for `lasts`, then goes on.
    Pause {
        /// How long.
        lasts: Span,
    },
    /// Work takes `factor` times as long.
    Slow {
        /// How many times as long; above 0.
        factor: f64,
    },
    /// The handler returns an error for an attempt.
    Fail,
    /// The handler returns an error for a message, always.
    Poison,
}

/// The kinds of message that travel on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkMessage {
    /// Producer to broker.
    Publish,
    /// Broker to producer, positive or negative.
    Confirm,
    /// Broker to consumer.
    Delivery,
    /// Consumer to broker.
    Ack,
    /// Consumer to broker.
    Nack,
    /// Asking for records or for a longer lease, consumer to broker.
    Request,
    /// The broker's answer to a commit.
    Reply,
}

/// What whoever asks gets during an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutageHow {
    /// An error at once.
    Refuse,
    /// Nothing, ever.
    Hang,
}

/// How an instance dies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrashHow {
    /// Its peers notice after one link latency.
    #[default]
    Process,
    /// Its peers notice by heartbeat or lease.
    Machine,
}

/// Which instances a fault concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The component's name (`broker` for the broker).
    pub component: String,
    /// Which of them, from 0, both ends included; `None`: all.
    pub instances: Option<(u32, u32)>,
}

/// When a fault strikes. A checked fault has a combination that makes sense for its kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trigger {
    /// At this point of a handler.
    pub when: Option<Point>,
    /// Not before; alone, and for a fault that strikes at an instant (cut, crash, pause), exactly then.
    pub after: Option<Span>,
    /// How long it is armed from `after` (or from the start) on; `None`: to the end.
    pub lasts: Option<Span>,
    /// Again and again, with these gaps, each targeted instance by itself.
    pub every: Option<Distribution>,
    /// Per opportunity.
    pub probability: Option<f64>,
    /// Whether the seed decides how likely it is: not at all, or up to ten times as likely or as rarely.
    pub is_drawn: bool,
}

/// A named point of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// Its handling begins.
    Received,
    /// Its idempotency key was set.
    KeyReserved,
    /// The work with this number (from 0) ended.
    Worked(u32),
    /// The first lock of a transaction was granted.
    Locked,
    /// The effect with this number (from 0) was applied.
    Applied(u32),
    /// Its idempotency key was set, or set for good, after the effect.
    KeyMarked,
    /// Its ack is about to be sent.
    BeforeAck,
    /// Its ack was sent.
    Acked,
}

/// Something the user expects of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// As the user named it.
    pub metric: String,
    /// The full path of the metric in the results (`latency_ms.end_to_end.p99`).
    pub path: String,
    /// The bound, in the metric's own unit.
    pub condition: Condition,
    /// Names of faults that must have fired for the verdict to mean anything.
    pub needs: Vec<String>,
}

/// A bound on a metric, in the metric's own unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Condition {
    /// Exactly.
    Equal(f64),
    /// Less than.
    Less(f64),
    /// At most.
    AtMost(f64),
    /// More than.
    More(f64),
    /// At least.
    AtLeast(f64),
    /// Between, both ends included.
    Between(f64, f64),
}
