//! Faults: what they do, whom they strike and when, and their public names.
//!
//! - `link`: messages on links, and partitions
//! - `component`: producers, consumers and their handlers
//! - `broker`: outages, stalls and evictions
//! - `trigger`: which combinations of times and probabilities make sense for a kind
//!
//! Strikes nobody itself.

mod broker;
mod component;
mod link;
mod trigger;

use std::collections::{BTreeMap, BTreeSet};

use super::diagnostic::quoted;
use super::level::mix;
use super::model::{Fault, FaultKind, Point, Selector, Trigger};
use super::names::{Names, check_name};
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::FAULT_LIST;
use super::source::Place;
use super::target::Cast;
use super::tree::{Entry, Node};
use super::words::{LEVEL, word_of};

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
        let mut levels = BTreeMap::new();
        let mut read: Vec<Unnamed<'_>> = Vec::new();
        for item in items {
            let Some(fields) = self.fields(item, &FAULT_LIST) else { continue };
            let kinds: Vec<&str> = FAULT_LIST.names().collect();
            let Some(entry) = self.one_of(&fields, &kinds) else { continue };
            if entry.key == "level" {
                read.extend(self.level(&entry.node, cast, &mut levels));
            } else {
                read.extend(self.fault(entry, cast, names));
            }
        }
        self.settle_names(read)
    }

    fn fault<'t>(&mut self, entry: &'t Entry, cast: &Cast<'_>, names: &Names<'_>) -> Option<Unnamed<'t>> {
        let Entry { key, node, .. } = entry;
        match key.as_str() {
            "lose" => self.lose(node, cast),
            "duplicate" => self.duplicate(node, cast),
            "delay" => self.delay(node, cast),
            "reorder" => self.reorder(node, cast),
            "partition" => self.partition(node, cast),
            "outage" => self.outage(node, cast),
            "stall" => self.stall(node, cast),
            "evict" => self.evict(node, cast),
            "cut" => self.cut(node, cast),
            "crash" => self.crash(node, cast),
            "pause" => self.pause(node, cast),
            "slow" => self.slow(node, cast),
            "fail" => self.fail(node, cast),
            _ => self.poison(node, names),
        }
    }

    /// The faults that a level stands for; `seen` holds the levels so far.
    fn level<'t>(
        &mut self,
        node: &'t Node,
        cast: &Cast<'_>,
        seen: &mut BTreeMap<&'static str, &'t Place>,
    ) -> Vec<Unnamed<'t>> {
        let Some(level) = self.choice(node, LEVEL) else { return Vec::new() };
        let word = word_of(LEVEL, &level);
        if let Some(first) = seen.insert(word, &node.place) {
            self.error(&registry::NAME_TAKEN, &node.place, format!("the level `{word}` is given twice"))
                .label("again here")
                .also(first, "first here");
            return Vec::new();
        }
        let of_level =
            |fault: Fault| Fault { name: format!("{word}-{}", fault.name), level: Some(level), ..fault };
        mix(level, cast).into_iter().map(|fault| Unnamed { given: None, fault: of_level(fault) }).collect()
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

/// How a point is written.
pub(super) fn point_word(point: Point) -> String {
    match point {
        Point::Received => "received".to_owned(),
        Point::Worked(0) => "worked".to_owned(),
        Point::Worked(number) => format!("worked#{number}"),
        Point::KeyReserved => "key-reserved".to_owned(),
        Point::KeyMarked => "key-marked".to_owned(),
        Point::Locked => "locked".to_owned(),
        Point::Applied(0) => "applied".to_owned(),
        Point::Applied(number) => format!("applied#{number}"),
        Point::BeforeAck => "before-ack".to_owned(),
        Point::Acked => "acked".to_owned(),
    }
}
