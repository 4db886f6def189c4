//! The actors of a run: sources of arrivals, producers, the broker, consumers, and the supervisor.
//!
//! ```text
//!  Source ─Begin▶ Producer ─Publish▶ Broker ─Deliver▶ Consumer
//!                     ◀─Confirmed──    ◀──Ack, Nack──
//!  Producer, Consumer ─Ask▶ Store, ◀─Answered──
//!  Producer, Consumer, Service ─Request▶ Service ─Reply▶ (a service is a consumer that is fed by calls)
//!  Supervisor ─Crash, Cut, Pause, Stall▶ any instance, or a Node of the broker
//! ```
//!
//! Each owns its own state, gets messages in virtual time, and reports only by emitting facts. They know
//! no YAML, no report, and not which experiment runs them.

pub mod broker;
pub mod calling;
pub mod client;
pub mod consumer;
pub mod guard;
pub mod link;
pub mod node;
pub mod producer;
pub mod program;
pub mod publisher;
pub mod site;
pub mod source;
pub mod store;
pub mod supervisor;
pub mod transacting;
