//! Which queues a message reaches: exchanges, their bindings, and what nobody selects.
//!
//! Model: bindings do not change during a run. So each `publish` step is routed once, at wiring.

use std::collections::BTreeSet;

use crate::scenario::model::{
    Binding, Destination, Exchange, ExchangeKind, ExchangeRef, Matching, PublishTo, QueueRef, Selects,
};

/// What exchanges look at.
#[derive(Clone, Copy, Debug)]
pub struct Addressed<'m> {
    /// Compared whole by direct exchanges and word by word by topic exchanges.
    pub routing_key: &'m str,
    /// Name and value, for headers exchanges.
    pub headers: &'m [(String, String)],
}

/// The queues that a message published to `to` reaches, each once, ascending.
#[must_use]
pub fn route(exchanges: &[Exchange], to: &PublishTo, message: Addressed<'_>) -> Vec<QueueRef> {
    match to {
        PublishTo::Queue(queue) => vec![*queue],
        PublishTo::Exchange(exchange) => {
            let mut reached = Reached::default();
            reached.walk(exchanges, *exchange, message);
            reached.queues.into_iter().collect()
        }
        PublishTo::MissingQueue(_) | PublishTo::MissingExchange(_) => Vec::new(),
    }
}

/// What a walk over the exchanges has met.
#[derive(Default)]
struct Reached {
    queues: BTreeSet<QueueRef>,
    /// Exchanges met already: bindings between exchanges may form circles.
    exchanges: BTreeSet<ExchangeRef>,
}

impl Reached {
    /// Follows from `start` every binding that selects the message, and the alternate of each exchange none
    /// of whose bindings does. A chain may be as long as a file has lines, so nothing recurses.
    ///
    /// An alternate steps in only where no binding selects the message: one that leads to an exchange counts
    /// even if that exchange leads nowhere (rabbitmq.com/docs/ae).
    fn walk(&mut self, exchanges: &[Exchange], start: ExchangeRef, message: Addressed<'_>) {
        let mut ahead = vec![start];
        while let Some(at) = ahead.pop() {
            if !self.exchanges.insert(at) {
                continue;
            }
            let exchange = &exchanges[at.0];
            let mut is_selected = false;
            for binding in exchange.bindings.iter().filter(|binding| selects(exchange.kind, binding, message))
            {
                is_selected = true;
                match binding.to {
                    Destination::Queue(queue) => {
                        self.queues.insert(queue);
                    }
                    Destination::Exchange(next) => ahead.push(next),
                }
            }
            if !is_selected {
                ahead.extend(exchange.alternate);
            }
        }
    }
}

fn selects(kind: ExchangeKind, binding: &Binding, message: Addressed<'_>) -> bool {
    match &binding.selects {
        Selects::Everything => true,
        Selects::RoutingKey(key) if kind == ExchangeKind::Topic => matches_topic(key, message.routing_key),
        Selects::RoutingKey(key) => key == message.routing_key,
        Selects::Headers { matching, headers } => {
            let looked_at = headers.iter().filter(|(name, _)| !name.starts_with(IGNORED));
            let mut agree = looked_at.map(|header| message.headers.contains(header));
            match matching {
                Matching::All => agree.all(|agrees| agrees),
                Matching::Any => agree.any(|agrees| agrees),
            }
        }
    }
}

/// A binding's headers whose names begin so are not looked at: `all` of none selects everything, and `any`
/// of none nothing (rabbitmq.com/docs/exchanges, `x-match`; its `all-with-x` and `any-with-x` are not ours).
const IGNORED: &str = "x-";

/// Whether a topic pattern selects a routing key: words are separated by dots, `*` stands for exactly one
/// word and `#` for any number of them, including none (rabbitmq.com/tutorials/tutorial-five).
///
/// An empty word is a word: `a..b` has three, and `.` has two. Only the empty text has none, so `#` selects
/// the empty key and `*` does not. A `*` or `#` beside other letters is a letter.
/// Takes time proportional to the product of the two numbers of words.
#[must_use]
pub fn matches_topic(pattern: &str, key: &str) -> bool {
    let words: Vec<&str> = words(key).collect();
    // reachable[i]: the pattern so far selects the first i words.
    let mut reachable = vec![false; words.len() + 1];
    reachable[0] = true;
    for part in self::words(pattern) {
        if part == "#" {
            let first = reachable.iter().position(|&is| is).unwrap_or(reachable.len());
            reachable[first..].fill(true);
            continue;
        }
        for at in (0..words.len()).rev() {
            reachable[at + 1] = reachable[at] && (part == "*" || part == words[at]);
        }
        reachable[0] = false;
    }
    reachable[words.len()]
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('.').filter(move |_| !text.is_empty())
}
