//! Faults: what they do, whom they strike and when, and their public names.
//!
//! Which combinations make sense for a kind is decided here, in [`Reader::instant_trigger`] and
//! [`Reader::spread_trigger`]. Strikes nobody itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::quantity::Span;

use super::diagnostic::quoted;
use super::model::{CrashHow, Fault, FaultKind, LinkMessage, Point, Selector, Trigger};
use super::names::{Names, check_name};
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{CRASH, CUT, FAIL, FAULT_LIST, LOSE, PAUSE, POISON, SLOW};
use super::source::Place;
use super::target::{Cast, Hits};
use super::tree::{Entry, Node};
use super::words::{CRASH_HOW, LINK_MESSAGE, word_of};

/// When a crashed instance or a cut connection comes back, where the file does not say.
const RESTART_AFTER: Span = Span::from_seconds(1);

/// A fault whose name is not settled yet.
struct Unnamed<'t> {
    /// From `name:`, cleaned, with its place.
    given: Option<(String, &'t Place)>,
    fault: Fault,
}

impl Reader<'_> {
    /// `faults:`.
    pub(super) fn faults(&mut self, node: Option<&Node>, cast: &Cast<'_>, names: &Names<'_>) -> Vec<Fault> {
        let items = self.list(node, "faults, as in `- lose: {what: ack, probability: 2%}`");
        let read: Vec<Unnamed<'_>> = items.iter().filter_map(|item| self.fault(item, cast, names)).collect();
        self.settle_names(read)
    }

    fn fault<'t>(&mut self, node: &'t Node, cast: &Cast<'_>, names: &Names<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &FAULT_LIST)?;
        let kinds: Vec<&str> = FAULT_LIST.names().collect();
        let Entry { key, node, .. } = self.one_of(&fields, &kinds)?;
        match key.as_str() {
            "lose" => self.lose(node, cast),
            "cut" => self.cut(node, cast),
            "crash" => self.crash(node, cast),
            "pause" => self.pause(node, cast),
            "slow" => self.slow(node, cast),
            "fail" => self.fail(node, cast),
            _ => self.poison(node, names),
        }
    }

    fn lose<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &LOSE)?;
        let what = self.required(&fields, "what").and_then(|n| self.choice(n, LINK_MESSAGE));
        let hits = match what {
            Some(LinkMessage::Delivery | LinkMessage::Ack | LinkMessage::Nack) => Hits::ConsumerLinks,
            _ => Hits::Links,
        };
        let target = fields.get("target").and_then(|n| self.target(n, cast, hits));
        let trigger = self.spread_trigger(&fields, "a loss");
        let what = what?;
        if what == LinkMessage::Ack {
            self.question_lost_ack(&fields, cast, target.as_ref());
        }
        let base = format!("lose-{}", word_of(LINK_MESSAGE, &what));
        Some(self.named_fault(&fields, base, FaultKind::Lose { what }, target, trigger))
    }

    fn cut<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &CUT)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Groups));
        let restart_after = self.restart_after(&fields);
        let trigger = self.instant_trigger(&fields, "a cut", cast, target.as_ref());
        let base = with_point("cut", &trigger);
        Some(self.named_fault(&fields, base, FaultKind::Cut { restart_after }, target, trigger))
    }

    fn crash<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &CRASH)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Groups));
        let how = fields.get("how").and_then(|n| self.choice(n, CRASH_HOW)).unwrap_or(CrashHow::Process);
        let restart_after = self.restart_after(&fields);
        let trigger = self.instant_trigger(&fields, "a crash", cast, target.as_ref());
        let base = with_point("crash", &trigger);
        Some(self.named_fault(&fields, base, FaultKind::Crash { how, restart_after }, target, trigger))
    }

    fn pause<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
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

    fn slow<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &SLOW)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Groups));
        let factor = self.required(&fields, "factor").and_then(|n| self.positive_number(n)).unwrap_or(1.0);
        let trigger = self.spread_trigger(&fields, "a slowdown");
        Some(self.named_fault(&fields, "slow".to_owned(), FaultKind::Slow { factor }, target, trigger))
    }

    fn fail<'t>(&mut self, node: &'t Node, cast: &Cast<'_>) -> Option<Unnamed<'t>> {
        let fields = self.fields(node, &FAIL)?;
        let target = self.required(&fields, "target").and_then(|n| self.target(n, cast, Hits::Consumers));
        let trigger = self.spread_trigger(&fields, "a failure");
        Some(self.named_fault(&fields, "fail".to_owned(), FaultKind::Fail, target, trigger))
    }

    fn poison<'t>(&mut self, node: &'t Node, names: &Names<'_>) -> Option<Unnamed<'t>> {
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

    /// For faults that strike at an instant: exactly one of a point, a time, and again and again.
    fn instant_trigger(
        &mut self,
        fields: &Fields<'_>,
        what: &str,
        cast: &Cast<'_>,
        target: Option<&Selector>,
    ) -> Trigger {
        let before = self.errors();
        let when = fields.get("when").and_then(|n| self.point(n, cast, target));
        let every = fields.get("every").and_then(|n| self.gap(n));
        let trigger = Trigger { when, every, ..self.window(fields) };
        if self.errors() > before {
            return trigger;
        }
        let place = fields.place();
        match (fields.entry("when"), fields.entry("every"), &trigger) {
            (Some(when), Some(every), _) => {
                let message = format!("{what} comes either at a point or again and again, not both");
                self.error(&registry::FAULT_TRIGGER, &every.place, message)
                    .also(&when.place, "the other one");
            }
            (None, None, Trigger { after: None, probability: None, .. }) => {
                let message = format!("nothing says when {what} happens");
                self.error(&registry::FAULT_TRIGGER, place, message)
                    .help("add `when: before-ack`, `after: 15s` or `every: 60s`");
            }
            (None, _, Trigger { probability: Some(_), .. }) => {
                let message = format!("a probability of {what} needs the point where it is rolled");
                let place = fields.entry("probability").map_or(place, |entry| &entry.place);
                self.error(&registry::FAULT_TRIGGER, place, message)
                    .help("add `when: before-ack`, or say how often with `every: {exponential: 60s}`");
            }
            (None, None, Trigger { lasts: Some(_), .. }) if what != "a pause" => {
                let message = format!("{what} at one time cannot last");
                let place = fields.entry("for").map_or(place, |entry| &entry.place);
                self.error(&registry::FAULT_TRIGGER, place, message)
                    .help("how long it is away is `restart_after`");
            }
            _ => {}
        }
        trigger
    }

    /// For faults that strike at every opportunity: by a probability, in a window of time, or both.
    fn spread_trigger(&mut self, fields: &Fields<'_>, what: &str) -> Trigger {
        let given = ["probability", "after", "for"].iter().any(|name| fields.get(name).is_some());
        if !given {
            let message = format!("nothing says when {what} happens");
            self.error(&registry::FAULT_TRIGGER, fields.place(), message)
                .help("add `probability: 2%`, or a window of time: `after: 10s` and `for: 5s`");
        }
        self.window(fields)
    }

    fn window(&mut self, fields: &Fields<'_>) -> Trigger {
        Trigger {
            after: fields.get("after").and_then(|n| self.span(n)),
            lasts: fields.get("for").and_then(|n| self.positive_span(n)),
            probability: fields.get("probability").and_then(|n| self.share(n)),
            ..Trigger::default()
        }
    }

    fn named_fault<'t>(
        &mut self,
        fields: &Fields<'t>,
        base: String,
        kind: FaultKind,
        target: Option<Selector>,
        trigger: Trigger,
    ) -> Unnamed<'t> {
        let given = fields.get("name").and_then(|node| {
            let name = self.text(node, "a name")?.replace(char::is_whitespace, "-");
            check_name(self, &node.place, &name);
            Some((name, &node.place))
        });
        Unnamed { given, fault: Fault { name: base, kind, target, trigger, level: None } }
    }

    /// Names given come first; the others get what is left, with a number where it is taken.
    fn settle_names(&mut self, faults: Vec<Unnamed<'_>>) -> Vec<Fault> {
        let mut taken: BTreeSet<String> = BTreeSet::new();
        for (name, place) in faults.iter().filter_map(|fault| fault.given.as_ref()) {
            if !taken.insert(name.clone()) {
                let message = format!("the name {} is used twice", quoted(name));
                self.error(&registry::NAME_TAKEN, place, message).help("every fault has its own name");
            }
        }
        let mut next: BTreeMap<String, u64> = BTreeMap::new();
        let settle = |Unnamed { given, fault }: Unnamed<'_>| {
            let name = given.map_or_else(|| free_name(&fault.name, &taken, &mut next), |(name, _)| name);
            taken.insert(name.clone());
            Fault { name, ..fault }
        };
        faults.into_iter().map(settle).collect()
    }

    /// Warns about a lost ack on a connection that would not survive it.
    fn question_lost_ack(&mut self, fields: &Fields<'_>, cast: &Cast<'_>, target: Option<&Selector>) {
        let Some(described) = cast.reliable_link(target) else { return };
        let Some(what) = fields.get("what") else { return };
        let message = format!("on {described} a single ack does not vanish while its connection stays up");
        self.warning(&registry::LOST_ACK_UNREALISTIC, &what.place, message)
            .help("the fault that happens there is `cut: {target: …, when: before-ack, probability: 2%}`");
    }
}

/// The first of `base`, `base-2`, `base-3` … that is free, given the next number of each base.
fn free_name(base: &str, taken: &BTreeSet<String>, next: &mut BTreeMap<String, u64>) -> String {
    let number = next.entry(base.to_owned()).or_insert(1);
    loop {
        let name = if *number == 1 { base.to_owned() } else { format!("{base}-{number}") };
        *number += 1;
        if !taken.contains(&name) {
            return name;
        }
    }
}

fn with_point(kind: &str, trigger: &Trigger) -> String {
    match trigger.when {
        // `#` begins an instance in targets, so it stays out of names.
        Some(point) => format!("{kind}-{}", point_word(point).replace('#', "-")),
        None => kind.to_owned(),
    }
}

/// How a point is written.
pub(super) fn point_word(point: Point) -> String {
    match point {
        Point::Received => "received".to_owned(),
        Point::Worked(0) => "worked".to_owned(),
        Point::Worked(number) => format!("worked#{number}"),
        Point::Applied => "applied".to_owned(),
        Point::BeforeAck => "before-ack".to_owned(),
        Point::Acked => "acked".to_owned(),
    }
}
