//! Transactions that wait for each other in a circle, and which of them is rolled back.

use crate::protocol::Ctx;
use crate::protocol::store::{AbortReason, LockWait, LockWaitDue};
use crate::scenario::model::Victim;

use super::Database;
use super::locks::Circle;
use super::transaction::Stage;

impl Database {
    /// Looks for circles that a blocked transaction is part of, and breaks each.
    ///
    /// Model: one that only stands in line before somebody of a circle looks again later; `PostgreSQL` would
    /// rearrange the line.
    pub(super) fn examine(&mut self, place: u32, context: &mut Ctx) {
        while self.transactions.find(place).is_some_and(|transaction| transaction.stage == Stage::Blocked) {
            match self.locks.circle(place) {
                Circle::None => return,
                Circle::Through(circle) => {
                    let victim = self.victim(place, &circle);
                    self.abort(victim, AbortReason::Deadlock, context);
                }
                Circle::Elsewhere => return self.examine_later(place, context),
            }
        }
    }

    fn examine_later(&mut self, place: u32, context: &mut Ctx) {
        let after = self.plan.deadlock.after;
        // Where circles are looked for at once, there is none elsewhere.
        if !after.is_zero() {
            let stamp = self.transactions[place].stamp;
            let due = LockWaitDue { place, stamp, what: LockWait::Examined };
            self.transactions[place].timers[0] = Some(context.timer_at(context.now() + after, due.into()));
        }
    }

    /// Who of a circle is rolled back. Where several are alike, the one that began its try last.
    fn victim(&self, finder: u32, circle: &[u32]) -> u32 {
        let stamp = |place: u32| self.transactions[place].stamp;
        let begun_at = |place: u32| self.transactions[place].request.begun_at;
        let places = circle.iter().copied();
        let found = match self.plan.deadlock.victim {
            Victim::Detector => Some(finder),
            Victim::Smallest => {
                places.min_by_key(|place| (self.locks.held(*place), u32::MAX - stamp(*place)))
            }
            Victim::Youngest => places.max_by_key(|place| (begun_at(*place), stamp(*place))),
        };
        found.unwrap_or(finder)
    }
}
