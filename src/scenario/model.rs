//! The checked scenario: every name resolved, every number in range, every default in place.
//!
//! Built only by reading a file, so whoever holds one needs no further checks. References between
//! components are positions in the vectors of [`Scenario`], never names. Knows no YAML.

use crate::quantity::{Rate, Span, Time};

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
    /// In the file's order; a [`QueueRef`] points into it.
    pub queues: Vec<Queue>,
    /// In the file's order.
    pub producers: Vec<Producer>,
    /// In the file's order.
    pub consumers: Vec<Consumer>,
    /// In the file's order, each with its unique public name.
    pub faults: Vec<Fault>,
    /// In the file's order.
    pub expect: Vec<Expectation>,
}

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

/// A random span of time. Every parameter was checked, so each has a finite or known-infinite mean.
#[derive(Clone, Debug, PartialEq)]
pub enum Distribution {
    /// Always the same.
    Constant(Span),
    /// With this mean.
    Exponential {
        /// The mean.
        mean: Span,
    },
    /// Evenly between `low` and `high`.
    Uniform {
        /// The shortest.
        low: Span,
        /// The longest.
        high: Span,
    },
    /// A normal that is cut at zero (negative draws become zero).
    Normal {
        /// Before the cut.
        mean: Span,
        /// The standard deviation before the cut.
        sd: Span,
    },
    /// exp(N(ln median, sigma²)), given by its mean and 99th percentile.
    LognormalByMean {
        /// The mean.
        mean: Span,
        /// 1 to 14.97 times the mean; of two sigmas that fit, the smaller counts.
        p99: Span,
    },
    /// exp(N(ln median, sigma²)).
    Lognormal {
        /// The median.
        median: Span,
        /// The standard deviation of the logarithm.
        sigma: f64,
    },
    /// The sum of `k` exponentials, with the mean of the sum.
    Erlang {
        /// How many exponentials; at least 1.
        k: u32,
        /// Of the sum.
        mean: Span,
    },
    /// min · U^(−1/alpha).
    Pareto {
        /// The shortest.
        min: Span,
        /// The tail index; at most 1 means an infinite mean.
        alpha: f64,
    },
    /// scale · (−ln U)^(1/shape).
    Weibull {
        /// Above 0; 1 is exponential.
        shape: f64,
        /// 63 % are shorter.
        scale: Span,
    },
    /// One of several, by weight (positive, of any sum).
    Mixture(Vec<(f64, Self)>),
    /// Upper bounds, ascending, with counts; uniform inside a bin, the first bin from zero.
    Histogram(Vec<(Span, u64)>),
    /// One of the given values, each as likely.
    Samples(Vec<Span>),
}

/// A group of instances that publish.
#[derive(Clone, Debug, PartialEq)]
pub struct Producer {
    /// Unique among all components.
    pub name: String,
    /// How many share the arrivals, in turn.
    pub instances: u32,
    /// One after the other.
    pub arrivals: Vec<Phase>,
    /// Defaults of the messages published here.
    pub message: MessageSpec,
    /// What each arrival runs; its user waits for it.
    pub steps: Vec<Step>,
    /// Whether connections live longer than a message.
    pub connection: Connection,
}

/// How long a producer's connection lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Opened before the run and kept.
    Kept,
    /// Opened for every message, which pays the handshake each time.
    PerMessage,
}

/// A stretch of arrivals of one shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// How long it lasts; `None` goes on to `run_for` and stands last.
    pub lasts: Option<Span>,
    /// The shape.
    pub shape: ArrivalShape,
}

/// How arrivals are spread over time; rates and counts are the whole group's.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrivalShape {
    /// A Poisson process.
    Poisson(Rate),
    /// At d, 2d, 3d … after the phase begins.
    Every(Span),
    /// All at the phase's beginning.
    AtOnce(u64),
    /// A Poisson process whose rate changes linearly over the phase.
    Ramp {
        /// At the beginning of the phase.
        from: Rate,
        /// At its end.
        to: Rate,
    },
    /// A closed loop: each user starts its next operation `think` after its last ended.
    Users {
        /// How many users there are.
        count: u64,
        /// The pause between two operations of a user; has a finite mean.
        think: Distribution,
    },
    /// At these instants after the phase begins, ascending.
    Trace(Vec<Time>),
    /// Nothing arrives.
    Silence,
}

/// What a producer's messages look like.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageSpec {
    /// The entity a message is about; `None`: about nothing in particular.
    pub key: Option<KeySpec>,
    /// Whether it is stored on disk in a durable queue.
    pub persistent: bool,
    /// Its own time to live.
    pub ttl: Option<Span>,
}

/// How a message's key is drawn: `0..over`, or fixed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeySpec {
    /// Always this key.
    Fixed(u64),
    /// Each of `over` keys as likely.
    Uniform {
        /// How many keys there are.
        over: u64,
    },
    /// Key k with probability proportional to 1/(k+1)^exponent.
    Zipf {
        /// How many keys there are.
        over: u64,
        /// How uneven; 0 is uniform.
        exponent: f64,
    },
}

/// One step of a `do` list.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Takes time.
    Work {
        /// How long.
        time: Distribution,
        /// Whether another attempt takes as long.
        redraw: Redraw,
    },
    /// Publishes a message.
    Publish(Publish),
}

/// Whether another attempt at the same message draws its luck again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redraw {
    /// Each delivery draws anew.
    PerAttempt,
    /// All deliveries of a message take the same time.
    PerMessage,
}

/// A `publish` step.
#[derive(Clone, Debug, PartialEq)]
pub struct Publish {
    /// Straight into this queue.
    pub to: QueueRef,
    /// `None` forgets the message at once.
    pub confirm: Option<Confirm>,
}

/// Waiting for the broker's confirm.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirm {
    /// How long one attempt waits.
    pub timeout: Span,
    /// Attempts beyond the first.
    pub retries: u32,
    /// The wait before each retry.
    pub backoff: Backoff,
    /// Whether a retry keeps the message's id.
    pub id: RetryId,
}

/// The id of a retried publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryId {
    /// The broker can recognise it.
    Keep,
    /// It looks like another message to the broker.
    New,
}

/// How long to wait before a retry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// Before the first retry.
    pub base: Span,
    /// Growth per further retry; 1 is constant.
    pub factor: f64,
    /// At most this, before jitter.
    pub cap: Option<Span>,
    /// How chance spreads it.
    pub jitter: Jitter,
}

/// How chance spreads a backoff (the names of the AWS architecture blog, 2015).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jitter {
    /// Not at all.
    None,
    /// Uniform in 0..wait.
    Full,
    /// Half the wait and uniform in the other half.
    Equal,
    /// Uniform in base..3 × the previous wait, at most the cap.
    Decorrelated,
}

/// A work queue. Every field holds its final value, whether from the file or the profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Queue {
    /// Unique among all components.
    pub name: String,
    /// The profile's name, for the report.
    pub profile: String,
    /// How long a delivery may stay unacked; `None`: for ever.
    pub ack_timeout: Option<Span>,
    /// How often timeouts are looked at (multiples of this since the start); zero: at once.
    pub ack_timeout_check: Span,
    /// What a timeout returns.
    pub on_timeout: OnTimeout,
    /// Deliveries in all; `None`: no limit.
    pub max_deliveries: Option<u32>,
    /// Where rejected, expired, overflowing and undeliverable copies go.
    pub dead_letter: Option<QueueRef>,
    /// Ready copies; `None`: no limit.
    pub max_length: Option<u64>,
    /// What happens beyond `max_length`.
    pub overflow: Overflow,
    /// How long a copy may wait.
    pub message_ttl: Option<Span>,
    /// How long a message id is remembered; `None`: no dedup.
    pub dedup_window: Option<Span>,
    /// Whether it outlives its broker.
    pub durable: bool,
    /// What a late ack does.
    pub late_ack: LateAck,
    /// Where a returned copy goes.
    pub requeue: Requeue,
    /// What a broken connection does to its unacked copies.
    pub on_connection_loss: OnConnectionLoss,
    /// When a silent peer (a dead machine) is noticed; `None`: never, the ack timeout alone acts.
    pub heartbeat: Option<Span>,
    /// Round trips before a reopened connection can be used.
    pub handshake_round_trips: u32,
}

/// What an ack timeout returns to its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnTimeout {
    /// The one copy.
    ReturnOne,
    /// Every unacked copy of the channel, which is closed and opened again.
    ReturnChannel,
}

/// What happens to a publish into a full queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// Refused, negatively confirmed.
    Reject,
    /// The oldest ready copy makes room.
    DropHead,
    /// The publish waits at the broker until there is room.
    Block,
}

/// What an ack does that comes after its delivery was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateAck {
    /// Nothing.
    Ignore,
    /// Deletes the copy, wherever it is.
    Accept,
    /// Deletes the copy unless it was delivered again meanwhile (SQS).
    AcceptUnlessRedelivered,
}

/// Where a returned copy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requeue {
    /// Where it stood.
    OriginalPlace,
    /// Before everything else, behind those returned before it.
    Head,
    /// Behind everything else.
    Tail,
}

/// What becomes of the unacked copies of a broken connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnConnectionLoss {
    /// All return at once.
    Return,
    /// Each waits for its own ack timeout.
    Wait,
}

/// A group of instances that consume one queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Consumer {
    /// Unique among all components.
    pub name: String,
    /// How many compete.
    pub instances: u32,
    /// The queue.
    pub from: QueueRef,
    /// Unacked deliveries an instance may hold; `None`: unlimited.
    pub prefetch: Option<u32>,
    /// Handlers at once in an instance (at most `prefetch` of them run).
    pub concurrency: u32,
    /// When it acks.
    pub ack: AckMode,
    /// What a handler's error sends.
    pub on_error: OnError,
    /// What a handler does.
    pub steps: Vec<Step>,
}

/// When a consumer acks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AckMode {
    /// Never: the broker forgets the copy on sending it.
    OnDelivery,
    /// Before the first step.
    BeforeHandling,
    /// After the last step.
    AfterHandling,
    /// After handling, several at once: when `size` are ready, or `every` after the first of them.
    Batch {
        /// How many acks are sent at once.
        size: u32,
        /// The latest, counted from the first of them.
        every: Span,
    },
}

/// What a handler's error sends to the broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// A nack that requeues.
    Requeue,
    /// A nack that requeues after a while.
    RequeueAfter(Span),
    /// A nack that does not requeue: dead-lettered or dropped.
    Reject,
    /// Nothing: the ack timeout has to notice.
    NoAnswer,
}

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
