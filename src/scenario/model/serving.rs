//! Services, and the calls that reach them.

use crate::quantity::Span;

use super::{Backoff, Step};

/// A position in [`Scenario::services`](super::Scenario::services).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceRef(pub usize);

/// A group of instances that answer calls.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Unique among all components.
    pub name: String,
    /// How many share the calls.
    pub instances: u32,
    /// Handlers at once in one instance.
    pub concurrency: u32,
    /// What happens to a call that finds all of them busy.
    pub when_full: WhenFull,
    /// Which instance a call goes to.
    pub dispatch: Dispatch,
    /// How it slows down under load; `None`: not at all.
    pub slower: Option<Slower>,
    /// What each call runs.
    pub steps: Vec<Step>,
}

/// What happens to a call that finds every handler of its instance busy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// It is told no at once.
    Reject,
    /// It waits.
    Queue {
        /// Calls that wait at the most in one instance, further ones are told no; `None`: no limit.
        places: Option<u32>,
        /// Which of them is next.
        order: QueueOrder,
    },
}

/// Which of the waiting calls is handled next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueOrder {
    /// First in, first out.
    OldestFirst,
    /// Last in, first out: under overload the newest callers are those who still listen.
    NewestFirst,
}

/// Which instance of a service a call goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// Each in turn, over all callers together.
    RoundRobin,
    /// Any, each as likely.
    Random,
    /// The one with the fewest calls that the callers wait for; of several the first in turn.
    LeastLoaded,
    /// The less loaded of two that are drawn.
    PowerOfTwo,
    /// Always the same for a key, by its remainder; calls about nothing in particular go in turn.
    StickyKey,
}

/// How work stretches when many handlers of an instance run: as a machine whose caches and locks suffer.
///
/// With n handlers running it takes 1 + (`factor` − 1) · (n − `beyond`)/(`concurrency` − `beyond`) times as
/// long once n exceeds `beyond`, judged when the work begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slower {
    /// Up to so many handlers nothing changes.
    pub beyond: u32,
    /// How many times as long work takes when every handler runs; at least 1.
    pub factor: f64,
}

/// A `call` step.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Which service.
    pub service: ServiceRef,
    /// How long one attempt waits; `None`: for ever.
    pub timeout: Option<Span>,
    /// Attempts beyond the first.
    pub retries: u32,
    /// The wait before each of them.
    pub backoff: Backoff,
    /// How long the step waits in all; it travels with the call, and nobody begins what is past it.
    pub deadline: Option<Span>,
    /// What limits the retries of an instance over all its calls.
    pub retry_budget: Option<RetryBudget>,
    /// What stops an instance from calling where calls fail.
    pub breaker: Option<Breaker>,
}

/// A token bucket of retries (as in Finagle and gRPC): each call puts `ratio` in, each retry takes 1 out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryBudget {
    /// Retries earned by a call.
    pub ratio: f64,
    /// What the bucket holds at first, and at the most.
    pub reserve: u32,
}

/// A circuit breaker, one in each calling instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row that open it.
    pub failures: u32,
    /// How long it then tells every attempt no.
    pub open_for: Span,
    /// Attempts let through after that; if they succeed it closes, and if one fails it opens again.
    pub probes: u32,
}
