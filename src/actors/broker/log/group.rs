//! One consumer group of a log: its coordinator, its offsets, and who waits for records.

use std::collections::BTreeMap;

use crate::protocol::id::{Epoch, GroupId, QueueId};
use crate::quantity::Time;
use crate::scenario::model::{Replay, Start};

use super::super::channel::Settling;
use super::coordinator::{Coordinator, Granted, MemberId, Patience};
use super::offsets::Offsets;
use super::partition::Partition;

/// How the instance at the other end of a connection reads a log.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Which log.
    pub queue: QueueId,
    /// In which of its groups, by position.
    pub group: u16,
    /// The most records one poll returns.
    pub max_records: usize,
    /// How long its coordinator waits for it.
    pub patience: Patience,
    /// Whether records are done when they are sent.
    pub settling: Settling,
    /// With a number it keys the luck of what the broker tells it.
    pub luck_key: u64,
    /// What the broker told it so far.
    pub told: u32,
}

/// A consumer group.
#[derive(Debug)]
pub struct Group {
    /// Its name in facts.
    pub id: GroupId,
    /// Where it goes on if what it stands at is gone.
    pub start: Start,
    /// Who is in it.
    pub coordinator: Coordinator,
    /// By partition.
    pub offsets: Vec<Offsets>,
    /// Deliberate returns that are still to come, the next last.
    pub replays: Vec<Replay>,
    /// When the earliest `SessionsDue` on its way is due.
    pub sessions_armed_at: Time,
    readers: BTreeMap<MemberId, Reader>,
}

/// What a member has asked for and got.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Its latest poll.
    pub asked: u32,
    /// The opening of its connection that it waits on, if it does.
    pub waits_on: Option<Epoch>,
    /// What it was sent last, as long as it may not have got it.
    sent: Option<SentBatch>,
    /// Whose turn it is among its partitions.
    turn: usize,
}

#[derive(Clone, Debug)]
struct SentBatch {
    number: u32,
    /// Each partition with where it stood before.
    from: Vec<(Granted, u64)>,
}

/// A record about to be sent.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing {
    /// Its partition, and the grant that gave it.
    pub granted: Granted,
    /// The record's offset and delivery.
    pub sending: super::offsets::Sending,
}

impl Group {
    /// A group that has read nothing.
    #[must_use]
    pub fn new(
        id: GroupId,
        start: Start,
        coordinator: Coordinator,
        replays: Vec<Replay>,
        partitions: u32,
    ) -> Self {
        let first = match start {
            Start::Earliest | Start::Latest => 0,
            Start::Offset(offset) => offset,
        };
        Self {
            id,
            start,
            coordinator,
            offsets: vec![Offsets::new(first); partitions as usize],
            replays,
            sessions_armed_at: Time::NEVER,
            readers: BTreeMap::new(),
        }
    }

    /// A member polls. `false` if the poll is older than one that came before.
    pub fn asks(&mut self, now: Time, id: MemberId, number: u32, answered: u32, epoch: Epoch) -> bool {
        let reader = self.readers.entry(id).or_default();
        if number <= reader.asked {
            return false;
        }
        reader.asked = number;
        reader.waits_on = Some(epoch);
        if let Some(batch) = reader.sent.take()
            && batch.number != answered
        {
            for (granted, from) in batch.from {
                if self.holds(id, granted.partition, granted.since) {
                    self.offsets[granted.partition as usize].rewind(now, from);
                }
            }
        }
        true
    }

    /// Whether a member has a partition by this very grant.
    #[must_use]
    pub fn holds(&self, id: MemberId, partition: u32, since: u32) -> bool {
        self.coordinator.owner(partition).is_some_and(|owner| owner.member == id && owner.since == since)
    }

    /// The opening on which a member waits for records, if it does.
    #[must_use]
    pub fn waits_on(&self, id: MemberId) -> Option<Epoch> {
        self.readers.get(&id).and_then(|reader| reader.waits_on)
    }

    /// The members that wait for records.
    #[must_use]
    pub fn waiting(&self) -> Vec<MemberId> {
        self.readers.iter().filter(|(_, reader)| reader.waits_on.is_some()).map(|(id, _)| *id).collect()
    }

    /// Takes up to `most` records for a member that waits, one from each of its partitions in turn; with
    /// the number of its poll.
    pub fn collect(
        &mut self,
        now: Time,
        id: MemberId,
        most: usize,
        partitions: &[Partition],
    ) -> Option<(u32, Vec<Outgoing>)> {
        let reader = self.readers.get_mut(&id)?;
        let mut open: Vec<Granted> = self.coordinator.ready_for(id).collect();
        open.retain(|granted| !self.offsets[granted.partition as usize].rests(now));
        let shift = reader.turn.checked_rem(open.len())?;
        open.rotate_left(shift);
        reader.turn = reader.turn.wrapping_add(1);
        let from: Vec<(Granted, u64)> = open
            .iter()
            .map(|granted| (*granted, self.offsets[granted.partition as usize].position()))
            .collect();
        let mut records = Vec::new();
        while records.len() < most && !open.is_empty() {
            open.retain(|granted| {
                if records.len() == most {
                    return true;
                }
                let at = granted.partition as usize;
                let sending = self.offsets[at].send(partitions[at].end());
                records.extend(sending.map(|sending| Outgoing { granted: *granted, sending }));
                sending.is_some()
            });
        }
        if records.is_empty() {
            return None;
        }
        reader.waits_on = None;
        reader.sent = Some(SentBatch { number: reader.asked, from });
        Some((reader.asked, records))
    }

    /// Carries out what a change of members means for the offsets: who gets a partition begins where the
    /// group has committed.
    pub fn follow_owners(&mut self, now: Time) {
        for partition in self.coordinator.take_changed() {
            let offsets = &mut self.offsets[partition as usize];
            offsets.rewind(now, 0);
            offsets.rest(now);
        }
        let coordinator = &self.coordinator;
        self.readers.retain(|id, _| coordinator.knows(*id));
    }

    /// Records not sent and records sent but not done, over all partitions, and since when the oldest of
    /// the first has waited.
    #[must_use]
    pub fn levels(&self, partitions: &[Partition]) -> (u64, u64, Time) {
        let (mut ready, mut under_way, mut oldest) = (0, 0, Time::NEVER);
        for (offsets, partition) in self.offsets.iter().zip(partitions) {
            ready += partition.end().saturating_sub(offsets.position());
            under_way += offsets.under_way();
            if let Some(record) = partition.get(offsets.position()) {
                oldest = oldest.min(offsets.waits_since(record.stored_at));
            }
        }
        (ready, under_way, oldest)
    }
}
