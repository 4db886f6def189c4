//! All integration tests, in one binary: a file per concern.

mod diagnostics;
mod diagnostics_fuzz;
mod diagnostics_golden;
mod diagnostics_support;
mod diagnostics_values;
