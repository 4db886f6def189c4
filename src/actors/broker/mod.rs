//! The broker: stores what producers publish and delivers it until someone acks it.
//!
//! [`Queue`] decides what happens to copies; the broker carries it out: it answers publishes, delivers
//! to whoever has credit, notices timeouts and lost connections, and moves dead letters.
//!
//! - `queue`, `copy`, `levels`, `line`, `groups`, `dedup`: one queue's copies and their order
//! - `channel`, `ring`: connections, credit, whose turn it is
//! - `log`: queues that keep what was read
//! - `answers`: publishes that are answered later; `memory`: publishes that wait until there is room for them
//! - `deliver`, `settle`, `extend`, `dead_letter`: the broker's own work, by occasion
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
mod extend;
pub mod groups;
pub mod levels;
pub mod line;
pub mod log;
mod memory;
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
use crate::scenario::model::LinkMessage;

use self::answers::{Answers, Taken, attempt_of};
use self::channel::Connection;
use self::copy::{Copy, DeathReason};
use self::durability::{Durability, Nodes};
use self::log::Log;
use self::memory::Memory;
use self::outage::Outage;
use self::queue::{Admission, Queue};
use self::ring::Ring;
use super::link::Peer;
use super::site::{Envelope, Sites, Stranded};

/// The broker of a run.
#[derive(Debug)]
pub struct Broker {
    sites: Rc<Sites>,
    queues: Vec<Served>,
    connections: Vec<Connection>,
    answers: Answers,
    memory: Memory,
    outage: Outage,
    /// By queue: what makes it a log.
    logs: Vec<Option<Box<Log>>>,
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
    /// When the earliest `RevealDue` on its way is due.
    reveal_armed_at: Time,
}

impl Broker {
    /// A broker with these queues, of which some are logs; `connections` in the order of their ids; `nodes` if
    /// it matters what they do. At `memory_limit` bytes of copies it lets no publish in.
    #[must_use]
    pub fn new(
        sites: Rc<Sites>,
        queues: Vec<Queue>,
        logs: Vec<Option<Box<Log>>>,
        connections: Vec<Connection>,
        memory_limit: Option<u64>,
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
        Self {
            sites,
            queues,
            connections,
            answers: Answers::default(),
            memory: Memory::new(memory_limit),
            outage: Outage::default(),
            logs,
            durability: nodes.map(|nodes| Box::new(Durability::new(nodes))),
        }
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

    /// Stores a publish in the queues it is routed to, answers it, and delivers what can be delivered.
    fn let_in(&mut self, publish: Publish, context: &mut Ctx) {
        if let [queue] = *self.sites.at(publish.site).queues {
            self.take_in(publish, &[queue], context);
            return self.pump(queue, context);
        }
        let sites = Rc::clone(&self.sites);
        let queues = &sites.at(publish.site).queues;
        self.take_in(publish, queues, context);
        for &queue in queues {
            self.pump(queue, context);
        }
    }

    /// Stores a publish in the queues it is routed to, and answers it. Delivering is left to the caller.
    fn take_in(&mut self, publish: Publish, queues: &[QueueId], context: &mut Ctx) {
        if queues.is_empty() {
            return self.take_in_nowhere(publish, context);
        }
        Self::redrive_reaches(&publish, queues, context);
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

    /// Reports where a message that a handler sends back arrives.
    fn redrive_reaches(publish: &Publish, queues: &[QueueId], context: &mut Ctx) {
        if publish.is_redrive() {
            let message = publish.message;
            for &queue in queues {
                context.emit(Fact::RedriveReached { message, queue });
            }
        }
    }

    /// It reaches no queue: it is confirmed all the same (rabbitmq.com/docs/confirms: unroutable messages are
    /// confirmed; measured), or comes back, or there is not even an exchange, which closes the channel
    /// (rabbitmq.com/docs/channels, 404; measured).
    ///
    /// Model: a message that comes back and the confirm behind it are one answer.
    fn take_in_nowhere(&mut self, publish: Publish, context: &mut Ctx) {
        let stranded = self.sites.at(publish.site).stranded;
        if !publish.is_redrive() {
            let returned = stranded == Stranded::Returned;
            context.emit(Fact::Unroutable { message: publish.message, returned });
        }
        match stranded {
            Stranded::Dropped => self.answer(publish, Answer::Stored, context),
            Stranded::Returned => self.answer(publish, Answer::Returned, context),
            Stranded::ClosesOwnChannel => self.answer(publish, Answer::Refused, context),
            Stranded::ClosesChannel => self.close_publishing_channel(publish, context),
        }
    }

    /// What is still on its way on this channel is lost, and its client hears that it is closed.
    fn close_publishing_channel(&mut self, publish: Publish, context: &mut Ctx) {
        let Publish { message, connection, activity, epoch, retries, .. } = publish;
        let connection = &mut self.connections[connection.0 as usize];
        connection.epoch = epoch.next();
        let closed = Confirmed { message, activity, epoch, answer: Answer::ChannelClosed, retries };
        let peer = Peer { actor: connection.peer, instance: connection.instance, lane: &mut connection.lane };
        connection.link.carry(context, peer, closed.into());
    }

    /// Stores a publish in one queue, or says why not.
    fn store_in(&mut self, queue: QueueId, publish: Publish, context: &mut Ctx) -> Taken {
        if self.is_log(queue) {
            return self.store_in_log(queue, &publish, context);
        }
        let Publish { message, retries, deliveries, .. } = publish;
        let site = self.sites.at(publish.site);
        // What a handler sends back is the same message in the same envelope.
        let Envelope { ttl, delay, priority, size, .. } = self.sites.of(message).message;
        let wants_confirm = site.wants_confirm;
        let shown_id = (message, if site.renews_id { retries & !TWIN_PUBLISH } else { 0 });
        let now = context.now();
        match self.queue(queue).admit(now, shown_id) {
            Admission::Open => {
                let mut copy = Copy::new(message, publish.key, retries).sent_back_after(deliveries);
                copy.priority = u8::try_from(priority).unwrap_or(u8::MAX);
                copy.size = u32::try_from(size).unwrap_or(u32::MAX);
                let taken = match self.durability {
                    Some(_) => self.keep(queue, &mut copy, publish, context),
                    None => Taken::Stored,
                };
                self.queue(queue).store(now, copy, ttl, delay);
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

    /// Lets a publish in, or lets it wait until there is room.
    fn admit_publish(&mut self, publish: Publish, context: &mut Ctx) {
        if self.has_no_room() {
            self.hold_back(publish, context);
        } else {
            self.let_in(publish, context);
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

    /// Confirms a publish, positively or not, to a producer that asked for it; what comes back comes unasked.
    #[inline]
    fn answer(&mut self, publish: Publish, answer: Answer, context: &mut Ctx) {
        if publish.is_redrive() {
            context.emit(Fact::RedriveEnded { message: publish.message });
        }
        if self.sites.at(publish.site).wants_confirm || answer == Answer::Returned {
            self.send_answer(publish, answer, context);
        }
    }

    fn send_answer(&mut self, publish: Publish, answer: Answer, context: &mut Ctx) {
        let Publish { message, connection, activity, epoch, retries, .. } = publish;
        let luck = || self.sites.publish_luck(&publish);
        let connection = &mut self.connections[connection.0 as usize];
        if connection.is_severed {
            return;
        }
        let peer = Peer { actor: connection.peer, instance: connection.instance, lane: &mut connection.lane };
        let confirmed = Confirmed { message, activity, epoch, answer, retries };
        connection.link.send_under(context, peer, LinkMessage::Confirm, luck, confirmed);
    }

    /// The death of a copy in `queue` that nobody handled: dead-lettered, or gone.
    fn bury(&mut self, queue: QueueId, copy: Copy, reason: DeathReason, context: &mut Ctx) {
        self.bury_for(queue, GroupId::from(queue), copy, reason, context);
    }

    /// As [`Self::bury`], of a copy that one group of `queue` had.
    fn bury_for(
        &mut self,
        queue: QueueId,
        group: GroupId,
        copy: Copy,
        reason: DeathReason,
        context: &mut Ctx,
    ) {
        dead_letter::bury(self, (queue, group), copy, reason, context);
    }

    /// Whether something rode on an opening of its connection that is over.
    #[inline]
    fn is_stale(&self, connection: ConnectionId, epoch: Epoch) -> bool {
        let connection = &self.connections[connection.0 as usize];
        connection.is_severed || connection.epoch != epoch
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
            reveal_armed_at: Time::NEVER,
        }
    }
}

impl Actor for Broker {
    type Context = Ctx;

    fn started(&mut self, context: &mut Ctx) {
        self.start_logs(context);
    }
}

impl Supervised for Broker {}

impl Handler<Publish> for Broker {
    type Result = ();

    fn handle(&mut self, publish: Publish, context: &mut Ctx) {
        if self.is_stale(publish.connection, publish.epoch) || self.is_leaderless() {
            context.emit(Fact::lost(&publish));
        } else if self.outage.holds() {
            self.turn_away(publish, context);
        } else if let Some(publish) = self.agree_on(publish, context) {
            self.admit_publish(publish, context);
        }
    }
}
