//! Components, links, sites and connections: a scenario's parts with their addresses.
//!
//! - `addresses`: where everybody is
//! - `programs`: what everybody does

use std::rc::Rc;

use crate::actors::broker::Broker;
use crate::actors::broker::channel::{Channel, Connection, Settling};
use crate::actors::broker::queue::Queue;
use crate::actors::consumer::feed::Feed;
use crate::actors::consumer::serving::ServingPlan;
use crate::actors::consumer::{Consumer, ConsumerPlan};
use crate::actors::link::{Lane, Latency, Link};
use crate::actors::node::Node;
use crate::actors::producer::{Producer, ProducerPlan};
use crate::actors::publisher::ClientPlan;
use crate::actors::site::Sites;
use crate::actors::source::{Source, SourcePlan};
use crate::actors::store::database::Database;
use crate::actors::supervisor::Supervisor;
use crate::actors::transacting::TransactorPlan;
use crate::faults::LinkRules;
use crate::kernel::ActorId;
use crate::kernel::chance::{LuckSource, Purpose, stream};
use crate::metrics::collector::Metrics;
use crate::protocol::Ctx;
use crate::protocol::id::{ConnectionId, ConsumerId, Epoch, ProducerId, QueueId, ServiceId, SiteId};
use crate::quantity::{Span, Time};
use crate::scenario::model::{
    self, AckMode, Distribution, OnConnectionLoss, OnError, Scenario, Step as ModelStep,
};

mod addresses;
mod programs;

use self::addresses::Addresses;
pub(super) use self::addresses::Names;
use self::programs::key_plan;
use super::arrivals::phases;
use super::groups::ConsumerGroups;
use super::sites::{publish_name, sites};
use super::spells::Partitions;
use super::stores::Numbering;
use super::ways::Ways;
use super::world::{Arena, Run};
use super::{chance, faulting, guards, logs, nodes, scope, stores};

/// Makes every actor of a run.
pub(super) fn wire(scenario: &Scenario, cut: Time) -> (Run, Ctx) {
    let mut wiring = Wiring::new(scenario, cut);
    let connections = wiring.connections();
    let queues = scenario.queues.iter().map(|queue| Queue::new(queue.clone())).collect();
    let logs = logs::logs(scenario, &wiring.groups);
    let limit = scenario.broker.memory_limit;
    let nodes = nodes::of(scenario, &wiring.partitions, &mut wiring.context);
    let broker = Broker::new(Rc::clone(&wiring.sites), queues, logs, connections, limit, nodes);
    let mut consumers = wiring.consumers();
    consumers.extend(wiring.services());
    let producers = wiring.producers();
    let sources = wiring.sources();
    let supervisor = wiring.supervisor();
    let databases = wiring.databases();
    let addresses = &wiring.addresses;
    let run = Run {
        broker: Arena { first: addresses.broker, actors: vec![broker] },
        consumers: Arena { first: addresses.consumers, actors: consumers },
        producers: Arena { first: addresses.producers, actors: producers },
        sources: Arena { first: addresses.sources, actors: sources },
        supervisors: Arena { first: addresses.supervisor, actors: vec![supervisor] },
        nodes: Arena { first: addresses.nodes, actors: wiring.nodes() },
        databases: Arena { first: addresses.stores, actors: databases },
        names: wiring.names(),
        is_draining: false,
    };
    (run, wiring.context)
}

struct Wiring<'s> {
    scenario: &'s Scenario,
    context: Ctx,
    addresses: Addresses,
    sites: Rc<Sites>,
    groups: ConsumerGroups,
    partitions: Partitions<'s>,
    ways: Ways,
    /// The first site of each component, in the order of [`Scenario::programs`].
    first_sites: Vec<u16>,
}

impl<'s> Wiring<'s> {
    fn new(scenario: &'s Scenario, cut: Time) -> Self {
        let groups = ConsumerGroups::of(scenario);
        let mut context = Ctx::new(Metrics::new(scope::of(scenario, &groups, cut)));
        // Lanes are few: the delays that most events take come first.
        context.delay(Span::ZERO);
        for name in component_names(scenario) {
            if let Distribution::Constant(span) = latency(scenario, name) {
                context.delay(*span);
            }
        }
        let addresses = Addresses::new(scenario);
        (0..addresses.stores + stores::count(scenario)).for_each(|_| {
            context.add_actor();
        });
        let (sites, first_sites) = sites(scenario);
        let sites = Rc::new(Sites::new(sites, LuckSource::new(scenario.seed)));
        let partitions = Partitions::of(scenario);
        let ways = Ways::of(scenario, &partitions, &mut context);
        Self { scenario, context, addresses, sites, groups, partitions, ways, first_sites }
    }

    fn names(&self) -> Names {
        let mut components = vec![(self.addresses.broker, "broker".to_owned())];
        let mut first = self.addresses.consumers;
        for (name, instances) in self.scenario.components() {
            components.push((first, name.to_owned()));
            first += instances;
        }
        components.push((self.addresses.sources, "arrivals".to_owned()));
        components.push((self.addresses.supervisor, "faults".to_owned()));
        components.push((self.addresses.nodes, "broker".to_owned()));
        let stores = (self.addresses.stores..).zip(&self.scenario.stores);
        components.extend(stores.map(|(address, store)| (address, store.name.clone())));
        Names { components }
    }

    /// The address of an instance of a component.
    fn address(&self, component: &str, instance: u32) -> ActorId {
        self.addresses.of(component, instance)
    }

    /// The connections at the broker: every producer's instances, then every consumer's, then every service's.
    fn connections(&mut self) -> Vec<Connection> {
        let scenario = self.scenario;
        let mut connections = Vec::new();
        for producer in &scenario.producers {
            let link = self.link_from_broker(&producer.name);
            for instance in 0..producer.instances {
                let peer = self.address(&producer.name, instance);
                let mut connection = connection(peer, instance, Rc::clone(&link), None);
                connection.is_kept = producer.connection == model::Connection::Kept;
                connections.push(connection);
            }
        }
        let mut members = vec![0; scenario.queues.len()];
        for consumer in &scenario.consumers {
            let link = self.link_from_broker(&consumer.name);
            for instance in 0..consumer.instances {
                let peer = self.address(&consumer.name, instance);
                if let Some(reads) = logs::subscription(scenario, &self.groups, consumer, instance) {
                    let reads = Some(Box::new(reads));
                    let connection = connection(peer, instance, Rc::clone(&link), None);
                    connections.push(Connection { reads, ..connection });
                    continue;
                }
                let member = &mut members[consumer.from.0];
                let channel = channel(consumer, *member);
                *member += 1;
                connections.push(connection(peer, instance, Rc::clone(&link), Some(channel)));
            }
        }
        for service in &scenario.services {
            let link = self.link_from_broker(&service.name);
            for instance in 0..service.instances {
                let peer = self.address(&service.name, instance);
                connections.push(connection(peer, instance, Rc::clone(&link), None));
            }
        }
        connections
    }

    /// One direction between a component and the broker; the two directions draw apart.
    fn link(&mut self, component: &str, purpose: &str, rules: LinkRules) -> Link {
        let latency = match latency(self.scenario, component) {
            Distribution::Constant(span) => Latency::Constant(self.context.delay(*span)),
            random => {
                let stream = stream(self.scenario.seed, component, purpose);
                Latency::Random { sampler: chance::sampler(random), stream: self.context.add_stream(stream) }
            }
        };
        Link { latency, rules }
    }

    fn link_from_broker(&mut self, component: &str) -> Rc<Link> {
        let rules = faulting::from_broker(self.scenario, &self.partitions, component);
        Rc::new(self.link(component, FROM_BROKER, rules))
    }

    fn client(&mut self, component: &str, handshake_round_trips: u32, kept: bool) -> Rc<ClientPlan> {
        let rules = faulting::to_broker(self.scenario, &self.partitions, component);
        Rc::new(ClientPlan {
            sites: Rc::clone(&self.sites),
            broker: ActorId::new(self.addresses.broker),
            link: self.link(component, TO_BROKER, rules),
            handshake_round_trips,
            connects_per_message: !kept,
        })
    }

    /// The round trips of whoever publishes at the sites from `first` on: those of the first queue it reaches,
    /// or, as it is all one broker, of any.
    fn handshake(&self, first: u16, steps: &[ModelStep]) -> u32 {
        let count = steps.iter().filter(|step| matches!(step, ModelStep::Publish(_))).count();
        let sites = (first..).map(SiteId).take(count);
        let reached = sites.flat_map(|site| self.sites.at(site).queues.iter()).next();
        let queues = &self.scenario.queues;
        let queue = reached.map_or(queues.first(), |queue| queues.get(usize::from(queue.0)));
        queue.map_or(0, |queue| queue.handshake_round_trips)
    }

    fn producers(&mut self) -> Vec<Producer> {
        let scenario = self.scenario;
        let mut connection = 0;
        let mut actors = Vec::new();
        for (at, producer) in scenario.producers.iter().enumerate() {
            let kept = producer.connection == model::Connection::Kept;
            let round_trips = self.handshake(self.first_sites[at], &producer.steps);
            let client = self.client(&producer.name, round_trips, kept);
            let source = u32::try_from(at).expect("fewer than 2^32 producers");
            let plan = Rc::new(ProducerPlan {
                id: ProducerId(small(at)),
                source: ActorId::new(self.addresses.sources + source),
                client,
                stores: self.stores(&producer.name),
                program: self.program(&producer.name, &producer.steps, at),
                luck_key: key_of(&producer.name, "operations"),
                key: key_plan(&producer.name, producer.message.key),
                key_luck_key: key_of(&producer.name, &publish_name(0)),
                handlers: faulting::in_handlers(scenario, &producer.name),
                at_once: self.context.delay(Span::ZERO),
            });
            for instance in 0..producer.instances {
                actors.push(Producer::new(Rc::clone(&plan), ConnectionId(connection), instance));
                connection += 1;
            }
        }
        actors
    }

    fn consumers(&mut self) -> Vec<Consumer> {
        let scenario = self.scenario;
        let mut connection: u32 = scenario.producers.iter().map(|producer| producer.instances).sum();
        let mut actors = Vec::new();
        for (at, consumer) in scenario.consumers.iter().enumerate() {
            let queue = &scenario.queues[consumer.from.0];
            let plan = Rc::new(ConsumerPlan {
                feed: Feed::Queue {
                    id: ConsumerId(small(at)),
                    group: self.groups.of_consumer(scenario, consumer),
                },
                instances: consumer.instances,
                client: self.client(&consumer.name, queue.handshake_round_trips, true),
                stores: self.stores(&consumer.name),
                applies: Numbering::of(scenario, scenario.producers.len() + at).applies(),
                program: self.program(&consumer.name, &consumer.steps, scenario.producers.len() + at),
                concurrency: handlers_at_once(consumer) as usize,
                ack: consumer.ack,
                on_error: consumer.on_error,
                extend_every: consumer.extend_every.map(|every| self.context.delay(every)),
                on_connection_loss: queue.on_connection_loss,
                noticed_after: queue.heartbeat.or(queue.ack_timeout),
                heartbeat: queue.heartbeat,
                inbox: guards::inbox_poll(scenario, &consumer.name),
                pull: logs::pull_plan(consumer),
                points: faulting::at_points(scenario, &consumer.name),
                handlers: faulting::in_handlers(scenario, &consumer.name),
            });
            for instance in 0..consumer.instances {
                actors.push(Consumer::new(Rc::clone(&plan), ConnectionId(connection), instance));
                connection += 1;
            }
        }
        actors
    }

    fn stores(&mut self, component: &str) -> Rc<TransactorPlan> {
        let first = self.addresses.stores;
        let at = (&self.sites, first);
        stores::clients(self.scenario, component, &self.partitions, at, &mut self.context)
    }

    fn databases(&mut self) -> Vec<Database> {
        let Self { scenario, addresses, context, partitions, sites, .. } = self;
        let address = |name: &str, instance| addresses.of(name, instance);
        stores::databases(scenario, partitions, sites, address, context)
    }

    /// The instances of services: as consumers, but fed by calls.
    fn services(&mut self) -> Vec<Consumer> {
        let scenario = self.scenario;
        let clients = scenario.producers.iter().map(|producer| producer.instances);
        let clients = clients.chain(scenario.consumers.iter().map(|consumer| consumer.instances));
        let mut connection: u32 = clients.sum();
        let mut actors = Vec::new();
        for (at, service) in scenario.services.iter().enumerate() {
            let owner = scenario.producers.len() + scenario.consumers.len() + at;
            let round_trips = self.handshake(self.first_sites[owner], &service.steps);
            let plan = Rc::new(ConsumerPlan {
                feed: Feed::Calls(ServingPlan {
                    id: ServiceId(small(at)),
                    when_full: service.when_full,
                    slower: service.slower,
                    ways: self.ways.back(at),
                }),
                instances: service.instances,
                client: self.client(&service.name, round_trips, true),
                stores: self.stores(&service.name),
                applies: Numbering::of(scenario, owner).applies(),
                program: self.program(&service.name, &service.steps, owner),
                concurrency: service.concurrency as usize,
                ack: AckMode::AfterHandling,
                on_error: OnError::NoAnswer,
                extend_every: None,
                on_connection_loss: OnConnectionLoss::Return,
                noticed_after: None,
                heartbeat: None,
                inbox: None,
                pull: None,
                points: faulting::at_points(scenario, &service.name),
                handlers: faulting::in_handlers(scenario, &service.name),
            });
            for instance in 0..service.instances {
                actors.push(Consumer::new(Rc::clone(&plan), ConnectionId(connection), instance));
                connection += 1;
            }
        }
        actors
    }

    fn nodes(&self) -> Vec<Node> {
        let broker = ActorId::new(self.addresses.broker);
        let count = u16::try_from(nodes::count(self.scenario)).expect("a broker has few nodes");
        (0..count).map(|node| Node::new(broker, node)).collect()
    }

    fn supervisor(&self) -> Supervisor {
        let address = |component: &str, instance| self.address(component, instance);
        let plan = faulting::timed(self.scenario, address);
        let broker = ActorId::new(self.addresses.broker);
        let spells = self.partitions.timed(self.scenario, broker, address);
        Supervisor::new(Rc::clone(&self.sites), broker, plan, spells)
    }

    fn sources(&mut self) -> Vec<Source> {
        let scenario = self.scenario;
        let sources = (0..).map(ProducerId).zip(&scenario.producers).map(|(id, producer)| {
            let stream = self.context.add_stream(stream(scenario.seed, &producer.name, "arrivals"));
            Source::new(Rc::new(SourcePlan {
                producer: id,
                instances: (0..producer.instances).map(|n| self.address(&producer.name, n)).collect(),
                phases: phases(producer, scenario.run_for, &mut self.context),
                run_until: Time::ZERO + scenario.run_for,
                stream,
                at_once: self.context.delay(Span::ZERO),
            }))
        });
        sources.collect()
    }
}

/// The purposes of a component's two streams of latencies.
const TO_BROKER: &str = "latency to the broker";
const FROM_BROKER: &str = "latency from the broker";

fn connection(peer: ActorId, instance: u32, link: Rc<Link>, channel: Option<Channel>) -> Connection {
    let (epoch, lane) = (Epoch::default(), Lane::default());
    Connection { peer, instance, epoch, link, lane, is_kept: true, is_severed: false, channel, reads: None }
}

fn channel(consumer: &model::Consumer, member: u32) -> Channel {
    let settling = if consumer.ack == AckMode::OnDelivery { Settling::OnDelivery } else { Settling::OnAck };
    let queue = QueueId(small(consumer.from.0));
    Channel::new(queue, member, consumer.prefetch, settling, consumer.on_error.into())
}

/// Handlers at once in one instance: prefetch bounds them, unless the broker forgets copies on sending.
pub(super) fn handlers_at_once(consumer: &model::Consumer) -> u32 {
    match (consumer.ack, consumer.prefetch) {
        _ if consumer.pull.is_some() => consumer.concurrency,
        (AckMode::OnDelivery, _) | (_, None) => consumer.concurrency,
        (_, Some(prefetch)) => consumer.concurrency.min(prefetch),
    }
}

fn component_names(scenario: &Scenario) -> impl Iterator<Item = &str> {
    let producers = scenario.producers.iter().map(|producer| producer.name.as_str());
    let consumers = scenario.consumers.iter().map(|consumer| consumer.name.as_str());
    producers.chain(consumers)
}

/// The latency between a component and the broker: the last `links` entry that names both, or the network's.
fn latency<'s>(scenario: &'s Scenario, component: &str) -> &'s Distribution {
    let is_broker = |name: &str| name == "broker" || scenario.queues.iter().any(|queue| queue.name == name);
    let named = scenario.network.links.iter().rev().find(|link| {
        let [a, b] = &link.between;
        (a == component && is_broker(b)) || (b == component && is_broker(a))
    });
    named.map_or(&scenario.network.latency, |link| &link.latency)
}

fn key_of(component: &str, what: &str) -> u64 {
    Purpose::new(component, what).hash()
}

fn small(position: usize) -> u16 {
    u16::try_from(position).expect("a checked scenario has at most 2^16 components of a kind")
}
