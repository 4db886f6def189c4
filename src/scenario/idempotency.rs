//! Idempotency guards of consumers: which strategy, where it keeps its keys, and whether it can do its work there.

use super::diagnostic::quoted;
use super::model::{
    Expire, Guard, Idempotency, Identity, IfTaken, KeyOf, KeyTransaction, Mark, OnStale, SetNx, Step, Store,
    StoreKind, StoreRef, WhenDown,
};
use super::names::Names;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{IDEMPOTENCY, STATES};
use super::source::Place;
use super::tree::{Node, Value};
use super::values::is_off;
use super::words::{
    BOOLEAN, EXPIRE, GUARD, GuardWord, IF_TAKEN, KEY_OF, KEY_TRANSACTION, MARK, MarkWord, ON_STALE,
    VERSION_FROM, WHEN_DOWN,
};
use crate::quantity::Span;

/// A lease where the file does not say.
const LEASE: Span = Span::from_seconds(30);

/// How often an inbox is looked into where the file does not say.
const POLL: Span = Span::from_seconds(1);

/// Which keys go with which strategies, beside `by`.
const GOES_WITH: [(&str, &[GuardWord]); 14] = [
    (
        "in",
        &[GuardWord::UniqueKey, GuardWord::SetNx, GuardWord::Version, GuardWord::Status, GuardWord::Inbox],
    ),
    ("key", &[GuardWord::UniqueKey, GuardWord::SetNx, GuardWord::Inbox, GuardWord::InMemory]),
    ("poll", &[GuardWord::Inbox]),
    ("transaction", &[GuardWord::UniqueKey]),
    ("ttl", &[GuardWord::SetNx]),
    ("if_taken", &[GuardWord::SetNx]),
    ("mark", &[GuardWord::SetNx]),
    ("lease", &[GuardWord::SetNx]),
    ("expire", &[GuardWord::SetNx]),
    ("when_cache_is_down", &[GuardWord::SetNx]),
    ("fence", &[GuardWord::SetNx]),
    ("from", &[GuardWord::Version]),
    ("states", &[GuardWord::Status]),
    ("on_stale", &[GuardWord::Version, GuardWord::Status]),
];

impl Reader<'_> {
    /// `idempotency:` of a consumer that runs these steps.
    pub(super) fn idempotency(
        &mut self,
        node: &Node,
        names: &Names<'_>,
        steps: &[Step],
    ) -> Option<Idempotency> {
        if is_off(node) {
            return None;
        }
        if !matches!(node.value, Value::Map(_)) {
            return match self.choice(node, GUARD)? {
                GuardWord::InMemory => Some(plain(Guard::InMemory)),
                word => {
                    let by = super::words::word_of(GUARD, &word);
                    let message = format!("`{by}` has to know where it keeps its keys");
                    self.error(&registry::GUARD_MISFIT, &node.place, message)
                        .help(format!("write `{{by: {by}, in: STORE}}`"));
                    None
                }
            };
        }
        let fields = self.fields(node, &IDEMPOTENCY)?;
        let by = self.required(&fields, "by")?;
        if is_off(by) {
            return None;
        }
        let by = self.choice(by, GUARD)?;
        let before = self.errors();
        self.misplaced_with(&fields, by);
        let guard = match by {
            GuardWord::UniqueKey => self.unique_key(&fields, names),
            GuardWord::SetNx => self.setnx(&fields, names),
            GuardWord::Version => self.version(&fields, names),
            GuardWord::Status => self.status(&fields, names),
            GuardWord::Inbox => self.inbox(&fields, names),
            GuardWord::InMemory => Some(Guard::InMemory),
        }?;
        let key = fields.get("key").and_then(|n| self.choice(n, KEY_OF));
        let usual = match guard {
            Guard::Version { .. } | Guard::Status { .. } => KeyOf::Business,
            _ => KeyOf::MessageId,
        };
        let fence = fields.get("fence").and_then(|n| self.choice(n, BOOLEAN)).unwrap_or(false);
        let idempotency = Idempotency { by: guard, key: key.unwrap_or(usual), fence };
        self.fitting_guard(&fields, &idempotency, names, steps);
        (self.errors() == before).then_some(idempotency)
    }

    /// Complains about keys of other strategies.
    fn misplaced_with(&mut self, fields: &Fields<'_>, by: GuardWord) {
        for (key, strategies) in GOES_WITH {
            let Some(given) = fields.entry(key).filter(|_| !strategies.contains(&by)) else { continue };
            let names: Vec<&str> =
                strategies.iter().map(|strategy| super::words::word_of(GUARD, strategy)).collect();
            let message = format!("`{key}` goes with {}", super::reader::or_list(&names));
            self.error(&registry::KEY_ELSEWHERE, &given.place, message).help("leave it out here");
        }
    }

    fn unique_key(&mut self, fields: &Fields<'_>, names: &Names<'_>) -> Option<Guard> {
        let store = self.guard_store(fields, names, "database")?;
        let transaction = fields.get("transaction").and_then(|n| self.choice(n, KEY_TRANSACTION));
        Some(Guard::UniqueKey { store, transaction: transaction.unwrap_or(KeyTransaction::WithEffect) })
    }

    fn inbox(&mut self, fields: &Fields<'_>, names: &Names<'_>) -> Option<Guard> {
        let store = self.guard_store(fields, names, "database")?;
        let poll = fields.get("poll").map_or(Some(POLL), |n| self.positive_span(n))?;
        Some(Guard::Inbox { store, poll })
    }

    fn setnx(&mut self, fields: &Fields<'_>, names: &Names<'_>) -> Option<Guard> {
        let store = self.guard_store(fields, names, "cache");
        let ttl = fields.get("ttl").and_then(|n| self.or_off(n, Self::positive_span)).flatten();
        let lease = fields.get("lease").and_then(|n| self.positive_span(n));
        let mark = match fields.get("mark").map_or(Some(MarkWord::Before), |n| self.choice(n, MARK))? {
            MarkWord::Before => Mark::Before,
            MarkWord::After => Mark::After,
            MarkWord::LeaseThenDone => Mark::LeaseThenDone { lease: lease.unwrap_or(LEASE) },
        };
        let is_leased = matches!(mark, Mark::LeaseThenDone { .. });
        let usual = if is_leased { IfTaken::Retry } else { IfTaken::Skip };
        let if_taken = fields.get("if_taken").and_then(|n| self.choice(n, IF_TAKEN)).unwrap_or(usual);
        let expire = fields.get("expire").and_then(|n| self.choice(n, EXPIRE)).unwrap_or(Expire::Together);
        let when_down = fields
            .get("when_cache_is_down")
            .and_then(|n| self.choice(n, WHEN_DOWN))
            .unwrap_or(WhenDown::Closed);
        let complaints = [
            ("lease", !is_leased, "a `lease` goes with `mark: lease-then-done`"),
            ("expire", mark == Mark::After, "with `mark: after` nothing is set that could miss its expiry"),
            ("expire", ttl.is_none() && !is_leased, "without a `ttl` nothing expires"),
            ("if_taken", mark == Mark::After, "with `mark: after` what is marked is done, and skipped"),
        ];
        for (key, is_wrong, message) in complaints {
            if let Some(given) = fields.entry(key).filter(|_| is_wrong) {
                self.error(&registry::GUARD_MISFIT, &given.place, message).help(format!("leave out `{key}`"));
            }
        }
        Some(Guard::SetNx(SetNx { store: store?, ttl, if_taken, mark, expire, when_down }))
    }

    fn version(&mut self, fields: &Fields<'_>, names: &Names<'_>) -> Option<Guard> {
        let is_of_message = self.required(fields, "from").and_then(|n| self.choice(n, VERSION_FROM))?;
        let on_stale = self.on_stale(fields);
        let from_message = match fields.get("in") {
            Some(_) if is_of_message => Some(self.guard_store(fields, names, "database")?),
            None if is_of_message => {
                self.required(fields, "in")?;
                None
            }
            _ => None,
        };
        Some(Guard::Version { from_message, on_stale })
    }

    fn status(&mut self, fields: &Fields<'_>, names: &Names<'_>) -> Option<Guard> {
        let store = self.guard_store(fields, names, "database");
        let states = self.required(fields, "states").and_then(|n| self.fields(n, &STATES))?;
        let from = self.required(&states, "from").and_then(|n| self.text(n, "a state"));
        let to = self.required(&states, "to").and_then(|n| self.text(n, "a state"));
        let (from, to) = (from?.to_owned(), to?.to_owned());
        if from == to {
            let message = format!("a row that is {} stays so: nothing tells a duplicate apart", quoted(&to));
            self.error(&registry::GUARD_MISFIT, states.place(), message).help("name another state in `to`");
        }
        Some(Guard::Status { store: store?, from, to, on_stale: self.on_stale(fields) })
    }

    fn on_stale(&mut self, fields: &Fields<'_>) -> OnStale {
        fields.get("on_stale").and_then(|n| self.choice(n, ON_STALE)).unwrap_or(OnStale::Drop)
    }

    /// The store that `in` names, which has to be of this kind.
    fn guard_store(&mut self, fields: &Fields<'_>, names: &Names<'_>, kind: &str) -> Option<StoreRef> {
        let node = self.required(fields, "in")?;
        let name = self.text(node, "the name of a store")?;
        let Some(position) = names.stores.iter().position(|store| store.name == name) else {
            let known: Vec<&str> = names.stores.iter().map(|store| store.name.as_str()).collect();
            self.unknown_name(&node.place, "store", name, &known);
            return None;
        };
        let is = kind_of(&names.stores[position]);
        if is != kind {
            let message = format!("{} is a {is}, and this strategy keeps its keys in a {kind}", quoted(name));
            self.error(&registry::GUARD_MISFIT, &node.place, message)
                .help(format!("name a store of `kind: {kind}`"));
            return None;
        }
        Some(StoreRef(position))
    }

    /// Complains about guards that have no effect to go with, or another than they could guard.
    fn fitting_guard(&mut self, fields: &Fields<'_>, guard: &Idempotency, names: &Names<'_>, steps: &[Step]) {
        let effects: Vec<StoreRef> = steps
            .iter()
            .filter(|step| step.has_effect())
            .filter_map(|step| step.transaction().map(|transaction| transaction.store))
            .collect();
        let place = fields.entry("in").map_or_else(|| fields.place().clone(), |entry| entry.place.clone());
        let is_row_version = matches!(guard.by, Guard::Version { from_message: None, .. });
        if effects.is_empty() && (guard.fence || is_row_version) {
            let what = if guard.fence { "a `fence`" } else { "a row's version" };
            let message = format!("{what} is checked where the effect is, and this consumer updates nothing");
            self.error(&registry::GUARD_MISFIT, &place, message).help("give its `do` an `update`");
        }
        let sends_back =
            |step: &Step| matches!(step, Step::Publish(publish) if publish.identity == Identity::OfHandled);
        if matches!(guard.by, Guard::Inbox { .. }) && steps.iter().any(sends_back) {
            let message = "what is handled from an inbox was acked before: there is no copy to send back";
            self.error(&registry::GUARD_MISFIT, &place, message).help("leave out `same_message`");
        }
        if let (Some(store), false) = (guard.store(), guard.comes_first()) {
            self.with_effect(&place, store, &effects, names);
        }
    }

    /// Complains unless there is one effect, in this store.
    fn with_effect(&mut self, place: &Place, store: StoreRef, effects: &[StoreRef], names: &Names<'_>) {
        let name = |store: StoreRef| quoted(&names.stores[store.0].name);
        match effects {
            [effect] if *effect == store => {}
            [effect] => {
                let message = format!(
                    "the key is in {} and the effect in {}: no transaction spans both",
                    name(store),
                    name(*effect)
                );
                self.error(&registry::KEY_APART, place, message)
                    .help(format!("keep it in {}", name(*effect)))
                    .help("or say `transaction: separate`, and see what a crash between the two does");
            }
            [] => {
                let message = "the key goes with the effect's transaction, and this consumer has none";
                self.error(&registry::KEY_APART, place, message)
                    .help("give its `do` an `update` in that store")
                    .help("or use `unique-key` with `transaction: separate`");
            }
            several => {
                let message = format!(
                    "the key goes with the effect's transaction, and this consumer has {} of them",
                    several.len()
                );
                self.error(&registry::KEY_APART, place, message)
                    .help("make them one: `transaction: {in: …, do: [update: …, update: …]}`");
            }
        }
    }
}

const fn plain(by: Guard) -> Idempotency {
    Idempotency { by, key: KeyOf::MessageId, fence: false }
}

const fn kind_of(store: &Store) -> &'static str {
    match store.kind {
        StoreKind::Database(_) => "database",
        StoreKind::Cache(_) => "cache",
    }
}
