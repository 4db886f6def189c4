//! All integration tests, in one binary: a file per concern.

mod command_line;
mod diagnostics;
mod diagnostics_fuzz;
mod diagnostics_meaning;
mod diagnostics_support;
mod diagnostics_text;
mod diagnostics_values;
mod docs;
mod fixture;
mod report;
mod scenarios;
mod tidy;
