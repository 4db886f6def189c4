//! What a reader should know before believing the numbers of many runs.

use crate::experiment::replications::Replications;
use crate::report::number::group;

/// A sentence each, the arms in order. A single run's own remarks are kept, with its arm's name before them
/// where there are several.
#[must_use]
pub fn remarks(arms: &[Replications]) -> Vec<String> {
    let several = arms.len() > 1;
    let placed = |arm: &Replications, remark: String| {
        if several { format!("{}: {remark}", arm.name) } else { remark }
    };
    let of_arm = |arm: &Replications| -> Vec<String> {
        let found = if arm.runs.len() == 1 { arm.example.remarks.clone() } else { of_many(arm) };
        found.into_iter().map(|remark| placed(arm, remark)).collect()
    };
    arms.iter().flat_map(of_arm).collect()
}

fn of_many(arm: &Replications) -> Vec<String> {
    let mut remarks = Vec::new();
    for name in arm.example.names("faults") {
        let fired: f64 = arm.measured(&format!("faults.{name}.fired")).iter().sum();
        if fired == 0.0 {
            remarks.push(format!("the fault `{name}` never fired in any run"));
        }
    }
    for name in arm.example.names("peak_shaving") {
        let entry = |field: &str| arm.column(&format!("peak_shaving.{name}.{field}")).unwrap_or_default();
        let (out, drain) = (entry("peak_out"), entry("drain_time"));
        let worked = |value: &Option<f64>| value.is_some_and(|value| value > 0.0);
        let backlog = entry("peak_backlog");
        let left = (0..arm.runs.len())
            .filter(|run| worked(&out[*run]) && worked(&backlog[*run]) && drain[*run].is_none());
        let left = left.count();
        if left > 0 {
            let (left, runs) = (group(left as u64), group(arm.runs.len() as u64));
            remarks
                .push(format!("the backlog of `{name}` had not drained at the end of {left} of {runs} runs"));
        }
    }
    remarks
}
