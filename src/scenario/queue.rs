//! Queues: a profile's defaults with the file's words over them.

use crate::quantity::Span;

use super::model::{Log, Overflow, Queue, Redelivery};
use super::names::Names;
use super::profile::{DEFAULT_PROFILE, Kind, PROFILES, Profile, profile};
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::QUEUE;
use super::tree::{Entry, Node, Value};
use super::values::is_off;
use super::words::{
    AFTER_LIMIT, LATE_ACK, ON_CONNECTION_LOSS, ON_TIMEOUT, ORDERING, OVERFLOW, REQUEUE, Words,
};

const KIND: Words<Kind> = &[("queue", Kind::Queue), ("log", Kind::Log)];

/// More levels than AMQP has.
const MOST_PRIORITIES: u32 = 255;

impl Reader<'_> {
    /// An entry of `queues:`, and its profile.
    pub(super) fn queue(&mut self, entry: &Entry, names: &Names<'_>) -> (Queue, &'static Profile) {
        let Some(fields) = self.fields(&entry.node, &QUEUE) else {
            return (from_profile(&entry.key, DEFAULT_PROFILE), DEFAULT_PROFILE);
        };
        let profile = fields.get("profile").and_then(|n| self.profile(n)).unwrap_or(DEFAULT_PROFILE);
        let mut queue = from_profile(&entry.key, profile);
        self.queue_kind(&fields, &mut queue);
        self.queue_acks(&fields, &mut queue);
        self.queue_limits(&fields, &mut queue, names);
        self.queue_order(&fields, &mut queue);
        self.queue_connection(&fields, &mut queue);
        self.misplaced_in_queue(&fields, &queue);
        self.question_queue(&fields, &queue, profile);
        (queue, profile)
    }

    fn profile(&mut self, node: &Node) -> Option<&'static Profile> {
        let name = self.text(node, "the name of a profile")?;
        let found = profile(name);
        if found.is_none() {
            let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
            self.unknown_value(&node.place, name, &names);
        }
        found
    }

    fn queue_kind(&mut self, fields: &Fields<'_>, queue: &mut Queue) {
        let native = if queue.log.is_some() { Kind::Log } else { Kind::Queue };
        let kind = fields.get("kind").and_then(|n| self.choice(n, KIND)).unwrap_or(native);
        queue.log = (kind == Kind::Log).then(|| self.log(fields));
        if let Some(value) = fields.get("idempotent_producers").and_then(|n| self.boolean(n)) {
            queue.idempotent_producers = value;
        }
    }

    fn queue_order(&mut self, fields: &Fields<'_>, queue: &mut Queue) {
        if let Some(value) = fields.get("priorities").and_then(|n| self.small_count(n, 1..=MOST_PRIORITIES)) {
            queue.priorities = value;
        }
        if let Some(value) = fields.get("ordering").and_then(|n| self.choice(n, ORDERING)) {
            queue.ordering = value;
        }
        if let Some(value) = fields.get("redelivery_delay").and_then(|n| self.redelivery(n)) {
            queue.redelivery = value;
        }
        if let Some(value) = fields.get("after_limit").and_then(|n| self.choice(n, AFTER_LIMIT)) {
            queue.after_limit = value;
        }
    }

    /// One duration for every delivery, or one for each.
    fn redelivery(&mut self, node: &Node) -> Option<Redelivery> {
        let delays: Vec<Span> = match &node.value {
            Value::List(items) if items.is_empty() => {
                self.error(&registry::OUT_OF_RANGE, &node.place, "a list of delays has one at least");
                return None;
            }
            Value::List(items) => items.iter().filter_map(|item| self.span(item)).collect(),
            _ if is_off(node) => Vec::new(),
            _ => vec![self.span(node)?],
        };
        let at_once = delays.iter().all(|delay| delay.is_zero());
        Some(if at_once { Redelivery::AtOnce } else { Redelivery::After(delays) })
    }

    fn queue_acks(&mut self, fields: &Fields<'_>, queue: &mut Queue) {
        if let Some(value) = fields.get("ack_timeout").and_then(|n| self.or_off(n, Self::positive_span)) {
            queue.ack_timeout = value;
        }
        if let Some(value) = fields.get("ack_timeout_check").and_then(|n| self.span(n)) {
            queue.ack_timeout_check = value;
        }
        if let Some(value) = fields.get("on_timeout").and_then(|n| self.choice(n, ON_TIMEOUT)) {
            queue.on_timeout = value;
        }
        if let Some(value) = fields.get("late_ack").and_then(|n| self.choice(n, LATE_ACK)) {
            queue.late_ack = value;
        }
        if let Some(value) = fields.get("requeue").and_then(|n| self.choice(n, REQUEUE)) {
            queue.requeue = value;
        }
    }

    fn queue_limits(&mut self, fields: &Fields<'_>, queue: &mut Queue, names: &Names<'_>) {
        let deliveries = |reader: &mut Self, node: &Node| reader.small_count(node, 1..=u32::MAX);
        if let Some(value) = fields.get("max_deliveries").and_then(|n| self.or_off(n, deliveries)) {
            queue.max_deliveries = value;
        }
        let length = |reader: &mut Self, node: &Node| reader.count(node, 1..=u64::MAX);
        queue.max_length = fields.get("max_length").and_then(|n| self.or_off(n, length)).flatten();
        queue.overflow =
            fields.get("overflow").and_then(|n| self.choice(n, OVERFLOW)).unwrap_or(Overflow::Reject);
        queue.message_ttl =
            fields.get("message_ttl").and_then(|n| self.or_off(n, Self::positive_span)).flatten();
        if let Some(value) = fields.get("dedup_window").and_then(|n| self.or_off(n, Self::positive_span)) {
            queue.dedup_window = value;
        }
        queue.durable = fields.get("durable").and_then(|n| self.boolean(n)).unwrap_or(true);
        queue.dead_letter =
            fields.get("dead_letter").filter(|n| !is_off(n)).and_then(|n| names.queue(self, n));
    }

    fn queue_connection(&mut self, fields: &Fields<'_>, queue: &mut Queue) {
        if let Some(value) = fields.get("on_connection_loss").and_then(|n| self.choice(n, ON_CONNECTION_LOSS))
        {
            queue.on_connection_loss = value;
        }
        if let Some(value) = fields.get("heartbeat").and_then(|n| self.or_off(n, Self::positive_span)) {
            queue.heartbeat = value;
        }
        if let Some(value) = fields.get("handshake_round_trips").and_then(|n| self.small_count(n, 0..=1000)) {
            queue.handshake_round_trips = value;
        }
    }

    /// Warns about what works here and not in the system the profile describes.
    fn question_queue(&mut self, fields: &Fields<'_>, queue: &Queue, profile: &Profile) {
        let is_native = queue.log.is_some() == (profile.kind.value == Kind::Log);
        if let (Some(given), false, false) =
            (fields.get("kind"), is_native, profile.name == DEFAULT_PROFILE.name)
        {
            let native = if queue.log.is_some() { "work queue" } else { "log" };
            let message = format!("{} is a {native}", profile.describes);
            self.warning(&registry::KIND_NOT_NATIVE, &given.place, message)
                .help("leave `kind` out, or take another `profile`");
        }
        if let (Some(_), Some(given)) = (queue.dedup_window, fields.entry("dedup_window"))
            && !profile.dedup.value
        {
            let message = format!("{} has no dedup window of its own", profile.describes);
            self.warning(&registry::DEDUP_NOT_NATIVE, &given.place, message);
        }
        if let (Some(timeout), Some(given)) = (queue.ack_timeout, fields.get("ack_timeout"))
            && timeout < profile.least_ack_timeout.value
        {
            let message = format!("{} cannot check an ack timeout of `{timeout}`", profile.describes);
            self.warning(&registry::ACK_TIMEOUT_TOO_FINE, &given.place, message).help(format!(
                "it notices after `{}` at the earliest; here `ack_timeout_check` is `{}`",
                profile.least_ack_timeout.value, queue.ack_timeout_check
            ));
        }
    }
}

/// A log whose file says nothing of it.
const ONE_PARTITION: Log = Log { partitions: 1, retention: None, retention_size: None };

fn from_profile(name: &str, profile: &Profile) -> Queue {
    Queue {
        name: name.to_owned(),
        profile: profile.name.to_owned(),
        ack_timeout: profile.ack_timeout.value,
        ack_timeout_check: profile.ack_timeout_check.value,
        on_timeout: profile.on_timeout.value,
        max_deliveries: profile.max_deliveries.value,
        dead_letter: None,
        max_length: None,
        overflow: Overflow::Reject,
        message_ttl: None,
        dedup_window: profile.dedup_window.value,
        durable: true,
        late_ack: profile.late_ack.value,
        requeue: profile.requeue.value,
        on_connection_loss: profile.on_connection_loss.value,
        heartbeat: profile.heartbeat.value,
        handshake_round_trips: profile.handshake_round_trips.value,
        priorities: 1,
        ordering: profile.ordering.value,
        redelivery: match profile.redelivery.value {
            [] => Redelivery::AtOnce,
            delays => Redelivery::After(delays.to_vec()),
        },
        after_limit: profile.after_limit.value,
        idempotent_producers: profile.idempotent_producers.value,
        log: (profile.kind.value == Kind::Log).then_some(ONE_PARTITION),
    }
}
