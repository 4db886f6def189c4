//! Being called instead of consuming: who is let in, who waits, and how calls are answered.
//!
//! ```text
//!  Request ─▶ down? ─ refused, or never answered
//!          ─▶ a handler is free? ─▶ handled ─▶ Reply
//!          ─▶ room to wait? ─▶ waits ─▶ past its deadline? ─ answered at once, else handled
//!          ─▶ rejected
//! ```

use std::collections::VecDeque;
use std::rc::Rc;

use actix::Handler;

use crate::actors::calling::Way;
use crate::protocol::calling::{Answered, Reply, Request, RequestBody};
use crate::protocol::event::{OutageBegan, OutageEnded};
use crate::protocol::fact::RequestEnd;
use crate::protocol::id::{FaultId, ServiceId};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Time;
use crate::scenario::model::{CrashHow, LinkMessage, OutageHow, QueueOrder, Slower, WhenFull};

use super::Consumer;
use super::feed::{Feed, Job};

/// What all instances of a service have in common.
#[derive(Debug)]
pub struct ServingPlan {
    /// Which service.
    pub id: ServiceId,
    /// What a call meets that finds every handler busy.
    pub when_full: WhenFull,
    /// How work stretches under load.
    pub slower: Option<Slower>,
    /// The ways back to those who call it, in the order of their places.
    pub ways: Vec<Rc<Way>>,
}

/// An instance's calls that wait, and whether it is down.
#[derive(Debug, Default)]
pub(super) struct Desk {
    waiting: VecDeque<Waiting>,
    outages: Vec<(FaultId, OutageHow)>,
    /// How it died last.
    last_death: CrashHow,
}

#[derive(Debug)]
struct Waiting {
    body: Box<RequestBody>,
    received_at: Time,
}

impl Desk {
    /// What whoever calls gets while an outage holds.
    fn outage(&self) -> Option<OutageHow> {
        self.outages.last().map(|(_, how)| *how)
    }
}

impl Consumer {
    fn serving(&self) -> &ServingPlan {
        match &self.plan.feed {
            Feed::Calls(plan) => plan,
            Feed::Queue { .. } => unreachable!("calls go to services"),
        }
    }

    fn desk(&mut self) -> &mut Desk {
        self.desk.as_mut().expect("a service has a desk")
    }

    /// How many times as long work takes with as many handlers as run now.
    pub(super) fn stretch(&self) -> f64 {
        let Feed::Calls(ServingPlan { slower: Some(Slower { beyond, factor }), .. }) = self.plan.feed else {
            return 1.0;
        };
        let running = f64::from(u32::try_from(self.handlings.len()).expect("fewer handlers than 2^32"));
        let places = f64::from(u32::try_from(self.plan.concurrency).expect("a u32 in the scenario"));
        let beyond = f64::from(beyond);
        1.0 + (factor - 1.0) * ((running - beyond) / (places - beyond)).max(0.0)
    }

    /// A call that this instance was too dead to hear: its caller notices at once that nobody listens, unless
    /// the whole machine is gone.
    pub fn miss_request(&mut self, body: &RequestBody, context: &mut Ctx) {
        turn_away(body, context);
        if self.desk().last_death == CrashHow::Process {
            self.send_reply(body, Answered::Failed, context);
        }
    }

    /// An outage begins, whether or not this instance is alive to see it.
    pub fn outage_began(&mut self, began: &OutageBegan) {
        self.desk().outages.push((began.fault, began.how));
    }

    /// It is over, likewise.
    pub fn outage_ended(&mut self, ended: OutageEnded) {
        self.desk().outages.retain(|(fault, _)| *fault != ended.fault);
    }

    /// Starts handlers while calls wait and there are free places.
    pub(super) fn pump_calls(&mut self, context: &mut Ctx) {
        while self.handlings.len() < self.plan.concurrency
            && self.desk().outage().is_none()
            && let Some(next) = self.next_waiting()
        {
            if context.now() >= next.body.deadline {
                turn_away(&next.body, context);
                self.send_reply(&next.body, Answered::TooLate, context);
                continue;
            }
            self.start(Job::Call(next.body), next.received_at, context);
            if context.is_interrupted() {
                break;
            }
        }
        self.tell_load(context);
    }

    fn next_waiting(&mut self) -> Option<Waiting> {
        let order = match self.serving().when_full {
            WhenFull::Queue { order, .. } => order,
            WhenFull::Reject => QueueOrder::OldestFirst,
        };
        let waiting = &mut self.desk().waiting;
        match order {
            QueueOrder::OldestFirst => waiting.pop_front(),
            QueueOrder::NewestFirst => waiting.pop_back(),
        }
    }

    /// Answers a call; while an outage holds, as that says.
    pub(super) fn reply(&mut self, body: &RequestBody, answer: Answered, context: &mut Ctx) {
        match self.desk().outage() {
            None => self.send_reply(body, answer, context),
            Some(OutageHow::Refuse) => self.send_reply(body, Answered::Failed, context),
            Some(OutageHow::Hang) => {}
        }
    }

    /// The instance is dead: callers notice by their closed connections, or not at all if its machine died.
    pub(super) fn abandon_calls(&mut self, running: &[RequestBody], how: CrashHow, context: &mut Ctx) {
        let desk = self.desk();
        desk.last_death = how;
        let waiting = std::mem::take(&mut desk.waiting);
        for Waiting { body, .. } in &waiting {
            turn_away(body, context);
        }
        if how == CrashHow::Process {
            let waiting = waiting.iter().map(|waiting| &*waiting.body);
            running.iter().chain(waiting).for_each(|body| self.send_reply(body, Answered::Failed, context));
        }
        self.tell_load(context);
    }

    fn send_reply(&self, body: &RequestBody, answer: Answered, context: &mut Ctx) {
        let caller = &body.caller;
        let way = &self.serving().ways[usize::from(caller.way)];
        let luck = body.task.luck(&self.plan.client.sites);
        let to = (caller.actor, (body.instance, caller.instance));
        let reply = Reply { activity: caller.activity, serial: caller.serial, answer };
        way.send(context, to, LinkMessage::Reply, &luck, reply);
    }

    fn tell_load(&self, context: &mut Ctx) {
        let desk = self.desk.as_ref().expect("a service has a desk");
        let count = |count: usize| u32::try_from(count).expect("fewer than 2^32 calls at one instance");
        // Newest first takes from the back, so the front is the oldest either way.
        let oldest_at = desk.waiting.front().map_or(Time::NEVER, |waiting| waiting.received_at);
        context.emit(Fact::ServiceChanged {
            service: self.serving().id,
            instance: self.publisher.instance(),
            waiting: count(desk.waiting.len()),
            running: count(self.handlings.len()),
            oldest_at,
        });
    }
}

/// Nobody will begin this call.
fn turn_away(body: &RequestBody, context: &mut Ctx) {
    let (service, origin) = (body.service, body.task.origin);
    context.emit(Fact::RequestEnded { service, origin, end: RequestEnd::NotBegun });
}

impl Handler<Request> for Consumer {
    type Result = ();

    fn handle(&mut self, request: Request, context: &mut Ctx) {
        let body = request.0;
        context.emit(Fact::RequestReceived { service: body.service });
        let is_free = self.handlings.len() < self.plan.concurrency;
        let when_full = self.serving().when_full;
        let desk = self.desk();
        let has_room = match when_full {
            WhenFull::Reject => is_free,
            WhenFull::Queue { places: None, .. } => true,
            WhenFull::Queue { places: Some(places), .. } => is_free || desk.waiting.len() < places as usize,
        };
        let refusal = match desk.outage() {
            Some(OutageHow::Hang) => return turn_away(&body, context),
            Some(OutageHow::Refuse) => Some(Answered::Failed),
            None if has_room => None,
            None => Some(Answered::Rejected),
        };
        if let Some(answer) = refusal {
            turn_away(&body, context);
            return self.send_reply(&body, answer, context);
        }
        desk.waiting.push_back(Waiting { body, received_at: context.now() });
        self.pump_calls(context);
    }
}

impl Handler<OutageBegan> for Consumer {
    type Result = ();

    /// Model: running handlers go on; what they answer meanwhile is lost, or an error.
    fn handle(&mut self, began: OutageBegan, _: &mut Ctx) {
        self.outage_began(&began);
    }
}

impl Handler<OutageEnded> for Consumer {
    type Result = ();

    fn handle(&mut self, ended: OutageEnded, context: &mut Ctx) {
        self.outage_ended(ended);
        self.pump_calls(context);
    }
}
