//! Names of things in a run, each a small number of its own type.

use std::fmt;

/// A place in the scenario where messages are published: one `publish` step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub u16);

/// A logical message: the step that publishes it and its number there, from 0.
///
/// Aligned to 4 bytes, which makes room for a field more in an event of four words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(Rust, packed(4))]
pub struct MessageId(u64);

const NUMBER_BITS: u32 = 48;

impl MessageId {
    /// The message with `number` at `site`.
    #[must_use]
    pub const fn new(site: SiteId, number: u64) -> Self {
        debug_assert!(number < 1 << NUMBER_BITS, "2^48 messages take years");
        Self((site.0 as u64) << NUMBER_BITS | number)
    }

    /// Where it is published.
    #[must_use]
    pub const fn site(self) -> SiteId {
        SiteId((self.0 >> NUMBER_BITS) as u16)
    }

    /// Its number at its site.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0 & ((1 << NUMBER_BITS) - 1)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "message {} of site {}", self.number(), self.site().0)
    }
}

/// A queue or log: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueId(pub u16);

/// Consumers that share the copies of a queue or log among them.
///
/// A work queue has one group, with the queue's own number, and so has a log the first of its groups;
/// further groups of logs have the numbers behind all queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u16);

impl From<QueueId> for GroupId {
    /// The only group of a work queue, the first of a log.
    fn from(queue: QueueId) -> Self {
        Self(queue.0)
    }
}

/// A group of producer instances: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProducerId(pub u16);

/// One run of a producer's `do` list: the producer and the arrival's number there, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId {
    /// Whose.
    pub producer: ProducerId,
    /// Among all of its group.
    pub number: u64,
}

/// A group of consumer instances: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConsumerId(pub u16);

/// A store: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreId(pub u16);

/// A client instance as one store knows it: its position among the store's clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u32);

/// One try at a transaction: whose, and its number among all tries of that instance, from 0. It wraps after
/// 2^32 tries, which no transaction outlives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransactionId {
    /// Whose.
    pub session: SessionId,
    /// Which of its tries.
    pub number: u32,
}

/// Which of a `do` list's effects: a transaction, or an update outside any, is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// Which, from 0.
    pub number: u8,
    /// How many whoever applies it has, with those of the services that it calls.
    pub of: u8,
}

impl Effect {
    /// The effect of a handler that updates nothing.
    pub const ONLY: Self = Self { number: 0, of: 1 };
}

/// A group of service instances: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub u16);

/// A fault: its position in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaultId(pub u16);

/// The connection between the broker and one instance, over all its reopenings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u32);

/// Counts the reopenings of a connection: what rode on an earlier one is lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u16);

impl Epoch {
    /// The one after this. It wraps after 65 536 reopenings, which no message outlives on its way.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// Whether it came before `other`, as long as they lie less than 32 768 reopenings apart.
    #[must_use]
    pub const fn is_before(self, other: Self) -> bool {
        self.0.wrapping_sub(other.0) > u16::MAX / 2
    }
}

/// A stored copy: its position in its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CopyId(pub u32);

/// An operation or a handling under way: its position in its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivityId(pub u32);

/// What a message is about. [`Key::NONE`] is about nothing in particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub u32);

impl Key {
    /// About nothing in particular.
    pub const NONE: Self = Self(u32::MAX);
}

/// Which try at a message this is: the publish attempt that made the copy, and the copy's delivery.
///
/// It keys the luck of everything that belongs to this try, so two tries never share their luck and
/// one try has the same luck under every strategy. A message that a link delivers twice makes two tries;
/// the second one is the other's twin.
///
/// ```text
///  bit  31          30 … 24    23               22 … 0
///       twin copy   retries    twin delivery    deliveries
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempt(u32);

const DELIVERY_BITS: u32 = 24;
const TWIN_DELIVERY: u32 = 1 << (DELIVERY_BITS - 1);
const TWIN_COPY: u32 = 1 << 31;

/// Marks the number of a publish attempt as that of the second arrival of the same attempt.
pub const TWIN_PUBLISH: u16 = 1 << 15;

impl Attempt {
    /// The most deliveries of one copy that are told apart; further ones look like this one.
    pub const MOST_DELIVERIES: u32 = TWIN_DELIVERY - 1;

    /// A copy that was never delivered, made by the publish attempt after `retries` others (of which
    /// 127 are told apart).
    #[must_use]
    pub const fn of_copy(retries: u16) -> Self {
        let twin = if retries & TWIN_PUBLISH == 0 { 0 } else { TWIN_COPY };
        let retries = retries & !TWIN_PUBLISH;
        let retries = if retries > 127 { 127 } else { retries as u32 };
        Self(twin | retries << DELIVERY_BITS)
    }

    /// A copy that was never delivered, of a message that was delivered so often before a handler sent it
    /// back: its tries are further ones.
    #[must_use]
    pub const fn after(self, deliveries: u16) -> Self {
        Self(self.0 + deliveries as u32)
    }

    /// The next delivery of the same copy.
    #[must_use]
    pub const fn next_delivery(self) -> Self {
        if self.delivery() == Self::MOST_DELIVERIES { self } else { Self(self.0 + 1) }
    }

    /// The second arrival of the same delivery.
    #[must_use]
    pub const fn twin(self) -> Self {
        Self(self.0 | TWIN_DELIVERY)
    }

    /// The delivery as the broker sent it, whichever arrival this is.
    #[must_use]
    pub const fn as_sent(self) -> Self {
        Self(self.0 & !TWIN_DELIVERY)
    }

    /// Publish attempts before the one that made the copy.
    #[must_use]
    pub const fn retries(self) -> u16 {
        ((self.0 & !TWIN_COPY) >> DELIVERY_BITS) as u16
    }

    /// The delivery with this number, from 1, of a copy that was never delivered.
    #[must_use]
    pub const fn nth_delivery(self, number: u32) -> Self {
        let most = Self::MOST_DELIVERIES;
        Self((self.0 & !most) | if number > most { most } else { number })
    }

    /// Deliveries of the copy so far, this one included.
    #[must_use]
    pub const fn delivery(self) -> u32 {
        self.0 & Self::MOST_DELIVERIES
    }

    /// One number for both.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The try with this number.
    #[must_use]
    pub const fn numbered(number: u32) -> Self {
        Self(number)
    }
}

#[cfg(test)]
mod tests {
    use super::{Attempt, TWIN_PUBLISH};

    #[test]
    fn twins_differ_and_count_alike() {
        let first = Attempt::of_copy(2).next_delivery();
        let twin_copy = Attempt::of_copy(2 | TWIN_PUBLISH).next_delivery();
        let all = [first, first.twin(), twin_copy, twin_copy.twin()];
        for (at, attempt) in all.iter().enumerate() {
            assert_eq!(attempt.delivery(), 1);
            assert_eq!(all.iter().position(|other| other == attempt), Some(at), "each is another try");
        }
        assert_eq!(first.twin().as_sent(), first);
        assert_eq!(twin_copy.twin().as_sent(), twin_copy);
        assert_eq!(first.number(), 2 << 24 | 1, "the luck of what is not doubled never changes");
    }
}
