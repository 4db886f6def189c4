//! What a step does at a store, ready to run, and which rows a task's transaction is about.

use crate::actors::guard::KeyPlan;
use crate::kernel::chance::{Draw, Keys, LazyLuck, Purpose, Sampler};
use crate::protocol::id::{Effect, Key};
use crate::protocol::store::{Held, Row, TableId};
use crate::quantity::Span;
use crate::scenario::model::{self, Backoff, Lease, Lock, RestartDelay, Retries, RowOrder, TransactionForm};
use crate::strategies::locks::{Access, Change};

/// A step that runs at a store, the same for all instances.
#[derive(Debug)]
pub struct TransactionPlan {
    /// The store's place among those of the instance.
    pub store: usize,
    /// How the file writes it.
    pub form: TransactionForm,
    /// What keeps others away.
    pub lock: Lock,
    /// How leases of its rows are taken, if that is what does.
    pub lease: Option<LeasePlan>,
    /// One after the other.
    pub parts: Vec<PartPlan>,
    /// Further tries.
    pub retries: Retries,
    /// The wait before each.
    pub backoff: Backoff,
    /// A further wait.
    pub restart_delay: RestartDelay,
    /// How many steps before it in its list update something.
    pub nth_effect: u32,
    /// Which effect its commit is, if it is one.
    pub effect: Option<Effect>,
    /// What it does first, about the key that its task is recognised by.
    pub key: Option<KeyPlan>,
    /// Names the luck of its tries.
    pub luck_key: u64,
    /// The luck of its waits.
    pub waiting: Purpose,
}

/// How leases of a transaction's rows are taken.
#[derive(Clone, Copy, Debug)]
pub struct LeasePlan {
    /// The cache's place among the stores of the instance.
    pub store: usize,
    /// Where the cache keeps the leases of the database's first table; those of the others follow.
    pub first: TableId,
    /// How long they last, and what else was said about them.
    pub terms: Lease,
}

/// A part of a transaction.
#[derive(Debug)]
pub struct PartPlan {
    /// What is done to its rows.
    pub access: model::Access,
    /// The table.
    pub table: TableId,
    /// How many rows the table has.
    pub rows: u32,
    /// How rows are picked.
    pub pick: RowPick,
    /// How many.
    pub how_many: (u32, u32),
    /// In which order.
    pub order: RowOrder,
    /// The pause after reading.
    pub think: Sampler,
    /// The luck of that pause, of which rows and how many, and of which of them are written.
    pub luck: [Purpose; 3],
}

/// How rows are picked.
#[derive(Debug)]
pub enum RowPick {
    /// By the task's key.
    Key,
    /// This one.
    Fixed(u32),
    /// At random.
    Drawn(Keys),
}

/// Draws for distinct rows before the rest is taken in order: uneven picks repeat themselves.
const MOST_DRAWS_A_ROW: u32 = 64;

impl TransactionPlan {
    /// Whether it does nothing but ask for a key, each statement by itself.
    #[must_use]
    pub const fn is_about_key_alone(&self) -> bool {
        self.parts.is_empty()
    }

    /// The rows that a task's transaction is about, the same at every try: `luck` is that of all tries.
    #[must_use]
    pub fn accesses(&self, key: Key, luck: &LazyLuck<'_>) -> Vec<Access> {
        let parts = (0..).zip(&self.parts);
        parts.flat_map(|(at, part)| part.accesses(at, key, luck)).collect()
    }
}

impl PartPlan {
    fn accesses(&self, part: u16, key: Key, luck: &LazyLuck<'_>) -> Vec<Access> {
        let mut rows = self.pick(key, luck);
        if self.order == RowOrder::Sorted {
            rows.sort_unstable();
        }
        let mut written = self.needs_luck_to_write().then(|| luck.draws(self.luck[2]));
        let access = |number| Access {
            part,
            row: Row { table: self.table, number },
            change: match self.access {
                model::Access::Read => Change::None,
                model::Access::Add { add, floor } => Change::Add { add, floor },
                model::Access::Touch { write_share } => {
                    let is_written =
                        written.as_mut().map_or(write_share > 0.0, |draws| draws.happens(write_share));
                    if is_written { Change::Touch } else { Change::None }
                }
            },
            held: Held { value: 0, version: 0 },
        };
        rows.into_iter().map(access).collect()
    }

    fn needs_luck_to_write(&self) -> bool {
        matches!(self.access, model::Access::Touch { write_share } if 0.0 < write_share && write_share < 1.0)
    }

    /// Distinct rows of the table.
    fn pick(&self, key: Key, luck: &LazyLuck<'_>) -> Vec<u32> {
        let (least, most) = self.how_many;
        let first = match &self.pick {
            RowPick::Key if key == Key::NONE => 0,
            RowPick::Key => key.0 % self.rows,
            RowPick::Fixed(row) => *row,
            RowPick::Drawn(_) => 0,
        };
        let is_drawn = matches!(self.pick, RowPick::Drawn(_));
        let mut draws = (is_drawn || least < most).then(|| luck.draws(self.luck[1]));
        let how_many = match &mut draws {
            Some(draws) if least < most => {
                let spread = draws.below(u64::from(most - least) + 1);
                least + u32::try_from(spread).expect("at most `most - least`")
            }
            _ => least,
        };
        match (&self.pick, &mut draws) {
            (RowPick::Drawn(keys), Some(draws)) => self.draw(keys, how_many, draws),
            _ => (0..how_many).map(|next| (first + next) % self.rows).collect(),
        }
    }

    fn draw(&self, keys: &Keys, how_many: u32, draws: &mut impl Draw) -> Vec<u32> {
        let mut rows: Vec<u32> = Vec::with_capacity(how_many as usize);
        let mut left = how_many.saturating_mul(MOST_DRAWS_A_ROW);
        while rows.len() < how_many as usize && left > 0 {
            let row = u32::try_from(keys.draw(draws)).expect("a table has fewer than 2^32 rows");
            if !rows.contains(&row) {
                rows.push(row);
            }
            left -= 1;
        }
        let missing = how_many as usize - rows.len();
        let rest: Vec<u32> = (0..self.rows).filter(|row| !rows.contains(row)).take(missing).collect();
        rows.extend(rest);
        rows
    }

    /// The pause after reading, with this luck of the try.
    #[must_use]
    pub fn think(&self, luck: &LazyLuck<'_>) -> Span {
        self.think.as_constant().unwrap_or_else(|| self.think.sample(&mut luck.draws(self.luck[0])))
    }
}

#[cfg(test)]
mod tests {
    use super::{PartPlan, RowPick};
    use crate::kernel::chance::{Keys, LuckSource, Purpose, Sampler};
    use crate::protocol::id::Key;
    use crate::protocol::store::TableId;
    use crate::quantity::Span;
    use crate::scenario::model::{Access, RowOrder};

    fn part(pick: RowPick, how_many: (u32, u32), order: RowOrder) -> PartPlan {
        PartPlan {
            access: Access::Read,
            table: TableId(0),
            rows: 20,
            pick,
            how_many,
            order,
            think: Sampler::constant(Span::ZERO),
            luck: [Purpose::new("c", "think"), Purpose::new("c", "rows"), Purpose::new("c", "writes")],
        }
    }

    #[test]
    fn rows_are_distinct_whatever_picks_them() {
        let source = LuckSource::new(3);
        for seed in 0..200 {
            let luck = source.lazy(seed, 0);
            for keys in [Keys::Uniform { over: 20 }, Keys::zipf(20, 1.0), Keys::zipf(20, 9.0)] {
                let mut rows = part(RowPick::Drawn(keys), (4, 20), RowOrder::Sorted).pick(Key::NONE, &luck);
                let count = rows.len();
                rows.sort_unstable();
                rows.dedup();
                assert!((4..=20).contains(&count) && rows.len() == count && rows.iter().all(|row| *row < 20));
            }
        }
    }

    #[test]
    fn a_key_picks_its_row_and_those_that_follow() {
        let luck = LuckSource::new(3);
        let luck = luck.lazy(0, 0);
        let pick = |pick, key| part(pick, (3, 3), RowOrder::Given).pick(key, &luck);
        assert_eq!(pick(RowPick::Key, Key(38)), [18, 19, 0]);
        assert_eq!(pick(RowPick::Key, Key::NONE), [0, 1, 2]);
        assert_eq!(pick(RowPick::Fixed(7), Key(38)), [7, 8, 9]);
    }
}
