//! Publishes whose answer has to wait: for room, or for a disk.
//!
//! A publish is answered once, when every queue it was routed to has taken or refused it.

use std::collections::BTreeMap;

use crate::protocol::event::{Answer, Publish};
use crate::protocol::id::{ActivityId, ConnectionId, MessageId};

/// One attempt at publishing a message; several handlers may be sending the same one back.
pub(super) type AttemptKey = (MessageId, u16, ConnectionId, ActivityId);

/// The attempt that `publish` is.
#[must_use]
pub(super) const fn attempt_of(publish: &Publish) -> AttemptKey {
    (publish.message, publish.retries, publish.connection, publish.activity)
}

/// What one queue made of a publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// It has it, as safely as a confirm promises.
    Stored,
    /// It did not take it.
    Refused,
    /// That will be known later.
    Waits,
}

/// Publishes that wait for some of their queues.
#[derive(Debug, Default)]
pub(super) struct Answers {
    waiting: BTreeMap<AttemptKey, Waiting>,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    publish: Publish,
    /// Queues that have not said yet.
    queues: u32,
    answer: Answer,
}

impl Answers {
    /// `publish` waits for so many queues; of the others some may have refused it.
    pub(super) fn wait(&mut self, publish: Publish, queues: u32, answer: Answer) {
        let fresh = Waiting { publish, queues: 0, answer: Answer::Stored };
        let waiting = self.waiting.entry(attempt_of(&publish)).or_insert(fresh);
        waiting.queues += queues;
        waiting.answer = worse(waiting.answer, answer);
    }

    /// The publishes that nobody will answer.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Publish> + use<> {
        std::mem::take(&mut self.waiting).into_values().map(|waiting| waiting.publish)
    }

    /// One more queue has said what it made of an attempt: the publish and its answer, if it was the last.
    pub(super) fn hear(&mut self, attempt: AttemptKey, answer: Answer) -> Option<(Publish, Answer)> {
        let waiting = self.waiting.get_mut(&attempt)?;
        waiting.queues -= 1;
        waiting.answer = worse(waiting.answer, answer);
        if waiting.queues > 0 {
            return None;
        }
        self.waiting.remove(&attempt).map(|waiting| (waiting.publish, waiting.answer))
    }
}

/// A publish is stored only where every queue stored it.
const fn worse(a: Answer, b: Answer) -> Answer {
    if matches!(a, Answer::Stored) { b } else { a }
}
