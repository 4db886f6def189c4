//! What the benches share.

pub(crate) mod around;
pub(crate) mod clock;
pub(crate) mod cores;
pub(crate) mod counting;
pub(crate) mod engine;
pub(crate) mod handwritten;
pub(crate) mod scale;
