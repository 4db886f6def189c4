//! Stores, and the steps that run at them, written.

use serde_yaml::Value;

use super::super::model::{
    Access, Database, Granularity, Lock, LockBy, Part, Pick, RestartDelay, Retries, Rows, Servers, Store,
    StoreKind, Transaction, TransactionForm,
};
use super::super::words::{GRANULARITY, LOCK_BY, READ_LOCK, RELEASE, ROW_ORDER, VICTIM, WRITES, word_of};
use super::Writer;
use super::client::backoff;
use super::distribution::distribution;
use super::value::{Map, list, named, one, or, text};

pub(super) fn store(store: &Store) -> Value {
    let map = match &store.kind {
        StoreKind::Database(database) => self::database(Map::new().put("kind", "database"), database),
        StoreKind::Cache(cache) => {
            let replica = cache.replica_lag.map(|lag| one("lag", text(lag)));
            Map::new()
                .put("kind", "cache")
                .put("latency", distribution(&cache.latency))
                .put("replica", or(replica, "none"))
        }
    };
    map.put("timeout", or(store.timeout.map(text), "off"))
        .put("heartbeat", or(store.heartbeat.map(text), "off"))
        .into()
}

fn database(map: Map, database: &Database) -> Map {
    let rows = named(&database.tables, |table| {
        (&table.name, Map::new().put("count", table.count).put("start", table.start).into())
    });
    let deadlock = Map::new()
        .put("victim", word_of(VICTIM, &database.deadlock.victim))
        .put("after", text(database.deadlock.after));
    map.put("rows", rows)
        .put("latency", distribution(&database.latency))
        .put("fsync", distribution(&database.fsync))
        .put("connections", or(database.connections, "unlimited"))
        .put("admission", or(database.admission, "unlimited"))
        .put("disks", or(database.disks.as_ref().map(servers), "none"))
        .put("cpus", or(database.cpus.as_ref().map(servers), "none"))
        .put("writes", word_of(WRITES, &database.writes))
        .put("deadlock", deadlock)
}

fn servers(servers: &Servers) -> Value {
    Map::new().put("count", or(servers.count, "unlimited")).put("time", distribution(&servers.time)).into()
}

impl Writer<'_> {
    /// A step with its key.
    pub(super) fn transaction(&self, transaction: &Transaction) -> Value {
        let store = &self.scenario.stores[transaction.store.0];
        let database = store.database().expect("transactions run at databases");
        let first = &transaction.parts[0];
        let map = Map::new().put("in", store.name.as_str());
        let (key, map) = match transaction.form {
            TransactionForm::Update => ("update", part(map, first, database)),
            TransactionForm::Read => ("read", part(map, first, database)),
            TransactionForm::Synthetic => ("transaction", synthetic(map, first, database)),
            TransactionForm::Several => {
                let steps = list(&transaction.parts, |each| {
                    let key = if each.access == Access::Read { "read" } else { "update" };
                    one(key, part(Map::new(), each, database))
                });
                ("transaction", map.put("do", steps))
            }
        };
        let retries = match transaction.retries {
            Retries::AtMost(count) => Some(count),
            Retries::Unlimited => None,
        };
        let delay = match transaction.restart_delay {
            RestartDelay::None => Value::from("none"),
            RestartDelay::Constant(span) => text(span),
            RestartDelay::Adaptive => Value::from("adaptive"),
        };
        let map = map
            .put("lock", self.lock(&transaction.lock))
            .put("retries", or(retries, "unlimited"))
            .put("backoff", backoff(&transaction.backoff))
            .put("restart_delay", delay);
        one(key, map)
    }

    fn lock(&self, lock: &Lock) -> Value {
        let by = lock.by;
        let map = Map::new().put("by", word_of(LOCK_BY, &by)).put("mode", word_of(READ_LOCK, &lock.mode));
        if by == LockBy::Pessimistic {
            return map
                .put("granularity", word_of(GRANULARITY, &lock.granularity))
                .put("wait_timeout", or(lock.wait_timeout.map(text), "off"))
                .into();
        }
        assert_eq!((lock.granularity, lock.wait_timeout), (Granularity::Row, None), "only they have others");
        let Some(lease) = &lock.lease else { return map.into() };
        map.put("in", self.scenario.stores[lease.store.0].name.as_str())
            .put("ttl", text(lease.ttl))
            .put("renew", lease.renew)
            .put("release", word_of(RELEASE, &lease.release))
            .put("fence", lease.fence)
            .into()
    }
}

fn part(map: Map, part: &Part, database: &Database) -> Map {
    let Rows { table, pick: picked, how_many: (count, _), order } = &part.rows;
    let rows = Map::new()
        .put("table", database.tables[table.0].name.as_str())
        .put("pick", pick(picked))
        .put("how_many", *count)
        .put("order", word_of(ROW_ORDER, order));
    let map = map.put("row", rows);
    let map = match part.access {
        Access::Add { add, floor } => map.put("add", add).put("floor", or(floor, "none")),
        Access::Read | Access::Touch { .. } => map,
    };
    map.put("think", distribution(&part.think))
}

fn synthetic(map: Map, part: &Part, database: &Database) -> Map {
    let Rows { table, pick: picked, how_many: (least, most), order } = &part.rows;
    let Access::Touch { write_share } = part.access else { unreachable!("a synthetic transaction touches") };
    map.put("reads", one("uniform", vec![Value::from(*least), Value::from(*most)]))
        .put("write_share", write_share)
        .put("table", database.tables[table.0].name.as_str())
        .put("pick", pick(picked))
        .put("order", word_of(ROW_ORDER, order))
        .put("think", distribution(&part.think))
}

fn pick(pick: &Pick) -> Value {
    match pick {
        Pick::Key => Value::from("key"),
        Pick::Uniform => Value::from("uniform"),
        Pick::Zipf { exponent } => one("zipf", one("exponent", *exponent)),
        Pick::Fixed(row) => Value::from(*row),
    }
}
