//! The places where messages are published, and the luck of those messages.

use crate::kernel::chance::{LazyLuck, LuckSource};
use crate::protocol::id::{MessageId, ProducerId, QueueId};
use crate::quantity::Span;

/// What every message of one `publish` step has in common.
#[derive(Clone, Debug)]
pub struct Site {
    /// Where its messages go.
    pub queue: QueueId,
    /// Whose step it is, if a producer's.
    pub producer: Option<ProducerId>,
    /// A hash of the step's name: with a message's number it keys the message's luck, so that adding a
    /// component changes no other message's.
    pub luck_key: u64,
    /// Whether the broker answers.
    pub wants_confirm: bool,
    /// Whether a retried publish looks like another message to the broker's dedup.
    pub renews_id: bool,
    /// The messages' own time to live.
    pub ttl: Option<Span>,
}

/// All sites of a run, shared by its actors.
#[derive(Debug)]
pub struct Sites {
    sites: Vec<Site>,
    luck: LuckSource,
}

impl Sites {
    /// The sites in the order of their ids, under one seed.
    #[must_use]
    pub const fn new(sites: Vec<Site>, luck: LuckSource) -> Self {
        Self { sites, luck }
    }

    /// Where `message` is published.
    #[must_use]
    pub fn of(&self, message: MessageId) -> &Site {
        &self.sites[usize::from(message.site().0)]
    }

    /// The luck of one attempt at `message`; drawn when first used.
    #[must_use]
    pub fn luck(&self, message: MessageId, attempt: u32) -> LazyLuck<'_> {
        self.luck.lazy(self.of(message).luck_key.wrapping_add(message.number()), attempt)
    }

    /// The luck of something that is not a message.
    #[must_use]
    pub const fn luck_of(&self, key: u64, attempt: u32) -> LazyLuck<'_> {
        self.luck.lazy(key, attempt)
    }
}
