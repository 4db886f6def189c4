//! Heartbeats, sessions and rebalances: the broker carries out what a group's coordinator decides.

use actix::Handler;

use crate::actors::link::Peer;
use crate::protocol::Ctx;
use crate::protocol::event::{Assigned, Assignment, Heartbeat, Leave, SessionsDue};
use crate::protocol::id::QueueId;
use crate::quantity::Time;
use crate::scenario::model::LinkMessage;

use super::super::Broker;
use super::coordinator::{MemberId, Notice};
use super::small;

impl Broker {
    /// Lets the offsets follow their owners, tells members what they have to know, and sends records to
    /// those who may have them now.
    pub(super) fn carry_out_notices(
        &mut self,
        queue: QueueId,
        group: usize,
        notices: Vec<Notice>,
        context: &mut Ctx,
    ) {
        let Some(log) = self.log(queue) else { return };
        log.groups[group].follow_owners(context.now());
        for notice in notices {
            self.tell(queue, group, notice, context);
        }
        self.arm_sessions(queue, group, context);
    }

    fn tell(&mut self, queue: QueueId, group: usize, notice: Notice, context: &mut Ctx) {
        let Some(log) = self.log(queue) else { return };
        let (id, grant, partitions) = match notice {
            Notice::Grant(id) => {
                let Some((grant, listed)) = log.groups[group].coordinator.grant_of(id) else { return };
                let listed = listed.iter().map(|granted| (granted.partition, granted.since)).collect();
                (id, grant, listed)
            }
            Notice::Unknown(id) => (id, 0, Vec::new()),
        };
        let connection = &mut self.connections[id.connection.0 as usize];
        let Some(reads) = connection.reads.as_mut().filter(|_| !connection.is_severed) else { return };
        reads.told = reads.told.wrapping_add(1);
        let luck = self.sites.luck_of(reads.luck_key, reads.told);
        let peer = Peer { actor: connection.peer, instance: connection.instance, lane: &mut connection.lane };
        let assignment =
            Assignment { epoch: connection.epoch, incarnation: id.incarnation, grant, partitions };
        connection.link.send(context, peer, LinkMessage::Reply, &luck, Assigned(Box::new(assignment)));
    }

    /// Sends whatever there is to every member that waits.
    pub(super) fn answer_polls(&mut self, queue: QueueId, group: usize, context: &mut Ctx) {
        let Some(log) = self.log(queue) else { return };
        for id in log.groups[group].waiting() {
            self.answer_poll(queue, group, id, context);
        }
    }

    pub(super) fn arm_sessions(&mut self, queue: QueueId, group: usize, context: &mut Ctx) {
        let Some(log) = self.log(queue) else { return };
        let reader = &mut log.groups[group];
        if let Some(deadline) = reader.coordinator.next_deadline()
            && deadline < reader.sessions_armed_at
        {
            reader.sessions_armed_at = deadline;
            context.remind_at(deadline, SessionsDue { queue: queue.0, group: small(group) });
        }
    }
}

impl Handler<Heartbeat> for Broker {
    type Result = ();

    fn handle(&mut self, beat: Heartbeat, context: &mut Ctx) {
        let Heartbeat { connection, epoch, incarnation, applied } = beat;
        if !self.can_hear(connection, epoch) {
            return;
        }
        let Some(reads) = &self.connections[connection.0 as usize].reads else { return };
        let (queue, group, patience) = (reads.queue, usize::from(reads.group), reads.patience);
        let Some(log) = self.log(queue) else { return };
        let id = MemberId { connection, incarnation };
        let notices = log.groups[group].coordinator.heard(context.now(), id, applied, patience);
        self.carry_out_notices(queue, group, notices, context);
        self.answer_poll(queue, group, id, context);
        self.report_log(queue, context);
    }
}

impl Handler<Leave> for Broker {
    type Result = ();

    fn handle(&mut self, leave: Leave, context: &mut Ctx) {
        let Leave { connection, epoch, incarnation } = leave;
        if !self.can_hear(connection, epoch) {
            return;
        }
        let Some((queue, group)) = self.read_by(connection) else { return };
        let Some(log) = self.log(queue) else { return };
        let id = MemberId { connection, incarnation };
        let notices = log.groups[group].coordinator.leave(context.now(), id);
        self.carry_out_notices(queue, group, notices, context);
        self.report_log(queue, context);
    }
}

impl Handler<SessionsDue> for Broker {
    type Result = ();

    fn handle(&mut self, due: SessionsDue, context: &mut Ctx) {
        let (queue, group) = (QueueId(due.queue), usize::from(due.group));
        let is_down = self.outage.holds() || self.is_leaderless();
        let Some(log) = self.log(queue) else { return };
        let now = context.now();
        if is_down {
            // Who cannot be heard is not silent.
            log.groups[group].coordinator.excuse(now);
        }
        if log.groups[group].sessions_armed_at <= now {
            log.groups[group].sessions_armed_at = Time::NEVER;
        }
        let notices = log.groups[group].coordinator.expire(now);
        self.carry_out_notices(queue, group, notices, context);
        self.report_log(queue, context);
    }
}
