//! Small random scenarios as text, so that a failure is shown as a scenario that can be run again.
//!
//! Sizes are capped: at most a few hundred messages and a few dozen instances, and every loop of
//! redeliveries ends by a limit or is slow enough for the longest drain.

#![expect(clippy::format_push_string, reason = "a text that grows line by line reads best so")]

use crate::random_stores::Stores;

/// A small generator of its own (`SplitMix64`), so that a failure names its number.
pub(crate) struct Luck(pub(crate) u64);

impl Luck {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).expect("below a usize")
    }

    /// One time in `many`.
    pub(crate) fn rarely(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    pub(crate) fn one_of(&mut self, choices: &[&'static str]) -> &'static str {
        choices[self.below(choices.len())]
    }

    /// `key: value`, or nothing half of the time.
    pub(crate) fn maybe(&mut self, key: &str, choices: &[&'static str]) -> String {
        if self.rarely(2) { String::new() } else { format!("{key}: {}, ", self.one_of(choices)) }
    }
}

const SHORT: [&str; 7] = [
    "0s",
    "1ms",
    "5ms",
    "{exponential: 3ms}",
    "{uniform: [1ms, 20ms]}",
    "{lognormal: {mean: 5ms, p99: 40ms}}",
    "{mixture: [{weight: 9, constant: 1ms}, {weight: 1, exponential: 300ms}]}",
];

/// Those of work queues.
const PROFILES: [&str; 9] = [
    "plain",
    "rabbitmq-classic",
    "rabbitmq-quorum",
    "sqs",
    "sqs-fifo",
    "jetstream",
    "rocketmq",
    "redis-streams",
    "pulsar",
];

const QUEUES: [&str; 3] = ["q", "r", "dead"];

/// A scenario that reads and ends.
pub(crate) fn random_scenario(seed: u64) -> String {
    let luck = &mut Luck(seed);
    let stores = &mut Stores::new(seed);
    let mut text = format!("seed: {}\nrun_for: 2s\n", luck.below(1_000_000));
    // A circle of dead letters may never end, but it takes time to go round.
    let circle = luck.rarely(6);
    if !circle && !luck.rarely(4) {
        text += "until: drained\n";
    }
    if luck.rarely(6) {
        text += &format!("warm_up: {}\n", luck.one_of(&["100ms", "1s", "auto"]));
    }
    if circle {
        text += "network: {latency: 1ms}\n";
    } else if !luck.rarely(3) {
        text += &format!("network: {{latency: {}}}\n", luck.one_of(&SHORT));
    }
    if luck.rarely(6) {
        text += &format!("broker: {{memory_limit: {}}}\n", luck.one_of(&["1B", "3kB", "50kB"]));
    }
    text += &queues(luck, circle);
    text += &exchanges(luck);
    text += &stores.text();
    let producers = 1 + luck.below(2);
    text += "producers:\n";
    for number in 0..producers {
        text += &format!("  p{number}: {}\n", producer(luck, stores));
    }
    let consumers = 1 + luck.below(3);
    text += "consumers:\n";
    let mut shapes = Vec::new();
    for number in 0..consumers {
        let (line, shape) = consumer(luck, number, circle, stores);
        text += &format!("  c{number}: {line}\n");
        shapes.push(shape);
    }
    let all = faults(luck, producers, &shapes) + &stores.faults();
    if all.is_empty() { text } else { text + "faults:\n" + &all }
}

fn queues(luck: &mut Luck, circle: bool) -> String {
    let mut text = "queues:\n".to_owned();
    for name in QUEUES {
        let mut line = luck.maybe("profile", &PROFILES);
        line += &format!("ack_timeout: {}, ", luck.one_of(&["50ms", "200ms", "1s", "10s", "off"]));
        line += &luck.maybe("ack_timeout_check", &["0s", "100ms", "1s"]);
        line += &luck.maybe("on_timeout", &["return-one", "return-channel"]);
        line += &format!("max_deliveries: {}, ", luck.one_of(&["1", "2", "3", "5"]));
        line += &luck.maybe("max_length", &["1", "2", "5", "50"]);
        line += &luck.maybe("overflow", &["reject", "drop-head", "block"]);
        line += &luck.maybe("late_ack", &["ignore", "accept", "accept-unless-redelivered"]);
        line += &luck.maybe("requeue", &["original-place", "head", "tail"]);
        line += &luck.maybe("on_connection_loss", &["return", "wait"]);
        line += &luck.maybe("heartbeat", &["100ms", "1s", "off"]);
        line += &luck.maybe("handshake_round_trips", &["0", "1", "7"]);
        line += &luck.maybe("dedup_window", &["10ms", "100ms", "10s"]);
        line += &luck.maybe("priorities", &["1", "2", "255"]);
        line += &luck.maybe("ordering", &["free", "one-per-key", "key-to-one-consumer"]);
        line += &luck.maybe("redelivery_delay", &["0s", "20ms", "[5ms, 80ms]"]);
        line += &luck.maybe("after_limit", &["dead-letter", "dead-letter", "dead-letter", "keep"]);
        // A circle of dead letters is sound only with a time to live in it.
        let ttl = luck.maybe("message_ttl", &["5ms", "50ms", "500ms"]);
        line += if circle && name == "dead" { "message_ttl: 40ms, " } else { &ttl };
        line += match name {
            "q" if !luck.rarely(3) => "dead_letter: dead",
            "r" if luck.rarely(2) => "dead_letter: q",
            "dead" if circle => "dead_letter: q",
            _ => "",
        };
        text += &format!("  {name}: {{{line}}}\n");
    }
    text
}

/// Two exchanges that may lead to each other, and an alternate.
fn exchanges(luck: &mut Luck) -> String {
    let mut text = "exchanges:\n".to_owned();
    for name in ["x", "y"] {
        let kind = luck.one_of(&["direct", "topic", "fanout", "headers"]);
        let bindings: Vec<String> = (0..luck.below(4))
            .map(|_| {
                let to = luck.one_of(&["q", "q", "r", "r", "dead", "x", "y"]);
                let selects = match kind {
                    "direct" => format!("routing_key: {}, ", luck.one_of(&["a", "a.b"])),
                    "topic" => format!("routing_key: {}, ", luck.one_of(&["a.*", "'#'", "'*'", "a"])),
                    "headers" => luck.one_of(&["headers: {k: v}, ", "match: any, headers: {k: w}, "]).into(),
                    _ => String::new(),
                };
                format!("{{{selects}to: {to}}}")
            })
            .collect();
        let alternate = luck.maybe("alternate", &["x", "y"]);
        text += &format!("  {name}: {{kind: {kind}, {alternate}bindings: [{}]}}\n", bindings.join(", "));
    }
    text
}

fn publish(luck: &mut Luck, bare: bool) -> String {
    let mut to = luck.one_of(&["q", "q", "r", "dead", "x", "x", "y"]);
    let mut key = String::new();
    if ["x", "y"].contains(&to) {
        key += &luck.maybe("routing_key", &["a", "a.b", "b"]);
        key += &luck.maybe("mandatory", &["true"]);
    }
    if bare && luck.rarely(3) {
        (to, key) = ("nowhere", luck.one_of(&["", "routing_key: a, "]).to_owned());
    }
    if luck.rarely(2) {
        return format!("publish: {{{key}to: {to}}}");
    }
    let backoff = luck.one_of(&[
        "1ms",
        "20ms",
        "{base: 5ms, factor: 2, cap: 100ms, jitter: full}",
        "{base: 5ms, jitter: equal}",
        "{base: 5ms, cap: 80ms, jitter: decorrelated}",
    ]);
    format!(
        "publish: {{{key}to: {to}, confirm: {{timeout: {}, retries: {}, backoff: {backoff}, id: {}}}}}",
        luck.one_of(&["1ms", "10ms", "100ms", "1s"]),
        luck.below(4),
        luck.one_of(&["keep", "new"])
    )
}

fn producer(luck: &mut Luck, stores: &mut Stores) -> String {
    let phase = |luck: &mut Luck| match luck.below(6) {
        0 => format!("poisson: {}/s", luck.one_of(&["0", "20", "100"])),
        1 => format!("every: {}", luck.one_of(&["7ms", "50ms"])),
        2 => format!("at_once: {}", 1 + luck.below(60)),
        3 => {
            format!("users: {}, think: {}", 1 + luck.below(4), luck.one_of(&["30ms", "{exponential: 50ms}"]))
        }
        4 => "ramp: [0/s, 100/s]".to_owned(),
        _ => String::new(),
    };
    let first = phase(luck);
    let length = if first.is_empty() { "for: 300ms" } else { "for: 600ms, " };
    let arrivals = if luck.rarely(3) || first.is_empty() {
        format!("[{{{length}{first}}}, {{for: 500ms, {}}}]", phase(luck))
    } else {
        format!("{{{first}}}")
    };
    let mut steps = Vec::new();
    if luck.rarely(3) {
        steps.push(format!("work: {}", luck.one_of(&SHORT)));
    }
    let bare = luck.rarely(4);
    for _ in 0..=luck.below(2) {
        steps.push(publish(luck, bare));
    }
    steps.extend(stores.update(4));
    let mut line = format!("instances: {}, arrivals: {arrivals}, ", 1 + luck.below(3));
    line += if bare { "declare: false, " } else { "" };
    line += &luck.maybe(
        "message",
        &[
            "{key: 3}",
            "{ttl: 100ms}",
            "{key: {uniform: {over: 5}}, ttl: 1s}",
            "{headers: {k: v}}",
            "{key: {uniform: {over: 3}}, priority: 1, size: 3kB}",
            "{delay: 40ms, priority: 200}",
            "{key: 1, delay: 70ms, ttl: 100ms}",
        ],
    );
    line += &luck.maybe("connection", &["kept", "per-message"]);
    format!("{{{line}do: [{}]}}", steps.iter().map(|s| format!("{{{s}}}")).collect::<Vec<_>>().join(", "))
}

/// What faults need to know of a consumer.
struct ConsumerShape {
    acks: bool,
    works: usize,
}

fn consumer(luck: &mut Luck, number: usize, circle: bool, stores: &mut Stores) -> (String, ConsumerShape) {
    let ack = luck.one_of(&[
        "after-handling",
        "after-handling",
        "before-handling",
        "on-delivery",
        "{batch: 3, every: 20ms}",
    ]);
    let mut steps = Vec::new();
    let works = luck.below(3);
    for _ in 0..works {
        let redraw = if luck.rarely(4) { ", redraw: per-message" } else { "" };
        steps.push(match luck.one_of(&SHORT) {
            time if redraw.is_empty() || !time.starts_with('{') => format!("work: {time}"),
            time => format!("work: {}{redraw}}}", &time[..time.len() - 1]),
        });
    }
    // Only the first consumer publishes, and into the queue that nobody answers with another message.
    if number == 0 && luck.rarely(4) {
        steps.push("publish: {to: dead, confirm: {timeout: 20ms, retries: 1, backoff: 10ms}}".to_owned());
    }
    let from = if number == 0 { "q" } else { luck.one_of(&QUEUES) };
    let mut from = if steps.iter().any(|step| step.starts_with("publish")) { "r" } else { from };
    // Sending back what fails again may never end, but where messages travel it takes time.
    if number == 2 && circle {
        from = "dead";
        steps.push(format!(
            "publish: {{to: {}, same_message: true{}}}",
            luck.one_of(&["q", "r", "x"]),
            luck.one_of(&["", ", mandatory: true", ", confirm: {timeout: 20ms, retries: 1, backoff: 10ms}"])
        ));
    }
    let mut line = format!("instances: {}, from: {from}, ack: {ack}, ", 1 + luck.below(3));
    line += &luck.maybe("prefetch", &["1", "2", "10", "unlimited"]);
    line += &luck.maybe("concurrency", &["1", "2", "8"]);
    line += &luck.maybe("extend_every", &["10ms", "100ms"]);
    line += &luck.maybe("on_error", &["requeue", "{requeue_after: 30ms}", "reject", "no-answer"]);
    let update = stores.update(2);
    line += &stores.guard(&format!("c{number}"), update.is_some(), number == 2 && circle);
    steps.extend(update);
    let steps: Vec<String> = steps.iter().map(|step| format!("{{{step}}}")).collect();
    (format!("{{{line}do: [{}]}}", steps.join(", ")), ConsumerShape { acks: ack != "on-delivery", works })
}

fn faults(luck: &mut Luck, producers: usize, consumers: &[ConsumerShape]) -> String {
    let count = luck.below(5);
    if count == 0 {
        return String::new();
    }
    let mut text = String::new();
    for _ in 0..count {
        let number = luck.below(consumers.len());
        let fault = match luck.below(3) {
            0 => fault_between(luck, producers, number),
            _ => fault(luck, producers, number, &consumers[number]),
        };
        text += &format!("  - {fault}\n");
    }
    if luck.rarely(8) {
        text += &format!("  - {{level: {}}}\n", luck.one_of(&["none", "light", "heavy", "swarm"]));
    }
    text
}

/// A fault of links, of the network, or of the broker as a whole.
fn fault_between(luck: &mut Luck, producers: usize, consumer: usize) -> String {
    let client = if luck.rarely(2) { format!("p{}", luck.below(producers)) } else { format!("c{consumer}") };
    let trigger = luck.one_of(&["probability: 1%", "probability: 30%", "after: 200ms, for: 300ms"]);
    let what = luck.one_of(&["publish", "confirm", "delivery", "ack", "nack"]);
    match luck.below(5) {
        0 => format!("duplicate: {{what: {what}, {trigger}}}"),
        1 => {
            let by = luck.one_of(&["30ms", "{exponential: 100ms}"]);
            format!("delay: {{what: {what}, by: {by}, {trigger}}}")
        }
        2 => format!("reorder: {{what: {what}, within: 80ms, {trigger}}}"),
        3 => {
            let when =
                luck.one_of(&["after: 300ms", "every: 400ms", "every: {exponential: 300ms}", "after: 0s"]);
            let lasts = luck.one_of(&["50ms", "300ms", "3s"]);
            format!("partition: {{between: [[{client}], [broker]], {when}, for: {lasts}}}")
        }
        _ => {
            let how = luck.one_of(&["refuse", "hang"]);
            format!(
                "outage: {{target: broker, how: {how}, after: 300ms, for: {}}}",
                luck.one_of(&["50ms", "1s"])
            )
        }
    }
}

fn fault(luck: &mut Luck, producers: usize, number: usize, shape: &ConsumerShape) -> String {
    let chance = luck.one_of(&["1%", "10%", "50%", "100%", "0"]).to_owned();
    let producer = format!("p{}", luck.below(producers));
    let consumer = format!("c{number}");
    match luck.below(8) {
        0 | 1 => {
            let what = luck.one_of(&["publish", "confirm", "delivery", "ack", "nack"]);
            let target = luck.one_of(&["", "target: broker, "]);
            let window = luck.one_of(&["", ", after: 200ms, for: 300ms"]);
            format!("lose: {{what: {what}, {target}probability: {chance}{window}}}")
        }
        2 => format!(
            "slow: {{target: {consumer}, factor: {}, probability: {chance}}}",
            luck.one_of(&["0.5", "20"])
        ),
        3 => format!("fail: {{target: {consumer}, probability: {chance}}}"),
        4 => format!("poison: {{of: {producer}, probability: {chance}}}"),
        kind => {
            let (name, extra) = match kind {
                5 => (
                    "crash",
                    format!(
                        ", how: {}, restart_after: {}",
                        luck.one_of(&["process", "machine"]),
                        luck.one_of(&["0s", "30ms", "1s"])
                    ),
                ),
                6 => ("cut", format!(", restart_after: {}", luck.one_of(&["0s", "30ms", "1s"]))),
                _ => ("pause", format!(", for: {}", luck.one_of(&["10ms", "300ms"]))),
            };
            let target = if luck.rarely(4) { producer } else { consumer.clone() };
            let trigger = if target == consumer && luck.rarely(2) {
                format!("when: {}, probability: {chance}", point(luck, shape))
            } else {
                let due = [
                    "after: 100ms",
                    "after: 0s",
                    "every: {exponential: 300ms}, for: 3s",
                    "every: 97ms, for: 2s",
                ];
                let due = luck.one_of(if name == "pause" { &due[..2] } else { &due });
                due.to_owned()
            };
            format!("{name}: {{target: {target}, {trigger}{extra}}}")
        }
    }
}

fn point(luck: &mut Luck, shape: &ConsumerShape) -> String {
    let mut points = vec!["received".to_owned(), "worked".to_owned(), "applied".to_owned()];
    points.extend((1..shape.works).map(|number| format!("worked#{number}")));
    if shape.acks {
        points.extend(["before-ack".to_owned(), "acked".to_owned()]);
    }
    points.swap_remove(luck.below(points.len()))
}
