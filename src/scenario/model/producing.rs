//! Producers: when messages are published, what they are, and what publishing one involves.

use crate::quantity::{Rate, Span, Time};

use super::{Call, Distribution, ExchangeRef, QueueRef, Transaction};

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
    /// Whether it makes sure that what it publishes to is there.
    pub declares: bool,
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
    /// Name and value, for headers exchanges.
    pub headers: Vec<(String, String)>,
    /// Higher ones go first where the queue has priorities.
    pub priority: u32,
    /// How long after storing it may be delivered; zero: at once.
    pub delay: Span,
    /// In bytes.
    pub size: u64,
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
    /// Reads or changes rows of a store.
    Transaction(Box<Transaction>),
    /// Calls a service and waits for its answer.
    Call(Call),
}

impl Step {
    /// Whether it changes rows of a store.
    #[must_use]
    pub fn has_effect(&self) -> bool {
        self.transaction().is_some_and(Transaction::has_effect)
    }

    /// The transaction that it is, if it is one.
    #[must_use]
    pub const fn transaction(&self) -> Option<&Transaction> {
        match self {
            Self::Transaction(transaction) => Some(transaction),
            _ => None,
        }
    }

    /// The publish that it is, if it is one.
    #[must_use]
    pub const fn publish(&self) -> Option<&Publish> {
        match self {
            Self::Publish(publish) => Some(publish),
            _ => None,
        }
    }

    /// The call that it is, if it is one.
    #[must_use]
    pub const fn call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            _ => None,
        }
    }
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
    /// Where to.
    pub to: PublishTo,
    /// What direct and topic exchanges look at; empty where it does not say.
    pub routing_key: String,
    /// What becomes of it where no binding selects it.
    pub unroutable: Unroutable,
    /// Whether it is a message of its own.
    pub identity: Identity,
    /// `None` forgets the message at once.
    pub confirm: Option<Confirm>,
}

/// Where a `publish` step publishes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishTo {
    /// Straight into this queue or log.
    Queue(QueueRef),
    /// Through this exchange.
    Exchange(ExchangeRef),
    /// Into a queue that does not exist (`declare: false`): gone, but confirmed.
    MissingQueue(String),
    /// Through an exchange that does not exist (`declare: false`): closes the channel.
    MissingExchange(String),
}

/// What becomes of a message that no binding selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unroutable {
    /// It is gone, though confirmed.
    Dropped,
    /// It comes back to its producer (`mandatory: true`).
    Returned,
}

/// Whether a publish makes a new message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// It does.
    New,
    /// A handler publishes the very message it is handling (`same_message: true`).
    OfHandled,
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
