//! `do` lists made ready to run: each step with its purposes of chance, its delays and whom it addresses.

use std::rc::Rc;

use crate::actors::calling::CallStep;
use crate::actors::program::{ConfirmPlan, KeyPlan, PublishStep, Step, Work};
use crate::kernel::chance::Purpose;
use crate::protocol::id::{Key, ServiceId, SiteId};
use crate::scenario::model::{self, KeySpec, Step as ModelStep};
use crate::simulation::guards::EffectGuard;
use crate::simulation::stores::Numbering;
use crate::simulation::{chance, guards, stores};

use super::{Wiring, key_of, small};

impl Wiring<'_> {
    /// A `do` list. `owner` is the component's place among the first sites.
    pub(super) fn program(&mut self, component: &str, steps: &[ModelStep], owner: usize) -> Rc<[Step]> {
        let (mut works, mut calls, mut site) = (0, 0, self.first_sites[owner]);
        let mut program = Vec::with_capacity(steps.len() + 2);
        program.extend(guards::first(self.scenario, component));
        let mut numbering = Numbering::of(self.scenario, owner);
        for step in steps {
            program.push(match step {
                ModelStep::Work { time, redraw } => {
                    let purpose = Purpose::new(component, &format!("work#{works}"));
                    works += 1;
                    let sampler = chance::sampler(time);
                    let lane = sampler.as_constant().map(|span| self.context.delay(span));
                    Step::Work(Work { sampler, lane, purpose, redraw: *redraw, number: works - 1 })
                }
                ModelStep::Transaction(step) => Step::Transaction(stores::transaction(
                    self.scenario,
                    component,
                    step,
                    if step.has_effect() {
                        guards::with_effect(self.scenario, component)
                    } else {
                        EffectGuard::default()
                    },
                    &mut numbering,
                )),
                ModelStep::Call(call) => {
                    calls += 1;
                    Step::Call(self.call(component, call, calls - 1))
                }
                ModelStep::Publish(publish) => {
                    site += 1;
                    let confirm = publish.confirm.as_ref().map(|confirm| ConfirmPlan {
                        timeout: self.context.delay(confirm.timeout),
                        retries: confirm.retries,
                        backoff: confirm.backoff,
                        purpose: Purpose::new(component, "backoff"),
                    });
                    Step::Publish(PublishStep { site: SiteId(site - 1), identity: publish.identity, confirm })
                }
            });
        }
        program.extend(guards::last(self.scenario, component));
        if let Some(consumer) = self.scenario.consumers.iter().find(|consumer| consumer.name == component) {
            let group = self.groups.of_consumer(self.scenario, consumer);
            program.extend(guards::aside(self.scenario, component, group));
        }
        program.into()
    }

    fn call(&mut self, component: &str, call: &model::Call, number: usize) -> CallStep {
        let service = &self.scenario.services[call.service.0];
        let (way, caller) = self.ways.place(component, call.service).expect("every call has its way");
        let name = format!("call#{number}");
        CallStep {
            service: ServiceId(small(call.service.0)),
            first: self.address(&service.name, 0),
            way,
            caller,
            balancer: self.ways.balancer(call.service),
            timeout: call.timeout.map(|timeout| self.context.delay(timeout)),
            retries: call.retries,
            backoff: call.backoff,
            deadline: call.deadline,
            luck_key: key_of(component, &name),
            waits: Purpose::new(component, &format!("backoff of {name}")),
            chooses: Purpose::new(component, &format!("instance for {name}")),
            number,
            retry_budget: call.retry_budget,
            breaker: call.breaker,
        }
    }
}

/// What the operations of a component are about.
pub(super) fn key_plan(component: &str, key: Option<KeySpec>) -> KeyPlan {
    match key {
        None => KeyPlan::Nothing,
        Some(KeySpec::Fixed(key)) => {
            KeyPlan::Fixed(Key(u32::try_from(key).expect("a checked scenario has keys below 2^32")))
        }
        Some(drawn) => KeyPlan::Drawn(chance::keys(drawn), Purpose::new(component, "key")),
    }
}
