//! What a user sees of mistakes with exchanges, the broker's nodes, and their faults.
//! Read the text as a user would before changing it.

#![expect(clippy::too_many_lines, reason = "the exact text is long")]

use crate::diagnostics_support::check;

#[test]
fn exchanges_and_their_bindings_fit() {
    check(
        "exchanges:
  all:
    kind: headers
    bindings: [{to: orders}, {to: orders, headers: {}}]
  shop:
    kind: direct
    bindings:
      - {to: ordes, routing_key: a}
      - {match: any, headers: {a: b}, routing_key: c, to: all}
      - routing_key: #.paid
        to: orders
    alternate: orders
  news: {kind: topik}
  users: {kind: fanout, bindings: [{routing_key: a, to: orders}], type: topic}
queues:
  orders: {dead_letter: shop, x-max-priority: 10}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: {to: shpo, routing_key: a, same_message: true}]}
consumers:
  booking: {from: shop}
",
        "
error[missing-key]: a binding needs `headers`
 --> test.yaml:4:16
  |
4 |     bindings: [{to: orders}, {to: orders, headers: {}}]
  |                ^^^^^^^^^^^^
  |
  = help: add `headers:`, it takes: map of texts

error[binding-misfit]: this binding names no header to look at
 --> test.yaml:4:52
  |
4 |     bindings: [{to: orders}, {to: orders, headers: {}}]
  |                                                    ^^
  |
  = help: as in `headers: {kind: order}`

error[unknown-name]: there is no queue or exchange `ordes`
 --> test.yaml:8:14
  |
8 |       - {to: ordes, routing_key: a}
  |              ^^^^^
  |
  = help: did you mean `orders`?

error[binding-misfit]: a binding of a direct exchange has no `match`
 --> test.yaml:9:10
  |
9 |       - {match: any, headers: {a: b}, routing_key: c, to: all}
  |          ^^^^^
  |
  = help: a direct exchange looks at the `routing_key`

error[binding-misfit]: a binding of a direct exchange has no `headers`
 --> test.yaml:9:22
  |
9 |       - {match: any, headers: {a: b}, routing_key: c, to: all}
  |                      ^^^^^^^
  |
  = help: a direct exchange looks at the `routing_key`

error[wrong-type]: expected a routing key, found nothing
  --> test.yaml:10:20
   |
10 |       - routing_key: #.paid
   |                    ^
   |
   = help: YAML reads `#` as the beginning of a comment: quote it, as in `\"#\"`
   = help: for the empty key write `\"\"`

error[unknown-name]: `orders` is a queue, and here an exchange is needed
  --> test.yaml:12:16
   |
12 |     alternate: orders
   |                ^^^^^^
   |
   = help: name a fanout exchange with a binding to the queue

error[unknown-value]: `topik` is not one of the values allowed here
  --> test.yaml:13:16
   |
13 |   news: {kind: topik}
   |                ^^^^^
   |
   = help: did you mean `topic`?
   = help: allowed are `direct`, `topic`, `fanout` or `headers`

error[binding-misfit]: a binding of a fanout exchange has no `routing_key`
  --> test.yaml:14:37
   |
14 |   users: {kind: fanout, bindings: [{routing_key: a, to: orders}], type: topic}
   |                                     ^^^^^^^^^^^
   |
   = help: a fanout exchange looks at nothing: all get everything

error[foreign-word]: `type` is a word of RabbitMQ
  --> test.yaml:14:67
   |
14 |   users: {kind: fanout, bindings: [{routing_key: a, to: orders}], type: topic}
   |                                                                   ^^^^
   |
   = help: use `kind` on an exchange, or a `profile` such as `rabbitmq-quorum` on a queue here

error[exchange-not-queue]: `shop` is an exchange, which holds nothing
  --> test.yaml:16:25
   |
16 |   orders: {dead_letter: shop, x-max-priority: 10}
   |                         ^^^^
   |
   = help: name a queue here, and let one of the exchange's `bindings` lead to it

error[foreign-word]: `x-max-priority` is a word of RabbitMQ
  --> test.yaml:16:31
   |
16 |   orders: {dead_letter: shop, x-max-priority: 10}
   |                               ^^^^^^^^^^^^^^
   |
   = help: use `priorities` (the number of levels) on the queue here

error[unknown-name]: there is no queue or exchange `shpo`
  --> test.yaml:18:66
   |
18 |   buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: {to: shpo, routing_key: a, same_message: true}]}
   |                                                                  ^^^^
   |
   = help: did you mean `shop`?

error[same-message]: a producer handles no message that it could publish
  --> test.yaml:18:102
   |
18 |   buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: {to: shpo, routing_key: a, same_message: true}]}
   |                                                                                                      ^^^^
   |
   = help: `same_message: true` belongs to a `publish` in the `do` of a consumer

error[exchange-not-queue]: `shop` is an exchange, which holds nothing
  --> test.yaml:20:19
   |
20 |   booking: {from: shop}
   |                   ^^^^
   |
   = help: name a queue here, and let one of the exchange's `bindings` lead to it
",
    );
}

#[test]
fn faults_of_the_broker_strike_what_is_there() {
    check(
        "queues: {orders: {}}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [publish: orders]}
consumers:
  booking: {from: orders, instances: 4}
broker: {memory_limit: 10, nodes: 3, fsync: fast, replication: majority}
faults:
  - crash: {target: broker#3, after: 5s}
  - crash: {target: broker, when: before-ack}
  - partition: {between: [[booking], [orders]]}
  - partition: {between: [[broker#0-1], [broker#1]], for: 5s}
  - partition: {between: [buyers, booking#0-2], for: 5s}
  - partition: {between: [[], broker], for: 5s}
  - partition: {between: [booking#0-1, [booking#2-3, broker]], for: 5s}
  - partition: {between: [booking], for: 5s}
  - outage: {target: booking, after: 5s}
  - outage: {target: broker}
  - outage: {target: broker#1, for: 1s}
  - pause: {target: broker, after: 1s, for: 5s}
  - stall: {target: booking, for: 3s}
  - level: mild
  - level: light
  - level: light
  - duplicate: {what: request, target: buyers, probability: 1%}
  - reorder: {what: publish, within: 0s, probability: 1%}
  - delay: {what: publish, probability: 1%}
  - evict: {target: redis}
",
        "
error[bad-size]: `10` has no unit
 --> test.yaml:6:24
  |
6 | broker: {memory_limit: 10, nodes: 3, fsync: fast, replication: majority}
  |                        ^^
  |
  = help: write `10B` for bytes or `10kB` for thousands of them

error[bad-duration]: `fast` is not a duration
 --> test.yaml:6:45
  |
6 | broker: {memory_limit: 10, nodes: 3, fsync: fast, replication: majority}
  |                                             ^^^^
  |
  = help: a duration is a number with a unit: `250us`, `1.5s`, `1h 30min`

error[foreign-word]: `majority` is a word of replicated brokers
 --> test.yaml:6:64
  |
6 | broker: {memory_limit: 10, nodes: 3, fsync: fast, replication: majority}
  |                                                                ^^^^^^^^
  |
  = help: write `quorum` here

error[no-such-instance]: there is no `broker#3`
 --> test.yaml:8:21
  |
8 |   - crash: {target: broker#3, after: 5s}
  |                     ^^^^^^^^
  |
  = help: `broker` has 3 nodes, `broker#0` to `broker#2`

error[no-such-point]: `broker` has no handlers, and points are places in a handler
 --> test.yaml:9:35
  |
9 |   - crash: {target: broker, when: before-ack}
  |                                   ^^^^^^^^^^
  |
  = help: for the broker use `after: 15s` or `every: 60s`

error[fault-trigger]: nothing says how long a partition lasts
  --> test.yaml:10:5
   |
10 |   - partition: {between: [[booking], [orders]]}
   |     ^^^^^^^^^
   |
   = help: add `for: 5s`, with `after: 90s` for once or `every: 60s` for again and again

error[fault-target]: `orders` is a queue, and this fault cannot strike it
  --> test.yaml:10:39
   |
10 |   - partition: {between: [[booking], [orders]]}
   |                                       ^^^^^^
   |
   = help: a queue lives in the broker: write `broker`

error[partition-sides]: `broker` is on both sides of the partition
  --> test.yaml:11:41
   |
11 |   - partition: {between: [[broker#0-1], [broker#1]], for: 5s}
   |                           ------------  ^^^^^^^^^^
   |                           |
   |                           the other side
   |
   = help: an instance is on one side; `booking#0-1` and `booking#2-3` can be apart

error[partition-sides]: no messages travel between these sides, with or without a partition
  --> test.yaml:12:26
   |
12 |   - partition: {between: [buyers, booking#0-2], for: 5s}
   |                          ^^^^^^^^^^^^^^^^^^^^^
   |
   = help: producers and consumers talk to the broker only: put `broker` on one side

error[partition-sides]: nobody is on this side of the partition
  --> test.yaml:13:27
   |
13 |   - partition: {between: [[], broker], for: 5s}
   |                           ^^

error[wrong-type]: expected two lists of components, as in `[[booking], [broker]]`, found 1 item
  --> test.yaml:15:26
   |
15 |   - partition: {between: [booking], for: 5s}
   |                          ^^^^^^^^^

error[fault-target]: this fault strikes the broker, not `booking`
  --> test.yaml:16:22
   |
16 |   - outage: {target: booking, after: 5s}
   |                      ^^^^^^^
   |
   = help: write `target: broker`

error[fault-trigger]: nothing says when an outage happens
  --> test.yaml:17:5
   |
17 |   - outage: {target: broker}
   |     ^^^^^^
   |
   = help: add a window of time: `after: 10s` and `for: 5s`

error[fault-target]: this fault strikes the broker as a whole, not one of its nodes
  --> test.yaml:18:22
   |
18 |   - outage: {target: broker#1, for: 1s}
   |                      ^^^^^^^^
   |
   = help: write `target: broker`

error[fault-target]: this fault strikes producers and consumers, not the broker
  --> test.yaml:19:21
   |
19 |   - pause: {target: broker, after: 1s, for: 5s}
   |                     ^^^^^^
   |
   = help: the broker is struck by `crash`, `outage`, `stall` and `partition`

error[fault-target]: this fault strikes the broker, not `booking`
  --> test.yaml:20:21
   |
20 |   - stall: {target: booking, for: 3s}
   |                     ^^^^^^^
   |
   = help: write `target: broker`

error[unknown-value]: `mild` is not one of the values allowed here
  --> test.yaml:21:12
   |
21 |   - level: mild
   |            ^^^^
   |
   = help: allowed are `none`, `light`, `heavy` or `swarm`

error[name-taken]: the level `light` is given twice
  --> test.yaml:23:12
   |
22 |   - level: light
   |            ----- first here
23 |   - level: light
   |            ^^^^^ again here

error[fault-target]: `buyers` is a producer, and this fault strikes consumers
  --> test.yaml:24:40
   |
24 |   - duplicate: {what: request, target: buyers, probability: 1%}
   |                                        ^^^^^^

error[out-of-range]: this must be longer than no time
  --> test.yaml:25:38
   |
25 |   - reorder: {what: publish, within: 0s, probability: 1%}
   |                                      ^^

error[missing-key]: a delay needs `by`
  --> test.yaml:26:5
   |
26 |   - delay: {what: publish, probability: 1%}
   |     ^^^^^
   |
   = help: add `by:`, it takes: distribution

error[fault-trigger]: nothing says when an eviction happens
  --> test.yaml:27:5
   |
27 |   - evict: {target: redis}
   |     ^^^^^
   |
   = help: add `when: before-ack`, `after: 15s` or `every: 60s`

error[unknown-name]: there is no producer or consumer `redis`
  --> test.yaml:27:21
   |
27 |   - evict: {target: redis}
   |                     ^^^^^
   |
   = help: the file defines no producer or consumer
",
    );
}
