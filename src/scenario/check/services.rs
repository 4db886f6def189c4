//! What only all components together show of services: that nobody calls one, or that what should choose its
//! instances is never there.

use super::super::model::{Dispatch, Scenario, ServiceRef, Step};
use super::super::reader::Reader;
use super::super::registry;
use super::super::tree::Entry;
use super::place_in;

impl Reader<'_> {
    /// Warns about services that no step calls.
    pub(super) fn question_unused_services(&mut self, scenario: &Scenario, entries: &[Entry]) {
        for (at, entry) in entries.iter().enumerate() {
            let mut called = scenario.programs().flat_map(|(_, steps)| steps).filter_map(Step::call);
            if !called.any(|call| call.service == ServiceRef(at)) {
                let message = format!("nobody calls the service `{}`", entry.key);
                self.warning(&registry::SERVICE_UNUSED, &entry.place, message)
                    .help(format!("a step calls it with `call: {}`", entry.key));
            }
        }
    }

    /// Warns about services that stick to keys which nothing has.
    pub(super) fn question_services(&mut self, scenario: &Scenario, entries: &[Entry]) {
        let has_keys = scenario.producers.iter().any(|producer| producer.message.key.is_some());
        for service in scenario.services.iter().filter(|of| of.dispatch == Dispatch::StickyKey && !has_keys) {
            let place = place_in(entries, &service.name, &["dispatch"]);
            self.warning(&registry::STICKY_WITHOUT_KEYS, place, "no call has a key to stick to")
                .help("calls about nothing in particular go round robin")
                .help("give a producer keys, as in `message: {key: {uniform: {over: 100}}}`");
        }
    }
}
