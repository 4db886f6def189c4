//! Services, and the `call` steps that reach them.

use crate::quantity::Span;

use super::model::{Breaker, Call, Dispatch, QueueOrder, RetryBudget, Service, Slower, Step, WhenFull};
use super::names::Names;
use super::producer::MOST_INSTANCES;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{BREAKER, CALL, RETRY_BUDGET, SERVICE, SLOWER, WHEN_FULL};
use super::step::{CONSTANT_ZERO, Runner};
use super::tree::{Entry, Node, Value};
use super::values::is_off;
use super::words::{DISPATCH, QUEUE_ORDER, Words};

const FULL: Words<WhenFull> = &[
    ("reject", WhenFull::Reject),
    ("queue", WhenFull::Queue { places: None, order: QueueOrder::OldestFirst }),
];

/// What a retry budget holds when the file does not say (Finagle's ten retries a second, as a stock).
const RESERVE: u32 = 10;

/// Failures in a row that open a breaker when the file does not say (Finagle's and Envoy's default).
const FAILURES: u32 = 5;

impl Reader<'_> {
    /// An entry of `services:`.
    pub(super) fn service(&mut self, entry: &Entry, names: &Names<'_>) -> Option<Service> {
        let fields = self.fields(&entry.node, &SERVICE)?;
        let instances =
            fields.get("instances").and_then(|n| self.small_count(n, 1..=MOST_INSTANCES)).unwrap_or(1);
        let concurrency =
            fields.get("concurrency").and_then(|n| self.small_count(n, 1..=u32::MAX)).unwrap_or(1);
        let when_full = fields.get("when_full").and_then(|n| self.when_full(n)).unwrap_or(WhenFull::Reject);
        let dispatch =
            fields.get("dispatch").and_then(|n| self.choice(n, DISPATCH)).unwrap_or(Dispatch::RoundRobin);
        let slower = fields.get("slower").filter(|n| !is_off(n)).and_then(|n| self.slower(n, concurrency));
        let steps = fields.get("do").map(|n| self.steps(n, names, Runner::Service)).unwrap_or_default();
        let name = entry.key.clone();
        Some(Service { name, instances, concurrency, when_full, dispatch, slower, steps })
    }

    fn when_full(&mut self, node: &Node) -> Option<WhenFull> {
        if !matches!(node.value, Value::Map(_)) {
            return self.choice(node, FULL);
        }
        let fields = self.fields(node, &WHEN_FULL)?;
        let count = |reader: &mut Self, node: &Node| reader.small_count(node, 0..=u32::MAX);
        let places = self.required(&fields, "queue").and_then(|n| self.or_off(n, count));
        let order =
            fields.get("order").and_then(|n| self.choice(n, QUEUE_ORDER)).unwrap_or(QueueOrder::OldestFirst);
        // A line without places is none.
        Some(if places? == Some(0) { WhenFull::Reject } else { WhenFull::Queue { places: places?, order } })
    }

    fn slower(&mut self, node: &Node, concurrency: u32) -> Option<Slower> {
        let fields = self.fields(node, &SLOWER)?;
        let beyond = fields.get("beyond").map_or(Some(0), |n| self.small_count(n, 0..=u32::MAX));
        let factor = self.required(&fields, "factor").and_then(|n| self.number_from(n, 1.0));
        if let (Some(beyond), Some(node)) = (beyond, fields.get("beyond"))
            && beyond >= concurrency
        {
            let message = format!("at most {concurrency} handlers run at once, so nothing ever gets slower");
            self.error(&registry::OUT_OF_RANGE, &node.place, message)
                .help("`beyond` has to be below the service's `concurrency`");
        }
        Some(Slower { beyond: beyond?, factor: factor? })
    }

    /// A `call` step.
    pub(super) fn call(&mut self, node: &Node, names: &Names<'_>) -> Option<Call> {
        if matches!(node.value, Value::Scalar { .. }) {
            let service = names.service(self, node)?;
            return Some(Call {
                service,
                timeout: None,
                retries: 0,
                backoff: CONSTANT_ZERO,
                deadline: None,
                retry_budget: None,
                breaker: None,
            });
        }
        let fields = self.fields(node, &CALL)?;
        let service = self.required(&fields, "service").and_then(|n| names.service(self, n));
        let timeout = self.optional_span(&fields, "timeout");
        let retries = fields.get("retries").and_then(|n| self.small_count(n, 0..=u32::MAX)).unwrap_or(0);
        let backoff = fields.get("backoff").and_then(|n| self.backoff(n)).unwrap_or(CONSTANT_ZERO);
        let deadline = self.optional_span(&fields, "deadline");
        let retry_budget = fields.get("retry_budget").filter(|n| !is_off(n)).map(|n| self.retry_budget(n));
        let breaker = fields.get("breaker").filter(|n| !is_off(n)).map(|n| self.breaker(n));
        let (retry_budget, breaker) = (retry_budget.flatten(), breaker.flatten());
        self.question_waits(&fields, (timeout, deadline), retries);
        Some(Call { service: service?, timeout, retries, backoff, deadline, retry_budget, breaker })
    }

    /// Warns about waits that never end, or never are as long as they may be.
    fn question_waits(
        &mut self,
        fields: &Fields<'_>,
        (timeout, deadline): (Option<Span>, Option<Span>),
        retries: u32,
    ) {
        if let (Some(node), None, None) = (fields.get("retries"), timeout, deadline)
            && retries > 0
        {
            let message = "without a `timeout` an answer that is lost is waited for for ever";
            self.warning(&registry::RETRY_WITHOUT_TIMEOUT, &node.place, message)
                .help("only an answer that says no is followed by another attempt; add `timeout: 1s`");
        }
        if let (Some(node), Some(timeout), Some(deadline)) = (fields.get("timeout"), timeout, deadline)
            && timeout > deadline
        {
            let message = format!("a timeout of `{timeout}` is never reached: the deadline is `{deadline}`");
            let complaint = self.warning(&registry::TIMEOUT_ABOVE_DEADLINE, &node.place, message);
            if let Some(node) = fields.get("deadline") {
                complaint.also(&node.place, "in all, with every attempt");
            }
        }
    }

    fn optional_span(&mut self, fields: &Fields<'_>, name: &str) -> Option<Span> {
        fields.get(name).and_then(|n| self.or_off(n, Self::positive_span)).flatten()
    }

    fn retry_budget(&mut self, node: &Node) -> Option<RetryBudget> {
        if !matches!(node.value, Value::Map(_)) {
            return self.share(node).map(|ratio| RetryBudget { ratio, reserve: RESERVE });
        }
        let fields = self.fields(node, &RETRY_BUDGET)?;
        let ratio = self.required(&fields, "ratio").and_then(|n| self.share(n));
        let reserve =
            fields.get("reserve").and_then(|n| self.small_count(n, 1..=u32::MAX)).unwrap_or(RESERVE);
        Some(RetryBudget { ratio: ratio?, reserve })
    }

    fn breaker(&mut self, node: &Node) -> Option<Breaker> {
        let fields = self.fields(node, &BREAKER)?;
        let failures =
            fields.get("failures").and_then(|n| self.small_count(n, 1..=u32::MAX)).unwrap_or(FAILURES);
        let open_for = self.required(&fields, "open_for").and_then(|n| self.positive_span(n));
        let probes = fields.get("probes").and_then(|n| self.small_count(n, 1..=u32::MAX)).unwrap_or(1);
        Some(Breaker { failures, open_for: open_for?, probes })
    }

    /// Complains about services that call each other in a circle: every call would go round for ever.
    pub(super) fn call_circles(&mut self, services: &[Service], entries: &[Entry]) {
        let mut known = vec![false; services.len()];
        for start in 0..services.len() {
            let mut path = Vec::new();
            if let Some(round) = circle_from(services, start, &mut path, &mut known) {
                let names: Vec<&str> = round.iter().map(|at| services[*at].name.as_str()).collect();
                let Some(entry) = entries.iter().find(|entry| entry.key == names[0]) else { return };
                let message = format!("calls go round in a circle: {} → {}", names.join(" → "), names[0]);
                self.error(&registry::CALL_CIRCLE, &entry.place, message)
                    .help("a service that calls itself, even through others, would never answer");
            }
        }
    }
}

/// The circle of calls that begins somewhere behind `at`, unless all behind it is known.
fn circle_from(
    services: &[Service],
    at: usize,
    path: &mut Vec<usize>,
    known: &mut [bool],
) -> Option<Vec<usize>> {
    if let Some(from) = path.iter().position(|on_path| *on_path == at) {
        return Some(path[from..].to_vec());
    }
    if std::mem::replace(&mut known[at], true) {
        return None;
    }
    path.push(at);
    let called = services[at].steps.iter().filter_map(Step::call).map(|call| call.service.0);
    let mut called = called.filter(|next| *next < services.len());
    let found = called.find_map(|next| circle_from(services, next, path, known));
    path.pop();
    found
}
