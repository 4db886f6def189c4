//! What an actor sees while it handles an event: the clock, sending, timers, chance, facts.
//!
//! [`SimContext`] is the actix context of every actor. It implements [`ActorContext`] and deliberately
//! not `AsyncContext`: an actor that wanted a mailbox, a future or the wall clock does not compile.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;

use actix::{ActorContext, ActorState};

use crate::quantity::{Span, Time};

use super::chance::Stream;
use super::pending::{Delay, Pending, TimerId};

/// The address of an actor: its position among all actors of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActorId(u32);

impl ActorId {
    /// The actor at `index`, in the order in which wiring added them.
    #[must_use]
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// Its position.
    #[must_use]
    pub const fn index(self) -> u32 {
        self.0
    }
}

/// A stream of chance that wiring registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamId(usize);

/// An event on its way.
#[derive(Debug)]
pub(super) struct Envelope<E> {
    pub(super) target: ActorId,
    /// The incarnation it was sent to.
    pub(super) generation: u32,
    pub(super) payload: Payload<E>,
}

#[derive(Debug)]
pub(super) enum Payload<E> {
    Event(E),
    /// A dead actor comes back.
    Restart,
    /// A paused actor goes on.
    Resume,
}

/// The life of one actor. Even generations live, odd ones are dead; a paused one has `PAUSED` set, so
/// that one comparison tells whether an event can be delivered.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Life(u32);

const PAUSED: u32 = 1 << 31;

impl Life {
    /// Whether an event sent to `generation` can be handled now.
    #[inline]
    pub(super) const fn accepts(self, generation: u32) -> bool {
        self.0 == generation && self.is_alive()
    }

    pub(super) const fn is_alive(self) -> bool {
        self.0.is_multiple_of(2)
    }

    pub(super) const fn is_paused(self) -> bool {
        self.0 & PAUSED != 0
    }

    pub(super) const fn generation(self) -> u32 {
        self.0 & !PAUSED
    }

    pub(super) const fn die_or_rise(&mut self) {
        self.0 = self.generation() + 1;
    }

    pub(super) const fn pause(&mut self) {
        self.0 |= PAUSED;
    }

    pub(super) const fn resume(&mut self) {
        self.0 &= !PAUSED;
    }
}

/// A frozen actor.
#[derive(Debug)]
pub(super) struct Frozen<E> {
    pub(super) since: Time,
    pub(super) until: Time,
    pub(super) deferred: VecDeque<Envelope<E>>,
}

/// Something that actors report, and who is told.
pub trait Report: Sized {
    /// Who folds the facts of a run as they come.
    type Listener: Listener<Self> + fmt::Debug;
}

/// Who is told what actors report, at once and in order.
pub trait Listener<F> {
    /// The clock moves on to `now`.
    fn time_passes(&mut self, now: Time);

    /// Something happened.
    fn observe(&mut self, now: Time, fact: F);
}

/// In a world that reports nothing, nobody listens.
impl Report for () {
    type Listener = ();
}

impl Listener<()> for () {
    fn time_passes(&mut self, _: Time) {}

    fn observe(&mut self, _: Time, (): ()) {}
}

/// The actix context of every actor, over the run's event type `E` and fact type `F`.
#[derive(Debug)]
pub struct SimContext<E, F: Report> {
    pub(super) now: Time,
    pub(super) current: ActorId,
    pub(super) state: ActorState,
    pub(super) restart_after: Option<Span>,
    pub(super) lives: Vec<Life>,
    pub(super) pending: Pending<Envelope<E>>,
    pub(super) listener: F::Listener,
    pub(super) pause_for: Option<Span>,
    pub(super) frozen: BTreeMap<ActorId, Frozen<E>>,
    streams: Vec<Stream>,
}

/// For wiring, before the run.
impl<E, F: Report> SimContext<E, F> {
    /// A context without actors, whose facts `listener` is told.
    pub fn new(listener: F::Listener) -> Self {
        Self {
            now: Time::ZERO,
            current: ActorId(0),
            state: ActorState::Running,
            restart_after: None,
            lives: Vec::new(),
            pending: Pending::new(),
            listener,
            pause_for: None,
            frozen: BTreeMap::new(),
            streams: Vec::new(),
        }
    }

    /// Makes room for one more actor and returns its address.
    pub fn add_actor(&mut self) -> ActorId {
        let id = u32::try_from(self.lives.len()).expect("fewer than 2^32 actors");
        self.lives.push(Life::default());
        ActorId(id)
    }

    /// The delay of length `span`. The first 16 distinct ones get a lane each, so wiring asks for the
    /// commonest first; later ones work the same and cost a little more.
    pub fn delay(&mut self, span: Span) -> Delay {
        self.pending.delay(span)
    }

    /// Registers a stream of chance that several actors share.
    pub fn add_stream(&mut self, stream: Stream) -> StreamId {
        self.streams.push(stream);
        StreamId(self.streams.len() - 1)
    }
}

impl<E, F: Report> SimContext<E, F> {
    /// The current instant.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.now
    }

    /// The actor that is handling an event.
    #[must_use]
    pub const fn me(&self) -> ActorId {
        self.current
    }

    /// Delivers `event` to the present incarnation of `to` after `delay`.
    pub fn send(&mut self, to: ActorId, delay: Delay, event: E) {
        let envelope = self.envelope(to, event);
        self.pending.push(self.now, delay, envelope);
    }

    /// Delivers `event` to the present incarnation of `to` at `at`, which is not in the past.
    pub fn send_at(&mut self, to: ActorId, at: Time, event: E) {
        debug_assert!(at >= self.now, "nothing is sent into the past");
        let envelope = self.envelope(to, event);
        self.pending.push_at(at, envelope);
    }

    /// Delivers `event` to the current actor after `delay`, unless cancelled.
    pub fn timer(&mut self, delay: Delay, event: E) -> TimerId {
        let envelope = self.envelope(self.current, event);
        self.pending.push_timer(self.now, delay, envelope)
    }

    /// Delivers `event` to the current actor at `at`, unless cancelled.
    pub fn timer_at(&mut self, at: Time, event: E) -> TimerId {
        let envelope = self.envelope(self.current, event);
        self.pending.push_timer_at(at, envelope)
    }

    /// Delivers `event` to the current actor at `at`, which is not in the past.
    pub fn remind_at(&mut self, at: Time, event: impl Into<E>) {
        self.send_at(self.current, at, event.into());
    }

    /// Forgets a timer; one that has fired is left alone.
    pub fn cancel(&mut self, timer: TimerId) {
        self.pending.cancel(timer);
    }

    /// Whether the current actor has terminated in this handler.
    #[must_use]
    pub fn is_terminated(&self) -> bool {
        self.state == ActorState::Stopped
    }

    /// Whether the current actor has terminated or paused in this handler, so that nothing new begins.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.is_terminated() || self.pause_for.is_some()
    }

    /// Reports something that happened.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "each place reports one known fact: the listener's choice folds"
    )]
    pub fn emit(&mut self, fact: F) {
        self.listener.observe(self.now, fact);
    }

    /// Who is told what actors report.
    pub const fn listener(&self) -> &F::Listener {
        &self.listener
    }

    /// A stream that wiring registered.
    pub fn stream(&mut self, id: StreamId) -> &mut Stream {
        &mut self.streams[id.0]
    }

    /// Lets the current actor come back this long after it terminates in this handler; otherwise it stays
    /// dead.
    pub fn restart_after(&mut self, span: Span) {
        self.restart_after = Some(span);
    }

    /// Freezes the current actor once this handler has returned: what comes for it waits until it goes on.
    pub fn pause(&mut self, lasts: Span) {
        self.pause_for = Some(lasts);
    }

    #[inline]
    fn envelope(&self, to: ActorId, event: E) -> Envelope<E> {
        let generation = self.lives[to.0 as usize].generation();
        Envelope { target: to, generation, payload: Payload::Event(event) }
    }
}

/// A crash is `terminate` now and `restarting` later.
impl<E, F: Report> ActorContext for SimContext<E, F> {
    fn stop(&mut self) {
        self.state = ActorState::Stopping;
    }

    fn terminate(&mut self) {
        self.state = ActorState::Stopped;
    }

    fn state(&self) -> ActorState {
        self.state
    }
}
