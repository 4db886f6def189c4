//! Stalls of a database's disks: nothing is written, and then everything goes on.
//!
//! Model: a commit's `fsync` that is under way, or begins, waits for the end of the stall. What `disks` do is frozen:
//! each object, and all that wait behind it, takes so much longer.

use actix::Handler;

use crate::protocol::event::Stall;
use crate::protocol::{Ctx, Fact};
use crate::quantity::{Span, Time};

use super::Database;

/// The stalls of a database's disks so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stalls {
    /// The end of the last one.
    pub(super) until: Time,
    /// How long they were in all, or will have been.
    pub(super) total: Span,
}

impl Default for Stalls {
    fn default() -> Self {
        Self { until: Time::ZERO, total: Span::ZERO }
    }
}

impl Stalls {
    /// One begins, perhaps while another lasts; says by how much that is longer than before.
    fn begin(&mut self, now: Time, lasts: Span) -> Span {
        let until = self.until.max(now + lasts);
        let longer = until.since(self.until.max(now).min(until));
        self.until = until;
        self.total += longer;
        longer
    }
}

impl Database {
    /// Its disks stall, whether or not it is alive to notice.
    pub fn stall(&mut self, stall: &Stall, context: &mut Ctx) {
        context.emit(Fact::FaultFired { fault: stall.fault });
        let now = context.now();
        let longer = self.stalls.begin(now, stall.lasts);
        if let Some(disks) = &mut self.plan.disks {
            disks.delay(now, longer);
        }
    }
}

impl Handler<Stall> for Database {
    type Result = ();

    fn handle(&mut self, stall: Stall, context: &mut Ctx) {
        Self::stall(self, &stall, context);
    }
}

#[cfg(test)]
mod tests {
    use super::Stalls;
    use crate::quantity::{Span, Time};

    #[test]
    fn stalls_that_overlap_are_one() {
        let mut stalls = Stalls::default();
        let mut begin = |at, lasts| stalls.begin(Time::from_nanos(at), Span::from_nanos(lasts)).as_nanos();
        assert_eq!((begin(10, 5), begin(12, 5), begin(13, 1), begin(30, 5)), (5, 2, 0, 5));
        assert_eq!((stalls.until, stalls.total), (Time::from_nanos(35), Span::from_nanos(12)));
    }
}
