//! Lines of several priorities: higher ones go first, whoever came first goes first among equals.

use crate::protocol::id::CopyId;
use crate::scenario::model::Requeue;

use super::line::Line;

/// Ready copies by priority. Each operation looks at every level, of which there are at most 255.
#[derive(Clone, Debug)]
pub struct Levels {
    /// Priority 0, which is all there is in most queues.
    lowest: Line,
    /// The other levels, the highest first.
    above: Vec<Line>,
}

impl Levels {
    /// Empty lines for priorities below `priorities`.
    #[must_use]
    pub fn new(priorities: u32, policy: Requeue) -> Self {
        Self { lowest: Line::new(policy), above: (1..priorities).map(|_| Line::new(policy)).collect() }
    }

    /// Appends a copy whose `order` is higher than any before it.
    pub fn push(&mut self, level: u8, order: u64, copy: CopyId) {
        self.line(level).push(order, copy);
    }

    /// Puts a copy back that first stood at `order`; `newest_order` is one beyond all orders so far.
    pub fn put_back(&mut self, level: u8, order: u64, copy: CopyId, newest_order: u64) {
        self.line(level).put_back(order, copy, newest_order);
    }

    /// The next copy.
    #[must_use]
    pub fn first(&self) -> Option<CopyId> {
        self.above.iter().find_map(Line::first).or_else(|| self.lowest.first())
    }

    /// Takes the next copy.
    pub fn pop(&mut self) -> Option<CopyId> {
        self.above.iter_mut().find_map(Line::pop).or_else(|| self.lowest.pop())
    }

    fn line(&mut self, level: u8) -> &mut Line {
        match level {
            0 => &mut self.lowest,
            above => {
                let highest = self.above.len();
                &mut self.above[highest - usize::from(above)]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Levels;
    use crate::protocol::id::CopyId;
    use crate::scenario::model::Requeue;

    #[test]
    fn higher_levels_go_first() {
        let mut levels = Levels::new(3, Requeue::OriginalPlace);
        for (order, level) in (0..).zip([0, 2, 1, 2, 0]) {
            levels.push(level, order, CopyId(u32::try_from(order).expect("small")));
        }
        assert_eq!(levels.first(), Some(CopyId(1)));
        let order: Vec<u32> = std::iter::from_fn(|| levels.pop()).map(|copy| copy.0).collect();
        assert_eq!(order, [1, 3, 2, 0, 4]);
    }
}
