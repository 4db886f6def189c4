//! Polls: when to ask for records, and what to do with the answer.

use actix::Handler;

use crate::protocol::event::{Fetch, PollDue, PollTimedOut, Records, RequestTimedOut, Seek, SentRecord};
use crate::protocol::fact::Stage as DeliveryStage;
use crate::protocol::{Ctx, Fact};
use crate::scenario::model::{AckMode, LinkMessage};

use super::super::feed::Job;
use super::super::{Consumer, Received};
use super::{Puller, REQUEST_TIMEOUT, delivery_of};

impl Consumer {
    /// Starts handlers for what was polled; polls when everything is handled.
    pub(in super::super) fn pump_log(&mut self, context: &mut Ctx) {
        while self.receiving() < self.plan.concurrency
            && let Some(received) = self.puller.as_mut().and_then(|puller| puller.take_next(self.plan.ack))
        {
            self.start(Job::Delivery(received.delivery), received.at, context);
            if context.is_interrupted() {
                return;
            }
        }
        let is_through = self.puller.as_ref().is_some_and(|puller| puller.is_through());
        if is_through && self.receiving() == 0 && self.publisher.is_open() {
            self.poll(context);
        }
    }

    fn poll(&mut self, context: &mut Ctx) {
        self.take_part(context);
        self.commit_at_poll(context);
        let now = context.now();
        let Some(puller) = &mut self.puller else { return };
        if puller.held.is_empty() || puller.is_waiting || puller.is_out {
            return;
        }
        let due = puller.polled_at.map_or(now, |at| at + puller.plan.poll_every);
        if due > now {
            if puller.timers.poll.is_none() {
                puller.timers.poll = Some(context.timer_at(due, PollDue.into()));
            }
            return;
        }
        puller.polled_at = Some(now);
        self.fetch(context);
    }

    /// Asks for records, the first time or again.
    pub(super) fn fetch(&mut self, context: &mut Ctx) {
        let (connection, epoch) = (self.publisher.connection(), self.publisher.epoch());
        let Some(puller) = &mut self.puller else { return };
        if let Some(gap) = puller.timers.gap.take() {
            context.cancel(gap);
        }
        puller.polls += 1;
        puller.is_waiting = true;
        let seeks = (!puller.seeks.is_empty()).then(|| Box::new(puller.seeks.clone()));
        let (incarnation, number, answered) = (puller.incarnation, puller.polls, puller.answered);
        self.request(
            Fetch { connection, epoch, incarnation, number, answered, seeks },
            LinkMessage::Request,
            context,
        );
        self.await_answer(context);
    }

    /// Lets a request be repeated that is not answered in time.
    pub(super) fn await_answer(&mut self, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        if let Some(timer) = puller.timers.request.take() {
            context.cancel(timer);
        }
        let at = context.now() + REQUEST_TIMEOUT;
        puller.timers.request = Some(context.timer_at(at, RequestTimedOut.into()));
    }

    /// A batch that never reached this instance.
    pub fn miss_batch(&self, context: &mut Ctx, records: &[SentRecord]) {
        for record in records {
            self.miss(context, &delivery_of(record, self.publisher.epoch()));
        }
    }

    pub(super) fn discard(&self, dropped: Vec<Received>, context: &mut Ctx) {
        for received in dropped {
            context.emit(Fact::Discarded { consumer: self.plan.id() });
            self.end_delivery(context, &received.delivery, DeliveryStage::Waiting);
        }
    }

    pub(super) fn drop_buffers(&mut self, context: &mut Ctx) {
        let dropped = self.puller.as_mut().map_or_else(Vec::new, |puller| puller.drop_buffers());
        self.discard(dropped, context);
    }

    /// It died: what it had polled and what it knew of its group are gone.
    pub(in super::super) fn lose_memory(&mut self, context: &mut Ctx) {
        self.drop_buffers(context);
        if let Some(puller) = &mut self.puller {
            puller.forget();
        }
    }

    /// A failed record is to come again, with those behind it; the partition goes on there.
    pub(super) fn seek_back(&mut self, at: usize, not_before: crate::quantity::Time, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        let held = &mut puller.held[at];
        let Some(offset) = held.running else { return };
        held.next = offset;
        held.begins_at = offset;
        let dropped = held.buffer.drain(..).map(|(_, received)| received).collect();
        puller.seeks.push(Seek { partition: held.partition, since: held.since, offset, not_before });
        self.discard(dropped, context);
    }
}

impl Puller {
    pub(super) fn stop_timers(&mut self, context: &mut Ctx) {
        let super::Timers { request, gap, commit, poll, beat } = std::mem::take(&mut self.timers);
        [request, gap, commit, poll, beat].into_iter().flatten().for_each(|timer| context.cancel(timer));
    }
}

impl Handler<Records> for Consumer {
    type Result = ();

    fn handle(&mut self, Records(batch): Records, context: &mut Ctx) {
        let (now, epoch) = (context.now(), self.publisher.epoch());
        let Some(puller) = &mut self.puller else { return };
        let is_awaited = puller.is_waiting
            && batch.epoch == epoch
            && (batch.incarnation, batch.number) == (puller.incarnation, puller.polls);
        if !is_awaited {
            return self.miss_batch(context, &batch.records);
        }
        puller.is_waiting = false;
        puller.answered = batch.number;
        puller.seeks.clear();
        if let Some(timer) = puller.timers.request.take() {
            context.cancel(timer);
        }
        let gap = PollTimedOut { number: puller.polls };
        puller.timers.gap = Some(context.timer_at(now + puller.plan.poll_timeout, gap.into()));
        for record in &batch.records {
            let is_accepted = self.puller.as_mut().is_some_and(|puller| puller.accept(record, epoch, now));
            if is_accepted {
                context.emit(Fact::Received { consumer: self.plan.id() });
            } else {
                self.miss(context, &delivery_of(record, epoch));
            }
        }
        if self.plan.ack == AckMode::BeforeHandling {
            self.commit_before_handling(context);
        }
        self.pump(context);
    }
}

impl Handler<PollDue> for Consumer {
    type Result = ();

    fn handle(&mut self, _: PollDue, context: &mut Ctx) {
        if let Some(puller) = &mut self.puller {
            puller.timers.poll = None;
        }
        self.pump(context);
    }
}

impl Handler<RequestTimedOut> for Consumer {
    type Result = ();

    /// Model: a poll that finds nothing waits at the broker until the request times out, and is repeated.
    fn handle(&mut self, _: RequestTimedOut, context: &mut Ctx) {
        let Some(puller) = &mut self.puller else { return };
        puller.timers.request = None;
        if !self.publisher.is_open() {
            return;
        }
        puller.held.iter_mut().for_each(|held| held.sent = held.confirmed);
        let is_waiting = puller.is_waiting;
        if self.plan.ack == AckMode::BeforeHandling {
            self.commit_before_handling(context);
        } else if self.plan.ack != AckMode::OnDelivery {
            self.commit_all(context);
        }
        if is_waiting {
            self.fetch(context);
        }
    }
}
