//! What only all consumers of a log together show: groups whose members disagree or idle, and replays.

use super::super::model::{Consumer, Pull, Queue, QueueRef, Scenario, Start, Until};
use super::super::reader::Reader;
use super::super::registry;
use super::super::tree::Entry;
use super::place_in;

/// A consumer group: the log it reads and its name.
type Group<'s> = (QueueRef, &'s str);

fn group(consumer: &Consumer) -> Option<Group<'_>> {
    consumer.pull.as_ref().map(|pull| (consumer.from, pull.group.as_str()))
}

/// Settings that hold for a whole group, by their keys.
const SHARED: [&str; 5] = ["start", "session_timeout", "poll_timeout", "rebalance", "replay"];

fn agree(key: &str, one: &Pull, other: &Pull) -> bool {
    match key {
        "start" => one.start == other.start,
        "session_timeout" => one.session_timeout == other.session_timeout,
        "poll_timeout" => one.poll_timeout == other.poll_timeout,
        "rebalance" => one.rebalance == other.rebalance,
        _ => one.replay == other.replay,
    }
}

impl Reader<'_> {
    /// Complains about consumers of one group that say different things about it.
    pub(in super::super) fn disagreeing_groups(&mut self, consumers: &[Consumer], entries: &[Entry]) {
        for (at, consumer) in consumers.iter().enumerate() {
            let Some(pull) = &consumer.pull else { continue };
            let first = consumers[..at].iter().find(|earlier| group(earlier) == group(consumer));
            let Some((first, shared)) = first.and_then(|first| Some((first, first.pull.as_ref()?))) else {
                continue;
            };
            for key in SHARED.into_iter().filter(|key| !agree(key, shared, pull)) {
                let message = format!("two consumers of the group `{}` disagree about `{key}`", pull.group);
                self.error(&registry::GROUP_DISAGREES, place_in(entries, &consumer.name, &[key]), message)
                    .also(place_in(entries, &first.name, &[key]), "the other one")
                    .help("give both the same, or give each a `group` of its own");
            }
        }
    }

    /// Warns about members that get no partition, and replays that find nothing.
    pub(super) fn question_logs(&mut self, scenario: &Scenario, entries: &[Entry]) {
        for (at, consumer) in scenario.consumers.iter().enumerate() {
            let queue = &scenario.queues[consumer.from.0];
            let (Some(pull), Some(log)) = (&consumer.pull, &queue.log) else { continue };
            let members = |consumers: &[Consumer]| {
                let own = consumers.iter().filter(|other| group(other) == group(consumer));
                own.fold(0_u32, |sum, other| sum.saturating_add(other.instances))
            };
            let (before, all) = (members(&scenario.consumers[..at]), members(&scenario.consumers[..=at]));
            // Said once for a group: where it gets too large.
            if before <= log.partitions && all > log.partitions {
                let partitions = if log.partitions == 1 { "partition" } else { "partitions" };
                let message = format!(
                    "the group `{}` has {all} members for {} {partitions} of `{}`",
                    pull.group, log.partitions, queue.name
                );
                self.warning(
                    &registry::IDLE_MEMBERS,
                    place_in(entries, &consumer.name, &["instances"]),
                    message,
                )
                .help("a partition has one owner at a time, so the others have nothing to do");
            }
            self.question_replay(scenario, consumer, queue, entries);
        }
    }

    fn question_replay(&mut self, scenario: &Scenario, consumer: &Consumer, log: &Queue, entries: &[Entry]) {
        let Some(replay) = consumer.pull.as_ref().and_then(|pull| pull.replay) else { return };
        let place = place_in(entries, &consumer.name, &["replay", "after"]);
        if scenario.until == Until::RunFor && replay.after >= scenario.run_for {
            let message =
                format!("a replay after `{}` never comes in a run of `{}`", replay.after, scenario.run_for);
            self.warning(&registry::REPLAY_TOO_LATE, place, message);
        } else if let Some(retention) = log.log.as_ref().and_then(|log| log.retention)
            && replay.from != Start::Latest
            && retention < replay.after
        {
            let message = format!(
                "by then `{}` no longer has all its records: it keeps them for `{retention}`",
                log.name
            );
            self.warning(&registry::REPLAY_TOO_LATE, place, message)
                .help("the replay begins at the oldest record that is left");
        }
    }
}
