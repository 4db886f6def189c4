//! A scenario's faults as rules at their places.

use crate::faults::{Armed, Due, HandlerRules, Harm, LinkRules, PointRules, Rule, Strike, TimedFault};
use crate::kernel::ActorId;
use crate::kernel::chance::{Purpose, Sampler};
use crate::protocol::id::{FaultId, ProducerId};
use crate::quantity::{Span, Time};
use crate::scenario::model::{Fault, FaultKind, LinkMessage, Scenario, Selector};

use super::chance;
use super::spells::{BROKER, Partitions};

/// What can happen on the way from a component to the broker.
pub(super) fn to_broker(scenario: &Scenario, partitions: &Partitions<'_>, component: &str) -> LinkRules {
    link_rules(scenario, partitions, component, TO_BROKER)
}

/// What can happen on the way from the broker to a component.
pub(super) fn from_broker(scenario: &Scenario, partitions: &Partitions<'_>, component: &str) -> LinkRules {
    link_rules(scenario, partitions, component, FROM_BROKER)
}

const TO_BROKER: &[LinkMessage] =
    &[LinkMessage::Publish, LinkMessage::Ack, LinkMessage::Nack, LinkMessage::Request];
const FROM_BROKER: &[LinkMessage] = &[LinkMessage::Confirm, LinkMessage::Delivery, LinkMessage::Reply];

fn link_rules(
    scenario: &Scenario,
    partitions: &Partitions<'_>,
    component: &str,
    carried: &[LinkMessage],
) -> LinkRules {
    let mut rules = LinkRules::default();
    for (id, fault) in faults(scenario) {
        if let Some((what, harm)) = harm(fault)
            && carried.contains(&what)
            && let Some(rule) = rule_for(id, fault, component)
        {
            rules.add(what, rule, harm);
        }
    }
    partitions.around(component).for_each(|separation| rules.separate(separation));
    rules
}

/// What can happen to one kind of message between two components: where the sender, or every link, is named,
/// and where the receiver is.
pub(super) fn on_way(scenario: &Scenario, [from, to]: [&str; 2], what: LinkMessage) -> [LinkRules; 2] {
    let mut rules = [LinkRules::default(), LinkRules::default()];
    for (id, fault) in faults(scenario) {
        let Some((_, harm)) = harm(fault).filter(|(struck, _)| *struck == what) else { continue };
        let named = |name: &str| fault.target.as_ref().filter(|of| of.component == name);
        if let Some(selector) = named(from) {
            rules[0].add(what, rule(id, fault, selector.instances.unwrap_or((0, u32::MAX))), harm);
        } else if let Some(selector) = named(to) {
            rules[1].add(what, rule(id, fault, selector.instances.unwrap_or((0, u32::MAX))), harm);
        } else if fault.target.is_none() {
            let purpose = Purpose::new("fault", &format!("{} from {from} to {to}", fault.name));
            rules[0].add(what, Rule { purpose, ..rule(id, fault, (0, u32::MAX)) }, harm);
        }
    }
    rules
}

/// What a fault does to which messages on a link, if it is one of links.
fn harm(fault: &Fault) -> Option<(LinkMessage, Harm)> {
    let by = || Purpose::new("fault by", &fault.name);
    match &fault.kind {
        FaultKind::Lose { what } => Some((*what, Harm::Lose)),
        FaultKind::Duplicate { what } => Some((*what, Harm::Double)),
        FaultKind::Delay { what, by: longer } => Some((*what, Harm::Delay(chance::sampler(longer), by()))),
        FaultKind::Reorder { what, within } => {
            Some((*what, Harm::Delay(Sampler::uniform(Span::ZERO, *within), by())))
        }
        _ => None,
    }
}

/// What strikes a consumer at the points of its handlers.
pub(super) fn at_points(scenario: &Scenario, component: &str) -> PointRules {
    let mut rules = PointRules::default();
    for (id, fault) in faults(scenario) {
        if let (Some(point), Some(strike)) = (fault.trigger.when, strike(fault))
            && let Some(rule) = rule_for(id, fault, component)
        {
            rules.add(point, rule, strike);
        }
    }
    rules
}

/// What makes a consumer's handlers slow or wrong.
pub(super) fn in_handlers(scenario: &Scenario, component: &str) -> HandlerRules {
    let mut rules = HandlerRules::default();
    for (id, fault) in faults(scenario) {
        match fault.kind {
            FaultKind::Slow { factor } => {
                if let Some(rule) = rule_for(id, fault, component) {
                    rules.add_slow(rule, factor);
                }
            }
            FaultKind::Fail => {
                if let Some(rule) = rule_for(id, fault, component) {
                    rules.add_fail(rule);
                }
            }
            FaultKind::Poison => {
                let rule = rule(id, fault, (0, u32::MAX));
                for producer in poisoned(scenario, fault.target.as_ref()) {
                    rules.add_poison(rule, producer);
                }
            }
            _ => {}
        }
    }
    rules
}

/// The producers whose messages a fault poisons.
fn poisoned<'s>(scenario: &'s Scenario, of: Option<&'s Selector>) -> impl Iterator<Item = ProducerId> + 's {
    let named = scenario
        .producers
        .iter()
        .enumerate()
        .filter(move |(_, producer)| of.is_none_or(|selector| selector.component == producer.name));
    named.map(|(at, _)| ProducerId(u16::try_from(at).expect("at most 2^16 producers")))
}

/// What the clock triggers, one entry for each instance it strikes.
pub(super) fn timed(scenario: &Scenario, address: impl Fn(&str, u32) -> ActorId) -> Vec<TimedFault> {
    let mut timed = Vec::new();
    for (id, fault) in faults(scenario) {
        let is_timed = fault.trigger.when.is_none() && fault.trigger.probability != Some(0.0);
        let Some(strike) = strike(fault).filter(|_| is_timed) else { continue };
        for (component, instance) in instances(scenario, fault.target.as_ref()) {
            let luck_key = Purpose::new(&fault.name, component).hash().wrapping_add(u64::from(instance));
            let due = match &fault.trigger.every {
                Some(gap) => Due::Every(chance::sampler(gap), armed_for(&strike, fault)),
                None => Due::At(armed(fault).from),
            };
            timed.push(TimedFault { fault: id, luck_key, target: address(component, instance), strike, due });
        }
    }
    timed
}

/// How often a fault is due, where that is known beforehand.
pub(super) fn planned(scenario: &Scenario, fault: &Fault) -> Option<u64> {
    if fault.trigger.when.is_some() || fault.trigger.every.is_some() {
        return None;
    }
    match fault.kind {
        FaultKind::Partition { .. } | FaultKind::Outage { .. } => Some(1),
        _ => strike(fault).map(|_| instances(scenario, fault.target.as_ref()).len() as u64),
    }
}

/// The instances a selector means, by component.
pub(super) fn instances<'s>(scenario: &'s Scenario, target: Option<&Selector>) -> Vec<(&'s str, u32)> {
    // Nodes of the broker are struck only by what names them.
    let nodes = target.map(|_| (BROKER, scenario.broker.nodes));
    // So are stores.
    let stores = scenario.stores.iter().filter(|_| target.is_some()).map(|store| (store.name.as_str(), 1));
    let all = scenario.components().chain(nodes).chain(stores);
    let chosen = all.filter(|(name, _)| target.is_none_or(|of| of.component == *name));
    let range = target.and_then(|of| of.instances);
    chosen
        .flat_map(|(name, count)| (0..count).map(move |instance| (name, instance)))
        .filter(|(_, instance)| range.is_none_or(|(first, last)| first <= *instance && *instance <= last))
        .collect()
}

pub(super) fn faults(scenario: &Scenario) -> impl Iterator<Item = (FaultId, &Fault)> {
    (0..).map(FaultId).zip(&scenario.faults)
}

/// What a fault does to an instance at one instant, if it does.
fn strike(fault: &Fault) -> Option<Strike> {
    match fault.kind {
        FaultKind::Crash { how, restart_after } => Some(Strike::Crash { how, restart_after }),
        FaultKind::Cut { restart_after } => Some(Strike::Cut { restart_after }),
        FaultKind::Pause { lasts } => Some(Strike::Pause { lasts }),
        FaultKind::Evict { share } => Some(Strike::Evict { share }),
        FaultKind::Stall => fault.trigger.lasts.map(|lasts| Strike::Stall { lasts }),
        _ => None,
    }
}

/// Whether anything can strike the broker's nodes.
pub(super) fn can_strike_nodes(scenario: &Scenario) -> bool {
    let strikes = |fault: &Fault| {
        if let FaultKind::Partition { between } = &fault.kind {
            return between.iter().all(|side| side.iter().any(|selector| selector.component == BROKER));
        }
        let is_aimed = fault.target.as_ref().is_some_and(|target| target.component == BROKER);
        is_aimed && fault.trigger.when.is_none() && strike(fault).is_some()
    };
    scenario.faults.iter().any(strikes)
}

/// The fault's rule at `component`, if it concerns it. The broker's end is the end of every link.
///
/// A fault of several components strikes each by a luck of its own: the copies that a fan-out makes of a
/// message would otherwise all be struck, or none.
fn rule_for(id: FaultId, fault: &Fault, component: &str) -> Option<Rule> {
    let purpose = Purpose::new("fault", &format!("{} at {component}", fault.name));
    match &fault.target {
        Some(selector) if selector.component == component => {
            Some(rule(id, fault, selector.instances.unwrap_or((0, u32::MAX))))
        }
        Some(selector) if selector.component != BROKER => None,
        _ => Some(Rule { purpose, ..rule(id, fault, (0, u32::MAX)) }),
    }
}

fn rule(id: FaultId, fault: &Fault, instances: (u32, u32)) -> Rule {
    Rule {
        fault: id,
        purpose: Purpose::new("fault", &fault.name),
        armed: armed(fault),
        instances,
        probability: fault.trigger.probability.unwrap_or(1.0),
    }
}

/// When a fault can strike: a stall's `for` is its own length.
fn armed_for(strike: &Strike, fault: &Fault) -> Armed {
    let armed = armed(fault);
    match strike {
        Strike::Stall { .. } => Armed { until: Time::NEVER, ..armed },
        _ => armed,
    }
}

pub(super) fn armed(fault: &Fault) -> Armed {
    let from = fault.trigger.after.map_or(Time::ZERO, |after| Time::ZERO + after);
    let until = fault.trigger.lasts.map_or(Time::NEVER, |lasts| from + lasts);
    Armed { from, until }
}
