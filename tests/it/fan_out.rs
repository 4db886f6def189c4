//! One message for several queues, or for none: every count of the ledger is per (message, group), and a
//! confirm means all of them.

use mqlab::metrics::summary::Summary;

use crate::laboratory::{latency, queue, run};
use crate::scenarios::run_with;

/// Orders go to stock and to mail, each with a consumer; `queues` and `more` are whatever else is different.
fn shop(queues: &str, publish: &str, more: &str) -> Summary {
    run(&format!(
        "run_for: 20s\n\
         exchanges: {{shop: {{kind: fanout, bindings: [{{to: stock}}, {{to: mail}}]}}}}\n\
         queues: {queues}\n\
         producers: {{buyers: {{arrivals: {{at_once: 10}}, do: [publish: {publish}]}}}}\n\
         consumers:\n  store: {{from: stock, do: [work: 1ms]}}\n  post: {{from: mail, prefetch: 1, do: [work: 1s]}}\n\
         {more}"
    ))
}

const PLAIN: &str = "{stock: {}, mail: {}}";
const CONFIRMED: &str = "{to: shop, confirm: {timeout: 15s}}";

#[test]
fn every_subscriber_gets_every_message_once() {
    let summary = shop(PLAIN, CONFIRMED, "");
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.published, ledger.expected_effects, ledger.confirmed), (10, 20, 10));
    assert_eq!((ledger.stored, ledger.stored_duplicates, ledger.deliveries), (20, 0, 20));
    assert_eq!((ledger.executions, ledger.effects, outcomes.done), (20, 20, 20));
    assert_eq!((ledger.duplicate_executions, ledger.duplicate_effects), (0, 0));
    assert_eq!(summary.rates.loss_rate.denominator, 20);
    assert_eq!(summary.rates.redelivery_rate.denominator, 20);
    assert_eq!(latency(&summary, "end_to_end").count, 20);
}

#[test]
fn a_further_subscriber_changes_nothing_for_the_first() {
    let both = shop(PLAIN, CONFIRMED, "");
    let three = run("run_for: 20s
exchanges: {shop: {kind: fanout, bindings: [{to: stock}, {to: mail}, {to: audit}]}}
queues: {stock: {}, mail: {}, audit: {}}
producers: {buyers: {arrivals: {at_once: 10}, do: [publish: {to: shop, confirm: {timeout: 15s}}]}}
consumers:
  store: {from: stock, do: [work: 1ms]}
  post: {from: mail, prefetch: 1, do: [work: 1s]}
  clerk: {from: audit}
");
    assert_eq!(three.ledger.expected_effects, both.ledger.expected_effects + 10);
    for name in ["stock", "mail"] {
        let shown = |summary: &Summary| format!("{:?}", queue(summary, name));
        assert_eq!(shown(&both), shown(&three), "{name}");
    }
}

#[test]
fn a_confirm_waits_for_the_slowest_queue() {
    // The post takes one at once and has room for one more; each second one of the others gets in.
    let queues = "{stock: {}, mail: {max_length: 1, overflow: block}}";
    let summary = shop(queues, CONFIRMED, "");
    assert_eq!(summary.outcomes.done, 20);
    let confirm = latency(&summary, "confirm");
    assert_eq!((confirm.count, confirm.max_ms.map(f64::round)), (10, Some(8000.0)));
    assert_eq!(confirm.mean_ms.map(f64::round), Some(3600.0), "0, 0, 1, 2, … 8 s");
    let stock = queue(&summary, "stock");
    assert!(stock.oldest_age_s.peak < 0.1, "nothing in stock waits for the post");
}

#[test]
fn a_refusal_of_one_queue_is_a_refusal_and_the_other_copy_stays() {
    let queues = "{stock: {}, mail: {max_length: 1, overflow: reject}}";
    let summary = shop(queues, CONFIRMED, "");
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((summary.operations.succeeded, summary.operations.rejected), (2, 8));
    assert_eq!((ledger.confirmed, ledger.stored, ledger.stored_duplicates), (2, 12, 0));
    assert_eq!((outcomes.done, outcomes.refused, outcomes.lost), (12, 8, 0));
}

#[test]
fn a_retry_after_a_refusal_of_one_queue_is_a_duplicate_in_the_other() {
    let queues = "{stock: {}, mail: {max_length: 1, overflow: reject}}";
    let publish = "{to: shop, confirm: {timeout: 15s, retries: 1, backoff: 10ms}}";
    let summary = shop(queues, publish, "");
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.stored, ledger.stored_duplicates), (20, 8));
    assert_eq!((ledger.duplicate_executions, ledger.duplicate_effects), (8, 8));
    assert_eq!((outcomes.done, outcomes.refused), (12, 8));
}

#[test]
fn what_a_full_queue_refuses_without_a_confirm_is_dropped_there_alone() {
    let queues = "{stock: {}, mail: {max_length: 1, overflow: reject}}";
    let summary = shop(queues, "shop", "");
    assert_eq!((summary.outcomes.done, summary.outcomes.dropped), (12, 8));
    assert_eq!(summary.operations.succeeded, 10);
}

#[test]
fn each_queue_recognises_a_repeated_message_by_itself() {
    let queues = "{stock: {dedup_window: 1min}, mail: {}}";
    let publish = "{to: shop, confirm: {timeout: 50ms, retries: 1}}";
    let faults = "faults: [{lose: {what: confirm, target: buyers, for: 40ms}}]\n";
    let summary = shop(queues, publish, faults);
    let ledger = summary.ledger;
    assert_eq!((ledger.stored, ledger.deduplicated, ledger.stored_duplicates), (30, 10, 10));
    assert_eq!((ledger.confirmed, summary.outcomes.done), (10, 20));
    assert_eq!((ledger.duplicate_executions, ledger.deliveries), (9, 30), "the post had time for 19");
}

#[test]
fn one_group_may_bury_what_the_other_has_done() {
    let queues = "{stock: {max_deliveries: 2, dead_letter: unsold}, mail: {}, unsold: {}}";
    let summary = shop(queues, CONFIRMED, "faults: [{fail: {target: store, probability: 100%}}]\n");
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((outcomes.done, outcomes.dead_lettered), (10, 10));
    assert_eq!((ledger.dead_lettered, ledger.dead_lettered_after_effect), (10, 0));
    assert_eq!((ledger.executions, ledger.duplicate_executions, ledger.effects), (30, 10, 10));
}

#[test]
fn dead_letters_of_two_groups_meet_in_one_queue() {
    let text = "run_for: 20s
until: drained
exchanges: {shop: {kind: fanout, bindings: [{to: stock}, {to: mail}]}}
queues:
  stock: {max_deliveries: 1, dead_letter: failed}
  mail: {max_deliveries: 1, dead_letter: failed}
  failed: {}
producers: {buyers: {arrivals: {at_once: 10}, do: [publish: shop]}}
consumers:
  store: {from: stock}
  post: {from: mail}
  clerk: {from: failed}
faults: [{fail: {target: store, probability: 100%}}, {fail: {target: post, probability: 100%}}]
";
    let summary = run(text);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.dead_lettered, outcomes.dead_lettered, outcomes.unfinished), (20, 20, 0));
    // The clerk sees each message twice, once from either group.
    assert_eq!((ledger.executions, ledger.duplicate_executions), (40, 10));
    assert_eq!((ledger.effects, ledger.duplicate_effects), (20, 10));
}

#[test]
fn a_dead_letter_queue_may_be_a_subscriber_itself() {
    let text = "run_for: 20s
until: drained
exchanges: {shop: {kind: fanout, bindings: [{to: stock}, {to: mail}]}}
queues: {stock: {max_deliveries: 1, dead_letter: mail}, mail: {}}
producers: {buyers: {arrivals: {at_once: 10}, do: [publish: shop]}}
consumers: {store: {from: stock}, post: {from: mail}}
faults: [{fail: {target: store, probability: 100%}}]
";
    let summary = run(text);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((outcomes.done, outcomes.dead_lettered), (10, 10));
    assert_eq!((ledger.stored, ledger.stored_duplicates), (20, 0), "a dead letter is no publish");
    assert_eq!((ledger.executions, ledger.duplicate_executions), (30, 10));
}

#[test]
fn the_copies_of_a_message_have_each_their_own_luck() {
    let text = "run_for: 1min
until: drained
exchanges: {shop: {kind: fanout, bindings: [{to: stock}, {to: mail}]}}
queues:
  stock: {max_deliveries: 1, dead_letter: unsold}
  mail: {max_deliveries: 1, dead_letter: unsent}
  unsold: {}
  unsent: {}
producers: {buyers: {arrivals: {at_once: 1000}, do: [publish: shop]}}
consumers:
  store: {from: stock, on_error: reject, ack: before-handling}
  post: {from: mail, on_error: reject, ack: before-handling}
faults: [{lose: {what: delivery, probability: 50%}}]
";
    let summary = run(&text.replace("max_deliveries: 1", "ack_timeout: 1s, max_deliveries: 1"));
    let [unsold, unsent] = ["unsold", "unsent"].map(|name| queue(&summary, name).depth.peak);
    // 500 of 1000 give or take 4.5 standard deviations each; and equal numbers only once in 56 times.
    assert!([unsold, unsent].iter().all(|count| (430.0..570.0).contains(count)), "{unsold} {unsent}");
    assert!((unsold - unsent).abs() > 0.5, "both {unsold}: the copies share their luck");
}

/// Ten orders that nobody wants.
fn nowhere(publish: &str) -> Summary {
    run(&format!(
        "run_for: 20s\nuntil: drained\nnetwork: {{latency: 1ms}}\n\
         exchanges: {{shop: {{kind: topic, bindings: [{{routing_key: order.*, to: stock}}]}}}}\n\
         queues: {{stock: {{}}}}\n\
         producers: {{buyers: {{arrivals: {{at_once: 10}}, do: [publish: {publish}]}}}}\n\
         consumers: {{store: {{from: stock}}}}\n"
    ))
}

#[test]
fn what_no_binding_selects_is_confirmed_and_gone() {
    let summary = nowhere("{to: shop, routing_key: refund.asked, confirm: {timeout: 1s}}");
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.published, ledger.expected_effects, ledger.stored), (10, 10, 0));
    assert_eq!((ledger.unroutable, ledger.returned), (10, 0));
    assert_eq!((ledger.confirmed, ledger.lost_confirmed, outcomes.lost), (10, 10, 10));
    assert_eq!(summary.operations.succeeded, 10, "nobody was told");
}

#[test]
fn what_is_mandatory_comes_back_and_is_not_tried_again() {
    let confirm = "confirm: {timeout: 1s, retries: 5, backoff: 1ms}";
    let summary = nowhere(&format!("{{to: shop, routing_key: refund.asked, mandatory: true, {confirm}}}"));
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!((ledger.unroutable, ledger.returned, ledger.confirmed), (10, 10, 0));
    assert_eq!((outcomes.refused, outcomes.lost), (10, 0));
    assert_eq!((summary.operations.rejected, summary.operations.succeeded), (10, 0));
    assert_eq!(latency(&summary, "operation_failed").max_ms, Some(2.0), "one way there and one back");
}

#[test]
fn what_is_mandatory_comes_back_even_to_whoever_asked_for_no_confirm() {
    let summary = nowhere("{to: shop, routing_key: refund.asked, mandatory: true}");
    assert_eq!((summary.ledger.returned, summary.outcomes.refused), (10, 10));
    assert_eq!(summary.operations.succeeded, 10, "its user did not wait for that");
}

#[test]
fn mandatory_means_nothing_where_a_binding_selects_it() {
    let confirm = "confirm: {timeout: 1s}";
    let summary = nowhere(&format!("{{to: shop, routing_key: order.paid, mandatory: true, {confirm}}}"));
    assert_eq!((summary.ledger.returned, summary.outcomes.done, summary.ledger.confirmed), (0, 10, 10));
}

#[test]
fn a_lost_return_is_asked_for_again() {
    let text = "run_for: 20s
until: drained
exchanges: {shop: {kind: direct, bindings: []}}
queues: {stock: {}}
producers:
  buyers:
    arrivals: {at_once: 10}
    do: [publish: {to: shop, routing_key: a, mandatory: true, confirm: {timeout: 1s, retries: 1}}]
consumers: {store: {from: stock}}
faults: [{lose: {what: confirm, target: buyers, for: 500ms}}]
";
    let summary = run(text);
    assert_eq!((summary.ledger.unroutable, summary.ledger.returned), (10, 10), "a message counts once");
    assert_eq!((summary.operations.rejected, summary.outcomes.refused), (10, 10));
    assert_eq!(latency(&summary, "operation_failed").max_ms, Some(1000.0));
}

#[test]
fn exchanges_headers_and_alternates_work_from_the_file_to_the_ledger() {
    let text = "run_for: 20s
until: drained
exchanges:
  front: {kind: headers, alternate: rest, bindings: [
    {headers: {kind: order, region: eu}, to: europe},
    {match: any, headers: {kind: order, urgent: 'yes'}, to: everything}]}
  everything: {kind: fanout, bindings: [{to: orders}, {to: europe}, {to: front}]}
  rest: {kind: direct, bindings: [{routing_key: ticket, to: tickets}]}
queues: {europe: {}, orders: {}, tickets: {}}
producers:
  eu: {arrivals: {at_once: 1}, message: {headers: {kind: order, region: eu}}, do: [publish: front]}
  us: {arrivals: {at_once: 10}, message: {headers: {kind: order, region: us}}, do: [publish: front]}
  support: {arrivals: {at_once: 100}, do: [publish: {to: front, routing_key: ticket}]}
  spam: {arrivals: {at_once: 1000}, do: [publish: {to: front, routing_key: casino}]}
consumers: {a: {from: europe}, b: {from: orders}, c: {from: tickets}}
";
    let summary = run(text);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    // Both kinds of order reach both queues, once each, by whichever way.
    assert_eq!((ledger.published, ledger.stored, outcomes.done), (1111, 122, 122));
    assert_eq!((ledger.unroutable, outcomes.lost, ledger.expected_effects), (1000, 1000, 1122));
}

#[test]
fn a_missing_queue_takes_everything_and_confirms_it() {
    let text = "run_for: 20s
queues: {stock: {}}
producers:
  buyers: {declare: false, arrivals: {at_once: 10}, do: [publish: {to: stok, confirm: {timeout: 1s}}]}
consumers: {store: {from: stock}}
";
    let summary = run(text);
    assert_eq!((summary.ledger.confirmed, summary.ledger.unroutable), (10, 10));
    assert_eq!((summary.operations.succeeded, summary.outcomes.lost), (10, 10));
}

/// Publishes to an exchange that does not exist every 20 ms, 30 times; a handshake takes 36 ms.
fn missing_exchange(producer: &str, confirm: &str) -> Summary {
    run(&format!(
        "run_for: 601ms\nuntil: drained\nnetwork: {{latency: 9ms}}\n\
         queues: {{stock: {{handshake_round_trips: 2}}}}\n\
         producers:\n  buyers: {{declare: false, {producer}arrivals: {{every: 20ms}}, \
         do: [publish: {{to: shop, routing_key: a{confirm}}}]}}\n\
         consumers: {{store: {{from: stock}}}}\n"
    ))
}

#[test]
fn a_missing_exchange_closes_the_channel_again_and_again() {
    // Sent at 20 ms, refused at 29, heard of at 38, open at 74: two arrivals of three find it closed.
    let summary = missing_exchange("", "");
    assert_eq!(summary.ledger.unroutable, 10);
    assert_eq!((summary.operations.succeeded, summary.operations.failed), (10, 20));
    assert_eq!((summary.outcomes.lost, summary.outcomes.refused), (10, 20));
}

#[test]
fn whoever_waits_for_a_confirm_hears_that_the_channel_is_closed() {
    let summary = missing_exchange("", ", confirm: {timeout: 5s}");
    assert_eq!((summary.operations.failed, summary.outcomes.refused), (30, 30));
    assert_eq!(latency(&summary, "operation_failed").max_ms.map(f64::round), Some(18.0));
    let patient = missing_exchange("", ", confirm: {timeout: 5s, retries: 3, backoff: 20ms}");
    assert_eq!((patient.operations.failed, patient.ledger.confirmed, patient.ledger.stored), (30, 0, 0));
}

#[test]
fn a_channel_of_its_own_closes_for_its_own_message_alone() {
    let summary = missing_exchange("connection: per-message, ", ", confirm: {timeout: 5s}");
    assert_eq!((summary.operations.rejected, summary.ledger.unroutable), (30, 30));
}

#[test]
fn a_closed_channel_fails_whatever_else_was_on_it() {
    let text = "run_for: 1s
until: drained
network: {latency: 9ms}
queues: {stock: {handshake_round_trips: 2}}
producers:
  buyers:
    declare: false
    arrivals: [{for: 20ms, at_once: 1}, {for: 1s, at_once: 1}]
    do: [publish: {to: stock, confirm: {timeout: 5s}}, publish: {to: shop, routing_key: a}]
consumers: {store: {from: stock}}
";
    // The first order is confirmed at 18 ms and then closes the channel at 27; the second, sent at 20, comes
    // to a closed channel at 29 and hears so at 36.
    let summary = run(text);
    assert_eq!((summary.operations.succeeded, summary.operations.failed), (1, 1));
    let outcomes = summary.outcomes;
    assert_eq!((outcomes.done, outcomes.refused, outcomes.lost), (1, 1, 1));
    assert_eq!(latency(&summary, "operation_failed").max_ms, Some(16.0));
}

#[test]
fn the_shipped_topic_loses_what_it_says_and_can_be_told() {
    let summary = run_with("topic_exchange", &[]);
    let (ledger, outcomes) = (summary.ledger, summary.outcomes);
    assert_eq!([ledger.unroutable, ledger.lost_confirmed], [outcomes.lost; 2]);
    assert_eq!(outcomes.done, ledger.stored);
    let told = run_with("topic_exchange", &[("producers.support.do.0.publish.mandatory", "true")]);
    assert_eq!((told.outcomes.refused, told.outcomes.lost), (outcomes.lost, 0));
    assert_eq!(told.operations.rejected, told.ledger.returned);
    let kept = run_with("topic_exchange", &[("exchanges.shop.bindings.3.routing_key", "refund.*")]);
    assert_eq!(kept.outcomes.done, kept.ledger.expected_effects);
}

#[test]
fn the_shipped_subscriber_is_the_others_business_only_where_the_shop_waits_for_it() {
    let summary = run_with("fanout_subscriber", &[]);
    assert_eq!(summary.outcomes.done, 3 * summary.ledger.published);
    let impatient = run_with("fanout_subscriber", &[("queues.loyalty.max_length", "100")]);
    assert!(impatient.operations.timed_out > 1000, "everybody waits for loyalty");
    assert_eq!(summary.operations.timed_out, 0);
}

#[test]
fn the_shipped_overtaking_follows_from_two_exponential_handlers() {
    let ledger = run_with("create_and_cancel", &[]).ledger;
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let (pairs, overtaken) = (ledger.published as f64 / 2.0, ledger.out_of_order as f64);
    let expected = libm::exp(-5.0 / 20.0) / 2.0;
    let deviation = libm::sqrt(expected * (1.0 - expected) / pairs);
    assert!((overtaken / pairs - expected).abs() < 3.0 * deviation, "{overtaken} of {pairs}");
    let alone = [("consumers.booking.instances", "1"), ("consumers.booking.do.0.work", "1ms")];
    assert_eq!(run_with("create_and_cancel", &alone).ledger.out_of_order, 0, "one worker keeps the order");
    for ordering in ["one-per-key", "key-to-one-consumer"] {
        let set = [("queues.orders.ordering", ordering)];
        assert_eq!(run_with("create_and_cancel_in_order", &set).ledger.out_of_order, 0, "{ordering}");
    }
}
