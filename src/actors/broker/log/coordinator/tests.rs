//! The coordinator against members that carry out their grants late, fall silent, come and go.

use std::collections::BTreeMap;

use super::{Coordinator, Granted, MemberId, Notice, Patience};
use crate::kernel::chance::{Draw, Stream, stream};
use crate::protocol::event::Verdict;
use crate::protocol::id::ConnectionId;
use crate::quantity::{Span, Time};
use crate::scenario::model::Rebalance;

const PATIENCE: Patience =
    Patience { session_timeout: Span::from_seconds(45), rebalance_timeout: Span::from_seconds(300) };

const fn at(seconds: u64) -> Time {
    Time::from_nanos(seconds * 1_000_000_000)
}

const fn id(connection: u32) -> MemberId {
    MemberId { connection: ConnectionId(connection), incarnation: 0 }
}

/// A group and what its members know, which may be less than what the coordinator wants.
struct Group {
    coordinator: Coordinator,
    /// By member: the grant it has carried out, and what it works on.
    members: BTreeMap<MemberId, (u32, Vec<Granted>)>,
    told: BTreeMap<MemberId, (u32, Vec<Granted>)>,
    now: Time,
}

impl Group {
    fn new(protocol: Rebalance, partitions: u32, members: u32) -> Self {
        let ids: Vec<_> = (0..members).map(|member| (id(member), PATIENCE)).collect();
        let coordinator = Coordinator::new(protocol, partitions, &ids);
        let members = ids.iter().map(|(id, _)| (*id, (0, Vec::new()))).collect();
        Self { coordinator, members, told: BTreeMap::new(), now: Time::ZERO }
    }

    fn tell(&mut self, notices: Vec<Notice>) {
        for notice in notices {
            match notice {
                Notice::Grant(id) => {
                    let (grant, listed) = self.coordinator.grant_of(id).expect("only members are told");
                    self.told.insert(id, (grant, listed.to_vec()));
                }
                Notice::Unknown(id) => {
                    self.members.remove(&id);
                    self.told.remove(&id);
                }
            }
        }
    }

    fn heartbeat(&mut self, id: MemberId) {
        let applied = self.members.get(&id).map_or(0, |(applied, _)| *applied);
        let notices = self.coordinator.heard(self.now, id, applied, PATIENCE);
        self.tell(notices);
    }

    /// The member carries out what it was told, if anything, and says so.
    fn apply(&mut self, id: MemberId) {
        if let Some(grant) = self.told.remove(&id) {
            self.members.insert(id, grant);
            self.heartbeat(id);
        }
    }

    fn join(&mut self, id: MemberId) {
        self.members.insert(id, (0, Vec::new()));
        self.heartbeat(id);
    }

    /// Everybody is heard of, and does as told, until nothing changes.
    fn quiesce(&mut self) {
        for _ in 0..6 {
            let members: Vec<MemberId> = self.members.keys().copied().collect();
            for id in members {
                self.heartbeat(id);
            }
            let members: Vec<MemberId> = self.members.keys().copied().collect();
            for id in members {
                self.apply(id);
            }
        }
    }

    fn counts(&self) -> Vec<usize> {
        self.members.values().map(|(_, held)| held.len()).collect()
    }

    fn held(&self) -> BTreeMap<u32, MemberId> {
        let held = self
            .members
            .iter()
            .flat_map(|(id, (_, held))| held.iter().map(|granted| (granted.partition, *id)));
        held.collect()
    }

    /// Nobody works on what another member works on, and the coordinator knows who does.
    fn check(&self) {
        let mut seen = BTreeMap::new();
        for (id, (applied, held)) in &self.members {
            if !self.coordinator.knows(*id) {
                continue;
            }
            for granted in held {
                assert_eq!(seen.insert(granted.partition, *id), None, "two owners of {granted:?}");
                assert_eq!(self.coordinator.owner(granted.partition).map(|owner| owner.member), Some(*id));
                assert_eq!(self.coordinator.verdict(*id, granted.partition, *applied), Verdict::Accepted);
            }
        }
    }
}

fn pick(chance: &mut Stream, members: &BTreeMap<MemberId, (u32, Vec<Granted>)>) -> Option<MemberId> {
    let at = usize::try_from(chance.next_u64() % (members.len() as u64).max(1)).expect("small");
    members.keys().nth(at).copied()
}

#[test]
fn partitions_have_one_owner_and_end_up_evenly_dealt_whatever_happens() {
    for seed in 0..400 {
        let mut chance = stream(seed, "coordinator", "test");
        let protocol = if seed % 2 == 0 { Rebalance::Eager } else { Rebalance::Cooperative };
        let partitions = u32::try_from(1 + chance.next_u64() % 8).expect("small");
        let mut group =
            Group::new(protocol, partitions, u32::try_from(chance.next_u64() % 5).expect("small"));
        let mut next = 100;
        for _ in 0..200 {
            let member = pick(&mut chance, &group.members);
            match (chance.next_u64() % 12, member) {
                (0, _) if group.members.len() < 8 => {
                    group.join(id(next));
                    next += 1;
                }
                (1, Some(member)) => {
                    // It crashes: nobody is told, its session ends.
                    group.members.remove(&member);
                    group.told.remove(&member);
                }
                (2, Some(member)) => {
                    let notices = group.coordinator.leave(group.now, member);
                    group.members.remove(&member);
                    group.told.remove(&member);
                    group.tell(notices);
                }
                (3, _) => {
                    group.now = group.now + Span::from_seconds(20);
                    let notices = group.coordinator.expire(group.now);
                    group.tell(notices);
                    let coordinator = &group.coordinator;
                    group.told.retain(|id, _| coordinator.knows(*id));
                }
                (4..=6, Some(member)) => group.apply(member),
                (_, Some(member)) => group.heartbeat(member),
                _ => {}
            }
            group.check();
        }
        group.quiesce();
        group.now = group.now + Span::from_seconds(40);
        group.quiesce();
        group.now = group.now + Span::from_seconds(10);
        let notices = group.coordinator.expire(group.now);
        group.tell(notices);
        group.quiesce();
        group.check();
        let counts = group.counts();
        if let (Some(least), Some(most)) = (counts.iter().min(), counts.iter().max()) {
            assert_eq!(counts.iter().sum::<usize>(), partitions as usize, "seed {seed}: all are dealt");
            assert!(most - least <= 1, "seed {seed}: {counts:?}");
        }
    }
}

#[test]
fn eager_deals_neighbours_in_the_order_of_the_instances() {
    let mut group = Group::new(Rebalance::Eager, 7, 3);
    group.quiesce();
    assert_eq!(group.held().values().map(|id| id.connection.0).collect::<Vec<_>>(), [0, 0, 0, 1, 1, 2, 2]);
}

#[test]
fn eager_stops_everybody_and_waits_for_the_last() {
    let mut group = Group::new(Rebalance::Eager, 4, 2);
    group.quiesce();
    group.join(id(2));
    group.heartbeat(id(0));
    group.apply(id(0));
    assert_eq!(group.counts(), [0, 2, 0], "the first has given back, the second does not know yet");
    group.heartbeat(id(1));
    assert_eq!(group.counts(), [0, 2, 0], "it knows, and is still busy");
    group.apply(id(1));
    for member in [0, 1, 2] {
        group.apply(id(member));
    }
    assert_eq!(group.counts(), [2, 1, 1]);
}

#[test]
fn cooperative_moves_as_few_as_possible_and_leaves_the_rest_at_work() {
    let mut group = Group::new(Rebalance::Cooperative, 6, 2);
    group.quiesce();
    let before = group.held();
    group.join(id(2));
    group.heartbeat(id(0));
    group.apply(id(0));
    assert_eq!(group.counts(), [2, 3, 0], "the second works on all it had until it hears of it");
    group.apply(id(2));
    assert_eq!(group.counts(), [2, 3, 1], "what is free moves at once");
    group.quiesce();
    assert_eq!(group.counts(), [2, 2, 2]);
    let moved = group.held().iter().filter(|(partition, owner)| before[partition] != **owner).count();
    assert_eq!(moved, 2);
}

#[test]
fn more_members_than_partitions_leave_some_with_nothing() {
    for protocol in [Rebalance::Eager, Rebalance::Cooperative] {
        let mut group = Group::new(protocol, 2, 5);
        group.quiesce();
        assert_eq!(group.counts(), [1, 1, 0, 0, 0]);
    }
}

#[test]
fn a_silent_member_is_put_out_when_its_session_ends_and_not_before() {
    let mut group = Group::new(Rebalance::Eager, 2, 2);
    group.quiesce();
    group.now = at(10);
    group.heartbeat(id(0));
    assert_eq!(group.coordinator.next_deadline(), Some(at(45)));
    assert_eq!(group.coordinator.expire(Time::from_nanos(44_999_999_999)), []);
    assert!(group.coordinator.knows(id(1)));
    group.coordinator.expire(at(45));
    assert!(!group.coordinator.knows(id(1)));
    assert_eq!(group.coordinator.verdict(id(1), 1, 1), Verdict::Unknown);
    assert_eq!(group.coordinator.heard(at(46), id(1), 1, PATIENCE), [Notice::Unknown(id(1))]);
}

#[test]
fn who_keeps_partitions_too_long_in_a_rebalance_is_put_out() {
    let mut group = Group::new(Rebalance::Eager, 2, 2);
    group.quiesce();
    group.join(id(2));
    for seconds in (3..300).step_by(3) {
        group.now = at(seconds);
        for member in [0, 1, 2] {
            group.heartbeat(id(member));
        }
        group.apply(id(0));
        assert_eq!(group.coordinator.expire(group.now), []);
    }
    group.now = at(300);
    let notices = group.coordinator.expire(group.now);
    assert!(!group.coordinator.knows(id(1)), "it never gave back");
    assert_eq!(notices, [Notice::Grant(id(0)), Notice::Grant(id(2))]);
}

#[test]
fn renewing_makes_older_commits_stale() {
    let mut group = Group::new(Rebalance::Cooperative, 1, 1);
    group.quiesce();
    assert_eq!(group.coordinator.verdict(id(0), 0, 1), Verdict::Accepted);
    assert_eq!(group.coordinator.renew(), [Notice::Grant(id(0))]);
    assert_eq!(group.coordinator.verdict(id(0), 0, 1), Verdict::Stale);
    assert_eq!(group.coordinator.ready_for(id(0)).count(), 0, "it does not know yet");
    group.quiesce();
    assert_eq!(group.coordinator.verdict(id(0), 0, 2), Verdict::Accepted);
    assert_eq!(group.coordinator.ready_for(id(0)).count(), 1);
}
