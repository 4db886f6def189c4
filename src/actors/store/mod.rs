//! Stores: what clients keep beside their messages.
//!
//! - `database`: rows with versions, transactions, locks

pub mod database;
