//! Being a member of a group: heartbeats, grants of partitions, being put out, joining again.

use actix::Handler;

use crate::protocol::event::{Assigned, Assignment, BeatDue, Heartbeat, Leave, PollTimedOut};
use crate::protocol::{Ctx, Twin};
use crate::scenario::model::{AckMode, LinkMessage};

use super::super::Consumer;
use super::{Held, Puller};

impl Consumer {
    /// Says that it is alive, and goes on saying so.
    pub(in super::super) fn beat(&mut self, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        if let Some(timer) = puller.timers.beat.take() {
            context.cancel(timer);
        }
        let next = context.now() + puller.plan.heartbeat_every;
        puller.timers.beat = Some(context.timer_at(next, BeatDue.into()));
        let (incarnation, applied) = (puller.incarnation, puller.applied);
        if puller.is_out || !self.publisher.is_open() {
            return;
        }
        let (connection, epoch) = (self.publisher.connection(), self.publisher.epoch());
        self.request(Heartbeat { connection, epoch, incarnation, applied }, LinkMessage::Request, context);
    }

    /// Sends a request whose luck is its number's.
    pub(super) fn request(&mut self, message: impl Twin, what: LinkMessage, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        puller.requests = puller.requests.wrapping_add(1);
        let (key, number) = (puller.plan.luck_key, puller.requests);
        let key = key.wrapping_add(u64::from(self.publisher.instance()));
        let (client, peer) = self.publisher.line();
        let luck = client.sites.luck_of(key, number);
        client.link.send(context, peer, what, &luck, message);
    }

    /// Between two polls: joins again if it is out, and carries out the latest grant.
    pub(super) fn take_part(&mut self, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        if puller.is_out {
            puller.stop_timers(context);
            puller.forget();
            return self.beat(context);
        }
        let Some(assignment) = puller.told.take() else { return };
        if !matches!(self.plan.ack, AckMode::BeforeHandling | AckMode::OnDelivery) {
            self.commit_all(context);
        }
        if let Some(puller) = &mut self.puller {
            puller.carry_out(*assignment);
        }
        self.beat(context);
    }

    /// It is no member any more, and drops what waits: somebody else handles that.
    pub(super) fn is_put_out(&mut self, context: &mut Ctx) {
        if let Some(puller) = &mut self.puller {
            puller.is_out = true;
        }
        self.drop_buffers(context);
        self.pump(context);
    }

    /// The broker can be reached again: whatever was under way has to be said again.
    pub(in super::super) fn reconnected(&mut self, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        puller.held.iter_mut().for_each(|held| held.sent = held.confirmed);
        let is_waiting = std::mem::take(&mut puller.is_waiting);
        self.beat(context);
        if self.plan.ack == AckMode::BeforeHandling {
            self.commit_before_handling(context);
        } else if is_waiting {
            self.fetch(context);
        }
        self.pump(context);
    }
}

impl Puller {
    fn carry_out(&mut self, assignment: Assignment) {
        self.applied = assignment.grant;
        let mut kept = Vec::with_capacity(assignment.partitions.len());
        for (partition, since) in assignment.partitions {
            let held = self.held.iter().position(|held| held.partition == partition && held.since == since);
            kept.push(held.map_or_else(|| Held::new(partition, since), |at| self.held.swap_remove(at)));
        }
        self.held = kept;
        self.seeks.retain(|seek| self.held.iter().any(|held| held.partition == seek.partition));
    }
}

impl Handler<BeatDue> for Consumer {
    type Result = ();

    fn handle(&mut self, _: BeatDue, context: &mut Ctx) {
        if let Some(puller) = &mut self.puller {
            puller.timers.beat = None;
        }
        self.beat(context);
    }
}

impl Handler<Assigned> for Consumer {
    type Result = ();

    /// It is carried out before the next poll, so at once if a poll waits. Who reads that it was put out
    /// goes on with what it has, until it polls or a commit fails.
    fn handle(&mut self, Assigned(assignment): Assigned, context: &mut Ctx) {
        let epoch = self.publisher.epoch();
        let Some(puller) = &mut self.puller else { return };
        if assignment.epoch != epoch || assignment.incarnation != puller.incarnation {
            return;
        }
        if assignment.grant == 0 {
            puller.is_out = true;
        } else if assignment.grant > puller.applied {
            puller.told = Some(assignment);
        }
        self.pump(context);
    }
}

impl Handler<PollTimedOut> for Consumer {
    type Result = ();

    /// It took too long between two polls: its client says goodbye (Kafka: `max.poll.interval.ms`), and it
    /// joins again when it polls at last.
    fn handle(&mut self, due: PollTimedOut, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        puller.timers.gap = None;
        if puller.is_waiting || puller.is_out || puller.polls != due.number {
            return;
        }
        puller.is_out = true;
        let incarnation = puller.incarnation;
        let (connection, epoch) = (self.publisher.connection(), self.publisher.epoch());
        if self.publisher.is_open() {
            self.request(Leave { connection, epoch, incarnation }, LinkMessage::Request, context);
        }
    }
}
