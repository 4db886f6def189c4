//! Stores with their clients, and the steps that run there.

use std::rc::Rc;

use crate::actors::consumer::Applies;
use crate::actors::link::Lane;
use crate::actors::site::Sites;
use crate::actors::store::database::servers::Servers;
use crate::actors::store::database::{Client, Database, DatabasePlan, Timing};
use crate::actors::transacting::plan::{PartPlan, RowPick, TransactionPlan};
use crate::actors::transacting::{StoreEnd, TransactorPlan};
use crate::kernel::ActorId;
use crate::kernel::chance::{Keys, Purpose, stream};
use crate::metrics::store::{StoreScope, TableKind, TableScope};
use crate::protocol::Ctx;
use crate::protocol::id::{Effect, StoreId};
use crate::protocol::store::TableId;
use crate::scenario::model::{
    self, Access, Database as Model, Distribution, Granularity, LinkMessage, MOST_EFFECTS, Part, Pick,
    Scenario, Servers as ModelServers, Step, StoreKind, StoreRef, TableRef, Transaction,
};

use super::chance;
use super::scope::called_by;
use super::spells::Partitions;
use super::ways::way;

/// How many stores there are.
pub(super) fn count(scenario: &Scenario) -> u32 {
    u32::try_from(scenario.stores.len()).expect("fewer than 2^32 stores")
}

/// A component that runs steps: its name, its instances, its steps.
type Component<'s> = (&'s str, u32, &'s [Step]);

/// Everything that runs steps, in the order of sessions.
fn components(scenario: &Scenario) -> impl Iterator<Item = Component<'_>> {
    scenario.programs().map(|(name, steps)| {
        let instances = scenario.components().find(|(component, _)| *component == name);
        (name, instances.expect("who runs steps has instances").1, steps)
    })
}

fn transactions(steps: &[Step]) -> impl Iterator<Item = &Transaction> {
    steps.iter().filter_map(Step::transaction)
}

/// The stores that steps use, ascending.
fn used(steps: &[Step]) -> Vec<StoreRef> {
    let mut used: Vec<StoreRef> = transactions(steps).map(|transaction| transaction.store).collect();
    used.sort_unstable();
    used.dedup();
    used
}

/// How a component reaches the stores that its steps use; `first` is the address of the first store.
pub(super) fn clients(
    scenario: &Scenario,
    component: &str,
    partitions: &Partitions<'_>,
    (sites, first): (&Rc<Sites>, u32),
    context: &mut Ctx,
) -> Rc<TransactorPlan> {
    let (_, _, steps) = components(scenario).find(|(name, ..)| *name == component).expect("it has steps");
    let ends = used(steps).into_iter().map(|StoreRef(at)| {
        let store = &scenario.stores[at];
        let before = components(scenario).take_while(|(name, ..)| *name != component);
        let first_session = before.filter(|(_, _, steps)| used(steps).contains(&StoreRef(at)));
        StoreEnd {
            id: StoreId(small(at)),
            actor: ActorId::new(first + u32::try_from(at).expect("fewer than 2^32 stores")),
            way: way(scenario, partitions, [component, &store.name], LinkMessage::Request, context),
            first_session: first_session.map(|(_, instances, _)| instances).sum(),
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
        let StoreKind::Database(model) = &store.kind;
        let mut sessions = Vec::new();
        for (name, instances, steps) in components(scenario) {
            if !used(steps).contains(&StoreRef(at)) {
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
        let plan = database(scenario, StoreRef(at), &store.name, model, context);
        Database::new(plan, Rc::clone(sites), sessions)
    });
    made.collect()
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
    let locks_tables = components(scenario).any(|(_, _, steps)| {
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
        locks_tables,
    }
}

/// What there is to measure of each store.
pub(super) fn scopes(scenario: &Scenario) -> Vec<StoreScope> {
    let stores = scenario.stores.iter().enumerate();
    let scope = |(at, store): (usize, &model::Store)| {
        let StoreKind::Database(database) = &store.kind;
        let tables = database.tables.iter().enumerate().map(|(number, table)| TableScope {
            name: table.name.clone(),
            count: table.count,
            start: table.start,
            kind: table_kind(scenario, StoreRef(at), TableRef(number)),
        });
        let limited = |servers: &Option<ModelServers>| servers.as_ref().and_then(|servers| servers.count);
        StoreScope {
            name: store.name.clone(),
            connections: database.connections,
            disks: limited(&database.disks),
            cpus: limited(&database.cpus),
            tables: tables.collect(),
        }
    };
    stores.map(scope).collect()
}

/// What steps do to a table: those that take from it say where its floor is.
fn table_kind(scenario: &Scenario, store: StoreRef, table: TableRef) -> TableKind {
    let all = components(scenario).flat_map(|(_, _, steps)| transactions(steps));
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
    steps: &[Step],
    numbering: &mut Numbering,
) -> Rc<TransactionPlan> {
    let StoreKind::Database(database) = &scenario.stores[step.store.0].kind;
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
        store: used(steps).iter().position(|store| *store == step.store).expect("the step uses it"),
        nth_effect,
        form: step.form,
        lock: step.lock,
        parts: step.parts.iter().enumerate().map(part).collect(),
        retries: step.retries,
        backoff: step.backoff,
        restart_delay: step.restart_delay,
        effect,
        luck_key: Purpose::new(component, &format!("transaction#{nth}")).hash(),
        waiting: Purpose::new(component, &format!("waits of transaction#{nth}")),
    })
}

fn small(position: usize) -> u16 {
    u16::try_from(position).expect("a checked scenario has at most 2^16 of a kind")
}
