//! The broker's memory of message ids: an id counts from its first copy and is not renewed.

use std::collections::{BTreeSet, VecDeque};

use crate::protocol::id::MessageId;
use crate::quantity::{Span, Time};

/// The id a publish shows: the message, and which renewal of its id.
pub type ShownId = (MessageId, u16);

/// Ids seen within a window.
#[derive(Clone, Debug)]
pub struct Dedup {
    window: Span,
    ids: BTreeSet<ShownId>,
    by_age: VecDeque<(Time, ShownId)>,
}

impl Dedup {
    /// Remembers ids for `window`.
    #[must_use]
    pub const fn new(window: Span) -> Self {
        Self { window, ids: BTreeSet::new(), by_age: VecDeque::new() }
    }

    /// Whether `id` is remembered at `now`. An id is forgotten at the very end of its window.
    pub fn knows(&mut self, now: Time, id: ShownId) -> bool {
        while self.by_age.front().is_some_and(|(seen_at, _)| *seen_at + self.window <= now) {
            if let Some((_, old)) = self.by_age.pop_front() {
                self.ids.remove(&old);
            }
        }
        self.ids.contains(&id)
    }

    /// Forgets ids whose copies were lost.
    pub fn forget(&mut self, lost: &BTreeSet<ShownId>) {
        self.ids.retain(|id| !lost.contains(id));
        self.by_age.retain(|(_, id)| !lost.contains(id));
    }

    /// Remembers an id that is not known yet.
    pub fn remember(&mut self, now: Time, id: ShownId) {
        if self.ids.insert(id) {
            self.by_age.push_back((now, id));
        }
    }
}
