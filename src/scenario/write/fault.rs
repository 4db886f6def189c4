//! Faults, written.

use serde_yaml::Value;

use super::super::fault::point_word;
use super::super::model::{Fault, FaultKind, Level, Selector, Trigger};
use super::super::words::{CRASH_HOW, LEVEL, LINK_MESSAGE, OUTAGE_HOW, word_of};
use super::distribution::distribution;
use super::value::{Map, list, one, text};

/// Each fault, and each level once in place of its members.
pub(super) fn faults(faults: &[Fault]) -> Value {
    let mut levels: Vec<Level> = Vec::new();
    let mut written = Vec::new();
    for fault in faults {
        match fault.level {
            None => written.push(self::fault(fault)),
            Some(level) if levels.contains(&level) => {}
            Some(level) => {
                levels.push(level);
                written.push(one("level", word_of(LEVEL, &level)));
            }
        }
    }
    Value::Sequence(written)
}

fn fault(fault: &Fault) -> Value {
    let map = Map::new().put("name", fault.name.as_str());
    let (kind, map) = match &fault.kind {
        FaultKind::Lose { what } => ("lose", map.put("what", word_of(LINK_MESSAGE, what))),
        FaultKind::Cut { restart_after } => ("cut", map.put("restart_after", text(*restart_after))),
        FaultKind::Crash { how, restart_after } => {
            ("crash", map.put("how", word_of(CRASH_HOW, how)).put("restart_after", text(*restart_after)))
        }
        FaultKind::Pause { lasts } => ("pause", map.put("for", text(*lasts))),
        FaultKind::Slow { factor } => ("slow", map.put("factor", *factor)),
        FaultKind::Fail => ("fail", map),
        FaultKind::Poison => ("poison", map),
        FaultKind::Duplicate { what } => ("duplicate", map.put("what", word_of(LINK_MESSAGE, what))),
        FaultKind::Delay { what, by } => {
            ("delay", map.put("what", word_of(LINK_MESSAGE, what)).put("by", distribution(by)))
        }
        FaultKind::Reorder { what, within } => {
            ("reorder", map.put("what", word_of(LINK_MESSAGE, what)).put("within", text(*within)))
        }
        FaultKind::Partition { between } => {
            let sides = list(between, |side| list(side, |of| Value::from(selector(of))));
            ("partition", map.put("between", sides))
        }
        FaultKind::Outage { how } => ("outage", map.put("how", word_of(OUTAGE_HOW, how))),
        FaultKind::Stall => ("stall", map),
        FaultKind::Evict { share } => ("evict", map.put("share", *share)),
    };
    let whom = if kind == "poison" { "of" } else { "target" };
    let map = match &fault.target {
        Some(target) => map.put(whom, selector(target)),
        None => map,
    };
    one(kind, trigger(map, &fault.trigger))
}

fn selector(selector: &Selector) -> String {
    let component = &selector.component;
    match selector.instances {
        None => component.clone(),
        Some((low, high)) if low == high => format!("{component}#{low}"),
        Some((low, high)) => format!("{component}#{low}-{high}"),
    }
}

fn trigger(mut map: Map, trigger: &Trigger) -> Map {
    if let Some(point) = trigger.when {
        map = map.put("when", point_word(point));
    }
    if let Some(every) = &trigger.every {
        map = map.put("every", distribution(every));
    }
    if let Some(after) = trigger.after {
        map = map.put("after", text(after));
    }
    if let Some(lasts) = trigger.lasts {
        map = map.put("for", text(lasts));
    }
    if let Some(probability) = trigger.probability {
        map = map.put("probability", probability);
    }
    map
}
