//! The loop: take the next event, hand it to its actor, fold it into the trace.
//!
//! Owns the life of actors (crash, restart, pause) and the end of a run. What an event means is the
//! [`World`]'s business.

use actix::ActorState;

use crate::quantity::{Span, Time};

use super::context::{ActorId, Envelope, Frozen, Life, Listener, Payload, Report, SimContext};
use super::trace::{Outcome, Trace, Traced};

/// The actors of a run.
pub trait World {
    /// What actors send each other.
    type Event: Traced;
    /// What actors report.
    type Fact: Report;

    /// Lets `target` handle `event`.
    fn dispatch(
        &mut self,
        target: ActorId,
        event: Self::Event,
        context: &mut SimContext<Self::Event, Self::Fact>,
    );

    /// Lets `target` notice a turn of its life.
    fn live(&mut self, target: ActorId, turn: Lifecycle, context: &mut SimContext<Self::Event, Self::Fact>);

    /// Learns of an event whose target died before it came.
    fn undelivered(
        &mut self,
        target: ActorId,
        event: Self::Event,
        context: &mut SimContext<Self::Event, Self::Fact>,
    );

    /// Whether nothing that matters is left to happen, as far as `listener` was told; asked after every
    /// event.
    fn is_finished(&self, listener: &<Self::Fact as Report>::Listener) -> bool;
}

/// A turn of an actor's life, with actix's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    /// The run begins.
    Started,
    /// It crashed; its memory is gone.
    Stopped,
    /// It comes back, empty.
    Restarting,
    /// It goes on after being frozen for this long.
    Resumed(Span),
}

/// An event that was dispatched, for comparing two runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Time,
    /// To whom.
    pub target: ActorId,
    /// Of which kind.
    pub kind: u8,
    /// What became of it.
    pub outcome: Outcome,
    /// The trace hash after it.
    pub hash: u64,
}

/// Why a run was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Halted {
    /// The instant that would not pass.
    pub at: Time,
    /// The actor and the kind of the last event.
    pub target: ActorId,
    /// The kind of the last event.
    pub kind: u8,
}

/// More events at one instant than any scenario needs: time does not pass any more.
pub(super) const MOST_EVENTS_AT_ONE_INSTANT: u64 = 10_000_000;

/// Progress is told once in this many events.
const PROGRESS_EVERY: u64 = 1 << 16;

/// Kinds of the kernel's own events in the trace.
const RESTART_KIND: u8 = u8::MAX;
const RESUME_KIND: u8 = u8::MAX - 1;

/// A world with its clock.
#[derive(Debug)]
pub struct Kernel<W: World> {
    /// The actors.
    pub world: W,
    context: SimContext<W::Event, W::Fact>,
    trace: Trace,
    events: u64,
    instant_began_at_event: u64,
}

impl<W: World> Kernel<W> {
    /// A kernel at time zero; every actor that wiring added to `context` is `started` in order.
    pub fn new(world: W, context: SimContext<W::Event, W::Fact>) -> Self {
        let mut kernel = Self { world, context, trace: Trace::new(), events: 0, instant_began_at_event: 0 };
        let actors = u32::try_from(kernel.context.lives.len()).expect("fewer than 2^32 actors");
        for actor in (0..actors).map(ActorId::new) {
            kernel.live(actor, Lifecycle::Started);
        }
        kernel
    }

    /// Runs events due before `before`, until the world is finished or nothing is left.
    ///
    /// # Errors
    /// If time stops passing.
    pub fn run(&mut self, before: Time, progress: &mut dyn FnMut(Time, u64)) -> Result<(), Halted> {
        while !self.world.is_finished(&self.context.listener) && self.advance(before)? {
            if self.events.is_multiple_of(PROGRESS_EVERY) {
                progress(self.context.now, self.events);
            }
        }
        Ok(())
    }

    /// Dispatches the next event due before `before`, and says what it was.
    ///
    /// # Errors
    /// If time stops passing.
    pub fn step(&mut self, before: Time) -> Result<Option<Step>, Halted> {
        Ok(self.take(before)?.map(|(target, kind, outcome)| Step {
            at: self.context.now,
            target,
            kind,
            outcome,
            hash: self.trace_hash(),
        }))
    }

    /// The instant of the latest event.
    pub const fn now(&self) -> Time {
        self.context.now
    }

    /// Who was told what happened.
    pub const fn listener(&self) -> &<W::Fact as Report>::Listener {
        self.context.listener()
    }

    /// Ends the run for whoever was told what happened.
    pub fn into_listener(self) -> <W::Fact as Report>::Listener {
        self.context.listener
    }

    /// Lets the clock run on to `at` without events.
    pub fn pass_to(&mut self, at: Time) {
        self.context.now = self.context.now.max(at);
    }

    /// Events so far.
    pub const fn events(&self) -> u64 {
        self.events
    }

    /// The fold of all events so far.
    pub const fn trace_hash(&self) -> u64 {
        self.trace.hash()
    }

    fn advance(&mut self, before: Time) -> Result<bool, Halted> {
        self.take(before).map(|taken| taken.is_some())
    }

    #[inline]
    fn take(&mut self, before: Time) -> Result<Option<(ActorId, u8, Outcome)>, Halted> {
        let (at, source) = self.context.pending.next();
        if at >= before {
            return Ok(None);
        }
        let envelope = self.context.pending.pop(source);
        if at > self.context.now {
            self.context.now = at;
            self.context.listener.time_passes(at);
            self.instant_began_at_event = self.events;
        }
        self.events += 1;
        let target = envelope.target;
        let (kind, outcome) = self.deliver(envelope);
        if self.events - self.instant_began_at_event > MOST_EVENTS_AT_ONE_INSTANT {
            return Err(Halted { at, target, kind });
        }
        Ok(Some((target, kind, outcome)))
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "an event is copied once less on its way to its actor")]
    fn deliver(&mut self, envelope: Envelope<W::Event>) -> (u8, Outcome) {
        let Envelope { target, generation, payload } = envelope;
        let life = self.context.lives[target.index() as usize];
        let (kind, outcome) = match payload {
            Payload::Event(event) if life.accepts(generation) => {
                let kind = event.kind();
                self.context.current = target;
                self.world.dispatch(target, event, &mut self.context);
                self.after_handler(target);
                (kind, Outcome::Delivered)
            }
            payload => self.deliver_otherwise(Envelope { target, generation, payload }, life),
        };
        self.trace.fold(self.context.now, target, kind, outcome);
        (kind, outcome)
    }

    /// What its target cannot simply handle: it is paused or dead, or the kernel itself is meant.
    #[cold]
    #[inline(never)]
    fn deliver_otherwise(&mut self, envelope: Envelope<W::Event>, life: Life) -> (u8, Outcome) {
        let Envelope { target, generation, payload } = envelope;
        let is_paused = life.is_paused() && life.generation() == generation;
        match payload {
            Payload::Event(event) if is_paused && event.pierces_pause() => {
                let kind = event.kind();
                self.context.current = target;
                self.world.dispatch(target, event, &mut self.context);
                self.after_handler(target);
                (kind, Outcome::Delivered)
            }
            Payload::Event(event) if is_paused => {
                let kind = event.kind();
                let envelope = Envelope { target, generation, payload: Payload::Event(event) };
                self.frozen(target).deferred.push_back(envelope);
                (kind, Outcome::Deferred)
            }
            Payload::Event(event) => {
                let kind = event.kind();
                self.undelivered(target, event);
                (kind, Outcome::Dropped)
            }
            Payload::Restart => {
                self.context.lives[target.index() as usize].die_or_rise();
                self.live(target, Lifecycle::Restarting);
                (RESTART_KIND, Outcome::Delivered)
            }
            Payload::Resume => (RESUME_KIND, self.resume(target, generation)),
        }
    }

    /// Carries out what the handler that just returned asked for.
    #[inline]
    fn after_handler(&mut self, target: ActorId) {
        if self.context.state != ActorState::Running || self.context.pause_for.is_some() {
            self.interrupt(target);
        }
    }

    /// The current actor asked to die or to freeze.
    #[cold]
    fn interrupt(&mut self, target: ActorId) {
        if self.context.state != ActorState::Running {
            self.context.state = ActorState::Running;
            let restart_after = self.context.restart_after.take();
            self.crash(target, restart_after);
        }
        if let Some(lasts) = self.context.pause_for.take() {
            self.pause(target, lasts);
        }
    }

    fn live(&mut self, target: ActorId, turn: Lifecycle) {
        self.context.current = target;
        self.world.live(target, turn, &mut self.context);
        self.after_handler(target);
    }

    fn undelivered(&mut self, target: ActorId, event: W::Event) {
        self.context.current = target;
        self.world.undelivered(target, event, &mut self.context);
        self.after_handler(target);
    }

    fn crash(&mut self, target: ActorId, restart_after: Option<Span>) {
        let life = &mut self.context.lives[target.index() as usize];
        if !life.is_alive() {
            return;
        }
        life.die_or_rise();
        let generation = life.generation();
        let deferred = self.context.frozen.remove(&target).map_or_else(Default::default, |f| f.deferred);
        self.live(target, Lifecycle::Stopped);
        for envelope in deferred {
            if let Payload::Event(event) = envelope.payload {
                self.undelivered(target, event);
            }
        }
        if let Some(span) = restart_after {
            let restart = Envelope { target, generation, payload: Payload::Restart };
            self.context.pending.push_at(self.context.now + span, restart);
        }
    }

    fn pause(&mut self, target: ActorId, lasts: Span) {
        let life = &mut self.context.lives[target.index() as usize];
        if !life.is_alive() {
            return;
        }
        life.pause();
        let generation = life.generation();
        let until = self.context.now + lasts;
        self.frozen(target).until = until.max(self.frozen(target).until);
        let resume = Envelope { target, generation, payload: Payload::Resume };
        self.context.pending.push_at(until, resume);
    }

    fn frozen(&mut self, target: ActorId) -> &mut Frozen<W::Event> {
        let since = self.context.now;
        self.context.frozen.entry(target).or_insert_with(|| Frozen {
            since,
            until: since,
            deferred: std::collections::VecDeque::new(),
        })
    }

    fn resume(&mut self, target: ActorId, generation: u32) -> Outcome {
        let life = &mut self.context.lives[target.index() as usize];
        let is_due = self.context.frozen.get(&target).is_some_and(|frozen| frozen.until <= self.context.now);
        if life.generation() != generation || !is_due {
            return Outcome::Dropped;
        }
        life.resume();
        let Some(frozen) = self.context.frozen.remove(&target) else { return Outcome::Dropped };
        self.live(target, Lifecycle::Resumed(self.context.now.since(frozen.since)));
        for envelope in frozen.deferred {
            self.events += 1;
            self.deliver(envelope);
        }
        Outcome::Delivered
    }
}
