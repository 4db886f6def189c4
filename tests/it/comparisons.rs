//! What a comparison claims: more with pairing than without, nothing of equals, and no praise for overselling.

use std::sync::atomic::AtomicBool;

use mqlab::experiment::comparison::{Difference, Finding, differences};
use mqlab::experiment::crew::{Arm, Crew, Outcome};
use mqlab::experiment::headline::{Headline, headline_of};
use mqlab::experiment::pareto::front;
use mqlab::metrics::registry::Better;
use mqlab::report::chart::bars;
use mqlab::report::experiment::{Experiment, conclusion};
use mqlab::scenario::model::Scenario;
use statrs::distribution::{Binomial, DiscreteCDF as _};

use crate::drawing::look_at;
use crate::laboratory::{experiment, scenario};
use crate::scenarios::{read_with, text_of};

fn run(arms: &[Arm<'_>], seeds: &[u64]) -> Outcome {
    let stop = AtomicBool::new(false);
    let crew = Crew::new(Some(2), &|_| {}, &stop).expect("threads are to be had");
    crew.run(arms, seeds).expect("every run ends")
}

fn sentences(outcome: &Outcome, differences: &[Difference]) -> Vec<String> {
    let judged = vec![Vec::new(); outcome.arms.len()];
    conclusion::sentences(&Experiment { judged: &judged, differences, ..experiment(&outcome.arms) })
}

/// Two variants of a shipped scenario under so many seeds.
fn variants(name: &str, wanted: [&str; 2], seeds: u64) -> Outcome {
    let scenario = read_with(name, &text_of(name), &[]).scenario;
    let arms: Vec<Arm<'_>> = wanted
        .iter()
        .map(|name| {
            let found = scenario.variants.iter().find(|variant| variant.name == *name);
            let variant = found.unwrap_or_else(|| panic!("there is no variant `{name}`"));
            Arm { name: &variant.name, scenario: &variant.scenario }
        })
        .collect();
    run(&arms, &(1..=seeds).collect::<Vec<_>>())
}

/// Half-widths of paired intervals over unpaired ones, and what they may be at most. Under seeds 1 to 12 they are
/// 0.34, 0.32, 0.24 and 0.60: both locks meet the same buyers at the same times.
const PAIRED: [(&str, f64); 4] = [
    ("latency_ms.end_to_end.p50", 0.6),
    ("latency_ms.end_to_end.p99", 0.6),
    ("peak_shaving.*.peak_backlog", 0.5),
    ("stores.*.store_calls", 0.8),
];

#[test]
fn pairing_narrows_the_interval_between_two_locks() {
    let found = differences(&variants("ticket_rush", ["pessimistic", "optimistic"], 12));
    let paired = |path: &str| {
        let one = found.iter().find(|one| one.headline.path == path);
        let one = one.unwrap_or_else(|| panic!("`{path}` is compared"));
        one.paired.width_of_unpaired.unwrap_or_else(|| panic!("`{path}` varies"))
    };
    let widths = PAIRED.map(|(path, _)| paired(path));
    assert!(widths.iter().zip(PAIRED).all(|(width, (_, most))| *width < most), "{widths:?}");
}

/// A rush for two hundred tickets: who sells seven hundred has done more messages and nothing better.
#[test]
fn overselling_is_not_praised() {
    let outcome = variants("ticket_rush", ["none", "optimistic"], 6);
    let done = |arm: usize| outcome.arms[arm].measured("outcomes.done");
    assert!(done(0).iter().all(|done| *done > 400.0) && done(1) == [200.0; 6]);
    let found = differences(&outcome);
    let of = |path: &str| {
        let one = found.iter().find(|one| one.headline.path == path);
        one.map(|one| (one.finding(), one.better))
    };
    for path in ["outcomes.done", "throughput.completed", "stores.*.throughput"] {
        assert_eq!(of(path), Some((Finding::Less, Better::Neither)), "{path}");
    }
    assert_eq!(of("balance.*.oversold"), Some((Finding::Less, Better::Lower)));
    let said = sentences(&outcome, &found);
    let (judged, neither) = (&said[0], &said[1]);
    assert!(
        judged.contains("better are oversold, 0 instead of ") && !judged.contains("messages done"),
        "{said:?}"
    );
    let begin = "More is not better where what was not there is sold: in `optimistic`, messages done, 200 instead of ";
    assert!(neither.starts_with(begin), "{said:?}");
    // Nor does selling more, with fewer conflicts, put it in front of who sells what there is.
    let weighed: Vec<&Headline> =
        ["outcomes.done", "stores.*.conflicts"].into_iter().filter_map(headline_of).collect();
    let found = front(&outcome.arms, &weighed).expect("two numbers are weighed");
    let means: Vec<&[f64]> = found.means.iter().flatten().map(Vec::as_slice).collect();
    assert!(means[0][0] > means[1][0] && means[0][1] < means[1][1], "{means:?}");
    assert_eq!(found.members, [0, 1]);
}

/// A key that is forgotten is faster and books twice: what was booked twice is told before what was gained.
#[test]
fn a_trade_begins_with_what_matters_most() {
    let outcome = variants("key_outlived", ["unique key", "key as long as the answer"], 6);
    let said = sentences(&outcome, &differences(&outcome));
    let begin = "`key as long as the answer` against `unique key` is a trade: worse are duplicate effects, ";
    assert!(said[0].starts_with(begin) && said[0].contains("; better are "), "{said:?}");
    // The same arrivals are completed in almost the same time, which no digit shows.
    assert!(!said[0].contains("completed"), "{said:?}");
}

/// Two guards that hold are equally good, and the picture says so.
#[test]
fn equals_are_best_together() {
    let outcome = variants("setnx_traps", ["lease then done", "key for ever before"], 6);
    let others = variants("setnx_traps", ["lease then done", "mark after"], 6);
    let arms = [outcome.arms, others.arms[1..].to_vec()].concat();
    let outcome = Outcome { arms, missing: 0, absent: Vec::new() };
    let found = differences(&outcome);
    let headline = headline_of("ledger.duplicate_effects").expect("it is a headline");
    let scene = bars::draw(&Experiment { differences: &found, ..experiment(&outcome.arms) }, headline);
    let scene = scene.expect("three variants measure it");
    look_at("bars_equals", &scene);
    let title = scene.texts().next().map(|text| text.content.clone()).unwrap_or_default();
    let begin = "Duplicate effects: lease then done and key for ever before are best with 0, the next has ";
    assert!(title.replace('\u{a0}', " ").starts_with(begin), "{title}");
}

/// Where nothing is oversold, who sells fewer is worse.
#[test]
fn selling_fewer_is_worse_where_nothing_is_oversold() {
    let text = text_of("ticket_rush");
    let of = |start: &str| {
        let sets =
            [("consumers.booking.do.0.update.lock", "atomic"), ("stores.shop-db.rows.tickets.start", start)];
        read_with("ticket_rush", &text, &sets).scenario
    };
    let (many, few) = (of("200"), of("150"));
    let arms = [Arm { name: "many", scenario: &many }, Arm { name: "few", scenario: &few }];
    let outcome = run(&arms, &(1..=12).collect::<Vec<_>>());
    let found = differences(&outcome);
    let done = found.iter().find(|one| one.headline.path == "outcomes.done");
    assert_eq!(done.map(|one| (one.finding(), one.better)), Some((Finding::Less, Better::Higher)));
    let said = sentences(&outcome, &found).join("\n");
    assert!(
        said.contains("messages done, 150 instead of 200") && !said.contains("More is not better"),
        "{said}"
    );
}

/// Where nothing is sold, fewer done is worse.
#[test]
fn refusing_messages_is_worse() {
    let shop = |limit: &str| {
        scenario(&format!(
            "run_for: 2s\nuntil: drained\nproducers: {{p: {{arrivals: {{poisson: 300/s}}, do: [publish: q]}}}}\n\
             queues: {{q: {{{limit}}}}}\nconsumers: {{c: {{from: q, do: [work: {{exponential: 5ms}}]}}}}\n"
        ))
    };
    let (roomy, tight) = (shop(""), shop("max_length: 5"));
    let arms = [Arm { name: "roomy", scenario: &roomy }, Arm { name: "tight", scenario: &tight }];
    let outcome = run(&arms, &[1, 2, 3, 4, 5, 6]);
    let found = differences(&outcome);
    let said = sentences(&outcome, &found).join("\n");
    assert!(said.contains("worse are messages done"), "{said}");
}

/// A second of one line, its components called by names, which is where their luck comes from.
fn line([producer, queue, consumer]: [&str; 3]) -> Scenario {
    scenario(&format!(
        "run_for: 1s\nproducers: {{{producer}: {{arrivals: {{poisson: 100/s}}, do: [publish: {queue}]}}}}\n\
         queues: {{{queue}: {{}}}}\nconsumers: {{{consumer}: {{from: {queue}, do: [work: {{exponential: 7ms}}]}}}}\n"
    ))
}

#[test]
fn equals_on_the_same_luck_are_equal_under_any_seeds() {
    let base = line(["p", "q", "c"]);
    let arms = [Arm { name: "one", scenario: &base }, Arm { name: "the same", scenario: &base }];
    for first in [0, 1, 1 << 40, u64::MAX - 4] {
        let seeds: Vec<u64> = (first..=first + 4).collect();
        let outcome = run(&arms, &seeds);
        let found = differences(&outcome);
        assert!(found.len() > 8 && found.iter().all(|one| one.finding() == Finding::Same), "{first}");
        assert_eq!(
            sentences(&outcome, &found),
            ["`the same` and `one` came to the same in each of 5 runs: no difference was found."]
        );
    }
}

/// Families of comparisons between equals on different luck.
const FAMILIES: usize = 400;
const SEEDS: usize = 8;

/// Equals on different luck: one family of comparisons in twenty may claim a difference, whatever the number of
/// comparisons. Of 400 families at exactly 5 %, more than `most` (35) claim one in one of a thousand such tests,
/// by the binomial distribution itself; 8 did when this was written. Unadjusted 69 of them claimed one, which
/// is what Holm is for.
#[test]
fn equals_on_different_luck_are_told_apart_as_rarely_as_advertised() {
    let (one, other) = (line(["p", "q", "c"]), line(["buyers", "orders", "booking"]));
    let arms = [Arm { name: "one", scenario: &one }, Arm { name: "renamed", scenario: &other }];
    let binomial = Binomial::new(0.05, FAMILIES as u64).expect("a probability and a count");
    let most = (0..400).find(|count| binomial.sf(*count) < 0.001).expect("more than all is beyond");
    let outcome = run(&arms, &(0..(FAMILIES * SEEDS) as u64).collect::<Vec<_>>());
    let (mut claimed, mut unadjusted, mut comparisons) = (0, 0, 0);
    for family in 0..FAMILIES {
        let mut part = outcome.clone();
        for arm in &mut part.arms {
            arm.runs = arm.runs[family * SEEDS..][..SEEDS].to_vec();
        }
        let found = differences(&part);
        let is_claimed = |one: &Difference| matches!(one.finding(), Finding::More | Finding::Less);
        claimed += u64::from(found.iter().any(is_claimed));
        unadjusted += u64::from(found.iter().any(|one| one.paired.p.is_some_and(|p| p <= 0.05)));
        comparisons = comparisons.max(found.len());
    }
    assert!(claimed <= most, "{claimed} of {FAMILIES} families claim a difference, {most} may");
    assert!(unadjusted > most, "{unadjusted} of {FAMILIES} families of {comparisons}: no need to adjust");
}
