//! Where the actors of a run are: the broker first, then the instances of consumers and services, producers,
//! sources, the supervisor, the broker's nodes, and stores.

use std::collections::BTreeMap;

use crate::kernel::ActorId;
use crate::scenario::model::Scenario;
use crate::simulation::spells::BROKER;

/// Which addresses the components got: the broker first, then the instances of consumers and producers,
/// the producers' sources, and the supervisor.
#[derive(Debug)]
pub(in crate::simulation) struct Names {
    /// First address and name of each component, ascending.
    pub(super) components: Vec<(u32, String)>,
}

impl Names {
    /// What the scenario calls an actor: `booking#3`.
    pub(in crate::simulation) fn of(&self, id: ActorId) -> String {
        let (first, name) = self
            .components
            .iter()
            .rev()
            .find(|(first, _)| *first <= id.index())
            .expect("addresses begin at 0");
        format!("{name}#{}", id.index() - first)
    }
}

/// The first address of each kind of actor, and of each component.
pub(super) struct Addresses {
    pub(super) broker: u32,
    /// Those of consumers, and behind them those of services.
    pub(super) consumers: u32,
    pub(super) producers: u32,
    pub(super) sources: u32,
    pub(super) supervisor: u32,
    pub(super) nodes: u32,
    pub(super) stores: u32,
    by_name: BTreeMap<String, u32>,
}

impl Addresses {
    /// Addresses for everybody in `scenario`.
    pub(super) fn new(scenario: &Scenario) -> Self {
        let consumers: u32 = scenario.consumers.iter().map(|consumer| consumer.instances).sum();
        let services: u32 = scenario.services.iter().map(|service| service.instances).sum();
        let producers: u32 = scenario.producers.iter().map(|producer| producer.instances).sum();
        let sources = u32::try_from(scenario.producers.len()).expect("fewer than 2^32 producers");
        let first_producer = 1 + consumers + services;
        let first_source = first_producer + producers;
        let (supervisor, nodes) = (first_source + sources, first_source + sources + 1);
        let stores = nodes + super::nodes::count(scenario);
        let mut by_name = BTreeMap::new();
        let mut next = 1;
        for (name, instances) in scenario.components() {
            by_name.insert(name.to_owned(), next);
            next += instances;
        }
        by_name.extend((stores..).zip(&scenario.stores).map(|(at, store)| (store.name.clone(), at)));
        by_name.insert(BROKER.to_owned(), nodes);
        Self {
            broker: 0,
            consumers: 1,
            producers: first_producer,
            sources: first_source,
            supervisor,
            nodes,
            stores,
            by_name,
        }
    }

    /// The address of an instance of a component, or of a node of the broker.
    pub(super) fn of(&self, component: &str, instance: u32) -> ActorId {
        let first = self.by_name.get(component).expect("a checked scenario's faults name components");
        ActorId::new(first + instance)
    }
}
