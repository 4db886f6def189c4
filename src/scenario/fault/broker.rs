//! Faults of the broker, and of a service as a whole: `outage` and `stall`.

use super::super::model::{FaultKind, OutageHow};
use super::super::reader::Reader;
use super::super::shape::{OUTAGE, STALL};
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

    pub(super) fn stall<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &STALL)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Nodes));
        let trigger = self.lasting_trigger(&fields, "a stall");
        Some(self.named_fault(&fields, "stall".to_owned(), FaultKind::Stall, target, trigger))
    }
}
