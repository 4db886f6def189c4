//! Logs and their groups: what each rule does in a run small enough to be counted by hand.

use mqlab::quantity::{Span, Time};

use crate::laboratory::{latency, run, shaving};

/// A log of `partitions` with a hundred records at once, read as `consumer` says under `faults`.
fn a_hundred(partitions: u32, consumer: &str, faults: &str) -> String {
    format!(
        "until: drained\nqueues: {{q: {{kind: log, partitions: {partitions}}}}}\n\
         producers: {{p: {{arrivals: {{at_once: 100}}, do: [publish: q]}}}}\n\
         consumers: {{c: {{from: q, {consumer}, do: [work: 10ms]}}}}\nfaults: [{faults}]\n"
    )
}

#[test]
fn duplicates_after_a_crash_are_the_records_handled_since_the_last_commit() {
    // Record n is handled at 10 (n + 1) ms. Until 255 ms, 25 are.
    let crash = "crash: {target: c, after: 255ms, restart_after: 100ms}";
    let modes = [
        ("after-handling", 0),
        ("{batch: 10, every: 1h}", 5),
        ("{batch: 7, every: 1h}", 4),
        ("{batch: 1000, every: 100ms}", 5),
        ("{batch: 1000, every: 1h}", 25),
        ("{every: 1h}", 25),
    ];
    for (ack, handled_since) in modes {
        let ledger = run(&a_hundred(1, &format!("ack: {ack}"), crash)).ledger;
        assert_eq!(ledger.duplicate_executions, handled_since, "{ack}");
        assert_eq!(ledger.executions, 100 + handled_since, "{ack}");
    }
}

#[test]
fn a_crash_loses_what_was_committed_before_it_was_handled() {
    // The first poll returns what is there, one record; the second the other 99, all committed.
    let crash = "crash: {target: c, after: 255ms, restart_after: 100ms}";
    for ack in ["before-handling", "on-delivery"] {
        let summary = run(&a_hundred(1, &format!("ack: {ack}"), crash));
        assert_eq!((summary.outcomes.done, summary.outcomes.lost), (25, 75), "{ack}");
        assert_eq!(summary.ledger.duplicate_executions, 0, "{ack}");
    }
}

#[test]
fn what_is_left_in_the_partition_of_a_dead_member_waits_for_the_end_of_its_session() {
    let crash = "crash: {target: c#0, after: 1ms, restart_after: 1h}";
    let summary = run(&a_hundred(2, "instances: 2, session_timeout: 10s", crash));
    assert_eq!(summary.outcomes.done, 100);
    // Heard of at 0 s, it is put out at 10 s; the other one takes over when its heartbeat says so, at 12 s.
    assert_eq!(summary.ended_at, Time::ZERO + Span::from_millis(12_500));
}

#[test]
fn members_without_a_partition_do_nothing() {
    let busy = |members: u32| {
        let text = a_hundred(2, &format!("instances: {members}"), "");
        let summary = run(&text);
        assert_eq!(summary.outcomes.done, 100);
        summary.ended_at
    };
    assert_eq!(busy(1), Time::ZERO + Span::from_millis(1000));
    assert_eq!(busy(2), Time::ZERO + Span::from_millis(500));
    assert_eq!(busy(5), Time::ZERO + Span::from_millis(500), "no more than one for each partition");
}

#[test]
fn one_instance_handles_partitions_side_by_side_but_each_in_order() {
    for (concurrency, millis) in [(1, 1000), (3, 340), (4, 250), (9, 250)] {
        let summary = run(&a_hundred(4, &format!("concurrency: {concurrency}"), ""));
        assert!(summary.ended_at <= Time::ZERO + Span::from_millis(millis + 20), "{concurrency}");
        assert!(summary.ended_at >= Time::ZERO + Span::from_millis(millis), "{concurrency}");
        assert_eq!(summary.ledger.duplicate_executions, 0);
    }
}

#[test]
fn a_poison_record_blocks_its_partition_only() {
    let text = |more: &str, at_the_limit: &str| {
        format!(
            "run_for: 10s\n{more}queues: {{dead: {{}}, q: {{kind: log, partitions: 2{at_the_limit}}}}}\n\
             producers:\n  p: {{arrivals: {{every: 100ms}}, do: [publish: q]}}\n  \
             bad: {{arrivals: {{for: 1ms, at_once: 1}}, do: [publish: q]}}\n\
             consumers: {{c: {{from: q, on_error: {{requeue_after: 1s}}, do: [work: 10ms]}}}}\n\
             faults: [poison: {{of: bad, probability: 100%}}]\n"
        )
    };
    let blocked = run(&text("", ""));
    // The poison is the first of partition 0; of 99 others the 49 with odd numbers go past it.
    assert_eq!(blocked.outcomes.done, 49);
    assert_eq!(blocked.ledger.nacks, 10, "once a second");
    let freed = run(&text("until: drained\n", ", max_deliveries: 3, dead_letter: dead"));
    assert_eq!((freed.outcomes.done, freed.outcomes.dead_lettered), (99, 1));
    assert_eq!(freed.ledger.nacks, 3);
    assert_eq!(freed.ledger.duplicate_executions, 2, "the poison, and no neighbour");
}

#[test]
fn a_rejected_record_is_left_out_and_an_unanswered_one_passed_over() {
    let fail = "fail: {target: c, probability: 100%, after: 95ms, for: 100ms}";
    let with = |policy: &str| run(&a_hundred(1, &format!("on_error: {policy}"), fail));
    let rejected = with("reject");
    assert_eq!((rejected.outcomes.done, rejected.outcomes.dropped), (90, 10));
    let unanswered = with("no-answer");
    assert_eq!((unanswered.outcomes.done, unanswered.outcomes.lost), (90, 10));
}

#[test]
fn retention_takes_what_was_not_read_in_time() {
    let text = "run_for: 100s\nqueues: {q: {kind: log, retention: 10s}}\n\
                producers: {p: {arrivals: {every: 1s}, do: [publish: q]}}\n\
                consumers: {c: {from: q, do: [work: 10ms]}}\n\
                faults: [crash: {target: c, after: 20500ms, restart_after: 30s}]\n";
    let summary = run(text);
    // It is heard of last at 18 s and put out at 63 s; then what came until 53 s is gone.
    assert_eq!((summary.outcomes.done, summary.outcomes.expired), (20 + 46, 33));
}

#[test]
fn retention_by_size_keeps_the_newest() {
    let text = "run_for: 100s\nqueues: {q: {kind: log, retention_size: 10kB}}\n\
                producers: {p: {arrivals: {every: 1s}, message: {size: 1kB}, do: [publish: q]}}\n";
    let summary = run(text);
    assert_eq!((summary.outcomes.unfinished, summary.outcomes.expired), (10, 89));
}

#[test]
fn a_replay_repeats_what_is_behind_its_offset_and_is_no_accident() {
    let text = |replay: &str, more: &str| {
        format!(
            "run_for: 100s\nuntil: drained\nqueues: {{q: {{kind: log, partitions: 2{more}}}}}\n\
             producers: {{p: {{arrivals: {{every: 1s}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, instances: 2, replay: {{after: 50500ms, from: {replay}}}, do: [work: 10ms]}}}}\n"
        )
    };
    // At 50.5 s there are 25 records in each partition.
    for (from, replayed) in [("earliest", 50), ("10", 30), ("latest", 0), ("999", 0)] {
        let summary = run(&text(from, ""));
        assert_eq!(summary.outcomes.done, 99, "{from}");
        assert_eq!(summary.ledger.replayed, replayed, "{from}");
        assert_eq!(summary.ledger.effects, 99 + replayed, "{from}");
        assert_eq!((summary.ledger.duplicate_effects, summary.ledger.redeliveries), (0, 0), "{from}");
    }
    let summary = run(&text("earliest", ", retention: 20s"));
    assert_eq!(summary.ledger.replayed, 20, "a replay begins at the oldest record there is");
}

#[test]
fn idempotent_producers_store_a_retry_once() {
    let with = |idempotent: bool, id: &str| {
        let text = format!(
            "run_for: 100s\nuntil: drained\nqueues: {{q: {{kind: log, partitions: 3, idempotent_producers: {idempotent}}}}}\n\
             producers: {{p: {{arrivals: {{every: 100ms}}, do: [publish: {{to: q, confirm: {{timeout: 50ms, retries: 100, id: {id}}}}}]}}}}\n\
             consumers: {{c: {{from: q, do: [work: 1ms]}}}}\n\
             faults: [lose: {{what: confirm, probability: 20%}}]\n"
        );
        let summary = run(&text);
        assert_eq!(summary.outcomes.done, 999);
        (summary.ledger.stored_duplicates, summary.ledger.deduplicated, summary.ledger.duplicate_executions)
    };
    let (stored_again, recognised, executed_again) = with(false, "keep");
    assert_eq!((stored_again, recognised), (executed_again, 0));
    assert!(stored_again > 150, "a fifth of the confirms are lost");
    assert_eq!(with(true, "keep"), (0, stored_again, 0), "the same confirms, and no harm");
    assert_eq!(with(true, "new"), (stored_again, 0, stored_again), "an application's resend is a new record");
}

#[test]
fn a_member_that_takes_too_long_between_polls_is_put_out() {
    let text = "run_for: 10s\nqueues: {q: {kind: log}}\n\
                producers: {p: {arrivals: {at_once: 10}, do: [publish: q]}}\n\
                consumers: {c: {from: q, instances: 2, poll_timeout: 450ms, do: [work: 10ms]}}\n\
                faults: [slow: {target: c#0, factor: 10, probability: 100%}]\n";
    let ledger = run(text).ledger;
    // Its second poll, at 100 ms, brings nine records of 100 ms each; at 550 ms it has committed five in all.
    assert_eq!(ledger.redeliveries, 5);
    // It finishes the record it is at, and has begun the next when it learns that its commit was refused.
    assert_eq!((ledger.duplicate_executions, ledger.late_acks), (2, 2));
}

#[test]
fn eager_stops_the_whole_group_for_a_rebalance_and_cooperative_what_moves() {
    let longest_wait = |protocol: &str| {
        // Keys 3 and 2 belong to partitions 0 and 1. Member 1 is at one record from 2 s to 7 s.
        let text = format!(
            "run_for: 15s\nuntil: drained\nqueues: {{q: {{kind: log, partitions: 3}}}}\n\
             producers:\n  p: {{arrivals: {{every: 20ms}}, message: {{key: 3}}, do: [publish: q]}}\n  \
             long: {{arrivals: [{{for: 2s}}, {{for: 1ms, at_once: 1}}], message: {{key: 2}}, do: [publish: q]}}\n\
             consumers: {{c: {{from: q, instances: 3, session_timeout: 3s, rebalance: {protocol}, do: [work: 10ms]}}}}\n\
             faults:\n  - slow: {{target: c#1, factor: 500, probability: 100%}}\n  \
             - crash: {{target: c#2, after: 1500ms, restart_after: 1h}}\n"
        );
        let summary = run(&text);
        assert_eq!(summary.outcomes.done, 750);
        shaving(&summary, "q").longest_wait
    };
    // Member 2 is put out at 4 s; member 0 gives back, and member 1 not before its record is done.
    assert!((longest_wait("eager") - 3.0).abs() < 0.03);
    assert!(longest_wait("cooperative") < 0.001);
}

#[test]
fn groups_read_the_same_log_each_for_itself() {
    let text = "run_for: 10s\nuntil: drained\nqueues: {q: {kind: log, partitions: 2}}\n\
                producers: {p: {arrivals: {every: 100ms}, do: [publish: q]}}\n\
                consumers:\n  a: {from: q, do: [work: 1ms]}\n  b: {from: q, instances: 2, do: [work: 1ms]}\n  \
                more: {from: q, group: b, do: [work: 1ms]}\n";
    let summary = run(text);
    assert_eq!(summary.ledger.expected_effects, 2 * 99);
    assert_eq!((summary.outcomes.done, summary.ledger.stored), (2 * 99, 99));
    assert_eq!(latency(&summary, "end_to_end").count, 2 * 99);
}

#[test]
fn polls_keep_their_distance() {
    let text = "run_for: 10s\nqueues: {q: {kind: log}}\n\
                producers: {p: {arrivals: {every: 100ms}, do: [publish: q]}}\n\
                consumers: {c: {from: q, ack: {every: 1s}, poll: {every: 1s}, do: [work: 1ms]}}\n";
    let summary = run(text);
    // The latest poll, at 9 s, brings what had come before.
    assert_eq!(summary.outcomes.done, 89);
}

#[test]
fn the_kafka_profile_is_a_log_that_commits_by_itself() {
    let text = "until: drained\nqueues: {q: {profile: kafka}}\n\
                producers: {p: {arrivals: {at_once: 100}, do: [publish: q]}}\n\
                consumers: {c: {from: q, do: [work: 10ms]}}\n\
                faults: [crash: {target: c, after: 255ms, restart_after: 100ms}]\n";
    let summary = run(text);
    // Nothing was committed before 5 s, and the death is noticed when the session of 45 s ends.
    assert_eq!(summary.ledger.duplicate_executions, 25);
    assert!(summary.ended_at > Time::ZERO + Span::from_seconds(45));
    assert_eq!(summary.outcomes.done, 100);
}

#[test]
fn a_log_is_as_safe_as_the_disks_that_have_it() {
    let with = |broker: &str, durable: bool| {
        let text = format!(
            "run_for: 10s\nuntil: drained\nnetwork: {{latency: 1ms}}\nbroker: {{{broker}, fsync: 2ms}}\n\
             queues: {{q: {{kind: log, partitions: 3, durable: {durable}}}}}\n\
             producers: {{p: {{arrivals: {{poisson: 300/s}}, do: [publish: {{to: q, confirm: {{timeout: 500ms, retries: 50, backoff: 200ms}}}}]}}}}\n\
             consumers: {{c: {{from: q, instances: 2, ack: {{every: 1s}}, do: [work: 5ms]}}}}\n\
             faults: [crash: {{target: \"broker#0\", after: 5s, restart_after: 2s, how: machine}}]\n"
        );
        let summary = run(&text);
        assert_eq!(summary.outcomes.unfinished, 0);
        summary.ledger.lost_confirmed
    };
    assert_eq!(with("nodes: 1", true), 0, "confirmed means on disk");
    assert!(with("nodes: 1", false) > 0, "memory forgets what was not read yet");
    assert_eq!(with("nodes: 3, replication: quorum", true), 0);
}
