//! What sets each profile apart, in scenarios small enough to count by hand. (`kafka` has a file of its own.)

use mqlab::actors::broker::copy::{Copy, Holder, List, Which};
use mqlab::actors::broker::queue::Queue;
use mqlab::metrics::summary::Summary;
use mqlab::protocol::id::{ConnectionId, Key, MessageId, SiteId};
use mqlab::quantity::{Span, Time};
use mqlab::scenario::profile::PROFILES;

use crate::laboratory::{run, scenario};

/// One queue `q` with a dead-letter queue `dead` and a consumer `c`, until nothing is left.
fn one(arrivals: &str, queue: &str, consumer: &str, faults: &str) -> Summary {
    run(&format!(
        "run_for: 2s\nuntil: drained\n\
         producers: {{p: {{arrivals: {arrivals}, message: {{key: 1}}, do: [publish: q]}}}}\n\
         queues: {{q: {{{queue}}}, dead: {{}}}}\nconsumers: {{c: {{from: q, {consumer}}}}}\nfaults: [{faults}]\n"
    ))
}

const ALL_POISON: &str = "{poison: {of: p, probability: 100%}}";

fn seconds(time: Time) -> f64 {
    time.as_seconds()
}

fn is_near(measured: f64, expected: f64) {
    assert!((measured - expected).abs() < 1e-9, "{measured} instead of {expected}");
}

#[test]
fn every_profile_says_the_same_kinds_of_things_with_a_source_for_each() {
    let keys: Vec<&str> = PROFILES[0].rows().iter().map(|row| row.key).collect();
    for profile in PROFILES {
        let rows = profile.rows();
        assert_eq!(rows.iter().map(|row| row.key).collect::<Vec<_>>(), keys, "{}", profile.name);
        for row in rows {
            assert!(!row.value.is_empty() && row.source.len() > 5, "{} of {}", row.key, profile.name);
        }
        let text = format!(
            "run_for: 1s\nproducers: {{p: {{arrivals: {{for: 1s}}, do: [publish: q]}}}}\n\
             queues: {{q: {{profile: {}}}}}\nconsumers: {{c: {{from: q}}}}\n",
            profile.name
        );
        assert_eq!(scenario(&text).queues[0].ack_timeout, profile.ack_timeout.value);
    }
}

/// Classic queues put returned copies where they stood, quorum queues before everything, as they return.
#[test]
fn rabbitmq_returns_to_the_place_or_to_the_head() {
    let order = |profile: &str| {
        let text = format!(
            "run_for: 1s\nproducers: {{p: {{arrivals: {{for: 1s}}, do: []}}}}\nqueues: {{q: {{profile: {profile}}}}}\n"
        );
        let mut queue = Queue::new(scenario(&text).queues.swap_remove(0));
        let mut channel = List::new(Which::OfChannel);
        for number in 1..=4 {
            let copy = Copy::new(MessageId::new(SiteId(0), number), Key::NONE, 0);
            queue.store(Time::ZERO, copy, None, Span::ZERO);
        }
        let out: Vec<_> = (0..3)
            .map(|_| queue.deliver(Time::ZERO, Holder::default(), &mut channel).expect("four are ready"))
            .collect();
        for returned in [2, 1] {
            queue.take_back(Time::ZERO, out[returned], &mut channel, Span::ZERO);
        }
        let left = std::iter::from_fn(|| queue.hand_over(Time::ZERO, ConnectionId(0)));
        left.map(|(_, copy)| copy.message.number()).collect::<Vec<u64>>()
    };
    assert_eq!(order("rabbitmq-classic"), [2, 3, 4]);
    assert_eq!(order("rabbitmq-quorum"), [3, 2, 4]);
}

/// A classic queue hands a poison message out for ever, a quorum queue 21 times.
#[test]
fn quorum_queues_give_up_after_21_deliveries() {
    let deliveries = |profile: &str, until: &str| {
        let summary = run(&format!(
            "run_for: 1s\nuntil: {until}\n\
             producers: {{p: {{arrivals: {{at_once: 1}}, do: [publish: q]}}}}\nqueues: {{q: {{profile: {profile}}}}}\n\
             consumers: {{c: {{from: q, do: [work: 10ms]}}}}\nfaults: [{ALL_POISON}]\n"
        ));
        (summary.ledger.deliveries, summary.outcomes.unfinished, summary.outcomes.dropped)
    };
    assert_eq!(deliveries("rabbitmq-quorum", "drained"), (21, 0, 1));
    assert_eq!(deliveries("rabbitmq-classic", "run_for"), (100, 1, 0));
}

/// A handler of 1.2 s under a lease of 1 s: its ack still deletes, unless somebody has the message again.
/// (The run ends with the second handler, before its ack arrives.)
#[test]
fn sqs_deletes_late_unless_received_again() {
    let late = |queue: &str| {
        let queue = format!("profile: sqs, ack_timeout: 1s, max_deliveries: 2, {queue}");
        let ledger = one("{at_once: 1}", &queue, "instances: 2, do: [work: 1200ms]", "").ledger;
        (ledger.deliveries, ledger.duplicate_executions, ledger.late_acks)
    };
    assert_eq!(late(""), (2, 1, 1), "received again at 1 s: the old receipt is worth nothing");
    assert_eq!(late("redelivery_delay: 5s"), (1, 0, 1), "nobody has it: the late ack deletes it");
    assert_eq!(
        late("redelivery_delay: 5s, late_ack: ignore"),
        (2, 1, 1),
        "which another queue would not let it"
    );
}

/// Two poison messages of one group, three deliveries of a second each: one after the other, and not at once.
#[test]
fn sqs_fifo_blocks_the_group_and_only_it() {
    let ended = |profile: &str| {
        let summary = run(&format!(
            "run_for: 1s\nuntil: drained\nproducers:\n  p: {{arrivals: {{at_once: 2}}, message: {{key: 1}}, do: [publish: q]}}\n\
             \x20 other: {{arrivals: {{at_once: 5}}, message: {{key: 2}}, do: [publish: q]}}\n\
             queues: {{q: {{profile: {profile}, ack_timeout: 1s, max_deliveries: 3, dead_letter: dead}}, dead: {{}}}}\n\
             consumers: {{c: {{from: q, instances: 4, on_error: no-answer, do: [work: 10ms]}}}}\nfaults: [{ALL_POISON}]\n"
        ));
        assert_eq!((summary.outcomes.done, summary.ledger.dead_lettered), (5, 2), "{profile}");
        let of_the_others = summary.latencies.iter().find(|(name, _)| *name == "end_to_end");
        (seconds(summary.ended_at), of_the_others.and_then(|(_, spans)| spans.max_ms))
    };
    // The other group goes on all the while, one of it at a time.
    assert_eq!(ended("sqs-fifo"), (6.0, Some(50.0)));
    let (standard, slowest) = ended("sqs");
    is_near(standard, 3.0);
    assert!(slowest < Some(50.0), "several of a key at once");
}

/// Attempts at 0, 61 and 122 s, whose confirms are lost up to the last.
#[test]
fn jetstream_knows_ids_for_two_minutes_and_sqs_fifo_for_five() {
    let copies = |profile: &str| {
        let ledger = run(&format!(
            "run_for: 1s\nuntil: drained\nproducers:\n  p:\n    arrivals: {{at_once: 1}}\n\
             \x20   do: [{{publish: {{to: q, confirm: {{timeout: 60s, retries: 3, backoff: 1s}}}}}}]\n\
             queues: {{q: {{profile: {profile}}}}}\nconsumers: {{c: {{from: q, do: [work: 10ms]}}}}\n\
             faults: [lose: {{what: confirm, for: 100s}}]\n"
        ))
        .ledger;
        (ledger.stored, ledger.deduplicated)
    };
    assert_eq!(copies("jetstream"), (2, 1), "the third is beyond the window");
    assert_eq!(copies("sqs-fifo"), (1, 2));
    assert_eq!(copies("sqs"), (3, 0));
    assert_eq!(copies("pulsar"), (3, 0), "off unless the broker is told to");
}

#[test]
fn jetstream_keeps_what_it_gives_up() {
    let summary =
        one("{at_once: 3}", "profile: jetstream, max_deliveries: 2", "do: [work: 10ms]", ALL_POISON);
    assert_eq!((summary.ledger.deliveries, summary.outcomes.unfinished), (6, 3));
    assert_eq!((summary.ledger.dead_lettered, summary.outcomes.dropped), (0, 0));
    is_near(seconds(summary.ended_at), 2.0);
}

/// An ack that comes after its message was given up takes it out of the stream after all.
#[test]
fn jetstream_settles_what_it_kept_when_an_ack_comes_late() {
    let queue = "profile: jetstream, ack_timeout: 1s, max_deliveries: 1";
    let summary = one("{at_once: 1}", queue, "do: [work: 1500ms]", "");
    assert_eq!((summary.ledger.ack_timeouts, summary.ledger.late_acks), (1, 1));
    assert_eq!((summary.outcomes.done, summary.outcomes.unfinished), (1, 0));
}

/// 10 s, 30 s, 1 to 10 min, 20 min, 30 min, 1 h and 2 h between the 17 deliveries.
#[test]
fn rocketmq_retries_ever_more_slowly_and_gives_up_after_17_deliveries() {
    let queue = "profile: rocketmq, dead_letter: dead";
    let summary = one("{at_once: 1}", queue, "do: [work: 10ms]", ALL_POISON);
    assert_eq!((summary.ledger.deliveries, summary.ledger.dead_lettered), (17, 1));
    let delays = 10 + 30 + (1..=10).sum::<u32>() * 60 + (20 + 30 + 60 + 120) * 60;
    is_near(seconds(summary.ended_at), f64::from(delays) + 0.17);
}

#[test]
fn redis_leaves_the_entries_of_the_dead_to_whoever_claims_them() {
    let dies = "{crash: {target: c#0, when: received, for: 1s, restart_after: 1s}}";
    let outcomes = |claim: &str| {
        let summary = run(&format!(
            "run_for: 10min\nproducers: {{p: {{arrivals: {{at_once: 1}}, do: [publish: q]}}}}\n\
             queues: {{q: {{profile: redis-streams, {claim}}}}}\n\
             consumers: {{c: {{from: q, instances: 2, do: [work: 10ms]}}}}\nfaults: [{dies}]\n"
        ));
        let first = summary.latencies.iter().find(|(name, _)| *name == "end_to_end");
        (summary.outcomes.done, first.and_then(|(_, spans)| spans.max_ms))
    };
    assert_eq!(outcomes(""), (0, None), "nobody asked for it");
    assert_eq!(outcomes("ack_timeout: 1min"), (1, Some(60_010.0)), "claimed after a minute");
}

#[test]
fn pulsar_brings_a_refused_message_back_after_a_minute() {
    let fails_first = "{fail: {target: c, for: 1s}}";
    let summary = one("{at_once: 1}", "profile: pulsar", "do: [work: 10ms]", fails_first);
    assert_eq!((summary.ledger.nacks, summary.outcomes.done), (1, 1));
    is_near(seconds(summary.ended_at), 60.02);
}

#[test]
fn pulsar_gives_a_key_to_one_consumer_at_a_time() {
    let ended = |queue: &str| {
        let arrivals = "{at_once: 8}";
        let summary = one(arrivals, queue, "instances: 4, do: [work: 1s]", "");
        assert_eq!(summary.outcomes.done, 8);
        seconds(summary.ended_at)
    };
    is_near(ended("profile: pulsar"), 8.0);
    is_near(ended("profile: pulsar, ordering: free"), 2.0);
}

/// The window that dies comes back whole, whether its messages were handled (here, before a batch of acks
/// left) or only waited.
#[test]
fn a_window_that_dies_returns_exactly_its_unacked_messages() {
    for (prefetch, handled) in [(1, 1), (10, 10), (50, 11)] {
        let consumer =
            format!("prefetch: {prefetch}, ack: {{batch: {prefetch}, every: 1s}}, do: [work: 10ms]");
        // The one that runs at 105 ms finishes, and finds its connection gone.
        let cut = "{cut: {target: c, after: 105ms, restart_after: 1s}}";
        let consumer = consumer.replace("batch: 1,", "batch: 2,").replace("batch: 10,", "batch: 11,");
        let ledger = one("{at_once: 50}", "profile: rabbitmq-quorum", &consumer, cut).ledger;
        assert_eq!((ledger.redeliveries, ledger.duplicate_executions), (prefetch, handled), "{prefetch}");
    }
}

/// A message kills its consumer three times; whoever stood beside it in the window is given up with it.
#[test]
fn the_limit_takes_the_neighbours_of_a_killer_along() {
    let dead = |prefetch: u32| {
        let queue = "profile: rabbitmq-quorum, max_deliveries: 3, dead_letter: dead";
        let consumer = format!("prefetch: {prefetch}, do: [work: 10ms]");
        // Dies at 10 ms, 1.02 s and 2.03 s.
        let kills = "{crash: {target: c, when: worked, for: 3s, restart_after: 1s}}";
        let summary = one("{at_once: 10}", queue, &consumer, kills);
        (summary.outcomes.dead_lettered, summary.outcomes.done, summary.ledger.executions)
    };
    assert_eq!(dead(1), (1, 9, 12));
    assert_eq!(dead(5), (5, 5, 8), "four of them were never handled");
}
