//! README's tables of faults and levels are those of the code.

use std::fs;
use std::path::Path;

use mqlab::scenario::level::{Dose, INGREDIENTS, Often};
use mqlab::scenario::shape::{
    CRASH, CUT, DELAY, DUPLICATE, EVICT, FAIL, FAULT_LIST, LOSE, OUTAGE, PARTITION, PAUSE, POISON, REORDER,
    SLOW, STALL, Shape,
};

const SHAPES: [(&str, &Shape); 14] = [
    ("lose", &LOSE),
    ("duplicate", &DUPLICATE),
    ("delay", &DELAY),
    ("reorder", &REORDER),
    ("partition", &PARTITION),
    ("outage", &OUTAGE),
    ("stall", &STALL),
    ("evict", &EVICT),
    ("cut", &CUT),
    ("crash", &CRASH),
    ("pause", &PAUSE),
    ("slow", &SLOW),
    ("fail", &FAIL),
    ("poison", &POISON),
];

/// The rows of both tables as README has to show them.
fn rows() -> Vec<String> {
    let mut rows = Vec::new();
    for key in FAULT_LIST.keys {
        let keys = match SHAPES.iter().find(|(name, _)| *name == key.name) {
            Some((_, shape)) => keys(shape),
            None => key.takes.to_owned(),
        };
        rows.push(format!("| `{}` | {} | {keys} |", key.name, key.about));
    }
    for ingredient in INGREDIENTS {
        let [light, heavy] = [ingredient.light, ingredient.heavy].map(dose);
        rows.push(format!("| `{}` | {} | {light} | {heavy} |", ingredient.name, ingredient.about));
    }
    rows
}

fn keys(shape: &Shape) -> String {
    let keys = shape.keys.iter().filter(|key| key.name != "name").map(|key| {
        if key.default == "required" { format!("**`{}`**", key.name) } else { format!("`{}`", key.name) }
    });
    keys.collect::<Vec<_>>().join(", ")
}

fn dose(dose: Dose) -> String {
    let often = match dose.often {
        Often::Share(share) => format!("{} %", (share * 1000.0).round() / 10.0),
        Often::Every(mean) => format!("every {mean}"),
    };
    if dose.span.is_zero() { often } else { format!("{often}, {}", dose.span) }
}

#[test]
fn the_readme_has_every_fault_and_every_dose() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(readme) = fs::read_to_string(root.join("README.md")) else { return };
    let lines: Vec<&str> = readme.lines().collect();
    let missing: Vec<String> = rows().into_iter().filter(|row| !lines.contains(&row.as_str())).collect();
    assert!(missing.is_empty(), "README lacks these rows:\n{}", missing.join("\n"));
}
