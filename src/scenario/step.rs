//! The steps of a `do` list: `work` and `publish`, with confirms and backoffs; `call` is with the services.

use crate::quantity::Span;

use super::diagnostic::quoted;
use super::model::{
    Backoff, Confirm, Destination, Distribution, Identity, Jitter, MOST_EFFECTS, Publish, PublishTo,
    QueueRef, Redraw, RetryId, Step, Unroutable,
};
use super::names::Names;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{BACKOFF, CONFIRM, PUBLISH, STEP, WORK};
use super::tree::{Entry, Node, Value};
use super::values::is_off;
use super::words::{BOOLEAN, JITTER, MANDATORY, REDRAW, RETRY_ID, SAME_MESSAGE};

/// How long a confirm is waited for when the file does not say.
const CONFIRM_TIMEOUT: Span = Span::from_seconds(1);

/// How much a backoff grows when it is a map that does not say.
const BACKOFF_FACTOR: f64 = 2.0;

/// Who runs a `do` list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Runner {
    /// A producer that makes sure that what it publishes to is there.
    Producer,
    /// A producer with `declare: false`.
    BareProducer,
    /// A consumer.
    Handler,
    /// A service.
    Service,
}

impl Reader<'_> {
    /// A `do` list.
    pub(super) fn steps(&mut self, node: &Node, names: &Names<'_>, runner: Runner) -> Vec<Step> {
        let items = self.list(Some(node), "steps, as in `- work: 5ms`");
        let steps: Vec<Step> = items.iter().filter_map(|item| self.step(item, names, runner)).collect();
        let effects = steps.iter().filter(|step| step.has_effect()).count();
        if effects > MOST_EFFECTS {
            let message = format!("there are {effects} updates in one `do` list");
            self.error(&registry::OUT_OF_RANGE, &node.place, message)
                .help(format!("at most {MOST_EFFECTS}; a `transaction` of several is one"));
        }
        steps
    }

    fn step(&mut self, node: &Node, names: &Names<'_>, runner: Runner) -> Option<Step> {
        let fields = self.fields(node, &STEP)?;
        let kinds: Vec<&str> = STEP.names().collect();
        let Entry { key, node, .. } = self.one_of(&fields, &kinds)?;
        let boxed = |transaction| Step::Transaction(Box::new(transaction));
        match key.as_str() {
            "work" => self.work(node),
            "update" => self.update(node, names).map(boxed),
            "read" => self.read_step(node, names).map(boxed),
            "transaction" => self.transaction(node, names).map(boxed),
            "call" => self.call(node, names).map(Step::Call),
            _ => self.publish(node, names, runner).map(Step::Publish),
        }
    }

    fn work(&mut self, node: &Node) -> Option<Step> {
        if !matches!(node.value, Value::Map(_)) {
            let time = self.distribution(node)?;
            return Some(Step::Work { time, redraw: Redraw::PerAttempt });
        }
        let fields = self.fields(node, &WORK)?;
        let redraw = fields.get("redraw").and_then(|n| self.choice(n, REDRAW)).unwrap_or(Redraw::PerAttempt);
        let time: Distribution = self.distribution_in(&fields)?;
        Some(Step::Work { time, redraw })
    }

    fn publish(&mut self, node: &Node, names: &Names<'_>, runner: Runner) -> Option<Publish> {
        if matches!(node.value, Value::Scalar { .. }) {
            return Some(Publish { to: self.publish_to(node, None, names, runner)?, ..PLAIN_PUBLISH });
        }
        let fields = self.fields(node, &PUBLISH)?;
        let routing_key = fields.get("routing_key").and_then(|n| self.routing_key(n));
        let to = self
            .required(&fields, "to")
            .and_then(|n| self.publish_to(n, routing_key.as_deref(), names, runner))
            .unwrap_or(PublishTo::Queue(QueueRef(0)));
        let unroutable =
            fields.get("mandatory").and_then(|n| self.switch(n, MANDATORY)).unwrap_or(Unroutable::Dropped);
        let identity = self.identity(&fields, runner);
        let confirm = match fields.get("confirm") {
            None => None,
            Some(node) if is_off(node) => None,
            Some(node) => Some(self.confirm(node)?),
        };
        Some(Publish { to, routing_key: routing_key.unwrap_or_default(), unroutable, identity, confirm })
    }

    /// Where a publish goes. What a producer does not declare may be missing.
    fn publish_to(
        &mut self,
        node: &Node,
        routing_key: Option<&str>,
        names: &Names<'_>,
        runner: Runner,
    ) -> Option<PublishTo> {
        let name = self.text(node, "the name of a queue or an exchange")?;
        if runner == Runner::BareProducer && names.destination_named(name).is_none() {
            let name = name.to_owned();
            return Some(match routing_key {
                Some(_) => PublishTo::MissingExchange(name),
                None => PublishTo::MissingQueue(name),
            });
        }
        Some(match names.destination(self, node)? {
            Destination::Queue(queue) => PublishTo::Queue(queue),
            Destination::Exchange(exchange) => PublishTo::Exchange(exchange),
        })
    }

    fn identity(&mut self, fields: &Fields<'_>, runner: Runner) -> Identity {
        let Some(node) = fields.get("same_message") else { return Identity::New };
        let identity = self.switch(node, SAME_MESSAGE).unwrap_or(Identity::New);
        if identity == Identity::OfHandled && runner != Runner::Handler {
            let who = if runner == Runner::Service { "a service" } else { "a producer" };
            let message = format!("{who} handles no message that it could publish");
            self.error(&registry::SAME_MESSAGE, &node.place, message)
                .help("`same_message: true` belongs to a `publish` in the `do` of a consumer");
        }
        identity
    }

    fn confirm(&mut self, node: &Node) -> Option<Confirm> {
        if let Value::Scalar { text, .. } = &node.value
            && (BOOLEAN.iter().any(|(word, _)| word == text) || Span::parse(text).is_ok())
        {
            let message = format!("{} does not say how a confirm is waited for", quoted(text));
            self.error(&registry::WRONG_TYPE, &node.place, message)
                .help("write `confirm: {timeout: 200ms, retries: 3, backoff: 50ms}`, or leave `confirm` out");
            return None;
        }
        let fields = self.fields(node, &CONFIRM)?;
        let timeout = fields.get("timeout").and_then(|n| self.positive_span(n)).unwrap_or(CONFIRM_TIMEOUT);
        let retries = fields.get("retries").and_then(|n| self.small_count(n, 0..=u32::MAX)).unwrap_or(0);
        let backoff = fields.get("backoff").and_then(|n| self.backoff(n)).unwrap_or(CONSTANT_ZERO);
        let id = fields.get("id").and_then(|n| self.choice(n, RETRY_ID)).unwrap_or(RetryId::Keep);
        Some(Confirm { timeout, retries, backoff, id })
    }

    pub(super) fn backoff(&mut self, node: &Node) -> Option<Backoff> {
        if matches!(node.value, Value::Scalar { .. }) {
            return self.span(node).map(|base| Backoff { base, ..CONSTANT_ZERO });
        }
        let fields = self.fields(node, &BACKOFF)?;
        let base = self.required(&fields, "base").and_then(|n| self.span(n)).unwrap_or(Span::ZERO);
        let factor = fields.get("factor").and_then(|n| self.number_from(n, 1.0)).unwrap_or(BACKOFF_FACTOR);
        let cap = fields.get("cap").and_then(|n| self.or_off(n, Self::span)).flatten();
        let jitter = fields.get("jitter").and_then(|n| self.choice(n, JITTER)).unwrap_or(Jitter::None);
        if let (Some(cap), Some(node)) = (cap, fields.get("cap"))
            && cap < base
        {
            self.error(
                &registry::OUT_OF_RANGE,
                &node.place,
                format!("the cap `{cap}` is below the base `{base}`"),
            );
        }
        Some(Backoff { base, factor, cap, jitter })
    }
}

/// A publish of which nothing more is said.
const PLAIN_PUBLISH: Publish = Publish {
    to: PublishTo::Queue(QueueRef(0)),
    routing_key: String::new(),
    unroutable: Unroutable::Dropped,
    identity: Identity::New,
    confirm: None,
};

/// No wait before a retry; also what a bare duration fills in its base of.
pub(super) const CONSTANT_ZERO: Backoff =
    Backoff { base: Span::ZERO, factor: 1.0, cap: None, jitter: Jitter::None };
