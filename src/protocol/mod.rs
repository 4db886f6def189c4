//! The vocabulary of a run: ids, the messages actors send each other, the facts they report.
//!
//! Owns shapes and names. What an actor does with a message is its own business.

pub mod calling;
pub mod event;
pub mod fact;
pub mod id;
pub mod node;
pub mod reading;
pub mod store;
pub mod task;
pub mod twin;

pub use event::Event;
pub use fact::Fact;
pub use task::{Origin, Task};
pub use twin::Twin;

use crate::kernel::SimContext;

/// The actix context of every actor.
pub type Ctx = SimContext<Event, Fact>;
