//! Stores with their clients, and the steps that run there.

use std::rc::Rc;

use crate::actors::consumer::Applies;
use crate::actors::link::Lane;
use crate::actors::site::Sites;
use crate::actors::store::database::servers::Servers;
use crate::actors::store::database::{Client, Database, DatabasePlan, Timing};
use crate::actors::transacting::plan::{LeasePlan, PartPlan, RowPick, TransactionPlan};
use crate::actors::transacting::{StoreEnd, TransactorPlan};
use crate::kernel::ActorId;
use crate::kernel::chance::{Keys, Purpose, Sampler, stream};
use crate::metrics::store::{StoreScope, TableKind, TableScope};
use crate::protocol::Ctx;
use crate::protocol::id::{Effect, StoreId};
use crate::protocol::store::TableId;
use crate::quantity::Span;
use crate::scenario::model::{
    self, Access, Cache, Database as Model, Deadlock, Distribution, Granularity, Idempotency, LinkMessage,
    Lock, LockBy, MOST_EFFECTS, Part, Pick, Scenario, Servers as ModelServers, Step, StoreKind, StoreRef,
    TableRef, Transaction, Victim, Writes,
};

use super::chance;
use super::guards::EffectGuard;
use super::scope::called_by;
use super::spells::Partitions;
use super::ways::way;

/// How many stores there are.
pub(super) fn count(scenario: &Scenario) -> u32 {
    u32::try_from(scenario.stores.len()).expect("fewer than 2^32 stores")
}

/// A component that runs steps.
struct Component<'s> {
    name: &'s str,
    instances: u32,
    steps: &'s [Step],
    guard: Option<&'s Idempotency>,
}

/// Everything that runs steps, in the order of sessions.
fn components(scenario: &Scenario) -> impl Iterator<Item = Component<'_>> {
    let producers = scenario.producers.iter().map(|producer| (producer.instances, None));
    let consumers = scenario.consumers.iter();
    let consumers = consumers.map(|consumer| (consumer.instances, consumer.idempotency.as_ref()));
    let services = scenario.services.iter().map(|service| (service.instances, None));
    let more = producers.chain(consumers).chain(services);
    scenario.programs().zip(more).map(|((name, steps), (instances, guard))| Component {
        name,
        instances,
        steps,
        guard,
    })
}

fn transactions(steps: &[Step]) -> impl Iterator<Item = &Transaction> {
    steps.iter().filter_map(Step::transaction)
}

impl Component<'_> {
    /// The stores that it uses, ascending.
    fn used(&self) -> Vec<StoreRef> {
        let mut used: Vec<StoreRef> = transactions(self.steps).flat_map(Transaction::stores).collect();
        used.extend(self.guard.and_then(Idempotency::store));
        used.sort_unstable();
        used.dedup();
        used
    }
}

/// A store's place among those that a component uses.
pub(super) fn place_of(scenario: &Scenario, component: &str, store: StoreRef) -> usize {
    let found = components(scenario).find(|one| one.name == component).expect("it runs steps");
    found.used().iter().position(|used| *used == store).expect("it uses the store")
}

/// How a component reaches the stores that its steps use; `first` is the address of the first store.
pub(super) fn clients(
    scenario: &Scenario,
    component: &str,
    partitions: &Partitions<'_>,
    (sites, first): (&Rc<Sites>, u32),
    context: &mut Ctx,
) -> Rc<TransactorPlan> {
    // Thousands of components need not look for each other where there is no store.
    let own = components(scenario).filter(|_| !scenario.stores.is_empty()).find(|one| one.name == component);
    let ends = own.map_or_else(Vec::new, |own| own.used()).into_iter().map(|StoreRef(at)| {
        let store = &scenario.stores[at];
        let before = components(scenario).take_while(|one| one.name != component);
        let first_session = before.filter(|one| one.used().contains(&StoreRef(at)));
        StoreEnd {
            id: StoreId(small(at)),
            actor: ActorId::new(first + u32::try_from(at).expect("fewer than 2^32 stores")),
            way: way(scenario, partitions, [component, &store.name], LinkMessage::Request, context),
            first_session: first_session.map(|one| one.instances).sum(),
            timeout: store.timeout.map(|timeout| context.delay(timeout)),
            heartbeat: store.heartbeat,
        }
    });
    Rc::new(TransactorPlan { sites: Rc::clone(sites), stores: ends.collect() })
}

/// Every store; `address` finds instances.
pub(super) fn databases(
    scenario: &Scenario,
    partitions: &Partitions<'_>,
    sites: &Rc<Sites>,
    address: impl Fn(&str, u32) -> ActorId,
    context: &mut Ctx,
) -> Vec<Database> {
    let stores = (0..).zip(&scenario.stores);
    let made = stores.map(|(at, store)| {
        let mut sessions = Vec::new();
        for client in components(scenario) {
            let Component { name, instances, .. } = client;
            if !client.used().contains(&StoreRef(at)) {
                continue;
            }
            let way = Rc::new(way(scenario, partitions, [&store.name, name], LinkMessage::Reply, context));
            sessions.extend((0..instances).map(|instance| Client {
                peer: address(name, instance),
                instance,
                way: Rc::clone(&way),
                lane: Lane::default(),
                dead: None,
            }));
        }
        let plan = match &store.kind {
            StoreKind::Database(model) => database(scenario, StoreRef(at), &store.name, model, context),
            StoreKind::Cache(model) => cache(scenario, StoreRef(at), &store.name, model, context),
        };
        Database::new(plan, Rc::clone(sites), sessions)
    });
    made.collect()
}

fn cache(scenario: &Scenario, at: StoreRef, name: &str, model: &Cache, context: &mut Ctx) -> DatabasePlan {
    let chance = context.add_stream(stream(scenario.seed, name, "latency"));
    let nothing = Timing { sampler: Sampler::constant(Span::ZERO), chance };
    DatabasePlan {
        id: StoreId(small(at.0)),
        tables: Vec::new(),
        latency: Timing { sampler: chance::sampler(&model.latency), chance },
        fsync: nothing,
        connections: None,
        admission: None,
        disks: None,
        cpus: None,
        writes: Writes::Immediate,
        deadlock: Deadlock { victim: Victim::Detector, after: Span::ZERO },
        replica_lag: model.replica_lag,
        locks_tables: false,
    }
}

fn database(scenario: &Scenario, at: StoreRef, name: &str, model: &Model, context: &mut Ctx) -> DatabasePlan {
    let mut chance = |what: &str| context.add_stream(stream(scenario.seed, name, what));
    let timing =
        |distribution: &Distribution, chance| Timing { sampler: chance::sampler(distribution), chance };
    let latency = timing(&model.latency, chance("latency"));
    let fsync = timing(&model.fsync, chance("fsync"));
    let disks = model
        .disks
        .as_ref()
        .map(|ModelServers { count, time }| Servers::disks(*count, chance::sampler(time), chance("disks")));
    let cpus = model
        .cpus
        .as_ref()
        .map(|ModelServers { count, time }| Servers::cpus(*count, chance::sampler(time), chance("cpus")));
    let locks_tables = components(scenario).any(|Component { steps, .. }| {
        transactions(steps).any(|one| one.store == at && one.lock.granularity == Granularity::Table)
    });
    DatabasePlan {
        id: StoreId(small(at.0)),
        tables: model.tables.iter().map(|table| (table.count, table.start)).collect(),
        latency,
        fsync,
        connections: model.connections,
        admission: model.admission,
        disks,
        cpus,
        writes: model.writes,
        deadlock: model.deadlock,
        replica_lag: None,
        locks_tables,
    }
}

/// What there is to measure of each store.
pub(super) fn scopes(scenario: &Scenario) -> Vec<StoreScope> {
    let stores = scenario.stores.iter().enumerate();
    let scope = |(at, store): (usize, &model::Store)| {
        let database = store.database();
        let tables = database.map_or(&[][..], |database| &database.tables);
        let tables = tables.iter().enumerate().map(|(number, table)| TableScope {
            name: table.name.clone(),
            count: table.count,
            start: table.start,
            kind: table_kind(scenario, StoreRef(at), TableRef(number)),
        });
        let limited = |servers: &Option<ModelServers>| servers.as_ref().and_then(|servers| servers.count);
        StoreScope {
            name: store.name.clone(),
            is_cache: database.is_none(),
            connections: database.and_then(|database| database.connections),
            disks: database.and_then(|database| limited(&database.disks)),
            cpus: database.and_then(|database| limited(&database.cpus)),
            tables: tables.collect(),
        }
    };
    stores.map(scope).collect()
}

/// What steps do to a table: those that take from it say where its floor is.
fn table_kind(scenario: &Scenario, store: StoreRef, table: TableRef) -> TableKind {
    let all = components(scenario).flat_map(|Component { steps, .. }| transactions(steps));
    let parts =
        all.filter(|transaction| transaction.store == store).flat_map(|transaction| &transaction.parts);
    let mut kind = TableKind::Constant;
    for part in parts.filter(|part| part.rows.table == table) {
        match (part.access, kind) {
            (Access::Add { floor: Some(floor), .. }, TableKind::Stock(lowest)) => {
                kind = TableKind::Stock(floor.min(lowest));
            }
            (Access::Add { floor: Some(floor), .. }, _) => kind = TableKind::Stock(floor),
            (Access::Add { floor: None, .. }, TableKind::Constant) => kind = TableKind::Sum,
            _ => {}
        }
    }
    kind
}

/// Counts the transactions of a `do` list, and those that are effects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbering {
    transactions: u32,
    effects: u32,
    /// The number of its first effect, and how many whoever runs the list has, with those of services it calls.
    first: u8,
    of: u8,
}

impl Numbering {
    /// For the list of the `owner`th program. Services number their effects apart from those who call them,
    /// because they apply them on their callers' behalf.
    pub(super) fn of(scenario: &Scenario, owner: usize) -> Self {
        let effects = |steps: &[Step]| steps.iter().filter(|step| step.has_effect()).count();
        let clients = scenario.producers.len() + scenario.consumers.len();
        let first = owner.checked_sub(clients).map_or(0, |service| {
            let before: usize = scenario.services[..service].iter().map(|of| effects(&of.steps)).sum();
            MOST_EFFECTS + before
        });
        let (_, steps) = scenario.programs().nth(owner).expect("the owner is a program");
        let called = called_by(scenario, steps).into_iter();
        let of = effects(steps) + called.map(|at| effects(&scenario.services[at].steps)).sum::<usize>();
        let small = |count| u8::try_from(count).expect("a checked scenario has few effects");
        Self { transactions: 0, effects: 0, first: small(first), of: small(of) }
    }

    /// When handlers that run the list have their effect.
    pub(super) const fn applies(&self) -> Applies {
        if self.of == 0 { Applies::AtWorked } else { Applies::AtCommit }
    }
}

/// A step at a store, ready to run.
pub(super) fn transaction(
    scenario: &Scenario,
    component: &str,
    step: &Transaction,
    guard: EffectGuard,
    numbering: &mut Numbering,
) -> Rc<TransactionPlan> {
    let database = scenario.stores[step.store.0].database().expect("transactions run at databases");
    let EffectGuard { key, locks_optimistically } = guard;
    let is_unlocked = matches!(step.lock.by, LockBy::None | LockBy::CheckOnly);
    let by = if locks_optimistically && is_unlocked { LockBy::Optimistic } else { step.lock.by };
    let nth = numbering.transactions;
    numbering.transactions += 1;
    let nth_effect = numbering.effects;
    let effect = step.has_effect().then(|| {
        numbering.effects += 1;
        let nth = u8::try_from(nth_effect).expect("a checked list has few effects");
        Effect { number: numbering.first + nth, of: numbering.of }
    });
    let part = |(at, part): (usize, &Part)| {
        let table = &database.tables[part.rows.table.0];
        let luck = |what: &str| Purpose::new(component, &format!("{what} of transaction#{nth}.{at}"));
        PartPlan {
            access: part.access,
            table: TableId(small(part.rows.table.0)),
            rows: table.count,
            pick: match part.rows.pick {
                Pick::Key => RowPick::Key,
                Pick::Fixed(row) => RowPick::Fixed(row),
                Pick::Uniform => RowPick::Drawn(Keys::Uniform { over: table.count.into() }),
                Pick::Zipf { exponent } => RowPick::Drawn(Keys::zipf(table.count.into(), exponent)),
            },
            how_many: part.rows.how_many,
            order: part.rows.order,
            think: chance::sampler(&part.think),
            luck: [luck("think"), luck("rows"), luck("writes")],
        }
    };
    Rc::new(TransactionPlan {
        store: place_of(scenario, component, step.store),
        nth_effect,
        form: step.form,
        lock: Lock { by, ..step.lock },
        lease: step.lock.lease.map(|terms| LeasePlan {
            store: place_of(scenario, component, terms.store),
            first: first_lease(scenario, step.store),
            terms,
        }),
        parts: step.parts.iter().enumerate().map(part).collect(),
        retries: step.retries,
        backoff: step.backoff,
        restart_delay: step.restart_delay,
        effect,
        key,
        luck_key: Purpose::new(component, &format!("transaction#{nth}")).hash(),
        waiting: Purpose::new(component, &format!("waits of transaction#{nth}")),
    })
}

/// Where caches keep the leases of a database's rows: tables of their own, which have the highest numbers, so that
/// they meet those of no guard.
fn first_lease(scenario: &Scenario, store: StoreRef) -> TableId {
    let leased = (store.0..scenario.stores.len()).filter(|at| scenario.is_leased(StoreRef(*at)));
    let databases = leased.filter_map(|at| scenario.stores[at].database());
    let tables = databases.map(|database| database.tables.len()).sum::<usize>();
    TableId(u16::MAX - small(tables - 1))
}

fn small(position: usize) -> u16 {
    u16::try_from(position).expect("a checked scenario has at most 2^16 of a kind")
}
