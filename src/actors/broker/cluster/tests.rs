//! The cluster under random crashes, partitions and delays, against what each replication promises.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::chance::{Draw, Stream, stream};
use crate::protocol::node::{Lsn, Medium, Voyage, Write};
use crate::scenario::model::{CrashHow, Replication};

use super::{Action, Cluster, Contents};

/// What is on its way.
#[derive(Clone, Copy, Debug)]
enum Due {
    Written(u16, Write),
    Arrived(Voyage),
    Heard(Voyage),
    Failover(u32),
    Back(u16),
    Healed(u16),
}

/// A cluster, a clock, and the ids that its log should hold.
struct Trial {
    cluster: Cluster,
    chance: Stream,
    now: u64,
    due: BTreeMap<(u64, u64), Due>,
    sequence: u64,
    /// By position, from the first.
    log: Vec<u64>,
    changes: u64,
    confirmed: BTreeSet<u64>,
    told_up_to: usize,
    lost_confirmed: usize,
    up: Vec<bool>,
    leaders: u32,
}

fn index(lsn: Lsn) -> usize {
    usize::try_from(lsn.0).expect("short trials")
}

impl Trial {
    fn new(nodes: u16, replication: Replication, seed: u64) -> Self {
        Self {
            cluster: Cluster::new(nodes, replication),
            chance: stream(seed, "cluster", "test"),
            now: 0,
            due: BTreeMap::new(),
            sequence: 0,
            log: Vec::new(),
            changes: 0,
            confirmed: BTreeSet::new(),
            told_up_to: 0,
            lost_confirmed: 0,
            up: vec![true; usize::from(nodes)],
            leaders: 0,
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.chance.next_u64() % bound
    }

    fn later(&mut self, most: u64, due: Due) {
        let at = self.now + self.below(most);
        self.sequence += 1;
        self.due.insert((at, self.sequence), due);
    }

    /// Does what the cluster asks for; then confirms what may be.
    fn follow(&mut self) {
        for action in self.cluster.take_actions() {
            match action {
                Action::Write { node, write } => self.later(20, Due::Written(node, write)),
                Action::Send { to, .. } => self.later(1, Due::Arrived(to)),
                Action::Report { from } => self.later(1, Due::Heard(from)),
                Action::CountDown { election } => self.later(100, Due::Failover(election)),
                Action::LeaderLost { .. } => {}
                Action::Leads { end, .. } => {
                    let lost = self.log.split_off(index(end));
                    self.lost_confirmed += lost.iter().filter(|id| self.confirmed.contains(id)).count();
                    self.told_up_to = self.told_up_to.min(index(end));
                    self.leaders += 1;
                }
            }
        }
        if self.cluster.is_led() {
            let upto = index(self.cluster.confirmable());
            if upto > self.told_up_to {
                self.confirmed.extend(&self.log[self.told_up_to..upto]);
                self.told_up_to = upto;
            }
        }
    }

    fn pass(&mut self, event: Due) {
        match event {
            Due::Written(node, write) => self.cluster.written(node, write),
            Due::Arrived(voyage) => self.cluster.arrived(voyage, Medium::Disk),
            Due::Heard(voyage) => self.cluster.heard(voyage),
            Due::Failover(election) => self.cluster.failover_due(election),
            Due::Back(node) => {
                self.up[usize::from(node)] = true;
                self.cluster.back(node);
            }
            Due::Healed(fault) => self.cluster.healed(fault),
        }
        self.follow();
    }

    fn act(&mut self) {
        let nodes = self.up.len() as u64;
        match self.below(40) {
            0 => {
                let node = u16::try_from(self.below(nodes)).expect("few nodes");
                if self.up[usize::from(node)] {
                    self.up[usize::from(node)] = false;
                    self.cluster.died(node, CrashHow::Process);
                    self.later(300, Due::Back(node));
                }
            }
            1 => {
                let fault = u16::try_from(self.sequence).expect("short trials");
                let sides: Vec<bool> = (0..nodes).map(|_| self.below(2) == 0).collect();
                let apart = |(a, b): &(u16, u16)| sides[usize::from(*a)] != sides[usize::from(*b)];
                let count = u16::try_from(nodes).expect("few nodes");
                let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
                self.cluster.parted(fault, pairs.filter(apart).collect());
                self.later(300, Due::Healed(fault));
            }
            _ if self.cluster.is_led() => {
                self.changes += 1;
                self.log.push(self.changes);
                let lsn = self.cluster.append(Medium::Disk);
                assert_eq!(index(lsn), self.log.len(), "positions follow each other");
            }
            _ => {}
        }
        self.follow();
    }

    fn run(&mut self, steps: u32) {
        for _ in 0..steps {
            self.now += self.below(5);
            while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= self.now) {
                let event = entry.remove();
                self.pass(event);
            }
            let stood = self.cluster.stands();
            self.act();
            assert!(self.cluster.stands() >= stood, "what stands stands");
        }
        while let Some(((at, _), event)) = self.due.pop_first() {
            self.now = self.now.max(at);
            self.pass(event);
        }
    }
}

fn trials(replication: Replication) -> (usize, u32, usize) {
    let (mut lost, mut leaders, mut confirmed) = (0, 0, 0);
    for seed in 0..600 {
        for nodes in [2, 3, 5] {
            let mut trial = Trial::new(nodes, replication, seed);
            trial.run(400);
            assert!(trial.cluster.is_led(), "all are back, so someone leads");
            assert_eq!(index(trial.cluster.stands()), trial.log.len(), "at rest everything stands");
            lost += trial.lost_confirmed;
            leaders += trial.leaders;
            confirmed += trial.confirmed.len();
        }
    }
    (lost, leaders, confirmed)
}

#[test]
fn a_quorum_loses_nothing_that_it_confirmed() {
    let (lost, leaders, confirmed) = trials(Replication::Quorum);
    assert!(leaders > 2000 && confirmed > 100_000, "{leaders} leaders, {confirmed} confirmed");
    assert_eq!(lost, 0);
}

#[test]
fn asynchronous_replication_loses_some_of_it() {
    let (lost, leaders, _) = trials(Replication::Async);
    assert!(leaders > 2000, "{leaders} leaders");
    assert!(lost > 0);
}

#[test]
fn a_single_disk_loses_nothing_that_it_confirmed() {
    let (lost, leaders, _) = trials(Replication::None);
    assert!(leaders > 1000, "{leaders} leaders");
    assert_eq!(lost, 0);
}

#[test]
fn without_a_majority_nothing_is_confirmed() {
    let mut cluster = Cluster::new(3, Replication::Quorum);
    for node in [1, 2] {
        cluster.died(node, CrashHow::Machine);
    }
    let lsn = cluster.append(Medium::Disk);
    let writes: Vec<_> = cluster.take_actions();
    let [Action::Write { node: 0, write }] = writes[..] else { panic!("{writes:?}") };
    cluster.written(0, write);
    assert!(cluster.confirmable() < lsn);
    cluster.back(1);
    let [Action::Send { to, medium }] = cluster.take_actions()[..] else { panic!("it catches up") };
    cluster.arrived(to, medium);
    let [Action::Write { node: 1, write }] = cluster.take_actions()[..] else { panic!("it writes") };
    cluster.written(1, write);
    let [Action::Report { from }] = cluster.take_actions()[..] else { panic!("it reports") };
    assert!(cluster.confirmable() < lsn, "the leader does not know yet");
    cluster.heard(from);
    assert_eq!(cluster.confirmable(), lsn);
}

#[test]
fn a_leader_alone_in_its_part_is_replaced_after_the_failover_unless_it_heals_before() {
    for replication in [Replication::Async, Replication::Quorum] {
        let mut cluster = Cluster::new(3, replication);
        cluster.parted(7, vec![(0, 1), (0, 2)]);
        let [Action::CountDown { election }] = cluster.take_actions()[..] else {
            panic!("a failover begins")
        };
        let mut healing = cluster.clone();
        healing.healed(7);
        healing.take_actions();
        healing.failover_due(election);
        assert_eq!(healing.take_actions(), [], "{replication:?}");
        cluster.append(Medium::Disk);
        cluster.take_actions();
        cluster.failover_due(election);
        let leads = Action::Leads { node: 1, end: Lsn::default(), contents: Contents::Everything };
        assert!(cluster.take_actions().contains(&leads), "{replication:?}: its tail is lost");
    }
}
