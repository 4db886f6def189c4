//! Faults that last: partitions and outages, with whom the supervisor tells of them.

use std::rc::Rc;

use crate::faults::{Armed, Instances, Leader, Parting, Partition, Separation, Spells, TimedSpell, Visits};
use crate::kernel::ActorId;
use crate::kernel::chance::stream;
use crate::protocol::id::FaultId;
use crate::quantity::Time;
use crate::scenario::model::{Fault, FaultKind, OutageHow, Scenario, Selector};

use super::chance;
use super::faulting::{armed, faults, instances};

/// What the broker is called where faults are aimed.
pub(super) const BROKER: &str = "broker";

/// The partitions of a scenario, shared by links, broker and supervisor.
#[derive(Debug)]
pub(super) struct Partitions<'s> {
    /// Which node leads; clients talk to it.
    leader: Leader,
    all: Vec<(Rc<Partition>, &'s [Vec<Selector>; 2])>,
}

impl<'s> Partitions<'s> {
    pub(super) fn of(scenario: &'s Scenario) -> Self {
        let partitions = faults(scenario).filter_map(|(id, fault)| {
            let FaultKind::Partition { between } = &fault.kind else { return None };
            let nodes = between.each_ref().map(|side| on_side(side, BROKER));
            Some((Rc::new(Partition::new(id, nodes, spells(scenario, fault))), between))
        });
        Self { leader: Leader::default(), all: partitions.collect() }
    }

    /// Tells links which node leads.
    pub(super) fn leader(&self) -> Leader {
        self.leader.clone()
    }

    /// Those that can come between nodes of the broker.
    pub(super) fn inside_the_broker(&self) -> Vec<Rc<Partition>> {
        let inside = self.all.iter().filter(|(partition, _)| partition.is_inside_the_broker());
        inside.map(|(partition, _)| Rc::clone(partition)).collect()
    }

    /// What can come between a component and the broker.
    pub(super) fn around(&self, component: &str) -> impl Iterator<Item = Separation> {
        self.all.iter().filter_map(move |(partition, between)| {
            let sides = between.each_ref().map(|side| on_side(side, component));
            let parts = |side: usize| !sides[side].is_empty() && partition.has_nodes(1 - side);
            let concerns = parts(0) || parts(1);
            concerns.then(|| Separation::new(Rc::clone(partition), self.leader.clone(), sides))
        })
    }

    /// What can come between two components that talk to each other.
    pub(super) fn between(&self, from: &str, to: &str) -> Vec<Parting> {
        let partings = self.all.iter().filter_map(|(partition, between)| {
            let [from, to] = [from, to].map(|name| between.each_ref().map(|side| on_side(side, name)));
            Parting::new(Rc::clone(partition), from, to)
        });
        partings.collect()
    }

    /// Everything that lasts, with whom to tell when it begins and ends.
    pub(super) fn timed(
        &self,
        scenario: &Scenario,
        broker: ActorId,
        address: impl Fn(&str, u32) -> ActorId,
    ) -> Vec<TimedSpell> {
        let mut timed: Vec<TimedSpell> = Vec::new();
        for (partition, between) in &self.all {
            let selectors = between.iter().flatten().filter(|selector| selector.component != BROKER);
            let clients = selectors.flat_map(|selector| instances(scenario, Some(selector)));
            let is_consumer = |name: &str| scenario.consumers.iter().any(|consumer| consumer.name == name);
            let consumers = clients.filter(|(component, _)| is_consumer(component));
            let visits = Visits::Partition {
                partition: Rc::clone(partition),
                consumers: consumers.map(|(component, instance)| address(component, instance)).collect(),
            };
            timed.push(TimedSpell { fault: partition.fault(), visits });
        }
        for (fault, how, spells) in outages(scenario) {
            let target = scenario.faults[usize::from(fault.0)].target.as_ref();
            let struck = instances(scenario, target.filter(|target| target.component != BROKER));
            let whom = match target {
                Some(target) if target.component != BROKER => {
                    struck.into_iter().map(|(component, instance)| address(component, instance)).collect()
                }
                _ => vec![broker],
            };
            timed.push(TimedSpell { fault, visits: Visits::Outage { whom, how, spells: Box::new(spells) } });
        }
        timed
    }
}

fn outages(scenario: &Scenario) -> impl Iterator<Item = (FaultId, OutageHow, Spells)> {
    faults(scenario).filter_map(|(id, fault)| match fault.kind {
        FaultKind::Outage { how } => Some((id, how, spells(scenario, fault))),
        _ => None,
    })
}

/// When a fault that lasts holds.
fn spells(scenario: &Scenario, fault: &Fault) -> Spells {
    let armed = armed(fault);
    match (&fault.trigger.every, fault.trigger.lasts) {
        _ if fault.trigger.probability == Some(0.0) => Spells::none(),
        (Some(gap), Some(lasts)) => {
            let chance = stream(scenario.seed, &fault.name, "spells");
            let armed = Armed { until: Time::NEVER, ..armed };
            Spells::every(chance::sampler(gap), chance, lasts, armed)
        }
        _ => Spells::once(armed),
    }
}

/// The instances of a component among a partition's side.
fn on_side(side: &[Selector], component: &str) -> Vec<Instances> {
    let selected = side.iter().filter(|selector| selector.component == component);
    selected.map(|selector| selector.instances.unwrap_or((0, u32::MAX))).collect()
}
