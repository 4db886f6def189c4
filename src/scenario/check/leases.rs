//! What only all components together show of leases: that two caches keep them for one table, or that there are
//! more than caches have names for.

use std::collections::BTreeMap;

use super::super::diagnostic::quoted;
use super::super::model::{Scenario, Step, StoreRef, TableRef};
use super::super::names::Entries;
use super::super::reader::{Fields, Reader};
use super::super::registry;
use super::place_in;

/// Tables of databases whose rows are leased, together: caches name their keys by table.
const MOST_LEASED: usize = 10_000;

impl Reader<'_> {
    /// Complains about more tables under leases than a run has numbers for.
    pub(super) fn too_many_leased(&mut self, scenario: &Scenario, fields: &Fields<'_>) {
        let stores = scenario.stores.iter().enumerate();
        let leased = stores.filter(|(at, _)| scenario.is_leased(StoreRef(*at)));
        let tables: usize =
            leased.filter_map(|(_, store)| store.database()).map(|one| one.tables.len()).sum();
        if tables > MOST_LEASED {
            let message = format!("databases whose rows are leased have {tables} tables together");
            self.error(&registry::OUT_OF_RANGE, fields.place(), message)
                .help(format!("at most {MOST_LEASED}"));
        }
    }

    /// Warns about leases of one table in two caches.
    pub(super) fn question_leases(&mut self, scenario: &Scenario, entries: &Entries<'_>) {
        let mut caches: BTreeMap<(StoreRef, TableRef), StoreRef> = BTreeMap::new();
        for (name, steps) in scenario.programs() {
            for transaction in steps.iter().filter_map(Step::transaction) {
                let Some(lease) = transaction.lock.lease else { continue };
                let tables = transaction.parts.iter().map(|part| (transaction.store, part.rows.table));
                let apart = tables
                    .map(|table| *caches.entry(table).or_insert(lease.store))
                    .find(|other| *other != lease.store);
                let Some(other) = apart else { continue };
                let sections = [entries.producers, entries.consumers, entries.services];
                let section = sections.into_iter().find(|all| all.iter().any(|entry| entry.key == name));
                let place = place_in(section.expect("who runs steps has an entry"), name, &["do"]);
                let cache = |at: StoreRef| quoted(&scenario.stores[at.0].name);
                let message = format!(
                    "{} keeps leases of the same rows as {}, and neither knows of the other's",
                    cache(lease.store),
                    cache(other)
                );
                self.warning(&registry::LEASES_APART, place, message)
                    .help("keep all leases of a table in one cache");
            }
        }
    }
}
