//! Idempotency guards of consumers: their keys, and what their steps do about them.

use std::rc::Rc;

use crate::actors::guard::{GuardPlace, GuardStep, GuardWork, KeyNames, KeyPlan, KeyStep};
use crate::actors::program::Step;
use crate::actors::transacting::plan::TransactionPlan;
use crate::kernel::chance::Purpose;
use crate::protocol::id::GroupId;
use crate::protocol::store::{KeyWork, TableId};
use crate::quantity::Span;
use crate::scenario::model::{
    Backoff, Consumer, Expire, Guard, Idempotency, Jitter, KeyOf, KeyTransaction, Lock, Mark, OnStale,
    RestartDelay, Retries, Scenario, SetNx, StoreRef, TransactionForm, WhenDown,
};

use super::stores::place_of;

/// What a consumer's guard makes of a transaction that is an effect.
#[derive(Debug, Default)]
pub(super) struct EffectGuard {
    /// What it does first.
    pub(super) key: Option<KeyPlan>,
    /// Whether the guard is nothing but the check of a version that it reads itself.
    pub(super) locks_optimistically: bool,
}

/// A component's guard, if it is a consumer that has one.
pub(super) fn guard_of<'s>(scenario: &'s Scenario, component: &str) -> Option<&'s Idempotency> {
    let consumer = scenario.consumers.iter().find(|consumer| consumer.name == component);
    consumer.and_then(|consumer| consumer.idempotency.as_ref())
}

/// What goes with an effect of a component.
pub(super) fn with_effect(scenario: &Scenario, component: &str) -> EffectGuard {
    let Some(guard) = guard_of(scenario, component) else { return EffectGuard::default() };
    let (step, if_taken) = match &guard.by {
        Guard::UniqueKey { transaction: KeyTransaction::WithEffect, .. } => {
            (KeyStep::Work(KeyWork::Insert), OnStale::Drop)
        }
        Guard::Version { from_message: Some(_), on_stale } => (KeyStep::Advance, *on_stale),
        Guard::Version { from_message: None, .. } => {
            return EffectGuard { key: None, locks_optimistically: true };
        }
        Guard::Status { store, from, to, on_stale } => {
            let work = change_of_state(scenario, *store, (from, to));
            (KeyStep::Work(work), *on_stale)
        }
        Guard::Inbox { .. } => (KeyStep::Work(KeyWork::Remove), OnStale::Drop),
        Guard::SetNx(_) if guard.fence => (KeyStep::Fence, OnStale::Retry),
        Guard::SetNx(_) | Guard::UniqueKey { .. } | Guard::InMemory => return EffectGuard::default(),
    };
    let names = names(scenario, component, guard);
    EffectGuard { key: Some(KeyPlan { names, steps: vec![step], if_taken }), locks_optimistically: false }
}

/// The step before a component's first, if its guard asks before anything is done.
pub(super) fn first(scenario: &Scenario, component: &str) -> Option<Step> {
    let guard = guard_of(scenario, component)?;
    let names = names(scenario, component, guard);
    let work = |work| KeyStep::Work(work);
    let (store, steps, if_taken, fails_open) = match &guard.by {
        Guard::UniqueKey { store, transaction: KeyTransaction::Separate } => {
            (*store, vec![work(KeyWork::Insert)], OnStale::Drop, false)
        }
        Guard::Inbox { store, .. } => (*store, vec![KeyStep::Deposit], OnStale::Drop, false),
        Guard::SetNx(setnx) => {
            let SetNx { store, ttl, if_taken, mark, expire, when_down } = *setnx;
            let ttl = match mark {
                Mark::LeaseThenDone { lease } => Some(lease),
                Mark::Before | Mark::After => ttl,
            };
            let steps = match (mark, expire, ttl) {
                (Mark::After, ..) => vec![work(KeyWork::Get)],
                (_, Expire::SeparateCall, Some(ttl)) => {
                    vec![work(KeyWork::SetIfAbsent(None)), work(KeyWork::Expire(ttl))]
                }
                _ => vec![work(KeyWork::SetIfAbsent(ttl))],
            };
            (store, steps, if_taken.into(), when_down == WhenDown::Open)
        }
        Guard::InMemory => {
            let work = GuardWork::Remember(names);
            return Some(Step::Guard(GuardStep { work, place: GuardPlace::First, fails_open: false }));
        }
        _ => return None,
    };
    let plan = asked(scenario, component, (store, "guard"), KeyPlan { names, steps, if_taken });
    Some(Step::Guard(GuardStep { work: GuardWork::Ask(plan), place: GuardPlace::First, fails_open }))
}

/// The step behind a component's last, if its guard marks what is done.
pub(super) fn last(scenario: &Scenario, component: &str) -> Option<Step> {
    let guard = guard_of(scenario, component).filter(|guard| guard.marks())?;
    let Guard::SetNx(setnx) = &guard.by else { return None };
    let names = names(scenario, component, guard);
    let steps = vec![KeyStep::Work(KeyWork::SetDone(setnx.ttl))];
    let key = KeyPlan { names, steps, if_taken: OnStale::Drop };
    let plan = asked(scenario, component, (setnx.store, "mark"), key);
    let fails_open = setnx.when_down == WhenDown::Open;
    Some(Step::Guard(GuardStep { work: GuardWork::Ask(plan), place: GuardPlace::Last, fails_open }))
}

/// The steps behind a list whose deliveries are handled from an inbox: what was declined leaves it; a worker looks
/// into it.
pub(super) fn aside(scenario: &Scenario, component: &str, group: GroupId) -> Vec<Step> {
    let Some(guard) = guard_of(scenario, component) else { return Vec::new() };
    let Guard::Inbox { store, .. } = &guard.by else { return Vec::new() };
    let step = |what, step, place| {
        let names = names(scenario, component, guard);
        let key = KeyPlan { names, steps: vec![step], if_taken: OnStale::Drop };
        let plan = asked(scenario, component, (*store, what), key);
        Step::Guard(GuardStep { work: GuardWork::Ask(plan), place, fails_open: false })
    };
    vec![
        step("removal", KeyStep::Work(KeyWork::Remove), GuardPlace::Declined),
        step("look", KeyStep::HandOut(group), GuardPlace::Inbox),
    ]
}

/// How often a component looks into its inbox, if it has one.
pub(super) fn inbox_poll(scenario: &Scenario, component: &str) -> Option<Span> {
    match guard_of(scenario, component)?.by {
        Guard::Inbox { poll, .. } => Some(poll),
        _ => None,
    }
}

/// A few statements about a key, each by itself.
fn asked(
    scenario: &Scenario,
    component: &str,
    (store, what): (StoreRef, &str),
    key: KeyPlan,
) -> Rc<TransactionPlan> {
    Rc::new(TransactionPlan {
        store: place_of(scenario, component, store),
        form: TransactionForm::Several,
        lock: Lock::NONE,
        lease: None,
        parts: Vec::new(),
        retries: Retries::AtMost(0),
        backoff: Backoff { base: Span::ZERO, factor: 1.0, cap: None, jitter: Jitter::None },
        restart_delay: RestartDelay::None,
        nth_effect: 0,
        effect: None,
        key: Some(key),
        luck_key: Purpose::new(component, what).hash(),
        waiting: Purpose::new(component, &format!("waits of {what}")),
    })
}

/// The key tables of a consumer. They have numbers of their own, behind those of all tables: first one of states,
/// which consumers share, then each consumer's.
fn names(scenario: &Scenario, component: &str, guard: &Idempotency) -> KeyNames {
    let tables = scenario.stores.iter().filter_map(|store| store.database()).map(|one| one.tables.len());
    let states = tables.max().unwrap_or(0);
    if matches!(guard.by, Guard::Status { .. }) {
        return KeyNames { of: guard.key, first: table(states), ids: None };
    }
    let before = scenario.consumers.iter().take_while(|consumer| consumer.name != component);
    let first = states + 1 + before.map(|consumer| key_tables(scenario, consumer)).sum::<usize>();
    let ids = matches!(guard.by, Guard::Inbox { .. }).then(|| table(first + 1));
    KeyNames { of: guard.key, first: table(first), ids }
}

fn key_tables(scenario: &Scenario, consumer: &Consumer) -> usize {
    match &consumer.idempotency {
        Some(guard) if guard.key == KeyOf::MessageId => scenario.sites(),
        Some(Idempotency { by: Guard::Inbox { .. }, .. }) => 1 + scenario.sites(),
        Some(_) => 1,
        None => 0,
    }
}

/// States have numbers in the order of the file. What nobody moves a key to is where it begins.
fn change_of_state(scenario: &Scenario, store: StoreRef, (from, to): (&str, &str)) -> KeyWork {
    let guards = scenario.consumers.iter().filter_map(|consumer| consumer.idempotency.as_ref());
    let changes: Vec<(&str, &str)> = guards
        .filter_map(|guard| match &guard.by {
            Guard::Status { store: at, from, to, .. } if *at == store => Some((from.as_str(), to.as_str())),
            _ => None,
        })
        .collect();
    let number = |state: &str| {
        let all = changes.iter().flat_map(|(from, to)| [from, to]);
        let at = all.into_iter().position(|known| *known == state).expect("each state is somebody's");
        u16::try_from(at).expect("a checked scenario has fewer than 2^15 consumers with states")
    };
    let is_first = changes.iter().all(|(_, to)| *to != from);
    KeyWork::Move { from: number(from), to: number(to), is_first }
}

fn table(number: usize) -> TableId {
    TableId(u16::try_from(number).expect("a checked scenario has fewer than 2^16 tables, keys included"))
}
