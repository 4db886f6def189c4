//! What a user sees of mistakes in the text, in names, in overrides and in data files.
//! Read the text as a user would before changing it.

use crate::diagnostics_support::{check, check_with};

#[test]
fn all_mistakes_at_once() {
    check(
        "scenario: Bad
sed: 7
run_for: 30
queues:
  orders: {visibility_timeout: 30s, overflow: reject-publish, dead_letter: ordes}
sweep: {}
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
   = help: add `from:`, it takes: queue or log

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
fn names_are_resolved() {
    check(
        "queues:
  orders: {profile: plain, dead_letter: ordes}
  bad name: {profile: rabitmq-classic}
producers:
  orders: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: payments]}
network:
  links:
    - {between: [orders, broker], latency: 1ms}
    - {between: [orders, shop], latency: 1ms}
",
        "
error[unknown-name]: there is no queue `ordes`
 --> test.yaml:2:41
  |
2 |   orders: {profile: plain, dead_letter: ordes}
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
  = help: allowed are `plain`, `rabbitmq-classic`, `rabbitmq-quorum`, `kafka`, `sqs`, `sqs-fifo`, `jetstream`, `rocketmq`, `redis-streams` or `pulsar`

error[name-taken]: the name `orders` is used twice
 --> test.yaml:5:3
  |
2 |   orders: {profile: plain, dead_letter: ordes}
  |   ------ first here
...
5 |   orders: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: payments]}
  |   ^^^^^^ again here
  |
  = help: queues, exchanges, stores, services, producers and consumers share one set of names

error[unknown-name]: there is no queue `payments`
 --> test.yaml:5:61
  |
5 |   orders: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: payments]}
  |                                                             ^^^^^^^^
  |
  = help: there is `bad name` and `orders`

error[unknown-name]: there is no link between `orders` and `broker`
 --> test.yaml:8:7
  |
8 |     - {between: [orders, broker], latency: 1ms}
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: a link joins the broker (or one of its queues), a service or a store, with who talks to it

error[unknown-name]: there is no component `shop`
 --> test.yaml:9:26
  |
9 |     - {between: [orders, shop], latency: 1ms}
  |                          ^^^^
  |
  = help: there is `bad name`, `broker` and `orders`

warning[queue-unread]: nobody reads the queue `orders`
 --> test.yaml:2:3
  |
2 |   orders: {profile: plain, dead_letter: ordes}
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
