//! The broker as a whole: its nodes and disks, and the exchanges that route to its queues.

use crate::quantity::Span;

use super::{Distribution, QueueRef};

/// The nodes that hold the queues.
#[derive(Clone, Debug, PartialEq)]
pub struct Broker {
    /// How many; node 0 leads when the run begins.
    pub nodes: u32,
    /// How the others learn what the leader stores.
    pub replication: Replication,
    /// From the leader's death (or its isolation) until another node leads.
    pub failover: Span,
    /// How long one write to disk takes; what arrives meanwhile shares the next. Zero: no time.
    pub fsync: Distribution,
    /// Bytes of ready and unacked copies at which publishers are blocked; `None`: no limit.
    pub memory_limit: Option<u64>,
}

impl Broker {
    /// One node whose disk takes no time.
    #[must_use]
    pub const fn single() -> Self {
        Self {
            nodes: 1,
            replication: Replication::None,
            failover: DEFAULT_FAILOVER,
            fsync: Distribution::Constant(Span::ZERO),
            memory_limit: None,
        }
    }
}

/// How long a failover takes where the file does not say.
pub const DEFAULT_FAILOVER: Span = Span::from_seconds(3);

/// How nodes share what they store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replication {
    /// Not at all: the queues are on node 0.
    None,
    /// The leader confirms by itself; the others follow.
    Async,
    /// A majority has it on disk before it is confirmed.
    Quorum,
}

/// A position in [`Scenario::exchanges`](super::Scenario::exchanges).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeRef(pub usize);

/// Routes a message to every queue that a binding selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Unique among all components.
    pub name: String,
    /// What its bindings look at.
    pub kind: ExchangeKind,
    /// In the file's order.
    pub bindings: Vec<Binding>,
    /// Who gets what no binding selects.
    pub alternate: Option<ExchangeRef>,
}

/// What an exchange's bindings look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeKind {
    /// The routing key, whole.
    Direct,
    /// The routing key, word by word.
    Topic,
    /// Nothing: all get it.
    Fanout,
    /// The headers.
    Headers,
}

/// Selects messages for a queue or a further exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// What it selects.
    pub selects: Selects,
    /// Who gets it.
    pub to: Destination,
}

/// What a binding selects; it fits its exchange's kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selects {
    /// Everything.
    Everything,
    /// This routing key, or for a topic exchange this pattern (`*` one word, `#` any number).
    RoutingKey(String),
    /// These headers.
    Headers {
        /// How many of them.
        matching: Matching,
        /// Name and value.
        headers: Vec<(String, String)>,
    },
}

/// How many of a binding's headers a message has to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Every one.
    All,
    /// One at least.
    Any,
}

/// Where a binding leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To a queue or log.
    Queue(QueueRef),
    /// To another exchange.
    Exchange(ExchangeRef),
}
