//! Faults of messages on links, and of links as a whole: `lose`, `duplicate`, `delay`, `reorder`, `partition`.

use crate::quantity::Span;

use super::super::model::{Distribution, FaultKind, LinkMessage, Selector, Trigger};
use super::super::names::BROKER;
use super::super::reader::{Fields, Reader};
use super::super::registry;
use super::super::shape::{DELAY, DUPLICATE, LOSE, PARTITION, REORDER};
use super::super::target::{Cast, Hits};
use super::super::tree::{Node, Value};
use super::super::words::{LINK_MESSAGE, word_of};
use super::Unnamed;

/// Which messages a fault is about.
struct Traffic {
    what: Option<LinkMessage>,
    target: Option<Selector>,
    trigger: Trigger,
}

impl Reader<'_> {
    pub(super) fn lose<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &LOSE)?;
        let traffic = self.traffic(&fields, "a loss", cast);
        let what = traffic.what?;
        if what == LinkMessage::Ack {
            self.question_lost_ack(&fields, cast, traffic.target.as_ref());
        }
        Some(self.of_traffic(&fields, "lose", FaultKind::Lose { what }, traffic))
    }

    pub(super) fn duplicate<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &DUPLICATE)?;
        let traffic = self.traffic(&fields, "a duplicate", cast);
        let what = traffic.what?;
        Some(self.of_traffic(&fields, "duplicate", FaultKind::Duplicate { what }, traffic))
    }

    pub(super) fn delay<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &DELAY)?;
        let traffic = self.traffic(&fields, "a delay", cast);
        let by = self.required(&fields, "by").and_then(|n| self.distribution(n));
        let by = by.unwrap_or(Distribution::Constant(Span::ZERO));
        let what = traffic.what?;
        Some(self.of_traffic(&fields, "delay", FaultKind::Delay { what, by }, traffic))
    }

    pub(super) fn reorder<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &REORDER)?;
        let traffic = self.traffic(&fields, "a reordering", cast);
        let within = self.required(&fields, "within").and_then(|n| self.positive_span(n));
        let within = within.unwrap_or(Span::ZERO);
        let what = traffic.what?;
        Some(self.of_traffic(&fields, "reorder", FaultKind::Reorder { what, within }, traffic))
    }

    fn traffic(&mut self, fields: &Fields<'_>, fault: &str, cast: &Cast<'_>) -> Traffic {
        let what = self.required(fields, "what").and_then(|n| self.choice(n, LINK_MESSAGE));
        let hits = match what {
            None | Some(LinkMessage::Publish | LinkMessage::Confirm) => Hits::Links,
            Some(LinkMessage::Request | LinkMessage::Reply) if cast.has_calls() => Hits::Links,
            Some(_) => Hits::ConsumerLinks,
        };
        let target = fields.get("target").and_then(|n| self.target(n, cast, hits));
        if let (Some(LinkMessage::Request | LinkMessage::Reply), Some(node), Some(target)) =
            (what, fields.get("target"), &target)
            && !cast.asks_or_answers(&target.component)
        {
            let message = format!("`{}` asks nobody and is not asked", target.component);
            self.warning(&registry::FAULT_TARGET, &node.place, message).help(
                "requests and replies travel to services, stores and the logs that consumers read, and back",
            );
        }
        Traffic { what, target, trigger: self.spread_trigger(fields, fault) }
    }

    fn of_traffic<'t>(
        &mut self,
        fields: &Fields<'t>,
        verb: &str,
        kind: FaultKind,
        traffic: Traffic,
    ) -> Unnamed<'t> {
        let what = traffic.what.map_or("message", |what| word_of(LINK_MESSAGE, &what));
        self.named_fault(fields, format!("{verb}-{what}"), kind, traffic.target, traffic.trigger)
    }

    /// Warns about a lost ack on a connection that would not survive it.
    fn question_lost_ack(&mut self, fields: &Fields<'_>, cast: &Cast<'_>, target: Option<&Selector>) {
        let Some(described) = cast.reliable_link(target) else { return };
        let Some(what) = fields.get("what") else { return };
        let message = format!("on {described} a single ack does not vanish while its connection stays up");
        self.warning(&registry::LOST_ACK_UNREALISTIC, &what.place, message)
            .help("the fault that happens there is `cut: {target: …, when: before-ack, probability: 2%}`");
    }

    pub(super) fn partition<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &PARTITION)?;
        let sides = self
            .required(&fields, "between")
            .and_then(|n| self.pair(n, "two lists of components, as in `[[booking], [broker]]`"));
        let before = self.errors();
        let between = sides.map(|sides| sides.map(|side| self.side(side, cast)));
        if let (Some(sides), Some(between)) = (sides, &between)
            && self.errors() == before
        {
            self.check_sides(&fields, sides, between, cast);
        }
        let trigger = self.lasting_trigger(&fields, "a partition");
        let between = between?;
        Some(self.named_fault(
            &fields,
            "partition".to_owned(),
            FaultKind::Partition { between },
            None,
            trigger,
        ))
    }

    fn check_sides(
        &mut self,
        fields: &Fields<'_>,
        nodes: [&Node; 2],
        sides: &[Vec<Selector>; 2],
        cast: &Cast<'_>,
    ) {
        for (node, _) in nodes.iter().zip(sides).filter(|(_, side)| side.is_empty()) {
            self.error(&registry::PARTITION_SIDES, &node.place, "nobody is on this side of the partition");
        }
        let [one, other] = sides;
        let both = one.iter().find(|here| other.iter().any(|there| overlap(here, there)));
        if let Some(both) = both {
            let message = format!("`{}` is on both sides of the partition", both.component);
            self.error(&registry::PARTITION_SIDES, &nodes[1].place, message)
                .also(&nodes[0].place, "the other side")
                .help("an instance is on one side; `booking#0-1` and `booking#2-3` can be apart");
            return;
        }
        let has_broker = |side: &[Selector]| side.iter().any(|of| of.component == BROKER);
        let calls =
            one.iter().any(|here| other.iter().any(|there| cast.calls(&here.component, &there.component)));
        if !(one.is_empty() || other.is_empty() || has_broker(one) || has_broker(other) || calls) {
            let place = fields.get("between").map_or(fields.place(), |node| &node.place);
            let message = "no messages travel between these sides, with or without a partition";
            self.error(&registry::PARTITION_SIDES, place, message).help(if cast.has_calls() {
                "components talk to the broker and to the services that they call, and to nobody else"
            } else {
                "producers and consumers talk to the broker only: put `broker` on one side"
            });
        }
    }

    /// One side of a partition: a list of components, or a single one.
    fn side(&mut self, node: &Node, cast: &Cast<'_>) -> Vec<Selector> {
        let members = match &node.value {
            Value::Scalar { .. } if !node.is_empty() => std::slice::from_ref(node),
            _ => self.list(Some(node), "components, as in `[booking, broker#0]`"),
        };
        members.iter().filter_map(|member| self.target(member, cast, Hits::Anyone)).collect()
    }
}

/// Whether an instance is in both.
fn overlap(one: &Selector, other: &Selector) -> bool {
    one.component == other.component
        && match (one.instances, other.instances) {
            (Some((low, high)), Some((from, to))) => low <= to && from <= high,
            _ => true,
        }
}
