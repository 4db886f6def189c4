//! The rows of a table: values and versions, 16 bytes a row.

use crate::protocol::store::Held;

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    rows: Box<[Held]>,
    /// Rows that may be free and hold something, a bit each; made when first asked for.
    hopeful: Option<Hopeful>,
}

/// A bit for each row, and the first word that has one set.
#[derive(Debug)]
struct Hopeful {
    words: Box<[u64]>,
    first: usize,
}

const BITS: usize = u64::BITS as usize;

impl Table {
    /// A table of `count` rows that all hold `start`.
    pub(super) fn new(count: u32, start: i64) -> Self {
        let rows = vec![Held { value: start, version: 0 }; count as usize].into_boxed_slice();
        Self { rows, hopeful: None }
    }

    pub(super) fn row(&self, number: u32) -> Held {
        self.rows[number as usize]
    }

    /// Writes a row, which is another version then.
    pub(super) fn write(&mut self, number: u32, value: i64) {
        let row = &mut self.rows[number as usize];
        *row = Held { value, version: row.version + 1 };
        self.look_again(number);
    }

    /// Makes a row another version without changing it.
    pub(super) fn touch(&mut self, number: u32) {
        self.rows[number as usize].version += 1;
    }

    /// The lowest row that is free and holds enough. Rows passed over are not looked at again before
    /// somebody [looks again](Self::look_again).
    pub(super) fn lowest(
        &mut self,
        is_free: impl Fn(u32) -> bool,
        is_enough: impl Fn(i64) -> bool,
    ) -> Option<u32> {
        let rows = &self.rows;
        let hopeful = self.hopeful.get_or_insert_with(|| Hopeful::all(rows.len()));
        while hopeful.first < hopeful.words.len() {
            let word = &mut hopeful.words[hopeful.first];
            if *word == 0 {
                hopeful.first += 1;
                continue;
            }
            let bit = word.trailing_zeros();
            *word &= *word - 1;
            let number = u32::try_from(hopeful.first * BITS).expect("rows have numbers below 2^32") + bit;
            if is_enough(rows[number as usize].value) && is_free(number) {
                return Some(number);
            }
        }
        None
    }

    /// A row was unlocked or written: it may be free and hold something.
    pub(super) fn look_again(&mut self, number: u32) {
        if let Some(hopeful) = &mut self.hopeful {
            let word = number as usize / BITS;
            hopeful.words[word] |= 1 << (number as usize % BITS);
            hopeful.first = hopeful.first.min(word);
        }
    }
}

impl Hopeful {
    fn all(rows: usize) -> Self {
        let mut words = vec![u64::MAX; rows.div_ceil(BITS)].into_boxed_slice();
        let over = words.len() * BITS - rows;
        if let Some(last) = words.last_mut() {
            *last >>= over;
        }
        Self { words, first: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn the_lowest_row_is_found_and_found_again() {
        let mut table = Table::new(130, 1);
        let take = |table: &mut Table| table.lowest(|number| number != 1, |value| value > 0);
        assert_eq!((take(&mut table), take(&mut table)), (Some(0), Some(2)));
        table.write(0, 0);
        table.look_again(2);
        assert_eq!(take(&mut table), Some(2), "the first holds nothing any more");
        for number in 3..130 {
            assert_eq!(take(&mut table), Some(number));
        }
        assert_eq!(take(&mut table), None);
        table.look_again(129);
        assert_eq!(take(&mut table), Some(129));
    }

    #[test]
    fn each_write_is_another_version() {
        let mut table = Table::new(1, 5);
        table.write(0, 5);
        table.touch(0);
        let row = table.row(0);
        assert_eq!(({ row.value }, { row.version }), (5, 2));
    }
}
