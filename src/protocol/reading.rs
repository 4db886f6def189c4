//! The messages between a log and the members of the groups that read it.

use actix::Message;

use crate::quantity::Time;

use super::id::{Attempt, ConnectionId, Epoch, Key, MessageId};

// To the broker, from the members of groups that read logs.

/// A member is alive, and says which grant of partitions it has carried out.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Heartbeat {
    /// From whom.
    pub connection: ConnectionId,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// How often the instance joined before.
    pub incarnation: u16,
    /// The grant; 0 before the first.
    pub applied: u32,
}

/// A member leaves its group, because it took too long between two polls.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Leave {
    /// Who.
    pub connection: ConnectionId,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// How often the instance joined before.
    pub incarnation: u16,
}

/// A poll: asks for records; the broker answers when there are any.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Fetch {
    /// From whom.
    pub connection: ConnectionId,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// How often the instance joined before.
    pub incarnation: u16,
    /// Its number among the member's.
    pub number: u32,
    /// The latest that was answered, as far as the member knows.
    pub answered: u32,
    /// Where it wants to go on in some partitions; `None`: nowhere but behind what it got.
    pub seeks: Option<Box<Vec<Seek>>>,
}

/// A record that is to be sent again, with those behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seek {
    /// Where it is.
    pub partition: u32,
    /// The grant that gave the partition.
    pub since: u32,
    /// Its offset.
    pub offset: u64,
    /// Not before.
    pub not_before: Time,
}

/// The records of a partition below an offset are done.
#[derive(Clone, Copy, Debug, Message, PartialEq, Eq)]
#[rtype(result = "()")]
pub struct Commit {
    /// From whom.
    pub connection: ConnectionId,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// How often the instance joined before.
    pub incarnation: u16,
    /// Which partition.
    pub partition: u32,
    /// The grant that the member has carried out.
    pub grant: u32,
    /// The first record that is not done.
    pub offset: u64,
}

/// A record cannot be handled and is to be left out.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Skip {
    /// Told as a commit would tell it; the offset is the record's own.
    pub record: Commit,
}

/// Some member of a log's group may have been silent for too long.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct SessionsDue {
    /// Which log.
    pub queue: u16,
    /// Which of its groups, by position.
    pub group: u16,
}

/// Some record of a log may be too old.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct RetentionDue {
    /// Which log.
    pub queue: u16,
}

/// A partition that rested after a failure can be read again.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct RestOver {
    /// Which log.
    pub queue: u16,
    /// Which of its groups, by position.
    pub group: u16,
}

/// A group goes back, deliberately.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct ReplayDue {
    /// Which log.
    pub queue: u16,
    /// Which of its groups, by position.
    pub group: u16,
}

// To consumers that read logs.

/// Which partitions a member works on from now on.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Assigned(pub Box<Assignment>);

/// A grant of partitions, or the news of having been put out.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// Which incarnation of the member it is for.
    pub incarnation: u16,
    /// The grant's number; 0: it is no member any more.
    pub grant: u32,
    /// Each partition with the grant that gave it.
    pub partitions: Vec<(u32, u32)>,
}

/// The answer to a poll.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Records(pub Box<Batch>);

/// Some records of a member's partitions, in order within each.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// Which incarnation of the member it is for.
    pub incarnation: u16,
    /// The poll it answers.
    pub number: u32,
    /// At least one.
    pub records: Vec<SentRecord>,
}

/// A record on its way.
#[derive(Clone, Copy, Debug)]
pub struct SentRecord {
    /// Which message.
    pub message: MessageId,
    /// What it is about.
    pub key: Key,
    /// Which delivery of it.
    pub attempt: Attempt,
    /// Its partition.
    pub partition: u32,
    /// The grant that gave the partition.
    pub since: u32,
    /// Its offset there.
    pub offset: u64,
}

/// The broker's answer to a commit.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Committed {
    /// The commit's offset.
    pub offset: u64,
    /// The commit's partition.
    pub partition: u32,
    /// The commit's grant.
    pub grant: u32,
    /// The connection's reopening it travels on.
    pub epoch: Epoch,
    /// Which incarnation of the member it is for.
    pub incarnation: u16,
    /// What became of it.
    pub verdict: Verdict,
}

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It stands.
    Accepted,
    /// The member has lost the partition, or got it anew since.
    Stale,
    /// It is no member.
    Unknown,
}

/// A member's next heartbeat is due.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct BeatDue;

/// A member may poll again.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct PollDue;

/// Too much time has passed since a member's latest poll.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct PollTimedOut {
    /// The latest poll's number.
    pub number: u32,
}

/// A member's request got no answer in time.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct RequestTimedOut;
