//! A sweep as written: for each setting the values that it changes in the defaults spelled out in this file.
//!
//! The paths of the first file lead through its shorthands, and a default that depends on another value stands in
//! this one as a value of its own. So what a setting changes is looked up in the cells themselves. Where settings
//! of several axes change the same place, the paths of the first file are kept.

use std::collections::BTreeSet;

use serde_yaml::{Mapping, Value};

use super::super::model::{Axis, Scenario, Sweep};
use super::Writer;
use super::experiment::step;
use super::value::named;

/// Keys of maps and numbers of list items from the top, each as a step of a path.
type Path = Vec<String>;

/// Values by the paths that lead to them.
type Changes = Vec<(Path, Value)>;

/// `sweep:`.
pub(super) fn sweep(base: &Value, sweep: &Sweep) -> Value {
    let trees: Vec<Value> = sweep.cells.iter().map(|cell| tree(&cell.scenario)).collect();
    let changes = changes(base, sweep, &trees).filter(|changes| make_all(base, sweep, &trees, changes));
    let axes: Vec<(String, Value)> = sweep
        .axes
        .iter()
        .enumerate()
        .map(|(at, axis)| {
            let written =
                changes.as_ref().map_or_else(|| as_given(axis), |changes| looked_up(axis, &changes[at]));
            (axis.name.clone(), written)
        })
        .collect();
    Value::Mapping(axes.into_iter().map(|(name, axis)| (Value::from(name), axis)).collect())
}

fn tree(scenario: &Scenario) -> Value {
    Writer { scenario }.scenario()
}

/// For each axis and setting what it changes, seen where all other axes have their first setting; `None` where
/// settings cannot be told apart so.
fn changes(base: &Value, sweep: &Sweep, trees: &[Value]) -> Option<Vec<Vec<Changes>>> {
    let first = trees.first()?;
    let mut stride = trees.len();
    let mut axes: Vec<(Vec<Path>, Vec<&Value>)> = Vec::new();
    for axis in &sweep.axes {
        stride /= axis.settings.len();
        let alone: Vec<&Value> = (0..axis.settings.len()).map(|setting| &trees[setting * stride]).collect();
        let mut paths = BTreeSet::new();
        for other in &alone {
            differing(first, other, &mut Vec::new(), &mut paths);
        }
        axes.push((outermost(paths), alone));
    }
    // What all cells share and the base has not is put in with the first axis.
    let mut shared = BTreeSet::new();
    differing(base, first, &mut Vec::new(), &mut shared);
    shared.retain(|path| !axes.iter().flat_map(|(paths, _)| paths).any(|known| path.starts_with(known)));
    axes.first_mut()?.0.extend(shared);
    let of_axis = |(paths, alone): &(Vec<Path>, Vec<&Value>)| -> Option<Vec<Changes>> {
        let of_setting = |tree: &&Value| -> Option<Changes> {
            paths.iter().map(|path| Some((path.clone(), at(tree, path)?.clone()))).collect()
        };
        alone.iter().map(of_setting).collect()
    };
    axes.iter().map(of_axis).collect()
}

/// Whether the changes make every cell of the base.
fn make_all(base: &Value, sweep: &Sweep, trees: &[Value], changes: &[Vec<Changes>]) -> bool {
    sweep.cells.iter().zip(trees).all(|(cell, tree)| {
        let mut made = base.clone();
        let wanted = cell.at.iter().zip(changes).flat_map(|(setting, changes)| &changes[*setting]);
        for (path, value) in wanted {
            match at_mut(&mut made, path) {
                Some(place) => *place = value.clone(),
                None => return false,
            }
        }
        made == *tree
    })
}

/// Where two trees differ: single values where the structure is the same, else all that is there.
fn differing(a: &Value, b: &Value, path: &mut Path, found: &mut BTreeSet<Path>) {
    if a == b {
        return;
    }
    let children: Option<Vec<(String, &Value, &Value)>> = match (a, b) {
        // The keys of expectations are metrics, whose dots would be read as steps.
        _ if path.first().is_some_and(|key| key == "expect") => None,
        (Value::Mapping(a), Value::Mapping(b)) if a.keys().eq(b.keys()) => {
            let key = |(key, a): (&Value, _)| Some((key.as_str().and_then(step)?, a, b.get(key)?));
            a.iter().map(key).collect()
        }
        (Value::Sequence(a), Value::Sequence(b)) if a.len() == b.len() => {
            Some(a.iter().zip(b).enumerate().map(|(at, (a, b))| (at.to_string(), a, b)).collect())
        }
        _ => None,
    };
    let Some(children) = children else {
        found.insert(path.clone());
        return;
    };
    for (step, a, b) in children {
        path.push(step);
        differing(a, b, path, found);
        path.pop();
    }
}

/// Without those that another one contains; in their order a path stands right before what it contains.
fn outermost(paths: BTreeSet<Path>) -> Vec<Path> {
    let mut kept: Vec<Path> = Vec::new();
    for path in paths {
        if kept.last().is_none_or(|outer| !path.starts_with(outer)) {
            kept.push(path);
        }
    }
    kept
}

fn at<'v>(tree: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(tree, |node, wanted| match node {
        Value::Mapping(map) => {
            let entry = map.iter().find(|(key, _)| key.as_str().and_then(step).as_ref() == Some(wanted))?;
            Some(entry.1)
        }
        Value::Sequence(items) => items.get(wanted.parse::<usize>().ok()?),
        _ => None,
    })
}

fn at_mut<'v>(tree: &'v mut Value, path: &[String]) -> Option<&'v mut Value> {
    path.iter().try_fold(tree, |node, wanted| match node {
        Value::Mapping(map) => {
            let entry =
                map.iter_mut().find(|(key, _)| key.as_str().and_then(step).as_ref() == Some(wanted))?;
            Some(entry.1)
        }
        Value::Sequence(items) => items.get_mut(wanted.parse::<usize>().ok()?),
        _ => None,
    })
}

/// An axis by what its settings change: as a path with its values where that is all, else as sets.
fn looked_up(axis: &Axis, changes: &[Changes]) -> Value {
    let alone = |changes: &Changes| matches!(changes.as_slice(), [(path, _)] if path.join(".") == axis.name);
    if axis.is_path && changes.iter().all(alone) {
        return Value::Sequence(changes.iter().map(|changes| changes[0].1.clone()).collect());
    }
    let settings: Vec<(&String, &Changes)> =
        axis.settings.iter().map(|setting| &setting.name).zip(changes).collect();
    named(&settings, |(name, changes)| {
        let overrides = changes.iter().map(|(path, value)| (Value::from(path.join(".")), value.clone()));
        (*name, Value::Mapping(overrides.collect()))
    })
}

/// An axis with the paths and values of the first file.
fn as_given(axis: &Axis) -> Value {
    let parsed = |yaml: &String| -> Value {
        serde_yaml::from_str(yaml).expect("what was read from YAML and written as such is YAML")
    };
    if axis.is_path {
        return Value::Sequence(
            axis.settings.iter().map(|setting| parsed(&setting.overrides[0].1)).collect(),
        );
    }
    named(&axis.settings, |setting| {
        let overrides: Mapping =
            setting.overrides.iter().map(|(path, yaml)| (Value::from(path.as_str()), parsed(yaml))).collect();
        (&setting.name, Value::Mapping(overrides))
    })
}
