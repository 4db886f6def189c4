//! A client's end of its connection: publishing, waiting for confirms, retrying, reconnecting.
//!
//! ```text
//!            ┌────────── backoff over ──────────┐
//!            ▼                                  │
//!  begin ─▶ Waiting ── timeout, refused, cut ─▶ BackingOff ── no retries left ─▶ given up
//!            │ stored                            │ stored after all
//!            └───────────────▶ done ◀────────────┘
//!  from either: returned ─▶ given up, since the bindings will not select it next time
//! ```
//!
//! While the broker is known to be gone, a publish that asks for a confirm is `Held`: it leaves when there is a
//! broker again, unless its confirm timeout comes first.
//!
//! Producers and consumers embed one and keep a [`Pending`] in each activity that waits.

use std::rc::Rc;

use crate::faults::{Copies, Verdict};
use crate::kernel::{ActorId, TimerId};
use crate::protocol::event::{
    Answer, ConfirmTimedOut, Confirmed, ConnectionCut, Deliver, Event, Open, Publish, Reopen, RetryPublish,
};
use crate::protocol::fact::{Ending, Knowledge};
use crate::protocol::id::{ActivityId, ConnectionId, Epoch, Key, MessageId, SiteId, TWIN_PUBLISH};
use crate::protocol::{Ctx, Fact, Twin};
use crate::quantity::{Span, Time};
use crate::scenario::model::LinkMessage;
use crate::strategies::backoff;

use super::client::Standing;
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

/// What is published, the same in every attempt.
#[derive(Clone, Copy, Debug)]
struct Outgoing {
    message: MessageId,
    key: Key,
    site: SiteId,
    /// Deliveries of the copy that is sent back.
    deliveries: u16,
}

/// A publish whose confirm is awaited.
#[derive(Clone, Copy, Debug)]
pub struct Pending {
    what: Outgoing,
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

    /// Publishes message `number` of the step, about `key`.
    pub fn begin(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        step: &PublishStep,
        number: u64,
        key: Key,
    ) -> Standing<Pending> {
        let message = MessageId::new(step.site, number);
        let is_awaited = step.confirm.is_some() || !self.is_open;
        context.emit(Fact::Published { message, key, is_awaited });
        self.publish(context, activity, step, Outgoing { message, key, site: step.site, deliveries: 0 })
    }

    /// Publishes the very message of `delivery` again.
    pub fn send_back(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        step: &PublishStep,
        delivery: &Deliver,
    ) -> Standing<Pending> {
        let Deliver { message, key, attempt, .. } = *delivery;
        // Beyond 65 535 deliveries the tries that follow share their luck with those that follow others.
        let deliveries = u16::try_from(attempt.delivery()).unwrap_or(u16::MAX);
        context.emit(Fact::Redriven { message });
        self.publish(context, activity, step, Outgoing { message, key, site: step.site, deliveries })
    }

    fn publish(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        step: &PublishStep,
        what: Outgoing,
    ) -> Standing<Pending> {
        let Some(confirm) = &step.confirm else {
            return self.publish_and_forget(context, activity, what);
        };
        let pending = Pending {
            what,
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
    ) -> Option<Standing<Pending>> {
        if confirmed.message != pending.what.message || confirmed.epoch != self.epoch {
            return None;
        }
        match (confirmed.answer, pending.state) {
            (Answer::Stored, state) => {
                if let State::Waiting(timer) | State::Held(timer) = state {
                    context.cancel(timer);
                }
                let (message, published_at) = (pending.what.message, pending.published_at);
                context.emit(Fact::ConfirmReceived { message, published_at });
                pending.what.settle(context, Knowledge::Confirmed);
                Some(Standing::Done)
            }
            // Whichever attempt came back, the next would come back as well.
            (Answer::Returned, state) => {
                if let State::Waiting(timer) | State::Held(timer) = state {
                    context.cancel(timer);
                }
                pending.what.settle(context, Knowledge::GaveUp);
                Some(Standing::GivenUp(Ending::Rejected))
            }
            // An earlier attempt that was refused says nothing of the one that is under way.
            (Answer::Refused, _) if confirmed.retries != pending.retries => None,
            (Answer::Refused, State::Waiting(timer)) => {
                context.cancel(timer);
                Some(self.failed(context, confirmed.activity, confirm, pending, Ending::Rejected))
            }
            (Answer::Refused, State::BackingOff | State::Held(_)) | (Answer::ChannelClosed, _) => None,
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
    ) -> Option<Standing<Pending>> {
        let is_due = matches!(pending.state, State::Waiting(_) | State::Held(_))
            && (pending.what.message, pending.retries) == (due.message, due.retries);
        is_due.then(|| self.failed(context, due.activity, confirm, pending, Ending::TimedOut))
    }

    /// The connection broke under a publish that waited.
    pub fn broken(
        &self,
        context: &mut Ctx,
        activity: ActivityId,
        confirm: &ConfirmPlan,
        pending: Pending,
    ) -> Standing<Pending> {
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
    ) -> Option<Standing<Pending>> {
        let is_due = matches!(pending.state, State::BackingOff) && pending.what.message == due.message;
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

    /// The broker closed the channel; says whether it was the present one.
    ///
    /// Model: opening it again costs the handshake of a whole connection.
    pub fn close(&mut self, context: &mut Ctx, closed: &Confirmed) -> bool {
        let is_present = closed.epoch == self.epoch && self.is_open;
        if is_present {
            self.epoch = self.epoch.next();
            self.is_open = false;
            let at = context.now() + self.handshake(context);
            context.remind_at(at, Reopen { epoch: self.epoch });
        }
        is_present
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
        context.emit(Fact::again(&self.publish_of(activity, pending.what, pending.retries)));
        self.send(context, activity, pending.what, pending.retries);
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
        what: Outgoing,
    ) -> Standing<Pending> {
        if !self.is_open {
            context.emit(Fact::lost(&self.publish_of(activity, what, 0)));
            what.settle(context, Knowledge::GaveUp);
            return Standing::GivenUp(Ending::Failed);
        }
        self.send(context, activity, what, 0);
        Standing::Done
    }

    /// Sends one attempt and waits for its confirm; a closed connection fails it at once.
    fn attempt(
        &mut self,
        context: &mut Ctx,
        activity: ActivityId,
        confirm: &ConfirmPlan,
        mut pending: Pending,
    ) -> Standing<Pending> {
        let Pending { what, retries, .. } = pending;
        if retries > 0 {
            context.emit(Fact::again(&self.publish_of(activity, what, retries)));
        }
        if self.is_open {
            self.send(context, activity, what, retries);
        } else {
            context.emit(Fact::lost(&self.publish_of(activity, what, retries)));
            if self.severance == Severance::Unsevered {
                return self.failed(context, activity, confirm, pending, Ending::Failed);
            }
        }
        let due = ConfirmTimedOut { activity, message: what.message, retries };
        let timer = context.timer(confirm.timeout, due.into());
        pending.state = if self.is_open { State::Waiting(timer) } else { State::Held(timer) };
        Standing::Waiting(pending)
    }

    fn send(&mut self, context: &mut Ctx, activity: ActivityId, what: Outgoing, retries: u16) {
        let publish = self.publish_of(activity, what, retries);
        if self.plan.connects_per_message {
            return self.send_after_handshake(context, publish);
        }
        let Self { plan, instance, lane, .. } = self;
        let luck = || plan.sites.publish_luck(&publish);
        let peer = Peer { actor: plan.broker, instance: *instance, lane };
        match plan.link.send_under(context, peer, LinkMessage::Publish, luck, publish) {
            Sent::OnItsWay => {}
            Sent::Twice => context.emit(Fact::again(&publish)),
            Sent::Lost => context.emit(Fact::lost(&publish)),
        }
    }

    const fn publish_of(&self, activity: ActivityId, what: Outgoing, retries: u16) -> Publish {
        let Outgoing { message, key, site, deliveries } = what;
        Publish {
            message,
            connection: self.connection,
            activity,
            key,
            epoch: self.epoch,
            retries,
            site,
            deliveries,
        }
    }

    /// Every message on a connection of its own: no order among them, and the handshake each time.
    fn send_after_handshake(&self, context: &mut Ctx, publish: Publish) {
        let luck = self.plan.sites.publish_luck(&publish);
        match self.plan.link.judge(context, LinkMessage::Publish, self.instance, &luck) {
            Verdict::Lost => context.emit(Fact::lost(&publish)),
            Verdict::Passes { copies, later } => {
                let at = context.now() + self.handshake(context) + self.plan.link.draw(context) + later;
                context.send_at(self.plan.broker, at, publish.into());
                if copies == Copies::Two {
                    context.emit(Fact::again(&publish));
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
    ) -> Standing<Pending> {
        let what = pending.what;
        if u32::from(pending.retries) >= confirm.retries {
            what.settle(context, Knowledge::GaveUp);
            return Standing::GivenUp(why);
        }
        let retry = u32::from(pending.retries);
        let publish = self.publish_of(activity, what, pending.retries);
        let mut draws = self.plan.sites.publish_luck(&publish).draws(confirm.purpose);
        let wait = backoff::wait_before(&confirm.backoff, retry, pending.previous_wait, &mut draws);
        pending.retries = (pending.retries + 1).min(TWIN_PUBLISH - 1);
        pending.previous_wait = wait;
        pending.state = State::BackingOff;
        let at = context.now() + wait;
        context.remind_at(at, RetryPublish { activity, message: what.message });
        Standing::Waiting(pending)
    }
}

impl Outgoing {
    /// Whether a handler publishes the message that it handles: nobody but the handler waits for the end of
    /// that, so it settles nothing.
    fn is_redrive(self) -> bool {
        self.site != self.message.site()
    }

    fn settle(self, context: &mut Ctx, knowledge: Knowledge) {
        if !self.is_redrive() {
            context.emit(Fact::Settled { message: self.message, knowledge });
        }
    }
}

impl Pending {
    /// Whoever waited for it has died.
    pub fn forget(&self, context: &mut Ctx) {
        self.what.settle(context, Knowledge::Nothing);
    }
}
