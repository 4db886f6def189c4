//! Who calls which service, over which ways, and who chooses the instance.

use std::cell::RefCell;
use std::rc::Rc;

use crate::actors::calling::Way;
use crate::actors::link::Latency;
use crate::faults::WayRules;
use crate::kernel::chance::stream;
use crate::protocol::Ctx;
use crate::scenario::model::{Distribution, LinkMessage, Scenario, ServiceRef, Step};
use crate::strategies::dispatch::Balancer;

use super::spells::Partitions;
use super::{chance, faulting};

/// The ways of a scenario's calls.
#[derive(Debug)]
pub(super) struct Ways {
    /// Each caller of each service once, with the way there.
    there: Vec<(String, ServiceRef, Rc<Way>)>,
    /// By service: the ways back to its callers, in the order of `there`.
    back: Vec<Vec<Rc<Way>>>,
    /// By service.
    balancers: Vec<Rc<RefCell<Balancer>>>,
}

impl Ways {
    pub(super) fn of(scenario: &Scenario, partitions: &Partitions<'_>, context: &mut Ctx) -> Self {
        let services = &scenario.services;
        let balancer = |service: &crate::scenario::model::Service| {
            Rc::new(RefCell::new(Balancer::new(service.dispatch, service.instances)))
        };
        let mut ways = Self {
            there: Vec::new(),
            back: vec![Vec::new(); services.len()],
            balancers: services.iter().map(balancer).collect(),
        };
        for (caller, steps) in scenario.programs() {
            for call in steps.iter().filter_map(Step::call) {
                if ways.place(caller, call.service).is_none() {
                    let service = &services[call.service.0].name;
                    let mut way =
                        |from, to, what| Rc::new(way(scenario, partitions, [from, to], what, context));
                    ways.there.push((
                        caller.to_owned(),
                        call.service,
                        way(caller, service, LinkMessage::Request),
                    ));
                    ways.back[call.service.0].push(way(service, caller, LinkMessage::Reply));
                }
            }
        }
        ways
    }

    /// The way from a caller to a service, and the caller's place among those who call it.
    pub(super) fn place(&self, caller: &str, service: ServiceRef) -> Option<(Rc<Way>, u16)> {
        let mut callers = self.there.iter().filter(|(_, called, _)| *called == service).zip(0..);
        let ((_, _, way), place) = callers.find(|((name, ..), _)| name == caller)?;
        Some((Rc::clone(way), place))
    }

    /// The ways from a service back to those who call it.
    pub(super) fn back(&self, service: usize) -> Vec<Rc<Way>> {
        self.back[service].clone()
    }

    pub(super) fn balancer(&self, service: ServiceRef) -> Rc<RefCell<Balancer>> {
        Rc::clone(&self.balancers[service.0])
    }
}

/// One direction between two components.
pub(super) fn way(
    scenario: &Scenario,
    partitions: &Partitions<'_>,
    [from, to]: [&str; 2],
    what: LinkMessage,
    context: &mut Ctx,
) -> Way {
    let latency = match latency(scenario, from, to) {
        Distribution::Constant(span) => Latency::Constant(context.delay(*span)),
        random => {
            let stream = stream(scenario.seed, from, &format!("latency to {to}"));
            Latency::Random { sampler: chance::sampler(random), stream: context.add_stream(stream) }
        }
    };
    let [of_sender, of_receiver] = faulting::on_way(scenario, [from, to], what);
    let partings = partitions.between(from, to);
    Way { latency, rules: WayRules { from: of_sender, to: of_receiver, partings } }
}

/// The latency between two components that are not the broker: the last `links` entry that names both, or the
/// network's.
fn latency<'s>(scenario: &'s Scenario, one: &str, other: &str) -> &'s Distribution {
    let named = scenario.network.links.iter().rev().find(|link| {
        let [a, b] = &link.between;
        (a == one && b == other) || (a == other && b == one)
    });
    named.map_or(&scenario.network.latency, |link| &link.latency)
}
