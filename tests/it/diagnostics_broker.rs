//! Exchanges, logs, nodes and their faults: what is read.

use mqlab::quantity::Span;
use mqlab::scenario::diagnostic::Diagnostic;
use mqlab::scenario::model::{
    AckMode, AfterLimit, Destination, ExchangeRef, FaultKind, Identity, Level, Matching, Ordering, PublishTo,
    QueueRef, Rebalance, Redelivery, Replay, Replication, Scenario, Selector, Selects, Start, Step,
    Unroutable,
};
use mqlab::scenario::to_yaml;

use crate::diagnostics_support::{complaints, read_text, rendered};

const WHOLE: &str = include_str!("data/whole_broker.yaml");

fn whole() -> Scenario {
    read_text(WHOLE, &[]).unwrap_or_else(|_| panic!("{}", rendered(WHOLE, &[]))).scenario
}

/// The ids of what a text gets.
fn ids(text: &str) -> Vec<&'static str> {
    complaints(text, &[]).iter().map(Diagnostic::id).collect()
}

#[test]
fn the_whole_broker_survives_being_written() {
    let first = whole();
    let written = to_yaml(&first);
    let second = read_text(&written, &[]).unwrap_or_else(|_| panic!("{}", rendered(&written, &[]))).scenario;
    assert_eq!(second, first);
    assert_eq!(written, to_yaml(&second));
    assert!(
        read_text(WHOLE, &[]).is_ok_and(|checked| checked.warnings.is_empty()),
        "{}",
        rendered(WHOLE, &[])
    );
}

#[test]
fn the_broker_and_its_exchanges_are_read() {
    let Scenario { broker, exchanges, .. } = whole();
    assert_eq!(
        (broker.nodes, broker.replication, broker.failover),
        (3, Replication::Quorum, Span::from_seconds(2))
    );
    assert_eq!(broker.memory_limit, Some(1_500_000));
    let selects: Vec<&Selects> = exchanges[0].bindings.iter().map(|binding| &binding.selects).collect();
    let key = |text: &str| Selects::RoutingKey(text.to_owned());
    assert_eq!(selects, [&key("order.*"), &key("#"), &key("*.paid")]);
    assert_eq!(exchanges[0].bindings[1].to, Destination::Exchange(ExchangeRef(1)));
    assert_eq!((exchanges[0].alternate, exchanges[3].alternate), (Some(ExchangeRef(3)), None));
    assert_eq!(exchanges[1].bindings[0].selects, Selects::Everything);
    let headers = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let vip = headers(&[("region", "eu"), ("vip", "yes")]);
    assert_eq!(exchanges[2].bindings[0].selects, Selects::Headers { matching: Matching::All, headers: vip });
    let any = headers(&[("region", "us"), ("region2", "null")]);
    assert_eq!(exchanges[2].bindings[1].selects, Selects::Headers { matching: Matching::Any, headers: any });
}

#[test]
fn queues_and_logs_are_read() {
    let scenario = whole();
    let [orders, failed, fifo, keyed, clicks, last] = scenario.queues.as_slice() else {
        panic!("six queues")
    };
    let delays = [10, 30, 60].map(Span::from_seconds).to_vec();
    assert_eq!((orders.priorities, &orders.redelivery), (10, &Redelivery::After(delays)));
    assert_eq!((orders.after_limit, orders.dead_letter), (AfterLimit::Keep, Some(QueueRef(5))));
    assert_eq!(failed.redelivery, Redelivery::After(vec![Span::from_seconds(5)]));
    assert_eq!((fifo.ordering, keyed.ordering), (Ordering::OnePerKey, Ordering::KeyToOneConsumer));
    assert!(keyed.log.is_none() && clicks.idempotent_producers);
    let log = clicks.log.as_ref().expect("it is a log");
    assert_eq!(
        (log.partitions, log.retention, log.retention_size),
        (6, Some(Span::from_seconds(3600)), Some(1 << 30))
    );
    let log = last.log.as_ref().expect("it is a log");
    assert_eq!((log.partitions, log.retention, log.retention_size), (1, None, None));
}

#[test]
fn clients_of_exchanges_and_logs_are_read() {
    let scenario = whole();
    let message = &scenario.producers[0].message;
    assert_eq!((message.priority, message.delay, message.size), (9, Span::from_seconds(1), 2000));
    assert_eq!(message.headers[1], ("vip".to_owned(), "true".to_owned()));
    let publishes: Vec<_> = scenario
        .producers
        .iter()
        .flat_map(|producer| &producer.steps)
        .filter_map(|step| if let Step::Publish(publish) = step { Some(publish) } else { None })
        .collect();
    let ways: Vec<(PublishTo, &str)> =
        publishes.iter().map(|publish| (publish.to.clone(), publish.routing_key.as_str())).collect();
    let expected = [
        (PublishTo::Exchange(ExchangeRef(0)), "order.created"),
        (PublishTo::Exchange(ExchangeRef(2)), ""),
        (PublishTo::Exchange(ExchangeRef(1)), ""),
        (PublishTo::MissingQueue("nowhere".to_owned()), ""),
        (PublishTo::MissingExchange("no-exchange".to_owned()), "a.b"),
        (PublishTo::MissingExchange("no-exchange".to_owned()), ""),
        (PublishTo::Queue(QueueRef(4)), ""),
    ];
    assert_eq!(ways, expected);
    assert_eq!(
        (publishes[0].unroutable, publishes[1].unroutable),
        (Unroutable::Returned, Unroutable::Dropped)
    );
    let Step::Publish(again) = &scenario.consumers[0].steps[1] else { panic!("it publishes") };
    assert_eq!(again.identity, Identity::OfHandled);
    assert_eq!(scenario.consumers[0].extend_every, Some(Span::from_seconds(10)));
    let billing = &scenario.consumers[4];
    assert_eq!((billing.ack, billing.prefetch), (AckMode::Every(Span::from_seconds(5)), None));
    let pull = billing.pull.as_ref().expect("it reads a log");
    assert_eq!((pull.max_records, pull.poll_every), (100, Span::from_millis(50)));
    assert_eq!((pull.session_timeout, pull.poll_timeout), (Span::from_seconds(10), Span::from_seconds(60)));
    assert_eq!((pull.rebalance, pull.start), (Rebalance::Cooperative, Start::Earliest));
    assert_eq!(pull.replay, Some(Replay { after: Span::from_seconds(30), from: Start::Offset(17) }));
    let pulls: Vec<_> = scenario.consumers.iter().filter_map(|consumer| consumer.pull.as_ref()).collect();
    let groups: Vec<&str> = pulls.iter().map(|pull| pull.group.as_str()).collect();
    assert_eq!(groups, ["billing", "billing", "audit", "archive", "post"]);
    assert_eq!((pulls[2].start, pulls[3].start), (Start::Latest, Start::Offset(1000)));
}

#[test]
fn faults_of_links_and_nodes_are_read() {
    let scenario = whole();
    let faults: Vec<_> = scenario.faults.iter().filter(|fault| fault.level.is_none()).collect();
    let names: Vec<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
    let expected = [
        "lose-request",
        "lose-reply",
        "duplicate-publish",
        "delay-delivery",
        "reorder-publish",
        "partition",
        "flapping",
        "outage",
        "outage-2",
        "stall",
        "stall-2",
        "crash",
        "crash-2",
        "crash-before-ack",
    ];
    assert_eq!(names, expected);
    let part = |component: &str, instances| Selector { component: component.to_owned(), instances };
    let FaultKind::Partition { between } = &faults[5].kind else { panic!("it is a partition") };
    let sides =
        [vec![part("booking", None), part("broker", Some((0, 0)))], vec![part("broker", Some((1, 2)))]];
    assert_eq!(between, &sides);
    assert_eq!(faults[5].trigger.lasts, Some(Span::from_seconds(5)));
    assert_eq!(faults[9].target, Some(part("broker", Some((0, 0)))));
    for fault in scenario.faults.iter().filter(|fault| fault.level.is_some()) {
        let word = match fault.level {
            Some(Level::Light) => "light-",
            Some(Level::Heavy) => "heavy-",
            Some(Level::Swarm) => "swarm-",
            _ => panic!("`level: none` has no faults"),
        };
        assert!(fault.name.starts_with(word), "{}", fault.name);
    }
}

#[test]
fn what_several_groups_of_a_log_come_to_has_a_name_each() {
    let paths: Vec<String> = whole().expect.into_iter().map(|expected| expected.path).collect();
    assert_eq!(paths[..2], ["queues.clicks:billing.depth.peak", "queues.clicks:audit.depth.peak"]);
    let one_group = "run_for: 1s\nqueues: {clicks: {kind: log}}\nproducers: {p: {arrivals: {every: 1s}, do: [publish: clicks]}}\n\
         consumers: {c: {from: clicks, group: other}}\nexpect: {queues.clicks.depth.peak: 1}\n";
    assert_eq!(ids(one_group), [""; 0]);
}

#[test]
fn characters_that_yaml_keeps_are_to_be_quoted() {
    let binding = |pattern: &str| {
        format!(
            "exchanges:\n  shop:\n    kind: topic\n    bindings:\n      - {{routing_key: {pattern}, to: orders}}\nqueues: {{orders: {{}}}}\n"
        )
    };
    for (pattern, help) in [
        ("*.paid", "quote it: `\"*.paid\"`"),
        ("*", "quote it: `\"*\"`"),
        ("#", "YAML reads ` #` as the beginning of a comment"),
        ("#.paid", "YAML reads ` #` as the beginning of a comment"),
    ] {
        let text = binding(pattern);
        let shown = rendered(&text, &[]);
        assert!(shown.contains(help), "{pattern}:\n{shown}");
        let block =
            text.replace("- {routing_key", "- routing_key").replace(", to: orders}", "\n        to: orders");
        let shown = rendered(&block, &[]);
        assert!(shown.contains(&help.replace("` #`", "`#`")), "{pattern}:\n{shown}");
        assert!(!rendered(&binding(&format!("\"{pattern}\"")), &[]).contains("yaml-syntax"));
    }
}

#[test]
fn a_lease_is_renewed_where_there_is_one_and_not_all_the_time() {
    let text = |queue: &str, every: &str| {
        format!(
            "run_for: 10s\nqueues: {{q: {{{queue}}}}}\nproducers: {{p: {{arrivals: {{every: 1s}}, do: [publish: q]}}}}\n\
             consumers: {{c: {{from: q, extend_every: {every}}}}}\n"
        )
    };
    let channels = "ack_timeout: 10s, on_timeout: return-channel";
    for (queue, every, found) in [
        ("ack_timeout: 10s", "3s", ""),
        ("ack_timeout: 10s", "1ms", ""),
        ("ack_timeout: 10s", "999us", "out-of-range"),
        ("ack_timeout: 10s", "1ns", "out-of-range"),
        ("ack_timeout: 10s", "10s", "extension-without-effect"),
        ("ack_timeout: off", "3s", "extension-without-effect"),
        (channels, "3s", "extension-without-effect"),
        (channels, "off", ""),
    ] {
        let expected: Vec<&str> = Some(found).filter(|id| !id.is_empty()).into_iter().collect();
        assert_eq!(ids(&text(queue, every)), expected, "{queue}, every {every}");
    }
    let shown = rendered(&text(channels, "3s"), &[]);
    assert!(shown.contains("`q` closes channels at its `ack_timeout`: nothing is extended"), "{shown}");
}
