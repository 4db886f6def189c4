//! `mqlab`: a laboratory for message-queue reliability.
//!
//! Users describe producers, queues and consumers in YAML. `mqlab` runs them as actix actors in virtual time
//! under one seed, injects crashes, lost acks and slow handlers, and reports how often messages were consumed
//! twice, what was lost, and how the queue shaved the peak.
//!
//! # The way of a scenario
//!
//! ```text
//!  YAML ─▶ scenario ─▶ simulation ──────────▶ metrics ─▶ report ─▶ terminal, HTML, SVG/PNG, JSON, CSV
//!          read, check  wire actors and       fold facts  draw and
//!          (pure)       faults, run kernel    as they come write
//! ```
//!
//! # The rooms
//!
//! A room knows the rooms below it in this list and none above; a test holds it to that.
//!
//! | room | owns | deliberately does not know |
//! |---|---|---|
//! | [`cli`] | arguments, one file per command, the only printer, wall clock, files | how anything works inside |
//! | [`report`] | from a summary to one file per format; `chart` draws | the simulation: drawing never re-runs it |
//! | [`experiment`] | seeds, replications, pairing, statistics; the only threads | YAML, files |
//! | [`simulation`] | the composition root: a checked scenario becomes arenas of actors, fault rules and a kernel | formats, statistics over seeds |
//! | [`actors`] | source, producer, broker (queues, logs, nodes), consumer, store, link, supervisor | YAML, reports, which experiment runs them |
//! | [`strategies`] | routing, dispatch, locks, backoff: pure decisions, the time and the luck are arguments | actors, the kernel's loop |
//! | [`faults`] | ordered rules that answer one question at one place | what a message means |
//! | [`metrics`] | facts folded into ledger, histograms, series; the registry of public names | who wants them |
//! | [`protocol`] | ids, messages, the event enum, facts | behaviour |
//! | [`kernel`] | virtual clock, pending events, timers, chance, the actix context, dispatch, trace hash | any word of message queues |
//! | [`scenario`] | text to checked model, every diagnostic with its place | actors, files |
//! | [`quantity`] | time, span, rate, their parsing and printing | everything |
//!
//! # Invariants
//!
//! - Actors report only by emitting [`protocol::Fact`]s, and facts flow one way, into [`metrics`].
//! - The kernel is generic over events and facts; no actor sees YAML or an unvalidated field.
//! - Events happen in the order `(at, sequence)`. Chance is found by name ([`kernel::chance`]), never by the
//!   order of drawing, so adding a component or switching a fault off leaves every other draw as it was.
//! - Every (message, consumer group) ends in exactly one outcome; the sum is asserted after every run.
//! - Nothing below [`cli`] reads a clock, an environment variable or a file; only [`experiment`] starts threads,
//!   and its results do not depend on how many.
//!
//! # Words
//!
//! A **message** is logical; the broker stores **copies** of it; sending a copy to a consumer is a
//! **delivery**; a delivery may reach an **execution** of the business logic, and an execution may apply its
//! **effect**. A **redelivery** is the broker's doing, a **retry** the client's.

pub mod actors;
pub mod cli;
pub mod experiment;
pub mod faults;
pub mod kernel;
pub mod metrics;
pub mod protocol;
pub mod quantity;
pub mod report;
pub mod scenario;
pub mod simulation;
pub mod strategies;
