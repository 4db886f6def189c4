//! Inboxes: messages that consumers have put aside to handle later, each until a transaction removes it.
//!
//! ```text
//!  deposited ─▶ waits ─▶ handed out ─▶ removed, with the effect
//!                 ▲           │ let go, or its holder is noticed dead
//!                 └───────────┘
//! ```
//!
//! Knows nothing of transactions: what it is told has committed.
//!
//! Model: who gets a message holds it by a lock of its session, as `pg_try_advisory_lock` gives it, so that handing
//! out writes nothing and a holder's death lets it go. A row counts the errors that its handling ended in.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::id::{GroupId, MessageId, SessionId, TransactionId};
use crate::protocol::store::{Deposit, HandedOut, Row, TableId};

/// All inboxes of a database.
#[derive(Debug, Default)]
pub(super) struct Inboxes {
    rows: BTreeMap<Row, Waiting>,
    /// What nobody handles: by inbox, errors so far, and age.
    free: BTreeSet<(TableId, u32, u64, Row)>,
    held: BTreeMap<TransactionId, Row>,
    deposits: u64,
}

/// A message in an inbox.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    deposit: Deposit,
    number: u64,
    errors: u32,
    holder: Option<TransactionId>,
    was_handed_out: bool,
}

impl Waiting {
    const fn place(&self, row: Row) -> (TableId, u32, u64, Row) {
        (self.deposit.inbox, self.errors, self.number, row)
    }
}

impl Inboxes {
    /// Whether this message is there.
    pub(super) fn has(&self, row: Row) -> bool {
        self.rows.contains_key(&row)
    }

    /// It is there from now on.
    pub(super) fn put(&mut self, row: Row, deposit: Deposit) {
        self.deposits += 1;
        let waiting =
            Waiting { deposit, number: self.deposits, errors: 0, holder: None, was_handed_out: false };
        self.rows.insert(row, waiting);
        self.free.insert(waiting.place(row));
    }

    /// Hands out what had the fewest errors, and of that the oldest; says whether it is handed out again.
    pub(super) fn hand_out(&mut self, inbox: TableId, to: TransactionId) -> Option<(HandedOut, bool)> {
        let first = (inbox, 0, 0, Row { table: TableId(0), number: 0 });
        let place = *self.free.range(first..).next().filter(|(table, ..)| *table == inbox)?;
        self.free.remove(&place);
        let row = place.3;
        let waiting = self.rows.get_mut(&row).expect("what is free is there");
        let again = std::mem::replace(&mut waiting.was_handed_out, true);
        if again {
            waiting.deposit.attempt = waiting.deposit.attempt.next_delivery();
        }
        waiting.holder = Some(to);
        self.held.insert(to, row);
        let Deposit { message, about, attempt, .. } = waiting.deposit;
        Some((HandedOut { message, about, attempt }, again))
    }

    /// Who got a message in this transaction gives it back, because its handling ended in an error.
    pub(super) fn let_go(&mut self, holder: TransactionId) {
        self.release(holder, 1);
    }

    /// The holders of a session died, up to one that `is_dead` says.
    pub(super) fn bury(&mut self, session: SessionId, is_dead: impl Fn(u32) -> bool) {
        let of = |number| TransactionId { session, number };
        let held = self.held.range(of(0)..=of(u32::MAX)).map(|(holder, _)| *holder);
        let dead: Vec<TransactionId> = held.filter(|holder| is_dead(holder.number)).collect();
        for holder in dead {
            self.release(holder, 0);
        }
    }

    /// The database died, and with it every session's locks.
    pub(super) fn crash(&mut self) {
        let held: Vec<TransactionId> = self.held.keys().copied().collect();
        for holder in held {
            self.release(holder, 0);
        }
    }

    /// Says which message it was.
    pub(super) fn remove(&mut self, row: Row) -> Option<(MessageId, GroupId)> {
        let waiting = self.rows.remove(&row)?;
        self.free.remove(&waiting.place(row));
        if let Some(holder) = waiting.holder {
            self.held.remove(&holder);
        }
        Some((waiting.deposit.message, waiting.deposit.group))
    }

    fn release(&mut self, holder: TransactionId, errors: u32) {
        let Some(row) = self.held.remove(&holder) else { return };
        let waiting = self.rows.get_mut(&row).expect("what is held is there");
        waiting.holder = None;
        waiting.errors = waiting.errors.saturating_add(errors);
        self.free.insert(waiting.place(row));
    }
}

#[cfg(test)]
mod tests {
    use super::Inboxes;
    use crate::protocol::id::{Attempt, GroupId, Key, MessageId, SessionId, SiteId, TransactionId};
    use crate::protocol::store::{Deposit, Row, TableId};

    const fn row(number: u32) -> Row {
        Row { table: TableId(7), number }
    }

    const fn by(session: u32, number: u32) -> TransactionId {
        TransactionId { session: SessionId(session), number }
    }

    fn with_messages(count: u32) -> Inboxes {
        let mut inboxes = Inboxes::default();
        for number in 0..count {
            let message = MessageId::new(SiteId(0), number.into());
            let (group, about, attempt) = (GroupId(0), Key::NONE, Attempt::of_copy(0).next_delivery());
            inboxes.put(row(number), Deposit { inbox: TableId(7), message, group, about, attempt });
        }
        inboxes
    }

    fn next(inboxes: &mut Inboxes, to: TransactionId) -> Option<(u64, u32, bool)> {
        let (handed, again) = inboxes.hand_out(TableId(7), to)?;
        let (message, attempt) = (handed.message, handed.attempt);
        Some((message.number(), attempt.delivery(), again))
    }

    #[test]
    fn each_message_has_one_holder_and_errors_go_to_the_end() {
        let mut inboxes = with_messages(2);
        assert!(inboxes.hand_out(TableId(8), by(0, 0)).is_none(), "that is another inbox");
        assert_eq!(next(&mut inboxes, by(0, 1)), Some((0, 1, false)));
        inboxes.let_go(by(0, 1));
        assert_eq!(next(&mut inboxes, by(1, 0)), Some((1, 1, false)), "it had no error yet");
        assert_eq!(next(&mut inboxes, by(0, 2)), Some((0, 2, true)));
        assert_eq!(next(&mut inboxes, by(0, 3)), None);
    }

    #[test]
    fn the_dead_and_a_crash_let_go_what_they_held() {
        let mut inboxes = with_messages(3);
        for number in 0..3 {
            next(&mut inboxes, by(number / 2, number)).expect("there are three");
        }
        inboxes.bury(SessionId(0), |number| number == 0);
        assert_eq!(
            next(&mut inboxes, by(2, 0)),
            Some((0, 2, true)),
            "its holder died, the next one's did not"
        );
        assert_eq!(next(&mut inboxes, by(2, 1)), None);
        assert!(inboxes.remove(row(1)).is_some() && inboxes.remove(row(1)).is_none());
        inboxes.crash();
        assert_eq!(next(&mut inboxes, by(2, 2)), Some((0, 3, true)));
        assert_eq!(next(&mut inboxes, by(2, 3)), Some((2, 2, true)), "and the second is removed for good");
        assert!(!inboxes.has(row(1)) && inboxes.has(row(2)));
    }
}
