//! What a user sees of mistakes with services and calls, and of what is pointless around them.
//! Read the text as a user would before changing it.

#![expect(clippy::too_many_lines, reason = "the exact text is long")]

use crate::diagnostics_support::check;

#[test]
fn services_and_calls_have_keys_of_their_own() {
    check(
        "services:
  shop: {maxConnections: 100, when_full: {queue: 0, order: lifo}, slower: {beyond: 1}, dispatch: p2c}
  stock: {concurrency: 4, slower: {beyond: 4, factor: 0.5}, when_full: shed}
  front: {do: [call: back]}
  back: {do: [work: 5ms, call: {service: front, timeout: 1s}]}
producers:
  buyers:
    arrivals: {for: 1s, poisson: 5/s}
    do:
      - call: stok
      - call: {service: stock, timeout_ms: 200, max_retries: 3, circuitBreaker: {failures: 5}}
      - call: {timeout: 0s, retry_budget: 20, breaker: {failureThreshold: 5}}
",
        "
error[foreign-word]: `maxConnections` is a word of servers and pools
 --> test.yaml:2:10
  |
2 |   shop: {maxConnections: 100, when_full: {queue: 0, order: lifo}, slower: {beyond: 1}, dispatch: p2c}
  |          ^^^^^^^^^^^^^^
  |
  = help: use `concurrency` on the service here

error[foreign-word]: `lifo` is a word of queueing theory
 --> test.yaml:2:60
  |
2 |   shop: {maxConnections: 100, when_full: {queue: 0, order: lifo}, slower: {beyond: 1}, dispatch: p2c}
  |                                                            ^^^^
  |
  = help: write `newest-first` here

error[missing-key]: a capacity curve needs `factor`
 --> test.yaml:2:67
  |
2 |   shop: {maxConnections: 100, when_full: {queue: 0, order: lifo}, slower: {beyond: 1}, dispatch: p2c}
  |                                                                   ^^^^^^
  |
  = help: add `factor:`, it takes: number

error[out-of-range]: at most 1 handlers run at once, so nothing ever gets slower
 --> test.yaml:2:84
  |
2 |   shop: {maxConnections: 100, when_full: {queue: 0, order: lifo}, slower: {beyond: 1}, dispatch: p2c}
  |                                                                                    ^
  |
  = help: `beyond` has to be below the service's `concurrency`

error[foreign-word]: `p2c` is a word of Finagle and nginx
 --> test.yaml:2:98
  |
2 |   shop: {maxConnections: 100, when_full: {queue: 0, order: lifo}, slower: {beyond: 1}, dispatch: p2c}
  |                                                                                                  ^^^
  |
  = help: write `power-of-two` here

error[out-of-range]: at most 4 handlers run at once, so nothing ever gets slower
 --> test.yaml:3:44
  |
3 |   stock: {concurrency: 4, slower: {beyond: 4, factor: 0.5}, when_full: shed}
  |                                            ^
  |
  = help: `beyond` has to be below the service's `concurrency`

error[out-of-range]: `0.5` is out of range
 --> test.yaml:3:55
  |
3 |   stock: {concurrency: 4, slower: {beyond: 4, factor: 0.5}, when_full: shed}
  |                                                       ^^^
  |
  = help: it must be at least 1

error[foreign-word]: `shed` is a word of servers and proxies
 --> test.yaml:3:72
  |
3 |   stock: {concurrency: 4, slower: {beyond: 4, factor: 0.5}, when_full: shed}
  |                                                                        ^^^^
  |
  = help: write `reject` here

error[call-circle]: calls go round in a circle: front → back → front
 --> test.yaml:4:3
  |
4 |   front: {do: [call: back]}
  |   ^^^^^
  |
  = help: a service that calls itself, even through others, would never answer

error[unknown-name]: there is no service `stok`
  --> test.yaml:10:15
   |
10 |       - call: stok
   |               ^^^^
   |
   = help: did you mean `stock`?

error[foreign-word]: `timeout_ms` is a word of clients and proxies
  --> test.yaml:11:32
   |
11 |       - call: {service: stock, timeout_ms: 200, max_retries: 3, circuitBreaker: {failures: 5}}
   |                                ^^^^^^^^^^
   |
   = help: use `timeout: 200ms`, with its unit, here

error[foreign-word]: `max_retries` is a word of clients and proxies
  --> test.yaml:11:49
   |
11 |       - call: {service: stock, timeout_ms: 200, max_retries: 3, circuitBreaker: {failures: 5}}
   |                                                 ^^^^^^^^^^^
   |
   = help: use `retries`, the attempts beyond the first, here

error[foreign-word]: `circuitBreaker` is a word of Resilience4j and Envoy
  --> test.yaml:11:65
   |
11 |       - call: {service: stock, timeout_ms: 200, max_retries: 3, circuitBreaker: {failures: 5}}
   |                                                                 ^^^^^^^^^^^^^^
   |
   = help: use `breaker: {failures: 5, open_for: 30s}` in the call step here

error[missing-key]: a call step needs `service`
  --> test.yaml:12:9
   |
12 |       - call: {timeout: 0s, retry_budget: 20, breaker: {failureThreshold: 5}}
   |         ^^^^
   |
   = help: add `service:`, it takes: service

error[out-of-range]: this must be longer than no time
  --> test.yaml:12:25
   |
12 |       - call: {timeout: 0s, retry_budget: 20, breaker: {failureThreshold: 5}}
   |                         ^^

error[bad-probability]: `20` is above one
  --> test.yaml:12:43
   |
12 |       - call: {timeout: 0s, retry_budget: 20, breaker: {failureThreshold: 5}}
   |                                           ^^
   |
   = help: for 20 percent write `20%`

error[missing-key]: a circuit breaker needs `open_for`
  --> test.yaml:12:47
   |
12 |       - call: {timeout: 0s, retry_budget: 20, breaker: {failureThreshold: 5}}
   |                                               ^^^^^^^
   |
   = help: add `open_for:`, it takes: duration

error[foreign-word]: `failureThreshold` is a word of circuit breakers
  --> test.yaml:12:57
   |
12 |       - call: {timeout: 0s, retry_budget: 20, breaker: {failureThreshold: 5}}
   |                                                         ^^^^^^^^^^^^^^^^
   |
   = help: use `failures` here
",
    );
}

#[test]
fn faults_of_services_have_their_own_targets() {
    check(
        "services:
  shop: {instances: 2, do: [work: 5ms]}
queues: {orders: {}}
producers:
  buyers: {arrivals: {for: 1s, poisson: 5/s}, do: [call: {service: shop, timeout: 1s}, publish: orders]}
consumers: {booking: {from: orders}}
faults:
  - crash: {target: shp, after: 1s}
  - crash: {target: shop#2, after: 1s}
  - outage: {target: shop#0, after: 1s, for: 1s}
  - outage: {target: buyers, after: 1s, for: 1s}
  - stall: {target: shop, for: 1s}
  - fail: {target: buyers, probability: 1%}
  - crash: {target: shop, when: worked#1}
  - lose: {what: ack, target: shop, probability: 1%}
  - lose: {what: request, target: booking, probability: 1%}
  - partition: {between: [[booking], [shop]], for: 1s}
  - poison: {of: shop, probability: 1%}
",
        "
error[unknown-name]: there is no component `shp`
 --> test.yaml:8:21
  |
8 |   - crash: {target: shp, after: 1s}
  |                     ^^^
  |
  = help: did you mean `shop`?

error[no-such-instance]: there is no `shop#2`
 --> test.yaml:9:21
  |
9 |   - crash: {target: shop#2, after: 1s}
  |                     ^^^^^^
  |
  = help: `shop` has 2 instances, `shop#0` to `shop#1`

error[fault-target]: this fault strikes a service as a whole, not one of its instances
  --> test.yaml:10:22
   |
10 |   - outage: {target: shop#0, after: 1s, for: 1s}
   |                      ^^^^^^
   |
   = help: write `target: shop`

error[fault-target]: this fault strikes the broker or a service, not `buyers`
  --> test.yaml:11:22
   |
11 |   - outage: {target: buyers, after: 1s, for: 1s}
   |                      ^^^^^^
   |
   = help: write `target: broker`, or name a service

error[fault-target]: this fault strikes the broker, not `shop`
  --> test.yaml:12:21
   |
12 |   - stall: {target: shop, for: 1s}
   |                     ^^^^
   |
   = help: write `target: broker`

error[fault-target]: `buyers` is a producer, and this fault strikes consumers
  --> test.yaml:13:20
   |
13 |   - fail: {target: buyers, probability: 1%}
   |                    ^^^^^^

error[no-such-point]: there is no `worked#1` in `shop`, whose `do` has 1 `work` step
  --> test.yaml:14:33
   |
14 |   - crash: {target: shop, when: worked#1}
   |                                 ^^^^^^^^
   |
   = help: its points are `received`, `worked`, `applied`, `before-ack`, `acked`

error[fault-target]: `shop` is a service, and this fault strikes consumers
  --> test.yaml:15:31
   |
15 |   - lose: {what: ack, target: shop, probability: 1%}
   |                               ^^^^

error[partition-sides]: no messages travel between these sides, with or without a partition
  --> test.yaml:17:26
   |
17 |   - partition: {between: [[booking], [shop]], for: 1s}
   |                          ^^^^^^^^^^^^^^^^^^^
   |
   = help: components talk to the broker and to the services that they call, and to nobody else

error[unknown-name]: there is no producer `shop`
  --> test.yaml:18:18
   |
18 |   - poison: {of: shop, probability: 1%}
   |                  ^^^^
   |
   = help: there is `buyers`

warning[fault-target]: `booking` asks nobody and is not asked
  --> test.yaml:16:35
   |
16 |   - lose: {what: request, target: booking, probability: 1%}
   |                                   ^^^^^^^
   |
   = help: requests and replies travel to services, stores and the logs that consumers read, and back
",
    );
}

#[test]
fn what_is_pointless_around_services_is_a_warning() {
    check(
        "services:
  shop: {dispatch: sticky-key, do: [work: 5ms]}
  idle: {}
producers:
  buyers:
    arrivals: {for: 1s, poisson: 5/s}
    do:
      - call: {service: shop, retries: 3}
      - call: {service: shop, timeout: 5s, deadline: 1s, retries: 1}
",
        "
warning[sticky-without-keys]: no call has a key to stick to
 --> test.yaml:2:20
  |
2 |   shop: {dispatch: sticky-key, do: [work: 5ms]}
  |                    ^^^^^^^^^^
  |
  = help: calls about nothing in particular go round robin
  = help: give a producer keys, as in `message: {key: {uniform: {over: 100}}}`

warning[service-unused]: nobody calls the service `idle`
 --> test.yaml:3:3
  |
3 |   idle: {}
  |   ^^^^
  |
  = help: a step calls it with `call: idle`

warning[retry-without-timeout]: without a `timeout` an answer that is lost is waited for for ever
 --> test.yaml:8:40
  |
8 |       - call: {service: shop, retries: 3}
  |                                        ^
  |
  = help: only an answer that says no is followed by another attempt; add `timeout: 1s`

warning[timeout-above-deadline]: a timeout of `5s` is never reached: the deadline is `1s`
 --> test.yaml:9:40
  |
9 |       - call: {service: shop, timeout: 5s, deadline: 1s, retries: 1}
  |                                        ^^            -- in all, with every attempt
",
    );
}
