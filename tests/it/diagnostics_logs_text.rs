//! What a user sees of mistakes with logs and work queues, and of what is pointless around them.
//! Read the text as a user would before changing it.

#![expect(clippy::too_many_lines, reason = "the exact text is long")]

use crate::diagnostics_support::check;

#[test]
fn logs_and_work_queues_have_keys_of_their_own() {
    check(
        "queues:
  clicks: {kind: log, max_length: 5, ack_timeout: 5s, partitions: 0, retention: 0s, retention_size: 10mb}
  orders: {partitions: 6, priorities: 256, redelivery_delay: [], ordering: strict, visibility: 3s}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, message: {size: 1kb, priority: -1, headers: {a: [b]}}, do: [publish: orders]}
consumers:
  billing: {from: clicks, prefetch: 5, extend_every: 5s, poll: {max_records: 0}, start: first, ack: {batch: 5}}
  audit: {from: orders, group: x, replay: {after: 3s}, ack: {every: 5s}, auto.offset.reset: latest}
  one: {from: clicks, group: g, start: earliest, replay: {from: -1}}
  other: {from: clicks, group: g, start: latest, session_timeout: 5s}
",
        "
error[key-elsewhere]: a log has no `max_length`
 --> test.yaml:2:23
  |
2 |   clicks: {kind: log, max_length: 5, ack_timeout: 5s, partitions: 0, retention: 0s, retention_size: 10mb}
  |                       ^^^^^^^^^^
  |
  = help: what a partition keeps is bounded by `retention_size` and `retention`

error[key-elsewhere]: a log has no `ack_timeout`
 --> test.yaml:2:38
  |
2 |   clicks: {kind: log, max_length: 5, ack_timeout: 5s, partitions: 0, retention: 0s, retention_size: 10mb}
  |                                      ^^^^^^^^^^^
  |
  = help: how long a member may take is its consumer's `poll_timeout`

error[out-of-range]: `0` is out of range
 --> test.yaml:2:67
  |
2 |   clicks: {kind: log, max_length: 5, ack_timeout: 5s, partitions: 0, retention: 0s, retention_size: 10mb}
  |                                                                   ^
  |
  = help: it must be from 1 to 100000

error[out-of-range]: this must be longer than no time
 --> test.yaml:2:81
  |
2 |   clicks: {kind: log, max_length: 5, ack_timeout: 5s, partitions: 0, retention: 0s, retention_size: 10mb}
  |                                                                                 ^^

error[bad-size]: `mb` is no unit of size
 --> test.yaml:2:101
  |
2 |   clicks: {kind: log, max_length: 5, ack_timeout: 5s, partitions: 0, retention: 0s, retention_size: 10mb}
  |                                                                                                     ^^^^
  |
  = help: write `MB`

error[key-elsewhere]: a work queue has no `partitions`
 --> test.yaml:3:12
  |
3 |   orders: {partitions: 6, priorities: 256, redelivery_delay: [], ordering: strict, visibility: 3s}
  |            ^^^^^^^^^^
  |
  = help: how many work at once is the consumer's `instances` and `concurrency`

error[out-of-range]: `256` is out of range
 --> test.yaml:3:39
  |
3 |   orders: {partitions: 6, priorities: 256, redelivery_delay: [], ordering: strict, visibility: 3s}
  |                                       ^^^
  |
  = help: it must be from 1 to 255

error[out-of-range]: a list of delays has one at least
 --> test.yaml:3:62
  |
3 |   orders: {partitions: 6, priorities: 256, redelivery_delay: [], ordering: strict, visibility: 3s}
  |                                                              ^^

error[unknown-value]: `strict` is not one of the values allowed here
 --> test.yaml:3:76
  |
3 |   orders: {partitions: 6, priorities: 256, redelivery_delay: [], ordering: strict, visibility: 3s}
  |                                                                            ^^^^^^
  |
  = help: allowed are `free`, `one-per-key` or `key-to-one-consumer`

error[unknown-key]: a queue has no key `visibility`
 --> test.yaml:3:84
  |
3 |   orders: {partitions: 6, priorities: 256, redelivery_delay: [], ordering: strict, visibility: 3s}
  |                                                                                    ^^^^^^^^^^
  |
  = help: its keys are `profile`, `kind`, `ack_timeout`, `ack_timeout_check`, `on_timeout`, `max_deliveries`, `dead_letter`, `max_length`, `overflow`, `message_ttl`, `dedup_window`, `durable`, `late_ack`, `requeue`, `on_connection_loss`, `heartbeat`, `handshake_round_trips`, `priorities`, `ordering`, `redelivery_delay`, `after_limit`, `partitions`, `retention`, `retention_size` and `idempotent_producers`

error[bad-size]: `kb` is no unit of size
 --> test.yaml:5:63
  |
5 |   buyers: {arrivals: {for: 1s, poisson: 5/s}, message: {size: 1kb, priority: -1, headers: {a: [b]}}, do: [publish: orders]}
  |                                                               ^^^
  |
  = help: write `kB`

error[out-of-range]: `-1` is out of range
 --> test.yaml:5:78
  |
5 |   buyers: {arrivals: {for: 1s, poisson: 5/s}, message: {size: 1kb, priority: -1, headers: {a: [b]}}, do: [publish: orders]}
  |                                                                              ^^
  |
  = help: it must be from 0 to 255

error[wrong-type]: expected the value of a header, found a list
 --> test.yaml:5:95
  |
5 |   buyers: {arrivals: {for: 1s, poisson: 5/s}, message: {size: 1kb, priority: -1, headers: {a: [b]}}, do: [publish: orders]}
  |                                                                                               ^^^

error[key-elsewhere]: a consumer of a log has no `prefetch`
 --> test.yaml:7:27
  |
7 |   billing: {from: clicks, prefetch: 5, extend_every: 5s, poll: {max_records: 0}, start: first, ack: {batch: 5}}
  |                           ^^^^^^^^
  |
  = help: how many records it holds is `poll: {max_records: 500}`

error[key-elsewhere]: a consumer of a log has no `extend_every`
 --> test.yaml:7:40
  |
7 |   billing: {from: clicks, prefetch: 5, extend_every: 5s, poll: {max_records: 0}, start: first, ack: {batch: 5}}
  |                                        ^^^^^^^^^^^^
  |
  = help: a member that polls in time keeps its partitions: `poll_timeout`

error[out-of-range]: `0` is out of range
 --> test.yaml:7:78
  |
7 |   billing: {from: clicks, prefetch: 5, extend_every: 5s, poll: {max_records: 0}, start: first, ack: {batch: 5}}
  |                                                                              ^
  |
  = help: it must be from 1 to 4294967295

error[foreign-word]: `first` is a word of other brokers
 --> test.yaml:7:89
  |
7 |   billing: {from: clicks, prefetch: 5, extend_every: 5s, poll: {max_records: 0}, start: first, ack: {batch: 5}}
  |                                                                                         ^^^^^
  |
  = help: write `earliest` here

error[missing-key]: an ack batch needs `every`
 --> test.yaml:7:96
  |
7 |   billing: {from: clicks, prefetch: 5, extend_every: 5s, poll: {max_records: 0}, start: first, ack: {batch: 5}}
  |                                                                                                ^^^
  |
  = help: add `every:`, it takes: duration

error[key-elsewhere]: a consumer of a work queue has no `group`
 --> test.yaml:8:25
  |
8 |   audit: {from: orders, group: x, replay: {after: 3s}, ack: {every: 5s}, auto.offset.reset: latest}
  |                         ^^^^^
  |
  = help: all consumers of a work queue compete; for a copy each, give each a queue of its own

error[key-elsewhere]: a consumer of a work queue has no `replay`
 --> test.yaml:8:35
  |
8 |   audit: {from: orders, group: x, replay: {after: 3s}, ack: {every: 5s}, auto.offset.reset: latest}
  |                                   ^^^^^^
  |
  = help: a work queue forgets what was acked

error[missing-key]: an ack batch needs `batch`
 --> test.yaml:8:56
  |
8 |   audit: {from: orders, group: x, replay: {after: 3s}, ack: {every: 5s}, auto.offset.reset: latest}
  |                                                        ^^^
  |
  = help: add `batch:`, it takes: count

error[foreign-word]: `auto.offset.reset` is a word of Kafka and others
 --> test.yaml:8:74
  |
8 |   audit: {from: orders, group: x, replay: {after: 3s}, ack: {every: 5s}, auto.offset.reset: latest}
  |                                                                          ^^^^^^^^^^^^^^^^^
  |
  = help: use `start: earliest` or `start: latest` on the consumer of a log here

error[missing-key]: a replay needs `after`
 --> test.yaml:9:50
  |
9 |   one: {from: clicks, group: g, start: earliest, replay: {from: -1}}
  |                                                  ^^^^^^
  |
  = help: add `after:`, it takes: duration

error[out-of-range]: `-1` is out of range
 --> test.yaml:9:65
  |
9 |   one: {from: clicks, group: g, start: earliest, replay: {from: -1}}
  |                                                                 ^^
  |
  = help: it must be at least 0

error[group-disagrees]: two consumers of the group `g` disagree about `start`
  --> test.yaml:10:42
   |
 9 |   one: {from: clicks, group: g, start: earliest, replay: {from: -1}}
   |                                        -------- the other one
10 |   other: {from: clicks, group: g, start: latest, session_timeout: 5s}
   |                                          ^^^^^^
   |
   = help: give both the same, or give each a `group` of its own

error[group-disagrees]: two consumers of the group `g` disagree about `session_timeout`
  --> test.yaml:10:67
   |
 9 |   one: {from: clicks, group: g, start: earliest, replay: {from: -1}}
   |   --- the other one
10 |   other: {from: clicks, group: g, start: latest, session_timeout: 5s}
   |                                                                   ^^
   |
   = help: give both the same, or give each a `group` of its own
",
    );
}

#[test]
fn what_is_pointless_around_the_broker_is_a_warning() {
    check(
        "run_for: 10s
broker: {nodes: 2, replication: quorum, memory_limit: 1kB}
exchanges:
  shop: {kind: topic, bindings: [{routing_key: a, to: orders}]}
  news: {kind: fanout}
queues:
  orders: {priorities: 3, message_ttl: 5s, ack_timeout: 10s}
  clicks: {kind: log, partitions: 2, retention: 1s}
producers:
  buyers:
    arrivals: {poisson: 5/s}
    message: {priority: 3, delay: 10s}
    do: [publish: shop, publish: {to: orders, routing_key: a}]
  guests: {arrivals: {poisson: 5/s}, message: {ttl: 5s, size: 2kB}, do: [publish: clicks]}
consumers:
  booking: {from: orders, extend_every: 10s}
  billing: {from: clicks, instances: 2, replay: {after: 5s}}
  more: {from: clicks, group: billing, replay: {after: 5s}}
  audit: {from: clicks, replay: {after: 10s}}
faults:
  - stall: {target: broker, for: 1s}
",
        "
warning[quorum-of-two]: a quorum of 2 nodes survives no failure
 --> test.yaml:2:17
  |
2 | broker: {nodes: 2, replication: quorum, memory_limit: 1kB}
  |                 ^
  |
  = help: the majority of 2 is 2, of 3 it is 2 as well: write `nodes: 3`

warning[memory-limit-tiny]: a single message of `guests` takes 2kB, which reaches the limit
  --> test.yaml:2:55
   |
 2 | broker: {nodes: 2, replication: quorum, memory_limit: 1kB}
   |                                                       ^^^
...
14 |   guests: {arrivals: {poisson: 5/s}, message: {ttl: 5s, size: 2kB}, do: [publish: clicks]}
   |                                                               --- its messages
   |
   = help: publishers are blocked after every message

warning[exchange-unbound]: nothing leaves the exchange `news`
 --> test.yaml:5:3
  |
5 |   news: {kind: fanout}
  |   ^^^^
  |
  = help: it has no `bindings` and no `alternate`, so all that is published to it is gone

warning[exchange-unused]: nobody publishes to the exchange `news`
 --> test.yaml:5:3
  |
5 |   news: {kind: fanout}
  |   ^^^^
  |
  = help: no step publishes to it, and no exchange hands it anything

warning[priority-above-levels]: no queue that it gets to has a level of priority 3
  --> test.yaml:12:25
   |
12 |     message: {priority: 3, delay: 10s}
   |                         ^
   |
   = help: priorities begin at 0: for 3 write `priorities: 4` on the queue

warning[delay-above-ttl]: a message delayed by `10s` has expired by then, after `5s`
  --> test.yaml:12:35
   |
12 |     message: {priority: 3, delay: 10s}
   |                                   ^^^
   |
   = help: a time to live counts from storing

warning[routing-key-missing]: `shop` looks at the routing key, and there is none
  --> test.yaml:13:10
   |
13 |     do: [publish: shop, publish: {to: orders, routing_key: a}]
   |          ^^^^^^^^^^^^^
   |
   = help: write `publish: {to: shop, routing_key: …}`

warning[routing-key-unused]: nobody looks at this routing key: `orders` is a queue
  --> test.yaml:13:60
   |
13 |     do: [publish: shop, publish: {to: orders, routing_key: a}]
   |                                                            ^
   |
   = help: publish to an exchange whose `bindings` lead to the queue, or leave the key out

warning[log-ignores]: a log gives no heed to a message's `ttl`
  --> test.yaml:14:53
   |
14 |   guests: {arrivals: {poisson: 5/s}, message: {ttl: 5s, size: 2kB}, do: [publish: clicks]}
   |                                                     ^^
   |
   = help: records are read in the order of storing, and kept for the log's `retention`

warning[extension-without-effect]: after `10s` the ack timeout of `orders` is over: it is `10s`
  --> test.yaml:16:41
   |
16 |   booking: {from: orders, extend_every: 10s}
   |                                         ^^^
   |
   = help: a third of it leaves room for a lost request

warning[replay-too-late]: by then `clicks` no longer has all its records: it keeps them for `1s`
  --> test.yaml:17:57
   |
17 |   billing: {from: clicks, instances: 2, replay: {after: 5s}}
   |                                                         ^^
   |
   = help: the replay begins at the oldest record that is left

warning[idle-members]: the group `billing` has 3 members for 2 partitions of `clicks`
  --> test.yaml:18:3
   |
18 |   more: {from: clicks, group: billing, replay: {after: 5s}}
   |   ^^^^
   |
   = help: a partition has one owner at a time, so the others have nothing to do

warning[replay-too-late]: by then `clicks` no longer has all its records: it keeps them for `1s`
  --> test.yaml:18:56
   |
18 |   more: {from: clicks, group: billing, replay: {after: 5s}}
   |                                                        ^^
   |
   = help: the replay begins at the oldest record that is left

warning[replay-too-late]: a replay after `10s` never comes in a run of `10s`
  --> test.yaml:19:41
   |
19 |   audit: {from: clicks, replay: {after: 10s}}
   |                                         ^^^

warning[stall-without-fsync]: a disk that takes no time cannot stall
  --> test.yaml:21:5
   |
21 |   - stall: {target: broker, for: 1s}
   |     ^^^^^
   |
   = help: say how long a write takes: `broker: {fsync: 2ms}`
",
    );
}
