//! `advise:`: whose prefetch, ack timeout and number of instances shall be recommended.
//!
//! The goals are the file's expectations. Knows no rule of thumb; values that are not given are chosen by whoever
//! gives the advice.

use super::diagnostic::quoted;
use super::model::{Advise, Consumer};
use super::reader::Reader;
use super::registry;
use super::shape::ADVISE;
use super::tree::Node;

/// How sure a goal has to be if nobody says so.
const SURE: f64 = 0.9;
/// More instances or copies ahead are not a recommendation.
const MOST: u64 = 100_000;

impl Reader<'_> {
    /// `advise:`, and whether there is something to aim at.
    pub(super) fn advise(
        &mut self,
        node: Option<&Node>,
        consumers: &[Consumer],
        has_goals: bool,
    ) -> Option<Advise> {
        let node = node?;
        let fields = self.fields(node, &ADVISE)?;
        let named = self.required(&fields, "consumer")?;
        let name = self.text(named, "the name of a consumer")?;
        let known: Vec<&str> = consumers.iter().map(|consumer| consumer.name.as_str()).collect();
        let Some(consumer) = known.iter().position(|known| *known == name) else {
            self.unknown_name(&named.place, "consumer", name, &known);
            return None;
        };
        if consumers[consumer].pull.is_some() {
            let message = format!("{} reads a log, which has no prefetch and no ack timeout", quoted(name));
            self.error(&registry::UNKNOWN_VALUE, &named.place, message).help("name a consumer of a queue");
        }
        if !has_goals {
            self.error(&registry::MISSING_KEY, fields.place(), "there is nothing to aim at")
                .help("say under `expect` what has to hold, as in `end_to_end.p99: < 1s`");
        }
        let mut counts = |key: &str| -> Vec<u64> {
            let items = self.list(fields.get(key), "counts");
            items.iter().filter_map(|item| self.count(item, 1..=MOST)).collect()
        };
        let (instances, prefetch) = (counts("instances"), counts("prefetch"));
        let spans = self.list(fields.get("ack_timeout"), "durations");
        let ack_timeout = spans.iter().filter_map(|item| self.positive_span(item)).collect();
        let sure = fields.get("sure").and_then(|node| self.share(node)).unwrap_or(SURE);
        Some(Advise { consumer, instances, prefetch, ack_timeout, sure })
    }
}
