//! Expectations: metrics by the last parts of their paths, and bounds in the metric's unit.
//!
//! Which metrics there are is passed in; measures nothing.

use crate::quantity::{Rate, Span, parse_number, parse_ratio};

use super::diagnostic::quoted;
use super::model::{Condition, Consumer, Expectation, Fault, Store};
use super::names::Names;
use super::reader::{Reader, nearest, or_list};
use super::registry;
use super::shape::EXPECTATION;
use super::source::Place;
use super::tree::{Entry, Node, Value};
use super::{MetricPattern, MetricUnit};

/// Every metric this scenario has, by its whole path.
pub(super) struct Metrics {
    paths: Vec<(String, MetricUnit)>,
}

impl Metrics {
    /// The patterns with the scenario's names in place of their stars.
    pub(super) fn new(
        patterns: &[MetricPattern],
        names: &Names<'_>,
        consumers: &[Consumer],
        faults: &[Fault],
    ) -> Self {
        let groups = groups(names, consumers);
        let group_names: Vec<&str> = groups.iter().map(String::as_str).collect();
        let fault_names: Vec<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
        let stores: Vec<&str> = names.stores.iter().map(|store| store.name.as_str()).collect();
        let tables = tables(&names.stores);
        let table_names: Vec<&str> = tables.iter().map(String::as_str).collect();
        let shaved: Vec<&str> = group_names.iter().chain(&names.services).copied().collect();
        let mut paths = Vec::new();
        for pattern in patterns {
            if !pattern.path.contains('*') {
                paths.push((pattern.path.to_owned(), pattern.unit));
                continue;
            }
            let stars = match pattern.path.split('.').next() {
                Some("queues") => &group_names,
                Some("peak_shaving") => &shaved,
                Some("services") => &names.services,
                Some("producers") => &names.producers,
                Some("consumers") => &names.consumers,
                Some("faults") => &fault_names,
                Some("stores") => &stores,
                Some("balance") => &table_names,
                _ => continue,
            };
            paths.extend(stars.iter().map(|name| (pattern.path.replacen('*', name, 1), pattern.unit)));
        }
        Self { paths }
    }

    /// Every metric whose path is `name`, or else ends in it; a total goes before a component's share of it.
    /// A part may stand in quotes, as in overrides.
    fn matching(&self, name: &str) -> Vec<&(String, MetricUnit)> {
        let bare = name.replace(['"', '\''], "");
        let name = bare.as_str();
        let exact: Vec<_> = self.paths.iter().filter(|(path, _)| path == name).collect();
        if !exact.is_empty() {
            return exact;
        }
        let ending = |name: &str| {
            let dotted = format!(".{name}");
            self.paths.iter().filter(move |(path, _)| path.ends_with(&dotted)).collect::<Vec<_>>()
        };
        let found = ending(name);
        let found = if found.is_empty() { ending(&format!("{name}.value")) } else { found };
        let depth = |path: &str| path.matches('.').count();
        let least = found.iter().map(|(path, _)| depth(path)).min();
        let mut totals = found.iter().filter(|(path, _)| Some(depth(path)) == least);
        match (totals.next(), totals.next()) {
            (Some(total), None) => vec![total],
            _ => found,
        }
    }

    /// Paths and their endings that look like `name`.
    fn near(&self, name: &str) -> Option<&str> {
        let endings = self.paths.iter().flat_map(|(path, _)| {
            let cuts = path.match_indices('.').map(|(at, _)| &path[at + 1..]);
            std::iter::once(path.as_str()).chain(cuts)
        });
        nearest(name, endings)
    }
}

/// The names under which results speak of tables.
fn tables(stores: &[Store]) -> Vec<String> {
    let named = |store: &Store| {
        let tables = store.database().map_or(&[][..], |database| &database.tables);
        tables.iter().map(|table| format!("{}.{}", store.name, table.name)).collect::<Vec<_>>()
    };
    stores.iter().flat_map(named).collect()
}

/// The names under which results speak of queues: their own, or `log:group` where a log has several groups.
fn groups(names: &Names<'_>, consumers: &[Consumer]) -> Vec<String> {
    let mut found = Vec::new();
    for (at, queue) in names.queues.iter().enumerate() {
        let mut groups: Vec<&str> = Vec::new();
        for pull in consumers.iter().filter(|consumer| consumer.from.0 == at).filter_map(|c| c.pull.as_ref())
        {
            if !groups.contains(&pull.group.as_str()) {
                groups.push(&pull.group);
            }
        }
        match groups.as_slice() {
            [] | [_] => found.push((*queue).to_owned()),
            several => found.extend(several.iter().map(|group| format!("{queue}:{group}"))),
        }
    }
    found
}

impl Reader<'_> {
    /// `expect:`.
    pub(super) fn expectations(
        &mut self,
        node: Option<&Node>,
        metrics: &Metrics,
        faults: &[Fault],
    ) -> Vec<Expectation> {
        let entries = self.named(node, "bounds, as in `lost: 0`");
        let shared = entries.iter().find(|entry| entry.key == "needs");
        let shared = shared.map(|entry| self.needs(&entry.node, faults)).unwrap_or_default();
        let metrics_given = entries.iter().filter(|entry| entry.key != "needs");
        metrics_given.filter_map(|entry| self.expectation(entry, metrics, faults, &shared)).collect()
    }

    fn expectation(
        &mut self,
        entry: &Entry,
        metrics: &Metrics,
        faults: &[Fault],
        shared: &[String],
    ) -> Option<Expectation> {
        let metric = self.metric(&entry.key, &entry.place, metrics);
        let unit = metric.as_ref().map(|(_, unit)| *unit);
        let (bound, own) = match &entry.node.value {
            Value::Map(_) => {
                let fields = self.fields(&entry.node, &EXPECTATION)?;
                let own = fields.get("needs").map(|n| self.needs(n, faults)).unwrap_or_default();
                (self.required(&fields, "is")?, own)
            }
            _ => (&entry.node, Vec::new()),
        };
        let condition = self.condition(bound, unit);
        let (path, _) = metric?;
        let named = faults.iter().filter(|fault| path.starts_with(&format!("faults.{}.", fault.name)));
        let implied = named.map(|fault| fault.name.clone());
        let mut needs: Vec<String> = Vec::new();
        for name in own.into_iter().chain(shared.iter().cloned()).chain(implied) {
            if !needs.contains(&name) {
                needs.push(name);
            }
        }
        Some(Expectation { metric: entry.key.clone(), path, condition: condition?, needs })
    }

    /// The one metric of this name, with its unit.
    pub(super) fn metric(
        &mut self,
        name: &str,
        place: &Place,
        metrics: &Metrics,
    ) -> Option<(String, MetricUnit)> {
        let found = metrics.matching(name);
        let near = metrics.near(name);
        let name = quoted(name);
        match found.as_slice() {
            [(path, unit)] => return Some((path.clone(), *unit)),
            [] => {
                let near = near.map(|near| format!("did you mean `{near}`?"));
                let complaint =
                    self.error(&registry::UNKNOWN_METRIC, place, format!("there is no metric {name}"));
                complaint.help(near.unwrap_or_else(|| "metrics are named as in the results".to_owned()));
            }
            several => {
                let paths: Vec<&str> = several.iter().take(6).map(|(path, _)| path.as_str()).collect();
                let more = if several.len() > paths.len() { ", and others" } else { "" };
                let message = format!("{name} fits {} metrics", several.len());
                self.error(&registry::AMBIGUOUS_METRIC, place, message)
                    .help(format!("write {}{more}", or_list(&paths)));
            }
        }
        None
    }

    fn needs(&mut self, node: &Node, faults: &[Fault]) -> Vec<String> {
        let nodes = match &node.value {
            Value::Scalar { .. } if !node.is_empty() => std::slice::from_ref(node),
            _ => self.list(Some(node), "faults, as in `[faults.lose-ack]`"),
        };
        let known: Vec<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
        let mut needs = Vec::new();
        for node in nodes {
            let Some(text) = self.text(node, "the name of a fault") else { continue };
            let name = text.strip_prefix("faults.").unwrap_or(text);
            if known.contains(&name) {
                needs.push(name.to_owned());
            } else {
                self.unknown_name(&node.place, "fault", name, &known);
            }
        }
        needs
    }

    /// A bound; without a unit (its metric is unknown) only its form is checked.
    fn condition(&mut self, node: &Node, unit: Option<MetricUnit>) -> Option<Condition> {
        type Compare = fn(f64) -> Condition;
        const COMPARISONS: [(&str, Compare); 8] = [
            ("<=", Condition::AtMost),
            ("≤", Condition::AtMost),
            (">=", Condition::AtLeast),
            ("≥", Condition::AtLeast),
            ("==", Condition::Equal),
            ("<", Condition::Less),
            (">", Condition::More),
            ("=", Condition::Equal),
        ];
        let text = self.text(node, "a bound such as `0`, `< 5s` or `1..3`")?.trim();
        for (sign, compare) in COMPARISONS {
            if let Some(rest) = text.strip_prefix(sign) {
                return self.bound(&node.place, rest, unit).map(compare);
            }
        }
        let Some((low, high)) = text.split_once("..") else {
            return self.bound(&node.place, text, unit).map(Condition::Equal);
        };
        let low = self.bound(&node.place, low, unit)?;
        let high = self.bound(&node.place, high, unit)?;
        if low > high {
            self.error(&registry::BAD_BOUND, &node.place, "this range is empty")
                .help("the lower end comes first");
            return None;
        }
        Some(Condition::Between(low, high))
    }

    fn bound(&mut self, place: &Place, text: &str, unit: Option<MetricUnit>) -> Option<f64> {
        let text = text.trim();
        let Some(unit) = unit else { return Some(0.0) };
        let bare = parse_number(text).ok();
        let span = || Span::parse(text).ok();
        let read = match unit {
            MetricUnit::Count | MetricUnit::Number => bare,
            MetricUnit::Milliseconds => bare.or_else(|| span().map(Span::as_millis_f64)),
            MetricUnit::Seconds => bare.or_else(|| span().map(Span::as_seconds)),
            MetricUnit::PerSecond => bare.or_else(|| Rate::parse(text).ok().map(Rate::as_per_second)),
            MetricUnit::Ratio => parse_ratio(text).ok(),
        };
        if read.is_none() {
            let message = format!("{} is not {}", quoted(text), unit.in_words());
            self.error(&registry::BAD_BOUND, place, message)
                .help(format!("a bound is a value, a comparison or a range: {}", unit.examples()));
        }
        read
    }
}

impl MetricUnit {
    const fn in_words(self) -> &'static str {
        match self {
            Self::Count | Self::Number => "a number",
            Self::Milliseconds => "a duration or a number of milliseconds",
            Self::Seconds => "a duration or a number of seconds",
            Self::PerSecond => "a rate",
            Self::Ratio => "a share",
        }
    }

    const fn examples(self) -> &'static str {
        match self {
            Self::Count | Self::Number => "`0`, `<= 10`, `\">= 3\"`, `1..5`",
            Self::Milliseconds | Self::Seconds => "`< 5s`, `\">= 20ms\"`, `10ms..20ms`",
            Self::PerSecond => "`< 500/s`, `\">= 20/s\"`",
            Self::Ratio => "`0`, `< 2%`, `1%..3%`",
        }
    }
}
