//! Dead letters that a handler sends back under their identity (`same_message: true`), and the same with a
//! new one.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{latency, queue, run};
use crate::scenarios::run_with;

/// Five orders whose handler fails twice, until a clerk has looked at each for two seconds. `publish` is
/// what the clerk does then, `faults` are further ones.
fn office(until: &str, publish: &str, faults: &str) -> Summary {
    run(&format!(
        "{until}\nqueues:\n  orders: {{max_deliveries: 2, dead_letter: failed}}\n  failed: {{}}\n  second: {{}}\n\
         producers: {{shop: {{arrivals: {{at_once: 5}}, do: [publish: orders]}}}}\n\
         consumers:\n  booking: {{from: orders}}\n\
         \x20 clerk: {{from: failed, concurrency: 5, do: [work: 2s, publish: {publish}]}}\n\
         \x20 other: {{from: second}}\n\
         faults: [{faults}]\n"
    ))
}

const DRAINED: &str = "run_for: 1s\nuntil: drained";
const BACK: &str = "{to: orders, same_message: true}";
/// The handler works again after a second.
const MENDED: &str = "{fail: {target: booking, probability: 100%, for: 1s}}";
const BROKEN: &str = "{fail: {target: booking, probability: 100%}}";

#[test]
fn what_is_sent_back_and_handled_is_done() {
    for publish in [BACK, "{to: orders, same_message: true, confirm: {timeout: 1s}}"] {
        let summary = office(DRAINED, publish, MENDED);
        let (ledger, outcomes) = (summary.ledger, summary.outcomes);
        assert_eq!((ledger.published, ledger.expected_effects, outcomes.done), (5, 5, 5));
        assert_eq!((ledger.stored, ledger.stored_duplicates), (10, 0), "a redrive is no duplicate");
        assert_eq!((ledger.dead_lettered, ledger.dead_lettered_after_effect), (5, 0));
        // Booking twice, the clerk once, booking once more.
        assert_eq!((ledger.executions, ledger.duplicate_executions), (20, 10));
        assert_eq!((ledger.deliveries, ledger.redeliveries), (20, 5));
        assert_eq!(ledger.duplicate_effects, 0);
        assert_eq!(latency(&summary, "end_to_end").max_ms, Some(2000.0), "counted from the first publish");
    }
}

#[test]
fn what_is_sent_back_in_vain_is_a_dead_letter_again() {
    // Dead at 0, 2, 4 and 6 s, and on the clerk's desk at the end.
    let summary = office("run_for: 7s", BACK, BROKEN);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((outcomes.dead_lettered, outcomes.unfinished), (5, 0));
    assert_eq!((ledger.dead_lettered, ledger.stored, ledger.stored_duplicates), (20, 20, 0));
    assert!(queue(&summary, "failed").unacked.peak > 4.5, "all five are on the clerk's desk");
}

#[test]
fn what_was_sent_back_and_waits_is_unfinished() {
    let slow = "{slow: {target: booking, probability: 100%, factor: 2}}";
    let text = office("run_for: 2s", BACK, &format!("{MENDED}, {slow}"));
    assert_eq!(text.outcomes.dead_lettered, 5, "until the clerk is done");
    let summary = run("run_for: 3s
queues: {orders: {max_deliveries: 1, dead_letter: failed}, failed: {}}
producers: {shop: {arrivals: {at_once: 5}, do: [publish: orders]}}
consumers:
  booking: {from: orders, do: [work: 1500ms]}
  clerk: {from: failed, do: [publish: {to: orders, same_message: true}]}
faults: [{fail: {target: booking, probability: 100%, for: 2s}}]
");
    // The first fails at 1.5 s, and comes back behind four others.
    assert_eq!((summary.ledger.dead_lettered, summary.outcomes.unfinished), (1, 5));
}

#[test]
fn with_an_identity_of_its_own_it_is_another_message() {
    let summary = office(DRAINED, "orders", MENDED);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.published, ledger.expected_effects), (10, 10));
    assert_eq!((outcomes.done, outcomes.dead_lettered), (5, 5));
}

#[test]
fn sent_on_to_another_queue_it_stays_a_dead_letter_of_its_own() {
    let summary = office(DRAINED, "{to: second, same_message: true}", BROKEN);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.published, outcomes.dead_lettered, outcomes.done), (5, 5, 0));
    assert_eq!((ledger.stored, ledger.stored_duplicates), (10, 0));
    assert_eq!(ledger.effects, 10, "the clerk's and the other's");
}

#[test]
fn a_clerk_who_dies_before_the_ack_sends_it_back_twice() {
    let crash = "{crash: {target: clerk, when: before-ack, probability: 100%, for: 2500ms}}";
    let summary = office(DRAINED, BACK, &format!("{MENDED}, {crash}"));
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.published, outcomes.done, outcomes.dead_lettered), (5, 5, 0));
    // The first to finish kills the others at their desks: it alone is sent back once more.
    assert_eq!((ledger.stored, ledger.stored_duplicates), (11, 0));
    assert_eq!((ledger.effects, ledger.duplicate_effects), (12, 2), "the clerk's own, and the order's");
}

#[test]
fn what_is_lost_on_its_way_back_is_dead() {
    let lost = "{lose: {what: publish, target: clerk, probability: 100%}}";
    for publish in [BACK, "{to: orders, same_message: true, confirm: {timeout: 50ms, retries: 2}}"] {
        let summary = office("run_for: 5s", publish, &format!("{MENDED}, {lost}"));
        assert_eq!((summary.outcomes.dead_lettered, summary.ledger.stored), (5, 5), "{publish}");
    }
}

#[test]
fn a_confirm_that_gets_lost_makes_a_duplicate_of_what_is_sent_back() {
    let confirmed = "{to: orders, same_message: true, confirm: {timeout: 50ms, retries: 1}}";
    let lost = "{lose: {what: confirm, target: clerk, probability: 100%, for: 2010ms}}";
    let summary = office(DRAINED, confirmed, &format!("{MENDED}, {lost}"));
    assert_eq!((summary.outcomes.done, summary.ledger.stored), (5, 15));
    assert_eq!((summary.ledger.duplicate_effects, summary.ledger.confirmed), (5, 0));
}

#[test]
fn a_queue_that_remembers_its_id_does_not_take_it_back() {
    let text = |window: &str| {
        run(&format!(
            "run_for: 1s\nuntil: drained\n\
             queues: {{orders: {{max_deliveries: 1, dead_letter: failed, dedup_window: {window}}}, failed: {{}}}}\n\
             producers: {{shop: {{arrivals: {{at_once: 5}}, do: [publish: orders]}}}}\n\
             consumers:\n  booking: {{from: orders}}\n\
             \x20 clerk: {{from: failed, do: [work: 2s, publish: {{to: orders, same_message: true}}]}}\n\
             faults: [{MENDED}]\n"
        ))
    };
    let remembered = text("1min");
    assert_eq!((remembered.ledger.deduplicated, remembered.outcomes.dead_lettered), (5, 5));
    let forgotten = text("1s");
    assert_eq!((forgotten.ledger.deduplicated, forgotten.outcomes.done), (0, 5));
}

#[test]
fn an_exchange_may_send_it_to_several_or_to_nobody() {
    let office = |bindings: &str, publish: &str| {
        run(&format!(
            "run_for: 1s\nuntil: drained\n\
             exchanges: {{desk: {{kind: fanout, bindings: [{bindings}]}}}}\n\
             queues: {{orders: {{max_deliveries: 1, dead_letter: failed}}, failed: {{}}, second: {{}}}}\n\
             producers: {{shop: {{arrivals: {{at_once: 5}}, do: [publish: orders]}}}}\n\
             consumers:\n  booking: {{from: orders}}\n  other: {{from: second}}\n\
             \x20 clerk: {{from: failed, on_error: reject, do: [work: 2s, publish: {{to: desk, same_message: true{publish}}}]}}\n\
             faults: [{MENDED}]\n"
        ))
    };
    let both = office("{to: orders}, {to: second}", "");
    assert_eq!((both.outcomes.done, both.ledger.stored, both.ledger.effects), (5, 15, 15));
    for mandatory in ["", ", mandatory: true", ", mandatory: true, confirm: {timeout: 1s}"] {
        let nobody = office("", mandatory);
        assert_eq!((nobody.outcomes.dead_lettered, nobody.ledger.stored), (5, 5), "{mandatory}");
        assert_eq!(nobody.ledger.unroutable, 0, "it is about messages, and these had a queue");
    }
}

#[test]
fn a_full_queue_that_tells_nobody_drops_what_is_sent_back() {
    let office = |confirm: &str| {
        run(&format!(
            "run_for: 5s\n\
             queues: {{orders: {{message_ttl: 1s, dead_letter: failed, max_length: 5, overflow: reject}}, failed: {{}}}}\n\
             producers:\n  shop: {{arrivals: {{at_once: 5}}, do: [publish: orders]}}\n\
             \x20 more: {{arrivals: [{{for: 1500ms}}, {{for: 1s, at_once: 5}}], do: [publish: orders]}}\n\
             consumers:\n\
             \x20 clerk: {{from: failed, concurrency: 5, on_error: no-answer, do: [work: 1s, publish: {{to: orders, same_message: true{confirm}}}]}}\n"
        ))
    };
    // The first five expire at 1 s and come back at 2 s, when five others are there.
    let untold = office("").outcomes;
    assert_eq!(untold.dropped, 5, "{untold:?}");
    let told = office(", confirm: {timeout: 1s}").outcomes;
    assert_eq!((told.dropped, told.dead_lettered), (0, 10), "{told:?}");
}

#[test]
fn every_try_after_it_was_sent_back_has_a_luck_of_its_own() {
    let text = "run_for: 1s
until: drained
queues: {orders: {max_deliveries: 1, dead_letter: failed}, failed: {}}
producers: {shop: {arrivals: {at_once: 1000}, do: [publish: orders]}}
consumers:
  booking: {from: orders}
  clerk: {from: failed, do: [publish: {to: orders, same_message: true}]}
faults: [{fail: {target: booking, probability: 50%}}]
";
    let summary = run(text);
    assert_eq!((summary.outcomes.done, summary.outcomes.total()), (1000, 1000));
    // One failure for each on average, as for any coin: 1000 give or take 3 standard deviations of 45.
    assert!((865..=1135).contains(&summary.ledger.dead_lettered), "{}", summary.ledger.dead_lettered);
    assert_eq!(summary.ledger.stored, 1000 + summary.ledger.dead_lettered);
}

#[test]
fn a_handler_of_a_plain_queue_may_pass_its_message_on() {
    let text = "run_for: 1s
until: drained
queues: {orders: {}, parcels: {}}
producers: {shop: {arrivals: {at_once: 5}, message: {key: 7}, do: [publish: orders]}}
consumers:
  booking: {from: orders, do: [publish: {to: parcels, same_message: true}]}
  post: {from: parcels}
";
    let summary = run(text);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.published, ledger.expected_effects, outcomes.done), (5, 5, 5));
    assert_eq!((ledger.stored, ledger.effects, ledger.duplicate_effects), (10, 10, 0));
}

#[test]
fn the_shipped_dead_letters_are_all_alive_in_the_end() {
    let summary = run_with("dead_letters_sent_back", &[]);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((outcomes.done, ledger.stored), (ledger.published, ledger.published + ledger.dead_lettered));
    let anew = run_with("dead_letters_sent_back", &[("consumers.tool.do.1.publish.same_message", "false")]);
    assert_eq!(anew.outcomes.dead_lettered, ledger.dead_lettered);
    assert_eq!(anew.outcomes.done, ledger.published, "the old ones died, and as many new ones were done");
}

#[test]
fn all_messages_of_an_operation_are_about_one_thing() {
    // With keys of their own none of them would be like any other.
    let text = "run_for: 1s
until: drained
queues: {q: {}}
producers: {p: {arrivals: {at_once: 100}, message: {key: {uniform: {over: 1_000_000_000}}}, do: [publish: q, work: 1ms, publish: q]}}
consumers: {c: {from: q, instances: 200, prefetch: 1, do: [work: {exponential: 1s}]}}
";
    let overtaken = run(text).ledger.out_of_order;
    assert!((30..=70).contains(&overtaken), "{overtaken} of 100, half of them but for 1 ms in a second");
}
