//! Every place where messages are published, with what its messages have in common.

use crate::actors::site::{Envelope, Site, Stranded};
use crate::kernel::chance::Purpose;
use crate::protocol::id::ProducerId;
use crate::quantity::Span;
use crate::scenario::model::{
    Connection, MessageSpec, Publish, PublishTo, RetryId, Scenario, Step, Unroutable,
};

use super::groups::routes;

/// What a handler publishes is like this.
const OF_HANDLERS: Envelope =
    Envelope { ttl: None, persistent: true, priority: 0, delay: Span::ZERO, size: 1000 };

/// Every site, and the first of each component, in the order of [`Scenario::programs`].
pub(super) fn sites(scenario: &Scenario) -> (Vec<Site>, Vec<u16>) {
    let mut routes = routes(scenario).into_iter();
    let (mut sites, mut firsts) = (Vec::new(), Vec::new());
    let producers = scenario.producers.iter().enumerate().map(|(at, producer)| {
        (envelope(&producer.message), Some((ProducerId(small(at)), producer.connection)))
    });
    let owners = producers.chain(std::iter::repeat((OF_HANDLERS, None)));
    for ((message, of), (name, steps)) in owners.zip(scenario.programs()) {
        firsts.push(small(sites.len()));
        for (at, publish) in steps.iter().filter_map(Step::publish).enumerate() {
            sites.push(Site {
                queues: routes.next().expect("every site has a route").into_boxed_slice(),
                stranded: stranded(publish, of.map(|(_, connection)| connection)),
                producer: of.map(|(producer, _)| producer),
                luck_key: Purpose::new(name, &publish_name(at)).hash(),
                wants_confirm: publish.confirm.is_some(),
                renews_id: publish.confirm.as_ref().is_some_and(|confirm| confirm.id == RetryId::New),
                message,
            });
        }
    }
    (sites, firsts)
}

/// What the luck of a `do` list's `at`th publish is called.
pub(super) fn publish_name(at: usize) -> String {
    format!("publish#{at}")
}

/// What becomes of a step's messages where they reach no queue.
fn stranded(publish: &Publish, connection: Option<Connection>) -> Stranded {
    match (&publish.to, publish.unroutable, connection) {
        (PublishTo::MissingExchange(_), _, Some(Connection::PerMessage)) => Stranded::ClosesOwnChannel,
        (PublishTo::MissingExchange(_), ..) => Stranded::ClosesChannel,
        (_, Unroutable::Dropped, _) => Stranded::Dropped,
        (_, Unroutable::Returned, _) => Stranded::Returned,
    }
}

const fn envelope(message: &MessageSpec) -> Envelope {
    let MessageSpec { ttl, persistent, priority, delay, size, .. } = *message;
    Envelope { ttl, persistent, priority, delay, size }
}

fn small(position: usize) -> u16 {
    u16::try_from(position).expect("a checked scenario has at most 2^16 components of a kind")
}
