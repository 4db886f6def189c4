//! The actors of a run in typed arenas, and which of them an event is for.

use actix::{Actor, Handler, Supervised};

use crate::actors::broker::Broker;
use crate::actors::consumer::Consumer;
use crate::actors::node::Node;
use crate::actors::producer::Producer;
use crate::actors::source::Source;
use crate::actors::store::database::Database;
use crate::actors::supervisor::Supervisor;
use crate::kernel::{ActorId, Kernel, Lifecycle, World};
use crate::metrics::collector::Metrics;
use crate::protocol::{Ctx, Event, Fact};
use crate::quantity::Time;
use crate::scenario::model::Scenario;

use super::swarm::settled;
use super::wiring;

/// Actors of one type, whose addresses follow each other.
#[derive(Debug)]
pub(super) struct Arena<A> {
    pub(super) first: u32,
    pub(super) actors: Vec<A>,
}

impl<A> Arena<A> {
    #[inline]
    fn get(&mut self, id: ActorId) -> Option<&mut A> {
        self.actors.get_mut(id.index().wrapping_sub(self.first) as usize)
    }

    #[inline]
    fn has(&self, id: ActorId) -> bool {
        (id.index().wrapping_sub(self.first) as usize) < self.actors.len()
    }
}

/// All actors of a run.
#[derive(Debug)]
pub struct Run {
    pub(super) broker: Arena<Broker>,
    pub(super) consumers: Arena<Consumer>,
    pub(super) producers: Arena<Producer>,
    pub(super) sources: Arena<Source>,
    pub(super) supervisors: Arena<Supervisor>,
    pub(super) nodes: Arena<Node>,
    pub(super) databases: Arena<Database>,
    pub(super) names: wiring::Names,
    pub(super) is_draining: bool,
}

impl Run {
    /// A kernel at time zero with every actor of `scenario`; statistics begin at `cut`.
    pub(super) fn new(scenario: &Scenario, cut: Time) -> Kernel<Self> {
        let (run, context) = wiring::wire(&settled(scenario), cut);
        Kernel::new(run, context)
    }

    /// From here on the run is over when nothing is left to do.
    pub(super) fn drain(&mut self) {
        self.is_draining = true;
    }

    /// What the scenario calls an actor.
    #[must_use]
    pub fn name_of(&self, id: ActorId) -> String {
        self.names.of(id)
    }
}

/// Makes [`World`] from a line per type of actor: its arena, and the messages it handles. A message that
/// several types handle goes to the one whose arena holds the target.
macro_rules! world {
    ($($arena:ident { $($message:ident),* $(,)? })*) => {
        impl Run {
            #[inline(always)]
            fn handle(&mut self, target: ActorId, event: Event, context: &mut Ctx) {
                match event {
                    $($(Event::$message(message) if self.$arena.has(target) => {
                        let at = (target.index() - self.$arena.first) as usize;
                        self.$arena.actors[at].handle(message, context);
                    })*)*
                    _ => unreachable!("nobody sends this to {}", self.name_of(target)),
                }
            }

            fn turn(&mut self, target: ActorId, turn: Lifecycle, context: &mut Ctx) {
                $(if let Some(actor) = self.$arena.get(target) {
                    match turn {
                        Lifecycle::Started => actor.started(context),
                        Lifecycle::Stopped => {
                            actor.stopping(context);
                            actor.stopped(context);
                        }
                        Lifecycle::Restarting => actor.restarting(context),
                        Lifecycle::Resumed(_) => {}
                    }
                })*
            }
        }
    };
}

world! {
    broker {
        Publish, Open, Ack, AckBatch, Nack, ConnectionLost, ConnectionCut, AckTimeoutDue, HeadExpires, RevealDue,
        PartitionBegan, PartitionEnded, OutageBegan, OutageEnded, Extend,
        Heartbeat, Leave, Fetch, Commit, Skip, SessionsDue, RetentionDue, RestOver, ReplayDue,
        Replicated, Reported, DiskWrote, FailoverDue, NodeDied, NodeBack, NodeStalls,
    }
    consumers {
        Deliver, Worked, ChannelClosed, FlushAcks, ExtendDue, GoOn, Reopen, Confirmed, ConfirmTimedOut, RetryPublish,
        Crash, Cut, Pause, Parted, Healed, Silent, BrokerLost, BrokerBack,
        Assigned, Records, Committed, BeatDue, PollDue, PollTimedOut, RequestTimedOut,
        Request, Reply, CallTimedOut, RetryCall, OutageBegan, OutageEnded, Answered, TransactionDue, InboxDue,
    }
    producers {
        Begin, Worked, Confirmed, ConfirmTimedOut, RetryPublish, Reopen, Crash, Cut, Pause, BrokerLost, BrokerBack,
        Reply, CallTimedOut, RetryCall, Answered, TransactionDue,
    }
    sources { Arrive, Ended, PhaseEnds, UserReturns }
    supervisors { StrikeDue, SpellBegins, SpellEnds }
    nodes { Crash, Stall }
    databases { Ask, SessionLost, StatementDue, LockWaitDue, OutageBegan, OutageEnded, Crash, Evict, Stall }
}

impl World for Run {
    type Event = Event;
    type Fact = Fact;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "an event is copied once less on its way to its actor")]
    fn dispatch(&mut self, target: ActorId, event: Event, context: &mut Ctx) {
        self.handle(target, event, context);
    }

    fn live(&mut self, target: ActorId, turn: Lifecycle, context: &mut Ctx) {
        if let Lifecycle::Resumed(frozen_for) = turn {
            if let Some(consumer) = self.consumers.get(target) {
                consumer.resumed(frozen_for, context);
            } else if let Some(producer) = self.producers.get(target) {
                producer.resumed(frozen_for);
            }
        }
        self.turn(target, turn, context);
    }

    fn undelivered(&mut self, target: ActorId, event: Event, context: &mut Ctx) {
        match event {
            Event::Deliver(delivery) => {
                let consumer = self.consumers.get(target).expect("deliveries go to consumers");
                consumer.miss(context, &delivery);
            }
            Event::Records(records) => {
                let consumer = self.consumers.get(target).expect("records go to consumers");
                consumer.miss_batch(context, &records.0.records);
            }
            Event::Ask(ask) => {
                let database = self.databases.get(target).expect("statements go to stores");
                database.miss(context, &ask);
            }
            Event::SessionLost(lost) => {
                let database = self.databases.get(target).expect("stores hear of clients");
                database.miss_death(&lost);
            }
            Event::Request(request) => {
                let service = self.consumers.get(target).expect("requests go to services");
                service.miss_request(&request.0, context);
            }
            Event::Answered(answered) => {
                if let Some(consumer) = self.consumers.get(target) {
                    consumer.miss_answer(&answered, context);
                }
            }
            Event::Stall(stall) => {
                if let Some(database) = self.databases.get(target) {
                    database.stall(&stall, context);
                }
            }
            // What is wrong around an instance goes on, and ends, while it is dead.
            Event::OutageBegan(began) => {
                if let Some(database) = self.databases.get(target) {
                    database.outage_began(&began);
                } else if let Some(service) = self.consumers.get(target) {
                    service.outage_began(&began);
                }
            }
            Event::OutageEnded(ended) => {
                if let Some(database) = self.databases.get(target) {
                    database.outage_ended(ended);
                } else if let Some(service) = self.consumers.get(target) {
                    service.outage_ended(ended);
                }
            }
            Event::Begin(begin) => {
                let producer = self.producers.get(target).expect("operations begin at producers");
                producer.miss(context, begin);
            }
            _ => {}
        }
    }

    #[inline]
    fn is_finished(&self, metrics: &Metrics) -> bool {
        self.is_draining && metrics.is_drained()
    }
}
