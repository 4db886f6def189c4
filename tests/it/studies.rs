//! What is concluded from grids: who leads from where to where, what the matrix shows, and what is advised.

use std::sync::atomic::AtomicBool;

use mqlab::experiment::advice::rules::{Rules, arriving};
use mqlab::experiment::advice::{Advice, advise};
use mqlab::experiment::crew::{Arm, Crew, Outcome};
use mqlab::experiment::statistics::proportion::clopper_pearson;
use mqlab::quantity::Span;
use mqlab::report::experiment::grid::Grid;
use mqlab::report::experiment::study::{Study, sentences, studies};
use mqlab::report::experiment::{Experiment, pictures};
use mqlab::scenario::model::Scenario;

use crate::laboratory::{experiment, run, scenario, try_scenario};
use crate::scenarios::shipped_scenario;

/// Does something with a crew of two.
fn with_crew<T>(work: impl FnOnce(&Crew<'_>) -> T) -> T {
    let (stop, told) = (AtomicBool::new(false), |_: usize| {});
    work(&Crew::new(Some(2), &told, &stop).expect("there are threads"))
}

/// Every cell under so many seeds.
fn runs(scenario: &Scenario, seeds: u64) -> Outcome {
    let arms: Vec<Arm<'_>> = scenario.sweep.cells.iter().map(Arm::of_cell).collect();
    let seeds: Vec<u64> = (1..=seeds).collect();
    with_crew(|crew| crew.run(&arms, &seeds).expect("every run ends"))
}

fn of_grid<'a>(outcome: &'a Outcome, grid: Grid<'a>) -> Experiment<'a> {
    Experiment { grid: Some(grid), ..experiment(&outcome.arms) }
}

/// One worker takes 10 ms for each message: it completes the smaller of the rate and 100 a second. Two workers get
/// every other message only (its producer knows, so nothing is lost): half of the rate, up to 200 a second. They
/// are equal at 200 a second.
const CROSSING: &str = "\
run_for: 20s
queues: {orders: {max_length: 20, overflow: reject}}
producers:
  buyers: {arrivals: {poisson: 50/s}, do: [publish: {to: orders, confirm: {timeout: 100ms, retries: 0}}]}
consumers:
  booking: {from: orders, do: [work: 10ms]}
sweep:
  producers.buyers.arrivals.poisson: [50/s, 100/s, 150/s, 250/s, 400/s]
  way:
    one: {}
    two, for every other:
      consumers.booking.instances: 2
      faults: [{lose: {what: publish, target: buyers, probability: 50%}}]
";

#[test]
fn the_lead_passes_where_theory_says() {
    let scenario = scenario(CROSSING);
    let outcome = runs(&scenario, 8);
    let grid = Grid { axes: &scenario.sweep.axes, absent: &[], front: None, advice: None };
    let experiment = of_grid(&outcome, grid);
    let found = studies(&experiment, &grid);
    let [study] = found.as_slice() else { panic!("one study, as nothing else is varied") };
    let leaders: Vec<Vec<usize>> =
        study.leads.iter().map(|lead| lead.as_ref().expect("it was measured").leaders.clone()).collect();
    assert_eq!(leaders, [[0], [0], [0], [1], [1]]);
    let [crossover] = study.crossovers.as_slice() else { panic!("one crossover: {:?}", study.crossovers) };
    assert_eq!((crossover.from, crossover.to), (0, 1));
    // Linear between 150 and 250 a second, where both means are straight lines: exact but for chance.
    assert!((crossover.at - 200.0).abs() < 4.0, "{crossover:?}");
    assert!((crossover.value - 100.0).abs() < 2.0, "{crossover:?}");
    let told = sentences(&experiment, &grid).join(" ");
    assert!(told.contains("`one` at poisson = 50 to 150/s"), "{told}");
    assert!(told.contains("`two, for every other` overtakes `one` at about poisson = 200/s"), "{told}");
    let charts = pictures::draw(&experiment, &grid);
    assert!(charts[0].title.contains("overtakes one at about poisson = 200/s"), "{}", charts[0].title);
}

/// Two names for the same thing: nobody leads, and no crossover is made up.
#[test]
fn equals_do_not_overtake_each_other() {
    let same = CROSSING.replace("      consumers.booking.instances: 2\n", "").replace("50%}}]", "0%}}]");
    let scenario = scenario(&same);
    let outcome = runs(&scenario, 4);
    let grid = Grid { axes: &scenario.sweep.axes, absent: &[], front: None, advice: None };
    let experiment = of_grid(&outcome, grid);
    let found: Vec<Study<'_>> = studies(&experiment, &grid);
    assert!(found[0].crossovers.is_empty());
    assert!(found[0].leads.iter().flatten().all(|lead| lead.leaders == [0, 1]));
}

/// What the shipped matrix is there to show, in every one of its runs.
#[test]
fn the_matrix_shows_that_locks_and_guards_are_independent() {
    let scenario = shipped_scenario("lock_and_idempotency");
    let outcome = runs(&scenario, 3);
    for (cell, arm) in scenario.sweep.cells.iter().zip(&outcome.arms) {
        let [lock, guard, faults] = cell.at[..] else { panic!("three axes") };
        let all = |path: &str, wanted: fn(f64) -> bool| {
            let values = arm.measured(path);
            assert!(values.iter().all(|value| wanted(*value)), "{}: {path} {values:?}", cell.name);
        };
        let none: fn(f64) -> bool = |value| value == 0.0;
        let positive: fn(f64) -> bool = |value| value > 0.0;
        // Whatever the guard, a lock decides about overselling, and whatever the lock, a guard about repeating.
        let sells_too_much = if lock == 0 { positive } else { none };
        all("balance.shop-db.tickets.oversold", sells_too_much);
        let repeats = matches!((guard, faults), (0, 1 | 2) | (3, 2));
        all("ledger.duplicate_effects", if repeats { positive } else { none });
        let loses = (guard, faults) == (2, 2);
        all("outcomes.lost", if loses { positive } else { none });
    }
}

const WISH: &str = "\
run_for: 20s
network: {latency: 1ms}
queues: {orders: {ack_timeout: 5s}}
producers:
  buyers: {arrivals: {poisson: 60/s}, do: [publish: orders]}
consumers:
  booking: {instances: 2, from: orders, do: [work: {exponential: 20ms}]}
faults:
  - crash: {target: booking, when: before-ack, probability: 0.5%, restart_after: 1s}
expect:
  end_to_end.p99: < 0.5s
  lost: 0
advise: {consumer: booking, sure: 60%}
sweep:
  consumers.booking.instances: [1, 2, 3]
  consumers.booking.prefetch: [1, 10]
  queues.orders.ack_timeout: [2s]
";

fn advice(scenario: &Scenario, seeds: u64) -> Advice {
    let wish = scenario.advise.as_ref().expect("advice is asked for");
    let outcome = runs(scenario, seeds);
    let rules = Rules::of(scenario, wish, 60.0);
    with_crew(|crew| advise(scenario, rules, &outcome, crew))
        .expect("every run ends")
        .expect("there are cells")
}

/// The share that is told comes from seeds that did not choose: what 200 others do lies within its interval.
#[test]
fn a_recommendation_holds_as_often_as_it_says() {
    let scenario = scenario(WISH);
    let advice = advice(&scenario, 40);
    let choice = advice.choice.expect("three instances are enough");
    let cell = &scenario.sweep.cells[choice.cell];
    assert!(advice.met[choice.cell].share() >= 0.6);
    let as_good = scenario.sweep.cells.iter().zip(&advice.met).filter(|(other, met)| {
        other.scenario.consumers[0].instances == cell.scenario.consumers[0].instances
            && **met == advice.met[choice.cell]
    });
    assert_eq!(choice.as_good, as_good.count());
    let cheaper =
        scenario.sweep.cells.iter().zip(&advice.met).filter(|(other, _)| {
            other.scenario.consumers[0].instances < cell.scenario.consumers[0].instances
        });
    assert!(
        cheaper.clone().count() > 0 && cheaper.clone().all(|(_, met)| met.share() < 0.6),
        "{:?}",
        advice.met
    );
    let seeds: Vec<u64> = (1_001..=1_200).collect();
    let outcome = with_crew(|crew| crew.run(&[Arm::of_cell(cell)], &seeds).expect("every run ends"));
    let met = |run: usize| {
        let arm = &outcome.arms[0];
        let value = |path: &str| arm.column(path).expect("it is measured")[run].expect("in every run");
        value("latency_ms.end_to_end.p99") < 500.0 && value("outcomes.lost") == 0.0
    };
    let share =
        f64::from(u32::try_from((0..200).filter(|run| met(*run)).count()).expect("at most 200")) / 200.0;
    let told = clopper_pearson(choice.unseen.runs, choice.unseen.of).expect("it ran");
    assert!(told.contains(share), "{share} is not in {told:?}");
}

#[test]
fn nothing_is_recommended_that_misses_the_goals() {
    let scenario = scenario(&WISH.replace("< 0.5s", "< 1ms"));
    let advice = advice(&scenario, 5);
    assert_eq!(advice.choice, None);
    assert!(advice.met.iter().all(|met| met.runs == 0));
}

#[test]
fn rules_of_thumb_are_made_of_the_scenarios_own_numbers() {
    let steady =
        scenario(&WISH.replace("{exponential: 20ms}", "20ms").replace("latency: 1ms", "latency: 25ms"));
    let wish = steady.advise.as_ref().expect("advice is asked for");
    let rules = Rules::of(&steady, wish, 60.0);
    let millis = Span::from_millis;
    assert_eq!((rules.mean, rules.p99, rules.longest), (millis(20), millis(20), millis(20)));
    assert_eq!(rules.round_trip, millis(50));
    // 20 ms and a heartbeat of 60 s, rounded up to two digits.
    let timeouts: Vec<Span> = rules.ack_timeouts.iter().map(|(_, timeout)| *timeout).collect();
    assert_eq!(timeouts, [millis(120), millis(40), millis(61_000)]);
    let prefetches: Vec<u64> = rules.prefetches.iter().map(|(_, prefetch)| *prefetch).collect();
    assert_eq!(prefetches, [1, 3, 20, 50]);
    // 60 a second of 20 ms keep 1.2 instances busy: 1.33, 1.71 and 2.4 at 90, 70 and 50 %.
    assert_eq!(rules.instances(1), [2, 3]);
    let random = scenario(WISH);
    let rules = Rules::of(&random, random.advise.as_ref().expect("advice is asked for"), 60.0);
    // Exponential: the p99 is ln 100 = 4.605 means; 100 000 draws know both within about 1 %.
    let ratio = rules.p99.as_seconds() / rules.mean.as_seconds();
    assert!((ratio - 4.605).abs() < 0.1 && (rules.mean.as_seconds() - 0.02).abs() < 0.000_3, "{rules:?}");
}

/// Of 80 messages a second every other one is for the advised consumer: 40 a second, and none while it drains.
#[test]
fn the_rate_is_what_comes_into_the_consumers_own_queue() {
    let text = "\
run_for: 10s
until: drained
queues: {orders: {}, mails: {}}
producers:
  buyers: {arrivals: {every: 25ms}, do: [publish: orders]}
  others: {arrivals: {every: 25ms}, do: [publish: mails]}
consumers:
  booking: {from: orders, do: [work: 100ms]}
  mailer: {from: mails, do: [work: 10ms]}
expect: {lost: 0}
advise: {consumer: booking}
";
    let scenario = scenario(text);
    let wish = scenario.advise.as_ref().expect("advice is asked for");
    let summary = run(text);
    assert!(summary.ended_at.as_seconds() > 20.0, "it drains long");
    let rate = arriving(&scenario, wish, &summary);
    assert!((39.0..=41.0).contains(&rate), "{rate}");
}

#[test]
fn wishes_that_cannot_be_advised_on_are_shown_in_place() {
    let wrong = |from: &str, to: &str| {
        let text = WISH.replace(from, to);
        assert_ne!(text, WISH);
        try_scenario(&text).expect_err(to)
    };
    let cases = [
        ("consumer: booking", "consumer: bookin", "did you mean `booking`?"),
        ("consumer: booking, ", "", "needs `consumer`"),
        ("sure: 60%", "sure: 60", "error["),
        ("sure: 60%", "prefetch: [0]", "out of range"),
        ("sure: 60%", "ack_timeout: [0s]", "longer than no time"),
        ("sure: 60%", "hurry: yes", "no key `hurry`"),
        ("expect:\n  end_to_end.p99: < 0.5s\n  lost: 0\n", "", "there is nothing to aim at"),
        ("orders: {ack_timeout: 5s}", "orders: {kind: log}", "name a consumer of a queue"),
    ];
    for (from, to, complaint) in cases {
        let found = wrong(from, to);
        assert!(found.contains(complaint), "{to}: {found}");
    }
}
