//! The broker: stores what producers publish and delivers it until someone acks it.
//!
//! [`Queue`] decides what happens to copies; the broker carries it out: it answers publishes, delivers
//! to whoever has credit, notices timeouts and lost connections, and moves dead letters.
//!
//! - `queue`, `copy`, `line`, `dedup`: one queue's copies and their order
//! - `channel`, `ring`: connections, credit, whose turn it is
//! - `answers`: publishes that are answered later
//! - `deliver`, `settle`, `dead_letter`: the broker's own work, by occasion
//! - `outage`: what it does while it is down
//! - `cluster`, `durability`, `takeover`: its nodes, what is safe on them, and what their deaths undo

mod answers;
pub mod channel;
mod cluster;
pub mod copy;
mod dead_letter;
pub mod dedup;
mod deliver;
pub mod durability;
pub mod line;
mod outage;
pub mod queue;
pub mod ring;
mod settle;
mod takeover;

use std::collections::VecDeque;
use std::rc::Rc;

use actix::{Actor, Handler, Supervised};

use crate::protocol::event::{Answer, Confirmed, Publish};
use crate::protocol::fact::Told;
use crate::protocol::id::{ConnectionId, Epoch, GroupId, QueueId, TWIN_PUBLISH};
use crate::protocol::{Ctx, Fact};
use crate::quantity::Time;
use crate::scenario::model::{LinkMessage, Unroutable};

use self::answers::{Answers, Taken, attempt_of};
use self::channel::Connection;
use self::copy::{Copy, DeathReason};
use self::durability::{Durability, Nodes};
use self::outage::Outage;
use self::queue::{Admission, Queue};
use self::ring::Ring;
use super::link::Peer;
use super::site::Sites;

/// The broker of a run.
#[derive(Debug)]
pub struct Broker {
    sites: Rc<Sites>,
    queues: Vec<Served>,
    connections: Vec<Connection>,
    answers: Answers,
    outage: Outage,
    /// `None`: everything is safe at once. Model: beside its disks, storing takes the broker no time.
    durability: Option<Box<Durability>>,
}

/// A queue and whom it serves.
#[derive(Debug)]
struct Served {
    queue: Queue,
    /// Consumers with free credit.
    ring: Ring,
    /// The connection of each place in the round.
    members: Vec<ConnectionId>,
    /// Publishes that wait for room.
    blocked: VecDeque<Publish>,
    /// Whether an `AckTimeoutDue` is on its way.
    timeout_armed: bool,
    /// When the earliest `HeadExpires` on its way is due.
    expiry_armed_at: Time,
}

impl Broker {
    /// A broker with these queues; `connections` in the order of their ids; `nodes` if it matters what they
    /// do.
    #[must_use]
    pub fn new(
        sites: Rc<Sites>,
        queues: Vec<Queue>,
        connections: Vec<Connection>,
        nodes: Option<Nodes>,
    ) -> Self {
        let mut queues: Vec<Served> = queues.into_iter().map(Served::new).collect();
        for (id, connection) in (0..).map(ConnectionId).zip(&connections) {
            if let Some(channel) = &connection.channel {
                let served = &mut queues[usize::from(channel.queue.0)];
                debug_assert_eq!(channel.member as usize, served.members.len(), "members come in order");
                served.members.push(id);
            }
        }
        for served in &mut queues {
            let members = u32::try_from(served.members.len()).expect("fewer than 2^32 consumers");
            served.ring = Ring::new(members);
            (0..members).for_each(|member| served.ring.free(member));
        }
        let durability = nodes.map(|nodes| Box::new(Durability::new(nodes)));
        let (answers, outage) = (Answers::default(), Outage::default());
        Self { sites, queues, connections, answers, outage, durability }
    }

    fn queue(&mut self, id: QueueId) -> &mut Queue {
        &mut self.served(id).queue
    }

    fn served(&mut self, id: QueueId) -> &mut Served {
        &mut self.queues[usize::from(id.0)]
    }

    fn connection(&mut self, id: ConnectionId) -> &mut Connection {
        &mut self.connections[id.0 as usize]
    }

    /// Stores a publish in the queues it is routed to, and answers it. Delivering is left to the caller.
    fn take_in(&mut self, publish: Publish, queues: &[QueueId], context: &mut Ctx) {
        if queues.is_empty() {
            return self.take_in_nowhere(publish, context);
        }
        let (mut waits, mut answer) = (0, Answer::Stored);
        for &queue in queues {
            match self.store_in(queue, publish, context) {
                Taken::Stored => {}
                Taken::Refused => answer = Answer::Refused,
                Taken::Waits => waits += 1,
            }
        }
        if waits > 0 {
            self.answers.wait(publish, waits, answer);
        } else {
            self.answer(publish, answer, context);
        }
    }

    /// No binding selects it: it is confirmed all the same, or comes back
    /// (rabbitmq.com/docs/confirms: unroutable messages are confirmed; measured).
    fn take_in_nowhere(&mut self, publish: Publish, context: &mut Ctx) {
        let returned = self.sites.of(publish.message).unroutable == Unroutable::Returned;
        context.emit(Fact::Unroutable { message: publish.message, returned });
        let answer = if returned { Answer::Returned } else { Answer::Stored };
        self.answer(publish, answer, context);
    }

    /// Stores a publish in one queue, or says why not.
    fn store_in(&mut self, queue: QueueId, publish: Publish, context: &mut Ctx) -> Taken {
        let Publish { message, retries, .. } = publish;
        let site = self.sites.of(message);
        let (ttl, wants_confirm) = (site.message.ttl, site.wants_confirm);
        let shown_id = (message, if site.renews_id { retries & !TWIN_PUBLISH } else { 0 });
        let now = context.now();
        match self.queue(queue).admit(now, shown_id) {
            Admission::Open => {
                let mut copy = Copy::new(message, publish.key, retries);
                let taken = match self.durability {
                    Some(_) => self.keep(queue, &mut copy, publish, context),
                    None => Taken::Stored,
                };
                self.queue(queue).store(now, copy, ttl);
                context.emit(Fact::Stored { message, queue });
                taken
            }
            Admission::Known => {
                context.emit(Fact::Deduplicated { message, queue });
                self.durability.as_mut().map_or(Taken::Stored, |nodes| nodes.store_again(queue, publish))
            }
            Admission::Full => {
                let told = if wants_confirm { Told::Told } else { Told::Untold };
                context.emit(Fact::Refused { message, queue, told });
                Taken::Refused
            }
            Admission::Blocked => {
                self.served(queue).blocked.push_back(publish);
                Taken::Waits
            }
        }
    }

    /// Takes a publish in and delivers what can be delivered.
    fn publish(&mut self, publish: Publish, context: &mut Ctx) {
        let sites = Rc::clone(&self.sites);
        let queues = &sites.of(publish.message).queues;
        self.take_in(publish, queues, context);
        for &queue in queues {
            self.pump(queue, context);
        }
    }

    /// A queue that had to wait has said what it made of a publish.
    fn hear(&mut self, publish: &Publish, taken: Taken, context: &mut Ctx) {
        let answer = match taken {
            Taken::Stored => Answer::Stored,
            Taken::Refused => Answer::Refused,
            Taken::Waits => return,
        };
        if let Some((publish, answer)) = self.answers.hear(attempt_of(publish), answer) {
            self.answer(publish, answer, context);
        }
    }

    /// Confirms a publish, positively or not, to a producer that asked for it.
    fn answer(&mut self, publish: Publish, answer: Answer, context: &mut Ctx) {
        let Publish { message, connection, activity, epoch, retries, .. } = publish;
        if !self.sites.of(message).wants_confirm {
            return;
        }
        let luck = self.sites.luck(message, u32::from(retries));
        let connection = &mut self.connections[connection.0 as usize];
        if connection.is_severed {
            return;
        }
        let peer = Peer { actor: connection.peer, instance: connection.instance, lane: &mut connection.lane };
        let confirmed = Confirmed { message, activity, epoch, answer, retries };
        connection.link.send(context, peer, LinkMessage::Confirm, &luck, confirmed);
    }

    /// The death of a copy in `queue` that nobody handled: dead-lettered, or gone.
    fn bury(&mut self, queue: QueueId, copy: Copy, reason: DeathReason, context: &mut Ctx) {
        dead_letter::bury(self, queue, copy, reason, context);
    }

    /// Whether something rode on an opening of its connection that is over.
    fn is_stale(&self, connection: ConnectionId, epoch: Epoch) -> bool {
        let connection = &self.connections[connection.0 as usize];
        connection.is_severed || connection.epoch != epoch
    }

    /// Reports what a queue holds now.
    fn report(&mut self, id: QueueId, context: &mut Ctx) {
        let queue = self.queue(id);
        let (ready, unacked, oldest_at) = (queue.ready(), queue.unacked(), queue.oldest_at());
        context.emit(Fact::QueueChanged { group: GroupId::from(id), ready, unacked, oldest_at });
    }
}

impl Served {
    fn new(queue: Queue) -> Self {
        Self {
            queue,
            ring: Ring::default(),
            members: Vec::new(),
            blocked: VecDeque::new(),
            timeout_armed: false,
            expiry_armed_at: Time::NEVER,
        }
    }
}

impl Actor for Broker {
    type Context = Ctx;
}

impl Supervised for Broker {}

impl Handler<Publish> for Broker {
    type Result = ();

    fn handle(&mut self, publish: Publish, context: &mut Ctx) {
        if self.is_stale(publish.connection, publish.epoch) || self.is_leaderless() {
            context.emit(Fact::PublishLost { message: publish.message });
        } else if self.outage.holds() {
            self.turn_away(publish, context);
        } else if let Some(publish) = self.agree_on(publish, context) {
            self.publish(publish, context);
        }
    }
}
