//! The places where messages are published, and the luck of those messages.

use crate::kernel::chance::{LazyLuck, LuckSource};
use crate::protocol::event::Publish;
use crate::protocol::id::{Attempt, MessageId, ProducerId, QueueId, SiteId};
use crate::quantity::Span;

/// What every message of one `publish` step has in common.
#[derive(Clone, Debug)]
pub struct Site {
    /// The queues that its bindings select, each once; none if the message is unroutable.
    pub queues: Box<[QueueId]>,
    /// What becomes of a message that reaches no queue.
    pub stranded: Stranded,
    /// Whose step it is, if a producer's.
    pub producer: Option<ProducerId>,
    /// A hash of the step's name: with a message's number it keys the message's luck, so that adding a
    /// component changes no other message's.
    pub luck_key: u64,
    /// Whether the broker answers.
    pub wants_confirm: bool,
    /// Whether a retried publish looks like another message to the broker's dedup.
    pub renews_id: bool,
    /// What its messages are like.
    pub message: Envelope,
}

/// What becomes of a message that reaches no queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stranded {
    /// It is gone, though confirmed.
    Dropped,
    /// It goes back to whoever published it.
    Returned,
    /// It names an exchange that does not exist: the channel is closed under everything on it.
    ClosesChannel,
    /// The same where each message has a channel of its own.
    ClosesOwnChannel,
}

/// What the broker reads on the outside of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Its own time to live.
    pub ttl: Option<Span>,
    /// Whether a durable queue keeps it on disk.
    pub persistent: bool,
    /// Higher ones go first where the queue has priorities.
    pub priority: u32,
    /// How long after storing it may be delivered.
    pub delay: Span,
    /// In bytes.
    pub size: u64,
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

    /// The site `id`.
    #[must_use]
    pub fn at(&self, id: SiteId) -> &Site {
        &self.sites[usize::from(id.0)]
    }

    /// Where `message` is published.
    #[must_use]
    pub fn of(&self, message: MessageId) -> &Site {
        self.at(message.site())
    }

    /// Names the luck of `message`.
    #[must_use]
    pub fn luck_key(&self, message: MessageId) -> u64 {
        self.of(message).luck_key.wrapping_add(message.number())
    }

    /// The luck of one attempt at `message`; drawn when first used.
    #[must_use]
    pub fn luck(&self, message: MessageId, attempt: u32) -> LazyLuck<'_> {
        self.luck.lazy(self.luck_key(message), attempt)
    }

    /// The luck of one attempt at publishing.
    #[must_use]
    pub fn publish_luck(&self, publish: &Publish) -> LazyLuck<'_> {
        let Publish { message, site, retries, deliveries, .. } = *publish;
        if !publish.is_redrive() {
            return self.luck(message, u32::from(retries));
        }
        let own = self.luck_key(message);
        let attempt = Attempt::of_copy(retries).after(deliveries);
        self.luck_of(self.at(site).luck_key.wrapping_add(own), attempt.number())
    }

    /// The luck of something that is not a message.
    #[must_use]
    pub const fn luck_of(&self, key: u64, attempt: u32) -> LazyLuck<'_> {
        self.luck.lazy(key, attempt)
    }
}
