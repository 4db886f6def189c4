//! A scenario written back as YAML, with every default spelled out.
//!
//! Reading it gives an equal scenario: data from files stands in it, names of faults are given, and
//! bounds are in the metric's own unit.

//! - `broker`: the broker, exchanges, queues
//! - `client`: producers, consumers, steps
//! - `service`: services and calls
//! - `distribution`, `fault`, `store`: what their names say
//! - `experiment`, `sweep`: variants and runs, grids
//! - `value`: the pieces a tree is made of

mod broker;
mod client;
mod distribution;
mod experiment;
mod fault;
mod guard;
mod service;
mod store;
mod sweep;
mod value;

use serde_yaml::Value;

use self::distribution::distribution;
use self::fault::faults;
use self::value::{Map, list, named, text};
use super::model::{Condition, Destination, Expectation, Network, Scenario, WarmUp};
use super::words::{UNTIL, word_of};

/// The scenario as YAML.
#[must_use]
pub fn to_yaml(scenario: &Scenario) -> String {
    serde_yaml::to_string(&experiment::with_variants(scenario))
        .expect("a tree of strings and numbers is valid YAML")
}

/// Writes the parts that refer to components.
struct Writer<'s> {
    scenario: &'s Scenario,
}

impl Writer<'_> {
    fn scenario(&self) -> Value {
        let scenario = self.scenario;
        let mut top = Map::new().put("scenario", scenario.name.as_str());
        if let Some(about) = &scenario.about {
            top = top.put("about", about.as_str());
        }
        top = top
            .put("seed", scenario.seed)
            .put("run_for", text(scenario.run_for))
            .put("until", word_of(UNTIL, &scenario.until))
            .put("warm_up", warm_up(scenario.warm_up))
            .put("network", network(&scenario.network))
            .put("broker", broker::broker(&scenario.broker))
            .put(
                "exchanges",
                named(&scenario.exchanges, |exchange| (&exchange.name, self.exchange(exchange))),
            )
            .put("queues", named(&scenario.queues, |queue| (&queue.name, self.queue(queue))))
            .put("stores", named(&scenario.stores, |store| (&store.name, store::store(store))))
            .put("services", named(&scenario.services, |service| (&service.name, self.service(service))))
            .put(
                "producers",
                named(&scenario.producers, |producer| (&producer.name, self.producer(producer))),
            )
            .put(
                "consumers",
                named(&scenario.consumers, |consumer| (&consumer.name, self.consumer(consumer))),
            )
            .put("faults", faults(&scenario.faults))
            .put("expect", named(&scenario.expect, |expected| (&expected.metric, expectation(expected))));
        top.into()
    }

    fn destination(&self, to: Destination) -> &str {
        match to {
            Destination::Queue(queue) => &self.scenario.queues[queue.0].name,
            Destination::Exchange(exchange) => &self.scenario.exchanges[exchange.0].name,
        }
    }
}

fn warm_up(warm_up: WarmUp) -> Value {
    match warm_up {
        WarmUp::For(span) => text(span),
        WarmUp::Auto => Value::from("auto"),
    }
}

fn network(network: &Network) -> Value {
    let links = list(&network.links, |link| {
        let between: Vec<Value> = link.between.iter().map(|name| Value::from(name.as_str())).collect();
        Map::new().put("between", between).put("latency", distribution(&link.latency)).into()
    });
    Map::new().put("latency", distribution(&network.latency)).put("links", links).into()
}

fn expectation(expected: &Expectation) -> Value {
    let needs: Vec<Value> = expected.needs.iter().map(|name| Value::from(format!("faults.{name}"))).collect();
    Map::new().put("is", expected.condition.to_string()).put("needs", needs).into()
}

impl std::fmt::Display for Condition {
    /// As the scenario language reads it, in the metric's own unit: `< 5000`, `1..3`, `== 0`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Equal(bound) => write!(f, "== {bound}"),
            Self::Less(bound) => write!(f, "< {bound}"),
            Self::AtMost(bound) => write!(f, "<= {bound}"),
            Self::More(bound) => write!(f, "> {bound}"),
            Self::AtLeast(bound) => write!(f, ">= {bound}"),
            Self::Between(low, high) => write!(f, "{low}..{high}"),
        }
    }
}
