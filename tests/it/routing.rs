//! Which queues a message reaches: topic patterns, headers, and exchanges that lead to exchanges.
//!
//! A table of patterns with the keys that they select and do not select; then every short pattern against
//! every short key, and random graphs of exchanges, each compared with something that anyone can check.

use std::collections::BTreeSet;

use mqlab::scenario::model::{
    Binding, Destination, Exchange, ExchangeKind, ExchangeRef, Matching, PublishTo, QueueRef, Selects,
};
use mqlab::strategies::routing::{Addressed, matches_topic, route};

use crate::random_scenario::Luck;

/// Pattern, keys it selects, keys it does not; `ε` is the empty text.
const TOPICS: &[(&str, &str, &str)] = &[
    // Without wildcards a pattern is a whole key.
    ("ε", "ε", ". a .. a.b # *"),
    ("a", "a", "ε A b aa a. .a a.b a.a"),
    (
        "order.paid",
        "order.paid",
        "ε order paid order. .paid order.paid. order.paid.twice Order.paid order-paid",
    ),
    ("a.b.c", "a.b.c", "a.b b.c a.b.c.d a..c a.b. abc c.b.a"),
    // One star is one word.
    ("*", "a order # * ü 0 a*b -", "ε . a.b a. .a .."),
    ("*.*", "a.b . a. .a #.*", "ε a a.b.c .. a..b"),
    ("*.*.*", "a.b.c .. a.. ..c .b. a..c", "ε a a.b . a.b.c.d ..."),
    ("order.*", "order.paid order. order.*", "order orders.paid order.paid.twice .order ε"),
    ("*.paid", "order.paid .paid paid.paid", "paid order.paid. order.x.paid ε"),
    ("a.*.c", "a.b.c a..c a.a.c a.*.c", "a.c a.b.b.c a.b c.b.a a...c"),
    ("*.b.*", "a.b.c .b. b.b.b", "b a.b b.c a.b.c.d a.c.b"),
    // A hash is any number of words, and none.
    ("#", "ε a a.b a.b.c . .. a..b # * *.# order.paid", ""),
    ("#.#", "ε a a.b a.b.c . .. ...", ""),
    ("#.#.#", "ε a . a.b.c.d.e", ""),
    ("a.#", "a a.b a.b.c a. a.. a.#", "ε b .a aa a# b.a ."),
    ("#.a", "a b.a c.b.a .a ..a a.a", "ε b a. a.b aa ."),
    ("#.a.#", "a a.b b.a b.a.c a.a a. .a .a.", "ε b b.c . .. aa.b"),
    ("a.#.b", "a.b a.c.b a.b.b a.a.b a..b a.b.a.b", "ε a b ab a.bb a.b.a b.a aa.b"),
    ("a.#.#", "a a.b a.b.c a.", "ε b .a"),
    ("#.a.#.b.#", "a.b x.a.b a.x.b a.b.x x.a.y.b.z a.b.a b.a.b", "ε a b b.a a.a b.b ab"),
    ("a.#.b.#.c", "a.b.c a.x.b.c a.b.x.c a.x.b.y.c a.b.b.c.c", "a.c a.b b.c a.c.b a.b.c.d ε"),
    // Both together: stars demand words, hashes do not.
    ("*.#", "a a.b a.b.c . .. a. .a", "ε"),
    ("#.*", "a a.b a.b.c . a. .a", "ε"),
    ("#.*.#", "a a.b . a.b.c", "ε"),
    ("*.#.*", "a.b a.b.c . .. a..b", "ε a b *"),
    ("*.*.#", "a.b a.b.c . a.b.c.d", "ε a"),
    ("#.*.*", "a.b . x.a.b", "ε a"),
    ("a.*.#", "a.b a.b.c a. a..", "a ε b.a a"),
    ("a.#.*", "a.b a.b.c a.", "a ε b"),
    ("#.b.*", "b.c a.b.c b. a.a.b.a b.b", "b a.b b.c.d ε .b"),
    ("*.#.b", "a.b a.c.b .b b.b", "b ε a.b.c bb"),
    (
        "order.*.#.eu",
        "order.paid.eu order.paid.x.y.eu order..eu order.eu.eu",
        "order.eu order.paid eu order.paid.eu.x",
    ),
    // Empty words are words.
    (".", ".", "ε a .. a. .a"),
    ("..", "..", "ε . ... a.. a.b.c"),
    ("a.", "a.", "a ε a.. a.b .a"),
    (".a", ".a", "a ε ..a b.a a."),
    ("a..b", "a..b", "a.b a...b a.x.b"),
    (".*", ". .a", "ε a .. a.a .a.b"),
    ("*.", ". a.", "ε a .. a.a"),
    (".#", ". .. .a .a.b", "a a.b a."),
    ("#.", ". .. a. a.b.", "a a.b .a"),
    ("#..#", ". .. a. .a a..b a...b", "a a.b a.b.c"),
    ("a.#.", "a. a.. a.b.", "a ε a.b"),
    // A wildcard beside a letter is a letter.
    ("a*b", "a*b", "ab axb a.b a*c aXb a**b"),
    ("a#b", "a#b", "ab axb a.b a.x.b a##b"),
    ("**", "**", "ε a aa * a.b"),
    ("##", "##", "ε a # a.b"),
    ("*#", "*#", "a a.b # *"),
    ("order*", "order*", "order orders order.paid"),
    ("#order", "#order", "order x.order"),
    ("a.b*", "a.b*", "a.b a.bc a.b.*"),
    ("*a.#", "*a *a.b", "a a.b xa xa.b"),
    ("x.#a.*", "x.#a.b x.#a.", "x.a.b x.y.a.b x.#a"),
    // Letters are letters, wherever they come from, and big ones are not small ones.
    ("bestellung.größe", "bestellung.größe", "bestellung.grösse bestellung.GRÖSSE bestellung.größ"),
    ("订单.*", "订单.已付 订单.", "订单 订.单.已付 订单.已付.x"),
    ("*.🎫.#", "a.🎫 a.🎫.b.c .🎫", "🎫 a.🎟.b 🎫.a"),
    ("a。b", "a。b", "a.b a。c"),
    ("A.b", "A.b", "a.b A.B a.B"),
    ("a-b_c", "a-b_c", "a.b.c a-b c"),
    ("1.0", "1.0", "1 1.00 10 1.0.0"),
];

/// The keys of a cell, separated by blanks.
fn keys(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split_whitespace().map(|key| if key == "ε" { "" } else { key })
}

#[test]
fn topic_patterns_select_what_the_table_says() {
    let mut cases = 0;
    let mut wrong = Vec::new();
    for (pattern, selected, passed_over) in TOPICS {
        let pattern = keys(pattern).next().expect("every row has a pattern");
        let expected = keys(selected).map(|key| (key, true)).chain(keys(passed_over).map(|key| (key, false)));
        for (key, expected) in expected {
            cases += 1;
            if matches_topic(pattern, key) != expected || naively(pattern, key) != expected {
                wrong.push(format!("`{pattern}` and `{key}`: expected {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(cases >= 400, "the table has {cases} cases");
}

/// A matcher that anyone can check, and that may take for ever.
fn naively(pattern: &str, key: &str) -> bool {
    fn selects(pattern: &[&str], key: &[&str]) -> bool {
        match pattern {
            [] => key.is_empty(),
            ["#", rest @ ..] => (0..=key.len()).any(|skipped| selects(rest, &key[skipped..])),
            ["*", rest @ ..] => !key.is_empty() && selects(rest, &key[1..]),
            [word, rest @ ..] => key.first() == Some(word) && selects(rest, &key[1..]),
        }
    }
    let words = |text: &'_ str| -> Vec<String> {
        if text.is_empty() { Vec::new() } else { text.split('.').map(str::to_owned).collect() }
    };
    let (pattern, key) = (words(pattern), words(key));
    let pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
    let key: Vec<&str> = key.iter().map(String::as_str).collect();
    selects(&pattern, &key)
}

/// Every text of up to `most` words out of `words`, the empty one first.
fn texts(words: &[&str], most: u32) -> Vec<String> {
    let mut texts = vec![String::new()];
    for length in 1..=most {
        for number in 0..words.len().pow(length) {
            let word = |place: u32| words[number / words.len().pow(place) % words.len()];
            texts.push((0..length).map(word).collect::<Vec<_>>().join("."));
        }
    }
    texts
}

#[test]
fn every_short_pattern_selects_what_a_naive_matcher_selects() {
    let keys = texts(&["a", "b", ""], 4);
    let mut selected = 0;
    for pattern in texts(&["a", "b", "", "*", "#"], 4) {
        for key in &keys {
            let expected = naively(&pattern, key);
            assert_eq!(matches_topic(&pattern, key), expected, "`{pattern}` and `{key}`");
            selected += u32::from(expected);
        }
    }
    assert!(selected > 10_000, "{selected} pairs are enough to be wrong about");
}

#[test]
fn random_patterns_select_what_a_naive_matcher_selects() {
    let mut luck = Luck(26);
    let text = |luck: &mut Luck, words: &[&'static str], most: usize| -> String {
        let length = luck.below(most + 1);
        (0..length).map(|_| luck.one_of(words)).collect::<Vec<_>>().join(".")
    };
    let mut selected = 0;
    for _ in 0..20_000 {
        let key = text(&mut luck, &["a", "b", "ü", "a", ""], 9);
        let pattern = text(&mut luck, &["a", "b", "*", "#", "#", "ü", "a*"], 8);
        let expected = naively(&pattern, &key);
        assert_eq!(matches_topic(&pattern, &key), expected, "`{pattern}` and `{key}`");
        selected += u32::from(expected);
    }
    assert!(selected > 500, "{selected} of them select");
}

#[test]
fn a_long_key_and_many_hashes_take_no_time() {
    let key = vec!["a"; 2_000].join(".");
    let mut hashes = vec!["#.a"; 300].join(".");
    assert!(matches_topic(&hashes, &key), "a naive matcher would still be at it");
    hashes.push_str(".b");
    assert!(!matches_topic(&hashes, &key));
    assert!(matches_topic(&key, &key));
    assert!(!matches_topic(&key, &key[2..]));
}

/// Exchanges by number, with queues of which each has the number that says who is meant.
#[derive(Default)]
struct Exchanges(Vec<Exchange>);

impl Exchanges {
    fn with(mut self, kind: ExchangeKind, bindings: Vec<Binding>, alternate: Option<usize>) -> Self {
        let name = format!("x{}", self.0.len());
        self.0.push(Exchange { name, kind, bindings, alternate: alternate.map(ExchangeRef) });
        self
    }

    /// The queues that a message published to the first exchange reaches.
    fn reached(&self, routing_key: &str, headers: &[(&str, &str)]) -> Vec<usize> {
        let headers = owned(headers);
        let message = Addressed { routing_key, headers: &headers };
        let queues = route(&self.0, &PublishTo::Exchange(ExchangeRef(0)), message);
        queues.into_iter().map(|queue| queue.0).collect()
    }
}

/// Name and value.
type Header = (&'static str, &'static str);

fn owned(headers: &[(&str, &str)]) -> Vec<(String, String)> {
    headers.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

const fn to(selects: Selects, queue: usize) -> Binding {
    Binding { selects, to: Destination::Queue(QueueRef(queue)) }
}

const fn on_to(selects: Selects, exchange: usize) -> Binding {
    Binding { selects, to: Destination::Exchange(ExchangeRef(exchange)) }
}

fn key(key: &str) -> Selects {
    Selects::RoutingKey(key.to_owned())
}

fn of(matching: Matching, headers: &[(&str, &str)]) -> Selects {
    Selects::Headers { matching, headers: owned(headers) }
}

#[test]
fn a_direct_exchange_compares_the_whole_key() {
    let bindings =
        vec![to(key("a.b"), 1), to(key("a.*"), 2), to(key("#"), 3), to(key(""), 4), to(key("a.b"), 5)];
    let direct = Exchanges::default().with(ExchangeKind::Direct, bindings, None);
    assert_eq!(direct.reached("a.b", &[]), [1, 5]);
    assert_eq!(direct.reached("a.*", &[]), [2], "a wildcard is a letter here");
    assert_eq!(direct.reached("a.c", &[]), [] as [usize; 0]);
    assert_eq!(direct.reached("", &[]), [4]);
}

#[test]
fn a_topic_exchange_makes_one_copy_for_a_queue_however_many_bindings_select_it() {
    let bindings =
        vec![to(key("order.*"), 1), to(key("#"), 1), to(key("order.paid"), 1), to(key("#.paid"), 0)];
    let topic = Exchanges::default().with(ExchangeKind::Topic, bindings, None);
    assert_eq!(topic.reached("order.paid", &[]), [0, 1]);
    assert_eq!(topic.reached("order.created", &[]), [1]);
    assert_eq!(topic.reached("", &[]), [1]);
}

#[test]
fn a_fanout_exchange_looks_at_nothing() {
    let bindings = vec![to(Selects::Everything, 2), to(Selects::Everything, 0), to(Selects::Everything, 2)];
    let fanout = Exchanges::default().with(ExchangeKind::Fanout, bindings, None);
    assert_eq!(fanout.reached("whatever", &[("a", "b")]), [0, 2]);
    assert_eq!(
        Exchanges::default().with(ExchangeKind::Fanout, vec![], None).reached("", &[]),
        [] as [usize; 0]
    );
}

#[test]
fn a_headers_exchange_asks_for_all_or_any() {
    let order_eu = [("kind", "order"), ("region", "eu")];
    let bindings = vec![
        to(of(Matching::All, &order_eu), 0),
        to(of(Matching::Any, &order_eu), 1),
        to(of(Matching::All, &[]), 2),
        to(of(Matching::Any, &[]), 3),
        to(of(Matching::All, &[("x-kind", "order"), ("kind", "order")]), 4),
        to(of(Matching::Any, &[("x-kind", "order"), ("kind", "refund")]), 5),
        to(of(Matching::All, &[("x-kind", "refund")]), 6),
    ];
    let headers = Exchanges::default().with(ExchangeKind::Headers, bindings, None);
    let cases: [(&[Header], &[usize]); 9] = [
        (&[], &[2, 6]),
        (&order_eu, &[0, 1, 2, 4, 6]),
        (&[("region", "eu"), ("kind", "order"), ("more", "")], &[0, 1, 2, 4, 6]),
        (&[("kind", "order")], &[1, 2, 4, 6]),
        (&[("kind", "order"), ("region", "us")], &[1, 2, 4, 6]),
        (&[("kind", "refund")], &[2, 5, 6]),
        (&[("Kind", "order"), ("region", "EU")], &[2, 6]),
        (&[("kind", "eu"), ("region", "order")], &[2, 6]),
        (&[("x-kind", "order")], &[2, 6]),
    ];
    for (message, expected) in cases {
        assert_eq!(headers.reached("kind", message), expected, "{message:?}");
    }
}

#[test]
fn exchanges_lead_to_exchanges_even_in_circles() {
    let topic = ExchangeKind::Topic;
    let circle = Exchanges::default()
        .with(topic, vec![on_to(key("a.#"), 1), to(key("a"), 0)], None)
        .with(topic, vec![on_to(key("#"), 2), to(key("*.b"), 1)], None)
        .with(
            topic,
            vec![on_to(key("#"), 0), on_to(key("#"), 2), to(key("#.b"), 2), to(key("#.b"), 1)],
            None,
        );
    assert_eq!(circle.reached("a.b", &[]), [1, 2]);
    assert_eq!(circle.reached("a", &[]), [0]);
    assert_eq!(circle.reached("b", &[]), [] as [usize; 0], "what the first passes over goes nowhere");
}

#[test]
fn an_alternate_exchange_gets_what_no_binding_selects() {
    let direct = ExchangeKind::Direct;
    let chain = Exchanges::default()
        .with(direct, vec![to(key("a"), 0), on_to(key("nowhere"), 3)], Some(1))
        .with(direct, vec![to(key("b"), 1)], Some(2))
        .with(ExchangeKind::Fanout, vec![to(Selects::Everything, 2)], None)
        .with(direct, vec![], None);
    assert_eq!(chain.reached("a", &[]), [0]);
    assert_eq!(chain.reached("b", &[]), [1]);
    assert_eq!(chain.reached("c", &[]), [2]);
    assert_eq!(chain.reached("nowhere", &[]), [] as [usize; 0], "a binding did select it");
}

#[test]
fn alternate_exchanges_may_form_circles() {
    let direct = ExchangeKind::Direct;
    let circle = Exchanges::default().with(direct, vec![to(key("a"), 0)], Some(1)).with(
        direct,
        vec![to(key("b"), 1)],
        Some(0),
    );
    assert_eq!(circle.reached("b", &[]), [1]);
    assert_eq!(circle.reached("c", &[]), [] as [usize; 0]);
    let itself = Exchanges::default().with(direct, vec![to(key("a"), 0)], Some(0));
    assert_eq!(itself.reached("b", &[]), [] as [usize; 0]);
}

#[test]
fn a_chain_of_exchanges_may_be_as_long_as_a_file() {
    let mut exchanges = Exchanges::default();
    for number in 1..=100_000 {
        exchanges = exchanges.with(ExchangeKind::Fanout, vec![on_to(Selects::Everything, number)], None);
    }
    exchanges = exchanges.with(ExchangeKind::Fanout, vec![to(Selects::Everything, 7)], None);
    assert_eq!(exchanges.reached("", &[]), [7]);
}

#[test]
fn what_is_published_straight_reaches_its_queue_or_nothing() {
    let message = Addressed { routing_key: "", headers: &[] };
    assert_eq!(route(&[], &PublishTo::Queue(QueueRef(3)), message), [QueueRef(3)]);
    for missing in [PublishTo::MissingQueue("q".to_owned()), PublishTo::MissingExchange("x".to_owned())] {
        assert_eq!(route(&[], &missing, message), []);
    }
}

/// Queues by the rules alone: exchanges are added until no rule adds one, then every selected queue counts.
fn by_the_rules(exchanges: &[Exchange], message: Addressed<'_>) -> BTreeSet<usize> {
    let is_selected = |exchange: &Exchange, binding: &Binding| match &binding.selects {
        Selects::Everything => true,
        Selects::RoutingKey(key) if exchange.kind == ExchangeKind::Topic => naively(key, message.routing_key),
        Selects::RoutingKey(key) => *key == message.routing_key,
        Selects::Headers { matching, headers } => {
            let agreeing = headers.iter().filter(|header| message.headers.contains(header)).count();
            if *matching == Matching::All { agreeing == headers.len() } else { agreeing > 0 }
        }
    };
    let selected = |at: &usize| -> Vec<Destination> {
        let exchange = &exchanges[*at];
        let bindings = exchange.bindings.iter().filter(|binding| is_selected(exchange, binding));
        bindings.map(|binding| binding.to).collect()
    };
    let mut reached = BTreeSet::from([0]);
    loop {
        let mut more = reached.clone();
        for at in &reached {
            let destinations = selected(at);
            more.extend(destinations.iter().filter_map(|to| match to {
                Destination::Exchange(next) => Some(next.0),
                Destination::Queue(_) => None,
            }));
            let alternate = exchanges[*at].alternate.filter(|_| destinations.is_empty());
            more.extend(alternate.map(|alternate| alternate.0));
        }
        if more == reached {
            break;
        }
        reached = more;
    }
    let queues = reached.iter().flat_map(selected).filter_map(|to| match to {
        Destination::Queue(queue) => Some(queue.0),
        Destination::Exchange(_) => None,
    });
    queues.collect()
}

fn random_exchange(luck: &mut Luck, count: usize) -> (ExchangeKind, Vec<Binding>, Option<usize>) {
    let kinds = [ExchangeKind::Direct, ExchangeKind::Topic, ExchangeKind::Fanout, ExchangeKind::Headers];
    let kind = kinds[luck.below(kinds.len())];
    let bindings = (0..luck.below(4)).map(|_| {
        let selects = match kind {
            ExchangeKind::Fanout => Selects::Everything,
            ExchangeKind::Direct => key(luck.one_of(&["a", "a.b", "b"])),
            ExchangeKind::Topic => key(luck.one_of(&["a", "a.*", "#.b", "*", "a.#"])),
            ExchangeKind::Headers => {
                let matching = if luck.rarely(2) { Matching::All } else { Matching::Any };
                let headers = [("k", luck.one_of(&["1", "2"])), ("l", luck.one_of(&["1", "2"]))];
                of(matching, &headers[..luck.below(3)])
            }
        };
        if luck.rarely(2) { to(selects, luck.below(4)) } else { on_to(selects, luck.below(count)) }
    });
    let bindings = bindings.collect();
    (kind, bindings, luck.rarely(2).then(|| luck.below(count)))
}

#[test]
fn random_graphs_of_exchanges_route_by_the_rules_and_make_one_copy_for_a_queue() {
    let (mut several, mut none) = (0, 0);
    for seed in 0..5_000 {
        let luck = &mut Luck(seed);
        let count = 1 + luck.below(6);
        let mut exchanges = Exchanges::default();
        for _ in 0..count {
            let (kind, bindings, alternate) = random_exchange(luck, count);
            exchanges = exchanges.with(kind, bindings, alternate);
        }
        let routing_key = luck.one_of(&["a", "a.b", "b", "c", ""]);
        let headers =
            owned(&[("k", luck.one_of(&["1", "2"])), ("l", luck.one_of(&["1", "3"]))][..luck.below(3)]);
        let message = Addressed { routing_key, headers: &headers };
        let reached = route(&exchanges.0, &PublishTo::Exchange(ExchangeRef(0)), message);
        let expected: Vec<QueueRef> = by_the_rules(&exchanges.0, message).into_iter().map(QueueRef).collect();
        assert_eq!(reached, expected, "seed {seed}: {message:?} in {:#?}", exchanges.0);
        several += u32::from(reached.len() > 1);
        none += u32::from(reached.is_empty());
    }
    assert!(several > 200 && none > 200, "{several} reach several queues and {none} none");
}
