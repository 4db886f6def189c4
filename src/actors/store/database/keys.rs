//! Keys of guards and leases: those of a database, which outlive it, and those of a cache, which do not.
//!
//! A key is a row of a table of its own. Messages of one site have numbers one after the other, so keys are
//! packed: a unique key is a bit, and a key of a cache takes 24 bytes, and 16 more if it has a time to live.

use std::collections::VecDeque;

use crate::actors::store::row_map::RowMap;
use crate::protocol::store::{Answer, KeyWork, OwnerNumber, Row};
use crate::quantity::{Span, Time};

/// All keys of a store.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Unique keys.
    inserted: RowMap<()>,
    /// Versions and numbers of owners.
    numbers: RowMap<u64>,
    states: RowMap<u16>,
    cached: RowMap<Cached>,
    /// Keys of the cache by the end of their time, some of which have another end by now.
    ends: VecDeque<(Time, Row)>,
    /// Owners so far.
    ///
    /// Model: their number survives a crash, as that of a counter on disk would.
    owners: u64,
}

/// A key of a cache.
#[derive(Clone, Copy, Debug)]
struct Cached {
    until: Time,
    set_at: Time,
    /// The number of who set it; `DONE` where it marks what is done.
    owner: u64,
}

/// Nobody's number: owners count from 1.
const DONE: u64 = 0;

impl Cached {
    const fn is_done(self) -> bool {
        self.owner == DONE
    }
}

/// What a key says to a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    /// It refuses.
    Taken { is_done: bool },
    /// It does not, and answers this.
    Free(Answer),
}

impl Keys {
    /// What a statement comes to. A cache does it at once, a database when its transaction commits.
    pub(super) fn judge(&mut self, key: Row, work: KeyWork, now: Time) -> Judged {
        let is_taken = match work {
            KeyWork::Insert | KeyWork::Deposit(_) => self.inserted.get(key).is_some(),
            KeyWork::Advance(to) => self.numbers.get(key).is_some_and(|last| to <= *last),
            KeyWork::Fence(number) => self.numbers.get(key).is_some_and(|last| number < *last),
            KeyWork::Move { from, is_first, .. } => {
                self.states.get(key).map_or(!is_first, |state| *state != from)
            }
            _ => return self.judge_cached(key, work, now),
        };
        let is_done = matches!(work, KeyWork::Insert | KeyWork::Deposit(_));
        if is_taken { Judged::Taken { is_done } } else { Judged::Free(Answer::Done) }
    }

    fn judge_cached(&mut self, key: Row, work: KeyWork, now: Time) -> Judged {
        let found = self.cached.get(key).copied().filter(|cached| now < cached.until);
        let until = |ttl: Option<Span>| ttl.map_or(Time::NEVER, |ttl| now + ttl);
        match (work, found) {
            (KeyWork::SetIfAbsent(_) | KeyWork::Get, Some(found)) => {
                Judged::Taken { is_done: found.is_done() }
            }
            (KeyWork::SetIfAbsent(ttl), None) => {
                self.owners += 1;
                let owner = self.owners;
                self.cache(key, Cached { until: until(ttl), set_at: now, owner }, now);
                Judged::Free(Answer::Owned(OwnerNumber(self.owners)))
            }
            (KeyWork::SetDone(ttl), _) => {
                self.cache(key, Cached { until: until(ttl), set_at: now, owner: DONE }, now);
                Judged::Free(Answer::Done)
            }
            (KeyWork::Expire(ttl), Some(found)) => {
                self.cache(key, Cached { until: now + ttl, ..found }, now);
                Judged::Free(Answer::Done)
            }
            (KeyWork::Renew { owner, ttl }, Some(found)) if found.owner == owner => {
                self.cache(key, Cached { until: now + ttl, ..found }, now);
                Judged::Free(Answer::Done)
            }
            (KeyWork::Renew { .. }, _) => Judged::Taken { is_done: false },
            (KeyWork::Release(owner), Some(found)) => {
                if owner.is_none_or(|owner| owner == found.owner) {
                    self.cached.remove(key);
                }
                Judged::Free(Answer::Done)
            }
            _ => Judged::Free(Answer::Done),
        }
    }

    /// A transaction that did this has committed.
    pub(super) fn note(&mut self, key: Row, work: KeyWork) {
        match work {
            KeyWork::Insert | KeyWork::Deposit(_) => {
                self.inserted.insert(key, ());
            }
            KeyWork::Advance(number) | KeyWork::Fence(number) => {
                self.numbers.insert(key, number);
            }
            KeyWork::Move { to, .. } => {
                self.states.insert(key, to);
            }
            KeyWork::Remove
            | KeyWork::SetIfAbsent(_)
            | KeyWork::Get
            | KeyWork::SetDone(_)
            | KeyWork::Expire(_)
            | KeyWork::Renew { .. }
            | KeyWork::Release(_) => {}
        }
    }

    /// The store died: a cache forgets all, or else, where a replica takes over, what had not reached it.
    ///
    /// Model: a replica is a fixed lag behind.
    pub(super) fn crash(&mut self, replica_lag: Option<Span>, now: Time) {
        match replica_lag {
            None => self.cached.clear(),
            Some(lag) => self.cached.retain(|cached| cached.set_at + lag <= now),
        }
    }

    /// A cache makes room: it forgets this share of its keys, the oldest first.
    pub(super) fn evict(&mut self, share: f64, now: Time) {
        self.cached.retain(|cached| now < cached.until);
        let mut by_age: Vec<(Time, Row)> =
            self.cached.iter().map(|(key, cached)| (cached.set_at, key)).collect();
        by_age.sort_unstable();
        let forgotten = share_of(by_age.len(), share);
        for (_, key) in by_age.into_iter().take(forgotten) {
            self.cached.remove(key);
        }
    }

    /// Sets a key, and forgets those whose time is over.
    fn cache(&mut self, key: Row, cached: Cached, now: Time) {
        self.cached.insert(key, cached);
        if cached.until < Time::NEVER {
            self.ends.push_back((cached.until, key));
        }
        while let Some(&(end, key)) = self.ends.front()
            && end <= now
        {
            self.ends.pop_front();
            if self.cached.get(key).is_some_and(|cached| cached.until <= now) {
                self.cached.remove(key);
            }
        }
    }
}

/// A share of so many, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of a count that fits memory"
)]
fn share_of(count: usize, share: f64) -> usize {
    libm::ceil(count as f64 * share) as usize
}

#[cfg(test)]
mod tests {
    use super::{Judged, Keys};
    use crate::protocol::store::{Answer, KeyWork, Row, TableId};
    use crate::quantity::{Span, Time};

    const fn key(number: u32) -> Row {
        Row { table: TableId(3), number }
    }

    fn is_free(keys: &mut Keys, number: u32, work: KeyWork, at: u64) -> bool {
        matches!(keys.judge(key(number), work, Time::from_nanos(at)), Judged::Free(_))
    }

    #[test]
    fn what_was_inserted_is_there_once_it_is_committed() {
        let mut keys = Keys::default();
        assert!(is_free(&mut keys, 64, KeyWork::Insert, 0));
        assert!(is_free(&mut keys, 64, KeyWork::Insert, 0), "nobody has committed it");
        keys.note(key(64), KeyWork::Insert);
        assert!(!is_free(&mut keys, 64, KeyWork::Insert, 0) && is_free(&mut keys, 65, KeyWork::Insert, 0));
        keys.crash(None, Time::ZERO);
        assert!(!is_free(&mut keys, 64, KeyWork::Insert, 0), "rows outlive a crash");
    }

    #[test]
    fn versions_grow_and_states_follow_each_other() {
        let mut keys = Keys::default();
        keys.note(key(1), KeyWork::Advance(5));
        assert!(
            !is_free(&mut keys, 1, KeyWork::Advance(5), 0) && is_free(&mut keys, 1, KeyWork::Advance(6), 0)
        );
        keys.note(key(2), KeyWork::Fence(5));
        assert!(is_free(&mut keys, 2, KeyWork::Fence(5), 0) && !is_free(&mut keys, 2, KeyWork::Fence(4), 0));
        let pay = KeyWork::Move { from: 0, to: 1, is_first: true };
        let ship = KeyWork::Move { from: 1, to: 2, is_first: false };
        assert!(is_free(&mut keys, 3, pay, 0) && !is_free(&mut keys, 3, ship, 0));
        keys.note(key(3), pay);
        assert!(!is_free(&mut keys, 3, pay, 0) && is_free(&mut keys, 3, ship, 0));
    }

    #[test]
    fn a_cached_key_ends_with_its_time_and_an_expiry_gives_it_another() {
        let mut keys = Keys::default();
        let ttl = Some(Span::from_nanos(10));
        assert!(is_free(&mut keys, 1, KeyWork::SetIfAbsent(ttl), 0));
        assert!(!is_free(&mut keys, 1, KeyWork::SetIfAbsent(ttl), 9));
        assert!(is_free(&mut keys, 1, KeyWork::SetIfAbsent(None), 10));
        assert!(!is_free(&mut keys, 1, KeyWork::Get, 1_000_000), "without a time to live it stays");
        assert!(is_free(&mut keys, 1, KeyWork::Expire(Span::from_nanos(5)), 1_000_000));
        assert!(is_free(&mut keys, 1, KeyWork::Get, 1_000_005));
        assert_eq!(keys.judge(key(2), KeyWork::SetDone(None), Time::ZERO), Judged::Free(Answer::Done));
        let taken = keys.judge(key(2), KeyWork::SetIfAbsent(None), Time::ZERO);
        assert_eq!(taken, Judged::Taken { is_done: true });
    }

    #[test]
    fn a_lease_is_renewed_and_given_back_by_its_owner_unless_nobody_looks() {
        let mut keys = Keys::default();
        let take = KeyWork::SetIfAbsent(Some(Span::from_nanos(10)));
        let renew = |owner| KeyWork::Renew { owner, ttl: Span::from_nanos(10) };
        assert!(is_free(&mut keys, 1, take, 0));
        assert!(is_free(&mut keys, 1, renew(1), 9) && !is_free(&mut keys, 1, take, 18));
        assert!(is_free(&mut keys, 1, take, 19), "nobody renewed it a second time");
        assert!(!is_free(&mut keys, 1, renew(1), 20), "it is another's");
        assert!(is_free(&mut keys, 1, KeyWork::Release(Some(1)), 20) && !is_free(&mut keys, 1, take, 20));
        assert!(is_free(&mut keys, 1, KeyWork::Release(None), 20) && is_free(&mut keys, 1, take, 20));
        assert!(is_free(&mut keys, 1, KeyWork::Release(Some(3)), 20) && is_free(&mut keys, 1, take, 20));
        assert!(!is_free(&mut keys, 2, renew(4), 20), "nobody has it");
    }

    #[test]
    fn an_eviction_takes_the_oldest() {
        let mut keys = Keys::default();
        for number in 0..4 {
            keys.judge(key(number), KeyWork::SetDone(None), Time::from_nanos(u64::from(10 - number)));
        }
        keys.evict(0.5, Time::from_nanos(20));
        let free = [0, 1, 2, 3].map(|number| is_free(&mut keys, number, KeyWork::Get, 20));
        assert_eq!(free, [false, false, true, true]);
    }

    #[test]
    fn a_crash_forgets_what_no_replica_has() {
        let mut keys = Keys::default();
        keys.judge(key(1), KeyWork::SetDone(None), Time::from_nanos(10));
        keys.judge(key(2), KeyWork::SetDone(None), Time::from_nanos(11));
        keys.crash(Some(Span::from_nanos(5)), Time::from_nanos(15));
        assert!(!is_free(&mut keys, 1, KeyWork::Get, 20) && is_free(&mut keys, 2, KeyWork::Get, 20));
        keys.crash(None, Time::from_nanos(20));
        assert!(is_free(&mut keys, 1, KeyWork::Get, 20));
    }
}
