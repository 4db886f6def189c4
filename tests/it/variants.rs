//! `variants:` and `runs:`: what they make of a file, how they are written back, and what mistakes get.

use mqlab::scenario::model::{Runs, Variant};
use mqlab::scenario::to_yaml;

use crate::diagnostics_support::{check, check_with, complaints, read_text, rendered};

const SHOP: &str = "\
run_for: 10s
queues: {orders: {}}
producers:
  buyers: {arrivals: {poisson: 50/s}, do: [publish: orders]}
consumers:
  booking: {from: orders, prefetch: 5}
";

fn variants(text: &str) -> Vec<Variant> {
    read_text(text, &[]).unwrap_or_else(|_| panic!("{}", rendered(text, &[]))).scenario.variants
}

#[test]
fn each_variant_is_the_whole_file_with_its_overrides() {
    let text = format!(
        "{SHOP}variants:\n  as it is: {{}}\n  one by one: {{consumers.booking.prefetch: 1, queues.orders: {{max_length: 9}}}}\n"
    );
    let found = variants(&text);
    let names: Vec<&str> = found.iter().map(|variant| variant.name.as_str()).collect();
    assert_eq!(names, ["as it is", "one by one"]);
    let base = read_text(SHOP, &[]).expect("it is sound").scenario;
    assert_eq!(found[0].scenario, base);
    assert_eq!(found[1].scenario.consumers[0].prefetch, Some(1));
    assert_eq!(found[1].scenario.queues[0].max_length, Some(9));
    assert_eq!(found[1].scenario.producers, base.producers);
}

#[test]
fn options_come_before_variants() {
    let text = format!("{SHOP}variants:\n  slow: {{consumers.booking.do: [work: 5ms]}}\n");
    let checked =
        read_text(&text, &[("consumers.booking.prefetch", "7"), ("seed", "3")]).expect("it is sound");
    let variant = &checked.scenario.variants[0].scenario;
    assert_eq!((variant.consumers[0].prefetch, variant.seed), (Some(7), 3));
    let set = read_text(&text, &[("variants.slow", "{consumers.booking.prefetch: 2}")]).expect("it is sound");
    assert_eq!(set.scenario.variants[0].scenario.consumers[0].prefetch, Some(2));
}

#[test]
fn runs_are_a_count_or_a_precision() {
    let runs =
        |runs: &str| read_text(&format!("{SHOP}runs: {runs}\n"), &[]).map(|checked| checked.scenario.runs);
    assert_eq!(runs("200").ok(), Some(Runs::Count(200)));
    let until = Runs::Until { of: "rates.loss_rate.value".into(), within: 0.05 };
    assert_eq!(runs("{until: {of: loss_rate, within: 5%}}").ok(), Some(until));
    assert_eq!(read_text(SHOP, &[]).map(|checked| checked.scenario.runs).ok(), Some(Runs::Count(1)));
    for (wrong, id) in [
        ("0", "out-of-range"),
        ("many", "bad-number"),
        ("{until: {of: loss_rate}}", "missing-key"),
        ("{until: {of: los_rate, within: 5%}}", "unknown-metric"),
        ("{until: {of: loss_rate, within: 0%}}", "out-of-range"),
        ("{till: {}}", "unknown-key"),
    ] {
        let found = complaints(&format!("{SHOP}runs: {wrong}\n"), &[]);
        assert!(found.iter().any(|one| one.id() == id), "{wrong}: {found:?}");
    }
}

#[test]
fn what_is_written_reads_the_same() {
    let text = format!(
        "{SHOP}faults:\n  - fail: {{target: booking, probability: 1%}}\nexpect: {{lost: 0, end_to_end.p99: < 5s}}\n\
         runs: {{until: {{of: loss_rate, within: 5%}}}}\nvariants:\n  base: {{}}\n\
         \x20 more: {{producers.buyers.arrivals.poisson: 80/s, expect.end_to_end.p99: < 9s, about: Others.}}\n\
         \x20 other: {{faults: [], consumers.booking.do: [work: 5ms, work: 2ms], network.latency: 1ms}}\n\
         \x20 named: {{faults.0.fail.probability: 3%, producers.buyers.message.headers: {{\"a.b\": c}}}}\n"
    );
    let first = read_text(&text, &[]).unwrap_or_else(|_| panic!("{}", rendered(&text, &[]))).scenario;
    let written = to_yaml(&first);
    let again = read_text(&written, &[]).unwrap_or_else(|_| panic!("{}\n{written}", rendered(&written, &[])));
    assert_eq!(again.scenario, first, "{written}");
    assert_eq!(to_yaml(&again.scenario), written);
}

#[test]
fn a_path_that_matches_nothing_is_shown_in_its_variant() {
    check(
        &format!("{SHOP}variants:\n  careful: {{consumers.bookin.prefetch: 1}}\n"),
        "\
error[override-path]: the scenario defines no `bookin`
 --> test.yaml:8:23
  |
8 |   careful: {consumers.bookin.prefetch: 1}
  |   -------             ^^^^^^
  |   |
  |   in the variant `careful`
  |
  = help: did you mean `booking`?
",
    );
}

#[test]
fn a_wrong_value_is_shown_in_its_variant_and_only_there() {
    check(
        &format!(
            "{SHOP}variants:\n  fine: {{}}\n  none: {{consumers.booking.prefetch: 0, \"queues.orders.ack_timout\": 5s}}\n"
        ),
        "\
error[out-of-range]: a prefetch of 0 would never receive anything
 --> test.yaml:9:38
  |
9 |   none: {consumers.booking.prefetch: 0, \"queues.orders.ack_timout\": 5s}
  |   ---- in the variant `none`         ^
  |
  = help: for no limit (what AMQP means by 0) write `unlimited`

error[unknown-key]: a queue has no key `ack_timout`
 --> test.yaml:9:41
  |
9 |   none: {consumers.booking.prefetch: 0, \"queues.orders.ack_timout\": 5s}
  |   ---- in the variant `none`            ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: did you mean `ack_timeout`?
",
    );
}

#[test]
fn a_mistake_that_a_variant_makes_elsewhere_names_it() {
    check(
        &format!("{SHOP}variants:\n  moved: {{queues: {{others: {{}}}}}}\n"),
        "\
error[unknown-name]: there is no queue `orders`
 --> test.yaml:4:53
  |
4 |   buyers: {arrivals: {poisson: 50/s}, do: [publish: orders]}
  |                                                     ^^^^^^
...
8 |   moved: {queues: {others: {}}}
  |   ----- in the variant `moved`
  |
  = help: did you mean `others`?

error[unknown-name]: there is no queue `orders`
 --> test.yaml:6:19
  |
6 |   booking: {from: orders, prefetch: 5}
  |                   ^^^^^^
7 | variants:
8 |   moved: {queues: {others: {}}}
  |   ----- in the variant `moved`
  |
  = help: did you mean `others`?
",
    );
}

#[test]
fn a_variant_has_no_seed_of_its_own() {
    check(
        &format!("{SHOP}variants:\n  lucky: {{seed: 9}}\n  \"\": {{}}\n"),
        "\
error[variant-misfit]: a variant has no `seed` of its own
 --> test.yaml:8:11
  |
8 |   lucky: {seed: 9}
  |   -----   ^^^^
  |   |
  |   in the variant `lucky`
  |
  = help: it is the same for the whole file: say it at the top

error[bad-name]: `` cannot name a variant
 --> test.yaml:9:3
  |
9 |   \"\": {}
  |   ^^
  |
  = help: a name has 1 to 64 characters on one line
",
    );
}

#[test]
fn a_warning_that_only_a_variant_deserves_names_it() {
    check_with(
        &format!("{SHOP}variants:\n  wide: {{consumers.booking.concurrency: 9}}\n"),
        &[],
        "\
warning[concurrency-above-prefetch]: of 9 handlers at most 5 can run
 --> test.yaml:8:41
  |
8 |   wide: {consumers.booking.concurrency: 9}
  |   ---- in the variant `wide`            ^
  |
  = help: the prefetch is 5: raise it to 9 or more
",
    );
}

#[test]
fn mistakes_of_the_file_are_said_once() {
    let text = format!("{SHOP}sed: 7\nvariants:\n  a: {{}}\n  b: {{}}\n  c: 5\n");
    let ids: Vec<&str> =
        complaints(&text, &[]).iter().map(mqlab::scenario::diagnostic::Diagnostic::id).collect();
    assert_eq!(ids, ["unknown-key", "wrong-type"]);
}
