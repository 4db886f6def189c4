//! What bad scenarios get, as exact text.

use crate::diagnostics_support::rendered;

#[test]
fn scratch() {
    println!("{}", rendered(include_str!("data/everything.yaml"), &[]));
    println!("{}", rendered(include_str!("data/ten_lines.yaml"), &[]));
    let bad = "scenario: Bad
sed: 7
run_for: 30
queues:
  orders: {visibility_timeout: 30s, overflow: reject-publish, dead_letter: ordes}
  a.b: {profile: kafka}
stores: {}
producers:
  buyers:
    arrivals: {poisson: 100}
    do:
      - publish: {to: orders, confirm: true}
      - work: 5m
consumers:
  booking: {from: ordes, prefetch: 0, do: [work: {lognormal: {mean: 1ms, p99: 20ms}}]}
faults:
  - crash: {target: booking#4, after: 5s}
  - lose: {what: ack, probability: 2}
expect:
  lots: 0
  p99: < 5s
";
    println!("{}", rendered(bad, &[("consumers.bookin.prefetch", "5"), ("seed", "{a: b}"), ("network.links.0", "5")]));
    for bad in ["expect:\n  executions: > 100\n", "x: *.paid\n", "a: 1\n\tb: 2\n", "a: [1, 2\n", "expect: {a: > 3}", "seed: 1\n---\nseed: 2\n", "seed: 1\nseed: 2", "é: {a: 1}\nrun_for: [数, 1]\n"] {
        println!("=== {bad}\n{}", rendered(bad, &[]));
    }
}
