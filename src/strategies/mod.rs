//! Pure decisions of clients and consumers: the time and the luck are arguments.

pub mod backoff;
pub mod dispatch;
pub mod locks;
pub mod restraint;
pub mod routing;
