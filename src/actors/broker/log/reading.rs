//! Polls, commits and skips: what the members of a group ask of a log.

use actix::Handler;

use crate::actors::link::{Peer, Sent};
use crate::protocol::event::{
    Batch, Commit, Committed, Fetch, Records, RestOver, Seek, SentRecord, Skip, Verdict,
};
use crate::protocol::fact::{Stage, Timeliness};
use crate::protocol::id::{ConnectionId, Epoch, QueueId};
use crate::protocol::{Ctx, Fact};
use crate::scenario::model::LinkMessage;

use super::super::Broker;
use super::super::channel::Settling;
use super::super::copy::{Copy, DeathReason};
use super::coordinator::MemberId;
use super::group::Outgoing;
use super::{Log, small};

impl Broker {
    /// Whether a request on this opening of a connection is heard at all.
    pub(super) fn can_hear(&self, connection: ConnectionId, epoch: Epoch) -> bool {
        !self.outage.holds() && !self.is_leaderless() && !self.is_stale(connection, epoch)
    }

    /// The log and the group that a connection reads.
    pub(super) fn read_by(&self, connection: ConnectionId) -> Option<(QueueId, usize)> {
        let reads = self.connections[connection.0 as usize].reads.as_ref()?;
        Some((reads.queue, usize::from(reads.group)))
    }

    /// Sends a member what there is for it, if it waits.
    pub(super) fn answer_poll(&mut self, queue: QueueId, group: usize, id: MemberId, context: &mut Ctx) {
        if self.outage.holds() || self.is_leaderless() {
            return;
        }
        let Some(log) = self.logs[usize::from(queue.0)].as_deref_mut() else { return };
        let connection = &self.connections[id.connection.0 as usize];
        let Some(reads) = &connection.reads else { return };
        // A poll that rode on an opening that is over is answered by nobody; the client polls again.
        if connection.is_severed || log.groups[group].waits_on(id) != Some(connection.epoch) {
            return;
        }
        let (most, settling) = (reads.max_records, reads.settling);
        let collected = log.groups[group].collect(context.now(), id, most, &log.partitions);
        let Some((number, outgoing)) = collected else { return };
        let records: Vec<SentRecord> =
            outgoing.iter().map(|one| log.dispatch(group, one, settling, context)).collect();
        self.send_batch(group, id, number, records, context);
    }

    /// Model: a batch travels as one message and shares the luck of its first record.
    fn send_batch(
        &mut self,
        group: usize,
        id: MemberId,
        number: u32,
        records: Vec<SentRecord>,
        context: &mut Ctx,
    ) {
        let first = records[0];
        let messages: Vec<_> = records.iter().map(|record| record.message).collect();
        let luck = self.sites.luck(first.message, first.attempt.number());
        let connection = &mut self.connections[id.connection.0 as usize];
        let peer = Peer { actor: connection.peer, instance: connection.instance, lane: &mut connection.lane };
        let batch = Batch { epoch: connection.epoch, incarnation: id.incarnation, number, records };
        let sent =
            connection.link.send(context, peer, LinkMessage::Delivery, &luck, Records(Box::new(batch)));
        let Some(queue) = self.read_by(id.connection).map(|(queue, _)| queue) else { return };
        let Some(log) = self.log(queue) else { return };
        let group = log.groups[group].id;
        for message in messages {
            match sent {
                Sent::OnItsWay => return,
                Sent::Twice => context.emit(Fact::DeliveryDoubled { message, group }),
                Sent::Lost => context.emit(Fact::DeliveryEnded { message, group, stage: Stage::Waiting }),
            }
        }
    }

    /// A failed record and those behind it are to be sent again; one that was sent too often is left out.
    fn seek(&mut self, queue: QueueId, group: usize, id: MemberId, seek: Seek, context: &mut Ctx) {
        let now = context.now();
        let Some(log) = self.log(queue) else { return };
        let most = log.max_deliveries;
        let reader = &mut log.groups[group];
        if !reader.holds(id, seek.partition, seek.since) {
            return;
        }
        let offsets = &mut reader.offsets[seek.partition as usize];
        if !offsets.rewind(now, seek.offset) {
            return;
        }
        context.emit(Fact::NackReceived);
        let is_exhausted = most.is_some_and(|most| offsets.deliveries(seek.offset) >= most);
        if is_exhausted {
            self.leave_out(queue, group, seek.partition, seek.offset, DeathReason::DeliveryLimit, context);
        } else if seek.not_before > now {
            offsets.rest(seek.not_before);
            context.remind_at(seek.not_before, RestOver { queue: queue.0, group: small(group) });
        }
    }

    /// A record is not to be handled any more by a group: dead-lettered or gone.
    fn leave_out(
        &mut self,
        queue: QueueId,
        group: usize,
        partition: u32,
        offset: u64,
        reason: DeathReason,
        context: &mut Ctx,
    ) {
        let Some(log) = self.log(queue) else { return };
        let at = partition as usize;
        let Some(record) = log.partitions[at].get(offset).copied() else { return };
        let reader = &mut log.groups[group];
        let number = reader.offsets[at].deliveries(offset);
        if !reader.offsets[at].end(offset) {
            return;
        }
        let mut copy = Copy::new(record.message, record.key, 0);
        copy.attempt = record.attempt.nth_delivery(number);
        let id = reader.id;
        self.bury_for(queue, id, copy, reason, context);
    }

    fn commit(&mut self, commit: Commit, context: &mut Ctx) {
        let Commit { connection, incarnation, partition, grant, offset, .. } = commit;
        let Some((queue, group)) = self.read_by(connection) else { return };
        let Some(log) = self.log(queue) else { return };
        let Log { partitions, groups, .. } = log;
        let reader = &mut groups[group];
        let verdict = reader.coordinator.verdict(MemberId { connection, incarnation }, partition, grant);
        let is_accepted = verdict == Verdict::Accepted;
        let timeliness = if is_accepted { Timeliness::InTime } else { Timeliness::Late };
        context.emit(Fact::AckReceived { timeliness });
        if is_accepted {
            let stored = &partitions[partition as usize];
            let done = reader.offsets[partition as usize].commit(offset.min(stored.end()));
            reader.end_all(stored, &done, reader.done(), context);
            self.report_log(queue, context);
        }
        self.reply(commit, verdict, context);
    }

    fn reply(&mut self, commit: Commit, verdict: Verdict, context: &mut Ctx) {
        let Commit { connection, incarnation, partition, grant, offset, .. } = commit;
        let connection = &mut self.connections[connection.0 as usize];
        let Some(reads) = &mut connection.reads else { return };
        reads.told = reads.told.wrapping_add(1);
        let luck = self.sites.luck_of(reads.luck_key, reads.told);
        let peer = Peer { actor: connection.peer, instance: connection.instance, lane: &mut connection.lane };
        let epoch = connection.epoch;
        let committed = Committed { offset, partition, grant, epoch, incarnation, verdict };
        connection.link.send(context, peer, LinkMessage::Reply, &luck, committed);
    }

    fn skip(&mut self, skip: Skip, context: &mut Ctx) {
        let Commit { connection, incarnation, partition, grant, offset, .. } = skip.record;
        let Some((queue, group)) = self.read_by(connection) else { return };
        context.emit(Fact::NackReceived);
        let Some(log) = self.log(queue) else { return };
        let id = MemberId { connection, incarnation };
        if log.groups[group].coordinator.verdict(id, partition, grant) == Verdict::Accepted {
            self.leave_out(queue, group, partition, offset, DeathReason::Rejected, context);
            self.report_log(queue, context);
        }
    }
}

impl Log {
    /// Reports a record as delivered, and makes what travels of it.
    fn dispatch(
        &mut self,
        group: usize,
        one: &Outgoing,
        settling: Settling,
        context: &mut Ctx,
    ) -> SentRecord {
        let Outgoing { granted, sending } = *one;
        let at = granted.partition as usize;
        let record = *self.partitions[at].get(sending.offset).expect("what is sent is stored");
        let reader = &mut self.groups[group];
        context.emit(Fact::Delivered {
            message: record.message,
            group: reader.id,
            enqueued_at: sending.returned_at.unwrap_or(record.stored_at),
            number: sending.number,
            occasion: sending.occasion,
        });
        if settling == Settling::OnDelivery {
            let done = reader.offsets[at].commit(sending.offset + 1);
            reader.end_all(&self.partitions[at], &done, reader.done(), context);
        }
        SentRecord {
            message: record.message,
            key: record.key,
            attempt: record.attempt.nth_delivery(sending.number),
            partition: granted.partition,
            since: granted.since,
            offset: sending.offset,
        }
    }
}

impl Handler<Fetch> for Broker {
    type Result = ();

    fn handle(&mut self, fetch: Fetch, context: &mut Ctx) {
        let Fetch { connection, epoch, incarnation, number, answered, seeks } = fetch;
        // Model: a poll that an outage refuses is repeated until it is taken, so it may as well wait here.
        if self.is_stale(connection, epoch) || self.outage.hangs() {
            return;
        }
        let Some((queue, group)) = self.read_by(connection) else { return };
        let Some(log) = self.log(queue) else { return };
        let id = MemberId { connection, incarnation };
        let reader = &mut log.groups[group];
        if !reader.coordinator.knows(id) || !reader.asks(context.now(), id, number, answered, epoch) {
            return;
        }
        for seek in seeks.into_iter().flat_map(|seeks| *seeks) {
            self.seek(queue, group, id, seek, context);
        }
        self.answer_poll(queue, group, id, context);
        self.report_log(queue, context);
    }
}

impl Handler<Commit> for Broker {
    type Result = ();

    fn handle(&mut self, commit: Commit, context: &mut Ctx) {
        if self.can_hear(commit.connection, commit.epoch) {
            self.commit(commit, context);
        }
    }
}

impl Handler<Skip> for Broker {
    type Result = ();

    fn handle(&mut self, skip: Skip, context: &mut Ctx) {
        if self.can_hear(skip.record.connection, skip.record.epoch) {
            self.skip(skip, context);
        }
    }
}

impl Handler<RestOver> for Broker {
    type Result = ();

    fn handle(&mut self, due: RestOver, context: &mut Ctx) {
        let queue = QueueId(due.queue);
        self.answer_polls(queue, usize::from(due.group), context);
        self.report_log(queue, context);
    }
}
