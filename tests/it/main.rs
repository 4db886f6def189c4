//! Every integration test, in one binary: linking is what costs time.

mod command_line;
mod fixture;
mod report;
