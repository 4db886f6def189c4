//! Exchanges and their bindings.

use super::model::{Binding, Exchange, ExchangeKind, Matching, Selects};
use super::names::Names;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{BINDING, EXCHANGE};
use super::tree::{Entry, Node};
use super::values::is_off;
use super::words::{EXCHANGE_KIND, MATCHING, word_of};

/// The longest routing key in bytes: a short string of AMQP.
const LONGEST_KEY: usize = 255;

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
        self.misfits(&fields, kind);
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

    /// Complains about what exchanges of this kind do not look at.
    fn misfits(&mut self, fields: &Fields<'_>, kind: ExchangeKind) {
        let (misfits, looks_at): (&[&str], &str) = match kind {
            ExchangeKind::Fanout => (&["routing_key", "headers", "match"], "at nothing: all get everything"),
            ExchangeKind::Direct | ExchangeKind::Topic => (&["headers", "match"], "at the `routing_key`"),
            ExchangeKind::Headers => (&["routing_key"], "at the `headers`"),
        };
        let word = word_of(EXCHANGE_KIND, &kind);
        for key in misfits {
            let Some(given) = fields.entry(key) else { continue };
            let message = format!("a binding of a {word} exchange has no `{key}`");
            self.error(&registry::BINDING_MISFIT, &given.place, message)
                .help(format!("a {word} exchange looks {looks_at}"));
        }
    }

    fn matching_headers(&mut self, fields: &Fields<'_>) -> Option<Selects> {
        let matching = fields.get("match").and_then(|n| self.choice(n, MATCHING)).unwrap_or(Matching::All);
        let node = self.required(fields, "headers")?;
        let headers = self.headers(node)?;
        if headers.is_empty() {
            self.error(&registry::BINDING_MISFIT, &node.place, "this binding names no header to look at")
                .help("as in `headers: {kind: order}`");
        }
        Some(Selects::Headers { matching, headers })
    }

    /// A routing key or a pattern of one.
    pub(super) fn routing_key(&mut self, node: &Node) -> Option<String> {
        if node.is_empty() {
            self.wrong_type(node, "a routing key")
                .help("YAML reads `#` as the beginning of a comment: quote it, as in `\"#\"`")
                .help("for the empty key write `\"\"`");
            return None;
        }
        let key = self.text(node, "a routing key, as in `order.created`")?;
        if key.len() > LONGEST_KEY {
            let message = format!("this routing key has {} bytes", key.len());
            self.error(&registry::ROUTING_KEY_TOO_LONG, &node.place, message)
                .help(format!("AMQP allows {LONGEST_KEY}"));
        }
        Some(key.to_owned())
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
