//! What a user sees of values, faults, arrivals and expectations that make no sense.
//! Read the text as a user would before changing it.

#![expect(clippy::too_many_lines, reason = "the exact text is long")]

use crate::diagnostics_support::check;

#[test]
fn values_say_what_is_missing() {
    check(
        "seed: 1.5
run_for: 5 sec
warm_up: soon
until: drain
producers:
  buyers:
    instances: -3
    arrivals: {poisson: 100/sec}
    message: {ttl: 0s, persistent: maybe}
    do:
      - work: 5m
      - work: {uniform: [5ms, 1ms]}
      - work: {erlang: {k: 0, mean: 99999999h}}
      - {work: 1ms, publish: orders}
      - publish: {to: orders, confirm: true}
",
        "
error[bad-number]: `1.5` is not a whole number
 --> test.yaml:1:7
  |
1 | seed: 1.5
  |       ^^^
  |
  = help: write the digits out, as in `100_000`

error[bad-duration]: `sec` is no unit of time
 --> test.yaml:2:10
  |
2 | run_for: 5 sec
  |          ^^^^^
  |
  = help: write `s`

error[bad-duration]: `soon` is not a duration
 --> test.yaml:3:10
  |
3 | warm_up: soon
  |          ^^^^
  |
  = help: a duration is a number with a unit: `250us`, `1.5s`, `1h 30min`

error[unknown-value]: `drain` is not one of the values allowed here
 --> test.yaml:4:8
  |
4 | until: drain
  |        ^^^^^
  |
  = help: did you mean `drained`?
  = help: allowed are `run_for` or `drained`

error[out-of-range]: `-3` is out of range
 --> test.yaml:7:16
  |
7 |     instances: -3
  |                ^^
  |
  = help: it must be from 1 to 1000000

error[bad-rate]: `sec` is no unit of time
 --> test.yaml:8:25
  |
8 |     arrivals: {poisson: 100/sec}
  |                         ^^^^^^^
  |
  = help: write `s`

error[out-of-range]: this must be longer than no time
 --> test.yaml:9:20
  |
9 |     message: {ttl: 0s, persistent: maybe}
  |                    ^^

error[unknown-value]: `maybe` is not one of the values allowed here
 --> test.yaml:9:36
  |
9 |     message: {ttl: 0s, persistent: maybe}
  |                                    ^^^^^
  |
  = help: allowed are `true` or `false`

error[bad-duration]: `m` is no unit of time
  --> test.yaml:11:15
   |
11 |       - work: 5m
   |               ^^
   |
   = help: for minutes write `min`, for milliseconds `ms`

error[bad-distribution]: `5ms` is more than `1ms`
  --> test.yaml:12:25
   |
12 |       - work: {uniform: [5ms, 1ms]}
   |                         ^^^^^^^^^^
   |
   = help: the lower bound comes first

error[out-of-range]: `0` is out of range
  --> test.yaml:13:28
   |
13 |       - work: {erlang: {k: 0, mean: 99999999h}}
   |                            ^
   |
   = help: it must be from 1 to 10000

error[time-overflow]: `99999999h` is beyond the end of virtual time
  --> test.yaml:13:37
   |
13 |       - work: {erlang: {k: 0, mean: 99999999h}}
   |                                     ^^^^^^^^^
   |
   = help: at most about 584 years

error[choose-one]: a step is either `work` or `publish`, not both
  --> test.yaml:14:21
   |
14 |       - {work: 1ms, publish: orders}
   |          ----       ^^^^^^^
   |          |
   |          the other one

error[unknown-name]: there is no queue `orders`
  --> test.yaml:15:23
   |
15 |       - publish: {to: orders, confirm: true}
   |                       ^^^^^^
   |
   = help: the file defines no queue

error[wrong-type]: `true` does not say how a confirm is waited for
  --> test.yaml:15:40
   |
15 |       - publish: {to: orders, confirm: true}
   |                                        ^^^^
   |
   = help: write `confirm: {timeout: 200ms, retries: 3, backoff: 50ms}`, or leave `confirm` out
",
    );
}

#[test]
fn dead_letters_may_not_circle() {
    check(
        "queues:
  a: {dead_letter: b}
  b: {dead_letter: c}
  c: {dead_letter: b}
  self: {dead_letter: self, message_ttl: 5s}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: a]}
",
        "
error[dead-letter-cycle]: dead letters go round in a circle: b → c → b
 --> test.yaml:4:20
  |
4 |   c: {dead_letter: b}
  |                    ^
  |
  = help: let the last queue keep them: remove its `dead_letter`
  = help: for a delayed retry give one of the queues a `message_ttl`

warning[queue-unread]: nobody reads the queue `a`
 --> test.yaml:2:3
  |
2 |   a: {dead_letter: b}
  |   ^
  |
  = help: no consumer takes `from` it, and it is nobody's `dead_letter`

warning[dead-letter-loop]: dead letters come back after a while: self → self
 --> test.yaml:5:23
  |
5 |   self: {dead_letter: self, message_ttl: 5s}
  |                       ^^^^
  |
  = help: a message nobody can handle goes round until `max_deliveries` or the end of the run
",
    );
}

#[test]
fn faults_need_a_target_and_a_time() {
    check(
        "queues: {orders: {}}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}
consumers:
  booking: {from: orders, instances: 4, do: [work: 5ms]}
faults:
  - crash: {target: booking, probability: 2}
  - crash: {target: booking#2-9, after: 5s, for: 3s}
  - cut: {target: buyers, when: before-ack}
  - cut: {target: broker, after: 5s}
  - pause: {target: orders, every: 0s, for: 3s}
  - lose: {what: basic.ack, target: buyers, probability: 1%}
  - lose: {what: ack, target: buyers}
  - crash: {target: booking, when: worked#1}
  - crash: {target: booking, when: key-reserved}
  - slow: {target: boking, factor: 0, probability: 101%}
  - fail: {name: twice, target: booking, probability: 1%}
  - poison: {name: twice, of: booking, probability: 1%}
",
        "
error[bad-probability]: `2` is above one
 --> test.yaml:7:43
  |
7 |   - crash: {target: booking, probability: 2}
  |                                           ^
  |
  = help: for 2 percent write `2%`

error[no-such-instance]: there is no `booking#2-9`
 --> test.yaml:8:21
  |
8 |   - crash: {target: booking#2-9, after: 5s, for: 3s}
  |                     ^^^^^^^^^^^
  |
  = help: `booking` has 4 instances, `booking#0` to `booking#3`

error[fault-trigger]: a crash at one time cannot last
 --> test.yaml:8:45
  |
8 |   - crash: {target: booking#2-9, after: 5s, for: 3s}
  |                                             ^^^
  |
  = help: how long it is away is `restart_after`

error[no-such-point]: `buyers` has no handlers, and points are places in a handler
 --> test.yaml:9:33
  |
9 |   - cut: {target: buyers, when: before-ack}
  |                                 ^^^^^^^^^^
  |
  = help: for a producer use `after: 15s` or `every: 60s`

error[fault-target]: this fault strikes producers and consumers, not the broker
  --> test.yaml:10:19
   |
10 |   - cut: {target: broker, after: 5s}
   |                   ^^^^^^
   |
   = help: the broker is struck by `crash`, `outage`, `stall` and `partition`

error[fault-target]: `orders` is a queue, and this fault cannot strike it
  --> test.yaml:11:21
   |
11 |   - pause: {target: orders, every: 0s, for: 3s}
   |                     ^^^^^^
   |
   = help: it can strike `booking` or `buyers`

error[out-of-range]: this must be longer than no time
  --> test.yaml:11:36
   |
11 |   - pause: {target: orders, every: 0s, for: 3s}
   |                                    ^^

error[foreign-word]: `basic.ack` is a word of AMQP and Kafka
  --> test.yaml:12:18
   |
12 |   - lose: {what: basic.ack, target: buyers, probability: 1%}
   |                  ^^^^^^^^^
   |
   = help: write `ack` here

error[fault-trigger]: nothing says when a loss happens
  --> test.yaml:13:5
   |
13 |   - lose: {what: ack, target: buyers}
   |     ^^^^
   |
   = help: add `probability: 2%`, or a window of time: `after: 10s` and `for: 5s`

error[fault-target]: `buyers` is a producer, and this fault strikes consumers
  --> test.yaml:13:31
   |
13 |   - lose: {what: ack, target: buyers}
   |                               ^^^^^^

error[no-such-point]: there is no `worked#1` in `booking`, whose `do` has 1 `work` step
  --> test.yaml:14:36
   |
14 |   - crash: {target: booking, when: worked#1}
   |                                    ^^^^^^^^
   |
   = help: its points are `received`, `worked`, `applied`, `before-ack`, `acked`

error[no-such-point]: no key is reserved in `booking`: its `idempotency` does not set one beforehand
  --> test.yaml:15:36
   |
15 |   - crash: {target: booking, when: key-reserved}
   |                                    ^^^^^^^^^^^^
   |
   = help: its points are `received`, `worked`, `applied`, `before-ack`, `acked`

error[unknown-name]: there is no producer or consumer `boking`
  --> test.yaml:16:20
   |
16 |   - slow: {target: boking, factor: 0, probability: 101%}
   |                    ^^^^^^
   |
   = help: did you mean `booking`?

error[out-of-range]: `0` is not above zero
  --> test.yaml:16:36
   |
16 |   - slow: {target: boking, factor: 0, probability: 101%}
   |                                    ^

error[bad-probability]: `101%` is above one
  --> test.yaml:16:52
   |
16 |   - slow: {target: boking, factor: 0, probability: 101%}
   |                                                    ^^^^
   |
   = help: a probability is between 0% and 100%, or between 0 and 1

error[name-taken]: the name `twice` is used twice
  --> test.yaml:18:20
   |
18 |   - poison: {name: twice, of: booking, probability: 1%}
   |                    ^^^^^
   |
   = help: every fault has its own name

error[unknown-name]: there is no producer `booking`
  --> test.yaml:18:31
   |
18 |   - poison: {name: twice, of: booking, probability: 1%}
   |                               ^^^^^^^
   |
   = help: there is `buyers`
",
    );
}

#[test]
fn expectations_name_metrics_and_bounds() {
    check(
        r#"queues: {orders: {}}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}
consumers:
  booking: {from: orders, instances: 4, do: [work: 5ms]}
faults:
  - lose: {what: ack, probability: 2%}
expect:
  lots: 0
  p99: < 5s
  lost: few
  wait.mean: 20ms..10ms
  faults.lose-akc.fired: 1
  duplicate_effects: {is: "> 3", needs: [faults.nothing]}
"#,
        r#"
error[unknown-metric]: there is no metric `lots`
 --> test.yaml:9:3
  |
9 |   lots: 0
  |   ^^^^
  |
  = help: did you mean `lost`?

error[ambiguous-metric]: `p99` fits 2 metrics
  --> test.yaml:10:3
   |
10 |   p99: < 5s
   |   ^^^
   |
   = help: write `latency_ms.end_to_end.p99` or `latency_ms.queue_wait.p99`

error[bad-bound]: `few` is not a number
  --> test.yaml:11:9
   |
11 |   lost: few
   |         ^^^
   |
   = help: a bound is a value, a comparison or a range: `0`, `<= 10`, `">= 3"`, `1..5`

error[bad-bound]: this range is empty
  --> test.yaml:12:14
   |
12 |   wait.mean: 20ms..10ms
   |              ^^^^^^^^^^
   |
   = help: the lower end comes first

error[unknown-metric]: there is no metric `faults.lose-akc.fired`
  --> test.yaml:13:3
   |
13 |   faults.lose-akc.fired: 1
   |   ^^^^^^^^^^^^^^^^^^^^^
   |
   = help: did you mean `faults.lose-ack.fired`?

error[unknown-name]: there is no fault `nothing`
  --> test.yaml:14:42
   |
14 |   duplicate_effects: {is: "> 3", needs: [faults.nothing]}
   |                                          ^^^^^^^^^^^^^^
   |
   = help: there is `lose-ack`
"#,
    );
}

#[test]
fn phases_end_before_others_begin() {
    check(
        "until: drained
queues: {orders: {}}
producers:
  late: {arrivals: [{poisson: 5/s}, {for: 10s, at_once: 5}], do: [publish: orders]}
",
        "
error[phase-after-endless]: this phase never begins
 --> test.yaml:4:37
  |
4 |   late: {arrivals: [{poisson: 5/s}, {for: 10s, at_once: 5}], do: [publish: orders]}
  |                     --------------  ^^^^^^^^^^^^^^^^^^^^^^
  |                     |
  |                     this one has no `for`, so it goes on to the end
  |
  = help: say how long the earlier phase lasts, as in `for: 10s`

warning[queue-unread]: nobody reads the queue `orders`
 --> test.yaml:2:10
  |
2 | queues: {orders: {}}
  |          ^^^^^^
  |
  = help: no consumer takes `from` it, and it is nobody's `dead_letter`
",
    );
}

#[test]
fn a_drain_needs_an_end() {
    check(
        "until: drained
queues: {orders: {}}
producers:
  buyers: {arrivals: {users: 5, think: 1s}, do: [publish: orders]}
consumers:
  booking: {from: orders}
",
        "
error[endless-drain]: the arrivals never end, so nothing drains
 --> test.yaml:1:8
  |
1 | until: drained
  |        ^^^^^^^
...
4 |   buyers: {arrivals: {users: 5, think: 1s}, do: [publish: orders]}
  |   ------ this producer goes on for ever
  |
  = help: say how long arrivals come, as in `run_for: 60s`, or give the last phase a `for:`
",
    );
}
