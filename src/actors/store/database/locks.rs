//! Who holds which locks, who waits for them, and who waits for whom in a circle.
//!
//! A row has a first-in, first-out queue: a request waits behind those before it, whether or not it could share
//! with the holders, so that nobody starves. Whoever holds a lock and wants more of it goes to the front.
//! Only locked rows take memory. Pure data: knows no time, no transaction, no store.

use std::collections::{BTreeMap, VecDeque};

use crate::protocol::store::{LockMode, Row};

/// Whoever holds and waits: a transaction's place.
pub type Owner = u32;

/// What came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The lock is held.
    Granted,
    /// It waits.
    Blocked,
}

/// Whether somebody waits for itself, through others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Circle {
    /// Nobody does.
    None,
    /// It does, through these, itself first.
    Through(Vec<Owner>),
    /// It would, were it not that others do, whom it waits for.
    Elsewhere,
}

/// All locks of a store.
#[derive(Debug, Default)]
pub struct Locks {
    by_row: BTreeMap<Row, Lock>,
    /// By owner.
    owners: Vec<Owned>,
    waiting: u32,
}

#[derive(Debug, Default)]
struct Lock {
    holders: Vec<(Owner, LockMode)>,
    queue: VecDeque<(Owner, LockMode)>,
}

#[derive(Debug, Default)]
struct Owned {
    held: Vec<Row>,
    waits_for: Option<Row>,
}

/// Whether two owners can hold a lock in these modes at once (Gray 1976, without "SIX").
const fn can_share(one: LockMode, other: LockMode) -> bool {
    use LockMode::{Exclusive, IntentExclusive, IntentShared, Shared};
    match (one, other) {
        (Exclusive, _) | (_, Exclusive) | (Shared, IntentExclusive) | (IntentExclusive, Shared) => false,
        (IntentShared | IntentExclusive | Shared, _) => true,
    }
}

/// Whether holding `held` is as good as holding `wanted`.
fn covers(held: LockMode, wanted: LockMode) -> bool {
    use LockMode::{Exclusive, IntentShared, Shared};
    held == wanted
        || held == Exclusive
        || (wanted == IntentShared && held != Shared)
        || (held, wanted) == (Shared, IntentShared)
}

impl Lock {
    fn held_by(&self, owner: Owner) -> Option<LockMode> {
        self.holders.iter().find(|(holder, _)| *holder == owner).map(|(_, mode)| *mode)
    }

    /// Whether nobody else's holding is in the way.
    fn admits(&self, owner: Owner, mode: LockMode) -> bool {
        self.holders.iter().all(|(holder, held)| *holder == owner || can_share(*held, mode))
    }

    fn hold(&mut self, owner: Owner, mode: LockMode) {
        match self.holders.iter_mut().find(|(holder, _)| *holder == owner) {
            Some((_, held)) => *held = mode,
            None => self.holders.push((owner, mode)),
        }
    }
}

impl Locks {
    /// Asks for a lock that the owner may hold already, in this mode or a lesser one.
    pub fn request(&mut self, owner: Owner, row: Row, mode: LockMode) -> Outcome {
        let lock = self.by_row.entry(row).or_default();
        let held = lock.held_by(owner);
        if held.is_some_and(|held| covers(held, mode)) {
            return Outcome::Granted;
        }
        let goes_first = held.is_some();
        if lock.admits(owner, mode) && (goes_first || lock.queue.is_empty()) {
            lock.hold(owner, mode);
            if held.is_none() {
                self.owned(owner).held.push(row);
            }
            return Outcome::Granted;
        }
        if goes_first {
            // Behind the others that hold it and want more.
            let upgrades =
                lock.queue.iter().take_while(|(waiter, _)| lock.held_by(*waiter).is_some()).count();
            lock.queue.insert(upgrades, (owner, mode));
        } else {
            lock.queue.push_back((owner, mode));
        }
        self.owned(owner).waits_for = Some(row);
        self.waiting += 1;
        Outcome::Blocked
    }

    /// Whether the owner holds a lock that is as good.
    #[must_use]
    pub fn holds(&self, owner: Owner, row: Row, mode: LockMode) -> bool {
        let held = self.by_row.get(&row).and_then(|lock| lock.held_by(owner));
        held.is_some_and(|held| covers(held, mode))
    }

    /// Whether nobody holds or wants the row.
    #[must_use]
    pub fn is_free(&self, row: Row) -> bool {
        !self.by_row.contains_key(&row)
    }

    /// Whoever holds the row alone, if it is not `owner`.
    #[must_use]
    pub fn rival(&self, owner: Owner, row: Row) -> Option<Owner> {
        let holders = &self.by_row.get(&row)?.holders;
        let rival = holders.iter().find(|(holder, mode)| *mode == LockMode::Exclusive && *holder != owner);
        rival.map(|(holder, _)| *holder)
    }

    /// How many owners wait.
    #[must_use]
    pub const fn waiting(&self) -> u32 {
        self.waiting
    }

    /// How many rows the owner has locked.
    #[must_use]
    pub fn held(&self, owner: Owner) -> usize {
        self.owners.get(owner as usize).map_or(0, |owned| owned.held.len())
    }

    /// The rows that the owner has locked.
    #[must_use]
    pub fn rows_of(&self, owner: Owner) -> &[Row] {
        self.owners.get(owner as usize).map_or(&[], |owned| &owned.held)
    }

    /// The owner waits no more and holds nothing; adds those who do not wait any more because of that to
    /// `granted`, in the order in which they came to hold.
    pub fn release(&mut self, owner: Owner, granted: &mut VecDeque<Owner>) {
        let Owned { held, waits_for } = std::mem::take(self.owned(owner));
        if let Some(row) = waits_for {
            self.waiting -= 1;
            if let Some(lock) = self.by_row.get_mut(&row) {
                lock.queue.retain(|(waiter, _)| *waiter != owner);
            }
        }
        for &row in &held {
            if let Some(lock) = self.by_row.get_mut(&row) {
                lock.holders.retain(|(holder, _)| *holder != owner);
            }
        }
        for row in held.into_iter().chain(waits_for) {
            self.grant(row, granted);
        }
    }

    /// Lets in who can be let in now.
    fn grant(&mut self, row: Row, granted: &mut VecDeque<Owner>) {
        let Some(lock) = self.by_row.get_mut(&row) else { return };
        while let Some(&(owner, mode)) = lock.queue.front()
            && lock.admits(owner, mode)
        {
            lock.queue.pop_front();
            let is_new = lock.held_by(owner).is_none();
            lock.hold(owner, mode);
            let owned = &mut self.owners[owner as usize];
            owned.waits_for = None;
            self.waiting -= 1;
            if is_new {
                owned.held.push(row);
            }
            granted.push_back(owner);
        }
        if lock.holders.is_empty() && lock.queue.is_empty() {
            self.by_row.remove(&row);
        }
    }

    /// Whether an owner is part of a circle that waits for itself.
    ///
    /// What counts first is who holds what another wants. Who merely stands in line before another is in its way
    /// too, but rolling him back would help nobody while holders wait for each other: then the circle is
    /// elsewhere.
    #[must_use]
    pub fn circle(&self, owner: Owner) -> Circle {
        if let Some(circle) = self.way_back(owner, Self::in_the_way) {
            return Circle::Through(circle);
        }
        match self.way_back(owner, Self::waits_for) {
            Some(_) if self.holders_wait_beyond(owner) => Circle::Elsewhere,
            Some(circle) => Circle::Through(circle),
            None => Circle::None,
        }
    }

    /// A path along `edges` from an owner back to itself.
    fn way_back(&self, owner: Owner, edges: impl Fn(&Self, Owner) -> Vec<Owner>) -> Option<Vec<Owner>> {
        let mut path = vec![owner];
        let mut seen = vec![false; self.owners.len()];
        let mut ahead = vec![edges(self, owner)];
        while let Some(next) = ahead.last_mut() {
            match next.pop() {
                Some(other) if other == owner => return Some(path),
                Some(other) if seen[other as usize] => {}
                Some(other) => {
                    seen[other as usize] = true;
                    path.push(other);
                    ahead.push(edges(self, other));
                }
                None => {
                    ahead.pop();
                    path.pop();
                }
            }
        }
        None
    }

    /// Whether holders wait for each other in a circle somewhere behind an owner.
    fn holders_wait_beyond(&self, owner: Owner) -> bool {
        let mut seen = vec![false; self.owners.len()];
        let mut ahead = vec![owner];
        while let Some(next) = ahead.pop() {
            if self.way_back(next, Self::in_the_way).is_some() {
                return true;
            }
            for other in self.waits_for(next) {
                if !std::mem::replace(&mut seen[other as usize], true) {
                    ahead.push(other);
                }
            }
        }
        false
    }

    /// Who holds what an owner wants, and cannot share it.
    fn in_the_way(&self, owner: Owner) -> Vec<Owner> {
        let Some((lock, at)) = self.place_in_line(owner) else { return Vec::new() };
        let mode = lock.queue[at].1;
        let holders =
            lock.holders.iter().filter(|(holder, held)| *holder != owner && !can_share(*held, mode));
        holders.map(|(holder, _)| *holder).collect()
    }

    /// The same, and who is next before it in line (who waits for those before that).
    fn waits_for(&self, owner: Owner) -> Vec<Owner> {
        let Some((lock, at)) = self.place_in_line(owner) else { return Vec::new() };
        let before = at.checked_sub(1).map(|before| lock.queue[before].0);
        before.into_iter().chain(self.in_the_way(owner)).collect()
    }

    fn place_in_line(&self, owner: Owner) -> Option<(&Lock, usize)> {
        let row = self.owners.get(owner as usize)?.waits_for?;
        let lock = &self.by_row[&row];
        let at = lock.queue.iter().position(|(waiter, _)| *waiter == owner).expect("who waits is in line");
        Some((lock, at))
    }

    fn owned(&mut self, owner: Owner) -> &mut Owned {
        let place = owner as usize;
        if self.owners.len() <= place {
            self.owners.resize_with(place + 1, Owned::default);
        }
        &mut self.owners[place]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::{Circle, Locks, Outcome};
    use crate::protocol::store::{LockMode, Row, TableId};

    use LockMode::{Exclusive, IntentExclusive, IntentShared, Shared};
    use Outcome::{Blocked, Granted};

    const fn row(number: u32) -> Row {
        Row { table: TableId(0), number }
    }

    fn release(locks: &mut Locks, owner: u32) -> Vec<u32> {
        let mut granted = VecDeque::new();
        locks.release(owner, &mut granted);
        granted.into()
    }

    #[test]
    fn the_queue_is_first_in_first_out_and_readers_enter_together() {
        let mut locks = Locks::default();
        assert_eq!(locks.request(0, row(1), Exclusive), Granted);
        assert_eq!(locks.request(1, row(1), Shared), Blocked);
        assert_eq!(locks.request(2, row(1), Shared), Blocked);
        assert_eq!(locks.request(3, row(1), Exclusive), Blocked);
        assert_eq!(locks.request(4, row(1), Shared), Blocked);
        assert_eq!(release(&mut locks, 0), [1, 2]);
        assert_eq!(release(&mut locks, 2), [0; 0]);
        assert_eq!(release(&mut locks, 1), [3]);
        assert_eq!(release(&mut locks, 3), [4]);
        assert_eq!((release(&mut locks, 4), locks.waiting()), (vec![], 0));
        assert!(locks.is_free(row(1)), "what nobody holds takes no memory");
    }

    #[test]
    fn a_reader_does_not_overtake_a_waiting_writer() {
        let mut locks = Locks::default();
        assert_eq!(locks.request(0, row(1), Shared), Granted);
        assert_eq!(locks.request(1, row(1), Exclusive), Blocked);
        assert_eq!(locks.request(2, row(1), Shared), Blocked);
        // The writer gives up: nothing is in the reader's way any more.
        assert_eq!(release(&mut locks, 1), [2]);
    }

    #[test]
    fn two_that_upgrade_wait_for_each_other() {
        let mut locks = Locks::default();
        assert_eq!(locks.request(0, row(1), Shared), Granted);
        assert_eq!(locks.request(1, row(1), Shared), Granted);
        assert_eq!(locks.request(2, row(1), Exclusive), Blocked);
        assert_eq!(locks.request(0, row(1), Exclusive), Blocked);
        assert_eq!(locks.circle(0), Circle::None, "the other reads and will end");
        assert_eq!(locks.request(1, row(1), Exclusive), Blocked);
        assert_eq!(locks.circle(1), Circle::Through(vec![1, 0]));
        assert_eq!(release(&mut locks, 1), [0], "who upgrades goes before who only waits");
        assert_eq!(release(&mut locks, 0), [2]);
    }

    #[test]
    fn a_circle_of_three_is_found_from_each_of_them() {
        let mut locks = Locks::default();
        for owner in 0..3 {
            assert_eq!(locks.request(owner, row(owner), Exclusive), Granted);
        }
        for owner in 0..3 {
            assert_eq!(locks.circle(owner), Circle::None);
            assert_eq!(locks.request(owner, row((owner + 1) % 3), Exclusive), Blocked);
        }
        assert_eq!(locks.request(3, row(0), Exclusive), Blocked);
        for owner in 0..3 {
            assert!(matches!(locks.circle(owner), Circle::Through(circle) if circle.len() == 3));
        }
        assert_eq!(locks.circle(3), Circle::None, "it waits for the circle and is not in it");
        assert_eq!(release(&mut locks, 1), [0]);
        assert_eq!(locks.circle(0), Circle::None);
    }

    #[test]
    fn who_stands_in_line_is_no_victim_of_those_who_hold() {
        let mut locks = Locks::default();
        assert_eq!(locks.request(0, row(1), Exclusive), Granted);
        assert_eq!(locks.request(1, row(2), Exclusive), Granted);
        assert_eq!(locks.request(2, row(1), Exclusive), Blocked);
        assert_eq!(locks.request(1, row(1), Exclusive), Blocked);
        assert_eq!(locks.request(0, row(2), Exclusive), Blocked);
        assert_eq!(
            locks.circle(2),
            Circle::Elsewhere,
            "it is before 1 in line, and rolling it back helps nobody"
        );
        assert_eq!(locks.circle(0), Circle::Through(vec![0, 1]));
        // A reader behind a writer that waits for a reader that waits for the first: only the line is in the way.
        let mut locks = Locks::default();
        assert_eq!(locks.request(0, row(1), Shared), Granted);
        assert_eq!(locks.request(1, row(2), Exclusive), Granted);
        assert_eq!(locks.request(2, row(1), Exclusive), Blocked);
        assert_eq!(locks.request(1, row(1), Shared), Blocked);
        assert_eq!(locks.request(0, row(2), Shared), Blocked);
        assert_eq!(locks.circle(0), Circle::Through(vec![0, 1, 2]));
    }

    #[test]
    fn a_table_lock_keeps_rows_from_being_locked_and_intentions_share() {
        let mut locks = Locks::default();
        let table = row(0).whole_table();
        assert_eq!(locks.request(0, table, IntentExclusive), Granted);
        assert_eq!(locks.request(1, table, IntentShared), Granted);
        assert_eq!(locks.request(2, table, Exclusive), Blocked);
        assert_eq!(release(&mut locks, 0), [0; 0]);
        assert_eq!(release(&mut locks, 1), [2]);
        assert_eq!(locks.request(3, table, IntentShared), Blocked);
        assert_eq!(release(&mut locks, 2), [3]);
    }
}
