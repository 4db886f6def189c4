//! Settling: acks, nacks, ack timeouts, and connections that end.

use actix::Handler;

use crate::actors::link::{Lane, Peer};
use crate::protocol::event::{
    Ack, AckBatch, AckTimeoutDue, ChannelClosed, ConnectionCut, ConnectionLost, Event, Nack,
};
use crate::protocol::fact::{CopyEnd, Timeliness};
use crate::protocol::id::{ConnectionId, CopyId, Epoch, QueueId};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Span;
use crate::scenario::model::{AfterLimit, LateAck, OnConnectionLoss, OnTimeout};

use super::Broker;
use super::channel::OnNack;
use super::copy::{Copy, CopyState, DeathReason, Holder};
use super::queue::Returned;

impl Broker {
    pub(super) fn acked(&mut self, ack: Ack, context: &mut Ctx) {
        let Some(queue) = self.queue_of(ack.connection) else { return };
        let Some(holder) = self.holder_of(&ack, queue) else { return self.acked_late(ack, queue, context) };
        context.emit(Fact::AckReceived { timeliness: Timeliness::InTime });
        if self.durability.is_some() {
            let copy = self.settle(queue, ack.copy, holder);
            return self.end_acked(queue, copy, context);
        }
        // Nobody undoes this ack: the copy goes where it stands.
        self.settle_for_good(queue, ack.copy, holder);
        context.emit(Fact::CopyEnded { message: ack.message, group: queue.into(), end: CopyEnd::Acked });
    }

    /// An ack whose delivery was taken back does what the queue's policy says.
    #[cold]
    fn acked_late(&mut self, ack: Ack, queue: QueueId, context: &mut Ctx) {
        context.emit(Fact::AckReceived { timeliness: Timeliness::Late });
        let policy = self.queue(queue).config.late_ack;
        let Some(copy) = self.queue(queue).find(ack.copy, ack.message).cloned() else { return };
        let was_redelivered = copy.attempt != ack.attempt;
        let is_accepted = match policy {
            LateAck::Ignore => false,
            LateAck::Accept => true,
            LateAck::AcceptUnlessRedelivered => !was_redelivered,
        };
        if !is_accepted {
            return;
        }
        match copy.state {
            CopyState::Unacked => {
                self.settle(queue, ack.copy, copy.holder);
            }
            CopyState::Kept => {
                self.queue(queue).delete(ack.copy);
                context.emit(Fact::CopyUnkept { message: ack.message, group: queue.into() });
            }
            CopyState::Ready | CopyState::Delayed => self.queue(queue).delete(ack.copy),
            CopyState::Deleted => unreachable!("deleted copies are not found"),
        }
        self.end_acked(queue, copy, context);
    }

    pub(super) fn nacked(&mut self, nack: Nack, context: &mut Ctx) {
        let Ack { copy, connection, .. } = nack.delivery;
        let Some(queue) = self.queue_of(connection) else { return };
        context.emit(Fact::NackReceived);
        let Some(holder) = self.holder_of(&nack.delivery, queue) else { return };
        let Some(channel) = &self.connection(connection).channel else { return };
        let on_nack = if nack.is_rejected { OnNack::Reject } else { channel.on_nack };
        match on_nack {
            OnNack::Requeue => {
                let hidden_for = self.queue(queue).redelivery_delay(copy);
                self.take_back(queue, copy, holder, hidden_for, context);
            }
            OnNack::RequeueAfter(span) => self.take_back(queue, copy, holder, span, context),
            OnNack::Reject => {
                let copy = self.settle(queue, copy, holder);
                self.bury(queue, copy, DeathReason::Rejected, context);
            }
        }
        self.pump(queue, context);
    }

    /// Takes an unacked copy back from its holder; nobody sees it for a while, and one that was delivered
    /// too often is buried, or kept.
    pub(super) fn take_back(
        &mut self,
        queue: QueueId,
        id: CopyId,
        holder: Holder,
        hidden_for: Span,
        context: &mut Ctx,
    ) {
        let now = context.now();
        let (served, list) = self.held(queue, holder);
        let returned = served.queue.take_back(now, id, list, hidden_for);
        self.settle_turn(holder.connection);
        if returned == Returned::Exhausted {
            self.give_up(queue, id, context);
        }
    }

    /// A copy was delivered as often as it may be.
    pub(super) fn give_up(&mut self, id: QueueId, copy: CopyId, context: &mut Ctx) {
        let queue = self.queue(id);
        match queue.config.after_limit {
            AfterLimit::DeadLetter => {
                let copy = queue.remove_exhausted(copy);
                self.bury(id, copy, DeathReason::DeliveryLimit, context);
            }
            AfterLimit::Keep => {
                let message = queue.keep_exhausted(copy).message;
                context.emit(Fact::CopyKept { message, group: id.into() });
            }
        }
    }

    /// Takes an unacked copy out of its queue.
    pub(super) fn settle(&mut self, queue: QueueId, id: CopyId, holder: Holder) -> Copy {
        let copy = self.queue(queue).copy(id).clone();
        self.settle_for_good(queue, id, holder);
        copy
    }

    /// The same, where nobody asks for it again.
    #[inline]
    fn settle_for_good(&mut self, queue: QueueId, id: CopyId, holder: Holder) {
        let connection = &mut self.connections[holder.connection.0 as usize];
        let present = connection.epoch;
        let channel = connection.channel.as_mut().expect("holders have channels");
        let served = &mut self.queues[usize::from(queue.0)];
        served.queue.settle(id, channel.held_by(holder.epoch, present));
        served.settle_turn(channel);
    }

    /// The queue, and the list of what `holder` holds.
    fn held(&mut self, queue: QueueId, holder: Holder) -> (&mut super::Served, &mut super::copy::List) {
        let connection = &mut self.connections[holder.connection.0 as usize];
        let present = connection.epoch;
        let channel = connection.channel.as_mut().expect("holders have channels");
        (&mut self.queues[usize::from(queue.0)], channel.held_by(holder.epoch, present))
    }

    #[inline]
    pub(super) fn queue_of(&self, connection: ConnectionId) -> Option<QueueId> {
        self.connections[connection.0 as usize].channel.as_ref().map(|channel| channel.queue)
    }

    /// Whether an answer to a delivery comes to nothing.
    #[inline]
    pub(super) fn is_deaf_to(&self, ack: &Ack) -> bool {
        self.is_stale(ack.connection, ack.epoch) || self.outage.holds() || self.is_leaderless()
    }

    /// Who holds the delivery that `ack` is about, if it is still out.
    #[inline]
    pub(super) fn holder_of(&mut self, ack: &Ack, queue: QueueId) -> Option<Holder> {
        let copy = self.queue(queue).find(ack.copy, ack.message)?;
        (copy.state == CopyState::Unacked && copy.attempt == ack.attempt).then_some(copy.holder)
    }

    /// Returns everything that one opening of a connection holds, the oldest delivery first.
    fn return_all(&mut self, connection: ConnectionId, epoch: Epoch, queue: QueueId, context: &mut Ctx) {
        let holder = Holder { connection, epoch };
        let present = self.connection(connection).epoch;
        let Some(channel) = &self.connections[connection.0 as usize].channel else { return };
        let Some(held) = channel.find_held_by(epoch, present) else { return };
        for id in self.queues[usize::from(queue.0)].queue.held_in(held) {
            self.take_back(queue, id, holder, Span::ZERO, context);
        }
        if let Some(channel) = &mut self.connection(connection).channel {
            channel.forget_settled();
        }
    }

    /// A connection's opening has ended: its copies return, or wait for their timeouts.
    fn connection_ended(&mut self, id: ConnectionId, epoch: Epoch, context: &mut Ctx) {
        let Some(queue) = self.queue_of(id) else { return };
        let connection = self.connection(id);
        if connection.epoch == epoch
            && let Some(channel) = &mut connection.channel
        {
            channel.open = false;
            self.settle_turn(id);
        }
        if self.is_leaderless() {
            // Whoever leads next returns everything.
            return;
        }
        if self.queue(queue).config.on_connection_loss == OnConnectionLoss::Return {
            self.return_all(id, epoch, queue, context);
        }
        self.pump(queue, context);
    }

    /// The oldest delivery of `queue` has timed out.
    fn time_out(&mut self, queue: QueueId, id: CopyId, context: &mut Ctx) {
        context.emit(Fact::AckTimedOut);
        let holder = self.queue(queue).copy(id).holder;
        let hidden_for = self.queue(queue).redelivery_delay(id);
        match self.queue(queue).config.on_timeout {
            OnTimeout::ReturnOne => self.take_back(queue, id, holder, hidden_for, context),
            OnTimeout::ReturnChannel => {
                self.close_channel(holder, context);
                // Only the one that timed out stays hidden; its neighbours come back at once.
                self.take_back(queue, id, holder, hidden_for, context);
                self.return_all(holder.connection, holder.epoch, queue, context);
            }
        }
    }

    /// Tells a consumer that its channel is closed; it will subscribe again.
    fn close_channel(&mut self, holder: Holder, context: &mut Ctx) {
        let connection = self.connection(holder.connection);
        if connection.epoch != holder.epoch {
            return;
        }
        let Some(channel) = &mut connection.channel else { return };
        channel.open = false;
        let closed = Event::from(ChannelClosed { epoch: holder.epoch });
        let peer = Peer { actor: connection.peer, instance: connection.instance, lane: &mut connection.lane };
        connection.link.carry(context, peer, closed);
        self.settle_turn(holder.connection);
    }
}

impl Handler<Ack> for Broker {
    type Result = ();

    fn handle(&mut self, ack: Ack, context: &mut Ctx) {
        if self.is_deaf_to(&ack) {
            return;
        }
        if let Some(ack) = self.agree_on(ack, context) {
            self.settle_acks(&[ack], context);
        }
    }
}

impl Handler<AckBatch> for Broker {
    type Result = ();

    fn handle(&mut self, batch: AckBatch, context: &mut Ctx) {
        let Some(first) = batch.0.first() else { return };
        if self.is_deaf_to(first) {
            return;
        }
        if let Some(batch) = self.agree_on(batch, context) {
            self.settle_acks(&batch.0, context);
        }
    }
}

impl Handler<Nack> for Broker {
    type Result = ();

    fn handle(&mut self, nack: Nack, context: &mut Ctx) {
        if self.is_deaf_to(&nack.delivery) {
            return;
        }
        if let Some(nack) = self.agree_on(nack, context) {
            self.nacked(nack, context);
        }
    }
}

impl Handler<AckTimeoutDue> for Broker {
    type Result = ();

    fn handle(&mut self, due: AckTimeoutDue, context: &mut Ctx) {
        let queue = QueueId(due.queue);
        self.served(queue).timeout_armed = false;
        if self.is_leaderless() {
            return;
        }
        while let Some((oldest, noticed_at)) = self.queue(queue).next_timeout() {
            if noticed_at > context.now() {
                break;
            }
            self.time_out(queue, oldest, context);
        }
        self.pump(queue, context);
    }
}

impl Handler<ConnectionLost> for Broker {
    type Result = ();

    fn handle(&mut self, lost: ConnectionLost, context: &mut Ctx) {
        self.connection_ended(lost.connection, lost.epoch, context);
    }
}

impl Handler<ConnectionCut> for Broker {
    type Result = ();

    fn handle(&mut self, cut: ConnectionCut, context: &mut Ctx) {
        let connection = self.connection(cut.connection);
        let ended = connection.epoch;
        self.connection_ended(cut.connection, ended, context);
        let connection = self.connection(cut.connection);
        if let Some(channel) = &mut connection.channel {
            channel.orphan(ended);
        }
        connection.epoch = cut.next;
        connection.lane = Lane::default();
    }
}
