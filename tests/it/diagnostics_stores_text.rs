//! What mistakes about stores and transactions get, to the letter.

use crate::diagnostics_support::check;

#[test]
fn stores_and_transactions_are_checked() {
    check(MISTAKES, ANSWERED);
}

#[test]
fn stores_are_struck_as_stores() {
    check(STRUCK, REFUSED);
}

#[test]
fn leases_are_checked() {
    check(LEASED, HELPED);
}

const MISTAKES: &str = r"run_for: 1s
stores:
  shop-db: {rows: {item: {count: 3, start: 1}}, latency: 2}
  empty: {}
queues: {orders: {}}
producers:
  buyers: {arrivals: {poisson: 5/s}, do: [publish: orders]}
consumers:
  booking:
    from: orders
    do:
      - update: {in: shop-bd, row: item, add: -1}
      - update: {in: shop-db, row: itme, add: -1}
      - update: {in: empty, row: item, add: one}
      - update: {in: shop-db, row: {table: item, pick: 3}, add: -1}
      - update: {in: shop-db, row: {table: item, how_many: 4}, add: -1}
      - update: {in: shop-db, row: item, add: 1, lock: skip-locked}
      - update: {in: shop-db, row: item, add: 1, lock: {by: atomic, wait_timeout: 0s}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: immediate-restart}, restart_delay: none}
      - update: {in: shop-db, row: item, add: 1, lock: lease}
      - transaction: {in: shop-db, reads: 3, table: item, lock: atomic}
      - transaction: {in: shop-db, do: [], write_share: 10%}
      - transaction: {in: shop-db, reads: {uniform: [3, 2]}, table: item}
";

const ANSWERED: &str = r"
error[bad-duration]: `2` has no unit
 --> test.yaml:3:58
  |
3 |   shop-db: {rows: {item: {count: 3, start: 1}}, latency: 2}
  |                                                          ^
  |
  = help: write `2s` for seconds or `2ms` for milliseconds

error[unknown-name]: there is no store `shop-bd`
  --> test.yaml:12:22
   |
12 |       - update: {in: shop-bd, row: item, add: -1}
   |                      ^^^^^^^
   |
   = help: did you mean `shop-db`?

error[unknown-name]: there is no table `itme`
  --> test.yaml:13:36
   |
13 |       - update: {in: shop-db, row: itme, add: -1}
   |                                    ^^^^
   |
   = help: did you mean `item`?

error[unknown-name]: `empty` has no table `item`
  --> test.yaml:14:34
   |
14 |       - update: {in: empty, row: item, add: one}
   |                                  ^^^^
   |
   = help: add `rows: {item: {count: 1, start: 100}}` to the store

error[bad-number]: `one` is not a whole number
  --> test.yaml:14:45
   |
14 |       - update: {in: empty, row: item, add: one}
   |                                             ^^^
   |
   = help: as in `-1` or `100_000`

error[out-of-range]: `3` is out of range
  --> test.yaml:15:56
   |
15 |       - update: {in: shop-db, row: {table: item, pick: 3}, add: -1}
   |                                                        ^
   |
   = help: it must be from 0 to 2

error[out-of-range]: `item` has 3 rows, and 4 distinct ones are wanted
  --> test.yaml:16:60
   |
16 |       - update: {in: shop-db, row: {table: item, how_many: 4}, add: -1}
   |                                                            ^

error[lock-misfit]: `skip-locked` takes one row that still has something to take
  --> test.yaml:17:56
   |
17 |       - update: {in: shop-db, row: item, add: 1, lock: skip-locked}
   |                                                        ^^^^^^^^^^^
   |
   = help: it needs an `add` below zero, a `floor`, and one row at a time

error[lock-misfit]: `wait_timeout` goes with `pessimistic` locks
  --> test.yaml:18:69
   |
18 |       - update: {in: shop-db, row: item, add: 1, lock: {by: atomic, wait_timeout: 0s}}
   |                                                                     ^^^^^^^^^^^^
   |
   = help: leave it out here

error[lock-misfit]: a transaction that restarts at once, over and over, lets no time pass
  --> test.yaml:19:56
   |
19 |       - update: {in: shop-db, row: item, add: 1, lock: {by: immediate-restart}, restart_delay: none}
   |                                                        ^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: give it a `restart_delay` or a `backoff`

error[lock-misfit]: a `lease` has to know which cache keeps it, and for how long
  --> test.yaml:20:56
   |
20 |       - update: {in: shop-db, row: item, add: 1, lock: lease}
   |                                                        ^^^^^
   |
   = help: write `{by: lease, in: CACHE, ttl: 10s}`

error[lock-misfit]: a transaction of `reads` computes nothing that one statement could do
  --> test.yaml:21:65
   |
21 |       - transaction: {in: shop-db, reads: 3, table: item, lock: atomic}
   |                                                                 ^^^^^^
   |
   = help: its locks are `none`, `pessimistic`, `optimistic`, `serializable` and `immediate-restart`

error[out-of-range]: a transaction does something at least
  --> test.yaml:22:9
   |
22 |       - transaction: {in: shop-db, do: [], write_share: 10%}
   |         ^^^^^^^^^^^

error[key-elsewhere]: `write_share` goes with `reads`, not with `do`
  --> test.yaml:22:44
   |
22 |       - transaction: {in: shop-db, do: [], write_share: 10%}
   |                                            ^^^^^^^^^^^
   |
   = help: say it in the `read` or `update` that it is about

error[out-of-range]: `3` is more than `2`
  --> test.yaml:23:53
   |
23 |       - transaction: {in: shop-db, reads: {uniform: [3, 2]}, table: item}
   |                                                     ^^^^^^
   |
   = help: the lower bound comes first
";

const STRUCK: &str = r#"run_for: 1s
stores: {shop-db: {rows: {item: {}}}}
queues: {orders: {}}
producers:
  buyers: {arrivals: {poisson: 5/s}, do: [publish: orders]}
consumers:
  booking: {from: orders, do: [update: {in: shop-db, row: item, add: 1}]}
faults:
  - crash: {target: booking, when: locked, probability: 1%}
  - crash: {target: booking, when: "applied#1", probability: 1%}
  - cut: {target: shop-db, every: 1s}
  - crash: {target: "shop-db#1", after: 1s}
"#;

const REFUSED: &str = r#"
error[no-such-point]: nothing is locked in `booking`: a `pessimistic` update would
 --> test.yaml:9:36
  |
9 |   - crash: {target: booking, when: locked, probability: 1%}
  |                                    ^^^^^^
  |
  = help: its points are `received`, `worked`, `applied`, `before-ack`, `acked`

error[no-such-point]: there is no `applied#1` in `booking`, whose `do` has 1 update
  --> test.yaml:10:36
   |
10 |   - crash: {target: booking, when: "applied#1", probability: 1%}
   |                                    ^^^^^^^^^^^
   |
   = help: its points are `received`, `worked`, `applied`, `before-ack`, `acked`

error[fault-target]: `shop-db` is a store, and this fault cannot strike it
  --> test.yaml:11:19
   |
11 |   - cut: {target: shop-db, every: 1s}
   |                   ^^^^^^^
   |
   = help: a store is struck by `crash`, `outage` and `partition`, a cache also by `evict`, a database by `stall`, and its links by faults of requests and replies

error[no-such-instance]: a store is one: `shop-db` has no instances
  --> test.yaml:12:21
   |
12 |   - crash: {target: "shop-db#1", after: 1s}
   |                     ^^^^^^^^^^^
   |
   = help: write `shop-db`
"#;

const LEASED: &str = r"run_for: 1s
stores: {shop-db: {rows: {item: {}}}, redis: {kind: cache}}
producers:
  buyers:
    arrivals: {poisson: 5/s}
    do:
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, ttl: 1s}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: shop-db, ttl: 1s}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redsi, ttl: 1s}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 2ms, renew: true}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 1s, wait_timeout: 1s}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: pessimistic, ttl: 1s}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 1s, release: never}}
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 1s}, retries: unlimited}
      - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 1s}, restart_delay: adaptive}
      - read: {in: shop-db, row: item, lock: {by: lease, in: redis, ttl: 1s, fence: true}}
      - transaction: {in: shop-db, reads: 1, table: item, retries: 1, lock: {by: lease, in: redis, ttl: 1s}}
";

const HELPED: &str = r"
error[missing-key]: a lock needs `in`
 --> test.yaml:7:50
  |
7 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, ttl: 1s}}
  |                                                  ^^^^
  |
  = help: add `in:`, it takes: cache

error[lock-misfit]: `shop-db` is a database, and leases are kept in a cache
 --> test.yaml:8:72
  |
8 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: shop-db, ttl: 1s}}
  |                                                                        ^^^^^^^
  |
  = help: name a store of `kind: cache`, or use a `pessimistic` lock of the database

error[unknown-name]: there is no store `redsi`
 --> test.yaml:9:72
  |
9 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redsi, ttl: 1s}}
  |                                                                        ^^^^^
  |
  = help: did you mean `redis`?

error[missing-key]: a lock needs `ttl`
  --> test.yaml:10:50
   |
10 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis}}
   |                                                  ^^^^
   |
   = help: add `ttl:`, it takes: duration

error[out-of-range]: `2ms` is too short to be renewed every third of it
  --> test.yaml:11:84
   |
11 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 2ms, renew: true}}
   |                                                                                    ^^^
   |
   = help: make it `3ms` at least, or leave out `renew`

error[lock-misfit]: `wait_timeout` goes with `pessimistic` locks
  --> test.yaml:12:88
   |
12 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 1s, wait_timeout: 1s}}
   |                                                                                        ^^^^^^^^^^^^
   |
   = help: leave it out here

error[lock-misfit]: `ttl` goes with a `lease`
  --> test.yaml:13:74
   |
13 |       - update: {in: shop-db, row: item, add: 1, lock: {by: pessimistic, ttl: 1s}}
   |                                                                          ^^^
   |
   = help: leave it out here

error[unknown-value]: `never` is not one of the values allowed here
  --> test.yaml:14:97
   |
14 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 1s, release: never}}
   |                                                                                                 ^^^^^
   |
   = help: allowed are `checked` or `unchecked`

error[lock-misfit]: a `lease` that is taken is asked for again at once, over and over
  --> test.yaml:15:56
   |
15 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 1s}, retries: unlimited}
   |                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: say in `backoff` how long to wait between two tries, as in `backoff: 20ms`

error[lock-misfit]: a cache that says that a `lease` is taken does not know how long transactions take
  --> test.yaml:16:56
   |
16 |       - update: {in: shop-db, row: item, add: 1, lock: {by: lease, in: redis, ttl: 1s}, restart_delay: adaptive}
   |                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: give it a `backoff` instead of `restart_delay: adaptive`

error[lock-misfit]: a `fence` refuses what a former owner writes, and this step writes nothing
  --> test.yaml:17:46
   |
17 |       - read: {in: shop-db, row: item, lock: {by: lease, in: redis, ttl: 1s, fence: true}}
   |                                              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: leave out `fence`

error[lock-misfit]: a transaction of `reads` shares what it only reads, and a `lease` is one owner's
  --> test.yaml:18:77
   |
18 |       - transaction: {in: shop-db, reads: 1, table: item, retries: 1, lock: {by: lease, in: redis, ttl: 1s}}
   |                                                                             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: its locks are `none`, `pessimistic`, `optimistic`, `serializable` and `immediate-restart`
";
