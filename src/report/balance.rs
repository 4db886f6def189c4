//! What became of rows that steps change: the balance card, in words and as tables, and what stores did.
//!
//! Computes nothing that the summary does not hold.

use crate::metrics::store::{Balance, Reckoning, StoreSummary};
use crate::metrics::summary::Summary;

use super::number::{count_of, decimal, group, millis_short, percent};
use super::section::{Row, Section, Tone};

/// A sentence for each table that steps take from, and for each sum that is wrong.
pub(super) fn sentences(summary: &Summary) -> Vec<String> {
    summary.balance.iter().filter_map(sentence).collect()
}

fn sentence(balance: &Balance) -> Option<String> {
    let row = &balance.row;
    match balance.reckoning {
        Reckoning::Stock { start, capacity, accepted, row_change, oversold, forgotten } => {
            let too_many = match oversold {
                0 => String::new(),
                count => format!(", {} too many", whole(count)),
            };
            let left = whole(start - row_change);
            let (were, are) = (
                if accepted == 1 { "was" } else { "were" },
                if start - row_change == 1 { "is" } else { "are" },
            );
            let wrong = match forgotten {
                0 => String::new(),
                count => format!(", and forgets {}", whole(count)),
            };
            let capacity = whole(capacity);
            let accepted = whole(accepted);
            Some(format!(
                "Of {capacity} `{row}`, {accepted} {were} taken{too_many}; the store says {left} {are} left{wrong}."
            ))
        }
        Reckoning::Sum { difference: 0, .. } => None,
        Reckoning::Sum { expected, actual, difference } => Some(format!(
            "`{row}` should have grown by {} and grew by {}: {} {} missing.",
            whole(expected),
            whole(actual),
            whole(difference),
            if difference == 1 { "is" } else { "are" },
        )),
    }
}

/// A whole number in groups of three digits, perhaps below zero.
fn whole(number: i64) -> String {
    let sign = if number < 0 { "−" } else { "" };
    format!("{sign}{}", group(number.unsigned_abs()))
}

/// What was taken.
pub(super) fn stocks(summary: &Summary) -> Section {
    let rows = summary.balance.iter().filter_map(|one| match one.reckoning {
        Reckoning::Stock { start, capacity, accepted, row_change, oversold, forgotten } => {
            let tone = if oversold == 0 && forgotten == 0 { Tone::Good } else { Tone::Bad };
            let cells = [start, capacity, accepted, row_change, oversold, forgotten].map(whole).to_vec();
            Some(Row { name: one.row.clone(), cells, tone })
        }
        Reckoning::Sum { .. } => None,
    });
    Section {
        title: "Balance".into(),
        columns: vec!["start", "capacity", "accepted", "row_change", "oversold", "forgotten"],
        words: Vec::new(),
        rows: rows.collect(),
        note: None,
    }
}

/// What was added.
pub(super) fn sums(summary: &Summary) -> Section {
    let rows = summary.balance.iter().filter_map(|one| match one.reckoning {
        Reckoning::Sum { expected, actual, difference } => {
            let tone = if difference == 0 { Tone::Good } else { Tone::Bad };
            Some(Row {
                name: one.row.clone(),
                cells: [expected, actual, difference].map(whole).to_vec(),
                tone,
            })
        }
        Reckoning::Stock { .. } => None,
    });
    Section {
        title: "Sums".into(),
        columns: vec!["expected", "actual", "difference"],
        words: Vec::new(),
        rows: rows.collect(),
        note: None,
    }
}

/// What stores did.
pub(super) fn stores(summary: &Summary) -> Section {
    let rows = summary.stores.iter().filter(|(_, store)| store.counts.calls > 0);
    Section {
        title: "Stores".into(),
        columns: vec!["calls", "commits", "retries", "conflicts", "deadlocks", "gave up", "lock wait"],
        words: Vec::new(),
        rows: rows
            .clone()
            .map(|(name, store)| Row { name: name.clone(), cells: cells(store), tone: Tone::Plain })
            .collect(),
        note: rows.map(|(name, store)| note(name, store)).reduce(|one, other| format!("{one} {other}")),
    }
}

fn cells(store: &StoreSummary) -> Vec<String> {
    let counts = &store.counts;
    let mut cells =
        [counts.calls, counts.commits, counts.retries, counts.conflicts, counts.deadlocks, counts.gave_up]
            .map(group)
            .to_vec();
    cells.push(store.lock_wait.mean_ms.map_or_else(|| "–".into(), millis_short));
    cells
}

/// The price, and what was busy.
fn note(name: &str, store: &StoreSummary) -> String {
    let mut parts = Vec::new();
    if let Some(calls) = store.store_calls.or(store.cache_calls) {
        parts.push(format!("{} calls for each completed message", decimal(calls)));
    }
    if let Some(rate) = store.throughput {
        parts.push(format!("{} commits a second", decimal(rate)));
    }
    let busy = [
        ("connections", store.utilization),
        ("disks", store.disk_utilization),
        ("CPUs", store.cpu_utilization),
    ];
    let busy = busy.iter().filter_map(|(what, share)| Some(format!("{what} {} busy", percent((*share)?))));
    parts.extend(busy);
    let counts = &store.counts;
    let rare = [
        (counts.overwrites, "overwrite"),
        (counts.lost_updates, "lost update"),
        (counts.lock_timeouts, "lock timeout"),
    ];
    parts.extend(rare.iter().filter(|(count, _)| *count > 0).map(|(count, what)| count_of(*count, what)));
    format!("`{name}`: {}.", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{Balance, Reckoning, sentence};

    fn said(reckoning: Reckoning) -> Option<String> {
        sentence(&Balance { store: "shop-db".into(), row: "tickets".into(), reckoning })
    }

    #[test]
    fn the_balance_is_told_in_words() {
        let stock = |accepted, row_change, oversold, forgotten| {
            said(Reckoning::Stock { start: 200, capacity: 200, accepted, row_change, oversold, forgotten })
        };
        let cases = [
            (stock(200, 200, 0, 0), "Of 200 `tickets`, 200 were taken; the store says 0 are left."),
            (
                stock(346, 200, 146, 146),
                "Of 200 `tickets`, 346 were taken, 146 too many; the store says 0 are left, and forgets 146.",
            ),
            (
                stock(203, 203, 3, 0),
                "Of 200 `tickets`, 203 were taken, 3 too many; the store says −3 are left.",
            ),
            (stock(1, 0, 0, 1), "Of 200 `tickets`, 1 was taken; the store says 200 are left, and forgets 1."),
        ];
        for (said, expected) in cases {
            assert_eq!(said.as_deref(), Some(expected));
        }
        assert_eq!(said(Reckoning::Sum { expected: 3, actual: 3, difference: 0 }), None);
        assert_eq!(
            said(Reckoning::Sum { expected: 3, actual: 2, difference: 1 }).as_deref(),
            Some("`tickets` should have grown by 3 and grew by 2: 1 is missing.")
        );
    }
}
