//! Bad scenarios and the exact text a user sees for each: read it as a user would before changing it.

use crate::diagnostics_support::rendered;

/// Checks what a file gets, warnings included.
fn check(text: &str, expected: &str) {
    check_with(text, &[], expected);
}

/// Checks what a file with overrides gets.
fn check_with(text: &str, overrides: &[(&str, &str)], expected: &str) {
    let shown = rendered(text, overrides);
    assert_eq!(shown.trim(), expected.trim(), "this was shown:\n{shown}\n");
}

#[test]
fn all_mistakes_at_once() {
    check(
        "scenario: Bad
sed: 7
run_for: 30
queues:
  orders: {visibility_timeout: 30s, overflow: reject-publish, dead_letter: ordes}
stores: {}
producers:
  buyers:
    arrivals: {poisson: 100}
consumers:
  booking:
    prefetch: 0
",
        "
error[unknown-key]: a scenario has no key `sed`
 --> test.yaml:2:1
  |
2 | sed: 7
  | ^^^
  |
  = help: did you mean `seed`?

error[bad-duration]: `30` has no unit
 --> test.yaml:3:10
  |
3 | run_for: 30
  |          ^^
  |
  = help: write `30s` for seconds or `30ms` for milliseconds

error[foreign-word]: `visibility_timeout` is a word of SQS
 --> test.yaml:5:12
  |
5 |   orders: {visibility_timeout: 30s, overflow: reject-publish, dead_letter: ordes}
  |            ^^^^^^^^^^^^^^^^^^
  |
  = help: use `ack_timeout` on the queue here

error[foreign-word]: `reject-publish` is a word of RabbitMQ
 --> test.yaml:5:47
  |
5 |   orders: {visibility_timeout: 30s, overflow: reject-publish, dead_letter: ordes}
  |                                               ^^^^^^^^^^^^^^
  |
  = help: write `reject` here

error[unknown-name]: there is no queue `ordes`
 --> test.yaml:5:76
  |
5 |   orders: {visibility_timeout: 30s, overflow: reject-publish, dead_letter: ordes}
  |                                                                            ^^^^^
  |
  = help: did you mean `orders`?

error[not-yet]: `stores` is not part of this version yet
 --> test.yaml:6:1
  |
6 | stores: {}
  | ^^^^^^
  |
  = help: leave it out for now

error[missing-key]: a producer needs `do`
 --> test.yaml:8:3
  |
8 |   buyers:
  |   ^^^^^^
  |
  = help: add `do: [publish: orders]`

error[bad-rate]: `100` has no unit
 --> test.yaml:9:25
  |
9 |     arrivals: {poisson: 100}
  |                         ^^^
  |
  = help: write `100/s` for so many a second

error[missing-key]: a consumer needs `from`
  --> test.yaml:11:3
   |
11 |   booking:
   |   ^^^^^^^
   |
   = help: add `from:`, it takes: queue

error[out-of-range]: a prefetch of 0 would never receive anything
  --> test.yaml:12:15
   |
12 |     prefetch: 0
   |               ^
   |
   = help: for no limit (what AMQP means by 0) write `unlimited`
",
    );
}

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
  = help: it must be from 1 to 100000

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
fn names_are_resolved() {
    check(
        "queues:
  orders: {profile: kafka, dead_letter: ordes}
  bad name: {profile: rabitmq-classic}
producers:
  orders: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: payments]}
network:
  links:
    - {between: [orders, broker], latency: 1ms}
    - {between: [orders, shop], latency: 1ms}
",
        "
error[not-yet]: the profile `kafka` is not part of this version yet
 --> test.yaml:2:21
  |
2 |   orders: {profile: kafka, dead_letter: ordes}
  |                     ^^^^^

error[unknown-name]: there is no queue `ordes`
 --> test.yaml:2:41
  |
2 |   orders: {profile: kafka, dead_letter: ordes}
  |                                         ^^^^^
  |
  = help: did you mean `orders`?

error[bad-name]: `bad name` cannot be a name
 --> test.yaml:3:3
  |
3 |   bad name: {profile: rabitmq-classic}
  |   ^^^^^^^^
  |
  = help: a name has letters, digits, `-`, `_` and `.`, begins with a letter or digit, and has at most 64 characters

error[unknown-value]: `rabitmq-classic` is not one of the values allowed here
 --> test.yaml:3:23
  |
3 |   bad name: {profile: rabitmq-classic}
  |                       ^^^^^^^^^^^^^^^
  |
  = help: did you mean `rabbitmq-classic`?
  = help: allowed are `plain`, `rabbitmq-classic`, `rabbitmq-quorum` or `sqs`

error[name-taken]: the name `orders` is used twice
 --> test.yaml:5:3
  |
2 |   orders: {profile: kafka, dead_letter: ordes}
  |   ------ first here
...
5 |   orders: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: payments]}
  |   ^^^^^^ again here
  |
  = help: queues, producers and consumers share one set of names

error[unknown-name]: there is no queue `payments`
 --> test.yaml:5:61
  |
5 |   orders: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: payments]}
  |                                                             ^^^^^^^^
  |
  = help: there is `orders` and `bad name`

error[unknown-name]: there is no link between `orders` and `broker`
 --> test.yaml:8:7
  |
8 |     - {between: [orders, broker], latency: 1ms}
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: a link joins the broker (or one of its queues) with a producer or a consumer

error[unknown-name]: there is no component `shop`
 --> test.yaml:9:26
  |
9 |     - {between: [orders, shop], latency: 1ms}
  |                          ^^^^
  |
  = help: there is `orders`, `orders`, `bad name` and `broker`

warning[queue-unread]: nobody reads the queue `orders`
 --> test.yaml:2:3
  |
2 |   orders: {profile: kafka, dead_letter: ordes}
  |   ^^^^^^
  |
  = help: no consumer takes `from` it, and it is nobody's `dead_letter`

warning[queue-unread]: nobody reads the queue `bad name`
 --> test.yaml:3:3
  |
3 |   bad name: {profile: rabitmq-classic}
  |   ^^^^^^^^
  |
  = help: no consumer takes `from` it, and it is nobody's `dead_letter`
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

error[not-yet]: striking the broker itself is not part of this version yet
  --> test.yaml:10:19
   |
10 |   - cut: {target: broker, after: 5s}
   |                   ^^^^^^

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

error[not-yet]: the point `key-reserved` is not part of this version yet
  --> test.yaml:15:36
   |
15 |   - crash: {target: booking, when: key-reserved}
   |                                    ^^^^^^^^^^^^

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
fn a_comparison_with_more_is_quoted() {
    check(
        "expect:
  executions: > 100
",
        r#"
error[yaml-syntax]: this is not valid YAML: while scanning a block scalar, did not find expected comment or line break
 --> test.yaml:2:15
  |
2 |   executions: > 100
  |               ^
  |
  = help: quote it: `"> 100"`; a leading `>` means something else to YAML
"#,
    );
}

#[test]
fn an_alias_that_was_none() {
    check(
        "queues:
  orders: {dead_letter: *failed}
",
        r#"
error[yaml-syntax]: this is not valid YAML: while parsing node, found unknown anchor
 --> test.yaml:2:25
  |
2 |   orders: {dead_letter: *failed}
  |                         ^
  |
  = help: quote it: `"*failed"`; a leading `*` means something else to YAML
"#,
    );
}

#[test]
fn tabs_do_not_indent() {
    check(
        "queues:\n\torders: {}\n",
        "
error[yaml-syntax]: this is not valid YAML: tabs disallowed within this context (block indentation)
 --> test.yaml:2:2
  |
2 |     orders: {}
  |     ^
  |
  = help: indent with blanks: YAML allows no tabs
",
    );
}

#[test]
fn an_open_bracket() {
    check(
        "queues: {orders: {}
",
        "
error[yaml-syntax]: this is not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'
 --> test.yaml:1:19
  |
1 | queues: {orders: {}
  |                   ^
  |
  = help: a bracket or brace before this is not closed, or a comma is missing
",
    );
}

#[test]
fn overrides_are_places_too() {
    check_with(
        "queues: {orders: {}}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}
consumers:
  booking: {from: orders, instances: 4, do: [work: 5ms]}
",
        &[
            ("consumers.bookin.prefetch", "5"),
            ("consumers.booking.prefetch", "0"),
            ("consumers.booking.prefech", "3"),
            ("consumers.booking.do.1", "x"),
            ("queues.orders.durable.x", "1"),
            ("a..b", "1"),
            ("run_for", ""),
            ("seed", "> 5"),
        ],
        r#"
error[override-path]: the scenario defines no `bookin`
 --> --set:1:11
  |
1 | consumers.bookin.prefetch=5
  |           ^^^^^^
  |
  = help: did you mean `booking`?

error[override-path]: `1` is not the number of an item
 --> --set:1:22
  |
1 | consumers.booking.do.1=x
  |                      ^
  |
  = help: this list has one item, number 0

error[override-path]: `a..b` is not a path
 --> --set:1:1
  |
1 | a..b=1
  | ^^^^
  |
  = help: a path looks like `consumers.booking.prefetch` or `faults.0.lose.probability`

error[yaml-syntax]: this is not valid YAML: while scanning a block scalar, did not find expected comment or line break
 --> --set:1:6
  |
1 | seed=> 5
  |      ^
  |
  = help: quote it: `"> 5"`; a leading `>` means something else to YAML

error[wrong-type]: expected a duration such as `20ms`, found nothing
 --> --set:1:1
  |
1 | run_for=
  | ^^^^^^^

error[wrong-type]: expected `true` or `false`, found a map
 --> --set:1:15
  |
1 | queues.orders.durable.x=1
  |               ^^^^^^^

error[unknown-key]: a consumer has no key `prefech`
 --> --set:1:19
  |
1 | consumers.booking.prefech=3
  |                   ^^^^^^^
  |
  = help: did you mean `prefetch`?

error[out-of-range]: a prefetch of 0 would never receive anything
 --> --set:1:28
  |
1 | consumers.booking.prefetch=0
  |                            ^
  |
  = help: for no limit (what AMQP means by 0) write `unlimited`
"#,
    );
}

#[test]
fn data_files_have_lines() {
    check(
        "queues: {orders: {}}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}
consumers:
  booking: {from: orders, instances: 4, do: [work: 5ms]}
network:
  latency: {histogram: bad_bins.csv}
  links:
    - {between: [booking, broker], latency: {histogram: bad_columns.csv}}
    - {between: [buyers, broker], latency: {samples: gone.csv}}
",
        "
error[data-line]: `many` is not a count
 --> bad_bins.csv:2:1
  |
2 | 5ms,many
  | ^^^^^^^^

error[data-line]: expected 2 columns, found 1
 --> bad_columns.csv:2:1
  |
2 | 5ms
  | ^^^
  |
 ::: test.yaml:9:57
  |
9 |     - {between: [booking, broker], latency: {histogram: bad_columns.csv}}
  |                                                         --------------- named here

error[data-line]: the upper bound `3ms` does not come after the one before
 --> bad_bins.csv:3:1
  |
3 | 3ms,10
  | ^^^^^^

error[bad-duration]: `7` has no unit
 --> bad_bins.csv:4:1
  |
4 | 7,1
  | ^^^
  |
  = help: write `7s` for seconds or `7ms` for milliseconds

error[data-file]: the file `gone.csv` cannot be read: no such file
  --> test.yaml:10:54
   |
10 |     - {between: [buyers, broker], latency: {samples: gone.csv}}
   |                                                      ^^^^^^^^
",
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

#[test]
fn keys_given_twice() {
    check(
        "seed: 1
queues: {a: {}, a: {}}
seed: 2
",
        "
error[duplicate-key]: the key `a` is given twice
 --> test.yaml:2:17
  |
2 | queues: {a: {}, a: {}}
  |          -      ^ again here
  |          |
  |          first here
  |
  = help: keep one of the two

error[duplicate-key]: the key `seed` is given twice
 --> test.yaml:3:1
  |
1 | seed: 1
  | ---- first here
2 | queues: {a: {}, a: {}}
3 | seed: 2
  | ^^^^ again here
  |
  = help: keep one of the two
",
    );
}

#[test]
fn columns_count_characters() {
    check(
        "scenario: 数据 é
queues: {数据: {durable: vielleicht}}
",
        "
error[missing-key]: a scenario needs `producers`
 --> test.yaml:1:1
  |
1 | scenario: 数据 é
  | ^
  |
  = help: add `producers:`, it takes: map of producers

error[unknown-value]: `vielleicht` is not one of the values allowed here
 --> test.yaml:2:24
  |
2 | queues: {数据: {durable: vielleicht}}
  |                          ^^^^^^^^^^
  |
  = help: allowed are `true` or `false`

warning[queue-unread]: nobody reads the queue `数据`
 --> test.yaml:2:10
  |
2 | queues: {数据: {durable: vielleicht}}
  |          ^^^^
  |
  = help: no consumer takes `from` it, and it is nobody's `dead_letter`
",
    );
}

#[test]
fn what_is_questionable_is_a_warning() {
    check(
        "queues:
  orders: {profile: rabbitmq-classic, ack_timeout: 5s, dedup_window: 1min}
  forgotten: {}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}
consumers:
  booking: {from: orders, prefetch: 5, concurrency: 10, ack: {batch: 50, every: 1s}}
faults:
  - lose: {what: ack, target: booking, probability: 2%}
",
        "
warning[ack-timeout-too-fine]: RabbitMQ 4.2 (classic queue) cannot check an ack timeout of `5s`
 --> test.yaml:2:52
  |
2 |   orders: {profile: rabbitmq-classic, ack_timeout: 5s, dedup_window: 1min}
  |                                                    ^^
  |
  = help: it notices after `1min` at the earliest; here `ack_timeout_check` is `1min`

warning[dedup-not-native]: RabbitMQ 4.2 (classic queue) has no dedup window of its own
 --> test.yaml:2:56
  |
2 |   orders: {profile: rabbitmq-classic, ack_timeout: 5s, dedup_window: 1min}
  |                                                        ^^^^^^^^^^^^

warning[queue-unread]: nobody reads the queue `forgotten`
 --> test.yaml:3:3
  |
3 |   forgotten: {}
  |   ^^^^^^^^^
  |
  = help: no consumer takes `from` it, and it is nobody's `dead_letter`

warning[concurrency-above-prefetch]: of 10 handlers at most 5 can run
 --> test.yaml:7:53
  |
7 |   booking: {from: orders, prefetch: 5, concurrency: 10, ack: {batch: 50, every: 1s}}
  |                                                     ^^
  |
  = help: the prefetch is 5: raise it to 10 or more

warning[batch-above-prefetch]: a batch of 50 acks never fills, because the prefetch is 5
 --> test.yaml:7:62
  |
7 |   booking: {from: orders, prefetch: 5, concurrency: 10, ack: {batch: 50, every: 1s}}
  |                                                              ^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: raise the prefetch to 50 or more

warning[lost-ack-unrealistic]: on RabbitMQ 4.2 (classic queue) a single ack does not vanish while its connection stays up
 --> test.yaml:9:18
  |
9 |   - lose: {what: ack, target: booking, probability: 2%}
  |                  ^^^
  |
  = help: the fault that happens there is `cut: {target: …, when: before-ack, probability: 2%}`
",
    );
}
