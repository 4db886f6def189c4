//! Faults of components and their handlers: `cut`, `crash`, `pause`, `slow`, `fail`, `poison`.

use crate::quantity::Span;

use super::super::model::{CrashHow, FaultKind, Selector, Trigger};
use super::super::names::Names;
use super::super::reader::{Fields, Reader};
use super::super::shape::{CRASH, CUT, FAIL, PAUSE, POISON, SLOW};
use super::super::target::{Cast, Hits};
use super::super::tree::Node;
use super::super::words::CRASH_HOW;
use super::{Unnamed, point_word};

/// When a crashed instance or a cut connection comes back, where the file does not say.
const RESTART_AFTER: Span = Span::from_seconds(1);

impl Reader<'_> {
    pub(super) fn cut<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &CUT)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Groups));
        let restart_after = self.restart_after(&fields);
        let trigger = self.instant_trigger(&fields, "a cut", cast, target.as_ref());
        let base = with_point("cut", &trigger);
        Some(self.named_fault(&fields, base, FaultKind::Cut { restart_after }, target, trigger))
    }

    pub(super) fn crash<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &CRASH)?;
        let target =
            self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::GroupsAndNodes));
        let how = fields.get("how").and_then(|n| self.choice(n, CRASH_HOW)).unwrap_or(CrashHow::Process);
        let restart_after = self.restart_after(&fields);
        let trigger = self.instant_trigger(&fields, "a crash", cast, target.as_ref());
        let base = with_point("crash", &trigger);
        Some(self.named_fault(&fields, base, FaultKind::Crash { how, restart_after }, target, trigger))
    }

    pub(super) fn pause<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &PAUSE)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Groups));
        let lasts =
            self.required(&fields, "for").and_then(|n| self.positive_span(n)).unwrap_or(RESTART_AFTER);
        // The `for` of a pause is its own length, not a window.
        let trigger =
            Trigger { lasts: None, ..self.instant_trigger(&fields, "a pause", cast, target.as_ref()) };
        let base = with_point("pause", &trigger);
        Some(self.named_fault(&fields, base, FaultKind::Pause { lasts }, target, trigger))
    }

    pub(super) fn slow<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &SLOW)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Groups));
        let factor = self.required(&fields, "factor").and_then(|n| self.positive_number(n)).unwrap_or(1.0);
        let trigger = self.spread_trigger(&fields, "a slowdown");
        Some(self.named_fault(&fields, "slow".to_owned(), FaultKind::Slow { factor }, target, trigger))
    }

    pub(super) fn fail<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &FAIL)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Handlers));
        let trigger = self.spread_trigger(&fields, "a failure");
        Some(self.named_fault(&fields, "fail".to_owned(), FaultKind::Fail, target, trigger))
    }

    pub(super) fn poison<'t>(&mut self, node: &'t Node, names: &Names<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &POISON)?;
        let target = self.required(&fields, "of").and_then(|n| {
            let name = self.text(n, "the name of a producer")?;
            if names.producers.contains(&name) {
                return Some(Selector { component: name.to_owned(), instances: None });
            }
            self.unknown_name(&n.place, "producer", name, &names.producers);
            None
        });
        self.required(&fields, "probability");
        let trigger = self.window(&fields);
        Some(self.named_fault(&fields, "poison".to_owned(), FaultKind::Poison, target, trigger))
    }

    fn restart_after(&mut self, fields: &Fields<'_>) -> Span {
        fields.get("restart_after").and_then(|n| self.span(n)).unwrap_or(RESTART_AFTER)
    }
}

fn with_point(kind: &str, trigger: &Trigger) -> String {
    match trigger.when {
        // `#` begins an instance in targets, so it stays out of names.
        Some(point) => format!("{kind}-{}", point_word(point).replace('#', "-")),
        None => kind.to_owned(),
    }
}
