//! Whose turn it is: consumers with free credit, round robin in subscription order, busy ones skipped.
//!
//! Model: a consumer that comes back keeps its place.

/// A set of small numbers with a cursor that goes round. Finding the next takes about n/4096 steps.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    /// One bit per member.
    words: Vec<u64>,
    /// One bit per non-empty word.
    summary: Vec<u64>,
    /// Where the next search begins.
    cursor: u32,
}

const BITS: u32 = u64::BITS;

impl Ring {
    /// A ring with room for members `0..len`, all busy.
    #[must_use]
    pub fn new(len: u32) -> Self {
        let words = len.div_ceil(BITS);
        Self { words: vec![0; words as usize], summary: vec![0; words.div_ceil(BITS) as usize], cursor: 0 }
    }

    /// Marks `member` as free.
    pub fn free(&mut self, member: u32) {
        let word = member / BITS;
        self.words[word as usize] |= 1 << (member % BITS);
        self.summary[(word / BITS) as usize] |= 1 << (word % BITS);
    }

    /// Marks `member` as busy.
    pub fn busy(&mut self, member: u32) {
        let word = member / BITS;
        self.words[word as usize] &= !(1 << (member % BITS));
        if self.words[word as usize] == 0 {
            self.summary[(word / BITS) as usize] &= !(1 << (word % BITS));
        }
    }

    /// The next free member in turn; the turn passes to the one behind it.
    pub fn take_turn(&mut self) -> Option<u32> {
        let next = self.first_from(self.cursor).or_else(|| self.first_from(0))?;
        self.cursor = next + 1;
        Some(next)
    }

    /// The next free member in turn that is `wanted`; the turn passes to the one behind it. Looks at each free
    /// member once.
    pub fn take_turn_of(&mut self, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let first = self.take_turn()?;
        let mut next = first;
        while !wanted(next) {
            next = self.take_turn()?;
            if next == first {
                return None;
            }
        }
        Some(next)
    }

    fn first_from(&self, from: u32) -> Option<u32> {
        let word = from / BITS;
        let rest = self.words.get(word as usize)? & (u64::MAX << (from % BITS));
        if rest != 0 {
            return Some(word * BITS + rest.trailing_zeros());
        }
        let word = self.first_word_from(word + 1)?;
        Some(word * BITS + self.words[word as usize].trailing_zeros())
    }

    fn first_word_from(&self, from: u32) -> Option<u32> {
        let first = from / BITS;
        let rest = self.summary.get(first as usize)? & (u64::MAX << (from % BITS));
        if rest != 0 {
            return Some(first * BITS + rest.trailing_zeros());
        }
        let further = self.summary[first as usize + 1..].iter().position(|&word| word != 0)?;
        let at = first + 1 + u32::try_from(further).expect("fewer than 2^32 words");
        Some(at * BITS + self.summary[at as usize].trailing_zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::Ring;
    use crate::kernel::chance::{Draw, stream};

    #[test]
    fn a_turn_passes_over_those_who_are_not_wanted() {
        let mut ring = Ring::new(70);
        for member in [3, 5, 66] {
            ring.free(member);
        }
        assert_eq!(ring.take_turn_of(|member| member > 3), Some(5));
        assert_eq!(ring.take_turn_of(|member| member < 66), Some(3));
        assert_eq!(ring.take_turn_of(|_| false), None);
    }

    #[test]
    fn agrees_with_a_naive_search() {
        for len in [1, 63, 64, 65, 5000] {
            let mut chance = stream(len, "ring", "test");
            let len = u32::try_from(len).expect("small");
            let (mut ring, mut free, mut cursor) = (Ring::new(len), vec![false; len as usize], 0);
            for _ in 0..2000 {
                let member = u32::try_from(chance.next_u64() % u64::from(len)).expect("small");
                match chance.next_u64() % 4 {
                    0 => ring.busy(member),
                    1 | 2 => ring.free(member),
                    _ => {
                        let expected = (cursor..len).chain(0..cursor).find(|&m| free[m as usize]);
                        assert_eq!(ring.take_turn(), expected);
                        cursor = expected.map_or(cursor, |member| member + 1);
                        continue;
                    }
                }
                ring.first_from(0);
                free[member as usize] = ring.words[(member / 64) as usize] >> (member % 64) & 1 == 1;
            }
        }
    }
}
