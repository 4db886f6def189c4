//! Delivering: while there are ready copies and consumers with credit, send one to the next in turn.

use actix::Handler;

use crate::actors::link::{Lane, Peer, Sent};
use crate::protocol::event::{AckTimeoutDue, Deliver, HeadExpires, Open, RevealDue};
use crate::protocol::fact::{Occasion, Stage};
use crate::protocol::id::{ConnectionId, CopyId, GroupId, QueueId};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Time;
use crate::scenario::model::{LinkMessage, Ordering};

use super::channel::{Channel, Connection, Settling};
use super::copy::{Copy, DeathReason, Holder};
use super::{Broker, Served};

impl Broker {
    /// Drops what is too much in `id` (after a publish as after a return), delivers what can be delivered,
    /// lets waiting publishes in, and reports the queue.
    pub(super) fn pump(&mut self, id: QueueId, context: &mut Ctx) {
        if self.is_leaderless() {
            return;
        }
        if self.is_log(id) {
            return self.pump_log(id, context);
        }
        while let Some(oldest) = self.queue(id).overflow() {
            self.bury(id, oldest, DeathReason::MaxLength, context);
        }
        loop {
            self.deliver_ready(id, context);
            if self.served(id).blocked.is_empty() || !self.admit_blocked(id, context) {
                break;
            }
        }
        self.served(id).arm_and_report(id, context);
        self.admit_held_back(context);
    }

    fn deliver_ready(&mut self, id: QueueId, context: &mut Ctx) {
        loop {
            if self.queue(id).can_expire() {
                self.expire_head(id, context);
            }
            if self.outage.holds() {
                break;
            }
            let Some(member) = self.next_in_turn(id) else { break };
            self.deliver_to(id, member, context);
        }
    }

    /// The next consumer with credit that some copy may go to.
    fn next_in_turn(&mut self, id: QueueId) -> Option<u32> {
        let Served { queue, ring, members, .. } = self.served(id);
        if !queue.has_deliverable() {
            return None;
        }
        if queue.config.ordering == Ordering::KeyToOneConsumer {
            return ring.take_turn_of(|member| queue.has_for(members[member as usize]));
        }
        ring.take_turn()
    }

    fn deliver_to(&mut self, id: QueueId, member: u32, context: &mut Ctx) {
        let served = &mut self.queues[usize::from(id.0)];
        let connection_id = served.members[member as usize];
        let connection = &mut self.connections[connection_id.0 as usize];
        let channel = connection.channel.as_mut().expect("members of a round have channels");
        debug_assert!(channel.has_credit(), "only free members are in the round");
        let holder = Holder { connection: connection_id, epoch: connection.epoch };
        if channel.settling == Settling::OnDelivery {
            return self.hand_over(id, holder, context);
        }
        let copy_id =
            served.queue.deliver(context.now(), holder, &mut channel.held).expect("a copy is ready");
        let copy = served.queue.copy(copy_id);
        let delivery = deliver_message(copy, copy_id, holder);
        report_delivered(id, copy, context);
        if !channel.has_credit() {
            served.ring.busy(member);
        }
        self.send_delivery(id, holder.connection, delivery, context);
    }

    /// Delivers a copy that is forgotten on sending.
    fn hand_over(&mut self, id: QueueId, holder: Holder, context: &mut Ctx) {
        let now = context.now();
        let (copy_id, copy) = self.queue(id).hand_over(now, holder.connection).expect("a copy is ready");
        let delivery = deliver_message(&copy, copy_id, holder);
        report_delivered(id, &copy, context);
        self.end_acked(id, copy, context);
        self.send_delivery(id, holder.connection, delivery, context);
    }

    fn send_delivery(&mut self, id: QueueId, to: ConnectionId, delivery: Deliver, context: &mut Ctx) {
        let (message, group) = (delivery.message, GroupId::from(id));
        let Connection { peer: actor, instance, link, lane, .. } = &mut self.connections[to.0 as usize];
        let peer = Peer { actor: *actor, instance: *instance, lane };
        let luck = || self.sites.luck(message, delivery.attempt.number());
        match link.send_under(context, peer, LinkMessage::Delivery, luck, delivery) {
            Sent::OnItsWay => {}
            Sent::Twice => context.emit(Fact::DeliveryDoubled { message, group }),
            Sent::Lost => context.emit(Fact::DeliveryEnded { message, group, stage: Stage::Waiting }),
        }
    }

    /// Buries ready copies at the head that have outlived their time to live.
    fn expire_head(&mut self, id: QueueId, context: &mut Ctx) {
        while let Some(copy) = self.queue(id).expire(context.now()) {
            self.bury(id, copy, DeathReason::Expired, context);
        }
    }

    /// Lets publishes in that waited for room, the longest waiting first; says whether it let any in.
    ///
    /// Model: they have reached the broker, and are stored even if their producer has died meanwhile.
    fn admit_blocked(&mut self, id: QueueId, context: &mut Ctx) -> bool {
        let mut admitted = false;
        while !self.queue(id).is_full()
            && let Some(publish) = self.served(id).blocked.pop_front()
        {
            let taken = self.store_in(id, publish, context);
            self.hear(&publish, taken, context);
            admitted = true;
        }
        admitted
    }

    /// Marks a consumer as free or busy, as its credit now is.
    pub(super) fn settle_turn(&mut self, connection: ConnectionId) {
        let Some(channel) = &self.connections[connection.0 as usize].channel else { return };
        self.queues[usize::from(channel.queue.0)].settle_turn(channel);
    }
}

impl Served {
    /// Sees to it that the broker looks again when something is due, and reports what there is now.
    fn arm_and_report(&mut self, id: QueueId, context: &mut Ctx) {
        let queue = id.0;
        if !self.timeout_armed
            && let Some((_, noticed_at)) = self.queue.next_timeout()
        {
            self.timeout_armed = true;
            // A new leader may find some that are overdue.
            context.remind_at(noticed_at.max(context.now()), AckTimeoutDue { queue });
        }
        if let Some(expires_at) = self.queue.next_expiry()
            && expires_at < self.expiry_armed_at
        {
            self.expiry_armed_at = expires_at;
            context.remind_at(expires_at, HeadExpires { queue });
        }
        if let Some(reveal_at) = self.queue.next_reveal()
            && reveal_at < self.reveal_armed_at
        {
            self.reveal_armed_at = reveal_at;
            // A new leader may find some whose time came while nobody led.
            context.remind_at(reveal_at.max(context.now()), RevealDue { queue });
        }
        self.report(id, context);
    }

    /// Marks the consumer of `channel` as free or busy, as its credit now is.
    #[inline]
    pub(super) fn settle_turn(&mut self, channel: &Channel) {
        if channel.has_credit() { self.ring.free(channel.member) } else { self.ring.busy(channel.member) }
    }

    /// Reports what there is now.
    pub(super) fn report(&mut self, id: QueueId, context: &mut Ctx) {
        let queue = &mut self.queue;
        let (ready, unacked, oldest_at) = (queue.ready(), queue.unacked(), queue.oldest_at());
        context.emit(Fact::QueueChanged { group: GroupId::from(id), ready, unacked, oldest_at });
    }
}

fn report_delivered(id: QueueId, copy: &Copy, context: &mut Ctx) {
    let (message, group) = (copy.message, GroupId::from(id));
    let (enqueued_at, number, occasion) = (copy.enqueued_at, copy.deliveries_here(), Occasion::Ordinary);
    context.emit(Fact::Delivered { message, group, enqueued_at, number, occasion });
}

const fn deliver_message(copy: &Copy, id: CopyId, holder: Holder) -> Deliver {
    Deliver { message: copy.message, copy: id, key: copy.key, attempt: copy.attempt, epoch: holder.epoch }
}

impl Handler<HeadExpires> for Broker {
    type Result = ();

    fn handle(&mut self, due: HeadExpires, context: &mut Ctx) {
        let id = QueueId(due.queue);
        if self.served(id).expiry_armed_at <= context.now() {
            self.served(id).expiry_armed_at = Time::NEVER;
        }
        self.pump(id, context);
    }
}

impl Handler<RevealDue> for Broker {
    type Result = ();

    fn handle(&mut self, due: RevealDue, context: &mut Ctx) {
        let id = QueueId(due.queue);
        if self.served(id).reveal_armed_at <= context.now() {
            self.served(id).reveal_armed_at = Time::NEVER;
        }
        while self.queue(id).reveal(context.now()) {}
        self.pump(id, context);
    }
}

impl Handler<Open> for Broker {
    type Result = ();

    fn handle(&mut self, open: Open, context: &mut Ctx) {
        let Open { connection: id, epoch } = open;
        if self.is_leaderless() {
            return self.refuse_to_open(id, epoch, context);
        }
        let connection = self.connection(id);
        let present = connection.epoch;
        if epoch.is_before(present) {
            // It rode on a connection that was cut meanwhile.
            return;
        }
        connection.epoch = epoch;
        connection.is_severed = false;
        if present != epoch {
            connection.lane = Lane::default();
        }
        let Some(channel) = &mut connection.channel else { return };
        let queue = channel.queue;
        if present != epoch {
            // The peer came back before anyone noticed that it had gone.
            channel.orphan(present);
        }
        channel.open = true;
        self.settle_turn(id);
        self.pump(queue, context);
    }
}
