//! What random scenarios do at stores: a database and a cache, updates under every lock, every guard, and faults.
//!
//! Drawn from dice of its own, so that the rest of a scenario is what it was without them.

use crate::random_scenario::Luck;

/// The stores of a scenario, and what was drawn for its consumers.
pub(crate) struct Stores {
    dice: Luck,
    is_open: bool,
    /// Consumers that have something to do there, and those that put keys there beforehand.
    users: Vec<String>,
    reserving: Vec<String>,
}

/// Locks that never let anybody take what is not there.
pub(crate) const SAFE: [&str; 7] = [
    "atomic",
    "pessimistic",
    "{by: pessimistic, granularity: table, wait_timeout: 50ms}",
    "optimistic",
    "serializable",
    "immediate-restart",
    "skip-locked",
];

const UNSAFE: [&str; 2] = ["none", "check-only"];

impl Stores {
    pub(crate) fn new(seed: u64) -> Self {
        let mut dice = Luck(seed ^ 0x5707_e500_5707_e500);
        let is_open = !dice.rarely(3);
        Self { dice, is_open, users: Vec::new(), reserving: Vec::new() }
    }

    /// `stores:`, if there are any.
    pub(crate) fn text(&mut self) -> String {
        if !self.is_open {
            return String::new();
        }
        let dice = &mut self.dice;
        let mut database = dice.maybe("latency", &["1ms", "{exponential: 2ms}"]);
        database += &dice.maybe("fsync", &["1ms", "{exponential: 5ms}"]);
        database += &dice.maybe("connections", &["1", "3"]);
        database += &dice.maybe("admission", &["1", "2"]);
        database += &dice.maybe("disks", &["{count: 1, time: 1ms}", "{count: unlimited, time: 1ms}"]);
        database += &dice.maybe("cpus", &["{count: 1, time: 200us}"]);
        database += &dice.maybe("writes", &["deferred"]);
        database +=
            &dice.maybe("deadlock", &["{victim: smallest, after: 0s}", "{victim: youngest, after: 20ms}"]);
        let timeout = dice.one_of(&["30ms", "200ms", "1s", "30s"]);
        let heartbeat = dice.one_of(&["50ms", "1s"]);
        let replica = dice.one_of(&["none", "{lag: 0s}", "{lag: 50ms}"]);
        format!(
            "stores:\n  db: {{rows: {{item: {{count: {}, start: {}}}, sum: {{count: 4}}}}, {database}timeout: {timeout}, heartbeat: {heartbeat}}}\n  \
             redis: {{kind: cache, latency: 100us, replica: {replica}, timeout: {timeout}}}\n",
            1 + dice.below(3),
            dice.one_of(&["2", "20"])
        )
    }

    /// A step that changes something, if one was drawn.
    pub(crate) fn update(&mut self, one_time_in: usize) -> Option<String> {
        if !self.is_open || !self.dice.rarely(one_time_in) {
            return None;
        }
        let dice = &mut self.dice;
        let what = dice.below(4);
        let lock = if dice.rarely(8) { dice.one_of(&UNSAFE) } else { dice.one_of(&SAFE) };
        // It takes a free row for one update, and no several.
        let lock = if what > 1 && lock == "skip-locked" { "pessimistic" } else { lock };
        let rules = format!(
            "lock: {lock}, retries: {}, backoff: {}",
            dice.one_of(&["0", "3", "20"]),
            dice.one_of(&["1ms", "{base: 1ms, jitter: full}"])
        );
        let think = dice.maybe("think", &["1ms", "{exponential: 5ms}"]);
        let takes = "row: {table: item, pick: uniform}, add: -1, floor: 0";
        let adds = format!(
            "row: {{table: sum, pick: uniform, how_many: {}, order: {}}}, add: 1",
            1 + dice.below(3),
            dice.one_of(&["given", "sorted"])
        );
        Some(match what {
            0 | 1 => format!("update: {{in: db, {takes}, {think}{rules}}}"),
            2 => format!("update: {{in: db, {adds}, {think}{rules}}}"),
            _ => format!("transaction: {{in: db, {rules}, do: [update: {{{takes}}}, update: {{{adds}}}]}}"),
        })
    }

    /// `idempotency:` of a consumer, with a comma, if one was drawn.
    pub(crate) fn guard(&mut self, consumer: &str, updates: bool, sends_back: bool) -> String {
        if !self.is_open {
            return String::new();
        }
        let dice = &mut self.dice;
        if updates {
            self.users.push(consumer.to_owned());
        }
        let key = dice.one_of(&["message-id", "message-id", "business"]);
        let mark = dice.one_of(&[
            "mark: before, ttl: 100ms, if_taken: retry",
            "mark: before",
            "mark: before, ttl: 50ms, if_taken: retry, expire: separate-call",
            "mark: after",
            "mark: lease-then-done, lease: 50ms",
        ]);
        let stale = dice.one_of(&["drop", "retry", "dead-letter"]);
        let down = dice.one_of(&["open", "closed"]);
        let poll = dice.one_of(&["10s", "1min"]);
        let (guard, reserves) = match dice.below(10) {
            0 | 1 if updates => (format!("{{by: unique-key, in: db, key: {key}}}"), true),
            2 | 3 if updates && !sends_back => {
                (format!("{{by: inbox, in: db, key: {key}, poll: {poll}}}"), true)
            }
            4 if updates => (format!("{{by: version, in: db, from: message, on_stale: {stale}}}"), false),
            5 if updates => {
                (format!("{{by: status, in: db, states: {{from: new, to: done}}, on_stale: {stale}}}"), false)
            }
            6 => ("in-memory".to_owned(), true),
            7 => {
                let fence = if updates { "fence: true, " } else { "" };
                let guard = format!(
                    "{{by: setnx, in: redis, key: {key}, {fence}{mark}, when_cache_is_down: {down}}}"
                );
                (guard, !mark.contains("after"))
            }
            8 => (format!("{{by: unique-key, in: db, transaction: separate, key: {key}}}"), true),
            _ => return String::new(),
        };
        if reserves {
            self.reserving.push(consumer.to_owned());
        }
        format!("idempotency: {guard}, ")
    }

    /// Faults of stores, a line each.
    pub(crate) fn faults(&mut self) -> String {
        if !self.is_open {
            return String::new();
        }
        let mut text = String::new();
        for _ in 0..self.dice.below(4) {
            let dice = &mut self.dice;
            let store = dice.one_of(&["db", "db", "redis"]);
            let chance = dice.one_of(&["1%", "10%", "50%"]);
            let user = self.users.get(dice.below(self.users.len()));
            let reserving = self.reserving.get(dice.below(self.reserving.len()));
            let fault = match (dice.below(8), user, reserving) {
                (0 | 1, ..) => format!(
                    "crash: {{target: {store}, every: {{exponential: 400ms}}, for: 3s, how: {}, restart_after: 60ms}}",
                    dice.one_of(&["process", "machine"])
                ),
                (2, ..) => format!(
                    "outage: {{target: {store}, how: {}, after: 300ms, for: 200ms}}",
                    dice.one_of(&["refuse", "hang"])
                ),
                (3, ..) => "stall: {target: db, after: 200ms, for: 300ms}".to_owned(),
                (4, ..) => "evict: {target: redis, every: 100ms, for: 3s, share: 50%}".to_owned(),
                (5, Some(user), _) => {
                    let what = dice.one_of(&["request", "reply"]);
                    format!("lose: {{what: {what}, target: {user}, probability: {chance}}}")
                }
                (6, Some(user), _) => {
                    format!("partition: {{between: [[{user}], [db]], after: 300ms, for: 300ms}}")
                }
                (7, _, Some(of)) => {
                    format!(
                        "crash: {{target: {of}, when: key-reserved, probability: {chance}, restart_after: 30ms}}"
                    )
                }
                _ => continue,
            };
            text += "  - ";
            text += &fault;
            text += "\n";
        }
        text
    }
}
