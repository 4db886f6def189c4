//! The broker's end of a connection, and a consumer's channel on it.

use std::rc::Rc;

use crate::actors::link::{Lane, Link};
use crate::kernel::ActorId;
use crate::protocol::id::{Epoch, QueueId};
use crate::quantity::Span;
use crate::scenario::model::OnError;

use super::copy::{List, Which};
use super::log::group::Subscription;

/// The connection of one instance.
#[derive(Debug)]
pub struct Connection {
    /// Who is at the other end.
    pub peer: ActorId,
    /// Which instance of its component that is.
    pub instance: u32,
    /// The present opening; what rode on an earlier one is lost.
    pub epoch: Epoch,
    /// The way to the peer.
    pub link: Rc<Link>,
    /// Keeps its messages in order.
    pub lane: Lane,
    /// Whether it lives longer than a message.
    pub is_kept: bool,
    /// Whether it led to a node that leads no more: nothing counts on it until it opens anew.
    pub is_severed: bool,
    /// The channel that deliveries go through, if the peer consumes a work queue.
    pub channel: Option<Channel>,
    /// How it reads a log, if it does.
    pub reads: Option<Box<Subscription>>,
}

/// A consumer's subscription and what it holds.
#[derive(Debug)]
pub struct Channel {
    /// What it consumes.
    pub queue: QueueId,
    /// Its place in the queue's round.
    pub member: u32,
    /// Unacked copies it may hold; `None`: unlimited.
    pub prefetch: Option<u32>,
    /// Whether copies are forgotten on sending.
    pub settling: Settling,
    /// What a nack asks for.
    pub on_nack: OnNack,
    /// Whether it may get deliveries.
    pub open: bool,
    /// What it holds on the present opening.
    pub held: List,
    /// What earlier openings still hold, because nobody has noticed their end.
    pub orphans: Vec<(Epoch, List)>,
}

/// When the broker forgets a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settling {
    /// On sending it.
    OnDelivery,
    /// When it is acked.
    OnAck,
}

/// What becomes of a nacked copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnNack {
    /// It returns to its queue.
    Requeue,
    /// It returns after a while.
    RequeueAfter(Span),
    /// It is dead-lettered or dropped.
    Reject,
}

impl From<OnError> for OnNack {
    /// `no-answer` never sends a nack, so what it would mean does not matter.
    fn from(policy: OnError) -> Self {
        match policy {
            OnError::Requeue | OnError::NoAnswer => Self::Requeue,
            OnError::RequeueAfter(span) => Self::RequeueAfter(span),
            OnError::Reject => Self::Reject,
        }
    }
}

impl Channel {
    /// An open channel that holds nothing.
    #[must_use]
    pub const fn new(
        queue: QueueId,
        member: u32,
        prefetch: Option<u32>,
        settling: Settling,
        on_nack: OnNack,
    ) -> Self {
        let held = List::new(Which::OfChannel);
        Self { queue, member, prefetch, settling, on_nack, open: true, held, orphans: Vec::new() }
    }

    /// Whether it can take another delivery.
    #[inline]
    #[must_use]
    pub fn has_credit(&self) -> bool {
        self.open
            && (self.settling == Settling::OnDelivery
                || self.prefetch.is_none_or(|most| self.held.len() < most))
    }

    /// The list of what opening `epoch` holds, while `present` is the connection's present one.
    #[inline]
    pub fn held_by(&mut self, epoch: Epoch, present: Epoch) -> &mut List {
        if epoch == present {
            return &mut self.held;
        }
        let orphans = &mut self.orphans;
        let (_, list) =
            orphans.iter_mut().find(|(of, _)| *of == epoch).expect("a holder's opening holds its copies");
        list
    }

    /// Sets aside what the opening `epoch` holds, until someone notices its end or its copies time out.
    pub fn orphan(&mut self, epoch: Epoch) {
        self.forget_settled();
        let held = std::mem::replace(&mut self.held, List::new(Which::OfChannel));
        if !held.is_empty() {
            self.orphans.push((epoch, held));
        }
    }

    /// Forgets openings that hold nothing any more.
    pub fn forget_settled(&mut self) {
        self.orphans.retain(|(_, list)| !list.is_empty());
    }

    /// What opening `epoch` holds, if it holds anything.
    #[must_use]
    pub fn find_held_by(&self, epoch: Epoch, present: Epoch) -> Option<&List> {
        if epoch == present {
            return Some(&self.held);
        }
        self.orphans.iter().find(|(of, _)| *of == epoch).map(|(_, list)| list)
    }
}
