//! The simulation kernel: what makes a run happen, and happen the same way every time.
//!
//! Deliberately knows no scenario, no file and no thread.

pub mod chance;
