//! Which message of a key was executed last in each group, to notice overtaking.

use std::collections::BTreeMap;

use crate::protocol::id::{GroupId, Key};

/// Keys below this have a place in a vector; others, which only odd scenarios use, in a map.
const DENSE_KEYS: u32 = 1 << 20;

/// The latest-published message executed so far, by group and key.
#[derive(Debug)]
pub(super) struct Latest {
    dense: Vec<Vec<u64>>,
    sparse: BTreeMap<(GroupId, Key), u64>,
}

impl Latest {
    pub(super) fn new(groups: usize) -> Self {
        Self { dense: vec![Vec::new(); groups], sparse: BTreeMap::new() }
    }

    /// Notes an execution; says whether a later-published message of the key came before it.
    #[inline]
    pub(super) fn is_overtaken(&mut self, group: GroupId, key: Key, order: u64) -> bool {
        key != Key::NONE && self.is_overtaken_in(group, key, order)
    }

    fn is_overtaken_in(&mut self, group: GroupId, key: Key, order: u64) -> bool {
        let latest = if key.0 < DENSE_KEYS {
            let keys = &mut self.dense[usize::from(group.0)];
            let at = key.0 as usize;
            if keys.len() <= at {
                keys.resize(at + 1, 0);
            }
            &mut keys[at]
        } else {
            self.sparse.entry((group, key)).or_insert(0)
        };
        let is_overtaken = order < *latest;
        *latest = order.max(*latest);
        is_overtaken
    }
}
