//! Backpressure: at the memory limit publishes wait, and go on in the order in which they came.
//!
//! Model: they have reached the broker, and are stored even if their producer has died meanwhile; on a real
//! connection they would wait in its buffers. A publish that is let in may overstep the limit.

use std::collections::VecDeque;

use crate::protocol::event::Publish;
use crate::protocol::{Ctx, Fact};

use super::Broker;

/// Publishes that wait until the broker has room for them.
#[derive(Debug)]
pub(super) struct Memory {
    /// Bytes of copies; `None`: no limit.
    limit: Option<u64>,
    waiting: VecDeque<Publish>,
    /// Whether some of them are being let in.
    is_admitting: bool,
}

impl Memory {
    pub(super) const fn new(limit: Option<u64>) -> Self {
        Self { limit, waiting: VecDeque::new(), is_admitting: false }
    }
}

impl Broker {
    /// Whether a publish has to wait: the limit is reached, or others wait already.
    #[inline]
    pub(super) fn has_no_room(&self) -> bool {
        match self.memory.limit {
            None => false,
            Some(limit) => !self.memory.waiting.is_empty() || self.bytes() >= limit,
        }
    }

    /// Lets a publish wait.
    pub(super) fn hold_back(&mut self, publish: Publish, context: &mut Ctx) {
        if self.memory.waiting.is_empty() && !self.memory.is_admitting {
            context.emit(Fact::PublishersBlocked);
        }
        self.memory.waiting.push_back(publish);
    }

    /// The broker dies, and with it what waited: no queue has seen it.
    pub(super) fn lose_held_back(&mut self, context: &mut Ctx) {
        if self.memory.waiting.is_empty() {
            return;
        }
        for publish in std::mem::take(&mut self.memory.waiting) {
            context.emit(Fact::lost(&publish));
        }
        context.emit(Fact::PublishersAdmitted);
    }

    /// Lets publishes in that waited, the longest waiting first, while there is room.
    #[inline]
    pub(super) fn admit_held_back(&mut self, context: &mut Ctx) {
        if !self.memory.waiting.is_empty() && !self.memory.is_admitting {
            self.admit(context);
        }
    }

    #[cold]
    fn admit(&mut self, context: &mut Ctx) {
        // Each publish let in pumps its queues, which asks for more to be let in.
        self.memory.is_admitting = true;
        while !self.outage.holds()
            && self.memory.limit.is_none_or(|limit| self.bytes() < limit)
            && let Some(publish) = self.memory.waiting.pop_front()
        {
            self.let_in(publish, context);
        }
        self.memory.is_admitting = false;
        if self.memory.waiting.is_empty() {
            context.emit(Fact::PublishersAdmitted);
        }
    }

    /// Bytes of all copies in all work queues.
    fn bytes(&self) -> u64 {
        self.queues.iter().map(|served| served.queue.bytes()).sum()
    }
}
