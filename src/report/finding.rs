//! What matters most about a run, in a sentence or two made from its numbers.
//!
//! Owns the choice and the wording; every form of the report opens with it. Computes nothing that the
//! summary does not hold.

mod users;

use crate::metrics::summary::{Expected, Ledger, Outcomes, PeakShaving, Summary, Verdict};

use super::balance;
use super::number::{count_of, decimal, group, list, percent, seconds, was};
use super::unit::in_its_unit;

pub(super) use users::tells_of_messages;

/// A backlog is worth a sentence when it is at least this much of what was published …
const TELLING_SHARE: u64 = 20;
/// … and holds at least this many messages.
const TELLING_BACKLOG: u64 = 100;
/// The finding names at most this many broken expectations; the table has them all.
const MOST_BROKEN: usize = 3;

/// A few sentences: how messages fared first and then users, or users alone where there were no messages;
/// then the flow, then the expectations that did not come true.
#[must_use]
pub fn finding(summary: &Summary) -> String {
    sentences(summary).join(" ")
}

/// The same, a sentence each; there is always a first.
#[must_use]
pub fn sentences(summary: &Summary) -> Vec<String> {
    let mut sentences = balance::sentences(summary);
    if tells_of_messages(summary) {
        sentences.push(fate(summary));
        sentences.extend(nowhere(&summary.ledger));
        sentences.extend(overtaken(&summary.ledger));
        sentences.extend(users::matter(summary).then(|| users::endings(summary)));
    } else {
        sentences.push(users::endings(summary));
    }
    sentences.extend(users::load(summary));
    sentences.extend(flow(summary));
    sentences.extend(users::waiting(summary));
    sentences.extend(expectations(summary));
    sentences
}

/// How messages fared.
fn fate(summary: &Summary) -> String {
    let Summary { ledger, outcomes, .. } = summary;
    if ledger.published == 0 {
        return "Nothing was published.".into();
    }
    let mut clauses = duplicates(summary);
    let whole = if clauses.is_empty() { Whole::Named } else { Whole::Known };
    clauses.extend(endings(outcomes, whole));
    clauses.extend(buried(ledger, if clauses.is_empty() { Whole::Named } else { Whole::Known }));
    if clauses.is_empty() {
        return once(ledger, outcomes);
    }
    if outcomes.lost == 0 {
        clauses.push("none was lost".into());
    }
    format!("{}{}.", clauses.join("; "), each_group(ledger))
}

/// Why there are more messages in the counts than were published.
fn each_group(ledger: &Ledger) -> String {
    if ledger.expected_effects == ledger.published {
        return String::new();
    }
    let published = ledger.published;
    let were = was(published);
    format!(" ({} {were} published; each counts for every group it is meant for)", group(published))
}

/// Messages that reached no queue, and who knows.
fn nowhere(ledger: &Ledger) -> Option<String> {
    let Ledger { unroutable, returned, lost_confirmed, .. } = *ledger;
    let (them, were) = if unroutable == 1 { ("it", "it was") } else { ("them", "they were") };
    let who_knows = match returned {
        0 if lost_confirmed >= unroutable => format!("{were} confirmed all the same"),
        0 => "whoever published was told nothing".to_owned(),
        all if all == unroutable => format!("{were} sent back to whoever published"),
        some => format!("{} {} sent back, and nobody heard of the rest", group(some), was(some)),
    };
    let reached = count_of(unroutable, "message");
    (unroutable > 0)
        .then(|| format!("{reached} reached no queue, because no binding selects {them}; {who_knows}."))
}

/// Executions in the wrong order.
fn overtaken(ledger: &Ledger) -> Option<String> {
    let count = ledger.out_of_order;
    (count > 0).then(|| {
        let executions = count_of(count, "execution");
        format!("{executions} came after that of a later message with the same key.")
    })
}

/// Whether a clause has to say out of how many messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whole {
    /// The sentence begins with it.
    Named,
    /// The sentence said so already.
    Known,
}

/// A run without any trouble.
fn once(ledger: &Ledger, outcomes: &Outcomes) -> String {
    let whole = outcomes.total();
    let all = match ledger.published {
        1 => "The one message was".to_owned(),
        published => format!("All {} were", count_of(published, "message")),
    };
    if outcomes.declined == whole {
        return format!("{all} declined by their handlers.");
    }
    let declined = match outcomes.declined {
        0 => String::new(),
        declined => format!("; {} {} declined", group(declined), was(declined)),
    };
    let fan_out = if whole == ledger.published { "" } else { " in each group" };
    let despite = match ledger.redeliveries {
        0 => String::new(),
        1 => ", despite 1 redelivery".into(),
        redeliveries => format!(", despite {} redeliveries", group(redeliveries)),
    };
    format!("{all} consumed exactly once{fan_out}{despite}{declined}.")
}

/// What happened more than once.
fn duplicates(summary: &Summary) -> Vec<String> {
    let Ledger { published, duplicate_executions, duplicate_effects, .. } = summary.ledger;
    let affected = summary.rates.affected_rate;
    let mut clauses = Vec::new();
    if affected.numerator > 0 {
        let share = affected.value().map(|share| format!(" ({})", percent(share))).unwrap_or_default();
        let consumed = format!(
            "{} of {} {} consumed",
            group(affected.numerator),
            count_of(published.max(affected.denominator), "message"),
            was(affected.numerator),
        );
        clauses.push(if duplicate_executions == affected.numerator {
            format!("{consumed} twice{share}")
        } else {
            let extra = count_of(duplicate_executions, "extra execution");
            format!("{consumed} more than once{share}, {extra} in all")
        });
        clauses.push(applied_again(duplicate_executions, duplicate_effects));
    } else if duplicate_effects > 0 {
        let effects = count_of(duplicate_effects, "duplicate effect");
        clauses.push(format!("{effects} {} applied", was(duplicate_effects)));
    }
    clauses
}

/// Whether executing again also did the thing again.
fn applied_again(executions: u64, effects: u64) -> String {
    if effects == 0 {
        return "no effect was applied twice".into();
    }
    if effects == executions {
        return "each time its effect was applied again".into();
    }
    format!("{} {} applied again", count_of(effects, "effect"), was(effects))
}

/// How messages ended that were not done; the first clause names the whole if asked to.
fn endings(outcomes: &Outcomes, named: Whole) -> Vec<String> {
    let ended = [
        (outcomes.lost, "lost"),
        (outcomes.dropped, "dropped"),
        (outcomes.dead_lettered, "dead-lettered"),
        (outcomes.expired, "left to expire"),
        (outcomes.refused, "refused"),
        (outcomes.unfinished, "still under way at the end"),
    ];
    let whole = outcomes.total();
    let ended = ended.into_iter().filter(|(count, _)| *count > 0).enumerate();
    ended
        .map(|(index, (count, how))| match (named, index) {
            (Whole::Named, 0) if count == whole && whole == 1 => format!("The one message was {how}"),
            (Whole::Named, 0) if count == whole => format!("All {} were {how}", count_of(whole, "message")),
            (Whole::Named, 0) => {
                format!("{} of {} {} {how}", group(count), count_of(whole, "message"), was(count))
            }
            _ => format!("{} {} {how}", group(count), was(count)),
        })
        .collect()
}

/// Copies in a dead-letter queue whose message was done all the same.
fn buried(ledger: &Ledger, named: Whole) -> Option<String> {
    let count = ledger.dead_lettered_after_effect;
    let of = match named {
        Whole::Named => format!(" of {}", count_of(ledger.published, "message")),
        Whole::Known => String::new(),
    };
    let whose = if count == 1 { "its" } else { "their" };
    (count > 0).then(|| {
        format!("{}{of} {} dead-lettered although {whose} effect had been applied", group(count), was(count))
    })
}

/// How the fullest queue fared, if it is worth a sentence.
fn flow(summary: &Summary) -> Option<String> {
    let is_service = |name: &String| summary.services.iter().any(|(service, _)| service == name);
    let queues = summary.peak_shaving.iter().filter(|(name, _)| !is_service(name));
    let (queue, shaving) = queues.max_by_key(|(_, shaving)| shaving.peak_backlog)?;
    let backlog = shaving.peak_backlog;
    let telling = backlog >= TELLING_BACKLOG && backlog >= summary.ledger.published / TELLING_SHARE;
    (telling && shaving.peak_out > 0.0).then(|| backlog_sentence(queue, shaving))
}

fn backlog_sentence(queue: &str, shaving: &PeakShaving) -> String {
    let PeakShaving { peak_in, peak_out, shaved, peak_backlog, peak_backlog_at, drain_time, .. } = *shaving;
    let waited = format!("{} waited at {}", count_of(peak_backlog, "message"), seconds(peak_backlog_at));
    let drained = drain_time.map_or_else(
        || "and the queue had not drained when the run ended".to_owned(),
        |drain| format!("and the queue drained in {}", seconds(drain)),
    );
    match shaved {
        Some(shaved) if shaved >= 0.1 => format!(
            "`{queue}` turned a peak of {}/s into {}/s: {waited}, {drained}.",
            decimal(peak_in),
            decimal(peak_out)
        ),
        _ => format!("In `{queue}`, {waited}, {drained}."),
    }
}

/// The expectations that did not come true with what was measured, and those that cannot be judged.
fn expectations(summary: &Summary) -> Vec<String> {
    let with = |verdict| summary.expectations.iter().filter(move |one| one.verdict == verdict);
    let broken: Vec<String> = with(Verdict::Broken).map(|one| broken(summary, one)).collect();
    let unknown: Vec<String> = with(Verdict::Unknown).map(|one| format!("`{}`", one.metric)).collect();
    let mut sentences = Vec::new();
    if !broken.is_empty() {
        let more = broken.len().saturating_sub(MOST_BROKEN) as u64;
        let mut named: Vec<String> = broken.into_iter().take(MOST_BROKEN).collect();
        if more > 0 {
            named.push(format!("{} broken", count_of(more, "other expectation")));
        }
        sentences.push(format!("Expected {}.", list(&named)));
    }
    if !unknown.is_empty() {
        sentences.push(format!("Nothing can be said about {}.", list(&unknown)));
    }
    sentences
}

fn broken(summary: &Summary, one: &Expected) -> String {
    let measured =
        one.value.map_or_else(|| "nothing".into(), |value| in_its_unit(summary, &one.metric, value));
    format!("`{} {}` but measured {measured}", one.metric, one.condition)
}

#[cfg(test)]
mod tests {
    use super::{Ledger, Outcomes, Whole, each_group, endings, nowhere, once};

    #[test]
    fn a_run_without_trouble_is_told_in_one_sentence() {
        let ledger = |published| Ledger { published, expected_effects: published, ..Ledger::default() };
        let done = |done, declined| Outcomes { done, declined, ..Outcomes::default() };
        let cases = [
            (ledger(1), done(1, 0), "The one message was consumed exactly once."),
            (ledger(10_000), done(10_000, 0), "All 10 000 messages were consumed exactly once."),
            (ledger(5), done(4, 1), "All 5 messages were consumed exactly once; 1 was declined."),
            (ledger(5), done(10, 0), "All 5 messages were consumed exactly once in each group."),
        ];
        for (ledger, outcomes, sentence) in cases {
            assert_eq!(once(&ledger, &outcomes), sentence);
        }
    }

    #[test]
    fn it_says_who_knows_of_messages_that_reach_no_queue() {
        let ledger = |unroutable, returned, lost_confirmed| {
            nowhere(&Ledger { unroutable, returned, lost_confirmed, ..Ledger::default() })
        };
        let cases = [
            ((0, 0, 0), None),
            (
                (1, 0, 0),
                Some(
                    "1 message reached no queue, because no binding selects it; whoever published was told nothing.",
                ),
            ),
            (
                (12, 0, 12),
                Some(
                    "12 messages reached no queue, because no binding selects them; they were confirmed all the same.",
                ),
            ),
            (
                (12, 12, 0),
                Some(
                    "12 messages reached no queue, because no binding selects them; they were sent back to whoever published.",
                ),
            ),
            (
                (12, 5, 0),
                Some(
                    "12 messages reached no queue, because no binding selects them; 5 were sent back, and nobody heard of the rest.",
                ),
            ),
        ];
        for ((unroutable, returned, lost_confirmed), sentence) in cases {
            assert_eq!(ledger(unroutable, returned, lost_confirmed).as_deref(), sentence);
        }
    }

    #[test]
    fn a_fan_out_says_why_it_counts_more_than_was_published() {
        let ledger = |expected_effects| Ledger { published: 10, expected_effects, ..Ledger::default() };
        assert_eq!(each_group(&ledger(10)), "");
        let said = " (10 were published; each counts for every group it is meant for)";
        assert_eq!(each_group(&ledger(30)), said);
    }

    #[test]
    fn endings_agree_in_number() {
        let outcomes = Outcomes { done: 5, lost: 1, expired: 2, ..Outcomes::default() };
        assert_eq!(endings(&outcomes, Whole::Named), ["1 of 8 messages was lost", "2 were left to expire"]);
        assert_eq!(endings(&outcomes, Whole::Known), ["1 was lost", "2 were left to expire"]);
        let all = Outcomes { lost: 3, ..Outcomes::default() };
        assert_eq!(endings(&all, Whole::Named), ["All 3 messages were lost"]);
    }
}
