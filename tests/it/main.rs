//! Every integration test, in one binary: linking is what costs time.

mod fixture;
mod report;
