//! All integration tests, in one binary: a file per concern.

mod diagnostics;
mod diagnostics_fuzz;
mod diagnostics_meaning;
mod diagnostics_support;
mod diagnostics_text;
mod diagnostics_values;
