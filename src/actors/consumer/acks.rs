//! When acks are sent: one by one, in batches, or when a lease broker can be reached again.

use crate::kernel::TimerId;
use crate::protocol::event::{Ack, AckBatch, Deliver, FlushAcks, Nack};
use crate::protocol::id::Attempt;
use crate::protocol::{Ctx, Fact};
use crate::scenario::model::{AckMode, LinkMessage, OnConnectionLoss};

use super::Consumer;

/// Acks that wait for a batch to fill, or for a connection.
#[derive(Debug, Default)]
pub(super) struct UnsentAcks {
    acks: Vec<Ack>,
    timer: Option<TimerId>,
}

impl UnsentAcks {
    /// Forgets them; a timer that still fires finds nothing.
    pub(super) fn clear(&mut self) {
        self.acks.clear();
    }

    pub(super) fn timer_fired(&mut self) {
        self.timer = None;
    }
}

impl Consumer {
    /// Acks `delivery`, now or with its batch.
    pub(super) fn ack(&mut self, delivery: &Deliver, context: &mut Ctx) {
        if self.puller.is_some() {
            return self.record_done(delivery, context);
        }
        let ack = self.ack_of(delivery);
        match self.plan.ack {
            AckMode::Batch { size, every } => {
                self.unsent.acks.push(ack);
                if self.unsent.acks.len() >= size as usize {
                    self.flush(context);
                } else if self.unsent.timer.is_none() {
                    let at = context.now() + every;
                    self.unsent.timer = Some(context.timer_at(at, FlushAcks.into()));
                }
            }
            _ if self.publisher.is_open() => self.send_ack(ack, delivery.attempt, context),
            // A lease outlives the connection it was granted on: the client acks when it is back.
            _ if self.plan.on_connection_loss == OnConnectionLoss::Wait => self.unsent.acks.push(ack),
            _ => {}
        }
    }

    /// Tells the broker that `delivery` was not handled.
    pub(super) fn nack(&mut self, delivery: &Deliver, is_rejected: bool, context: &mut Ctx) {
        if !self.publisher.is_open() {
            return;
        }
        let nack = Nack { delivery: self.ack_of(delivery), is_rejected };
        let (client, peer) = self.publisher.line();
        let luck = client.sites.luck(delivery.message, delivery.attempt.number());
        client.link.send(context, peer, LinkMessage::Nack, &luck, nack);
    }

    /// Sends what waits, if the connection can be used.
    pub(super) fn flush(&mut self, context: &mut Ctx) {
        if !self.publisher.is_open() {
            return;
        }
        if let Some(timer) = self.unsent.timer.take() {
            context.cancel(timer);
        }
        let epoch = self.publisher.epoch();
        let mut acks = std::mem::take(&mut self.unsent.acks);
        for ack in &mut acks {
            ack.epoch = epoch;
        }
        let Some(first) = acks.first().copied() else { return };
        let count = u32::try_from(acks.len()).expect("fewer than 2^32 acks in a batch");
        context.emit(Fact::AcksSent { count });
        let (client, peer) = self.publisher.line();
        // The batch travels as one message and shares the luck of its first ack.
        let luck = client.sites.luck(first.message, first.attempt.number());
        client.link.send(context, peer, LinkMessage::Ack, &luck, AckBatch(acks.into_boxed_slice()));
    }

    /// Sends one ack under the luck of the try that it answers.
    fn send_ack(&mut self, ack: Ack, tried: Attempt, context: &mut Ctx) {
        context.emit(Fact::AcksSent { count: 1 });
        let (client, peer) = self.publisher.line();
        let luck = || client.sites.luck(ack.message, tried.number());
        client.link.send_under(context, peer, LinkMessage::Ack, luck, ack);
    }

    pub(super) fn ack_of(&self, delivery: &Deliver) -> Ack {
        Ack {
            message: delivery.message,
            copy: delivery.copy,
            connection: self.publisher.connection(),
            attempt: delivery.attempt.as_sent(),
            epoch: self.publisher.epoch(),
        }
    }
}
