//! Faults of the broker, a service or a store as a whole: `outage`, `stall` and `evict`.

use super::super::diagnostic::quoted;
use super::super::model::{FaultKind, OutageHow};
use super::super::reader::Reader;
use super::super::registry;
use super::super::shape::{EVICT, OUTAGE, STALL};
use super::super::target::{Cast, Hits};
use super::super::tree::Node;
use super::super::words::OUTAGE_HOW;
use super::Unnamed;

impl Reader<'_> {
    pub(super) fn outage<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &OUTAGE)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Whole));
        let how = fields.get("how").and_then(|n| self.choice(n, OUTAGE_HOW)).unwrap_or(OutageHow::Refuse);
        let trigger = self.stretch_trigger(&fields, "an outage");
        Some(self.named_fault(&fields, "outage".to_owned(), FaultKind::Outage { how }, target, trigger))
    }

    pub(super) fn evict<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &EVICT)?;
        let target = self.required(&fields, "target").and_then(|n| {
            let target = self.target(n, cast, Hits::Whole)?;
            let store = cast.stores.iter().find(|store| store.name == target.component);
            if store.is_some_and(|store| store.database().is_none()) {
                return Some(target);
            }
            let message = format!("{} is no cache, and forgets nothing", quoted(&target.component));
            self.error(&registry::FAULT_TARGET, &n.place, message).help("name a store of `kind: cache`");
            None
        });
        let share = fields.get("share").map_or(Some(1.0), |n| self.share(n));
        let trigger = self.instant_trigger(&fields, "an eviction", cast, target.as_ref());
        let kind = FaultKind::Evict { share: share? };
        Some(self.named_fault(&fields, "evict".to_owned(), kind, target, trigger))
    }

    pub(super) fn stall<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &STALL)?;
        let target = self.required(&fields, "target").and_then(|n| {
            let target = self.target(n, cast, Hits::Disks)?;
            let store = cast.stores.iter().find(|store| store.name == target.component);
            if store.is_none_or(|store| store.database().is_some()) {
                return Some(target);
            }
            let message = format!("{} is a cache, and has no disks", quoted(&target.component));
            self.error(&registry::FAULT_TARGET, &n.place, message).help("name the broker, or a database");
            None
        });
        let trigger = self.lasting_trigger(&fields, "a stall");
        Some(self.named_fault(&fields, "stall".to_owned(), FaultKind::Stall, target, trigger))
    }
}
