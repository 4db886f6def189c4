//! Producers: arrivals, what their messages look like, and what each arrival runs.

use crate::quantity::{Rate, Span, Time};

use super::data;
use super::model::{ArrivalShape, Connection, KeySpec, MessageSpec, Phase, Producer};
use super::names::Names;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{MESSAGE, MESSAGE_KEY, PHASE, PRODUCER, UNIFORM_KEY, ZIPF_KEY};
use super::step::Runner;
use super::tree::{Entry, Node, Value};
use super::values::is_off;
use super::words::CONNECTION;

/// Each instance is an actor; more would be a typing mistake.
pub(super) const MOST_INSTANCES: u32 = 1_000_000;

/// Each waiting user takes memory.
const MOST_USERS: u64 = 10_000_000;

/// An instant with more happenings ends a run, so more arrivals at once could never be simulated.
const MOST_AT_ONCE: u64 = 10_000_000;

/// The keys of a phase that say its shape.
const SHAPES: [&str; 6] = ["poisson", "every", "at_once", "ramp", "users", "trace"];

impl Reader<'_> {
    /// An entry of `producers:`. After a complaint about arrivals its list of them is empty.
    pub(super) fn producer(&mut self, entry: &Entry, names: &Names<'_>) -> Option<Producer> {
        let fields = self.fields(&entry.node, &PRODUCER)?;
        let instances =
            fields.get("instances").and_then(|n| self.small_count(n, 1..=MOST_INSTANCES)).unwrap_or(1);
        let arrivals = self.required(&fields, "arrivals").map(|n| self.arrivals(n)).unwrap_or_default();
        let message = fields.get("message").map_or(PLAIN_MESSAGE, |n| self.message(n));
        let declares = fields.get("declare").and_then(|n| self.boolean(n)).unwrap_or(true);
        let runner = if declares { Runner::Producer } else { Runner::BareProducer };
        let steps = match fields.get("do") {
            Some(node) => self.steps(node, names, runner),
            None => self.missing_do(&fields, names),
        };
        let connection =
            fields.get("connection").and_then(|n| self.choice(n, CONNECTION)).unwrap_or(Connection::Kept);
        let name = entry.key.clone();
        Some(Producer { name, instances, arrivals, message, steps, connection, declares })
    }

    fn missing_do(&mut self, fields: &Fields<'_>, names: &Names<'_>) -> Vec<super::model::Step> {
        let queue = names.queues.first().copied().unwrap_or("orders");
        self.error(&registry::MISSING_KEY, fields.place(), "a producer needs `do`")
            .help(format!("add `do: [publish: {queue}]`"));
        Vec::new()
    }

    /// One phase or a list of them; none after a complaint.
    fn arrivals(&mut self, node: &Node) -> Vec<Phase> {
        let before = self.errors();
        let nodes = match &node.value {
            Value::Map(_) => std::slice::from_ref(node),
            Value::List(items) if !items.is_empty() => items,
            _ => {
                self.wrong_type(node, "a phase of arrivals, or a list of them")
                    .help("as in `arrivals: {poisson: 100/s}` or `arrivals: {at_once: 1000}`");
                return Vec::new();
            }
        };
        let phases: Vec<Phase> = nodes.iter().filter_map(|phase| self.phase(phase)).collect();
        let endless = nodes.iter().zip(&phases).find(|(_, phase)| phase.lasts.is_none());
        if let (Some((first, _)), true) = (endless, self.errors() == before)
            && let Some(next) = nodes.iter().skip_while(|node| !std::ptr::eq(*node, first)).nth(1)
        {
            self.error(&registry::PHASE_AFTER_ENDLESS, &next.place, "this phase never begins")
                .also(&first.place, "this one has no `for`, so it goes on to the end")
                .help("say how long the earlier phase lasts, as in `for: 10s`");
        }
        if self.errors() > before { Vec::new() } else { phases }
    }

    fn phase(&mut self, node: &Node) -> Option<Phase> {
        let fields = self.fields(node, &PHASE)?;
        let lasts = fields.get("for").map(|n| self.positive_span(n));
        let given = SHAPES.iter().any(|name| fields.get(name).is_some());
        let shape =
            if given || lasts.is_none() { self.arrival_shape(&fields)? } else { ArrivalShape::Silence };
        if let (Some(think), None) = (fields.entry("think"), fields.get("users")) {
            self.error(&registry::UNKNOWN_KEY, &think.place, "only `users` think");
        }
        Some(Phase { lasts: lasts.flatten(), shape })
    }

    fn arrival_shape(&mut self, fields: &Fields<'_>) -> Option<ArrivalShape> {
        let Entry { key, node, .. } = self.one_of(fields, &SHAPES)?;
        Some(match key.as_str() {
            "poisson" => match self.rate(node)? {
                rate if rate == Rate::default() => ArrivalShape::Silence,
                rate => ArrivalShape::Poisson(rate),
            },
            "every" => ArrivalShape::Every(self.positive_span(node)?),
            "at_once" => ArrivalShape::AtOnce(self.count(node, 1..=MOST_AT_ONCE)?),
            "ramp" => self.ramp(node)?,
            "users" => {
                let count = self.count(node, 1..=MOST_USERS);
                let think = self.required(fields, "think").and_then(|n| self.distribution_with_mean(n));
                ArrivalShape::Users { count: count?, think: think? }
            }
            _ => {
                let instants = data::trace(self, node)?;
                ArrivalShape::Trace(instants.into_iter().map(|at| Time::ZERO + at).collect())
            }
        })
    }

    fn ramp(&mut self, node: &Node) -> Option<ArrivalShape> {
        let [from, to] = self.pair(node, "two rates, as in `[10/s, 500/s]`")?;
        let (from, to) = (self.rate(from), self.rate(to));
        Some(ArrivalShape::Ramp { from: from?, to: to? })
    }

    fn message(&mut self, node: &Node) -> MessageSpec {
        let Some(fields) = self.fields(node, &MESSAGE) else { return PLAIN_MESSAGE };
        let key = match fields.get("key") {
            Some(node) if !is_off(node) => self.message_key(node),
            _ => None,
        };
        let persistent = fields.get("persistent").and_then(|n| self.boolean(n)).unwrap_or(true);
        let ttl = fields.get("ttl").and_then(|n| self.or_off(n, Self::positive_span)).flatten();
        let headers = fields.get("headers").and_then(|n| self.headers(n)).unwrap_or_default();
        let priority =
            fields.get("priority").and_then(|n| self.small_count(n, 0..=MOST_PRIORITY)).unwrap_or(0);
        let delay = fields.get("delay").and_then(|n| self.span(n)).unwrap_or(Span::ZERO);
        let size = fields.get("size").and_then(|n| self.size(n)).unwrap_or(MESSAGE_SIZE);
        MessageSpec { key, persistent, ttl, headers, priority, delay, size }
    }

    fn message_key(&mut self, node: &Node) -> Option<KeySpec> {
        if matches!(node.value, Value::Scalar { .. }) {
            return self.count(node, 0..=u64::MAX).map(KeySpec::Fixed);
        }
        let fields = self.fields(node, &MESSAGE_KEY)?;
        let kinds: Vec<&str> = MESSAGE_KEY.names().collect();
        let Entry { key, node, .. } = self.one_of(&fields, &kinds)?;
        if key == "uniform" {
            let fields = self.fields(node, &UNIFORM_KEY)?;
            let over = self.required(&fields, "over").and_then(|n| self.count(n, 1..=u64::MAX));
            return Some(KeySpec::Uniform { over: over? });
        }
        let fields = self.fields(node, &ZIPF_KEY)?;
        let over = self.required(&fields, "over").and_then(|n| self.count(n, 1..=u64::MAX));
        let exponent = fields.get("exponent").map_or(Some(1.0), |n| self.number_from(n, 0.0));
        Some(KeySpec::Zipf { over: over?, exponent: exponent? })
    }
}

/// The highest priority of AMQP.
const MOST_PRIORITY: u32 = 255;

/// How large a message is that does not say.
const MESSAGE_SIZE: u64 = 1000;

const PLAIN_MESSAGE: MessageSpec = MessageSpec {
    key: None,
    persistent: true,
    ttl: None,
    headers: Vec::new(),
    priority: 0,
    delay: Span::ZERO,
    size: MESSAGE_SIZE,
};

/// When a producer's arrivals have all come: `None` if they never have.
///
/// The end is past the last arrival, because a run ends before what happens at its last instant.
pub(super) fn arrivals_end(phases: &[Phase]) -> Option<Result<Span, Overflowed>> {
    let mut total: u64 = 0;
    for phase in phases {
        let lasts = match (phase.lasts, &phase.shape) {
            (Some(lasts), _) => lasts.as_nanos(),
            (None, ArrivalShape::Silence) => 0,
            (None, ArrivalShape::AtOnce(_)) => 1,
            (None, ArrivalShape::Trace(instants)) => {
                instants.last().map_or(0, |last| last.as_nanos().saturating_add(1))
            }
            (None, _) => return None,
        };
        match total.checked_add(lasts) {
            Some(sum) => total = sum,
            None => return Some(Err(Overflowed)),
        }
    }
    Some(Ok(Span::from_nanos(total)))
}

/// More than virtual time holds.
pub(super) struct Overflowed;
