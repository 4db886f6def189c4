//! The network: one latency for every link, and exceptions by name.

use crate::quantity::Span;

use super::model::{Distribution, LinkLatency, Network};
use super::names::{BROKER, Names};
use super::reader::Reader;
use super::registry;
use super::shape::{LINK, NETWORK};
use super::tree::Node;

impl Reader<'_> {
    /// `network:`.
    pub(super) fn network(&mut self, node: Option<&Node>, names: &Names<'_>) -> Network {
        let mut network = Network { latency: Distribution::Constant(Span::ZERO), links: Vec::new() };
        let Some(fields) = node.and_then(|node| self.fields(node, &NETWORK)) else { return network };
        if let Some(latency) = fields.get("latency").and_then(|n| self.distribution(n)) {
            network.latency = latency;
        }
        let links =
            self.list(fields.get("links"), "links, as in `- {between: [booking, broker], latency: 3ms}`");
        network.links = links.iter().filter_map(|link| self.link(link, names)).collect();
        network
    }

    fn link(&mut self, node: &Node, names: &Names<'_>) -> Option<LinkLatency> {
        let fields = self.fields(node, &LINK)?;
        let latency = self.required(&fields, "latency").and_then(|n| self.distribution(n));
        let ends = self.required(&fields, "between").and_then(|n| self.pair(n, "two names"));
        let [one, other] = ends?;
        let (first, second) = (self.link_end(one, names), self.link_end(other, names));
        let (first, second) = (first?, second?);
        let is_broker = |name: &str| name == BROKER || names.queues.contains(&name);
        let is_between_nodes = first == BROKER && second == BROKER;
        let is_service = |name: &str| {
            names.services.contains(&name) || names.stores.iter().any(|store| store.name == name)
        };
        let joins_a_service = is_service(&first) || is_service(&second);
        if is_broker(&first) == is_broker(&second) && !is_between_nodes && !joins_a_service {
            let message = format!("there is no link between `{first}` and `{second}`");
            self.error(&registry::UNKNOWN_NAME, &node.place, message).help(
                "a link joins the broker (or one of its queues), a service or a store, with who talks to it",
            );
            return None;
        }
        Some(LinkLatency { between: [first, second], latency: latency? })
    }

    fn link_end(&mut self, node: &Node, names: &Names<'_>) -> Option<String> {
        let name = self.text(node, "the name of a component")?;
        let mut known = names.groups();
        known.extend(&names.queues);
        known.extend(names.stores.iter().map(|store| store.name.as_str()));
        known.push(BROKER);
        if known.contains(&name) {
            return Some(name.to_owned());
        }
        if names.exchanges.contains(&name) {
            return Some(BROKER.to_owned());
        }
        self.unknown_name(&node.place, "component", name, &known);
        None
    }
}
