//! The scenario language: from a text to a checked [`model`], or to complaints that help.
//!
//! ```text
//!  text ─▶ tree ─▶ overrides ─▶ reader (shapes, values, components) ─▶ check ─▶ model
//!          places  --set        every mistake at once                           write ─▶ text
//! ```
//!
//! Pure: opens no file, asks no clock, knows no actor. Data files come through a [`Loader`], and
//! the metrics that expectations may name are passed in.

pub mod diagnostic;
pub mod foreign;
pub mod model;
pub mod profile;
pub mod registry;
pub mod shape;

mod advise;
mod alternative;
mod broker;
mod check;
mod consumer;
mod data;
mod distribution;
mod exchange;
mod expect;
mod fault;
mod idempotency;
mod kind;
pub mod level;
mod lock;
mod log;
mod names;
mod network;
mod overrides;
mod point;
mod producer;
mod queue;
mod reader;
mod service;
mod source;
mod step;
mod store;
mod sweep;
mod target;
mod transaction;
mod tree;
mod values;
mod variant;
mod words;
mod write;

use std::sync::Arc;

use crate::quantity::Span;

use self::alternative::Base;
use self::check::Length;
use self::consumer::Sources;
use self::diagnostic::{Diagnostic, Severity};
use self::expect::Metrics;
use self::model::{Producer, Scenario, Sweep, Until, WarmUp};
use self::names::{Entries, Names};
use self::reader::{Fields, Reader};
use self::shape::SCENARIO;
use self::target::Cast;
use self::tree::{Entry, Node, Value};
use self::words::UNTIL;

pub use self::source::{MAX_SOURCE_BYTES, Place, Source};
pub use self::write::to_yaml;

/// Fetches the data files that a scenario names.
pub trait Loader {
    /// The text of a file, named as in the scenario.
    ///
    /// # Errors
    /// A reason to show to the user, without the path.
    fn load(&self, path: &str) -> Result<String, String>;
}

/// A metric that expectations may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MetricPattern {
    /// Its path in the results. A `*` stands for a name: of a queue after `queues` and
    /// `peak_shaving`, of a store and its table (`shop-db.item`) after `balance`, else of what the first part
    /// says (`producers`, `consumers`, `stores`, `faults`).
    pub path: &'static str,
    /// What it is measured in.
    pub unit: MetricUnit,
}

/// What a metric is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricUnit {
    /// Things.
    Count,
    /// Milliseconds of virtual time.
    Milliseconds,
    /// Seconds of virtual time.
    Seconds,
    /// Things per second.
    PerSecond,
    /// Parts of a whole; some can exceed 1.
    Ratio,
    /// None of these.
    Number,
}

/// A `--set PATH=VALUE` or the like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// Dotted; list items by number, a part with a dot in quotes.
    pub path: String,
    /// YAML; of an axis the list of its values.
    pub value: String,
    /// Who says so, which complaints name as their file.
    pub origin: Origin,
}

/// Where an override comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `--set`: the value is put where the path leads.
    Set,
    /// `--seed`: the same.
    Seed,
    /// `--vary`: the path becomes an axis of the sweep, which goes through the values.
    Vary,
    /// `advise`, which makes a grid where the file has none: the same.
    Advise,
}

impl Origin {
    /// What complaints call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Set => "--set",
            Self::Seed => "--seed",
            Self::Vary => "--vary",
            Self::Advise => "advise",
        }
    }

    /// Whether the path is one that a sweep goes through.
    const fn is_axis(self) -> bool {
        matches!(self, Self::Vary | Self::Advise)
    }
}

/// A scenario that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The scenario.
    pub scenario: Scenario,
    /// What is perhaps not as meant.
    pub warnings: Vec<Diagnostic>,
}

/// Reads a scenario with overrides.
///
/// # Errors
/// Every mistake found (at most a hundred), those of overrides first, then errors, then warnings.
pub fn read(
    source: &Source,
    overrides: &[Override],
    metrics: &[MetricPattern],
    loader: &dyn Loader,
) -> Result<Checked, Vec<Diagnostic>> {
    if let Some(complaint) = source.oversized() {
        return Err(vec![complaint]);
    }
    let source = Arc::new(source.clone());
    let mut root = tree::parse(&source, 0)?;
    // What the whole file lacks is pointed out at its beginning.
    root.named_at = Some(Place { source: source.clone(), span: 0..0 });
    let mut found = Vec::new();
    for wanted in overrides {
        if let Err(complaints) = overrides::apply(&mut root, wanted) {
            found.extend(complaints);
        }
    }
    let mut reader = Reader::new(loader);
    let mut scenario = reader.scenario(&root, &source, metrics);
    found.extend(reader.into_found());
    let base = Base { root: &root, source: &source, metrics, loader };
    let variants = variant::variants(&base, &mut found);
    let sweep = sweep::sweep(&base, &mut found);
    if let Some(scenario) = &mut scenario {
        scenario.variants = variants;
        scenario.sweep = sweep;
    }
    let failed = found.iter().any(|complaint| complaint.severity == Severity::Error);
    match scenario {
        Some(scenario) if !failed => Ok(Checked { scenario, warnings: found }),
        _ => Err(found),
    }
}

impl Reader<'_> {
    /// The whole file. What it returns after a complaint is of no use.
    fn scenario(&mut self, root: &Node, source: &Arc<Source>, metrics: &[MetricPattern]) -> Option<Scenario> {
        let fields = self.fields(root, &SCENARIO)?;
        let entries = Entries {
            exchanges: self.named(fields.get("exchanges"), "exchanges"),
            queues: self.named(fields.get("queues"), "queues"),
            stores: self.named(fields.get("stores"), "stores"),
            services: self.named(fields.get("services"), "services"),
            producers: self.named(fields.get("producers"), "producers"),
            consumers: self.named(fields.get("consumers"), "consumers"),
        };
        let mut names = Names::collect(self, &entries);
        names.stores = entries.stores.iter().map(|entry| self.store(entry)).collect();
        let broker = self.broker(fields.get("broker"));
        let exchanges: Vec<_> = entries.exchanges.iter().map(|entry| self.exchange(entry, &names)).collect();
        let (queues, profiles): (Vec<_>, Vec<_>) =
            entries.queues.iter().map(|entry| self.queue(entry, &names)).unzip();
        let services: Vec<_> =
            entries.services.iter().filter_map(|entry| self.service(entry, &names)).collect();
        let (producers, sound) = self.producers(&fields, entries.producers, &names);
        let sources = Sources { names: &names, queues: &queues, profiles: &profiles };
        let consumers: Vec<_> =
            entries.consumers.iter().filter_map(|entry| self.consumer(entry, &sources)).collect();
        let cast = Cast {
            broker: &broker,
            stores: &names.stores,
            services: &services,
            producers: &producers,
            consumers: &consumers,
            queues: &names.queues,
            profiles: &profiles,
        };
        let faults = self.faults(fields.get("faults"), &cast, &names);
        let metrics = Metrics::new(metrics, &names, &consumers, &faults);
        let expect = self.expectations(fields.get("expect"), &metrics, &faults);
        let advise = self.advise(fields.get("advise"), &consumers, !expect.is_empty());
        let runs = self.runs(fields.get("runs"), &metrics);
        let network = self.network(fields.get("network"), &names);
        self.call_circles(&services, entries.services);
        self.dead_letter_circles(&queues, entries.queues);
        self.unread_queues(&queues, &producers, &consumers, entries.queues);
        self.disagreeing_groups(&consumers, entries.consumers);
        let (until, warm_up, run_for) = self.times(&fields, sound.then_some(&producers), entries.producers);
        let scenario = Scenario {
            name: self.title(&fields, source),
            about: fields
                .get("about")
                .and_then(|n| self.text(n, "a few sentences"))
                .map(|text| text.trim().to_owned()),
            seed: fields.get("seed").and_then(|n| self.count(n, 0..=u64::MAX)).unwrap_or(1),
            run_for,
            until,
            warm_up,
            network,
            broker,
            exchanges,
            queues,
            stores: names.stores,
            services,
            producers,
            consumers,
            faults,
            expect,
            variants: Vec::new(),
            sweep: Sweep::default(),
            advise,
            runs,
        };
        self.too_large(&scenario, &fields);
        if self.errors() == 0 {
            self.question(&scenario, &fields, &entries);
        }
        Some(scenario)
    }

    /// The producers, and whether their arrivals were read without complaint.
    fn producers(
        &mut self,
        fields: &Fields<'_>,
        entries: &[Entry],
        names: &Names<'_>,
    ) -> (Vec<Producer>, bool) {
        if entries.is_empty() {
            if let Some(node) = fields.get("producers") {
                self.error(&registry::MISSING_KEY, &node.place, "a scenario needs a producer");
            } else {
                self.required(fields, "producers");
            }
        }
        let producers: Vec<Producer> =
            entries.iter().filter_map(|entry| self.producer(entry, names)).collect();
        let sound = !producers.is_empty() && producers.iter().all(|producer| !producer.arrivals.is_empty());
        (producers, sound)
    }

    /// `until`, `warm_up` and `run_for`; the last is only judged with arrivals that were read.
    fn times(
        &mut self,
        fields: &Fields<'_>,
        producers: Option<&Vec<Producer>>,
        entries: &[Entry],
    ) -> (Until, WarmUp, Span) {
        let before = self.errors();
        let top = Place { source: fields.place().source.clone(), span: 0..0 };
        let until = fields.get("until").and_then(|n| self.choice(n, UNTIL)).unwrap_or(Until::RunFor);
        let until_place = fields.get("until").map_or(&top, |node| &node.place);
        let warm_up = fields.get("warm_up").and_then(|n| self.warm_up(n)).unwrap_or(WarmUp::For(Span::ZERO));
        let warm_up_place = fields.get("warm_up").map_or(&top, |node| &node.place);
        let given = fields.get("run_for").and_then(|n| Some((self.positive_span(n)?, &n.place)));
        let length = Length { given, until, until_place, warm_up: (warm_up, warm_up_place) };
        let run_for = match producers {
            Some(producers) if self.errors() == before => self.run_for(&length, producers, entries),
            _ => Span::ZERO,
        };
        (until, warm_up, run_for)
    }

    fn warm_up(&mut self, node: &Node) -> Option<WarmUp> {
        match &node.value {
            Value::Scalar { text, .. } if text == "auto" => Some(WarmUp::Auto),
            _ => self.span(node).map(WarmUp::For),
        }
    }

    /// What the file calls itself, or else its own name without folder and ending.
    fn title(&mut self, fields: &Fields<'_>, source: &Source) -> String {
        let given =
            fields.get("scenario").and_then(|n| self.text(n, "a title")).map(|text| text.trim().to_owned());
        given.filter(|title| !title.is_empty()).unwrap_or_else(|| {
            let file = source.name.rsplit(['/', '\\']).next().unwrap_or_default();
            file.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("scenario").to_owned()
        })
    }
}
