//! The checked scenario: every name resolved, every number in range, every default in place.
//!
//! Built only by reading a file, so whoever holds one needs no further checks. References between
//! components are positions in the vectors of [`Scenario`], never names. Knows no YAML.

//!
//! - `broker`: nodes, replication, exchanges
//! - `distribution`: random spans
//! - `serving`: services and calls
//! - `producing`: producers, arrivals, messages, steps
//! - `consuming`: queues and consumers
//! - `fault`: faults and expectations
//! - `storing`: stores and transactions
//! - `guarding`: idempotency guards
//! - `experiment`: variants, sweeps and how many runs

mod broker;
mod consuming;
mod distribution;
mod experiment;
mod fault;
mod guarding;
mod producing;
mod serving;
mod storing;

pub use self::broker::{
    Binding, Broker, DEFAULT_FAILOVER, Destination, Exchange, ExchangeKind, ExchangeRef, Matching,
    Replication, Selects,
};
pub use self::consuming::{
    AckMode, AfterLimit, Consumer, LateAck, Log, OnConnectionLoss, OnError, OnTimeout, Ordering, Overflow,
    Pull, Queue, Rebalance, Redelivery, Replay, Requeue, Start,
};
pub use self::distribution::Distribution;
pub use self::experiment::{Advise, Axis, Cell, Runs, Setting, Sweep, Variant, short_names};
pub use self::fault::{
    Condition, CrashHow, Expectation, Fault, FaultKind, Level, LinkMessage, OutageHow, Point, Selector,
    Trigger,
};
pub use self::guarding::{
    Expire, Guard, Idempotency, IfTaken, KeyOf, KeyTransaction, Mark, OnStale, SetNx, WhenDown,
};
pub use self::producing::{
    ArrivalShape, Backoff, Confirm, Connection, Identity, Jitter, KeySpec, MessageSpec, Phase, Producer,
    Publish, PublishTo, Redraw, RetryId, Step, Unroutable,
};

pub use self::serving::{
    Breaker, Call, Dispatch, QueueOrder, RetryBudget, Service, ServiceRef, Slower, WhenFull,
};
pub use self::storing::{
    Access, Cache, Database, Deadlock, Granularity, Lease, Lock, LockBy, Part, Pick, ReadLock, Release,
    RestartDelay, Retries, RowOrder, Rows, Servers, Store, StoreKind, StoreRef, Table, TableRef, Transaction,
    TransactionForm, Victim, Writes,
};

use crate::quantity::Span;

/// One experiment, ready to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// What the file calls it.
    pub name: String,
    /// A few sentences for the report.
    pub about: Option<String>,
    /// The whole run follows from it.
    pub seed: u64,
    /// How long arrivals come.
    pub run_for: Span,
    /// When the run ends.
    pub until: Until,
    /// What statistics leave out at the start.
    pub warm_up: WarmUp,
    /// How long messages travel.
    pub network: Network,
    /// The nodes that hold the queues.
    pub broker: Broker,
    /// In the file's order; an [`ExchangeRef`] points into it.
    pub exchanges: Vec<Exchange>,
    /// In the file's order; a [`QueueRef`] points into it.
    pub queues: Vec<Queue>,
    /// In the file's order; a [`StoreRef`] points into it.
    pub stores: Vec<Store>,
    /// In the file's order; a [`ServiceRef`] points into it.
    pub services: Vec<Service>,
    /// In the file's order.
    pub producers: Vec<Producer>,
    /// In the file's order.
    pub consumers: Vec<Consumer>,
    /// In the file's order, each with its unique public name.
    pub faults: Vec<Fault>,
    /// In the file's order.
    pub expect: Vec<Expectation>,
    /// In the file's order; each differs from this scenario in what it overrides.
    pub variants: Vec<Variant>,
    /// The grid, empty where nothing is varied.
    pub sweep: Sweep,
    /// What shall be recommended, by the expectations.
    pub advise: Option<Advise>,
    /// How many seeds a comparison takes.
    pub runs: Runs,
}

impl Scenario {
    /// Every `do` list with its component's name, in the order of their sites: the producers', the
    /// consumers', the services'.
    pub fn programs(&self) -> impl Iterator<Item = (&str, &[Step])> {
        let producers = self.producers.iter().map(|producer| (producer.name.as_str(), &producer.steps[..]));
        let consumers = self.consumers.iter().map(|consumer| (consumer.name.as_str(), &consumer.steps[..]));
        let services = self.services.iter().map(|service| (service.name.as_str(), &service.steps[..]));
        producers.chain(consumers).chain(services)
    }

    /// Whether any step takes leases of this database's rows.
    #[must_use]
    pub fn is_leased(&self, store: StoreRef) -> bool {
        let mut transactions = self.programs().flat_map(|(_, steps)| steps).filter_map(Step::transaction);
        transactions.any(|one| one.store == store && one.lock.lease.is_some())
    }

    /// How many `publish` steps there are, each a site of messages.
    #[must_use]
    pub fn sites(&self) -> usize {
        let publishes = |steps: &[Step]| steps.iter().filter(|step| step.publish().is_some()).count();
        self.programs().map(|(_, steps)| publishes(steps)).sum()
    }

    /// Every component of instances with their number, in the order of their addresses in a run.
    pub fn components(&self) -> impl Iterator<Item = (&str, u32)> {
        let consumers = self.consumers.iter().map(|consumer| (consumer.name.as_str(), consumer.instances));
        let producers = self.producers.iter().map(|producer| (producer.name.as_str(), producer.instances));
        let services = self.services.iter().map(|service| (service.name.as_str(), service.instances));
        consumers.chain(services).chain(producers)
    }
}

/// Updates of one `do` list at the most, and of all services together: the ledger keeps a bit for each.
pub const MOST_EFFECTS: usize = 32;

/// A position in [`Scenario::queues`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueRef(pub usize);

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// At `run_for`, whatever is still under way.
    RunFor,
    /// When nothing is left to do, at the latest 24 h after `run_for`.
    Drained,
}

/// What statistics leave out at the start of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarmUp {
    /// Messages published, and time passed, before this.
    For(Span),
    /// A cut found by MSER-5 on a first run of the same seed.
    Auto,
}

/// One-way latencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// Of every link that `links` does not name.
    pub latency: Distribution,
    /// Exceptions; the later one wins.
    pub links: Vec<LinkLatency>,
}

/// The latency between two components, in both directions.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkLatency {
    /// Two component names; the broker's is `broker`, and a queue's name means the broker too.
    pub between: [String; 2],
    /// One way.
    pub latency: Distribution,
}
