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
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FaultKind {
    /// One message on a link vanishes.
    Lose {
        /// The kind of message.
        what: LinkMessage,
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
}

/// How an instance dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CrashHow {
    /// Its peers notice after one link latency.
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
}

/// A named point of a handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Point {
    /// Its handling begins.
    Received,
    /// The work with this number (from 0) ended.
    Worked(u32),
    /// Its effect was applied.
    Applied,
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
