//! Amazon SQS.

use crate::quantity::Span;
use crate::scenario::model::{AckMode, AfterLimit, LateAck, OnConnectionLoss, OnTimeout, Ordering, Requeue};

use super::{Kind, Profile, from, minutes, seconds};

const VISIBILITY: &str =
    "SQS developer guide, visibility timeout: 30 s by default, whole seconds from 0 to 12 h, per message";
const REDRIVE: &str = "SQS developer guide, dead-letter queues: none without a redrive policy";
const STANDARD: &str = "SQS developer guide, standard queues: at-least-once delivery, best-effort ordering";
const NO_DEDUP: &str = "SQS developer guide: only FIFO queues deduplicate";
const HTTP: &str = "requests over HTTP: there is no connection to watch, the lease ends";

/// A standard queue of Amazon SQS.
pub(super) const SQS: Profile = Profile {
    name: "sqs",
    describes: "Amazon SQS (standard queue)",
    kind: from(Kind::Queue, STANDARD),
    // Model: long polling counts as push with the messages of one receive as the prefetch.
    model: from("pull with lease", "SQS API, ReceiveMessage"),
    window: from(Some(10), "SQS API, ReceiveMessage: at most 10 messages"),
    acks: from("each", "SQS API, DeleteMessage: one receipt handle (a batch has ten)"),
    ack: from(AckMode::AfterHandling, "SQS API, DeleteMessage: the client deletes when it is done"),
    ack_timeout: from(Some(seconds(30)), VISIBILITY),
    ack_timeout_check: from(Span::ZERO, VISIBILITY),
    least_ack_timeout: from(seconds(1), VISIBILITY),
    on_timeout: from(OnTimeout::ReturnOne, VISIBILITY),
    on_connection_loss: from(OnConnectionLoss::Wait, VISIBILITY),
    heartbeat: from(None, HTTP),
    // Model: best effort is the original place, which is its likeliest outcome.
    requeue: from(Requeue::OriginalPlace, STANDARD),
    redelivery: from(
        &[],
        "SQS developer guide: visible again when its visibility timeout is over, or set to 0",
    ),
    ordering: from(Ordering::Free, STANDARD),
    max_deliveries: from(None, REDRIVE),
    after_limit: from(AfterLimit::DeadLetter, "SQS developer guide, dead-letter queues: maxReceiveCount"),
    late_ack: from(
        LateAck::AcceptUnlessRedelivered,
        "SQS API, DeleteMessage: an old receipt handle may still delete, unless the message was received again",
    ),
    dedup: from(false, NO_DEDUP),
    dedup_window: from(None, NO_DEDUP),
    idempotent_producers: from(false, NO_DEDUP),
    handshake_round_trips: from(2, "TCP and TLS 1.3: one round trip each"),
    single_ack_can_vanish: from(true, "DeleteMessage is a request of its own, which can fail alone"),
    redelivered: from("count", "SQS API, ReceiveMessage: ApproximateReceiveCount"),
    order: from("best effort", STANDARD),
    confirm: from("stored", "SQS developer guide: stored on several servers before SendMessage returns"),
};

const GROUPS: &str = "SQS developer guide, FIFO delivery logic: a message group is blocked while one of its messages is in flight";
const EXACTLY_ONCE: &str = "SQS developer guide, FIFO queues: deduplication interval of 5 min";

/// A FIFO queue of Amazon SQS; a message's group is its key.
pub(super) const SQS_FIFO: Profile = Profile {
    name: "sqs-fifo",
    describes: "Amazon SQS (FIFO queue)",
    kind: from(Kind::Queue, GROUPS),
    model: from("pull with lease, per group", GROUPS),
    requeue: from(Requeue::OriginalPlace, "SQS developer guide: back to the head of its message group"),
    ordering: from(Ordering::OnePerKey, GROUPS),
    dedup: from(true, EXACTLY_ONCE),
    dedup_window: from(Some(minutes(5)), EXACTLY_ONCE),
    order: from("per group", GROUPS),
    ..SQS
};
