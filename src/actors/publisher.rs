//! A client's end of its connection: publishing, waiting for confirms, retrying, reconnecting.
//!
//! ```text
//!            ┌────────── backoff over ──────────┐
//!            ▼                                  │
//!  begin ─▶ Waiting ── timeout, refused, cut ─▶ BackingOff ── no retries left ─▶ given up
//!            │ stored                            │ stored after all
//!            └───────────────▶ done ◀────────────┘
//! ```
//!
//! While the broker is known to be gone, a publish that asks for a confirm is `Held`: it leaves when there is a
//! broker again, unless its confirm timeout comes first.
//!
//! Producers and consumers embed one and keep a [`Pending`] in each activity that waits.

use std::rc::Rc;

use crate::faults::{Copies, Verdict};
use crate::kernel::chance::LazyLuck;
use crate::kernel::{ActorId, TimerId};
use crate::protocol::event::{
    Answer, ConfirmTimedOut, Confirmed, ConnectionCut, Event, Open, Publish, Reopen, RetryPublish,
};
use crate::protocol::fact::{Ending, Knowledge};
use crate::protocol::id::{ActivityId, ConnectionId, Epoch, Key, MessageId, TWIN_PUBLISH};
use crate::protocol::{Ctx, Fact, Twin};
use crate::quantity::{Span, Time};
use crate::scenario::model::LinkMessage;
use crate::strategies::backoff;

use super::link::{Lane, Link, Peer, Sent};
use super::program::{ConfirmPlan, PublishStep};
use super::site::Sites;

/// What all instances of a component have in common as clients of the broker.
#[derive(Debug)]
pub struct ClientPlan {
    /// All sites, and the luck of their messages.
    pub sites: Rc<Sites>,
    /// The broker.
    pub broker: ActorId,
    /// The way to it.
    pub link: Link,
    /// Round trips before a reopened connection can be used.
    pub handshake_round_trips: u32,
    /// Whether each publish opens a connection of its own.
    pub connects_per_message: bool,
}

/// One instance's connection.
#[derive(Debug)]
pub struct Publisher {
    plan: Rc<ClientPlan>,
    connection: ConnectionId,
    instance: u32,
    epoch: Epoch,
    is_open: bool,
    severance: Severance,
    lane: Lane,
}

/// Whether a connection is closed because its broker is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Severance {
    /// It is open, or its own end will open it again.
    Unsevered,
    /// There is no broker to open it to.
    Severed,
    /// There is one again, and the handshake goes on.
    Reopening,
}

/// A publish whose confirm is awaited.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    message: MessageId,
    key: Key,
    retries: u16,
    published_at: Time,
    previous_wait: Span,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Waiting(TimerId),
    /// Not sent yet, because there is no broker to send it to.
    Held(TimerId),
    BackingOff,
}

/// How a publish step stands.
#[derive(Clone, Copy, Debug)]
pub enum Standing {
    /// Nothing more to wait for.
    Done,
    /// Its confirm is awaited.
    Waiting(Pending),
    /// It could not be published.
    GivenUp(Ending),
}

impl Publisher {
    /// An open connection of `instance`.
    ///
    /// Model: connections are open when the run begins; later openings pay the handshake.
    #[must_use]
    pub fn new(plan: Rc<ClientPlan>, connection: ConnectionId, instance: u32) -> Self {
        let (epoch, lane) = (Epoch::default(), Lane::default());
        Self { plan, connection, instance, epoch, is_open: true, severance: Severance::Unsevered, lane }
    }

    /// All sites, and the luck of their messages.
    #[must_use]
    pub fn sites(&self) -> &Sites {
        &self.plan.sites
    }

    /// Which instance of its component it serves.
    #[must_use]
    pub const fn instance(&self) -> u32 {
        self.instance
    }

    /// Its name at the broker.
    #[must_use]
    pub const fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The present opening.
    #[must_use]
    pub const fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether the connection can be used.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.is_open
    }

    /// When it and the broker hear each other again, if they do not now.
    #[must_use]
    pub fn heals_at(&self, now: Time) -> Option<Time> {
        self.plan.link.rules.heals_at(now, self.instance)
    }

    /// The way to the broker and this connection's end of it.
    pub fn line(&mut self) -> (&ClientPlan, Peer<'_>) {
        let peer = Peer { actor: self.plan.broker, instance: self.instance, lane: &mut self.lane };
        (&self.plan, peer)
    }

    /// Sends what no fault can touch.
    pub fn carry(&mut self, context: &mut Ctx, event: impl Into<Event>) {
        let peer = Peer { actor: self.plan.broker, instance: self.instance, lane: &mut self.lane };
        self.plan.link.carry(context, peer, event.into());
    }

    /// Publishes message `number` of the step; it may inherit the key of what it is published for.
    pub fn begin(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        step: &PublishStep,
        number: u64,
        inherited: Key,
    ) -> Standing {
        let message = MessageId::new(step.site, number);
        let key = step.key.choose(inherited, &self.plan.sites.luck(message, 0));
        context.emit(Fact::Published { message, key });
        let Some(confirm) = &step.confirm else {
            return self.publish_and_forget(context, activity, message, key);
        };
        let pending = Pending {
            message,
            key,
            retries: 0,
            published_at: context.now(),
            previous_wait: confirm.backoff.base,
            state: State::BackingOff,
        };
        self.attempt(context, activity, confirm, pending)
    }

    /// A confirm came: `None` if it is not the one this activity waits for.
    pub fn confirmed(
        &self,
        context: &mut Ctx,
        confirm: &ConfirmPlan,
        confirmed: &Confirmed,
        pending: Pending,
    ) -> Option<Standing> {
        if confirmed.message != pending.message || confirmed.epoch != self.epoch {
            return None;
        }
        match (confirmed.answer, pending.state) {
            (Answer::Stored, state) => {
                if let State::Waiting(timer) | State::Held(timer) = state {
                    context.cancel(timer);
                }
                let (message, published_at) = (pending.message, pending.published_at);
                context.emit(Fact::ConfirmReceived { message, published_at });
                context.emit(Fact::Settled { message, knowledge: Knowledge::Confirmed });
                Some(Standing::Done)
            }
            // An earlier attempt that was refused says nothing of the one that is under way.
            (Answer::Refused | Answer::Returned, _) if confirmed.retries != pending.retries => None,
            (Answer::Refused | Answer::Returned, State::Waiting(timer)) => {
                context.cancel(timer);
                Some(self.failed(context, confirmed.activity, confirm, pending, Ending::Rejected))
            }
            (Answer::Refused | Answer::Returned, State::BackingOff | State::Held(_)) => None,
        }
    }

    /// No confirm came in time: `None` if it came after all, or the attempt failed otherwise, while the
    /// timeout waited for a frozen instance.
    pub fn timed_out(
        &self,
        context: &mut Ctx,
        due: ConfirmTimedOut,
        confirm: &ConfirmPlan,
        pending: Pending,
    ) -> Option<Standing> {
        let is_due = matches!(pending.state, State::Waiting(_) | State::Held(_))
            && (pending.message, pending.retries) == (due.message, due.retries);
        is_due.then(|| self.failed(context, due.activity, confirm, pending, Ending::TimedOut))
    }

    /// The connection broke under a publish that waited.
    pub fn broken(
        &self,
        context: &mut Ctx,
        activity: ActivityId,
        confirm: &ConfirmPlan,
        pending: Pending,
    ) -> Standing {
        match pending.state {
            State::Waiting(timer) | State::Held(timer) => {
                context.cancel(timer);
                self.failed(context, activity, confirm, pending, Ending::Failed)
            }
            State::BackingOff => Standing::Waiting(pending),
        }
    }

    /// The wait before another try is over: `None` if it is not this activity's.
    pub fn retry(
        &mut self,
        context: &mut Ctx,
        due: RetryPublish,
        confirm: &ConfirmPlan,
        pending: Pending,
    ) -> Option<Standing> {
        let is_due = matches!(pending.state, State::BackingOff) && pending.message == due.message;
        is_due.then(|| self.attempt(context, due.activity, confirm, pending))
    }

    /// The connection breaks under both ends and can be used again after `restart_after` and a handshake.
    pub fn cut(&mut self, context: &mut Ctx, restart_after: Span) {
        self.epoch = self.epoch.next();
        self.lane = Lane::default();
        self.is_open = false;
        self.severance = Severance::Unsevered;
        let cut = ConnectionCut { connection: self.connection, next: self.epoch };
        context.send_at(self.plan.broker, context.now(), cut.into());
        let at = context.now() + restart_after + self.handshake(context);
        context.remind_at(at, Reopen { epoch: self.epoch });
    }

    /// The connection can be used again, unless it was cut once more meanwhile; the broker hears of it.
    pub fn reopen(&mut self, context: &mut Ctx, due: Reopen) -> bool {
        let is_due = due.epoch == self.epoch && !self.is_open && self.severance != Severance::Severed;
        if is_due {
            self.severance = Severance::Unsevered;
            self.is_open = true;
            self.announce(context);
        }
        is_due
    }

    /// The broker's process died under opening `epoch`; says whether that was news.
    pub fn broker_lost(&mut self, epoch: Epoch) -> bool {
        let is_news = epoch == self.epoch && self.is_open;
        if is_news {
            self.sever();
        }
        is_news
    }

    /// There is a broker again; says whether this connection, which seemed to be open, led to the old one. It
    /// opens again after a handshake. One that its own end had closed opens when that end says so.
    pub fn broker_back(&mut self, context: &mut Ctx) -> bool {
        let was_open = self.is_open;
        if was_open {
            self.sever();
        }
        if self.severance == Severance::Severed {
            self.severance = Severance::Reopening;
            let at = context.now() + self.handshake_of_kept(context);
            context.remind_at(at, Reopen { epoch: self.epoch });
        }
        was_open
    }

    fn sever(&mut self) {
        if !self.plan.connects_per_message {
            self.epoch = self.epoch.next();
        }
        self.lane = Lane::default();
        self.is_open = false;
        self.severance = Severance::Severed;
    }

    /// A publish that could not be sent leaves now; its confirm timeout goes on.
    pub fn release(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        mut pending: Pending,
    ) -> Option<Pending> {
        let State::Held(timer) = pending.state else { return None };
        context.emit(Fact::Republished { message: pending.message });
        self.send(context, activity, pending.message, pending.key, pending.retries);
        pending.state = State::Waiting(timer);
        Some(pending)
    }

    /// Tells the broker that this opening is ready.
    pub fn announce(&mut self, context: &mut Ctx) {
        let open = Open { connection: self.connection, epoch: self.epoch };
        self.carry(context, open);
    }

    /// The instance is back after a crash: its connection opens anew after a handshake.
    pub fn restart(&mut self, context: &mut Ctx) {
        if !self.plan.connects_per_message {
            self.epoch = self.epoch.next();
        }
        self.lane = Lane::default();
        self.is_open = false;
        self.severance = Severance::Unsevered;
        let at = context.now() + self.handshake(context);
        context.remind_at(at, Reopen { epoch: self.epoch });
    }

    /// The handshake of a connection that is kept: others pay for it with each message.
    fn handshake_of_kept(&self, context: &mut Ctx) -> Span {
        if self.plan.connects_per_message { Span::ZERO } else { self.handshake(context) }
    }

    fn handshake(&self, context: &mut Ctx) -> Span {
        let legs = 2 * self.plan.handshake_round_trips;
        (0..legs).map(|_| self.plan.link.draw(context)).fold(Span::ZERO, std::ops::Add::add)
    }

    fn publish_and_forget(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        message: MessageId,
        key: Key,
    ) -> Standing {
        if !self.is_open {
            context.emit(Fact::PublishLost { message });
            context.emit(Fact::Settled { message, knowledge: Knowledge::GaveUp });
            return Standing::GivenUp(Ending::Failed);
        }
        self.send(context, activity, message, key, 0);
        context.emit(Fact::Settled { message, knowledge: Knowledge::Nothing });
        Standing::Done
    }

    /// Sends one attempt and waits for its confirm; a closed connection fails it at once.
    fn attempt(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        confirm: &ConfirmPlan,
        mut pending: Pending,
    ) -> Standing {
        if pending.retries > 0 {
            context.emit(Fact::Republished { message: pending.message });
        }
        if self.is_open {
            self.send(context, activity, pending.message, pending.key, pending.retries);
        } else {
            context.emit(Fact::PublishLost { message: pending.message });
            if self.severance == Severance::Unsevered {
                return self.failed(context, activity, confirm, pending, Ending::Failed);
            }
        }
        let due = ConfirmTimedOut { activity, message: pending.message, retries: pending.retries };
        let timer = context.timer(confirm.timeout, due.into());
        pending.state = if self.is_open { State::Waiting(timer) } else { State::Held(timer) };
        Standing::Waiting(pending)
    }

    fn send(&mut self, context: &mut Ctx, activity: ActivityId, message: MessageId, key: Key, retries: u16) {
        let publish =
            Publish { message, connection: self.connection, activity, key, epoch: self.epoch, retries };
        let plan = Rc::clone(&self.plan);
        let luck = plan.sites.luck(message, u32::from(retries));
        if plan.connects_per_message {
            self.send_after_handshake(context, publish, &luck);
            return;
        }
        let peer = Peer { actor: plan.broker, instance: self.instance, lane: &mut self.lane };
        match plan.link.send(context, peer, LinkMessage::Publish, &luck, publish) {
            Sent::OnItsWay => {}
            Sent::Twice => context.emit(Fact::Republished { message }),
            Sent::Lost => context.emit(Fact::PublishLost { message }),
        }
    }

    /// Every message on a connection of its own: no order among them, and the handshake each time.
    fn send_after_handshake(&self, context: &mut Ctx, publish: Publish, luck: &LazyLuck<'_>) {
        let message = publish.message;
        match self.plan.link.judge(context, LinkMessage::Publish, self.instance, luck) {
            Verdict::Lost => context.emit(Fact::PublishLost { message }),
            Verdict::Passes { copies, later } => {
                let at = context.now() + self.handshake(context) + self.plan.link.draw(context) + later;
                context.send_at(self.plan.broker, at, publish.into());
                if copies == Copies::Two {
                    context.emit(Fact::Republished { message });
                    context.send_at(self.plan.broker, at, publish.twin().into());
                }
            }
        }
    }

    /// An attempt failed: wait and try again, or give up.
    fn failed(
        &self,
        context: &mut Ctx,
        activity: ActivityId,
        confirm: &ConfirmPlan,
        mut pending: Pending,
        why: Ending,
    ) -> Standing {
        let message = pending.message;
        if u32::from(pending.retries) >= confirm.retries {
            context.emit(Fact::Settled { message, knowledge: Knowledge::GaveUp });
            return Standing::GivenUp(why);
        }
        let retry = u32::from(pending.retries);
        let mut draws = self.plan.sites.luck(message, retry).draws(confirm.purpose);
        let wait = backoff::wait_before(&confirm.backoff, retry, pending.previous_wait, &mut draws);
        pending.retries = (pending.retries + 1).min(TWIN_PUBLISH - 1);
        pending.previous_wait = wait;
        pending.state = State::BackingOff;
        let at = context.now() + wait;
        context.remind_at(at, RetryPublish { activity, message });
        Standing::Waiting(pending)
    }
}

impl Pending {
    /// The message that is being published.
    #[must_use]
    pub const fn message(&self) -> MessageId {
        self.message
    }
}
