//! A scenario written back as YAML, with every default spelled out.
//!
//! Reading it gives an equal scenario: data from files stands in it, names of faults are given, and
//! bounds are in the metric's own unit.

use serde_yaml::{Mapping, Value};

use super::consumer::{ack_word, error_word};
use super::fault::point_word;
use super::model::{
    AckMode, ArrivalShape, Backoff, Condition, Confirm, Consumer, Distribution, Expectation, Fault,
    FaultKind, KeySpec, MessageSpec, Network, OnError, Phase, Producer, Publish, PublishTo, Queue, Redraw,
    Scenario, Selector, Step, Trigger, WarmUp,
};
use super::words::{
    CONNECTION, CRASH_HOW, JITTER, LATE_ACK, LINK_MESSAGE, ON_CONNECTION_LOSS, ON_TIMEOUT, OUTAGE_HOW,
    OVERFLOW, REDRAW, REQUEUE, RETRY_ID, UNTIL, word_of,
};

/// The scenario as YAML.
#[must_use]
pub fn to_yaml(scenario: &Scenario) -> String {
    let writer = Writer { scenario };
    serde_yaml::to_string(&writer.scenario()).expect("a tree of strings and numbers is valid YAML")
}

/// Writes the parts that refer to queues.
struct Writer<'s> {
    scenario: &'s Scenario,
}

impl Writer<'_> {
    fn scenario(&self) -> Value {
        let scenario = self.scenario;
        let mut top = Map::new().put("scenario", scenario.name.as_str());
        if let Some(about) = &scenario.about {
            top = top.put("about", about.as_str());
        }
        top = top
            .put("seed", scenario.seed)
            .put("run_for", text(scenario.run_for))
            .put("until", word_of(UNTIL, &scenario.until))
            .put("warm_up", warm_up(scenario.warm_up))
            .put("network", network(&scenario.network))
            .put("queues", named(&scenario.queues, |queue| (&queue.name, self.queue(queue))))
            .put(
                "producers",
                named(&scenario.producers, |producer| (&producer.name, self.producer(producer))),
            )
            .put(
                "consumers",
                named(&scenario.consumers, |consumer| (&consumer.name, self.consumer(consumer))),
            )
            .put("faults", list(&scenario.faults, fault))
            .put("expect", named(&scenario.expect, |expected| (&expected.metric, expectation(expected))));
        top.into()
    }

    fn queue(&self, queue: &Queue) -> Value {
        Map::new()
            .put("profile", queue.profile.as_str())
            .put("ack_timeout", or(queue.ack_timeout.map(text), "off"))
            .put("ack_timeout_check", text(queue.ack_timeout_check))
            .put("on_timeout", word_of(ON_TIMEOUT, &queue.on_timeout))
            .put("max_deliveries", or(queue.max_deliveries, "unlimited"))
            .put("dead_letter", or(queue.dead_letter.map(|to| self.queue_name(to.0)), "none"))
            .put("max_length", or(queue.max_length, "unlimited"))
            .put("overflow", word_of(OVERFLOW, &queue.overflow))
            .put("message_ttl", or(queue.message_ttl.map(text), "off"))
            .put("dedup_window", or(queue.dedup_window.map(text), "off"))
            .put("durable", queue.durable)
            .put("late_ack", word_of(LATE_ACK, &queue.late_ack))
            .put("requeue", word_of(REQUEUE, &queue.requeue))
            .put("on_connection_loss", word_of(ON_CONNECTION_LOSS, &queue.on_connection_loss))
            .put("heartbeat", or(queue.heartbeat.map(text), "off"))
            .put("handshake_round_trips", queue.handshake_round_trips)
            .into()
    }

    fn producer(&self, producer: &Producer) -> Value {
        Map::new()
            .put("instances", producer.instances)
            .put("connection", word_of(CONNECTION, &producer.connection))
            .put("arrivals", list(&producer.arrivals, phase))
            .put("message", message(&producer.message))
            .put("do", list(&producer.steps, |step| self.step(step)))
            .into()
    }

    fn consumer(&self, consumer: &Consumer) -> Value {
        let ack = match consumer.ack {
            AckMode::Batch { size, every } => Map::new().put("batch", size).put("every", text(every)).into(),
            other => Value::from(ack_word(other).expect("every other way has a word")),
        };
        let on_error = match consumer.on_error {
            OnError::RequeueAfter(after) => one("requeue_after", text(after)),
            other => Value::from(error_word(other).expect("every other answer has a word")),
        };
        Map::new()
            .put("instances", consumer.instances)
            .put("from", self.queue_name(consumer.from.0))
            .put("prefetch", or(consumer.prefetch, "unlimited"))
            .put("concurrency", consumer.concurrency)
            .put("ack", ack)
            .put("on_error", on_error)
            .put("do", list(&consumer.steps, |step| self.step(step)))
            .into()
    }

    fn step(&self, step: &Step) -> Value {
        match step {
            Step::Work { time, redraw } => one("work", work(time, *redraw)),
            Step::Publish(publish) => one("publish", self.publish(publish)),
        }
    }

    fn publish(&self, publish: &Publish) -> Value {
        let waits = publish.confirm.as_ref().map(confirm);
        let to = match &publish.to {
            PublishTo::Queue(queue) => self.queue_name(queue.0),
            PublishTo::Exchange(exchange) => &self.scenario.exchanges[exchange.0].name,
            PublishTo::MissingQueue(name) | PublishTo::MissingExchange(name) => name,
        };
        Map::new().put("to", to).put("confirm", or(waits, "off")).into()
    }

    fn queue_name(&self, at: usize) -> &str {
        &self.scenario.queues[at].name
    }
}

fn warm_up(warm_up: WarmUp) -> Value {
    match warm_up {
        WarmUp::For(span) => text(span),
        WarmUp::Auto => Value::from("auto"),
    }
}

fn network(network: &Network) -> Value {
    let links = list(&network.links, |link| {
        let between: Vec<Value> = link.between.iter().map(|name| Value::from(name.as_str())).collect();
        Map::new().put("between", between).put("latency", distribution(&link.latency)).into()
    });
    Map::new().put("latency", distribution(&network.latency)).put("links", links).into()
}

fn phase(phase: &Phase) -> Value {
    let mut map = Map::new();
    if let Some(lasts) = phase.lasts {
        map = map.put("for", text(lasts));
    }
    match &phase.shape {
        ArrivalShape::Poisson(rate) => map.put("poisson", text(*rate)),
        ArrivalShape::Every(span) => map.put("every", text(*span)),
        ArrivalShape::AtOnce(count) => map.put("at_once", *count),
        ArrivalShape::Ramp { from, to } => map.put("ramp", vec![text(*from), text(*to)]),
        ArrivalShape::Users { count, think } => map.put("users", *count).put("think", distribution(think)),
        ArrivalShape::Trace(instants) => {
            map.put("trace", list(instants, |at| text(at.since(crate::quantity::Time::ZERO))))
        }
        ArrivalShape::Silence => map.put("poisson", "0/s"),
    }
    .into()
}

fn message(message: &MessageSpec) -> Value {
    let key = message.key.map(|key| match key {
        KeySpec::Fixed(key) => Value::from(key),
        KeySpec::Uniform { over } => one("uniform", one("over", over)),
        KeySpec::Zipf { over, exponent } => {
            one("zipf", Map::new().put("over", over).put("exponent", exponent))
        }
    });
    Map::new()
        .put("key", or(key, "none"))
        .put("persistent", message.persistent)
        .put("ttl", or(message.ttl.map(text), "off"))
        .into()
}

fn work(time: &Distribution, redraw: Redraw) -> Value {
    distribution_map(time).put("redraw", word_of(REDRAW, &redraw)).into()
}

fn distribution(distribution: &Distribution) -> Value {
    match distribution {
        Distribution::Constant(span) => text(*span),
        other => distribution_map(other).into(),
    }
}

fn distribution_map(distribution: &Distribution) -> Map {
    let spans = |pairs: &[(&str, Value)]| {
        pairs.iter().fold(Map::new(), |map, (name, value)| map.put(name, value.clone()))
    };
    let (form, value): (&str, Value) = match distribution {
        Distribution::Constant(span) => ("constant", text(*span)),
        Distribution::Exponential { mean } => ("exponential", text(*mean)),
        Distribution::Uniform { low, high } => ("uniform", vec![text(*low), text(*high)].into()),
        Distribution::Normal { mean, sd } => {
            ("normal", spans(&[("mean", text(*mean)), ("sd", text(*sd))]).into())
        }
        Distribution::LognormalByMean { mean, p99 } => {
            ("lognormal", spans(&[("mean", text(*mean)), ("p99", text(*p99))]).into())
        }
        Distribution::Lognormal { median, sigma } => {
            ("lognormal", spans(&[("median", text(*median)), ("sigma", (*sigma).into())]).into())
        }
        Distribution::Erlang { k, mean } => {
            ("erlang", spans(&[("k", (*k).into()), ("mean", text(*mean))]).into())
        }
        Distribution::Pareto { min, alpha } => {
            ("pareto", spans(&[("min", text(*min)), ("alpha", (*alpha).into())]).into())
        }
        Distribution::Weibull { shape, scale } => {
            ("weibull", spans(&[("shape", (*shape).into()), ("scale", text(*scale))]).into())
        }
        Distribution::Mixture(parts) => {
            ("mixture", list(parts, |(weight, part)| distribution_map(part).put("weight", *weight).into()))
        }
        Distribution::Histogram(bins) => {
            ("histogram", list(bins, |(bound, count)| vec![text(*bound), Value::from(*count)].into()))
        }
        Distribution::Samples(samples) => ("samples", list(samples, |span| text(*span))),
    };
    Map::new().put(form, value)
}

fn confirm(confirm: &Confirm) -> Value {
    Map::new()
        .put("timeout", text(confirm.timeout))
        .put("retries", confirm.retries)
        .put("backoff", backoff(&confirm.backoff))
        .put("id", word_of(RETRY_ID, &confirm.id))
        .into()
}

fn backoff(backoff: &Backoff) -> Value {
    Map::new()
        .put("base", text(backoff.base))
        .put("factor", backoff.factor)
        .put("cap", or(backoff.cap.map(text), "off"))
        .put("jitter", word_of(JITTER, &backoff.jitter))
        .into()
}

fn fault(fault: &Fault) -> Value {
    let map = Map::new().put("name", fault.name.as_str());
    let (kind, map) = match &fault.kind {
        FaultKind::Lose { what } => ("lose", map.put("what", word_of(LINK_MESSAGE, what))),
        FaultKind::Cut { restart_after } => ("cut", map.put("restart_after", text(*restart_after))),
        FaultKind::Crash { how, restart_after } => {
            ("crash", map.put("how", word_of(CRASH_HOW, how)).put("restart_after", text(*restart_after)))
        }
        FaultKind::Pause { lasts } => ("pause", map.put("for", text(*lasts))),
        FaultKind::Slow { factor } => ("slow", map.put("factor", *factor)),
        FaultKind::Fail => ("fail", map),
        FaultKind::Poison => ("poison", map),
        FaultKind::Duplicate { what } => ("duplicate", map.put("what", word_of(LINK_MESSAGE, what))),
        FaultKind::Delay { what, by } => {
            ("delay", map.put("what", word_of(LINK_MESSAGE, what)).put("by", distribution(by)))
        }
        FaultKind::Reorder { what, within } => {
            ("reorder", map.put("what", word_of(LINK_MESSAGE, what)).put("within", text(*within)))
        }
        FaultKind::Partition { between } => {
            let sides = list(between, |side| list(side, |of| Value::from(selector(of))));
            ("partition", map.put("between", sides))
        }
        FaultKind::Outage { how } => ("outage", map.put("how", word_of(OUTAGE_HOW, how))),
        FaultKind::Stall => ("stall", map),
    };
    let whom = if kind == "poison" { "of" } else { "target" };
    let map = match &fault.target {
        Some(target) => map.put(whom, selector(target)),
        None => map,
    };
    one(kind, trigger(map, &fault.trigger))
}

fn selector(selector: &Selector) -> String {
    let component = &selector.component;
    match selector.instances {
        None => component.clone(),
        Some((low, high)) if low == high => format!("{component}#{low}"),
        Some((low, high)) => format!("{component}#{low}-{high}"),
    }
}

fn trigger(mut map: Map, trigger: &Trigger) -> Map {
    if let Some(point) = trigger.when {
        map = map.put("when", point_word(point));
    }
    if let Some(every) = &trigger.every {
        map = map.put("every", distribution(every));
    }
    if let Some(after) = trigger.after {
        map = map.put("after", text(after));
    }
    if let Some(lasts) = trigger.lasts {
        map = map.put("for", text(lasts));
    }
    if let Some(probability) = trigger.probability {
        map = map.put("probability", probability);
    }
    map
}

fn expectation(expected: &Expectation) -> Value {
    let needs: Vec<Value> = expected.needs.iter().map(|name| Value::from(format!("faults.{name}"))).collect();
    Map::new().put("is", expected.condition.to_string()).put("needs", needs).into()
}

impl std::fmt::Display for Condition {
    /// As the scenario language reads it, in the metric's own unit: `< 5000`, `1..3`, `== 0`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Equal(bound) => write!(f, "== {bound}"),
            Self::Less(bound) => write!(f, "< {bound}"),
            Self::AtMost(bound) => write!(f, "<= {bound}"),
            Self::More(bound) => write!(f, "> {bound}"),
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
            Self::Between(low, high) => write!(f, "{low}..{high}"),
        }
    }
}

/// A map under construction.
struct Map(Mapping);

impl Map {
    fn new() -> Self {
        Self(Mapping::new())
    }

    fn put(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(Value::from(key), value.into());
        self
    }
}

impl From<Map> for Value {
    fn from(map: Map) -> Self {
        Self::Mapping(map.0)
    }
}

fn one(key: &str, value: impl Into<Value>) -> Value {
    Map::new().put(key, value).into()
}

#[expect(clippy::needless_pass_by_value, reason = "what it writes is small and copied")]
fn text(value: impl ToString) -> Value {
    Value::from(value.to_string())
}

fn or(value: Option<impl Into<Value>>, word: &str) -> Value {
    value.map_or_else(|| Value::from(word), Into::into)
}

fn list<T>(items: &[T], write: impl FnMut(&T) -> Value) -> Value {
    Value::Sequence(items.iter().map(write).collect())
}

fn named<'s, T>(items: &'s [T], write: impl Fn(&'s T) -> (&'s String, Value)) -> Value {
    let entries = items.iter().map(write).map(|(name, value)| (Value::from(name.as_str()), value));
    Value::Mapping(entries.collect())
}
