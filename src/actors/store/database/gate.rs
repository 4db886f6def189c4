//! A gate that lets so many through at once; the others wait in line.

use std::collections::VecDeque;

/// A first-in, first-out gate. Knows its visitors by number.
#[derive(Debug)]
pub(super) struct Gate {
    limit: Option<u32>,
    inside: u32,
    line: VecDeque<u32>,
}

impl Gate {
    /// An empty one; without a limit it is always open.
    pub(super) const fn new(limit: Option<u32>) -> Self {
        Self { limit, inside: 0, line: VecDeque::new() }
    }

    /// Says whether the visitor is inside, and else puts it in line.
    pub(super) fn enter(&mut self, visitor: u32) -> bool {
        if self.limit.is_some_and(|limit| self.inside >= limit) {
            self.line.push_back(visitor);
            return false;
        }
        self.inside += 1;
        true
    }

    /// Somebody inside leaves; says who comes in for it.
    pub(super) fn leave(&mut self) -> Option<u32> {
        let next = self.line.pop_front();
        if next.is_none() {
            self.inside -= 1;
        }
        next
    }

    /// Somebody in line goes away.
    pub(super) fn give_up(&mut self, visitor: u32) {
        self.line.retain(|waiting| *waiting != visitor);
    }

    pub(super) const fn inside(&self) -> u32 {
        self.inside
    }

    #[expect(clippy::cast_possible_truncation, reason = "visitors have numbers below 2^32")]
    pub(super) fn waiting(&self) -> u32 {
        self.line.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::Gate;

    #[test]
    fn so_many_are_inside_and_the_others_follow_in_order() {
        let mut gate = Gate::new(Some(2));
        assert_eq!([1, 2, 3, 4, 5].map(|visitor| gate.enter(visitor)), [true, true, false, false, false]);
        gate.give_up(4);
        assert_eq!([gate.leave(), gate.leave(), gate.leave(), gate.leave()], [Some(3), Some(5), None, None]);
        assert_eq!((gate.inside(), gate.waiting()), (0, 0));
    }
}
