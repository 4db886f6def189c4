//! What only the whole scenario shows: how long it runs, whether dead letters circle, and queues
//! that nobody reads.
//!
//! - `cluster`: what the broker's settings mean together
//! - `leases`: which cache keeps them
//! - `logs`: groups and replays
//! - `routing`: exchanges and what publish steps say to them
//! - `services`: who is called, and about what

mod cluster;
mod leases;
mod logs;
mod routing;
mod services;

use std::collections::BTreeSet;

use crate::quantity::Span;

use super::model::{Consumer, MOST_EFFECTS, Producer, Queue, QueueRef, Scenario, Until, WarmUp};
use super::names::Entries;
use super::producer::{Overflowed, arrivals_end};
use super::reader::{Fields, Reader};
use super::registry;
use super::source::Place;
use super::tree::{Entry, Node};

/// The longest a drain goes on after `run_for`, which virtual time has to have room for.
const LONGEST_DRAIN: Span = Span::from_seconds(24 * 3600);

/// What decides how long a run is.
pub(super) struct Length<'t> {
    /// `run_for:`, if it was given and read.
    pub(super) given: Option<(Span, &'t Place)>,
    /// `until:`.
    pub(super) until: Until,
    /// Where `until:` stands, or else the top of the file.
    pub(super) until_place: &'t Place,
    /// `warm_up:`, with its place if it was given.
    pub(super) warm_up: (WarmUp, &'t Place),
}

/// More of anything would be no experiment that a person wrote, and have no numbers in a run.
const MOST_OF_A_KIND: usize = 50_000;

impl Reader<'_> {
    /// Complains about more components or steps than a run has numbers for.
    pub(super) fn too_large(&mut self, scenario: &Scenario, fields: &Fields<'_>) {
        let counts = [
            ("exchanges", scenario.exchanges.len()),
            ("queues", scenario.queues.len()),
            ("services", scenario.services.len()),
            ("producers", scenario.producers.len()),
            ("consumers", scenario.consumers.len()),
            ("faults", scenario.faults.len()),
        ];
        for (what, count) in counts {
            let place = fields.entry(what).map(|entry| &entry.place);
            if let Some(place) = place.filter(|_| count > MOST_OF_A_KIND) {
                self.error(&registry::OUT_OF_RANGE, place, format!("there are {count} {what}"))
                    .help(format!("at most {MOST_OF_A_KIND}"));
            }
        }
        let guarded = scenario.consumers.iter().filter(|consumer| consumer.idempotency.is_some()).count();
        let place = fields.entry("consumers").map(|entry| &entry.place);
        if let Some(place) = place.filter(|_| guarded.saturating_mul(scenario.sites()) > MOST_OF_A_KIND) {
            let message = format!("{guarded} consumers keep keys of {} `publish` steps", scenario.sites());
            self.error(&registry::OUT_OF_RANGE, place, message)
                .help(format!("their product is at most {MOST_OF_A_KIND}"));
        }
        let of_services = scenario.services.iter().flat_map(|service| &service.steps);
        let effects = of_services.filter(|step| step.has_effect()).count();
        if let Some(entry) = fields.entry("services").filter(|_| effects > MOST_EFFECTS) {
            let message = format!("there are {effects} updates in all services together");
            self.error(&registry::OUT_OF_RANGE, &entry.place, message)
                .help(format!("at most {MOST_EFFECTS}; a `transaction` of several is one"));
        }
        self.too_many_leased(scenario, fields);
        let steps: usize = scenario.programs().map(|(_, steps)| steps.len()).sum();
        if steps > MOST_OF_A_KIND {
            let message = format!("there are {steps} steps in all");
            self.error(&registry::OUT_OF_RANGE, fields.place(), message)
                .help(format!("at most {MOST_OF_A_KIND}"));
        }
    }

    /// Warns about what is sound in itself and makes no sense together.
    pub(super) fn question(&mut self, scenario: &Scenario, fields: &Fields<'_>, entries: &Entries<'_>) {
        self.question_exchanges(scenario, entries.exchanges);
        self.question_publishes(scenario, entries);
        self.question_services(scenario, entries.services);
        // Where there are variants, a service may well be for some of them only.
        if fields.get("variants").is_none() {
            self.question_unused_services(scenario, entries.services);
        }
        self.question_logs(scenario, entries.consumers);
        self.question_leases(scenario, entries);
        if let Some(broker) = fields.get("broker") {
            self.question_cluster(scenario, broker);
            self.question_memory(scenario, broker, entries.producers);
        }
        self.question_stalls(scenario, cluster::items(fields.get("faults")));
    }

    /// `run_for`, given or computed from the phases.
    pub(super) fn run_for(&mut self, length: &Length<'_>, producers: &[Producer], entries: &[Entry]) -> Span {
        let run_for = match length.given {
            Some((given, _)) => given,
            None => match self.sum_of_phases(length, producers, entries) {
                Some(sum) => sum,
                None => return Span::ZERO,
            },
        };
        let place = length.given.map_or(length.until_place, |(_, place)| place);
        if run_for.as_nanos().checked_add(LONGEST_DRAIN.as_nanos()).is_none() {
            let message = "the run, and a day of draining after it, ends beyond the end of virtual time";
            self.error(&registry::TIME_OVERFLOW, place, message).help("at most about 584 years");
        }
        if let (WarmUp::For(warm_up), place) = length.warm_up
            && !warm_up.is_zero()
            && warm_up >= run_for
        {
            let message = format!("a warm-up of `{warm_up}` leaves nothing of a run of `{run_for}`");
            self.error(&registry::WARM_UP_TOO_LONG, place, message)
                .help("messages count that are published after the warm-up and before `run_for`");
        }
        run_for
    }

    /// The longest sum of the phases of a producer.
    fn sum_of_phases(
        &mut self,
        length: &Length<'_>,
        producers: &[Producer],
        entries: &[Entry],
    ) -> Option<Span> {
        let mut longest = Span::ZERO;
        for producer in producers {
            let place = entries.iter().find(|entry| entry.key == producer.name).map(|entry| &entry.place);
            let place = place.unwrap_or(length.until_place);
            match arrivals_end(&producer.arrivals) {
                Some(Ok(end)) => longest = longest.max(end),
                Some(Err(Overflowed)) => {
                    let message = "these phases together end beyond the end of virtual time";
                    self.error(&registry::TIME_OVERFLOW, place, message);
                    return None;
                }
                None if length.until == Until::Drained => {
                    self.error(
                        &registry::ENDLESS_DRAIN,
                        length.until_place,
                        "the arrivals never end, so nothing drains",
                    )
                    .also(place, "this producer goes on for ever")
                    .help(
                        "say how long arrivals come, as in `run_for: 60s`, or give the last phase a `for:`",
                    );
                    return None;
                }
                None => {
                    let message = "nothing says how long the run is";
                    self.error(&registry::NO_RUN_FOR, place, message)
                        .label("its arrivals go on for ever")
                        .help("add `run_for: 60s` at the top, or give the last phase a `for:`");
                    return None;
                }
            }
        }
        if longest.is_zero() {
            self.error(&registry::NO_RUN_FOR, length.until_place, "nothing says how long the run is")
                .help("add `run_for: 60s`");
            return None;
        }
        Some(longest)
    }

    /// Follows each queue's dead letters until they stop or come round.
    pub(super) fn dead_letter_circles(&mut self, queues: &[Queue], entries: &[Entry]) {
        let mut known = vec![false; queues.len()];
        for start in 0..queues.len() {
            let mut path: Vec<usize> = Vec::new();
            let mut at = start;
            while !known[at] {
                known[at] = true;
                path.push(at);
                match queues[at].dead_letter {
                    Some(next) if next.0 < queues.len() => at = next.0,
                    _ => break,
                }
            }
            let closes = queues[at].dead_letter.is_some();
            if let (Some(from), true) = (path.iter().position(|queue| *queue == at), closes)
                && path.last().is_some_and(|last| queues[*last].dead_letter.map(|next| next.0) == Some(at))
            {
                self.circle(queues, &path[from..], entries);
            }
        }
    }

    fn circle(&mut self, queues: &[Queue], circle: &[usize], entries: &[Entry]) {
        let names: Vec<&str> =
            circle.iter().chain(circle.first()).map(|at| queues[*at].name.as_str()).collect();
        let round = names.join(" → ");
        let Some(place) = circle.last().and_then(|at| entries.get(*at)).map(dead_letter_place) else {
            return;
        };
        if circle.iter().any(|at| queues[*at].message_ttl.is_some()) {
            let message = format!("dead letters come back after a while: {round}");
            self.warning(&registry::DEAD_LETTER_LOOP, place, message)
                .help("a message nobody can handle goes round until `max_deliveries` or the end of the run");
        } else {
            self.error(
                &registry::DEAD_LETTER_CYCLE,
                place,
                format!("dead letters go round in a circle: {round}"),
            )
            .help("let the last queue keep them: remove its `dead_letter`")
            .help("for a delayed retry give one of the queues a `message_ttl`");
        }
    }

    /// Warns about queues without consumers that are no dead-letter queue either.
    pub(super) fn unread_queues(
        &mut self,
        queues: &[Queue],
        producers: &[Producer],
        consumers: &[Consumer],
        entries: &[Entry],
    ) {
        let consumed = consumers.iter().map(|consumer| consumer.from);
        let fed = queues.iter().filter_map(|queue| queue.dead_letter);
        let read: BTreeSet<QueueRef> = consumed.chain(fed).collect();
        // Nobody is meant to read what expires into another queue.
        let messages_expire = producers.iter().any(|producer| producer.message.ttl.is_some());
        let is_waiting_room =
            |queue: &Queue| queue.dead_letter.is_some() && (messages_expire || queue.message_ttl.is_some());
        for (at, entry) in entries.iter().enumerate() {
            if !read.contains(&QueueRef(at)) && !queues.get(at).is_some_and(is_waiting_room) {
                let message = format!("nobody reads the queue `{}`", entry.key);
                self.warning(&registry::QUEUE_UNREAD, &entry.place, message)
                    .help("no consumer takes `from` it, and it is nobody's `dead_letter`");
            }
        }
    }
}

fn dead_letter_place(entry: &Entry) -> &Place {
    let entries = entry.node.entries().unwrap_or_default();
    entries.iter().find(|entry| entry.key == "dead_letter").map_or(&entry.place, |given| &given.node.place)
}

/// The value that a path of keys leads to.
fn descend<'n>(node: &'n Node, keys: &[&str]) -> Option<&'n Node> {
    keys.iter().try_fold(node, |node, key| {
        node.entries()?.iter().find(|entry| entry.key == *key).map(|entry| &entry.node)
    })
}

/// Where the value of a path of keys stands in the entry called `name`, or else the entry itself.
fn place_in<'e>(entries: &'e [Entry], name: &str, keys: &[&str]) -> &'e Place {
    let entry = entries.iter().find(|entry| entry.key == name).expect("what was read has an entry");
    descend(&entry.node, keys).map_or(&entry.place, |node| &node.place)
}
