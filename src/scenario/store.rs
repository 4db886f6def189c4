//! Stores: what they hold, what they take, and what they work with.

use crate::quantity::Span;

use super::model::{
    Cache, Database, Deadlock, Distribution, Servers, Store, StoreKind, Table, Victim, Writes,
};
use super::names::check_name;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{DEADLOCK, REPLICA, SERVERS, STORE, TABLE};
use super::tree::{Entry, Node};
use super::values::is_off;
use super::words::{STORE_KIND, StoreWord, VICTIM, WRITES};

/// Keys that a cache does not have.
const OF_DATABASES: [&str; 8] =
    ["rows", "fsync", "connections", "admission", "disks", "cpus", "writes", "deadlock"];

/// How long a client waits for an answer where the file does not say.
const TIMEOUT: Span = Span::from_seconds(30);

/// When a dead machine is noticed where the file does not say.
const HEARTBEAT: Span = Span::from_seconds(60);

/// The `deadlock_timeout` of `PostgreSQL`.
const DETECTOR_AFTER: Span = Span::from_seconds(1);

/// More rows fit no memory that a person has.
const MOST_ROWS: u32 = 100_000_000;

/// Resources of which there are more are unlimited for every practical purpose.
const MOST_SERVERS: u32 = 100_000;

/// A table's numbers are small.
const MOST_TABLES: usize = 1000;

impl Reader<'_> {
    /// An entry of `stores:`.
    pub(super) fn store(&mut self, entry: &Entry) -> Store {
        let mut store = Store {
            name: entry.key.clone(),
            kind: StoreKind::Database(plain_database()),
            timeout: Some(TIMEOUT),
            heartbeat: Some(HEARTBEAT),
        };
        let Some(fields) = self.fields(&entry.node, &STORE) else { return store };
        let kind = fields.get("kind").and_then(|n| self.choice(n, STORE_KIND));
        if let Some(timeout) = fields.get("timeout").and_then(|n| self.or_off(n, Self::positive_span)) {
            store.timeout = timeout;
        }
        if let Some(heartbeat) = fields.get("heartbeat").and_then(|n| self.or_off(n, Self::positive_span)) {
            store.heartbeat = heartbeat;
        }
        store.kind = match kind.unwrap_or(StoreWord::Database) {
            StoreWord::Database => StoreKind::Database(self.database(&fields)),
            StoreWord::Cache => StoreKind::Cache(self.cache(&fields)),
        };
        store
    }

    fn cache(&mut self, fields: &Fields<'_>) -> Cache {
        for key in OF_DATABASES {
            if let Some(given) = fields.entry(key) {
                self.error(&registry::KEY_ELSEWHERE, &given.place, format!("a cache has no `{key}`")).help(
                    "it keeps keys in memory, and forgets them: a database has tables and transactions",
                );
            }
        }
        let latency = fields.get("latency").and_then(|n| self.distribution(n));
        let replica = fields.get("replica").filter(|n| !is_off(n)).and_then(|n| self.fields(n, &REPLICA));
        let lag = replica.and_then(|fields| self.required(&fields, "lag").and_then(|n| self.span(n)));
        Cache { latency: latency.unwrap_or(Distribution::Constant(Span::ZERO)), replica_lag: lag }
    }

    fn database(&mut self, fields: &Fields<'_>) -> Database {
        if let Some(given) = fields.entry("replica") {
            self.error(&registry::KEY_ELSEWHERE, &given.place, "a database has no `replica`")
                .help("its rows outlive a crash; a cache's keys do not");
        }
        let mut database = plain_database();
        let tables = self.named(fields.get("rows"), "tables");
        if tables.len() > MOST_TABLES {
            let message = format!("there are {} tables", tables.len());
            self.error(&registry::OUT_OF_RANGE, fields.place(), message)
                .help(format!("at most {MOST_TABLES}"));
        }
        database.tables = tables.iter().map(|entry| self.table(entry)).collect();
        if let Some(latency) = fields.get("latency").and_then(|n| self.distribution(n)) {
            database.latency = latency;
        }
        if let Some(fsync) = fields.get("fsync").and_then(|n| self.distribution(n)) {
            database.fsync = fsync;
        }
        let count = |reader: &mut Self, node: &Node| reader.small_count(node, 1..=u32::MAX);
        database.connections = fields.get("connections").and_then(|n| self.or_off(n, count)).flatten();
        database.admission = fields.get("admission").and_then(|n| self.or_off(n, count)).flatten();
        database.disks = fields.get("disks").filter(|n| !is_off(n)).and_then(|n| self.servers(n));
        database.cpus = fields.get("cpus").filter(|n| !is_off(n)).and_then(|n| self.servers(n));
        database.writes =
            fields.get("writes").and_then(|n| self.choice(n, WRITES)).unwrap_or(Writes::Immediate);
        if let Some(deadlock) = fields.get("deadlock").and_then(|n| self.deadlock(n)) {
            database.deadlock = deadlock;
        }
        database
    }

    fn table(&mut self, entry: &Entry) -> Table {
        check_name(self, &entry.place, &entry.key);
        let mut table = Table { name: entry.key.clone(), count: 1, start: 0 };
        let Some(fields) = self.fields(&entry.node, &TABLE) else { return table };
        if let Some(count) = fields.get("count").and_then(|n| self.small_count(n, 1..=MOST_ROWS)) {
            table.count = count;
        }
        if let Some(start) = fields.get("start").and_then(|n| self.whole(n)) {
            table.start = start;
        }
        table
    }

    fn servers(&mut self, node: &Node) -> Option<Servers> {
        let fields = self.fields(node, &SERVERS)?;
        let many = |reader: &mut Self, node: &Node| reader.small_count(node, 1..=MOST_SERVERS);
        let count = match fields.get("count") {
            Some(node) => self.or_off(node, many).unwrap_or(Some(1)),
            None => Some(1),
        };
        let time = self.required(&fields, "time").and_then(|n| self.distribution(n));
        Some(Servers { count, time: time? })
    }

    fn deadlock(&mut self, node: &Node) -> Option<Deadlock> {
        let fields = self.fields(node, &DEADLOCK)?;
        let victim = fields.get("victim").and_then(|n| self.choice(n, VICTIM)).unwrap_or(Victim::Detector);
        let usual = if victim == Victim::Detector { DETECTOR_AFTER } else { Span::ZERO };
        let after = fields.get("after").and_then(|n| self.span(n)).unwrap_or(usual);
        Some(Deadlock { victim, after })
    }
}

const fn plain_database() -> Database {
    Database {
        tables: Vec::new(),
        latency: Distribution::Constant(Span::ZERO),
        fsync: Distribution::Constant(Span::ZERO),
        connections: None,
        admission: None,
        disks: None,
        cpus: None,
        writes: Writes::Immediate,
        deadlock: Deadlock { victim: Victim::Detector, after: DETECTOR_AFTER },
    }
}
