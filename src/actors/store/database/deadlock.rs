//! Transactions that wait for each other in a circle, and which of them is rolled back.

use crate::protocol::Ctx;
use crate::protocol::store::AbortReason;
use crate::scenario::model::Victim;

use super::Database;
use super::transaction::Stage;

impl Database {
    /// Looks for circles that a blocked transaction is part of, and breaks each.
    pub(super) fn examine(&mut self, place: u32, context: &mut Ctx) {
        while self.transactions.find(place).is_some_and(|transaction| transaction.stage == Stage::Blocked)
            && let Some(circle) = self.locks.circle(place)
        {
            let victim = self.victim(place, &circle);
            self.abort(victim, AbortReason::Deadlock, context);
        }
    }

    /// Who of a circle is rolled back. Where several are alike, the one that began its try last.
    fn victim(&self, finder: u32, circle: &[u32]) -> u32 {
        let stamp = |place: u32| self.transactions[place].stamp;
        let smallest =
            || circle.iter().copied().min_by_key(|place| (self.locks.held(*place), u32::MAX - stamp(*place)));
        let begun_at = |place: u32| self.transactions[place].request.begun_at;
        let youngest = || circle.iter().copied().max_by_key(|place| (begun_at(*place), stamp(*place)));
        match self.plan.deadlock.victim {
            Victim::Detector => finder,
            Victim::Smallest => smallest().unwrap_or(finder),
            Victim::Youngest => youngest().unwrap_or(finder),
        }
    }
}
