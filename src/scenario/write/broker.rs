//! The broker, its exchanges and queues, written.

use serde_yaml::Value;

use super::super::model::{
    Binding, Broker, DEFAULT_FAILOVER, Destination, Exchange, Log, Queue, Redelivery, Replication, Selects,
};
use super::super::words::{
    AFTER_LIMIT, EXCHANGE_KIND, LATE_ACK, MATCHING, ON_CONNECTION_LOSS, ON_TIMEOUT, ORDERING, OVERFLOW,
    REPLICATION, REQUEUE, word_of,
};
use super::Writer;
use super::distribution::distribution;
use super::value::{Map, list, or, text, texts};
use crate::quantity::bytes_text;

/// `broker:`.
pub(super) fn broker(broker: &Broker) -> Value {
    let map =
        Map::new().put("nodes", broker.nodes).put("replication", word_of(REPLICATION, &broker.replication));
    // Where nobody could take over, naming it would raise a warning.
    let takes_over = broker.nodes > 1 && broker.replication != Replication::None;
    let map = if takes_over || broker.failover != DEFAULT_FAILOVER {
        map.put("failover", text(broker.failover))
    } else {
        map
    };
    map.put("fsync", distribution(&broker.fsync))
        .put("memory_limit", or(broker.memory_limit.map(bytes_text), "off"))
        .into()
}

impl Writer<'_> {
    pub(super) fn exchange(&self, exchange: &Exchange) -> Value {
        let alternate = exchange.alternate.map(|to| self.destination(Destination::Exchange(to)));
        Map::new()
            .put("kind", word_of(EXCHANGE_KIND, &exchange.kind))
            .put("bindings", list(&exchange.bindings, |binding| self.binding(binding)))
            .put("alternate", or(alternate, "none"))
            .into()
    }

    fn binding(&self, binding: &Binding) -> Value {
        let map = match &binding.selects {
            Selects::Everything => Map::new(),
            Selects::RoutingKey(key) => Map::new().put("routing_key", key.as_str()),
            Selects::Headers { matching, headers } => {
                Map::new().put("match", word_of(MATCHING, matching)).put("headers", texts(headers))
            }
        };
        map.put("to", self.destination(binding.to)).into()
    }

    pub(super) fn queue(&self, queue: &Queue) -> Value {
        let dead_letter = queue.dead_letter.map(|to| self.destination(Destination::Queue(to)));
        let map = Map::new()
            .put("profile", queue.profile.as_str())
            .put("kind", if queue.log.is_some() { "log" } else { "queue" })
            .put("max_deliveries", or(queue.max_deliveries, "unlimited"))
            .put("dead_letter", or(dead_letter, "none"))
            .put("durable", queue.durable)
            .put("handshake_round_trips", queue.handshake_round_trips);
        match &queue.log {
            Some(log) => self::log(map, log).put("idempotent_producers", queue.idempotent_producers),
            None => work_queue(map, queue),
        }
        .into()
    }
}

/// What only a log has.
fn log(map: Map, log: &Log) -> Map {
    map.put("partitions", log.partitions)
        .put("retention", or(log.retention.map(text), "off"))
        .put("retention_size", or(log.retention_size.map(bytes_text), "off"))
}

/// What only a work queue has.
fn work_queue(map: Map, queue: &Queue) -> Map {
    let redelivery = match &queue.redelivery {
        Redelivery::AtOnce => Value::from("0s"),
        Redelivery::After(delays) => list(delays, |delay| text(*delay)),
    };
    map.put("ack_timeout", or(queue.ack_timeout.map(text), "off"))
        .put("ack_timeout_check", text(queue.ack_timeout_check))
        .put("on_timeout", word_of(ON_TIMEOUT, &queue.on_timeout))
        .put("max_length", or(queue.max_length, "unlimited"))
        .put("overflow", word_of(OVERFLOW, &queue.overflow))
        .put("message_ttl", or(queue.message_ttl.map(text), "off"))
        .put("dedup_window", or(queue.dedup_window.map(text), "off"))
        .put("late_ack", word_of(LATE_ACK, &queue.late_ack))
        .put("requeue", word_of(REQUEUE, &queue.requeue))
        .put("on_connection_loss", word_of(ON_CONNECTION_LOSS, &queue.on_connection_loss))
        .put("heartbeat", or(queue.heartbeat.map(text), "off"))
        .put("priorities", queue.priorities)
        .put("ordering", word_of(ORDERING, &queue.ordering))
        .put("redelivery_delay", redelivery)
        .put("after_limit", word_of(AFTER_LIMIT, &queue.after_limit))
}
