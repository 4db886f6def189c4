//! Whom a fault strikes.
//!
//! Resolves `booking#3` against the components that were read.

use super::diagnostic::quoted;
use super::model::{
    AckMode, Broker, Consumer, Idempotency, Producer, Selector, Service, Step, Store, Transaction,
};
use super::names::BROKER;
use super::profile::Profile;
use super::reader::Reader;
use super::registry;
use super::source::Place;
use super::tree::Node;

/// The components that were read.
pub(super) struct Cast<'s> {
    /// The broker.
    pub(super) broker: &'s Broker,
    /// In the file's order.
    pub(super) services: &'s [Service],
    /// In the file's order.
    pub(super) stores: &'s [Store],
    /// In the file's order.
    pub(super) producers: &'s [Producer],
    /// In the file's order.
    pub(super) consumers: &'s [Consumer],
    /// Names of the queues, in the file's order.
    pub(super) queues: &'s [&'s str],
    /// Profiles of the queues, in the file's order.
    pub(super) profiles: &'s [&'static Profile],
}

/// What a kind of fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hits {
    /// Producers, consumers and services.
    Groups,
    /// The same, stores, and the nodes of the broker.
    GroupsAndNodes,
    /// The nodes of the broker, and databases: what has disks.
    Disks,
    /// The broker, a service, or a store, as a whole.
    Whole,
    /// Whoever can be cut off from others: producers, consumers, services, stores, and the nodes of the broker.
    Anyone,
    /// Whoever has handlers: consumers and services.
    Handlers,
    /// Links, named by either end.
    Links,
    /// Links between the broker and consumers, named by either end.
    ConsumerLinks,
}

impl Hits {
    const fn broker(self) -> bool {
        matches!(self, Self::Links | Self::ConsumerLinks | Self::Whole) || self.nodes()
    }

    const fn nodes(self) -> bool {
        matches!(self, Self::GroupsAndNodes | Self::Disks | Self::Anyone)
    }

    const fn producers(self) -> bool {
        matches!(self, Self::Groups | Self::GroupsAndNodes | Self::Links | Self::Anyone)
    }

    const fn consumers(self) -> bool {
        !matches!(self, Self::Disks | Self::Whole)
    }

    const fn stores(self) -> bool {
        matches!(self, Self::GroupsAndNodes | Self::Disks | Self::Whole | Self::Anyone | Self::Links)
    }

    const fn services(self) -> bool {
        !matches!(self, Self::Disks | Self::ConsumerLinks)
    }
}

impl Cast<'_> {
    fn consumer(&self, name: &str) -> Option<&Consumer> {
        self.consumers.iter().find(|consumer| consumer.name == name)
    }

    fn instances(&self, name: &str) -> Option<u32> {
        let producers = self.producers.iter().map(|producer| (&producer.name, producer.instances));
        let consumers = self.consumers.iter().map(|consumer| (&consumer.name, consumer.instances));
        let services = self.services.iter().map(|service| (&service.name, service.instances));
        let found = producers.chain(consumers).chain(services).find(|(known, _)| *known == name);
        let found = found.map(|(_, instances)| instances);
        found
            .or_else(|| self.has_store(name).then_some(1))
            .or_else(|| (name == BROKER).then_some(self.broker.nodes))
    }

    pub(super) fn has_store(&self, name: &str) -> bool {
        self.stores.iter().any(|store| store.name == name)
    }

    fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// What the handlers of a component run, and when they ack or else answer, if it has any.
    pub(super) fn handlers(&self, name: &str) -> Option<(&[Step], AckMode)> {
        let consumer = self.consumer(name).map(|consumer| (&consumer.steps[..], consumer.ack));
        consumer.or_else(|| self.service(name).map(|service| (&service.steps[..], AckMode::AfterHandling)))
    }

    /// What keeps a consumer's handlers from doing something again.
    pub(super) fn guard(&self, name: &str) -> Option<&Idempotency> {
        self.consumer(name)?.idempotency.as_ref()
    }

    /// Whether one of two components calls the other, or is a store that it uses.
    pub(super) fn calls(&self, one: &str, other: &str) -> bool {
        let calls = self.programs().flat_map(|(caller, steps)| {
            let called = steps.iter().flat_map(|step| self.called(step));
            called.map(move |called| (caller, called))
        });
        let guards = self.consumers.iter().filter_map(|consumer| {
            let store = consumer.idempotency.as_ref()?.store()?;
            Some((consumer.name.as_str(), self.stores[store.0].name.as_str()))
        });
        calls.chain(guards).any(|ends| ends == (one, other) || ends == (other, one))
    }

    /// The service or stores that a step talks to.
    fn called(&self, step: &Step) -> impl Iterator<Item = &str> {
        let service = step.call().map(|call| self.services[call.service.0].name.as_str());
        let stores = step.transaction().into_iter().flat_map(Transaction::stores);
        service.into_iter().chain(stores.map(|store| self.stores[store.0].name.as_str()))
    }

    /// Whether anybody calls a service or uses a store.
    pub(super) fn has_calls(&self) -> bool {
        let asks = |consumer: &Consumer| consumer.idempotency.as_ref().and_then(Idempotency::store).is_some();
        self.steps().any(|step| self.called(step).next().is_some()) || self.consumers.iter().any(asks)
    }

    /// Whether requests and replies pass a component: it calls, uses a store, is one or a service, or reads a log.
    pub(super) fn asks_or_answers(&self, name: &str) -> bool {
        let asks = |steps: &[Step]| steps.iter().any(|step| self.called(step).next().is_some());
        let mut callers = self.programs().filter(|(_, steps)| asks(steps));
        let mut readers = self.consumers.iter().filter(|consumer| consumer.pull.is_some());
        callers.any(|(caller, _)| caller == name)
            || self.guard(name).and_then(Idempotency::store).is_some()
            || self.service(name).is_some()
            || self.has_store(name)
            || readers.any(|reader| name == BROKER || reader.name == name)
    }

    /// Every step of every `do` list.
    pub(super) fn steps(&self) -> impl Iterator<Item = &Step> {
        self.programs().flat_map(|(_, steps)| steps)
    }

    fn programs(&self) -> impl Iterator<Item = (&str, &[Step])> {
        let producers = self.producers.iter().map(|producer| (producer.name.as_str(), &producer.steps[..]));
        let consumers = self.consumers.iter().map(|consumer| (consumer.name.as_str(), &consumer.steps[..]));
        let services = self.services.iter().map(|service| (service.name.as_str(), &service.steps[..]));
        producers.chain(consumers).chain(services)
    }

    /// What a profile describes whose acks cannot vanish alone, among the consumers struck.
    pub(super) fn reliable_link(&self, target: Option<&Selector>) -> Option<&'static str> {
        let struck = self.consumers.iter().filter(|consumer| {
            target.is_none_or(|target| target.component == BROKER || target.component == consumer.name)
        });
        struck
            .filter_map(|consumer| self.profiles.get(consumer.from.0))
            .find(|profile| !profile.single_ack_can_vanish.value)
            .map(|profile| profile.describes)
    }
}

impl Reader<'_> {
    /// `target:`.
    pub(super) fn target(&mut self, node: &Node, cast: &Cast<'_>, hits: Hits) -> Option<Selector> {
        let text = self.text(node, "a component, as in `booking` or `booking#3`")?;
        let (component, instances) = match text.split_once('#') {
            Some((component, instances)) => (component, Some(instances)),
            None => (text, None),
        };
        if component == BROKER && (!hits.broker() || (instances.is_some() && !hits.nodes())) {
            self.no_broker_target(node, hits);
            return None;
        }
        let Some(count) = cast.instances(component) else {
            self.no_such_target(&node.place, component, cast, hits);
            return None;
        };
        if cast.has_store(component) {
            return self.store_target(node, component, instances, hits);
        }
        let is_service = cast.service(component).is_some();
        if is_service && hits == Hits::Whole && instances.is_some() {
            let message = "this fault strikes a service as a whole, not one of its instances";
            self.error(&registry::FAULT_TARGET, &node.place, message)
                .help(format!("write `target: {component}`"));
            return None;
        }
        if component != BROKER && !(hits.consumers() || is_service && hits.services()) {
            let whom = if hits == Hits::Whole && !cast.services.is_empty() { " or a service" } else { "" };
            let message = format!("this fault strikes the broker{whom}, not {}", quoted(component));
            let complaint = self.error(&registry::FAULT_TARGET, &node.place, message);
            match hits {
                Hits::Whole if !cast.services.is_empty() => {
                    complaint.help("write `target: broker`, or name a service")
                }
                _ => complaint.help("write `target: broker`"),
            };
            return None;
        }
        if is_service && !hits.services() {
            let message = format!("{} is a service, and this fault strikes consumers", quoted(component));
            self.error(&registry::FAULT_TARGET, &node.place, message);
            return None;
        }
        if component != BROKER && !hits.producers() && cast.handlers(component).is_none() {
            let message = format!("{} is a producer, and this fault strikes consumers", quoted(component));
            self.error(&registry::FAULT_TARGET, &node.place, message);
            return None;
        }
        let instances = match instances {
            Some(text) => Some(self.instance_range(&node.place, text, component, count)?),
            None => None,
        };
        Some(Selector { component: component.to_owned(), instances })
    }

    fn store_target(
        &mut self,
        node: &Node,
        store: &str,
        instances: Option<&str>,
        hits: Hits,
    ) -> Option<Selector> {
        if !hits.stores() {
            let message = format!("{} is a store, and this fault cannot strike it", quoted(store));
            self.error(&registry::FAULT_TARGET, &node.place, message)
                .help("a store is struck by `crash`, `outage` and `partition`, a cache also by `evict`, a database by `stall`, and its links by faults of requests and replies");
            return None;
        }
        if instances.is_some() {
            let message = format!("a store is one: {} has no instances", quoted(store));
            self.error(&registry::NO_SUCH_INSTANCE, &node.place, message).help(format!("write `{store}`"));
            return None;
        }
        Some(Selector { component: store.to_owned(), instances: None })
    }

    fn no_broker_target(&mut self, node: &Node, hits: Hits) {
        let message = match hits {
            Hits::Handlers => "the broker runs no handlers",
            Hits::Whole | Hits::Links | Hits::ConsumerLinks => {
                "this fault strikes the broker as a whole, not one of its nodes"
            }
            _ => "this fault strikes producers and consumers, not the broker",
        };
        let complaint = self.error(&registry::FAULT_TARGET, &node.place, message);
        match hits {
            Hits::Whole | Hits::Links | Hits::ConsumerLinks => complaint.help("write `target: broker`"),
            _ => complaint.help("the broker is struck by `crash`, `outage`, `stall` and `partition`"),
        };
    }

    fn no_such_target(&mut self, place: &Place, component: &str, cast: &Cast<'_>, hits: Hits) {
        let consumers = cast.consumers.iter().map(|consumer| consumer.name.as_str());
        let producers = cast.producers.iter().map(|producer| producer.name.as_str());
        let services = cast.services.iter().map(|service| service.name.as_str());
        let consumers = consumers.filter(|_| hits.consumers());
        let producers = producers.filter(|_| hits.producers());
        let stores = cast.stores.iter().map(|store| store.name.as_str()).filter(|_| hits.stores());
        let known: Vec<&str> =
            consumers.chain(producers).chain(services.filter(|_| hits.services())).chain(stores).collect();
        if cast.queues.contains(&component) {
            let message = format!("{} is a queue, and this fault cannot strike it", quoted(component));
            let complaint = self.error(&registry::FAULT_TARGET, place, message);
            if hits.broker() {
                complaint.help("a queue lives in the broker: write `broker`");
            } else if !known.is_empty() {
                complaint.help(format!("it can strike {}", super::reader::or_list(&known)));
            }
            return;
        }
        let what = if cast.services.is_empty() { "producer or consumer" } else { "component" };
        self.unknown_name(place, what, component, &known);
    }

    fn instance_range(
        &mut self,
        place: &Place,
        text: &str,
        component: &str,
        count: u32,
    ) -> Option<(u32, u32)> {
        let (low, high) = text.split_once('-').unwrap_or((text, text));
        let (Ok(low), Ok(high)) = (low.parse::<u32>(), high.parse::<u32>()) else {
            let message = format!("{} is not an instance", quoted(&format!("#{text}")));
            self.error(&registry::NO_SUCH_INSTANCE, place, message)
                .help(format!("write `{component}#0`, or `{component}#0-2` for several"));
            return None;
        };
        if low > high || high >= count {
            let of = if component == BROKER { "node" } else { "instance" };
            let there_are = match count {
                1 => format!("`{component}` has 1 {of}, `{component}#0`"),
                _ => {
                    format!("`{component}` has {count} {of}s, `{component}#0` to `{component}#{}`", count - 1)
                }
            };
            let message = format!("there is no {}", quoted(&format!("{component}#{text}")));
            self.error(&registry::NO_SUCH_INSTANCE, place, message).help(there_are);
            return None;
        }
        Some((low, high))
    }
}
