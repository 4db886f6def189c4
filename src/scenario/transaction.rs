//! The steps that run at stores: `update`, `read` and `transaction`.

use crate::quantity::Span;

use super::diagnostic::quoted;
use super::model::{
    Access, Backoff, Database, Distribution, Jitter, Lock, LockBy, Part, Pick, RestartDelay, Retries,
    RowOrder, Rows, StoreRef, TableRef, Transaction, TransactionForm,
};
use super::names::Names;
use super::reader::{Fields, Reader};
use super::registry;
use super::shape::{
    PICK, READ, READ_PART, READS, ROWS, TRANSACTION, TRANSACTION_STEP, UPDATE, UPDATE_PART, ZIPF_PICK,
};
use super::source::Place;
use super::tree::{Entry, Node, Value};
use super::values::is_off;
use super::words::ROW_ORDER;

/// No wait before a retry.
const NO_BACKOFF: Backoff = Backoff { base: Span::ZERO, factor: 1.0, cap: None, jitter: Jitter::None };

/// Of `write_share`, where the file does not say.
const NOTHING_WRITTEN: f64 = 0.0;

/// The store that a step names.
#[derive(Clone, Copy)]
struct At<'n> {
    store: StoreRef,
    database: &'n Database,
    name: &'n str,
    /// All names.
    names: &'n Names<'n>,
}

impl Reader<'_> {
    /// An `update` step.
    pub(super) fn update(&mut self, node: &Node, names: &Names<'_>) -> Option<Transaction> {
        let fields = self.fields(node, &UPDATE)?;
        let at = self.required(&fields, "in").and_then(|n| self.database_named(n, names));
        let part = at.as_ref().and_then(|at| self.update_part(&fields, at));
        self.transaction_of(&fields, at?, TransactionForm::Update, vec![part?])
    }

    /// A `read` step.
    pub(super) fn read_step(&mut self, node: &Node, names: &Names<'_>) -> Option<Transaction> {
        let fields = self.fields(node, &READ)?;
        let at = self.required(&fields, "in").and_then(|n| self.database_named(n, names));
        let part = at.as_ref().and_then(|at| self.read_part(&fields, at));
        self.transaction_of(&fields, at?, TransactionForm::Read, vec![part?])
    }

    /// A `transaction` step.
    pub(super) fn transaction(&mut self, node: &Node, names: &Names<'_>) -> Option<Transaction> {
        let fields = self.fields(node, &TRANSACTION)?;
        let at = self.required(&fields, "in").and_then(|n| self.database_named(n, names));
        let form = match self.one_of(&fields, &["do", "reads"])?.key.as_str() {
            "do" => TransactionForm::Several,
            _ => TransactionForm::Synthetic,
        };
        let at = at?;
        let parts = match form {
            TransactionForm::Several => self.parts(&fields, &at)?,
            _ => vec![self.synthetic(&fields, &at)?],
        };
        self.transaction_of(&fields, at, form, parts)
    }

    fn parts(&mut self, fields: &Fields<'_>, at: &At<'_>) -> Option<Vec<Part>> {
        for key in ["write_share", "table", "pick", "order", "think"] {
            if let Some(given) = fields.entry(key) {
                let message = format!("`{key}` goes with `reads`, not with `do`");
                self.error(&registry::KEY_ELSEWHERE, &given.place, message)
                    .help("say it in the `read` or `update` that it is about");
            }
        }
        let before = self.errors();
        let items = self.list(fields.get("do"), "`read` and `update` steps");
        let parts: Vec<Part> = items.iter().filter_map(|item| self.part(item, at)).collect();
        if parts.is_empty() && self.errors() == before {
            self.error(&registry::OUT_OF_RANGE, fields.place(), "a transaction does something at least");
        }
        (self.errors() == before).then_some(parts)
    }

    fn part(&mut self, node: &Node, at: &At<'_>) -> Option<Part> {
        let fields = self.fields(node, &TRANSACTION_STEP)?;
        let Entry { key, node, .. } = self.one_of(&fields, &["read", "update"])?;
        if key == "update" {
            let fields = self.fields(node, &UPDATE_PART)?;
            return self.update_part(&fields, at);
        }
        if matches!(node.value, Value::Scalar { .. }) {
            let rows = self.rows(node, at)?;
            return Some(Part { access: Access::Read, rows, think: Distribution::Constant(Span::ZERO) });
        }
        let fields = self.fields(node, &READ_PART)?;
        self.read_part(&fields, at)
    }

    fn update_part(&mut self, fields: &Fields<'_>, at: &At<'_>) -> Option<Part> {
        let rows = self.required(fields, "row").and_then(|n| self.rows(n, at));
        let add = self.required(fields, "add").and_then(|n| self.whole(n));
        let floor = fields.get("floor").and_then(|n| self.or_off(n, Self::whole)).flatten();
        let think = self.think(fields);
        Some(Part { access: Access::Add { add: add?, floor }, rows: rows?, think: think? })
    }

    fn read_part(&mut self, fields: &Fields<'_>, at: &At<'_>) -> Option<Part> {
        let rows = self.required(fields, "row").and_then(|n| self.rows(n, at));
        let think = self.think(fields);
        Some(Part { access: Access::Read, rows: rows?, think: think? })
    }

    fn synthetic(&mut self, fields: &Fields<'_>, at: &At<'_>) -> Option<Part> {
        let table = self.required(fields, "table").and_then(|n| self.table_named(n, at));
        let how_many = fields.get("reads").and_then(|n| self.how_many_reads(n));
        let write_share = fields.get("write_share").map_or(Some(NOTHING_WRITTEN), |n| self.share(n));
        let think = self.think(fields);
        let table = table?;
        let pick = match fields.get("pick") {
            Some(node) => self.pick(node, table, at)?,
            None => Pick::Uniform,
        };
        let order = fields.get("order").and_then(|n| self.choice(n, ROW_ORDER)).unwrap_or(RowOrder::Given);
        let how_many = how_many?;
        let place = &fields.get("reads").map_or_else(|| fields.place().clone(), |n| n.place.clone());
        self.enough_rows(place, how_many.1, table, at)?;
        let rows = Rows { table, pick, how_many, order };
        Some(Part { access: Access::Touch { write_share: write_share? }, rows, think: think? })
    }

    fn how_many_reads(&mut self, node: &Node) -> Option<(u32, u32)> {
        if matches!(node.value, Value::Scalar { .. }) {
            return self.small_count(node, 1..=MOST_AT_ONCE).map(|count| (count, count));
        }
        let fields = self.fields(node, &READS)?;
        let both = self.required(&fields, "uniform")?;
        let [low, high] = self.pair(both, "two counts, as in `[4, 12]`")?;
        let (least, most) =
            (self.small_count(low, 1..=MOST_AT_ONCE), self.small_count(high, 1..=MOST_AT_ONCE));
        let (least, most) = (least?, most?);
        if least > most {
            self.error(&registry::OUT_OF_RANGE, &both.place, format!("`{least}` is more than `{most}`"))
                .help("the lower bound comes first");
            return None;
        }
        Some((least, most))
    }

    fn think(&mut self, fields: &Fields<'_>) -> Option<Distribution> {
        fields.get("think").map_or(Some(Distribution::Constant(Span::ZERO)), |n| self.distribution(n))
    }

    /// `row:`, a table or a map.
    fn rows(&mut self, node: &Node, at: &At<'_>) -> Option<Rows> {
        if matches!(node.value, Value::Scalar { .. }) {
            let table = self.table_named(node, at)?;
            return Some(Rows { table, pick: Pick::Key, how_many: (1, 1), order: RowOrder::Given });
        }
        let fields = self.fields(node, &ROWS)?;
        let table = self.required(&fields, "table").and_then(|n| self.table_named(n, at))?;
        let pick = match fields.get("pick") {
            Some(node) => self.pick(node, table, at)?,
            None => Pick::Key,
        };
        let how_many = match fields.get("how_many") {
            Some(node) => {
                let count = self.small_count(node, 1..=MOST_AT_ONCE)?;
                self.enough_rows(&node.place, count, table, at)?;
                count
            }
            None => 1,
        };
        let order = fields.get("order").and_then(|n| self.choice(n, ROW_ORDER)).unwrap_or(RowOrder::Given);
        Some(Rows { table, pick, how_many: (how_many, how_many), order })
    }

    fn enough_rows(&mut self, place: &Place, wanted: u32, table: TableRef, at: &At<'_>) -> Option<()> {
        let table = &at.database.tables[table.0];
        if wanted > table.count {
            let message =
                format!("`{}` has {} rows, and {wanted} distinct ones are wanted", table.name, table.count);
            self.error(&registry::OUT_OF_RANGE, place, message);
            return None;
        }
        Some(())
    }

    fn pick(&mut self, node: &Node, table: TableRef, at: &At<'_>) -> Option<Pick> {
        if let Value::Scalar { text, .. } = &node.value {
            match text.as_str() {
                "key" => return Some(Pick::Key),
                "uniform" => return Some(Pick::Uniform),
                _ => {}
            }
            if text.starts_with(|c: char| c.is_ascii_digit()) {
                let last = at.database.tables[table.0].count - 1;
                return self.small_count(node, 0..=last).map(Pick::Fixed);
            }
            self.unknown_value(&node.place, text, &["key", "uniform"]);
            return None;
        }
        let fields = self.fields(node, &PICK)?;
        let zipf = self.required(&fields, "zipf")?;
        let fields = self.fields(zipf, &ZIPF_PICK)?;
        let exponent = fields.get("exponent").map_or(Some(1.0), |n| self.number_from(n, 0.0))?;
        Some(Pick::Zipf { exponent })
    }

    /// What all forms have in common.
    fn transaction_of(
        &mut self,
        fields: &Fields<'_>,
        at: At<'_>,
        form: TransactionForm,
        parts: Vec<Part>,
    ) -> Option<Transaction> {
        let before = self.errors();
        let lock = fields.get("lock").map_or(Some(Lock::NONE), |n| self.lock(n, at.names))?;
        let restarts_at_once = lock.by == LockBy::ImmediateRestart;
        let usual = match form {
            _ if restarts_at_once => Retries::Unlimited,
            TransactionForm::Synthetic => Retries::Unlimited,
            _ => Retries::AtMost(0),
        };
        let retries = fields.get("retries").map_or(Some(usual), |n| self.retries(n));
        let backoff = fields.get("backoff").map_or(Some(NO_BACKOFF), |n| self.backoff(n));
        let usual = if restarts_at_once { RestartDelay::Adaptive } else { RestartDelay::None };
        let restart_delay = fields.get("restart_delay").map_or(Some(usual), |n| self.restart_delay(n));
        let (retries, backoff, restart_delay) = (retries?, backoff?, restart_delay?);
        let transaction = Transaction { store: at.store, form, parts, lock, retries, backoff, restart_delay };
        self.fitting_lock(fields, &transaction);
        (self.errors() == before).then_some(transaction)
    }

    fn retries(&mut self, node: &Node) -> Option<Retries> {
        let count = |reader: &mut Self, node: &Node| reader.small_count(node, 0..=u32::MAX);
        let read = self.or_off(node, count)?;
        Some(read.map_or(Retries::Unlimited, Retries::AtMost))
    }

    fn restart_delay(&mut self, node: &Node) -> Option<RestartDelay> {
        match &node.value {
            Value::Scalar { text, .. } if text == "adaptive" => Some(RestartDelay::Adaptive),
            _ if is_off(node) => Some(RestartDelay::None),
            _ => self
                .span(node)
                .map(|span| if span.is_zero() { RestartDelay::None } else { RestartDelay::Constant(span) }),
        }
    }

    fn database_named<'n>(&mut self, node: &Node, names: &'n Names<'_>) -> Option<At<'n>> {
        let name = self.text(node, "the name of a store")?;
        let Some(position) = names.stores.iter().position(|store| store.name == name) else {
            let known: Vec<&str> = names.stores.iter().map(|store| store.name.as_str()).collect();
            self.unknown_name(&node.place, "store", name, &known);
            return None;
        };
        let Some(database) = names.stores[position].database() else {
            let message = format!("{} is a cache: it has no rows", quoted(name));
            self.error(&registry::UNKNOWN_NAME, &node.place, message)
                .help("`update`, `read` and `transaction` run at a database");
            return None;
        };
        Some(At { store: StoreRef(position), database, name: &names.stores[position].name, names })
    }

    fn table_named(&mut self, node: &Node, at: &At<'_>) -> Option<TableRef> {
        let name = self.text(node, "the name of a table")?;
        let tables = &at.database.tables;
        let found = tables.iter().position(|table| table.name == name).map(TableRef);
        if found.is_none() && tables.is_empty() {
            let message = format!("{} has no table {}", quoted(at.name), quoted(name));
            self.error(&registry::UNKNOWN_NAME, &node.place, message)
                .help(format!("add `rows: {{{name}: {{count: 1, start: 100}}}}` to the store"));
        } else if found.is_none() {
            let known: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
            self.unknown_name(&node.place, "table", name, &known);
        }
        found
    }
}

/// Distinct rows of one transaction: those of more are no transaction that a person wrote.
const MOST_AT_ONCE: u32 = 10_000;
