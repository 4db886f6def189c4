//! Producers, consumers and their steps, written.

use serde_yaml::Value;

use super::super::consumer::{ack_word, error_word};
use super::super::log::start_text;
use super::super::model::{
    AckMode, ArrivalShape, Backoff, Confirm, Consumer, Destination, Identity, KeySpec, MessageSpec, OnError,
    Phase, Producer, Publish, PublishTo, Pull, Step, Unroutable,
};
use super::super::words::{CONNECTION, JITTER, REBALANCE, RETRY_ID, word_of};
use super::Writer;
use super::distribution::{distribution, work};
use super::value::{Map, list, one, or, text, texts};
use crate::quantity::{Time, bytes_text};

impl Writer<'_> {
    pub(super) fn producer(&self, producer: &Producer) -> Value {
        Map::new()
            .put("instances", producer.instances)
            .put("connection", word_of(CONNECTION, &producer.connection))
            .put("arrivals", list(&producer.arrivals, phase))
            .put("declare", producer.declares)
            .put("message", message(&producer.message))
            .put("do", list(&producer.steps, |step| self.step(step)))
            .into()
    }

    pub(super) fn consumer(&self, consumer: &Consumer) -> Value {
        let ack = match consumer.ack {
            AckMode::Every(every) => one("every", text(every)),
            AckMode::Batch { size, every } => Map::new().put("batch", size).put("every", text(every)).into(),
            other => Value::from(ack_word(other).expect("every other way has a word")),
        };
        let on_error = match consumer.on_error {
            OnError::RequeueAfter(after) => one("requeue_after", text(after)),
            other => Value::from(error_word(other).expect("every other answer has a word")),
        };
        let map = Map::new()
            .put("instances", consumer.instances)
            .put("from", self.destination(Destination::Queue(consumer.from)))
            .put("concurrency", consumer.concurrency)
            .put("ack", ack)
            .put("on_error", on_error);
        let map = match &consumer.pull {
            Some(pull) => pulled(map, pull),
            None => map
                .put("prefetch", or(consumer.prefetch, "unlimited"))
                .put("extend_every", or(consumer.extend_every.map(text), "off")),
        };
        map.put("idempotency", or(consumer.idempotency.as_ref().map(|guard| self.guard(guard)), "none"))
            .put("do", list(&consumer.steps, |step| self.step(step)))
            .into()
    }

    pub(super) fn step(&self, step: &Step) -> Value {
        match step {
            Step::Work { time, redraw } => one("work", work(time, *redraw)),
            Step::Publish(publish) => one("publish", self.publish(publish)),
            Step::Transaction(transaction) => self.transaction(transaction),
            Step::Call(call) => one("call", self.call(call)),
        }
    }

    fn publish(&self, publish: &Publish) -> Value {
        let waits = publish.confirm.as_ref().map(confirm);
        let to = match &publish.to {
            PublishTo::Queue(queue) => self.destination(Destination::Queue(*queue)),
            PublishTo::Exchange(exchange) => self.destination(Destination::Exchange(*exchange)),
            PublishTo::MissingQueue(name) | PublishTo::MissingExchange(name) => name,
        };
        let mut map = Map::new().put("to", to);
        // Of what is missing, a routing key says that it is an exchange.
        let is_missing_exchange = matches!(publish.to, PublishTo::MissingExchange(_));
        if is_missing_exchange || !publish.routing_key.is_empty() {
            map = map.put("routing_key", publish.routing_key.as_str());
        }
        if publish.unroutable == Unroutable::Returned {
            map = map.put("mandatory", true);
        }
        if publish.identity == Identity::OfHandled {
            map = map.put("same_message", true);
        }
        map.put("confirm", or(waits, "off")).into()
    }
}

/// How a consumer reads a log.
fn pulled(map: Map, pull: &Pull) -> Map {
    let asks = Map::new().put("max_records", pull.max_records).put("every", text(pull.poll_every));
    let replay = pull
        .replay
        .map(|replay| Map::new().put("after", text(replay.after)).put("from", start_text(replay.from)));
    map.put("group", pull.group.as_str())
        .put("start", start_text(pull.start))
        .put("poll", asks)
        .put("session_timeout", text(pull.session_timeout))
        .put("poll_timeout", text(pull.poll_timeout))
        .put("rebalance", word_of(REBALANCE, &pull.rebalance))
        .put("replay", or(replay, "none"))
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
        ArrivalShape::Trace(instants) => map.put("trace", list(instants, |at| text(at.since(Time::ZERO)))),
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
        .put("headers", texts(&message.headers))
        .put("priority", message.priority)
        .put("delay", text(message.delay))
        .put("size", bytes_text(message.size))
        .into()
}

fn confirm(confirm: &Confirm) -> Value {
    Map::new()
        .put("timeout", text(confirm.timeout))
        .put("retries", confirm.retries)
        .put("backoff", backoff(&confirm.backoff))
        .put("id", word_of(RETRY_ID, &confirm.id))
        .into()
}

pub(super) fn backoff(backoff: &Backoff) -> Value {
    Map::new()
        .put("base", text(backoff.base))
        .put("factor", backoff.factor)
        .put("cap", or(backoff.cap.map(text), "off"))
        .put("jitter", word_of(JITTER, &backoff.jitter))
        .into()
}
