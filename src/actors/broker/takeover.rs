//! The broker through the deaths of its nodes: who hears of it, what is lost, and what comes back.
//!
//! ```text
//!  the leader dies ─▶ its clients are cut off ─▶ (failover) ─▶ a node leads with the log up to its end
//!    ─▶ what is behind that is lost, acks behind it are undone ─▶ unacked copies return ─▶ clients may come
//! ```

use std::collections::BTreeSet;
use std::rc::Rc;

use actix::Handler;

use crate::actors::link::Peer;
use crate::protocol::event::{Ack, Event, PartitionBegan, PartitionEnded, Publish};
use crate::protocol::fact::CopyEnd;
use crate::protocol::id::{ConnectionId, Epoch, GroupId, MessageId, QueueId};
use crate::protocol::node::{
    BrokerBack, BrokerLost, DiskWrote, FailoverDue, Lsn, Medium, NodeBack, NodeDied, NodeStalls, Replicated,
    Reported,
};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Span;
use crate::scenario::model::CrashHow;

use super::Broker;
use super::answers::Taken;
use super::cluster::Contents;
use super::copy::{Copy, CopyState};
use super::dedup::ShownId;
use super::durability::{Durability, Turn};
use super::queue::Returned;

impl Broker {
    /// Whether no node leads.
    #[inline]
    pub(super) fn is_leaderless(&self) -> bool {
        self.durability.as_ref().is_some_and(|durability| !durability.cluster.is_led())
    }

    /// Gives an event back if it takes effect now. Under quorum replication it does so later, when a majority
    /// has it.
    #[inline]
    pub(super) fn agree_on<E: Into<Event>>(&mut self, event: E, context: &mut Ctx) -> Option<E> {
        match &mut self.durability {
            Some(durability) if durability.is_quorum() => {
                durability.hold_back(event.into(), context);
                None
            }
            _ => Some(event),
        }
    }

    /// Keeps a copy that is about to be stored; says whether its confirm has to wait.
    pub(super) fn keep(
        &mut self,
        queue: QueueId,
        copy: &mut Copy,
        publish: Publish,
        context: &mut Ctx,
    ) -> Taken {
        let medium = self.medium(queue, publish.message);
        let wants_confirm = self.sites.at(publish.site).wants_confirm;
        match &mut self.durability {
            Some(nodes) if wants_confirm => nodes.store(queue, copy, medium, publish, context),
            Some(nodes) => nodes.store_unconfirmed(copy, medium, context),
            None => Taken::Stored,
        }
    }

    /// Where copies of `message` in `queue` are kept.
    pub(super) fn medium(&self, queue: QueueId, message: MessageId) -> Medium {
        let is_durable = self.queues[usize::from(queue.0)].queue.config.durable;
        let is_kept = self.is_log(queue) || self.sites.of(message).message.persistent;
        if is_durable && is_kept { Medium::Disk } else { Medium::Memory }
    }

    /// Reports that an ack ended `copy`, perhaps only for now.
    #[inline]
    pub(super) fn end_acked(&mut self, queue: QueueId, copy: Copy, context: &mut Ctx) {
        let message = copy.message;
        let mut end = CopyEnd::Acked;
        if self.durability.is_some() {
            let medium = self.medium(queue, message);
            end = self.durability.as_mut().map_or(end, |nodes| nodes.settle(queue, copy, medium, context));
        }
        context.emit(Fact::CopyEnded { message, group: queue.into(), end });
    }

    /// Lets the nodes' own work go on, with all that follows from it.
    fn with_nodes(&mut self, context: &mut Ctx, work: impl FnOnce(&mut Durability, &mut Ctx)) {
        let durability = self.durability.as_mut().expect("nodes belong to a durable broker");
        work(durability, context);
        durability.follow(context);
        for turn in durability.take_turns() {
            match turn {
                Turn::Lost { how } => self.lose_leader(how, context),
                Turn::Leads { node, end, contents } => self.take_over(node, end, contents, context),
            }
        }
        self.release(context);
    }

    /// Does what had to wait until enough disks have it.
    fn release(&mut self, context: &mut Ctx) {
        while let Some(publish) = self.durability.as_mut().and_then(|durability| durability.next_confirm()) {
            self.hear(&publish, Taken::Stored, context);
        }
        while let Some((queue, copy)) = self.durability.as_mut().and_then(|nodes| nodes.next_standing()) {
            context.emit(Fact::AckStands { message: copy.message, group: queue.into() });
        }
        while let Some(event) = self.durability.as_mut().and_then(|durability| durability.next_agreed()) {
            self.take_effect(event, context);
        }
    }

    /// An event takes effect that a majority has.
    fn take_effect(&mut self, event: Event, context: &mut Ctx) {
        match event {
            Event::Publish(publish) => self.admit_publish(publish, context),
            Event::Ack(ack) => self.settle_acks(&[ack], context),
            Event::AckBatch(batch) => self.settle_acks(&batch.0, context),
            Event::Nack(nack) => self.nacked(nack, context),
            _ => unreachable!("nothing else is held back"),
        }
    }

    /// The leader is gone, and with it what only waited there.
    fn lose_leader(&mut self, how: CrashHow, context: &mut Ctx) {
        self.cut_everybody_off(context, |epoch| match how {
            CrashHow::Process => Some(BrokerLost { epoch }.into()),
            CrashHow::Machine => None,
        });
        self.forget_what_waits(context);
    }

    /// Every connection to the old leader is void.
    fn cut_everybody_off(&mut self, context: &mut Ctx, tell: impl Fn(Epoch) -> Option<Event>) {
        for id in self.connection_ids() {
            let connection = &mut self.connections[id.0 as usize];
            connection.is_severed = connection.is_kept;
            if let Some(channel) = &mut connection.channel {
                channel.open = false;
            }
            if let Some(event) = tell(connection.epoch) {
                let instance = connection.instance;
                let peer = Peer { actor: connection.peer, instance, lane: &mut connection.lane };
                connection.link.carry(context, peer, event);
            }
            self.settle_turn(id);
        }
    }

    fn forget_what_waits(&mut self, context: &mut Ctx) {
        for publish in self.answers.take() {
            if publish.is_redrive() {
                context.emit(Fact::RedriveEnded { message: publish.message });
            }
        }
        self.lose_held_back(context);
        if let Some(durability) = &mut self.durability {
            durability.forget_waiting();
        }
        for queue in self.queue_ids() {
            for publish in std::mem::take(&mut self.served(queue).blocked) {
                context.emit(Fact::AttemptLost { message: publish.message, queue });
            }
        }
    }

    /// A node leads: it has the log up to `end`.
    fn take_over(&mut self, node: u16, end: Lsn, contents: Contents, context: &mut Ctx) {
        self.cut_everybody_off(context, |_| None);
        self.forget_what_waits(context);
        self.go_on_from(end, context);
        self.roll_back(end, contents, context);
        self.return_everything(context);
        if let Some(durability) = &self.durability {
            durability.set_leader(node);
        }
        // Model: clients try often enough to find the new leader at once, one latency from now.
        for id in self.connection_ids() {
            let connection = &mut self.connections[id.0 as usize];
            let instance = connection.instance;
            let peer = Peer { actor: connection.peer, instance, lane: &mut connection.lane };
            connection.link.carry(context, peer, BrokerBack.into());
        }
        for queue in self.queue_ids() {
            self.pump(queue, context);
        }
    }

    /// What a new leader has of what was held back takes effect; the rest is lost.
    fn go_on_from(&mut self, end: Lsn, context: &mut Ctx) {
        let Some(durability) = &mut self.durability else { return };
        for (lsn, event) in durability.take_held_back() {
            match event {
                event if lsn <= end => self.take_effect(event, context),
                Event::Publish(publish) => context.emit(Fact::lost(&publish)),
                _ => {}
            }
        }
    }

    /// Undoes every change behind `end`, and what the new leader had only in memory.
    fn roll_back(&mut self, end: Lsn, contents: Contents, context: &mut Ctx) {
        if self.durability.as_ref().is_none_or(|durability| durability.is_quorum()) {
            return;
        }
        for queue in self.queue_ids() {
            self.roll_back_log(queue, end, contents, context);
            let sites = Rc::clone(&self.sites);
            let is_durable = self.queue(queue).config.durable;
            let is_lost = |copy: &Copy| {
                let is_kept = is_durable && sites.of(copy.message).message.persistent;
                copy.lsn > end || (contents == Contents::WhatIsOnDisk && !is_kept)
            };
            let mut lost = Vec::new();
            for id in self.queue(queue).unacked_ids() {
                let copy = self.queue(queue).copy(id);
                if is_lost(copy) {
                    let holder = copy.holder;
                    lost.push(self.settle(queue, id, holder));
                }
            }
            lost.extend(self.queue(queue).take_lost(is_lost));
            for copy in &lost {
                let (message, group) = (copy.message, GroupId::from(queue));
                if copy.state == CopyState::Kept {
                    context.emit(Fact::CopyUnkept { message, group });
                }
                context.emit(Fact::CopyEnded { message, group, end: CopyEnd::Lost });
            }
            self.forget_ids(queue, &lost);
        }
        self.undo_acks(end, contents, context);
    }

    /// Acks behind `end` never came; where the copy is still known, it is back.
    fn undo_acks(&mut self, end: Lsn, contents: Contents, context: &mut Ctx) {
        while let Some((queue, copy)) = self.durability.as_mut().and_then(|nodes| nodes.next_undone(end)) {
            let (message, group) = (copy.message, GroupId::from(queue));
            let is_kept = contents == Contents::Everything || self.medium(queue, message) == Medium::Disk;
            if copy.lsn > end || !is_kept {
                // Neither the copy nor its ack is known any more.
                context.emit(Fact::AckStands { message, group });
                self.forget_ids(queue, &[copy]);
                continue;
            }
            context.emit(Fact::AckUndone { message, group });
            let (id, returned) = self.queue(queue).restore(context.now(), copy);
            if returned == Returned::Exhausted {
                self.give_up(queue, id, context);
            }
        }
    }

    /// Ids of copies that were lost are new again.
    fn forget_ids(&mut self, queue: QueueId, lost: &[Copy]) {
        let sites = Rc::clone(&self.sites);
        let shown = |copy: &Copy| -> ShownId {
            let retries = if sites.of(copy.message).renews_id { copy.attempt.retries() } else { 0 };
            (copy.message, retries)
        };
        let ids: BTreeSet<ShownId> = lost.iter().map(shown).collect();
        self.queue(queue).forget(&ids);
    }

    /// Whatever was out with a consumer is back in line.
    fn return_everything(&mut self, context: &mut Ctx) {
        for queue in self.queue_ids() {
            for id in self.queue(queue).unacked_ids() {
                let holder = self.queue(queue).copy(id).holder;
                self.take_back(queue, id, holder, Span::ZERO, context);
            }
        }
        for id in self.connection_ids() {
            if let Some(channel) = &mut self.connection(id).channel {
                channel.forget_settled();
            }
        }
    }

    /// Answers a client that tried to open a connection to nobody.
    pub(super) fn refuse_to_open(&mut self, id: ConnectionId, epoch: Epoch, context: &mut Ctx) {
        let is_told = self.durability.as_ref().is_some_and(|nodes| nodes.death == CrashHow::Process);
        if is_told {
            let connection = &mut self.connections[id.0 as usize];
            let instance = connection.instance;
            let peer = Peer { actor: connection.peer, instance, lane: &mut connection.lane };
            connection.link.carry(context, peer, BrokerLost { epoch }.into());
        }
    }

    fn connection_ids(&self) -> impl Iterator<Item = ConnectionId> + use<> {
        (0..u32::try_from(self.connections.len()).expect("fewer than 2^32 connections")).map(ConnectionId)
    }

    fn queue_ids(&self) -> impl Iterator<Item = QueueId> + use<> {
        (0..u16::try_from(self.queues.len()).expect("at most 2^16 queues")).map(QueueId)
    }

    pub(super) fn settle_acks(&mut self, acks: &[Ack], context: &mut Ctx) {
        for ack in acks {
            self.acked(*ack, context);
        }
        if let Some(queue) = acks.first().and_then(|ack| self.queue_of(ack.connection)) {
            self.pump(queue, context);
        }
    }
}

/// Each message of the nodes does one thing to them.
macro_rules! nodes_hear {
    ($($message:ident => |$nodes:ident, $it:ident, $context:pat_param| $work:expr;)*) => {
        $(impl Handler<$message> for Broker {
            type Result = ();

            fn handle(&mut self, $it: $message, context: &mut Ctx) {
                self.with_nodes(context, |$nodes, $context| $work);
            }
        })*
    };
}

nodes_hear! {
    Replicated => |nodes, it, _| nodes.cluster.arrived(it.voyage, it.medium);
    Reported => |nodes, it, _| nodes.cluster.heard(it.voyage);
    DiskWrote => |nodes, it, context| nodes.wrote(it, context);
    FailoverDue => |nodes, it, _| nodes.cluster.failover_due(it.election);
    NodeDied => |nodes, it, _| nodes.cluster.died(it.node, it.how);
    NodeBack => |nodes, it, _| nodes.cluster.back(it.node);
    NodeStalls => |nodes, it, _| nodes.stall(it.node, it.until);
    PartitionBegan => |nodes, it, _| nodes.part(it.fault);
    PartitionEnded => |nodes, it, _| nodes.cluster.healed(it.fault.0);
}
