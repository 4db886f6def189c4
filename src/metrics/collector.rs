//! Facts folded as they come: the one listener of a run.
//!
//! Knows which statistic a fact belongs to; the statistics themselves are next door. Memory follows what
//! is under way, the number of components, and the number of windows, never the number of messages.

mod summing;

use crate::kernel::{Listener, Report};
use crate::protocol::fact::{CallSent, Ending, Stage, Told};
use crate::protocol::id::{GroupId, MessageId, QueueId, ServiceId};
use crate::protocol::{Fact, Origin};
use crate::quantity::{Span, Time};

use super::bookkeeping::{Bookkeeping, Groups};
use super::doing::Doings;
use super::histogram::Spans;
use super::level::Gauge;
use super::mser::{Cut, Observations};
use super::queue::{self, Burst, QueueMeter};
use super::series::{Windows, merge_last, merge_pairs};
use super::service::ServiceMeter;
use super::store::{StoreMeter, StoreScope};
use super::summary::{Operations, Summary, Verdict};

/// What there is to measure.
#[derive(Clone, Debug)]
pub struct Scope {
    /// What the ledger needs to know.
    pub groups: Groups,
    /// By group: its queue's name, or a name of its own where a log has several, and its busiest phase.
    pub queues: Vec<(String, Option<Burst>)>,
    /// By consumer: its name, its instances, and handlers at once in each.
    pub consumers: Vec<(String, u32, u64)>,
    /// By store.
    pub stores: Vec<StoreScope>,
    /// By service: its name, its instances, handlers at once in each, and its callers' busiest phase.
    pub services: Vec<(String, u32, u32, Option<Burst>)>,
    /// By fault: its name and how often it is due, where that is known.
    pub faults: Vec<(String, Option<u64>)>,
    /// How many sources of arrivals there are.
    pub sources: usize,
    /// Where statistics begin.
    pub warm_up_until: Time,
    /// Whether the run is to find where its warm-up ends.
    pub finds_warm_up: bool,
    /// How long arrivals come.
    pub run_for: Span,
}

/// Everything a run measures.
#[derive(Debug)]
pub struct Metrics {
    scope: Scope,
    book: Bookkeeping,
    operations: Operations,
    running_operations: u64,
    sources: usize,
    /// Commits of operations that are on their way to a store.
    doings: Doings,
    operation: Spans,
    operation_failed: Spans,
    confirm: Spans,
    queue_wait: Spans,
    buffer_wait: Spans,
    wait: Spans,
    handler: Spans,
    end_to_end: Spans,
    lock_wait: Spans,
    /// (message, group) pairs published since the warm-up; those of them with an effect.
    expected_since_cut: u64,
    effective_since_cut: u64,
    flows: Flows,
    queues: Vec<QueueMeter>,
    consumers: Vec<ConsumerMeter>,
    stores: Vec<StoreMeter>,
    services: Vec<ServiceMeter>,
    fired: Vec<u64>,
    /// Since when publishers wait for the broker's memory, and how long they did before.
    blocked_at: Option<Time>,
    blocked_for: Span,
    windows: Windows,
    /// `None`: nobody wants to know where the warm-up ends.
    observations: Option<Observations>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flows {
    offered: u64,
    accepted: u64,
    executed: u64,
    completed: u64,
}

#[derive(Clone, Debug)]
struct ConsumerMeter {
    running: Gauge,
    buffered: Gauge,
    /// Handlings that each instance began.
    handled: Vec<u64>,
}

/// What identifies a finished run.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// The scenario's name.
    pub scenario: String,
    /// Its seed.
    pub seed: u64,
    /// The kernel's fold of all events.
    pub trace_hash: u64,
    /// How many there were.
    pub events: u64,
    /// When it ended.
    pub ended_at: Time,
}

impl Metrics {
    /// Statistics of a run that has not begun.
    #[must_use]
    pub fn new(scope: Scope) -> Self {
        let cut = scope.warm_up_until;
        let consumer = |instances: u32| ConsumerMeter {
            running: Gauge::new(cut),
            buffered: Gauge::new(cut),
            handled: vec![0; instances as usize],
        };
        Self {
            book: Bookkeeping::new(scope.groups.clone()),
            operations: Operations::default(),
            running_operations: 0,
            sources: scope.sources,
            doings: Doings::default(),
            operation: Spans::new(),
            operation_failed: Spans::new(),
            confirm: Spans::new(),
            queue_wait: Spans::new(),
            buffer_wait: Spans::new(),
            wait: Spans::new(),
            handler: Spans::new(),
            end_to_end: Spans::new(),
            lock_wait: Spans::new(),
            expected_since_cut: 0,
            effective_since_cut: 0,
            flows: Flows::default(),
            queues: scope.queues.iter().map(|(_, burst)| QueueMeter::new(cut, *burst)).collect(),
            consumers: scope.consumers.iter().map(|(_, instances, _)| consumer(*instances)).collect(),
            stores: scope.stores.iter().map(|store| StoreMeter::new(store, cut)).collect(),
            services: scope
                .services
                .iter()
                .map(|(_, instances, _, burst)| ServiceMeter::new(cut, *instances, *burst))
                .collect(),
            fired: vec![0; scope.faults.len()],
            blocked_at: None,
            blocked_for: Span::ZERO,
            windows: Windows::new(scope.run_for),
            observations: scope.finds_warm_up.then(Observations::default),
            scope,
        }
    }

    /// Whether arrivals have ended and nothing is left that some actor will still do.
    #[must_use]
    pub const fn is_drained(&self) -> bool {
        self.sources == 0 && self.running_operations == 0 && self.doings.is_empty() && self.book.is_settled()
    }
}

impl Report for Fact {
    type Listener = Metrics;
}

impl Listener<Fact> for Metrics {
    #[inline]
    fn time_passes(&mut self, now: Time) {
        if now >= self.windows.edge {
            self.turn_windows(now);
        }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "each place reports one known fact, and this choice folds there"
    )]
    fn observe(&mut self, now: Time, fact: Fact) {
        match fact {
            Fact::OperationStarted { .. } | Fact::OperationEnded { .. } | Fact::ArrivalsEnded => {
                self.observe_operation(now, fact);
            }
            Fact::Published { message, key, is_awaited } => {
                let groups = self.book.published(message, key, now, is_awaited);
                self.expected_since_cut += if self.counts(now) { groups } else { 0 };
                self.flows.offered += u64::from(self.counts(now));
            }
            Fact::Republished { message } => self.book.republished(message),
            Fact::PublishLost { message } => self.book.attempt_ended(message),
            Fact::Unroutable { message, returned } => self.book.unroutable(message, returned),
            Fact::Settled { message, knowledge } => self.book.settled(message, knowledge),
            Fact::ConfirmReceived { published_at, .. } => {
                if self.counts(published_at) {
                    self.confirm.record(now.since(published_at));
                }
            }
            Fact::Stored { message, queue } => {
                self.book.stored(message, queue, now);
                self.flows.accepted += u64::from(self.counts(now));
                self.entered(queue, now);
            }
            Fact::Deduplicated { message, queue } => self.book.deduplicated(message, queue),
            Fact::AttemptLost { message, queue } | Fact::Refused { message, queue, told: Told::Told } => {
                self.book.refused(message, queue);
            }
            Fact::Refused { message, queue, told: Told::Untold } => self.book.refused_untold(message, queue),
            Fact::Relocated { message, queue } => {
                self.book.relocated(message, queue, now);
                self.entered(queue, now);
            }
            Fact::Redriven { message } => self.book.redriven(message),
            Fact::RedriveReached { message, queue } => self.book.redrive_reached(message, queue, now),
            Fact::RedriveEnded { message } => self.book.redrive_ended(message),
            Fact::CopyEnded { message, group, end } => self.book.copy_ended(message, group, end),
            Fact::CopyKept { group, .. } => self.book.copy_kept(group),
            Fact::CopyUnkept { group, .. } => self.book.copy_unkept(group),
            Fact::AckStands { message, group } => self.book.ack_stands(message, group),
            Fact::AckUndone { message, group } => self.book.ack_undone(message, group),
            Fact::QueueChanged { group, ready, unacked, oldest_at } => {
                queue::of(&mut self.queues, group).changed(now, ready, unacked, oldest_at);
            }
            _ => self.observe_consuming(now, fact),
        }
    }
}

impl Metrics {
    /// A copy entered a queue, for each of its groups.
    fn entered(&mut self, queue: QueueId, now: Time) {
        for &group in &self.scope.groups.of_queue[usize::from(queue.0)] {
            queue::of(&mut self.queues, group).stored(now);
        }
    }

    /// Facts of operations and arrivals.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `observe`")]
    fn observe_operation(&mut self, now: Time, fact: Fact) {
        match fact {
            Fact::OperationStarted { .. } => {
                self.operations.started += 1;
                self.running_operations += 1;
            }
            Fact::OperationEnded { operation, ending, started_at } => {
                self.doings.ended(operation, ending);
                self.running_operations -= 1;
                *self.operations_ended(ending) += 1;
                if self.counts(started_at) {
                    let spans = match ending {
                        Ending::Succeeded => &mut self.operation,
                        _ => &mut self.operation_failed,
                    };
                    spans.record(now.since(started_at));
                }
            }
            _ => self.sources -= 1,
        }
    }

    fn operations_ended(&mut self, ending: Ending) -> &mut u64 {
        match ending {
            Ending::Succeeded => &mut self.operations.succeeded,
            Ending::Rejected => &mut self.operations.rejected,
            Ending::TimedOut => &mut self.operations.timed_out,
            Ending::Failed => &mut self.operations.failed,
        }
    }

    /// Facts of deliveries, handlers and acks.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "as `observe`")]
    fn observe_consuming(&mut self, now: Time, fact: Fact) {
        match fact {
            Fact::Delivered { message, group, enqueued_at, number, occasion } => {
                let published_at = self.book.delivered(message, group, number, occasion);
                if self.counts(published_at) {
                    self.queue_wait.record(now.since(enqueued_at));
                }
                queue::of(&mut self.queues, group).sent();
            }
            Fact::DeliveryDoubled { message, group } => {
                self.book.delivery_doubled(message, group);
                queue::of(&mut self.queues, group).sent();
            }
            Fact::Received { consumer } => self.consumers[usize::from(consumer.0)].buffered.add(now),
            Fact::Discarded { consumer } => self.consumers[usize::from(consumer.0)].buffered.take(now),
            Fact::HandlingStarted { message, group, consumer, instance, received_at } => {
                let counts = u64::from(self.counts(now));
                let meter = &mut self.consumers[usize::from(consumer.0)];
                meter.handled[instance as usize] += counts;
                meter.buffered.take(now);
                meter.running.add(now);
                self.handling_started(now, message, group, received_at);
            }
            Fact::Executed { message, group, effect } => {
                self.flows.executed += u64::from(self.counts(now));
                queue::of(&mut self.queues, group).executed(now);
                if let Some(published_at) = self.book.executed(message, group, effect) {
                    self.completed(now, group, published_at);
                }
            }
            Fact::EffectApplied { message, group, effect } => {
                if let Some(published_at) = self.book.effect_applied(message, group, effect) {
                    self.completed(now, group, published_at);
                }
            }
            Fact::OperationApplied { .. }
            | Fact::Declined { .. }
            | Fact::Suppressed { .. }
            | Fact::CommitSent { .. }
            | Fact::CommitOver { .. }
            | Fact::Deposited { .. }
            | Fact::HandedOut { .. }
            | Fact::Removed { .. }
            | Fact::Store { .. } => self.observe_stores(now, fact),
            Fact::HandlingEnded { message, group, consumer, started_at } => {
                self.consumers[usize::from(consumer.0)].running.take(now);
                let published_at = self.book.handling_ended(message, group);
                if self.counts(published_at) {
                    self.handler.record(now.since(started_at));
                }
            }
            Fact::HandlingAborted { consumer } => self.consumers[usize::from(consumer.0)].running.take(now),
            Fact::DeliveryEnded { message, group, stage } => {
                if stage == Stage::Waiting {
                    queue::of(&mut self.queues, group).left_the_buffer(now);
                }
                self.book.delivery_ended(message, group);
            }
            Fact::AcksSent { count } => self.book.ledger.acks_sent += u64::from(count),
            Fact::AckReceived { timeliness } => self.book.ack_received(timeliness),
            Fact::NackReceived => self.book.ledger.nacks += 1,
            Fact::PublishersBlocked => self.blocked_at = Some(now),
            Fact::PublishersAdmitted => self.admit_publishers(now),
            Fact::AckTimedOut => self.book.ledger.ack_timeouts += 1,
            Fact::FaultFired { fault } => self.fired[usize::from(fault.0)] += 1,
            _ => self.observe_calls(now, fact),
        }
    }

    /// Facts of stores and of what is done there.
    fn observe_stores(&mut self, now: Time, fact: Fact) {
        match fact {
            Fact::Declined { message, group } => self.book.declined(message, group),
            Fact::Suppressed { message, group } => self.book.suppressed(message, group),
            Fact::CommitSent { origin } => self.began(origin),
            Fact::CommitOver { origin } => self.over(origin),
            Fact::OperationApplied { operation, effect } => self.doings.applied(operation, effect),
            Fact::Deposited { message, group } => {
                queue::of(&mut self.queues, group).joined_the_buffer(now);
                self.book.deposited(message, group);
            }
            Fact::HandedOut { message, group, again } => {
                if again {
                    queue::of(&mut self.queues, group).joined_the_buffer(now);
                }
                self.book.handed_out(message, group);
            }
            Fact::Removed { message, group } => self.book.delivery_ended(message, group),
            Fact::Store { store, what } => {
                let (at, cut) = (usize::from(store.0), self.scope.warm_up_until);
                if let Some(waited) = self.stores[at].observe(now, cut, &self.scope.stores[at], what) {
                    self.lock_wait.record(waited);
                }
            }
            _ => {}
        }
    }

    /// Facts of calls and services.
    fn observe_calls(&mut self, now: Time, fact: Fact) {
        match fact {
            Fact::Called { service, origin, which, sent } => {
                if sent == CallSent::Sent {
                    self.began(origin);
                }
                self.service(service).called(which);
            }
            Fact::CallFailed { service, ending } => self.service(service).call_failed(ending),
            Fact::RequestDoubled { origin } => self.began(origin),
            Fact::RequestReceived { service } => self.service(service).received(now),
            Fact::RequestStarted { service, received_at } => self.service(service).started(now, received_at),
            Fact::RequestExecuted { service } => self.service(service).executed(now),
            Fact::RequestEnded { service, origin, end } => {
                self.over(origin);
                self.service(service).ended(now, end);
            }
            Fact::ServiceChanged { service, instance, waiting, running, oldest_at } => {
                self.service(service).changed(now, instance, (waiting, running, oldest_at));
            }
            _ => unreachable!("every other fact is folded before"),
        }
    }

    /// A call or a commit is under way on behalf of `origin`.
    fn began(&mut self, origin: Origin) {
        match origin {
            Origin::Handling(message, group) => self.book.commit_sent(message, group),
            Origin::Operation(_) | Origin::Upkeep => self.doings.began(origin),
        }
    }

    /// It can have no further consequence.
    fn over(&mut self, origin: Origin) {
        match origin {
            Origin::Handling(message, group) => self.book.delivery_ended(message, group),
            Origin::Operation(_) | Origin::Upkeep => self.doings.over(origin),
        }
    }

    fn service(&mut self, id: ServiceId) -> &mut ServiceMeter {
        &mut self.services[usize::from(id.0)]
    }

    fn admit_publishers(&mut self, now: Time) {
        if let Some(blocked_at) = self.blocked_at.take() {
            self.blocked_for += now.since(blocked_at);
        }
    }

    fn handling_started(&mut self, now: Time, message: MessageId, group: GroupId, received_at: Time) {
        let (published_at, waits_since) = self.book.handling_started(message, group);
        let meter = queue::of(&mut self.queues, group);
        meter.left_the_buffer(now);
        if published_at < self.scope.warm_up_until {
            return;
        }
        self.buffer_wait.record(now.since(received_at));
        if let Some(since) = waits_since {
            let wait = now.since(since);
            self.wait.record(wait);
            meter.waited(wait);
        }
    }

    /// The first effect of a message in a group that it is meant for.
    fn completed(&mut self, now: Time, group: GroupId, published_at: Time) {
        queue::of(&mut self.queues, group).tally.completed += 1;
        self.flows.completed += u64::from(self.counts(now));
        if let Some(observations) = &mut self.observations {
            observations.add(published_at, now.since(published_at));
        }
        if self.counts(published_at) {
            self.effective_since_cut += 1;
            self.end_to_end.record(now.since(published_at));
        }
    }

    #[inline]
    fn counts(&self, at: Time) -> bool {
        at >= self.scope.warm_up_until
    }

    #[cold]
    fn turn_windows(&mut self, now: Time) {
        while now >= self.windows.edge {
            self.end_window(self.windows.edge);
            if self.windows.turn() {
                self.lines().for_each(|meter| merge_pairs(&mut meter.points));
            }
        }
    }

    fn end_window(&mut self, until: Time) {
        let length = self.windows.elapsed(until);
        for meter in self.lines() {
            meter.end_window(until, length);
            if length.is_zero() {
                merge_last(&mut meter.points);
            }
        }
    }

    /// Whatever something waits in: queues, and the lines before services.
    fn lines(&mut self) -> impl Iterator<Item = &mut QueueMeter> {
        self.queues.iter_mut().chain(self.services.iter_mut().map(ServiceMeter::line))
    }

    /// Where MSER-5 would cut the start of this run.
    #[must_use]
    pub fn warm_up_cut(&self) -> Cut {
        self.observations.as_ref().map_or(Cut::TooShort, Observations::cut)
    }

    /// Sums the run up. Expectations are left to be judged.
    #[must_use]
    pub fn finish(mut self, run: RunFacts) -> Summary {
        let end = run.ended_at;
        self.turn_windows(end);
        self.end_window(end);
        self.admit_publishers(end);
        self.operations.unfinished = self.running_operations;
        let (ledger, outcomes, rates) = self.book.close();
        let mut harms = self.book.harms().to_vec().into_iter();
        assert_eq!(self.operations.endings(), self.operations.started, "every operation has one ending");
        self.operations.applied_after_giving_up = self.doings.applied_after_giving_up;
        self.operations.applied_again = self.doings.applied_again;
        let cut = self.scope.warm_up_until;
        Summary {
            scenario: run.scenario,
            seed: run.seed,
            trace_hash: run.trace_hash,
            ended_at: end,
            warm_up_until: cut,
            events: run.events,
            operations: self.operations,
            ledger,
            outcomes,
            rates,
            throughput: self.throughput(end),
            latencies: self.latencies(),
            end_to_end_missing: self.expected_since_cut - self.effective_since_cut,
            peak_shaving: self.peak_shaving(end),
            queues: self
                .named_queues(|meter| meter.summary(end, harms.next().expect("each group has its own"))),
            consumers: self.consumer_summaries(end),
            stores: self.store_summaries(end),
            balance: self.balances(),
            services: self.service_summaries(end),
            faults: self.fault_counts(),
            expectations: Vec::new(),
            verdict: Verdict::Held,
            publishers_blocked_for: self.blocked_for,
            remarks: Vec::new(),
        }
    }
}
