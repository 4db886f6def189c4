//! Consumers: which queue, how many at once, when they ack, and what a handler does.

use super::model::{AckMode, Consumer, Log, OnError, OnTimeout, Queue, QueueRef};
use super::names::Names;
use super::producer::MOST_INSTANCES;
use super::profile::Profile;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{ACK_BATCH, CONSUMER, ON_ERROR};
use super::step::Runner;
use super::tree::{Entry, Node, Value};
use super::words::Words;
use crate::quantity::Span;

const ACKS: Words<AckMode> = &[
    ("on-delivery", AckMode::OnDelivery),
    ("before-handling", AckMode::BeforeHandling),
    ("after-handling", AckMode::AfterHandling),
];

const ERROR_ANSWERS: Words<OnError> =
    &[("requeue", OnError::Requeue), ("reject", OnError::Reject), ("no-answer", OnError::NoAnswer)];

/// No lease needs to be renewed more often.
const SHORTEST_EXTENSION: Span = Span::from_millis(1);

/// What consumers take from.
pub(super) struct Sources<'s> {
    /// All names.
    pub(super) names: &'s Names<'s>,
    /// In the file's order.
    pub(super) queues: &'s [Queue],
    /// Of the queues, in their order.
    pub(super) profiles: &'s [&'static Profile],
}

impl Reader<'_> {
    /// An entry of `consumers:`.
    pub(super) fn consumer(&mut self, entry: &Entry, sources: &Sources<'_>) -> Option<Consumer> {
        let Sources { names, queues, profiles } = sources;
        let fields = self.fields(&entry.node, &CONSUMER)?;
        let instances =
            fields.get("instances").and_then(|n| self.small_count(n, 1..=MOST_INSTANCES)).unwrap_or(1);
        let from = self.required(&fields, "from").and_then(|n| names.queue(self, n));
        let log = from.and_then(|queue| queues[queue.0].log.as_ref());
        let window = match from {
            Some(_) if log.is_some() => None,
            Some(queue) => profiles[queue.0].window.value,
            None => Some(10),
        };
        let prefetch = match fields.get("prefetch") {
            Some(node) => self.or_off(node, Self::prefetch).unwrap_or(window),
            None => window,
        };
        let concurrency =
            fields.get("concurrency").and_then(|n| self.small_count(n, 1..=u32::MAX)).unwrap_or(1);
        let native = match from.map(|queue| profiles[queue.0].ack.value) {
            Some(AckMode::Every(_)) if log.is_none() => AckMode::AfterHandling,
            native => native.unwrap_or(AckMode::AfterHandling),
        };
        let ack = fields.get("ack").and_then(|n| self.ack(n, log)).unwrap_or(native);
        let on_error = fields.get("on_error").and_then(|n| self.on_error(n)).unwrap_or(OnError::Requeue);
        let steps = fields.get("do").map(|n| self.steps(n, names, Runner::Handler)).unwrap_or_default();
        let idempotency = fields.get("idempotency").and_then(|n| self.idempotency(n, names, &steps));
        let extend_every = fields.get("extend_every").and_then(|n| self.or_off(n, Self::extension)).flatten();
        let pull = log.zip(from).map(|(_, queue)| self.pull(&fields, &entry.key, profiles[queue.0]));
        if let Some(queue) = from {
            self.misplaced_in_consumer(&fields, &queues[queue.0]);
        }
        let from = from.unwrap_or(QueueRef(0));
        let name = entry.key.clone();
        let consumer = Consumer {
            name,
            instances,
            from,
            prefetch,
            concurrency,
            ack,
            on_error,
            extend_every,
            idempotency,
            pull,
            steps,
        };
        self.question_consumer(&fields, &consumer);
        if let Some(queue) = queues.get(consumer.from.0) {
            self.question_extension(&fields, &consumer, queue);
        }
        Some(consumer)
    }

    fn prefetch(&mut self, node: &Node) -> Option<u32> {
        if matches!(&node.value, Value::Scalar { text, .. } if text == "0") {
            self.error(&registry::OUT_OF_RANGE, &node.place, "a prefetch of 0 would never receive anything")
                .help("for no limit (what AMQP means by 0) write `unlimited`");
            return None;
        }
        self.small_count(node, 1..=u32::MAX)
    }

    /// How often a lease is renewed. Renewing it a billion times a second would only exhaust memory.
    fn extension(&mut self, node: &Node) -> Option<Span> {
        let every = self.positive_span(node)?;
        if every < SHORTEST_EXTENSION {
            let message =
                format!("a lease is renewed every `{SHORTEST_EXTENSION}` at most, not every `{every}`");
            self.error(&registry::OUT_OF_RANGE, &node.place, message)
                .help("a third of the queue's `ack_timeout` leaves room for a lost request");
            return None;
        }
        Some(every)
    }

    fn ack(&mut self, node: &Node, log: Option<&Log>) -> Option<AckMode> {
        if !matches!(node.value, Value::Map(_)) {
            return self.choice(node, ACKS);
        }
        let fields = self.fields(node, &ACK_BATCH)?;
        if log.is_some() && fields.get("batch").is_none() {
            let every = self.required(&fields, "every").and_then(|n| self.positive_span(n));
            return every.map(AckMode::Every);
        }
        let size = self.required(&fields, "batch").and_then(|n| self.small_count(n, 1..=u32::MAX));
        let every = self.required(&fields, "every").and_then(|n| self.positive_span(n));
        Some(AckMode::Batch { size: size?, every: every? })
    }

    fn on_error(&mut self, node: &Node) -> Option<OnError> {
        if !matches!(node.value, Value::Map(_)) {
            return self.choice(node, ERROR_ANSWERS);
        }
        let fields = self.fields(node, &ON_ERROR)?;
        let after = self.required(&fields, "requeue_after").and_then(|n| self.span(n));
        after.map(OnError::RequeueAfter)
    }

    /// Warns about a lease that ends before it is renewed, or never ends.
    fn question_extension(&mut self, fields: &Fields<'_>, consumer: &Consumer, queue: &Queue) {
        let (Some(every), Some(given)) = (consumer.extend_every, fields.get("extend_every")) else { return };
        match queue.ack_timeout {
            _ if queue.log.is_some() => {}
            None => {
                let message = format!("`{}` has no `ack_timeout` that could be extended", queue.name);
                self.warning(&registry::EXTENSION_WITHOUT_EFFECT, &given.place, message);
            }
            Some(_) if queue.on_timeout == OnTimeout::ReturnChannel => {
                let message =
                    format!("`{}` closes channels at its `ack_timeout`: nothing is extended", queue.name);
                self.warning(&registry::EXTENSION_WITHOUT_EFFECT, &given.place, message)
                    .help("leases are renewed where `on_timeout` is `return-one`");
            }
            Some(timeout) if every >= timeout => {
                let message =
                    format!("after `{every}` the ack timeout of `{}` is over: it is `{timeout}`", queue.name);
                self.warning(&registry::EXTENSION_WITHOUT_EFFECT, &given.place, message)
                    .help("a third of it leaves room for a lost request");
            }
            Some(_) => {}
        }
    }

    /// Warns about settings that cannot have their effect.
    fn question_consumer(&mut self, fields: &Fields<'_>, consumer: &Consumer) {
        let (Some(prefetch), false) = (consumer.prefetch, consumer.ack == AckMode::OnDelivery) else {
            return;
        };
        if let Some(given) = fields.get("concurrency")
            && consumer.concurrency > prefetch
        {
            let message = format!("of {} handlers at most {prefetch} can run", consumer.concurrency);
            self.warning(&registry::CONCURRENCY_ABOVE_PREFETCH, &given.place, message)
                .help(format!("the prefetch is {prefetch}: raise it to {} or more", consumer.concurrency));
        }
        if let (Some(given), AckMode::Batch { size, .. }) = (fields.get("ack"), consumer.ack)
            && size > prefetch
        {
            let message = format!("a batch of {size} acks never fills, because the prefetch is {prefetch}");
            self.warning(&registry::BATCH_ABOVE_PREFETCH, &given.place, message)
                .help(format!("raise the prefetch to {size} or more"));
        }
    }
}

/// The word for a way of acking that has one.
pub(super) fn ack_word(ack: AckMode) -> Option<&'static str> {
    ACKS.iter().find(|(_, meaning)| *meaning == ack).map(|(word, _)| *word)
}

/// The word for an answer to an error that has one.
pub(super) fn error_word(answer: OnError) -> Option<&'static str> {
    ERROR_ANSWERS.iter().find(|(_, meaning)| *meaning == answer).map(|(word, _)| *word)
}
