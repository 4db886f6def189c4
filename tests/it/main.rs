//! All integration tests, in one binary: a file per concern.

mod command_line;
mod determinism;
mod diagnostics;
mod diagnostics_fuzz;
mod diagnostics_meaning;
mod diagnostics_support;
mod diagnostics_text;
mod diagnostics_values;
mod docs;
mod faults;
mod faults_on_links;
mod faults_that_last;
mod fixture;
mod laboratory;
mod properties;
mod queue_model;
mod random_scenario;
mod registry;
mod report;
mod routing;
mod running_fuzz;
mod scenarios;
mod theory;
mod tidy;
mod work_queue;
