//! Ready copies of a queue that looks at keys: each key's copies form a group, of which the first may be
//! deliverable.
//!
//! ```text
//!  one-per-key:          the first of a group whose copies are all here, none of them out or hidden before it
//!  key-to-one-consumer:  the first of every group; while some of it are out, for their holder alone
//! ```
//!
//! Model: a key belongs to the consumer that holds some of it, and otherwise to whoever's turn it is; Pulsar's
//! key-shared subscription assigns keys by their hash.
//!
//! A returned copy stands where it stood before, whatever `requeue` says: anything else would break the
//! order of its key. Copies without a key are a group as well.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::id::{ConnectionId, CopyId, Key};
use crate::quantity::Time;

use super::copy::Copy;

/// When a copy's turn comes: by priority, then by its first place.
type Rank = (Reverse<u8>, u64);

/// What a group may have under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// One copy.
    OnePerKey,
    /// Any number, at one consumer at a time.
    KeyToOneConsumer,
}

/// Ready copies by key. Every operation takes O(log n).
#[derive(Clone, Debug)]
pub struct Groups {
    rule: Rule,
    by_key: BTreeMap<Key, Group>,
    /// Every ready copy.
    all: BTreeMap<Rank, CopyId>,
    /// Those that expire.
    by_expiry: BTreeMap<(Time, u64), CopyId>,
    /// The first copies that anyone may get.
    free: BTreeMap<Rank, CopyId>,
    /// Those that only this consumer may get.
    owned: BTreeMap<ConnectionId, BTreeMap<Rank, CopyId>>,
}

/// The copies of a key.
#[derive(Clone, Debug, Default)]
struct Group {
    line: Ranked,
    /// Those that nobody may see yet.
    hidden: BTreeSet<Rank>,
    /// How many are out, and with whom.
    out: u32,
    owner: ConnectionId,
    /// What is listed as deliverable.
    listed: Option<(Rank, Listed)>,
}

/// Ready copies of a key by rank. Where there are many keys most have one, which stands beside the tree of the
/// others: a tree of one takes ten times its room.
#[derive(Clone, Debug, Default)]
struct Ranked {
    first: Option<(Rank, CopyId)>,
    /// All behind the first.
    others: BTreeMap<Rank, CopyId>,
}

impl Ranked {
    fn insert(&mut self, rank: Rank, id: CopyId) {
        match self.first {
            Some((first, _)) if first < rank => {
                self.others.insert(rank, id);
            }
            behind => {
                self.first = Some((rank, id));
                self.others.extend(behind);
            }
        }
    }

    fn remove(&mut self, rank: Rank) {
        if self.first.is_some_and(|(first, _)| first == rank) {
            self.first = self.others.pop_first();
        } else {
            self.others.remove(&rank);
        }
    }
}

/// Who may get the first copy of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Listed {
    Free,
    Owned(ConnectionId),
}

impl Groups {
    /// No copies.
    #[must_use]
    pub const fn new(rule: Rule) -> Self {
        Self {
            rule,
            by_key: BTreeMap::new(),
            all: BTreeMap::new(),
            by_expiry: BTreeMap::new(),
            free: BTreeMap::new(),
            owned: BTreeMap::new(),
        }
    }

    /// A copy is ready.
    pub fn insert(&mut self, copy: &Copy, id: CopyId) {
        let rank = rank(copy);
        self.all.insert(rank, id);
        if copy.expires_at != Time::NEVER {
            self.by_expiry.insert((copy.expires_at, copy.order), id);
        }
        self.by_key.entry(copy.key).or_default().line.insert(rank, id);
        self.relist(copy.key);
    }

    /// A copy that was ready is gone.
    pub fn remove(&mut self, copy: &Copy) {
        let rank = rank(copy);
        self.all.remove(&rank);
        self.by_expiry.remove(&(copy.expires_at, copy.order));
        self.group(copy.key).line.remove(rank);
        self.relist(copy.key);
    }

    /// A copy that was taken is out with `owner`.
    pub fn sent(&mut self, copy: &Copy, owner: ConnectionId) {
        let group = self.by_key.entry(copy.key).or_default();
        group.out += 1;
        group.owner = owner;
        self.relist(copy.key);
    }

    /// A copy that was out is not any more.
    pub fn released(&mut self, copy: &Copy) {
        self.group(copy.key).out -= 1;
        self.relist(copy.key);
    }

    /// A copy that is not ready is hidden for a while.
    pub fn hide(&mut self, copy: &Copy) {
        self.by_key.entry(copy.key).or_default().hidden.insert(rank(copy));
        self.relist(copy.key);
    }

    /// It is no longer hidden.
    pub fn unhide(&mut self, copy: &Copy) {
        self.group(copy.key).hidden.remove(&rank(copy));
        self.relist(copy.key);
    }

    /// The first ready copy, deliverable or not.
    #[must_use]
    pub fn first(&self) -> Option<CopyId> {
        self.all.first_key_value().map(|(_, copy)| *copy)
    }

    /// The ready copy that expires first. A group may keep the head of the queue for long, so copies expire
    /// wherever they stand.
    #[must_use]
    pub fn first_to_expire(&self) -> Option<CopyId> {
        self.by_expiry.first_key_value().map(|(_, copy)| *copy)
    }

    /// Whether some copy is deliverable to someone.
    #[must_use]
    pub fn has_any(&self) -> bool {
        !self.free.is_empty() || !self.owned.is_empty()
    }

    /// The first copy that `consumer` may get.
    #[must_use]
    pub fn first_for(&self, consumer: ConnectionId) -> Option<CopyId> {
        let free = self.free.first_key_value();
        let owned = self.owned.get(&consumer).and_then(|copies| copies.first_key_value());
        let first = match (free, owned) {
            (Some(free), Some(owned)) => free.min(owned),
            (free, owned) => free.or(owned)?,
        };
        Some(*first.1)
    }

    fn group(&mut self, key: Key) -> &mut Group {
        self.by_key.get_mut(&key).expect("a key with copies has a group")
    }

    /// Lists what is deliverable of a group now instead of what was; a group that is over is forgotten.
    fn relist(&mut self, key: Key) {
        let rule = self.rule;
        let group = self.group(key);
        let now = group.deliverable(rule);
        if group.listed != now {
            let before = std::mem::replace(&mut group.listed, now);
            let id = group.line.first.map(|(_, id)| id);
            if let Some((rank, listed)) = before {
                self.strike(rank, listed);
            }
            if let (Some((rank, listed)), Some(id)) = (now, id) {
                match listed {
                    Listed::Free => self.free.insert(rank, id),
                    Listed::Owned(owner) => self.owned.entry(owner).or_default().insert(rank, id),
                };
            }
        }
        let group = self.group(key);
        if group.line.first.is_none() && group.hidden.is_empty() && group.out == 0 {
            self.by_key.remove(&key);
        }
    }

    fn strike(&mut self, rank: Rank, listed: Listed) {
        match listed {
            Listed::Free => {
                self.free.remove(&rank);
            }
            Listed::Owned(owner) => {
                if let Some(copies) = self.owned.get_mut(&owner) {
                    copies.remove(&rank);
                    if copies.is_empty() {
                        self.owned.remove(&owner);
                    }
                }
            }
        }
    }
}

impl Group {
    fn deliverable(&self, rule: Rule) -> Option<(Rank, Listed)> {
        let (first, _) = self.line.first?;
        match rule {
            Rule::OnePerKey => {
                let waits = self.out > 0 || self.hidden.first().is_some_and(|&hidden| hidden < first);
                (!waits).then_some((first, Listed::Free))
            }
            Rule::KeyToOneConsumer if self.out > 0 => Some((first, Listed::Owned(self.owner))),
            Rule::KeyToOneConsumer => Some((first, Listed::Free)),
        }
    }
}

const fn rank(copy: &Copy) -> Rank {
    (Reverse(copy.level), copy.order)
}
