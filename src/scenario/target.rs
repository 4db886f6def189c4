//! Whom a fault strikes, and at which point of a handler.
//!
//! Resolves `booking#3` and `before-ack` against the components that were read.

use super::diagnostic::quoted;
use super::model::{AckMode, Broker, Consumer, LockBy, Point, Producer, Selector, Step};
use super::names::BROKER;
use super::profile::Profile;
use super::reader::Reader;
use super::registry;
use super::source::Place;
use super::tree::Node;

/// The components that were read.
pub(super) struct Cast<'s> {
    /// The broker.
    pub(super) broker: &'s Broker,
    /// In the file's order.
    pub(super) producers: &'s [Producer],
    /// In the file's order.
    pub(super) consumers: &'s [Consumer],
    /// Names of the queues, in the file's order.
    pub(super) queues: &'s [&'s str],
    /// Profiles of the queues, in the file's order.
    pub(super) profiles: &'s [&'static Profile],
}

/// What a kind of fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hits {
    /// Producers and consumers.
    Groups,
    /// Producers, consumers, and the nodes of the broker.
    GroupsAndNodes,
    /// The nodes of the broker.
    Nodes,
    /// The broker as a whole.
    Broker,
    /// Whoever can be cut off from others: producers, consumers, and the nodes of the broker.
    Anyone,
    /// Consumers.
    Consumers,
    /// Links, named by either end.
    Links,
    /// Links between the broker and consumers, named by either end.
    ConsumerLinks,
}

impl Hits {
    const fn broker(self) -> bool {
        matches!(self, Self::Links | Self::ConsumerLinks | Self::Broker) || self.nodes()
    }

    const fn nodes(self) -> bool {
        matches!(self, Self::GroupsAndNodes | Self::Nodes | Self::Anyone)
    }

    const fn producers(self) -> bool {
        matches!(self, Self::Groups | Self::GroupsAndNodes | Self::Links | Self::Anyone)
    }

    const fn consumers(self) -> bool {
        !matches!(self, Self::Nodes | Self::Broker)
    }
}

/// Points of strategies that this version does not have.
const LATER_POINTS: [&str; 2] = ["key-reserved", "key-marked"];

const POINTS: [&str; 6] = ["received", "worked", "locked", "applied", "before-ack", "acked"];

impl Cast<'_> {
    fn consumer(&self, name: &str) -> Option<&Consumer> {
        self.consumers.iter().find(|consumer| consumer.name == name)
    }

    fn instances(&self, name: &str) -> Option<u32> {
        let producers = self.producers.iter().map(|producer| (&producer.name, producer.instances));
        let consumers = self.consumers.iter().map(|consumer| (&consumer.name, consumer.instances));
        let found = producers.chain(consumers).find(|(known, _)| *known == name);
        found.map(|(_, instances)| instances).or_else(|| (name == BROKER).then_some(self.broker.nodes))
    }

    /// What a profile describes whose acks cannot vanish alone, among the consumers struck.
    pub(super) fn reliable_link(&self, target: Option<&Selector>) -> Option<&'static str> {
        let struck = self.consumers.iter().filter(|consumer| {
            target.is_none_or(|target| target.component == BROKER || target.component == consumer.name)
        });
        struck
            .filter_map(|consumer| self.profiles.get(consumer.from.0))
            .find(|profile| !profile.single_ack_can_vanish.value)
            .map(|profile| profile.describes)
    }
}

impl Reader<'_> {
    /// `target:`.
    pub(super) fn target(&mut self, node: &Node, cast: &Cast<'_>, hits: Hits) -> Option<Selector> {
        let text = self.text(node, "a component, as in `booking` or `booking#3`")?;
        let (component, instances) = match text.split_once('#') {
            Some((component, instances)) => (component, Some(instances)),
            None => (text, None),
        };
        if component == BROKER && (!hits.broker() || (instances.is_some() && !hits.nodes())) {
            self.no_broker_target(node, hits);
            return None;
        }
        let Some(count) = cast.instances(component) else {
            self.no_such_target(&node.place, component, cast, hits);
            return None;
        };
        if component != BROKER && !hits.consumers() {
            let message = format!("this fault strikes the broker, not {}", quoted(component));
            let complaint = self.error(&registry::FAULT_TARGET, &node.place, message);
            complaint.help("write `target: broker`");
            return None;
        }
        if component != BROKER && !hits.producers() && cast.consumer(component).is_none() {
            let message = format!("{} is a producer, and this fault strikes consumers", quoted(component));
            self.error(&registry::FAULT_TARGET, &node.place, message);
            return None;
        }
        let instances = match instances {
            Some(text) => Some(self.instance_range(&node.place, text, component, count)?),
            None => None,
        };
        Some(Selector { component: component.to_owned(), instances })
    }

    fn no_broker_target(&mut self, node: &Node, hits: Hits) {
        let message = match hits {
            Hits::Consumers => "the broker runs no handlers",
            Hits::Broker | Hits::Links | Hits::ConsumerLinks => {
                "this fault strikes the broker as a whole, not one of its nodes"
            }
            _ => "this fault strikes producers and consumers, not the broker",
        };
        let complaint = self.error(&registry::FAULT_TARGET, &node.place, message);
        match hits {
            Hits::Broker | Hits::Links | Hits::ConsumerLinks => complaint.help("write `target: broker`"),
            _ => complaint.help("the broker is struck by `crash`, `outage`, `stall` and `partition`"),
        };
    }

    fn no_such_target(&mut self, place: &Place, component: &str, cast: &Cast<'_>, hits: Hits) {
        let consumers = cast.consumers.iter().map(|consumer| consumer.name.as_str());
        let producers = cast.producers.iter().map(|producer| producer.name.as_str());
        let known: Vec<&str> = consumers.chain(producers.filter(|_| hits.producers())).collect();
        if cast.queues.contains(&component) {
            let message = format!("{} is a queue, and this fault cannot strike it", quoted(component));
            let complaint = self.error(&registry::FAULT_TARGET, place, message);
            if hits.broker() {
                complaint.help("a queue lives in the broker: write `broker`");
            } else if !known.is_empty() {
                complaint.help(format!("it can strike {}", super::reader::or_list(&known)));
            }
            return;
        }
        self.unknown_name(place, "producer or consumer", component, &known);
    }

    fn instance_range(
        &mut self,
        place: &Place,
        text: &str,
        component: &str,
        count: u32,
    ) -> Option<(u32, u32)> {
        let (low, high) = text.split_once('-').unwrap_or((text, text));
        let (Ok(low), Ok(high)) = (low.parse::<u32>(), high.parse::<u32>()) else {
            let message = format!("{} is not an instance", quoted(&format!("#{text}")));
            self.error(&registry::NO_SUCH_INSTANCE, place, message)
                .help(format!("write `{component}#0`, or `{component}#0-2` for several"));
            return None;
        };
        if low > high || high >= count {
            let of = if component == BROKER { "node" } else { "instance" };
            let there_are = match count {
                1 => format!("`{component}` has 1 {of}, `{component}#0`"),
                _ => {
                    format!("`{component}` has {count} {of}s, `{component}#0` to `{component}#{}`", count - 1)
                }
            };
            let message = format!("there is no {}", quoted(&format!("{component}#{text}")));
            self.error(&registry::NO_SUCH_INSTANCE, place, message).help(there_are);
            return None;
        }
        Some((low, high))
    }

    /// `when:`.
    pub(super) fn point(&mut self, node: &Node, cast: &Cast<'_>, target: Option<&Selector>) -> Option<Point> {
        let text = self.text(node, "a named point of a handler")?;
        let (word, number) = match text.split_once('#') {
            Some((word, number)) => (word, number.parse::<u32>().ok()),
            None => (text, Some(0)),
        };
        let point = match (word, number) {
            ("received", Some(0)) => Point::Received,
            ("worked", Some(number)) => Point::Worked(number),
            ("locked", Some(0)) => Point::Locked,
            ("applied", Some(number)) => Point::Applied(number),
            ("before-ack", Some(0)) => Point::BeforeAck,
            ("acked", Some(0)) => Point::Acked,
            _ if LATER_POINTS.contains(&word) => {
                let message = format!("the point {} is not part of this version yet", quoted(text));
                self.error(&registry::NOT_YET, &node.place, message);
                return None;
            }
            _ => {
                self.unknown_value(&node.place, text, &POINTS);
                return None;
            }
        };
        self.check_point(node, cast, target, point)?;
        Some(point)
    }

    fn check_point(
        &mut self,
        node: &Node,
        cast: &Cast<'_>,
        target: Option<&Selector>,
        point: Point,
    ) -> Option<()> {
        let target = target?;
        let Some(consumer) = cast.consumer(&target.component) else {
            let of = if target.component == BROKER { "the broker" } else { "a producer" };
            let message =
                format!("{} has no handlers, and points are places in a handler", quoted(&target.component));
            self.error(&registry::NO_SUCH_POINT, &node.place, message)
                .help(format!("for {of} use `after: 15s` or `every: 60s`"));
            return None;
        };
        let works = consumer.steps.iter().filter(|step| matches!(step, Step::Work { .. })).count();
        let effects = consumer.steps.iter().filter(|step| step.has_effect()).count();
        let locks = consumer.steps.iter().any(locks);
        let name = &consumer.name;
        let complaint = match point {
            Point::Worked(number)
                if number > 0 && usize::try_from(number).is_ok_and(|number| number >= works) =>
            {
                let steps = if works == 1 { "step" } else { "steps" };
                format!("there is no `worked#{number}` in `{name}`, whose `do` has {works} `work` {steps}")
            }
            Point::Applied(number)
                if number > 0 && usize::try_from(number).is_ok_and(|number| number >= effects) =>
            {
                let updates = if effects == 1 { "update" } else { "updates" };
                format!("there is no `applied#{number}` in `{name}`, whose `do` has {effects} {updates}")
            }
            Point::Locked if !locks => {
                format!("nothing is locked in `{name}`: a `pessimistic` update would")
            }
            Point::BeforeAck | Point::Acked if consumer.ack == AckMode::OnDelivery => {
                format!("`{name}` never acks, since its `ack` is `on-delivery`")
            }
            _ => return Some(()),
        };
        let acks = if consumer.ack == AckMode::OnDelivery { "" } else { ", `before-ack`, `acked`" };
        let locked = if locks { "`locked`, " } else { "" };
        let (worked, applied) = (points_of("worked", works), points_of("applied", effects));
        let applied = applied.trim_end_matches(", ");
        let points = format!("its points are `received`, {worked}{locked}{applied}{acks}");
        self.error(&registry::NO_SUCH_POINT, &node.place, complaint).help(points);
        None
    }
}

/// Whether a step takes locks that it keeps while it thinks.
fn locks(step: &Step) -> bool {
    let locking = [LockBy::Pessimistic, LockBy::ImmediateRestart, LockBy::SkipLocked];
    matches!(step, Step::Transaction(transaction) if locking.contains(&transaction.lock.by))
}

fn points_of(point: &str, count: usize) -> String {
    match count {
        0 | 1 => format!("`{point}`, "),
        2 => format!("`{point}`, `{point}#1`, "),
        _ => format!("`{point}`, `{point}#1` to `{point}#{}`, ", count - 1),
    }
}
