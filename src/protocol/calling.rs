//! Messages between callers and services.

use actix::Message;

use crate::kernel::ActorId;
use crate::quantity::Time;

use super::id::{ActivityId, ServiceId};
use super::task::Task;

/// A call, to an instance of a service.
#[derive(Clone, Debug, Message)]
#[rtype(result = "()")]
pub struct Request(pub Box<RequestBody>);

/// What a call says.
#[derive(Clone, Copy, Debug)]
pub struct RequestBody {
    /// Whom it calls.
    pub service: ServiceId,
    /// Which instance of it.
    pub instance: u32,
    /// Who waits for the answer.
    pub caller: Caller,
    /// On whose behalf; its attempt is this attempt at the call.
    pub task: Task,
    /// When its caller stops waiting for this attempt. For the books only: the service does not know it.
    pub given_up_at: Time,
    /// Nobody begins it from here on.
    pub deadline: Time,
}

/// The caller's end of a call.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// The calling instance.
    pub actor: ActorId,
    /// Its number among those of its component.
    pub instance: u32,
    /// The caller's place among those who call this service, which says how answers travel.
    pub way: u16,
    /// Whose step.
    pub activity: ActivityId,
    /// Counts the attempts of the calling instance.
    pub serial: u32,
}

/// A service's answer.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct Reply {
    /// Whose step.
    pub activity: ActivityId,
    /// Which attempt of the calling instance.
    pub serial: u32,
    /// What it says.
    pub answer: Answered,
}

/// What a service says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Its handler reached its end.
    Succeeded,
    /// Its handler decided against it: a no that further attempts would only hear again.
    Declined,
    /// It had no room, or whom it called had none.
    Rejected,
    /// It was past its deadline before anybody began it.
    TooLate,
    /// Anything else: an error, an outage, a connection that broke.
    Failed,
}

/// No answer came in time.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct CallTimedOut {
    /// Whose step.
    pub activity: ActivityId,
    /// Which attempt of the calling instance.
    pub serial: u32,
}

/// The wait before another attempt is over.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct RetryCall {
    /// Whose step.
    pub activity: ActivityId,
    /// The attempt before it.
    pub serial: u32,
}
