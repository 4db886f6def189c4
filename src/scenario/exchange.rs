//! Exchanges and their bindings.

use super::model::{Binding, Exchange, ExchangeKind, Matching, Selects};
use super::names::Names;
use super::reader::{Fields, Reader};
use super::shape::{BINDING, EXCHANGE};
use super::tree::{Entry, Node};
use super::values::is_off;
use super::words::{EXCHANGE_KIND, MATCHING};

impl Reader<'_> {
    /// An entry of `exchanges:`.
    pub(super) fn exchange(&mut self, entry: &Entry, names: &Names<'_>) -> Exchange {
        let mut exchange = Exchange {
            name: entry.key.clone(),
            kind: ExchangeKind::Fanout,
            bindings: Vec::new(),
            alternate: None,
        };
        let Some(fields) = self.fields(&entry.node, &EXCHANGE) else { return exchange };
        let kind = self.required(&fields, "kind").and_then(|n| self.choice(n, EXCHANGE_KIND));
        let bindings =
            self.list(fields.get("bindings"), "bindings, as in `- {routing_key: a.*, to: orders}`");
        if let Some(kind) = kind {
            exchange.kind = kind;
            exchange.bindings =
                bindings.iter().filter_map(|binding| self.binding(binding, kind, names)).collect();
        }
        exchange.alternate =
            fields.get("alternate").filter(|n| !is_off(n)).and_then(|n| names.exchange(self, n));
        exchange
    }

    fn binding(&mut self, node: &Node, kind: ExchangeKind, names: &Names<'_>) -> Option<Binding> {
        let fields = self.fields(node, &BINDING)?;
        let to = self.required(&fields, "to").and_then(|n| names.destination(self, n));
        let selects = match kind {
            ExchangeKind::Fanout => Some(Selects::Everything),
            ExchangeKind::Direct | ExchangeKind::Topic => self
                .required(&fields, "routing_key")
                .and_then(|n| self.routing_key(n))
                .map(Selects::RoutingKey),
            ExchangeKind::Headers => self.matching_headers(&fields),
        };
        Some(Binding { selects: selects?, to: to? })
    }

    fn matching_headers(&mut self, fields: &Fields<'_>) -> Option<Selects> {
        let matching = fields.get("match").and_then(|n| self.choice(n, MATCHING)).unwrap_or(Matching::All);
        let headers = self.required(fields, "headers").and_then(|n| self.headers(n))?;
        Some(Selects::Headers { matching, headers })
    }

    /// A routing key or a pattern of one.
    pub(super) fn routing_key(&mut self, node: &Node) -> Option<String> {
        self.text(node, "a routing key, as in `order.created`").map(str::to_owned)
    }

    /// A map of header names to values.
    pub(super) fn headers(&mut self, node: &Node) -> Option<Vec<(String, String)>> {
        let before = self.errors();
        let entries = self.named(Some(node), "texts");
        let read = entries.iter().filter_map(|entry| {
            self.text(&entry.node, "the value of a header").map(|text| (entry.key.clone(), text.to_owned()))
        });
        let headers = read.collect();
        (self.errors() == before).then_some(headers)
    }
}
