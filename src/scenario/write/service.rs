//! Services and calls, written.

use serde_yaml::Value;

use super::super::model::{Call, Service, WhenFull};
use super::super::words::{DISPATCH, QUEUE_ORDER, word_of};
use super::Writer;
use super::client::backoff;
use super::value::{Map, list, or, text};

impl Writer<'_> {
    pub(super) fn service(&self, service: &Service) -> Value {
        let when_full = match service.when_full {
            WhenFull::Reject => Value::from("reject"),
            WhenFull::Queue { places, order } => Map::new()
                .put("queue", or(places, "unlimited"))
                .put("order", word_of(QUEUE_ORDER, &order))
                .into(),
        };
        let slower =
            service.slower.map(|slower| Map::new().put("beyond", slower.beyond).put("factor", slower.factor));
        Map::new()
            .put("instances", service.instances)
            .put("concurrency", service.concurrency)
            .put("when_full", when_full)
            .put("dispatch", word_of(DISPATCH, &service.dispatch))
            .put("slower", or(slower, "never"))
            .put("do", list(&service.steps, |step| self.step(step)))
            .into()
    }

    pub(super) fn call(&self, call: &Call) -> Value {
        let budget = call
            .retry_budget
            .map(|budget| Map::new().put("ratio", budget.ratio).put("reserve", budget.reserve));
        let breaker = call.breaker.map(|breaker| {
            Map::new()
                .put("failures", breaker.failures)
                .put("open_for", text(breaker.open_for))
                .put("probes", breaker.probes)
        });
        Map::new()
            .put("service", self.scenario.services[call.service.0].name.as_str())
            .put("timeout", or(call.timeout.map(text), "off"))
            .put("retries", call.retries)
            .put("backoff", backoff(&call.backoff))
            .put("deadline", or(call.deadline.map(text), "off"))
            .put("retry_budget", or(budget, "none"))
            .put("breaker", or(breaker, "none"))
            .into()
    }
}
