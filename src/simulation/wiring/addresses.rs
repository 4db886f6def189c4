//! Where the actors of a run are: the broker first, then the instances of consumers and services, producers,
//! sources, the supervisor, the broker's nodes, and stores.

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

/// The first address of each kind of actor.
pub(super) struct Addresses {
    pub(super) broker: u32,
    /// Those of consumers, and behind them those of services.
    pub(super) consumers: u32,
    pub(super) producers: u32,
    pub(super) sources: u32,
    pub(super) supervisor: u32,
    pub(super) nodes: u32,
    pub(super) stores: u32,
}

impl Addresses {
    /// The address of an instance of a component.
    pub(super) fn of(&self, scenario: &Scenario, component: &str, instance: u32) -> ActorId {
        if component == BROKER {
            return ActorId::new(self.nodes + instance);
        }
        let mut stores = (self.stores..).zip(&scenario.stores);
        if let Some((address, _)) = stores.find(|(_, store)| store.name == component) {
            return ActorId::new(address);
        }
        let mut first = self.consumers;
        for (name, instances) in scenario.components() {
            if name == component {
                return ActorId::new(first + instance);
            }
            first += instances;
        }
        unreachable!("a checked scenario's faults name components")
    }
}
