//! A node's copy of the broker's log: what its memory has, and what its disk has.
//!
//! One write runs at a time; what arrives meanwhile shares the next one (group commit).

use crate::protocol::node::{Lsn, Medium, Write};

/// A log on one node.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    /// What its memory has.
    pub(super) received: Lsn,
    /// What a crash leaves of it.
    pub(super) persisted: Lsn,
    /// The last received change that has to go to disk.
    dirty: Lsn,
    /// What the write under way will have persisted.
    writing: Option<Lsn>,
    latest: Write,
}

impl Disk {
    /// Everything up to `lsn` has arrived; says which write begins, if one does.
    pub(super) fn receive(&mut self, lsn: Lsn, medium: Medium) -> Option<Write> {
        if lsn > self.received {
            self.received = lsn;
            if medium == Medium::Disk {
                self.dirty = lsn;
            }
        }
        self.begin()
    }

    /// A write has ended; says which one follows.
    pub(super) fn written(&mut self, write: Write) -> Option<Write> {
        if write != self.latest {
            return None;
        }
        if let Some(lsn) = self.writing.take() {
            self.persisted = self.persisted.max(lsn);
        }
        self.begin()
    }

    /// The node has died: its memory, and the write under way, are gone.
    pub(super) fn lose_memory(&mut self) {
        self.received = self.persisted;
        self.dirty = self.persisted;
        self.abandon_write();
    }

    /// Another node's log is the right one, and ends at `lsn`.
    pub(super) fn truncate(&mut self, lsn: Lsn) {
        self.received = self.received.min(lsn);
        self.persisted = self.persisted.min(lsn);
        self.dirty = self.dirty.min(lsn);
        self.writing = self.writing.map(|target| target.min(lsn));
    }

    /// Everything up to `lsn`, where the log ends, is here and on disk.
    pub(super) fn hold_all(&mut self, lsn: Lsn) {
        self.received = lsn;
        self.persisted = lsn;
        self.dirty = lsn;
        self.abandon_write();
    }

    fn abandon_write(&mut self) {
        self.writing = None;
        self.latest = Write(self.latest.0.wrapping_add(1));
    }

    fn begin(&mut self) -> Option<Write> {
        if self.writing.is_some() {
            return None;
        }
        if self.dirty <= self.persisted {
            // The rest is for memory only: there is nothing to write.
            self.persisted = self.received;
            return None;
        }
        self.latest = Write(self.latest.0.wrapping_add(1));
        self.writing = Some(self.received);
        Some(self.latest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Disk, Lsn, Medium};

    #[test]
    fn what_arrives_during_a_write_shares_the_next() {
        let mut disk = Disk::default();
        let first = disk.receive(Lsn(1), Medium::Disk).expect("the disk is idle");
        for lsn in 2..=5 {
            assert_eq!(disk.receive(Lsn(lsn), Medium::Disk), None);
        }
        let second = disk.written(first).expect("four wait");
        assert_eq!(disk.persisted, Lsn(1));
        assert_eq!(disk.written(second), None);
        assert_eq!(disk.persisted, Lsn(5));
    }

    #[test]
    fn memory_alone_writes_nothing_and_counts_as_safe_as_it_gets() {
        let mut disk = Disk::default();
        assert_eq!(disk.receive(Lsn(1), Medium::Memory), None);
        assert_eq!(disk.persisted, Lsn(1));
        let write = disk.receive(Lsn(2), Medium::Disk).expect("the disk is idle");
        assert_eq!(disk.receive(Lsn(3), Medium::Memory), None);
        assert_eq!(disk.persisted, Lsn(1), "nothing overtakes what is being written");
        assert_eq!(disk.written(write), None);
        assert_eq!(disk.persisted, Lsn(3));
    }

    #[test]
    fn a_crash_leaves_what_was_written() {
        let mut disk = Disk::default();
        let first = disk.receive(Lsn(1), Medium::Disk).expect("the disk is idle");
        disk.written(first);
        let second = disk.receive(Lsn(2), Medium::Disk).expect("the disk is idle");
        disk.lose_memory();
        assert_eq!(disk.written(second), None, "an interrupted write never ends");
        assert_eq!((disk.received, disk.persisted), (Lsn(1), Lsn(1)));
    }
}
