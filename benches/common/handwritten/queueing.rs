//! M/M/1 and M/M/c: one queue, exponential gaps and services.
//!
//! With one server there are only ever two pending events, with c servers c + 1, so neither needs
//! more than a scan of an array.

use std::collections::VecDeque;

use super::{Chance, Counted};

/// Mean service, in nanoseconds.
const SERVICE: f64 = 1e6;

/// What a queue did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Waits {
    /// Arrivals and departures.
    pub(crate) counted: Counted,
    /// Mean wait before service, in units of the mean service.
    pub(crate) mean_wait: f64,
}

/// `arrivals` customers at one server that is busy for this share of the time.
pub(crate) fn mm1(arrivals: u64, utilisation: f64) -> Waits {
    let mut chance = Chance::new(1);
    let mut counted = Counted::NONE;
    let mut waiting: VecDeque<u64> = VecDeque::new();
    let gap = SERVICE / utilisation;
    let (mut waited, mut arrived) = (0_u64, 0);
    let (mut arrives_at, mut departs_at) = (chance.exponential(gap), u64::MAX);
    while arrives_at.min(departs_at) < u64::MAX {
        if arrives_at <= departs_at {
            counted.count(arrives_at);
            if departs_at == u64::MAX {
                departs_at = arrives_at + chance.exponential(SERVICE);
            } else {
                waiting.push_back(arrives_at);
            }
            arrived += 1;
            arrives_at = if arrived < arrivals { arrives_at + chance.exponential(gap) } else { u64::MAX };
        } else {
            counted.count(departs_at);
            departs_at = match waiting.pop_front() {
                Some(since) => {
                    waited += departs_at - since;
                    departs_at + chance.exponential(SERVICE)
                }
                None => u64::MAX,
            };
        }
    }
    Waits { counted, mean_wait: mean(waited, arrivals) }
}

/// `arrivals` customers at `servers` servers that are busy for this share of the time.
pub(crate) fn mmc(servers: u32, arrivals: u64, utilisation: f64) -> Waits {
    let mut chance = Chance::new(1);
    let mut counted = Counted::NONE;
    let mut waiting: VecDeque<u64> = VecDeque::new();
    let gap = SERVICE / utilisation / f64::from(servers);
    let mut departures = vec![u64::MAX; servers as usize];
    let (mut waited, mut arrived) = (0_u64, 0);
    let mut arrives_at = chance.exponential(gap);
    loop {
        let (server, departs_at) = earliest(&departures);
        if arrives_at.min(departs_at) == u64::MAX {
            return Waits { counted, mean_wait: mean(waited, arrivals) };
        }
        if arrives_at <= departs_at {
            counted.count(arrives_at);
            match departures.iter_mut().find(|departure| **departure == u64::MAX) {
                Some(idle) => *idle = arrives_at + chance.exponential(SERVICE),
                None => waiting.push_back(arrives_at),
            }
            arrived += 1;
            arrives_at = if arrived < arrivals { arrives_at + chance.exponential(gap) } else { u64::MAX };
        } else {
            counted.count(departs_at);
            departures[server] = match waiting.pop_front() {
                Some(since) => {
                    waited += departs_at - since;
                    departs_at + chance.exponential(SERVICE)
                }
                None => u64::MAX,
            };
        }
    }
}

#[inline]
fn earliest(departures: &[u64]) -> (usize, u64) {
    let mut found = (0, u64::MAX);
    for (server, &at) in departures.iter().enumerate() {
        if at < found.1 {
            found = (server, at);
        }
    }
    found
}

#[expect(clippy::cast_precision_loss, reason = "sums stay far below 2^53 services")]
fn mean(waited: u64, arrivals: u64) -> f64 {
    waited as f64 / arrivals as f64 / SERVICE
}
