//! Keys that only work queues have, or only logs, with what does the same for the other kind.

use super::model::Queue;
use super::reader::{Fields, Reader};
use super::registry;

/// A key, and what to write instead of it.
type Instead = (&'static str, &'static str);

/// Keys of work queues that a log does not have.
const QUEUE_NOT_LOG: &[Instead] = &[
    ("ack_timeout", "how long a member may take is its consumer's `poll_timeout`"),
    ("ack_timeout_check", "how long a member may take is its consumer's `poll_timeout`"),
    ("on_timeout", "a member that takes too long leaves its group, and its partitions go to the others"),
    ("max_length", "what a partition keeps is bounded by `retention_size` and `retention`"),
    ("overflow", "a log removes its oldest records, by `retention` and `retention_size`"),
    ("message_ttl", "how long a record is kept is `retention`"),
    ("dedup_window", "a retry of the same client is recognised with `idempotent_producers: true`"),
    ("late_ack", "a commit by a member that lost its partition always fails"),
    ("requeue", "records of a log never move"),
    ("on_connection_loss", "a member keeps its partitions until its consumer's `session_timeout`"),
    ("heartbeat", "a silent member is noticed after its consumer's `session_timeout`"),
    ("priorities", "a log has one order, which is that of storing"),
    ("ordering", "records with the same key share a partition and keep their order"),
    ("redelivery_delay", "`on_error: {requeue_after: 1s}` on the consumer waits, and blocks the partition"),
    (
        "after_limit",
        "after `max_deliveries` a record is skipped, and dead-lettered if there is a `dead_letter`",
    ),
];

/// Keys of logs that a work queue does not have.
const LOG_NOT_QUEUE: &[Instead] = &[
    ("partitions", "how many work at once is the consumer's `instances` and `concurrency`"),
    ("retention", "how long a message may wait is `message_ttl`"),
    ("retention_size", "how many messages may wait is `max_length`"),
    ("idempotent_producers", "repeated publishes are recognised within a `dedup_window`"),
];

/// Keys of consumers of work queues that those of a log do not have.
const CONSUMER_NOT_LOG: &[Instead] = &[
    ("prefetch", "how many records it holds is `poll: {max_records: 500}`"),
    ("extend_every", "a member that polls in time keeps its partitions: `poll_timeout`"),
];

/// Keys of consumers of logs that those of a work queue do not have.
const CONSUMER_NOT_QUEUE: &[Instead] = &[
    ("group", "all consumers of a work queue compete; for a copy each, give each a queue of its own"),
    ("start", "a work queue forgets what was acked, and begins with what waits"),
    ("poll", "how many deliveries it holds is `prefetch`"),
    ("session_timeout", "a silent consumer is noticed after the queue's `heartbeat`"),
    ("poll_timeout", "how long a delivery may take is the queue's `ack_timeout`"),
    ("rebalance", "a work queue has no partitions that could change hands"),
    ("replay", "a work queue forgets what was acked"),
];

impl Reader<'_> {
    /// Complains about keys that a queue of its kind does not have.
    pub(super) fn misplaced_in_queue(&mut self, fields: &Fields<'_>, queue: &Queue) {
        match &queue.log {
            Some(_) => self.misplaced(fields, QUEUE_NOT_LOG, "a log"),
            None => self.misplaced(fields, LOG_NOT_QUEUE, "a work queue"),
        }
    }

    /// Complains about keys that a consumer of such a queue does not have.
    pub(super) fn misplaced_in_consumer(&mut self, fields: &Fields<'_>, from: &Queue) {
        match &from.log {
            Some(_) => self.misplaced(fields, CONSUMER_NOT_LOG, "a consumer of a log"),
            None => self.misplaced(fields, CONSUMER_NOT_QUEUE, "a consumer of a work queue"),
        }
    }

    fn misplaced(&mut self, fields: &Fields<'_>, keys: &[Instead], what: &str) {
        for (key, instead) in keys {
            let Some(given) = fields.entry(key) else { continue };
            self.error(&registry::KEY_ELSEWHERE, &given.place, format!("{what} has no `{key}`"))
                .help(*instead);
        }
    }
}
