//! Commits: when what is done is said to be done, and what a refusal means.

use actix::Handler;

use crate::protocol::event::{Commit, Committed, Deliver, FlushAcks, Skip, Verdict};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Time;
use crate::scenario::model::{AckMode, LinkMessage, OnError};

use super::super::Consumer;

impl Consumer {
    /// A record was handled.
    pub(in super::super) fn record_done(&mut self, delivery: &Deliver, context: &mut Ctx) {
        let at = delivery.copy.0 as usize;
        self.pass(at, delivery);
        match self.plan.ack {
            AckMode::AfterHandling => self.commit(at, context),
            AckMode::Batch { size, every } => {
                let Some(puller) = &mut self.puller else { return };
                puller.uncommitted += 1;
                if puller.uncommitted >= size {
                    self.commit_all(context);
                } else if puller.timers.commit.is_none() {
                    puller.timers.commit = Some(context.timer_at(context.now() + every, FlushAcks.into()));
                }
            }
            AckMode::Every(_) | AckMode::BeforeHandling | AckMode::OnDelivery => {}
        }
    }

    /// A record's handler returned an error.
    pub(in super::super) fn record_failed(&mut self, delivery: &Deliver, policy: OnError, context: &mut Ctx) {
        let at = delivery.copy.0 as usize;
        match policy {
            OnError::Requeue => self.seek_back(at, Time::ZERO, context),
            OnError::RequeueAfter(span) => self.seek_back(at, context.now() + span, context),
            OnError::Reject => {
                self.leave_out(at, delivery, context);
                self.pass(at, delivery);
            }
            OnError::NoAnswer => self.pass(at, delivery),
        }
    }

    /// Everything up to the record in its handler is done, as far as the next commit is concerned.
    fn pass(&mut self, at: usize, delivery: &Deliver) {
        let Some(puller) = &mut self.puller else { return };
        let held = &mut puller.held[at];
        if let Some(offset) = held.running {
            held.done = offset + 1;
            held.latest = Some((delivery.message, delivery.attempt));
        }
    }

    fn leave_out(&mut self, at: usize, delivery: &Deliver, context: &mut Ctx) {
        let Some(offset) = self.puller.as_ref().and_then(|puller| puller.held[at].running) else { return };
        if let Some(record) = self.publisher.is_open().then(|| self.commit_of(at, offset)).flatten() {
            let (client, peer) = self.publisher.line();
            let luck = client.sites.luck(delivery.message, delivery.attempt.number());
            client.link.send(context, peer, LinkMessage::Nack, &luck, Skip { record });
        }
    }

    /// At a poll: what the mode says, and what a failed record left behind.
    pub(super) fn commit_at_poll(&mut self, context: &mut Ctx) {
        match self.plan.ack {
            AckMode::Every(every) => {
                let Some(puller) = &mut self.puller else { return };
                let due = puller.committed_at + every;
                if due <= context.now() {
                    puller.committed_at = context.now();
                    self.commit_all(context);
                } else if puller.timers.commit.is_none() && puller.held.iter().any(|h| h.done > h.sent) {
                    puller.timers.commit = Some(context.timer_at(due, FlushAcks.into()));
                }
            }
            AckMode::AfterHandling => self.commit_all(context),
            AckMode::Batch { .. } | AckMode::BeforeHandling | AckMode::OnDelivery => {}
        }
    }

    /// Commits what was polled, to be handled when that is known to stand.
    pub(super) fn commit_before_handling(&mut self, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        for held in &mut puller.held {
            if let Some((offset, received)) = held.buffer.back() {
                held.done = offset + 1;
                held.latest = Some((received.delivery.message, received.delivery.attempt));
            }
        }
        if puller.held.iter().any(|held| held.done > held.sent) {
            self.commit_all(context);
            self.await_answer(context);
        }
    }

    /// Commits every partition in which there is news.
    ///
    /// Model: each partition's commit travels as a message of its own.
    pub(super) fn commit_all(&mut self, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        puller.uncommitted = 0;
        if let Some(timer) = puller.timers.commit.take() {
            context.cancel(timer);
        }
        for at in 0..puller.held.len() {
            self.commit(at, context);
        }
    }

    fn commit(&mut self, at: usize, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        let held = &mut puller.held[at];
        if held.done <= held.sent || !self.publisher.is_open() {
            return;
        }
        held.sent = held.done;
        let (offset, latest) = (held.done, held.latest.take());
        let Some(commit) = self.commit_of(at, offset) else { return };
        context.emit(Fact::AcksSent { count: 1 });
        // The first time it has the luck of its record, so that variants lose the same ones.
        let Some((message, attempt)) = latest else { return self.request(commit, LinkMessage::Ack, context) };
        let (client, peer) = self.publisher.line();
        let luck = client.sites.luck(message, attempt.number());
        client.link.send(context, peer, LinkMessage::Ack, &luck, commit);
    }

    fn commit_of(&self, at: usize, offset: u64) -> Option<Commit> {
        let puller = self.puller.as_ref()?;
        Some(Commit {
            connection: self.publisher.connection(),
            epoch: self.publisher.epoch(),
            incarnation: puller.incarnation,
            partition: puller.held[at].partition,
            grant: puller.applied,
            offset,
        })
    }

    /// The wait before a commit is over. Automatic commits happen in a poll, so not while records are
    /// handled; the next poll finds that they are due.
    pub(in super::super) fn commit_due(&mut self, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        puller.timers.commit = None;
        if matches!(self.plan.ack, AckMode::Every(_)) {
            if puller.is_through() && self.receiving() == 0 {
                self.commit_at_poll(context);
            }
        } else {
            self.commit_all(context);
        }
    }
}

impl Handler<Committed> for Consumer {
    type Result = ();

    fn handle(&mut self, committed: Committed, context: &mut Ctx) {
        let Committed { offset, partition, grant, epoch, incarnation, verdict } = committed;
        let present = self.publisher.epoch();
        let Some(puller) = &mut self.puller else { return };
        if (epoch, incarnation) != (present, puller.incarnation) {
            return;
        }
        let is_present = grant == puller.applied;
        let place = puller.held.iter_mut().find(|held| held.partition == partition && held.since <= grant);
        match (verdict, place) {
            (Verdict::Accepted, Some(held)) => {
                held.confirmed = held.confirmed.max(offset);
                self.stop_waiting(context);
            }
            // Somebody else has it: what waits of it is not this member's any more.
            (Verdict::Stale, Some(held)) if is_present => {
                let dropped = held.buffer.drain(..).map(|(_, received)| received).collect();
                self.discard(dropped, context);
            }
            (Verdict::Unknown, _) => return self.is_put_out(context),
            _ => return,
        }
        self.pump(context);
    }
}

impl Consumer {
    /// Nothing that was committed before handling is still unknown: the request is answered.
    fn stop_waiting(&mut self, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        let is_known = puller.held.iter().all(|held| held.confirmed >= held.sent);
        if self.plan.ack == AckMode::BeforeHandling
            && is_known
            && !puller.is_waiting
            && let Some(timer) = puller.timers.request.take()
        {
            context.cancel(timer);
        }
    }
}
