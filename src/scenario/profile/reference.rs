//! The table of profiles as words: what each key is where the file does not say, and why.

use crate::quantity::Span;
use crate::scenario::consumer::ack_word;
use crate::scenario::model::AckMode;
use crate::scenario::words::{
    AFTER_LIMIT, LATE_ACK, ON_CONNECTION_LOSS, ON_TIMEOUT, ORDERING, REQUEUE, Words, word_of,
};

use super::{Kind, Profile, Sourced};

/// A value of a profile, printable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key of a queue that it is the default of; a phrase where it is a fact about the real system only.
    pub key: &'static str,
    /// The value as a file would say it.
    pub value: String,
    /// A page of the vendor's documentation, or the reason.
    pub source: &'static str,
}

const KIND: Words<Kind> = &[("queue", Kind::Queue), ("log", Kind::Log)];

impl Profile {
    /// Its values, in the order of the reference; every profile has the same keys.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = vec![
            row("kind", &self.kind, |kind| word(KIND, kind)),
            fact("model", &self.model),
            row("prefetch", &self.window, |most| limit(*most)),
            fact("acks settle", &self.acks),
            row("ack", &self.ack, |mode| match mode {
                AckMode::Every(every) => format!("every {every}"),
                other => ack_word(*other).unwrap_or("in batches").to_owned(),
            }),
            row("ack_timeout", &self.ack_timeout, |timeout| span_or_off(*timeout)),
            row("ack_timeout_check", &self.ack_timeout_check, |every| at_once_or(*every)),
            row("on_timeout", &self.on_timeout, |what| word(ON_TIMEOUT, what)),
            row("on_connection_loss", &self.on_connection_loss, |what| word(ON_CONNECTION_LOSS, what)),
            row("heartbeat", &self.heartbeat, |every| span_or_off(*every)),
        ];
        rows.extend(self.redelivery_rows());
        rows.extend([
            row("handshake_round_trips", &self.handshake_round_trips, u32::to_string),
            fact("redelivered marker", &self.redelivered),
            fact("order", &self.order),
            fact("a confirm means", &self.confirm),
        ]);
        rows
    }

    fn redelivery_rows(&self) -> [Row; 8] {
        [
            row("requeue", &self.requeue, |place| word(REQUEUE, place)),
            row("redelivery_delay", &self.redelivery, |delays| self::delays(delays)),
            row("ordering", &self.ordering, |ordering| word(ORDERING, ordering)),
            row("max_deliveries", &self.max_deliveries, |most| limit(*most)),
            row("after_limit", &self.after_limit, |what| word(AFTER_LIMIT, what)),
            row("late_ack", &self.late_ack, |what| word(LATE_ACK, what)),
            row("dedup_window", &self.dedup_window, |window| match window {
                None if !self.dedup.value => "not native".to_owned(),
                window => span_or_off(*window),
            }),
            row("idempotent_producers", &self.idempotent_producers, bool::to_string),
        ]
    }
}

fn row<T>(key: &'static str, sourced: &Sourced<T>, written: impl Fn(&T) -> String) -> Row {
    Row { key, value: written(&sourced.value), source: sourced.source }
}

fn fact(key: &'static str, sourced: &Sourced<&'static str>) -> Row {
    row(key, sourced, |fact| (*fact).to_owned())
}

fn word<T: PartialEq>(words: Words<T>, value: &T) -> String {
    word_of(words, value).to_owned()
}

fn span_or_off(span: Option<Span>) -> String {
    span.map_or_else(|| "off".to_owned(), |span| span.to_string())
}

fn at_once_or(span: Span) -> String {
    if span.is_zero() { "at once".to_owned() } else { span.to_string() }
}

fn limit(limit: Option<u32>) -> String {
    limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string())
}

/// A long list by its ends.
fn delays(delays: &[Span]) -> String {
    match delays {
        [] => "at once".to_owned(),
        [always] => always.to_string(),
        [first, .., last] => format!("{first} to {last}"),
    }
}
