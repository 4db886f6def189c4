//! Messages that a link may deliver twice.

use super::calling::{Reply, Request};
use super::event::{
    Ack, AckBatch, Assigned, Commit, Committed, Confirmed, Deliver, Event, Extend, Fetch, Heartbeat, Leave,
    Nack, Publish, Records, Skip,
};
use super::id::TWIN_PUBLISH;

/// A message that a link may deliver twice.
pub trait Twin: Into<Event> {
    /// What arrives second. Where chance follows from the message, this one has luck of its own.
    #[must_use]
    fn twin(&self) -> Self;
}

impl Twin for Publish {
    fn twin(&self) -> Self {
        Self { retries: self.retries | TWIN_PUBLISH, ..*self }
    }
}

impl Twin for Deliver {
    fn twin(&self) -> Self {
        Self { attempt: self.attempt.twin(), ..*self }
    }
}

/// Messages whose second arrival is as the first.
macro_rules! alike {
    ($($message:ident),*) => {
        $(impl Twin for $message {
            fn twin(&self) -> Self {
                self.clone()
            }
        })*
    };
}

alike!(
    Confirmed, Ack, AckBatch, Nack, Extend, Heartbeat, Leave, Fetch, Commit, Skip, Assigned, Records,
    Committed, Request, Reply
);
