//! `lock:` of the steps that run at stores: which strategy, and whether it can do what the step wants.

use crate::quantity::Span;

use super::diagnostic::quoted;
use super::model::{
    Access, Granularity, Lease, Lock, LockBy, ReadLock, Release, RestartDelay, Retries, StoreRef,
    Transaction, TransactionForm,
};
use super::names::Names;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::LOCK;
use super::tree::{Node, Value};
use super::words::{BOOLEAN, GRANULARITY, LOCK_BY, READ_LOCK, RELEASE};

/// No lease needs to be renewed more often than every millisecond: three times that.
const SHORTEST_RENEWED: Span = Span::from_millis(3);

/// Which keys go with which strategy, beside `by` and `mode`.
const GOES_WITH: [(&str, LockBy, &str); 7] = [
    ("granularity", LockBy::Pessimistic, "`pessimistic` locks"),
    ("wait_timeout", LockBy::Pessimistic, "`pessimistic` locks"),
    ("in", LockBy::Lease, "a `lease`"),
    ("ttl", LockBy::Lease, "a `lease`"),
    ("renew", LockBy::Lease, "a `lease`"),
    ("release", LockBy::Lease, "a `lease`"),
    ("fence", LockBy::Lease, "a `lease`"),
];

impl Reader<'_> {
    /// A strategy, or a map that says more about it.
    pub(super) fn lock(&mut self, node: &Node, names: &Names<'_>) -> Option<Lock> {
        if !matches!(node.value, Value::Map(_)) {
            let by = self.choice(node, LOCK_BY)?;
            if by == LockBy::Lease {
                let message = "a `lease` has to know which cache keeps it, and for how long";
                self.error(&registry::LOCK_MISFIT, &node.place, message)
                    .help("write `{by: lease, in: CACHE, ttl: 10s}`");
                return None;
            }
            return Some(Lock { by, ..Lock::NONE });
        }
        let fields = self.fields(node, &LOCK)?;
        let by = self.required(&fields, "by").and_then(|n| self.choice(n, LOCK_BY));
        let granularity =
            fields.get("granularity").map_or(Some(Granularity::Row), |n| self.choice(n, GRANULARITY));
        let mode = fields.get("mode").map_or(Some(ReadLock::Shared), |n| self.choice(n, READ_LOCK));
        let wait_timeout = fields.get("wait_timeout").and_then(|n| self.or_off(n, Self::span)).flatten();
        let by = by?;
        for (key, whose, what) in GOES_WITH {
            if let Some(given) = fields.entry(key).filter(|_| whose != by) {
                let message = format!("`{key}` goes with {what}");
                self.error(&registry::LOCK_MISFIT, &given.place, message).help("leave it out here");
            }
        }
        let lease = if by == LockBy::Lease { Some(self.lease(&fields, names)?) } else { None };
        Some(Lock { by, granularity: granularity?, mode: mode?, wait_timeout, lease })
    }

    fn lease(&mut self, fields: &Fields<'_>, names: &Names<'_>) -> Option<Lease> {
        let store = self.required(fields, "in").and_then(|n| self.cache_named(n, names));
        let ttl = self.required(fields, "ttl").and_then(|n| self.positive_span(n));
        let renew = fields.get("renew").map_or(Some(false), |n| self.choice(n, BOOLEAN));
        let release = fields.get("release").map_or(Some(Release::Checked), |n| self.choice(n, RELEASE));
        let fence = fields.get("fence").map_or(Some(false), |n| self.choice(n, BOOLEAN));
        let lease = Lease { store: store?, ttl: ttl?, renew: renew?, release: release?, fence: fence? };
        if lease.renew && lease.ttl < SHORTEST_RENEWED {
            let place = fields.entry("ttl").map_or_else(|| fields.place(), |given| &given.node.place);
            let message = format!("`{}` is too short to be renewed every third of it", lease.ttl);
            self.error(&registry::OUT_OF_RANGE, place, message)
                .help(format!("make it `{SHORTEST_RENEWED}` at least, or leave out `renew`"));
            return None;
        }
        Some(lease)
    }

    fn cache_named(&mut self, node: &Node, names: &Names<'_>) -> Option<StoreRef> {
        let name = self.text(node, "the name of a cache")?;
        let Some(position) = names.stores.iter().position(|store| store.name == name) else {
            let known: Vec<&str> = names.stores.iter().map(|store| store.name.as_str()).collect();
            self.unknown_name(&node.place, "store", name, &known);
            return None;
        };
        if names.stores[position].database().is_some() {
            let message = format!("{} is a database, and leases are kept in a cache", quoted(name));
            self.error(&registry::LOCK_MISFIT, &node.place, message)
                .help("name a store of `kind: cache`, or use a `pessimistic` lock of the database");
            return None;
        }
        Some(StoreRef(position))
    }

    /// Complains about strategies that cannot do what the step wants.
    pub(super) fn fitting_lock(&mut self, fields: &Fields<'_>, transaction: &Transaction) {
        let Some(given) = fields.get("lock") else { return };
        for (message, help) in
            [misfit(transaction), endless(transaction), unknown_mean(transaction)].into_iter().flatten()
        {
            self.error(&registry::LOCK_MISFIT, &given.place, message).help(help);
        }
    }
}

/// What is wrong, and what helps.
type Complaint = Option<(&'static str, &'static str)>;

/// A strategy for another kind of step.
fn misfit(transaction: &Transaction) -> Complaint {
    match (transaction.lock.by, transaction.form) {
        (LockBy::SkipLocked, form) if form != TransactionForm::Update => {
            Some(("`skip-locked` takes a free row for one `update`", "give the `update` a step of its own"))
        }
        (LockBy::SkipLocked, _) => {
            let part = &transaction.parts[0];
            let takes = matches!(part.access, Access::Add { add, floor: Some(_) } if add < 0);
            (!takes || part.rows.how_many.1 > 1).then_some((
                "`skip-locked` takes one row that still has something to take",
                "it needs an `add` below zero, a `floor`, and one row at a time",
            ))
        }
        (LockBy::Atomic | LockBy::CheckOnly, TransactionForm::Synthetic) => Some((
            "a transaction of `reads` computes nothing that one statement could do",
            "its locks are `none`, `pessimistic`, `optimistic`, `serializable` and `immediate-restart`",
        )),
        (LockBy::Lease, TransactionForm::Synthetic) => Some((
            "a transaction of `reads` shares what it only reads, and a `lease` is one owner's",
            "its locks are `none`, `pessimistic`, `optimistic`, `serializable` and `immediate-restart`",
        )),
        (LockBy::Lease, _) => {
            let is_fenced = transaction.lock.lease.is_some_and(|lease| lease.fence);
            (is_fenced && !transaction.has_effect()).then_some((
                "a `fence` refuses what a former owner writes, and this step writes nothing",
                "leave out `fence`",
            ))
        }
        _ => None,
    }
}

/// Tries without end or pause.
fn endless(transaction: &Transaction) -> Complaint {
    let never_waits = transaction.restart_delay == RestartDelay::None && transaction.backoff.base.is_zero();
    if transaction.retries != Retries::Unlimited || !never_waits {
        return None;
    }
    match transaction.lock.by {
        LockBy::ImmediateRestart => Some((
            "a transaction that restarts at once, over and over, lets no time pass",
            "give it a `restart_delay` or a `backoff`",
        )),
        LockBy::Lease => Some((
            "a `lease` that is taken is asked for again at once, over and over",
            "say in `backoff` how long to wait between two tries, as in `backoff: 20ms`",
        )),
        _ => None,
    }
}

/// A delay by what only a database knows.
fn unknown_mean(transaction: &Transaction) -> Complaint {
    let is_adaptive = transaction.restart_delay == RestartDelay::Adaptive;
    (transaction.lock.by == LockBy::Lease && is_adaptive).then_some((
        "a cache that says that a `lease` is taken does not know how long transactions take",
        "give it a `backoff` instead of `restart_delay: adaptive`",
    ))
}
