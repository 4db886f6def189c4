//! The levels of faults: which mix each of them stands for, in one table.
//!
//! Names no fault finally: the reader of `faults:` puts the level before each name. Poison is in no level:
//! a message that always fails would keep a queue without a delivery limit busy for ever.

use crate::quantity::Span;

use super::model::{CrashHow, Distribution, Fault, FaultKind, Level, LinkMessage, Selector, Step, Trigger};
use super::names::BROKER;
use super::target::Cast;

/// One kind of fault of a mix, in its doses.
#[derive(Clone, Copy, Debug)]
pub struct Ingredient {
    /// The end of its name: `lose-ack` becomes `light-lose-ack`.
    pub name: &'static str,
    /// Whom it strikes, and how.
    pub about: &'static str,
    /// What a good day brings.
    pub light: Dose,
    /// What a bad day brings; `swarm` draws from a tenth of it to ten times it, or nothing.
    pub heavy: Dose,
    sort: Sort,
}

/// How much of a fault.
#[derive(Clone, Copy, Debug)]
pub struct Dose {
    /// How often it strikes.
    pub often: Often,
    /// How long it takes, lasts, or is away; zero where that has no meaning.
    pub span: Span,
}

/// How often a fault strikes.
#[derive(Clone, Copy, Debug)]
pub enum Often {
    /// With this probability, at each opportunity.
    Share(f64),
    /// With exponential gaps of this mean, each instance by itself.
    Every(Span),
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    Lose(LinkMessage),
    Double(LinkMessage),
    Delay(LinkMessage),
    Reorder(LinkMessage),
    Slow,
    Fail,
    Cut,
    Crash(CrashHow),
    Pause,
    Cutoff,
    NodeCrash,
    NodeStall,
    NodePartition,
}

/// How many times as long slow work takes, in each level.
pub const SLOWED_BY: f64 = 20.0;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;

/// What light, heavy and swarm are made of.
pub const INGREDIENTS: &[Ingredient] = &[
    share("lose-publish", "a publish vanishes", [0.001, 0.02], [0, 0], Sort::Lose(LinkMessage::Publish)),
    share("lose-confirm", "a confirm vanishes", [0.001, 0.02], [0, 0], Sort::Lose(LinkMessage::Confirm)),
    share("lose-delivery", "a delivery vanishes", [0.001, 0.02], [0, 0], Sort::Lose(LinkMessage::Delivery)),
    share("lose-ack", "an ack vanishes", [0.001, 0.02], [0, 0], Sort::Lose(LinkMessage::Ack)),
    share("lose-request", "a request vanishes", [0.001, 0.02], [0, 0], Sort::Lose(LinkMessage::Request)),
    share("lose-reply", "a reply vanishes", [0.001, 0.02], [0, 0], Sort::Lose(LinkMessage::Reply)),
    share(
        "duplicate-publish",
        "a publish arrives twice",
        [0.001, 0.01],
        [0, 0],
        Sort::Double(LinkMessage::Publish),
    ),
    share(
        "duplicate-delivery",
        "a delivery arrives twice",
        [0.001, 0.01],
        [0, 0],
        Sort::Double(LinkMessage::Delivery),
    ),
    share(
        "delay-delivery",
        "a delivery is late",
        [0.01, 0.05],
        [50, 500],
        Sort::Delay(LinkMessage::Delivery),
    ),
    share(
        "reorder-publish",
        "publishes overtake",
        [0.01, 0.1],
        [50, 500],
        Sort::Reorder(LinkMessage::Publish),
    ),
    share("slow", "work takes 20 times as long", [0.001, 0.01], [0, 0], Sort::Slow),
    share("fail", "a handler fails", [0.001, 0.02], [0, 0], Sort::Fail),
    every("cut", "a client's connection breaks", [10 * MINUTE, 20 * SECOND], [1_000, 1_000], Sort::Cut),
    every(
        "crash",
        "a client's process dies",
        [20 * MINUTE, 30 * SECOND],
        [1_000, 2_000],
        Sort::Crash(CrashHow::Process),
    ),
    every(
        "crash-machine",
        "a client's machine dies",
        [60 * MINUTE, 60 * SECOND],
        [5_000, 5_000],
        Sort::Crash(CrashHow::Machine),
    ),
    every("pause", "a client freezes", [5 * MINUTE, 30 * SECOND], [200, 2_000], Sort::Pause),
    every(
        "partition",
        "no consumer hears the broker",
        [20 * MINUTE, 60 * SECOND],
        [500, 3_000],
        Sort::Cutoff,
    ),
    every(
        "crash-node",
        "a node of the broker dies",
        [60 * MINUTE, 60 * SECOND],
        [1_000, 5_000],
        Sort::NodeCrash,
    ),
    every("stall", "a node's disk stalls", [10 * MINUTE, 30 * SECOND], [100, 1_000], Sort::NodeStall),
    every(
        "partition-nodes",
        "the first node hears no other",
        [60 * MINUTE, 60 * SECOND],
        [500, 5_000],
        Sort::NodePartition,
    ),
];

const fn share(
    name: &'static str,
    about: &'static str,
    shares: [f64; 2],
    millis: [u64; 2],
    sort: Sort,
) -> Ingredient {
    let [light, heavy] = shares;
    Ingredient {
        name,
        about,
        light: Dose { often: Often::Share(light), span: Span::from_millis(millis[0]) },
        heavy: Dose { often: Often::Share(heavy), span: Span::from_millis(millis[1]) },
        sort,
    }
}

const fn every(
    name: &'static str,
    about: &'static str,
    means: [u64; 2],
    millis: [u64; 2],
    sort: Sort,
) -> Ingredient {
    let [light, heavy] = means;
    Ingredient {
        name,
        about,
        light: Dose { often: Often::Every(Span::from_millis(light)), span: Span::from_millis(millis[0]) },
        heavy: Dose { often: Often::Every(Span::from_millis(heavy)), span: Span::from_millis(millis[1]) },
        sort,
    }
}

/// The faults of a level over what a scenario has, each with its own short name (`lose-ack`).
///
/// The reader of `faults:` sets each one's `level` and turns its name into `light-lose-ack`.
pub(super) fn mix(level: Level, cast: &Cast<'_>) -> Vec<Fault> {
    let present = INGREDIENTS.iter().filter(|ingredient| cast.has_use_for(ingredient.sort));
    let dosed = present.filter_map(|ingredient| match level {
        Level::None => None,
        Level::Light => Some(ingredient.fault(ingredient.light, false, cast)),
        Level::Heavy => Some(ingredient.fault(ingredient.heavy, false, cast)),
        Level::Swarm => Some(ingredient.fault(ingredient.heavy, true, cast)),
    });
    dosed.collect()
}

impl Cast<'_> {
    /// Whether a scenario has what a sort of fault strikes.
    fn has_use_for(&self, sort: Sort) -> bool {
        let has_consumers = !self.consumers.is_empty();
        let has_services = !self.services.is_empty();
        let publishes = |steps: &[Step]| steps.iter().any(|step| matches!(step, Step::Publish(_)));
        match sort {
            Sort::Lose(LinkMessage::Confirm) => {
                let asks = |publish: &super::model::Publish| publish.confirm.is_some();
                self.steps().filter_map(Step::publish).any(asks)
            }
            Sort::Lose(LinkMessage::Request) => {
                let asks = |consumer: &super::model::Consumer| {
                    consumer.pull.is_some() || consumer.extend_every.is_some()
                };
                has_services || self.consumers.iter().any(asks)
            }
            Sort::Lose(LinkMessage::Reply) => {
                has_services || self.consumers.iter().any(|consumer| consumer.pull.is_some())
            }
            Sort::Cut | Sort::Crash(_) | Sort::Pause => {
                has_consumers
                    || has_services
                    || self.producers.iter().any(|producer| publishes(&producer.steps))
            }
            Sort::NodeCrash
            | Sort::Lose(LinkMessage::Publish)
            | Sort::Double(LinkMessage::Publish)
            | Sort::Reorder(LinkMessage::Publish) => true,
            Sort::NodeStall => self.broker.fsync != Distribution::Constant(Span::ZERO),
            Sort::NodePartition => self.broker.nodes > 1,
            Sort::Slow | Sort::Fail => has_consumers || has_services,
            Sort::Lose(_) | Sort::Double(_) | Sort::Delay(_) | Sort::Reorder(_) | Sort::Cutoff => {
                has_consumers
            }
        }
    }
}

impl Ingredient {
    fn fault(&self, dose: Dose, is_drawn: bool, cast: &Cast<'_>) -> Fault {
        let mut trigger = Trigger { is_drawn, ..Trigger::default() };
        match dose.often {
            Often::Share(probability) => trigger.probability = Some(probability),
            Often::Every(mean) => trigger.every = Some(Distribution::Exponential { mean }),
        }
        if matches!(self.sort, Sort::Cutoff | Sort::NodeStall | Sort::NodePartition) {
            trigger.lasts = Some(dose.span);
        }
        let is_of_nodes = matches!(self.sort, Sort::NodeCrash | Sort::NodeStall);
        let target = is_of_nodes.then(|| Selector { component: BROKER.to_owned(), instances: None });
        let kind = self.kind(dose.span, cast);
        Fault { name: self.name.to_owned(), kind, target, trigger, level: None }
    }

    fn kind(&self, span: Span, cast: &Cast<'_>) -> FaultKind {
        match self.sort {
            Sort::Lose(what) => FaultKind::Lose { what },
            Sort::Double(what) => FaultKind::Duplicate { what },
            Sort::Delay(what) => FaultKind::Delay { what, by: Distribution::Exponential { mean: span } },
            Sort::Reorder(what) => FaultKind::Reorder { what, within: span },
            Sort::Slow => FaultKind::Slow { factor: SLOWED_BY },
            Sort::Fail => FaultKind::Fail,
            Sort::Cut => FaultKind::Cut { restart_after: span },
            Sort::Crash(how) => FaultKind::Crash { how, restart_after: span },
            Sort::NodeCrash => FaultKind::Crash { how: CrashHow::Process, restart_after: span },
            Sort::Pause => FaultKind::Pause { lasts: span },
            Sort::NodeStall => FaultKind::Stall,
            Sort::Cutoff => {
                let consumers = cast.consumers.iter().map(|consumer| all_of(&consumer.name));
                FaultKind::Partition { between: [consumers.collect(), vec![all_of(BROKER)]] }
            }
            Sort::NodePartition => {
                let nodes = |first, last| {
                    vec![Selector { component: BROKER.to_owned(), instances: Some((first, last)) }]
                };
                FaultKind::Partition { between: [nodes(0, 0), nodes(1, cast.broker.nodes - 1)] }
            }
        }
    }
}

fn all_of(component: &str) -> Selector {
    Selector { component: component.to_owned(), instances: None }
}
