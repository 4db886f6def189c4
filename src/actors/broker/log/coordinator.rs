//! The coordinator of one consumer group: who is in it, and who may work on which partition.
//!
//! ```text
//!             first heard            told at its next heartbeat: give back
//!   nobody ──────────────▶ member ────────────────────────────────────────▶ gives back, says so
//!                            ▲  │ silent too long, left                             │
//!                            │  └──────────▶ out                                    ▼
//!                            └───────── told at once: dealt ◀───── every partition is free
//! ```
//!
//! A member works on what its latest *grant* lists. A grant that takes something away counts as carried
//! out when the member says that it has; until then the partition has its old owner. `eager` takes all
//! partitions from everybody before it deals them anew; `cooperative` takes only those that move. So a
//! partition never has two owners, but for one that was put out and does not know it yet.
//!
//! Pure: time is an argument; what the coordinator wants said is returned as [`Notice`]s.

use crate::protocol::event::Verdict;
use crate::protocol::id::ConnectionId;
use crate::quantity::{Span, Time};
use crate::scenario::model::Rebalance;

/// A member: an instance, and how often it has joined before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberId {
    /// The instance's connection.
    pub connection: ConnectionId,
    /// Counts the times it joined.
    pub incarnation: u16,
}

/// How patient the coordinator is with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long it may be silent.
    pub session_timeout: Span,
    /// How long it may take to give partitions back.
    pub rebalance_timeout: Span,
}

/// What the coordinator wants said at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Tell the member its present grant.
    Grant(MemberId),
    /// Tell whoever this is that it is no member.
    Unknown(MemberId),
}

/// A partition in a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Granted {
    /// Which.
    pub partition: u32,
    /// The grant that gave it.
    pub since: u32,
}

/// The coordinator of a group.
#[derive(Clone, Debug)]
pub struct Coordinator {
    protocol: Rebalance,
    members: Vec<Member>,
    /// By partition.
    owners: Vec<Option<Owner>>,
    /// Who is to own each partition, where that is decided.
    targets: Vec<Option<MemberId>>,
    /// Eager: partitions are being given back.
    is_collecting: bool,
    /// Partitions whose owner changed since this was last asked.
    changed: Vec<u32>,
    /// The latest grant of all.
    grants: u32,
}

/// Who works on a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The member.
    pub member: MemberId,
    /// The grant that gave it.
    pub since: u32,
}

#[derive(Clone, Debug)]
struct Member {
    id: MemberId,
    patience: Patience,
    /// Its latest grant.
    grant: u32,
    /// The latest grant that it has carried out.
    applied: u32,
    granted: Vec<Granted>,
    heard_at: Time,
    /// When it has to have given partitions back.
    gives_back_by: Time,
}

impl Coordinator {
    /// A coordinator of these members, who joined before the run and hold nothing yet.
    #[must_use]
    pub fn new(protocol: Rebalance, partitions: u32, members: &[(MemberId, Patience)]) -> Self {
        let mut coordinator = Self {
            protocol,
            members: Vec::new(),
            owners: vec![None; partitions as usize],
            targets: vec![None; partitions as usize],
            is_collecting: false,
            changed: Vec::new(),
            grants: 0,
        };
        for (id, patience) in members {
            coordinator.members.push(Member::new(*id, *patience, Time::ZERO));
        }
        coordinator.rebalance(Time::ZERO);
        coordinator.settle();
        coordinator
    }

    /// A member was heard of: it has carried out its grant number `applied`, 0 if it has had none.
    pub fn heard(&mut self, now: Time, id: MemberId, applied: u32, patience: Patience) -> Vec<Notice> {
        let Some(member) = self.members.iter_mut().find(|member| member.id == id) else {
            if applied > 0 {
                return vec![Notice::Unknown(id)];
            }
            self.members.push(Member::new(id, patience, now));
            self.members.sort_by_key(|member| member.id);
            self.rebalance(now);
            return self.settle();
        };
        if applied > member.grant {
            // What it carried out was granted before it was put out and taken in again.
            let mut notices = self.leave(now, id);
            notices.push(Notice::Unknown(id));
            return notices;
        }
        member.heard_at = now;
        if applied < member.grant {
            return vec![Notice::Grant(id)];
        }
        if member.applied < applied {
            member.applied = applied;
            member.gives_back_by = Time::NEVER;
            self.release_what_is_not_granted(id);
            return self.settle();
        }
        Vec::new()
    }

    /// A member says that it leaves.
    pub fn leave(&mut self, now: Time, id: MemberId) -> Vec<Notice> {
        if self.remove(id) {
            self.rebalance(now);
        }
        self.settle()
    }

    /// Puts out whoever has been silent, or has kept what it should give back, for too long.
    pub fn expire(&mut self, now: Time) -> Vec<Notice> {
        let late: Vec<MemberId> =
            self.members.iter().filter(|member| member.deadline() <= now).map(|member| member.id).collect();
        if late.is_empty() {
            return Vec::new();
        }
        for id in late {
            self.remove(id);
        }
        self.rebalance(now);
        self.settle()
    }

    /// Everybody counts as heard of, because nobody could be.
    pub fn excuse(&mut self, now: Time) {
        self.members.iter_mut().for_each(|member| member.heard_at = now);
    }

    /// When somebody will be put out, unless heard of.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Time> {
        self.members.iter().map(Member::deadline).min()
    }

    /// Gives every partition to its owner anew: what was granted before counts no more.
    pub fn renew(&mut self) -> Vec<Notice> {
        let mut notices = Vec::new();
        for member in self.members.iter_mut().filter(|member| !member.granted.is_empty()) {
            self.grants += 1;
            member.grant = self.grants;
            for granted in &mut member.granted {
                granted.since = member.grant;
                self.owners[granted.partition as usize] =
                    Some(Owner { member: member.id, since: member.grant });
                self.changed.push(granted.partition);
            }
            notices.push(Notice::Grant(member.id));
        }
        // Those that are still to be given back are given up for what they were.
        for (partition, owner) in (0..).zip(&mut self.owners) {
            if let Some(owner) = owner
                && !self.changed.contains(&partition)
            {
                owner.since = u32::MAX;
                self.changed.push(partition);
            }
        }
        notices
    }

    /// A member's grant: its number, and what it lists.
    #[must_use]
    pub fn grant_of(&self, id: MemberId) -> Option<(u32, &[Granted])> {
        self.member(id).map(|member| (member.grant, member.granted.as_slice()))
    }

    /// Who works on `partition`.
    #[must_use]
    pub fn owner(&self, partition: u32) -> Option<Owner> {
        self.owners.get(partition as usize).copied().flatten()
    }

    /// Whether a member that has carried out the grant numbered `grant` may commit for `partition`.
    #[must_use]
    pub fn verdict(&self, id: MemberId, partition: u32, grant: u32) -> Verdict {
        if self.member(id).is_none() {
            return Verdict::Unknown;
        }
        let is_owner = self.owner(partition).is_some_and(|owner| owner.member == id && owner.since <= grant);
        if is_owner { Verdict::Accepted } else { Verdict::Stale }
    }

    /// The partitions that a member may be sent records of: those of grants it has carried out.
    pub fn ready_for(&self, id: MemberId) -> impl Iterator<Item = Granted> + '_ {
        let member = self.member(id);
        let applied = member.map_or(0, |member| member.applied);
        let granted = member.map_or(&[][..], |member| &member.granted);
        granted.iter().copied().filter(move |granted| granted.since <= applied)
    }

    /// Whether `id` is a member.
    #[must_use]
    pub fn knows(&self, id: MemberId) -> bool {
        self.member(id).is_some()
    }

    /// The partitions whose owner changed since this was last asked: their group goes on where it has
    /// committed.
    pub fn take_changed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.changed)
    }

    fn member(&self, id: MemberId) -> Option<&Member> {
        self.members.iter().find(|member| member.id == id)
    }

    fn remove(&mut self, id: MemberId) -> bool {
        let before = self.members.len();
        self.members.retain(|member| member.id != id);
        for partition in 0..self.owners.len() {
            if self.owners[partition].is_some_and(|owner| owner.member == id) {
                self.free(partition);
            }
        }
        self.members.len() < before
    }

    fn free(&mut self, partition: usize) {
        self.owners[partition] = None;
        self.changed.push(u32::try_from(partition).expect("partitions are counted in u32"));
    }

    fn release_what_is_not_granted(&mut self, id: MemberId) {
        let granted: Vec<u32> = self
            .member(id)
            .map_or_else(Vec::new, |member| member.granted.iter().map(|granted| granted.partition).collect());
        for partition in 0..self.owners.len() {
            let number = u32::try_from(partition).expect("partitions are counted in u32");
            if self.owners[partition].is_some_and(|owner| owner.member == id) && !granted.contains(&number) {
                self.free(partition);
            }
        }
    }

    /// Decides anew who is to have what, and takes away what stands against it.
    fn rebalance(&mut self, now: Time) {
        match self.protocol {
            Rebalance::Eager => {
                self.is_collecting = true;
                self.targets.fill(None);
            }
            Rebalance::Cooperative => self.targets = self.sticky_targets(),
        }
        for member in &mut self.members {
            let before = member.granted.len();
            let targets = &self.targets;
            member.granted.retain(|granted| targets[granted.partition as usize] == Some(member.id));
            if member.granted.len() < before {
                self.grants += 1;
                member.grant = self.grants;
                member.gives_back_by = member.gives_back_by.min(now + member.patience.rebalance_timeout);
            }
        }
    }

    /// Deals what is free, if it may be dealt yet.
    fn settle(&mut self) -> Vec<Notice> {
        if self.is_collecting {
            if self.owners.iter().any(Option::is_some) {
                return Vec::new();
            }
            self.is_collecting = false;
            self.targets = self.range_targets();
        }
        let mut notices = Vec::new();
        for member in &mut self.members {
            let targets = self.targets.iter().zip(&mut self.owners).zip(0..);
            let free = targets.filter(|((target, owner), _)| **target == Some(member.id) && owner.is_none());
            let since = self.grants + 1;
            let before = member.granted.len();
            for ((_, owner), partition) in free {
                *owner = Some(Owner { member: member.id, since });
                member.granted.push(Granted { partition, since });
                self.changed.push(partition);
            }
            if member.granted.len() > before {
                self.grants = since;
                member.grant = since;
                notices.push(Notice::Grant(member.id));
            }
        }
        notices
    }

    /// Neighbouring partitions to each member in the order of the instances, the first ones one more where
    /// it does not come out even (Kafka's range assignor, per topic).
    fn range_targets(&self) -> Vec<Option<MemberId>> {
        let mut targets = Vec::with_capacity(self.owners.len());
        for (member, quota) in self.members.iter().zip(quotas(self.owners.len(), self.members.len())) {
            targets.extend(std::iter::repeat_n(Some(member.id), quota));
        }
        targets.resize(self.owners.len(), None);
        targets
    }

    /// As even, but everybody keeps what it can: only as many partitions move as must.
    fn sticky_targets(&self) -> Vec<Option<MemberId>> {
        let mut by_holding: Vec<&Member> = self.members.iter().collect();
        by_holding.sort_by_key(|member| std::cmp::Reverse(member.granted.len()));
        let mut targets = vec![None; self.owners.len()];
        let mut wanting = Vec::new();
        for (member, quota) in by_holding.iter().zip(quotas(self.owners.len(), self.members.len())) {
            for granted in member.granted.iter().take(quota) {
                targets[granted.partition as usize] = Some(member.id);
            }
            wanting.push((member.id, quota.saturating_sub(member.granted.len())));
        }
        wanting.sort_by_key(|(id, _)| *id);
        let mut takers = wanting.into_iter().flat_map(|(id, lacks)| std::iter::repeat_n(id, lacks));
        for target in targets.iter_mut().filter(|target| target.is_none()) {
            *target = takers.next();
        }
        targets
    }
}

/// How many of `partitions` each of `members` gets.
fn quotas(partitions: usize, members: usize) -> impl Iterator<Item = usize> {
    let (each, rest) = (partitions / members.max(1), partitions % members.max(1));
    (0..members).map(move |place| each + usize::from(place < rest))
}

impl Member {
    const fn new(id: MemberId, patience: Patience, now: Time) -> Self {
        let gives_back_by = Time::NEVER;
        Self { id, patience, grant: 0, applied: 0, granted: Vec::new(), heard_at: now, gives_back_by }
    }

    fn deadline(&self) -> Time {
        (self.heard_at + self.patience.session_timeout).min(self.gives_back_by)
    }
}

#[cfg(test)]
mod tests;
