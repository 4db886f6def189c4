//! The broker's memory of message ids: an id counts from its first copy and is not renewed.
//!
//! A publish step numbers its messages, so ids stand in bitmaps by number: a bit each, and 24 bytes for when
//! it was seen.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::protocol::id::{MessageId, SiteId};
use crate::quantity::{Span, Time};

/// The id a publish shows: the message, and which renewal of its id.
pub type ShownId = (MessageId, u16);

/// Ids seen within a window.
#[derive(Clone, Debug)]
pub struct Dedup {
    window: Span,
    ids: Ids,
    by_age: VecDeque<(Time, ShownId)>,
}

impl Dedup {
    /// Remembers ids for `window`.
    #[must_use]
    pub const fn new(window: Span) -> Self {
        Self { window, ids: Ids { pages: BTreeMap::new() }, by_age: VecDeque::new() }
    }

    /// Whether `id` is remembered at `now`. An id is forgotten at the very end of its window.
    pub fn knows(&mut self, now: Time, id: ShownId) -> bool {
        while self.by_age.front().is_some_and(|(seen_at, _)| *seen_at + self.window <= now) {
            if let Some((_, old)) = self.by_age.pop_front() {
                self.ids.remove(old);
            }
        }
        self.ids.contains(id)
    }

    /// Forgets ids whose copies were lost.
    pub fn forget(&mut self, lost: &BTreeSet<ShownId>) {
        for &id in lost {
            self.ids.remove(id);
        }
        self.by_age.retain(|(_, id)| !lost.contains(id));
    }

    /// Remembers an id that is not known yet.
    pub fn remember(&mut self, now: Time, id: ShownId) {
        if self.ids.insert(id) {
            self.by_age.push_back((now, id));
        }
    }
}

/// Words of 64 ids in a page.
const WORDS: usize = 16;

/// A set of ids, a bit for each in pages of neighbouring numbers.
#[derive(Clone, Debug)]
struct Ids {
    /// By step, renewal and the number of the page; none is empty.
    pages: BTreeMap<(SiteId, u16, u64), [u64; WORDS]>,
}

/// Where an id has its bit: its page, the word there, and the bit as a mask.
fn place((message, renewal): ShownId) -> ((SiteId, u16, u64), usize, u64) {
    let (word, bit) = (message.number() / 64, message.number() % 64);
    let words = WORDS as u64;
    let at = usize::try_from(word % words).expect("a page is small");
    ((message.site(), renewal, word / words), at, 1 << bit)
}

impl Ids {
    fn contains(&self, id: ShownId) -> bool {
        let (page, word, bit) = place(id);
        self.pages.get(&page).is_some_and(|words| words[word] & bit != 0)
    }

    /// Says whether it is new.
    fn insert(&mut self, id: ShownId) -> bool {
        let (page, word, bit) = place(id);
        let word = &mut self.pages.entry(page).or_default()[word];
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    fn remove(&mut self, id: ShownId) {
        let (page, word, bit) = place(id);
        let Some(words) = self.pages.get_mut(&page) else { return };
        words[word] &= !bit;
        if words.iter().all(|word| *word == 0) {
            self.pages.remove(&page);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, VecDeque};

    use super::{Dedup, ShownId};
    use crate::kernel::chance::{Draw, stream};
    use crate::protocol::id::{MessageId, SiteId};
    use crate::quantity::{Span, Time};

    /// Against a list that is searched from end to end.
    #[test]
    fn agrees_with_a_list() {
        let mut chance = stream(5, "dedup", "test");
        let mut dedup = Dedup::new(Span::from_nanos(300));
        let mut seen: VecDeque<(u64, ShownId)> = VecDeque::new();
        for now in 0..20_000 {
            let small = |bound, chance: &mut _| u16::try_from(Draw::below(chance, bound)).expect("small");
            let number = now / 2 + chance.below(200);
            let id = (MessageId::new(SiteId(small(2, &mut chance)), number), small(2, &mut chance));
            seen.retain(|(seen_at, _)| seen_at + 300 > now);
            let is_known = seen.iter().any(|(_, known)| *known == id);
            let at = Time::from_nanos(now);
            assert_eq!(dedup.knows(at, id), is_known, "at {now}");
            if !is_known {
                dedup.remember(at, id);
                seen.push_back((now, id));
            }
            if now % 97 == 0 {
                let lost: BTreeSet<ShownId> = seen.iter().step_by(7).map(|(_, id)| *id).collect();
                dedup.forget(&lost);
                seen.retain(|(_, id)| !lost.contains(id));
            }
        }
        assert_eq!(
            dedup.ids.pages.values().flatten().map(|word| word.count_ones()).sum::<u32>(),
            u32::try_from(seen.len()).expect("small")
        );
    }
}
