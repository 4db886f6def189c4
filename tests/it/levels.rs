//! Levels of faults: what they are made of, and what they do to a run.

use std::collections::BTreeSet;

use mqlab::metrics::summary::Summary;
use mqlab::scenario::level::{INGREDIENTS, Often};
use mqlab::scenario::model::{Distribution, FaultKind};

use crate::laboratory::{run, scenario};

fn text(seed: u64, faults: &str) -> String {
    format!(
        "seed: {seed}\nrun_for: 60s\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
         producers: {{p: {{instances: 2, arrivals: {{poisson: 50/s}}, do: [work: 1ms, publish: {{to: q, \
         confirm: {{timeout: 100ms, retries: 20, backoff: {{base: 50ms, factor: 2, cap: 2s}}}}}}]}}}}\n\
         queues: {{q: {{ack_timeout: 5s}}}}\n\
         consumers: {{c: {{instances: 4, from: q, do: [work: {{exponential: 20ms}}]}}}}\nfaults: [{faults}]\n"
    )
}

fn fired(summary: &Summary) -> u64 {
    summary.faults.iter().map(|(_, count)| count.fired).sum()
}

#[test]
fn a_level_is_a_list_of_ordinary_faults() {
    let names = |level: &str| -> Vec<String> {
        scenario(&text(1, &format!("{{level: {level}}}")))
            .faults
            .iter()
            .map(|fault| fault.name.clone())
            .collect()
    };
    assert_eq!(names("none"), Vec::<String>::new());
    let expected = |level: &str| -> Vec<String> {
        let present = INGREDIENTS.iter().filter(|ingredient| {
            // What a plain queue on one node without a disk has no use for.
            !["lose-request", "lose-reply", "stall", "partition-nodes"].contains(&ingredient.name)
        });
        present.map(|ingredient| format!("{level}-{}", ingredient.name)).collect()
    };
    for level in ["light", "heavy", "swarm"] {
        assert_eq!(names(level), expected(level));
    }
}

#[test]
fn a_cluster_has_more_that_can_fail() {
    let cluster = text(1, "{level: heavy}") + "broker: {nodes: 3, replication: quorum, fsync: 2ms}\n";
    let found: BTreeSet<String> = scenario(&cluster).faults.iter().map(|fault| fault.name.clone()).collect();
    assert!(found.contains("heavy-stall") && found.contains("heavy-partition-nodes"));
}

#[test]
fn doses_grow_from_light_to_heavy() {
    for ingredient in INGREDIENTS {
        let is_more = match (ingredient.light.often, ingredient.heavy.often) {
            (Often::Share(light), Often::Share(heavy)) => light < heavy && heavy <= 0.1,
            (Often::Every(light), Often::Every(heavy)) => light > heavy,
            _ => false,
        };
        assert!(is_more && ingredient.light.span <= ingredient.heavy.span, "{}", ingredient.name);
    }
    for fault in scenario(&text(1, "{level: heavy}")).faults {
        if let FaultKind::Crash { .. } = fault.kind {
            let Some(Distribution::Exponential { mean }) = fault.trigger.every else {
                panic!("it comes again")
            };
            assert!(mean.as_seconds() <= 60.0, "a minute sees some");
        }
    }
}

#[test]
fn the_heavier_the_level_the_more_goes_wrong() {
    let calm = run(&text(1, ""));
    let [none, light, heavy] =
        ["none", "light", "heavy"].map(|level| run(&text(1, &format!("{{level: {level}}}"))));
    assert_eq!(none.trace_hash, calm.trace_hash);
    assert!(fired(&light) > 5 && fired(&heavy) > 8 * fired(&light), "{} {}", fired(&light), fired(&heavy));
    assert!(light.ledger.duplicate_executions < heavy.ledger.duplicate_executions);
    // Confirms, acks and a timeout keep every message, however bad the day, but those that died with their
    // producer before they were confirmed: many, where they waited in it for a broker that was gone.
    for summary in [&light, &heavy] {
        assert_eq!(summary.ledger.lost_confirmed, 0);
        assert!(summary.outcomes.lost < 100, "{} lost", summary.outcomes.lost);
    }
}

/// Under `swarm` a fault is off with one seed and frequent with another.
#[test]
fn a_swarm_differs_from_seed_to_seed() {
    let seeds = 60;
    let (mut silent, mut frequent) = (0, 0);
    for seed in 0..seeds {
        let summary = run(&text(seed, "{level: swarm}").replace("run_for: 60s", "run_for: 20s"));
        let of = |name: &str| {
            let found = summary.faults.iter().find(|(known, _)| known == name);
            found.unwrap_or_else(|| panic!("there is no {name}")).1.fired
        };
        silent += u32::from(of("swarm-lose-publish") == 0);
        // Heavy loses 2 % of some 1 000 publishes, so about 20.
        frequent += u32::from(of("swarm-lose-publish") > 40);
    }
    // Off with one half: 30, give or take four standard errors of 3.9. Twice as frequent or more with
    // (1 − log10 2)/4 = 17 %: 10, give or take 12.
    assert!((15..=46).contains(&silent), "{silent}");
    assert!((2..=22).contains(&frequent), "{frequent}");
}

#[test]
fn a_swarm_is_the_same_twice() {
    let text = text(3, "{level: swarm}");
    assert_eq!(run(&text).trace_hash, run(&text).trace_hash);
}
