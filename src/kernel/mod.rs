//! A deterministic discrete-event kernel for actix actors, generic over their messages and facts.
//!
//! ```text
//!   actor ── send, timer ──▶ SimContext ──▶ Pending: lanes │ timer lanes │ heap, far
//!     │                          ├── facts ──▶ Listener  │ the least (at, sequence)
//!     └──── World::dispatch ◀────┴──────── Kernel::step ◀┘
//! ```
//!
//! Owns virtual time, the one order of events `(at, sequence)`, timers, the life and death of actors
//! (generations), random streams and the trace hash. Knows no word of message queues.

pub mod chance;
mod context;
mod far;
mod heap;
mod lane;
mod pending;
mod run;
mod slab;
mod timer;
mod trace;

pub use context::{ActorId, Listener, Report, SimContext, StreamId};
pub use pending::{Delay, TimerId};
pub use run::{Halted, Kernel, Lifecycle, Step, World};
pub use slab::Slab;
pub use trace::{Outcome, Traced};
