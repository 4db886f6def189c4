//! What an idempotent log remembers of its producers: the numbers of the messages it has stored.
//!
//! A real broker compares a sequence number per producer and partition. A message has one number and
//! one partition here, so that the numbers stored per `publish` step say the same; they stand together
//! as runs, and memory follows the gaps, not the messages.

use std::collections::BTreeMap;

use crate::protocol::id::{MessageId, SiteId};

/// The messages stored so far.
#[derive(Clone, Debug, Default)]
pub struct Sequences {
    /// By site: runs of consecutive numbers, from the first to just behind the last.
    runs: BTreeMap<SiteId, BTreeMap<u64, u64>>,
}

impl Sequences {
    /// Whether `message` is stored.
    #[must_use]
    pub fn knows(&self, message: MessageId) -> bool {
        let number = message.number();
        let run = self.runs.get(&message.site()).and_then(|runs| runs.range(..=number).next_back());
        run.is_some_and(|(_, end)| number < *end)
    }

    /// Forgets `message`, which is known: it was lost.
    pub fn forget(&mut self, message: MessageId) {
        let number = message.number();
        let Some(runs) = self.runs.get_mut(&message.site()) else { return };
        let Some((&from, &end)) = runs.range(..=number).next_back() else { return };
        runs.remove(&from);
        if from < number {
            runs.insert(from, number);
        }
        if number + 1 < end {
            runs.insert(number + 1, end);
        }
    }

    /// Remembers `message`, which is not known yet. O(log gaps).
    pub fn remember(&mut self, message: MessageId) {
        let number = message.number();
        let runs = self.runs.entry(message.site()).or_default();
        let end = runs.remove(&(number + 1)).unwrap_or(number + 1);
        match runs.range_mut(..number).next_back() {
            Some((_, before)) if *before == number => *before = end,
            _ => {
                runs.insert(number, end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Sequences;
    use crate::kernel::chance::{Draw, stream};
    use crate::protocol::id::{MessageId, SiteId};

    #[test]
    fn agrees_with_a_set_and_keeps_only_runs() {
        let mut chance = stream(1, "sequences", "test");
        let (mut sequences, mut set) = (Sequences::default(), BTreeSet::new());
        for _ in 0..5000 {
            let message = MessageId::new(SiteId(7), chance.next_u64() % 2000);
            assert_eq!(sequences.knows(message), set.contains(&message));
            if set.insert(message) {
                sequences.remember(message);
            } else if message.number().is_multiple_of(3) {
                set.remove(&message);
                sequences.forget(message);
            }
        }
        let gaps = (0..2000).filter(|n| !set.contains(&MessageId::new(SiteId(7), *n))).count();
        assert!(sequences.runs[&SiteId(7)].len() <= gaps + 1);
        assert!(!sequences.knows(MessageId::new(SiteId(8), 3)), "another site numbers its own");
    }
}
