//! Values by row, packed: rows whose numbers stand close together share a page.
//!
//! Ids of messages are numbers one after the other, and there may be ten million of them: a page of 64 has a bit
//! for each that is there, and their values in order without gaps.

use std::collections::BTreeMap;

use crate::protocol::store::{Row, TableId};

/// A map from rows to values. Where numbers are dense, a value takes its own size and a byte or two; looking
/// one up takes O(log pages).
#[derive(Debug)]
pub struct RowMap<T> {
    /// By table and number / 64; none is empty.
    pages: BTreeMap<(TableId, u32), Page<T>>,
}

#[derive(Debug)]
struct Page<T> {
    /// A bit for each number that has a value.
    taken: u64,
    /// By number.
    values: Vec<T>,
}

impl<T> Default for RowMap<T> {
    fn default() -> Self {
        Self { pages: BTreeMap::new() }
    }
}

/// The page of a row, and the row's bit in it.
const fn place(row: Row) -> ((TableId, u32), u64) {
    ((row.table, row.number / u64::BITS), 1 << (row.number % u64::BITS))
}

impl<T> Page<T> {
    /// Where the value of this bit stands, or would.
    const fn rank(&self, bit: u64) -> usize {
        (self.taken & (bit - 1)).count_ones() as usize
    }

    fn insert(&mut self, bit: u64, value: T) -> Option<T> {
        let at = self.rank(bit);
        if self.taken & bit != 0 {
            return Some(std::mem::replace(&mut self.values[at], value));
        }
        self.taken |= bit;
        if self.values.is_empty() {
            // One that stays alone in its page shall not take the room of four.
            self.values.reserve_exact(1);
        }
        self.values.insert(at, value);
        None
    }

    fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let mut left = self.taken;
        let taken = &mut self.taken;
        self.values.retain(|value| {
            let bit = left & left.wrapping_neg();
            left ^= bit;
            let stays = keep(value);
            *taken ^= if stays { 0 } else { bit };
            stays
        });
    }
}

impl<T> RowMap<T> {
    /// The value of `row`.
    #[must_use]
    pub fn get(&self, row: Row) -> Option<&T> {
        let (page, bit) = place(row);
        let page = self.pages.get(&page)?;
        (page.taken & bit != 0).then(|| &page.values[page.rank(bit)])
    }

    /// Gives `row` a value; says which it had.
    pub fn insert(&mut self, row: Row, value: T) -> Option<T> {
        let (page, bit) = place(row);
        self.pages.entry(page).or_insert_with(|| Page { taken: 0, values: Vec::new() }).insert(bit, value)
    }

    /// Takes the value of `row` away.
    pub fn remove(&mut self, row: Row) -> Option<T> {
        let (at, bit) = place(row);
        let page = self.pages.get_mut(&at)?;
        if page.taken & bit == 0 {
            return None;
        }
        let value = page.values.remove(page.rank(bit));
        page.taken ^= bit;
        if page.taken == 0 {
            self.pages.remove(&at);
        }
        Some(value)
    }

    /// Keeps only the values that `keep` wants.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.pages.retain(|_, page| {
            page.retain(&mut keep);
            page.taken != 0
        });
    }

    /// Every row with its value, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (Row, &T)> {
        self.pages.iter().flat_map(|(&(table, number), page)| {
            let numbers = (0..u64::BITS).filter(|bit| page.taken >> bit & 1 == 1);
            let rows = numbers.map(move |bit| Row { table, number: number * u64::BITS + bit });
            rows.zip(&page.values)
        })
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.pages.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::RowMap;
    use crate::kernel::chance::{Draw, stream};
    use crate::protocol::store::{Row, TableId};

    #[test]
    fn agrees_with_a_tree_of_rows() {
        let mut chance = stream(7, "row map", "test");
        let (mut map, mut tree) = (RowMap::default(), BTreeMap::new());
        for step in 0..20_000_u32 {
            let small = |bound, chance: &mut _| u16::try_from(Draw::below(chance, bound)).expect("small");
            let row = Row { table: TableId(small(2, &mut chance)), number: small(300, &mut chance).into() };
            match chance.below(3) {
                0 => assert_eq!(map.remove(row), tree.remove(&row)),
                _ => assert_eq!(map.insert(row, step), tree.insert(row, step)),
            }
            assert_eq!(map.get(row), tree.get(&row));
            if step % 997 == 0 {
                map.retain(|value| value % 3 > 0);
                tree.retain(|_, value| *value % 3 > 0);
                assert!(map.iter().eq(tree.iter().map(|(row, value)| (*row, value))), "at {step}");
            }
        }
        assert!(map.pages.values().all(|page| page.taken.count_ones() as usize == page.values.len()));
        map.clear();
        assert_eq!(map.iter().count(), 0);
    }
}
