//! Stores: what clients keep beside their messages.
//!
//! - `database`: rows with versions, transactions, locks
//! - `row_map`: how millions of keys are kept

pub mod database;
pub mod row_map;
