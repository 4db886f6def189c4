//! The tables of keys of the broker: its nodes, exchanges, and queues.

use super::{Shape, key};

/// `broker:`.
pub const BROKER: Shape = Shape {
    name: "a broker",
    keys: &[
        key("nodes", "count", "1", "how many; node 0 leads at first"),
        key("replication", "none, async or quorum", "none", "how nodes share what they store"),
        key("failover", "duration", "3s", "from the leader's death until another node leads"),
        key("fsync", "distribution", "0s", "how long one write to disk takes"),
        key("memory_limit", "size or `off`", "off", "where publishers are blocked"),
    ],
};

/// An entry of `exchanges:`.
pub const EXCHANGE: Shape = Shape {
    name: "an exchange",
    keys: &[
        key("kind", "direct, topic, fanout or headers", "required", "what its bindings look at"),
        key("bindings", "list of bindings", "none", "who gets what"),
        key("alternate", "exchange or `none`", "none", "who gets what no binding selects"),
    ],
};

/// An entry of `bindings:`.
pub const BINDING: Shape = Shape {
    name: "a binding",
    keys: &[
        key("to", "queue, log or exchange", "required", "who gets it"),
        key(
            "routing_key",
            "text or pattern",
            "required on direct and topic exchanges",
            "this key; on a topic exchange `*` is one word and `#` any number of them",
        ),
        key("headers", "map of texts", "required on headers exchanges", "what a message has to have"),
        key("match", "all or any", "all", "how many of the headers it has to have"),
    ],
};

/// An entry of `queues:`.
pub const QUEUE: Shape = Shape {
    name: "a queue",
    keys: &[
        key("profile", "name of a profile", "plain", "the real system whose defaults it takes"),
        key("kind", "queue or log", "profile", "whether it keeps what was consumed"),
        key("ack_timeout", "duration or `off`", "profile", "how long a delivery may stay unacked"),
        key("ack_timeout_check", "duration", "profile", "how often the timeout is looked at; 0s: at once"),
        key("on_timeout", "return-one or return-channel", "profile", "what a timeout returns"),
        key("max_deliveries", "count or `unlimited`", "profile", "deliveries in all"),
        key("dead_letter", "queue or `none`", "none", "where what cannot be handled goes"),
        key("max_length", "count or `unlimited`", "unlimited", "ready copies"),
        key("overflow", "reject, drop-head or block", "reject", "what happens beyond `max_length`"),
        key("message_ttl", "duration or `off`", "off", "how long a copy may wait"),
        key("dedup_window", "duration or `off`", "profile", "how long a message id is remembered"),
        key("durable", "true or false", "true", "whether it outlives its broker"),
        key("late_ack", "ignore, accept or accept-unless-redelivered", "profile", "what a late ack does"),
        key("requeue", "original-place, head or tail", "profile", "where a returned copy goes"),
        key("on_connection_loss", "return or wait", "profile", "what becomes of unacked copies"),
        key("heartbeat", "duration or `off`", "profile", "when a silent peer is noticed"),
        key("handshake_round_trips", "count", "profile", "before a reopened connection can be used"),
        key("priorities", "1 to 255", "1", "levels of priority, 0 the lowest"),
        key(
            "ordering",
            "free, one-per-key or key-to-one-consumer",
            "profile",
            "what may be under way at once",
        ),
        key(
            "redelivery_delay",
            "duration or list of them",
            "profile",
            "how long a returned copy stays hidden, before the second delivery, the third …",
        ),
        key("after_limit", "dead-letter or keep", "profile", "what follows `max_deliveries`"),
        key("partitions", "count", "1", "of a log: records with the same key share one, in order"),
        key("retention", "duration or `off`", "off", "of a log: how long a record is kept"),
        key("retention_size", "size or `off`", "off", "of a log: what one partition keeps"),
        key(
            "idempotent_producers",
            "true or false",
            "profile",
            "of a log: whether a retry of the same client is recognised",
        ),
    ],
};
