//! What only logs have: partitions and retention, and how consumers pull from them.

use crate::quantity::Span;

use super::model::{Log, Pull, Rebalance, Replay, Start};
use super::profile::{Kind, Profile};
use super::reader::{Fields, Reader};
use super::shape::{POLL, REPLAY};
use super::tree::{Node, Value};
use super::values::is_off;
use super::words::{REBALANCE, Words};

/// What one poll returns where the file does not say (Kafka's `max.poll.records`).
const MAX_RECORDS: u32 = 500;

/// How long a member may be silent where the file does not say (Kafka's `session.timeout.ms` since 3.0).
const SESSION_TIMEOUT: Span = Span::from_seconds(45);

/// How long a member may take between two polls (Kafka's `max.poll.interval.ms`).
const POLL_TIMEOUT: Span = Span::from_seconds(5 * 60);

/// More partitions would be a typing mistake.
const MOST_PARTITIONS: u32 = 100_000;

const STARTS: Words<Start> = &[("earliest", Start::Earliest), ("latest", Start::Latest)];

impl Reader<'_> {
    /// What makes a queue a log.
    pub(super) fn log(&mut self, fields: &Fields<'_>) -> Log {
        Log {
            partitions: fields
                .get("partitions")
                .and_then(|n| self.small_count(n, 1..=MOST_PARTITIONS))
                .unwrap_or(1),
            retention: fields.get("retention").and_then(|n| self.or_off(n, Self::positive_span)).flatten(),
            retention_size: fields.get("retention_size").and_then(|n| self.or_off(n, Self::size)).flatten(),
        }
    }

    /// How a consumer reads its log of this profile; `name` is its own.
    pub(super) fn pull(&mut self, fields: &Fields<'_>, name: &str, profile: &Profile) -> Pull {
        let native = profile.window.value.filter(|_| profile.kind.value == Kind::Log);
        let mut pull = Pull {
            group: name.to_owned(),
            start: Start::Earliest,
            max_records: native.unwrap_or(MAX_RECORDS),
            poll_every: Span::ZERO,
            session_timeout: SESSION_TIMEOUT,
            poll_timeout: POLL_TIMEOUT,
            rebalance: Rebalance::Eager,
            replay: None,
        };
        if let Some(group) = fields.get("group").and_then(|n| self.group(n)) {
            pull.group = group;
        }
        if let Some(start) = fields.get("start").and_then(|n| self.start(n)) {
            pull.start = start;
        }
        if let Some(node) = fields.get("poll") {
            self.poll(node, &mut pull);
        }
        if let Some(timeout) = fields.get("session_timeout").and_then(|n| self.positive_span(n)) {
            pull.session_timeout = timeout;
        }
        if let Some(timeout) = fields.get("poll_timeout").and_then(|n| self.positive_span(n)) {
            pull.poll_timeout = timeout;
        }
        if let Some(rebalance) = fields.get("rebalance").and_then(|n| self.choice(n, REBALANCE)) {
            pull.rebalance = rebalance;
        }
        pull.replay = fields.get("replay").filter(|n| !is_off(n)).and_then(|n| self.replay(n));
        pull
    }

    fn group(&mut self, node: &Node) -> Option<String> {
        let name = self.text(node, "the name of a consumer group")?;
        super::names::check_name(self, &node.place, name);
        Some(name.to_owned())
    }

    fn poll(&mut self, node: &Node, pull: &mut Pull) {
        let Some(fields) = self.fields(node, &POLL) else { return };
        if let Some(records) = fields.get("max_records").and_then(|n| self.small_count(n, 1..=u32::MAX)) {
            pull.max_records = records;
        }
        if let Some(every) = fields.get("every").and_then(|n| self.span(n)) {
            pull.poll_every = every;
        }
    }

    fn replay(&mut self, node: &Node) -> Option<Replay> {
        let fields = self.fields(node, &REPLAY)?;
        let after = self.required(&fields, "after").and_then(|n| self.span(n));
        let from = fields.get("from").map_or(Some(Start::Earliest), |n| self.start(n));
        Some(Replay { after: after?, from: from? })
    }

    /// `earliest`, `latest` or an offset.
    fn start(&mut self, node: &Node) -> Option<Start> {
        match &node.value {
            Value::Scalar { text, .. } if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                self.count(node, 0..=u64::MAX).map(Start::Offset)
            }
            _ => self.choice(node, STARTS),
        }
    }
}

/// How a place in a log is written.
pub(super) fn start_text(start: Start) -> String {
    match start {
        Start::Earliest => "earliest".to_owned(),
        Start::Latest => "latest".to_owned(),
        Start::Offset(offset) => offset.to_string(),
    }
}
