//! What users went through, and what the services that they call made of it, in sentences.

use crate::metrics::summary::{Latency, Operations, PeakShaving, ServiceSummary, Summary};
use crate::report::number::{count_of, decimal, group, list, millis, percent, seconds, was};

/// Attempts for each call are worth a sentence from here on: a retry for every twenty calls.
const TELLING_ATTEMPTS: f64 = 1.05;
/// So is work for nobody, as a share of all handlers that ended.
const TELLING_WASTE: f64 = 0.01;
/// A sentence for each of at most this many services.
const MOST_SERVICES: usize = 2;
/// Requests that wait are worth a sentence from here on.
const TELLING_BACKLOG: u64 = 100;

/// Whether a run is told by its messages, or else by its operations alone.
pub(in crate::report) fn tells_of_messages(summary: &Summary) -> bool {
    let nobody_called = summary.services.iter().all(|(_, service)| service.calls == 0);
    let is_all_queues = nobody_called && summary.stores.is_empty() && !summary.queues.is_empty();
    summary.ledger.published > 0 || summary.operations.started == 0 || is_all_queues
}

/// How operations ended, and how long users waited for them.
pub(super) fn endings(summary: &Summary) -> String {
    let operations = &summary.operations;
    let Operations { started, succeeded, .. } = *operations;
    let ended = [
        (operations.rejected, "rejected"),
        (operations.timed_out, "timed out"),
        (operations.failed, "failed"),
        (operations.unfinished, "still under way at the end"),
    ];
    let ended = ended.into_iter().filter(|(count, _)| *count > 0).map(|(count, how)| {
        let verb = match how {
            "rejected" | "still under way at the end" => format!("{} ", was(count)),
            _ => String::new(),
        };
        format!("{} {verb}{how}", group(count))
    });
    let took = took(summary, succeeded);
    if succeeded == started {
        let all = match started {
            1 => "The one operation".to_owned(),
            _ => format!("All {}", count_of(started, "operation")),
        };
        return format!("{all} succeeded{took}.");
    }
    let not = list(&ended.collect::<Vec<_>>());
    match succeeded {
        0 => format!("None of {} succeeded: {not}.", count_of(started, "operation")),
        _ => format!("{} of {} succeeded{took}; {not}.", group(succeeded), count_of(started, "operation")),
    }
}

/// How long users waited who got what they wanted.
fn took(summary: &Summary, succeeded: u64) -> String {
    let users = if succeeded == 1 { "its user" } else { "users" };
    let operation = summary.latencies.iter().find(|(name, _)| *name == "operation");
    match operation.map(|(_, latency)| latency) {
        Some(Latency { max_ms: Some(max), .. }) if *max == 0.0 => " at once".into(),
        Some(Latency { mean_ms: Some(mean), max_ms: Some(max), .. }) if mean >= max => {
            format!(", {users} waiting {}", millis(*max))
        }
        Some(Latency { p50_ms: Some(half), p99_ms: Some(most), .. }) => {
            format!(", {users} waiting {} (p50) and {} (p99)", millis(*half), millis(*most))
        }
        _ => String::new(),
    }
}

/// Whether users of a run with messages waited for anything, or did not get it.
pub(super) fn matter(summary: &Summary) -> bool {
    let operations = &summary.operations;
    let waited = summary
        .latencies
        .iter()
        .any(|(name, latency)| *name == "operation" && latency.max_ms.is_some_and(|max| max > 0.0));
    operations.started > 0 && (operations.succeeded != operations.started || waited)
}

/// How callers multiplied the load, and what was done for nobody, the most called services first.
pub(super) fn load(summary: &Summary) -> Vec<String> {
    let mut services: Vec<&(String, ServiceSummary)> = summary.services.iter().collect();
    services.sort_by_key(|(_, service)| std::cmp::Reverse(service.calls));
    services.into_iter().filter_map(|(name, service)| load_of(name, service)).take(MOST_SERVICES).collect()
}

fn load_of(name: &str, service: &ServiceSummary) -> Option<String> {
    let attempts = service.attempts_per_call().filter(|attempts| *attempts >= TELLING_ATTEMPTS);
    let wasted = service.wasted_share().filter(|share| *share >= TELLING_WASTE);
    let waste = |share| {
        let whom = if service.wasted == 1 { "a caller" } else { "callers" };
        format!(
            "{} of its work ({} of {}) was done for {whom} that had given up",
            percent(share),
            group(service.wasted),
            count_of(service.handled, "request")
        )
    };
    match (attempts, wasted) {
        (None, None) => None,
        (Some(attempts), None) => {
            Some(format!("Retries made {} attempts of each call of `{name}`.", decimal(attempts)))
        }
        (None, Some(share)) => Some(format!("Of `{name}`: {}.", waste(share))),
        (Some(attempts), Some(share)) => Some(format!(
            "Retries made {} attempts of each call of `{name}`, and {}.",
            decimal(attempts),
            waste(share)
        )),
    }
}

/// How the service fared before which most requests waited, if it is worth a sentence.
pub(super) fn waiting(summary: &Summary) -> Option<String> {
    let is_service = |name: &str| summary.services.iter().any(|(service, _)| service == name);
    let services = summary.peak_shaving.iter().filter(|(name, _)| is_service(name));
    let (name, shaving) = services.max_by_key(|(_, shaving)| shaving.peak_backlog)?;
    (shaving.peak_backlog >= TELLING_BACKLOG).then(|| waiting_at(name, shaving))
}

fn waiting_at(name: &str, shaving: &PeakShaving) -> String {
    let PeakShaving { peak_in, peak_out, peak_backlog, peak_backlog_at, drain_time, .. } = *shaving;
    let drained = drain_time.map_or_else(
        || "and they had not drained when the run ended".to_owned(),
        |drain| format!("and it needed {} to drain", seconds(drain)),
    );
    format!(
        "`{name}` got up to {} requests/s and handled up to {}/s: {} waited at {}, {drained}.",
        decimal(peak_in),
        decimal(peak_out),
        count_of(peak_backlog, "request"),
        seconds(peak_backlog_at)
    )
}

#[cfg(test)]
mod tests {
    use super::load_of;
    use crate::metrics::summary::ServiceSummary;

    #[test]
    fn retries_and_waste_are_told_with_their_denominators() {
        let service = |calls, retries, wasted, handled| ServiceSummary {
            calls,
            retries,
            handled,
            wasted,
            ..ServiceSummary::default()
        };
        let cases = [
            (service(100, 2, 0, 90), None),
            (service(0, 0, 0, 0), None),
            (service(340, 240, 0, 90), Some("Retries made 3.4 attempts of each call of `shop`.")),
            (
                service(100, 0, 1, 90),
                Some(
                    "Of `shop`: 1.11 % of its work (1 of 90 requests) was done for a caller that had given up.",
                ),
            ),
            (
                service(300, 200, 30, 90),
                Some(
                    "Retries made 3 attempts of each call of `shop`, and 33.3 % of its work (30 of 90 requests) was done for callers that had given up.",
                ),
            ),
        ];
        for (service, sentence) in cases {
            assert_eq!(load_of("shop", &service).as_deref(), sentence);
        }
    }
}
