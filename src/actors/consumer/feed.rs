//! What feeds an instance: a queue or log, whose deliveries it acks, or calls, which it answers.
//!
//! What a handler goes through is the same for both; what is said of it, and to whom, is here.

use crate::protocol::calling::{Answered, RequestBody};
use crate::protocol::event::Deliver;
use crate::protocol::fact::{Ending, RequestEnd, Stage as DeliveryStage, Usage};
use crate::protocol::id::{ActivityId, ConsumerId, Effect, GroupId, Key, MessageId};
use crate::protocol::{Ctx, Fact, Origin, Task};
use crate::quantity::Time;
use crate::scenario::model::OnError;

use super::handling::Handling;
use super::inbox::InboxRow;
use super::serving::ServingPlan;
use super::{Consumer, ConsumerPlan};

/// What feeds the instances of a component.
#[derive(Debug)]
pub enum Feed {
    /// They are consumers.
    Queue {
        /// Which consumer.
        id: ConsumerId,
        /// As which group it consumes.
        group: GroupId,
    },
    /// They are a service.
    Calls(ServingPlan),
}

/// What one handler was started for.
#[derive(Debug)]
pub(super) enum Job {
    Delivery(Deliver),
    Call(Box<RequestBody>),
    /// What an inbox handed out.
    Row(InboxRow),
    /// To see what an inbox hands out.
    Look {
        /// Among all looks of the instance.
        number: u32,
        /// Whether there may be more than one thing.
        explores: bool,
    },
}

impl ConsumerPlan {
    /// Which consumer it is, of those that consume.
    pub(super) fn id(&self) -> ConsumerId {
        match self.feed {
            Feed::Queue { id, .. } => id,
            Feed::Calls(_) => unreachable!("a service consumes nothing"),
        }
    }

    /// As which group it consumes, of those that consume.
    pub(super) fn group(&self) -> GroupId {
        match self.feed {
            Feed::Queue { group, .. } => group,
            Feed::Calls(_) => unreachable!("a service consumes nothing"),
        }
    }
}

impl Job {
    /// On whose behalf the handler's steps run.
    pub(super) fn task(&self, plan: &ConsumerPlan) -> Task {
        match self {
            Self::Delivery(delivery) => Task::of_delivery(&plan.client.sites, delivery, plan.group()),
            Self::Call(body) => body.task,
            Self::Row(row) => row.task(plan),
            Self::Look { number, .. } => {
                Task { luck_key: 0, attempt: *number, key: Key::NONE, origin: Origin::Upkeep }
            }
        }
    }

    /// The message that is handled, if one is.
    pub(super) const fn message(&self) -> Option<MessageId> {
        match self {
            Self::Delivery(delivery) => Some(delivery.message),
            Self::Row(row) => Some(row.message),
            Self::Call(_) | Self::Look { .. } => None,
        }
    }

    /// The delivery that is handled, if one is.
    pub(super) const fn delivery(&self) -> Option<&Deliver> {
        match self {
            Self::Delivery(delivery) => Some(delivery),
            Self::Call(_) | Self::Row(_) | Self::Look { .. } => None,
        }
    }

    /// Until when anybody waits for it.
    pub(super) fn deadline(&self) -> Time {
        match self {
            Self::Delivery(_) | Self::Row(_) | Self::Look { .. } => Time::NEVER,
            Self::Call(body) => body.deadline,
        }
    }
}

impl Consumer {
    pub(super) fn tell_started(&self, job: &Job, received_at: Time, context: &mut Ctx) {
        match (job, job.message()) {
            (Job::Call(body), _) => {
                context.emit(Fact::RequestStarted { service: body.service, received_at });
            }
            (_, Some(message)) => {
                let (group, consumer) = (self.plan.group(), self.plan.id());
                let instance = self.publisher.instance();
                context.emit(Fact::HandlingStarted { message, group, consumer, instance, received_at });
            }
            (_, None) => {}
        }
    }

    /// A handler reached `worked`, and had this effect there, if it is one that nothing can keep from it.
    pub(super) fn tell_executed(&self, id: ActivityId, effect: Option<Effect>, context: &mut Ctx) {
        let job = self.handlings[id.0].job();
        if let Some(message) = job.message() {
            context.emit(Fact::Executed { message, group: self.plan.group(), effect });
        } else if let Job::Call(body) = job {
            context.emit(Fact::RequestExecuted { service: body.service });
        }
    }

    /// A handler that updates nothing has its effect.
    pub(super) fn tell_applied(&self, id: ActivityId, context: &mut Ctx) {
        if let Some(message) = self.handlings[id.0].job().message() {
            let group = self.plan.group();
            context.emit(Fact::EffectApplied { message, group, effect: Effect::ONLY });
        }
    }

    /// A handler decided against its effect.
    pub(super) fn tell_declined(&self, id: ActivityId, context: &mut Ctx) {
        if let Some(message) = self.handlings[id.0].job().message() {
            context.emit(Fact::Declined { message, group: self.plan.group() });
        }
    }

    /// An idempotency guard stopped the delivery.
    pub(super) fn tell_suppressed(&self, id: ActivityId, context: &mut Ctx) {
        if let Some(message) = self.handlings[id.0].job().message() {
            context.emit(Fact::Suppressed { message, group: self.plan.group() });
        }
    }

    pub(super) fn tell_ended(&self, handling: &Handling, context: &mut Ctx) {
        let (started_at, ending) = (handling.started_at(), handling.ending());
        if let Some(message) = handling.job().message() {
            let (group, consumer) = (self.plan.group(), self.plan.id());
            context.emit(Fact::HandlingEnded { message, group, consumer, started_at });
        } else if let Job::Call(body) = handling.job() {
            let is_late = context.now() >= body.given_up_at;
            let usage = if is_late { Usage::Wasted } else { Usage::Wanted };
            let end = RequestEnd::Handled { started_at, usage, ending };
            context.emit(Fact::RequestEnded { service: body.service, origin: body.task.origin, end });
        }
    }

    /// The instance died under a handler.
    pub(super) fn tell_aborted(&self, job: &Job, context: &mut Ctx) {
        match job {
            Job::Delivery(delivery) if self.workers.is_some() => self.leave_buffer(delivery, context),
            Job::Delivery(delivery) => {
                context.emit(Fact::HandlingAborted { consumer: self.plan.id() });
                self.end_delivery(context, delivery, DeliveryStage::Started);
            }
            Job::Call(body) => {
                let (service, origin) = (body.service, body.task.origin);
                context.emit(Fact::RequestEnded { service, origin, end: RequestEnd::Aborted });
            }
            Job::Row(row) => {
                let (message, group) = (row.message, self.plan.group());
                context.emit(Fact::HandlingAborted { consumer: self.plan.id() });
                context.emit(Fact::DeliveryEnded { message, group, stage: DeliveryStage::Started });
            }
            Job::Look { .. } => {}
        }
    }

    /// Acks what was handled, or answers that it was.
    pub(super) fn acknowledge(&mut self, id: ActivityId, context: &mut Ctx) {
        match self.handlings[id.0].job() {
            Job::Delivery(delivery) => {
                let delivery = *delivery;
                self.ack(&delivery, context);
            }
            Job::Call(body) => {
                let body = **body;
                let is_declined = self.handlings[id.0].ending() == Ending::Rejected;
                let answer = if is_declined { Answered::Declined } else { Answered::Succeeded };
                self.reply(&body, answer, context);
            }
            Job::Row(_) | Job::Look { .. } => unreachable!("what comes from an inbox was acked before"),
        }
    }

    /// Says that a handler returned an error.
    pub(super) fn answer_error(&mut self, id: ActivityId, why: Ending, context: &mut Ctx) {
        let is_rejected = self.handlings[id.0].is_rejected();
        let on_error = if is_rejected { OnError::Reject } else { self.plan.on_error };
        match self.handlings[id.0].job() {
            Job::Delivery(delivery) => {
                let delivery = *delivery;
                if self.puller.is_some() {
                    self.record_failed(&delivery, on_error, context);
                } else if on_error != OnError::NoAnswer {
                    self.nack(&delivery, is_rejected, context);
                }
            }
            Job::Call(body) => {
                let body = **body;
                let answer = if why == Ending::Rejected { Answered::Rejected } else { Answered::Failed };
                self.reply(&body, answer, context);
            }
            Job::Row(_) | Job::Look { .. } => unreachable!("nobody waits for an answer"),
        }
    }
}
