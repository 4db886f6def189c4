//! `mqlab profiles`: what the profiles of a queue stand for, side by side, or one of them value by value with
//! its sources.

use std::fmt::Write as _;
use std::{io, iter};

use anstyle::Style;
use clap::Args;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::scenario::profile::{PROFILES, Profile, Row, profile};

use super::output::{Outcome, complain, emit};

const BOLD: Style = Style::new().bold();
/// Columns a table may fill.
const WIDTH: u16 = 80;
/// Profiles that fit beside each other.
const ABREAST: usize = 5;
/// Columns of the keys, and of each profile beside them, with the gap behind them.
const KEY_WIDTH: u16 = 15;
const VALUE_WIDTH: u16 = 13;

/// The arguments of `profiles`.
#[derive(Debug, Args)]
pub(super) struct Profiles {
    /// A profile, such as `sqs-fifo`, to see where each of its values comes from; without one, all are compared
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Profiles {
    /// Prints them all side by side, or the one of this name with its sources.
    pub(super) fn execute(&self) -> io::Result<Outcome> {
        let Some(name) = &self.name else { return emit(&comparison()).map(|()| Outcome::Held) };
        if let Some(profile) = profile(name) {
            return emit(&page(profile)).map(|()| Outcome::Held);
        }
        let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
        complain(&format!("there is no profile `{name}`; there are {}", names.join(", ")));
        Ok(Outcome::Wrong)
    }
}

fn comparison() -> String {
    let blocks: Vec<String> = PROFILES.chunks(ABREAST).map(abreast).collect();
    let hint = "`mqlab profiles NAME` says where each value comes from. Keys of a queue, and a\n\
                consumer's `prefetch`, can be overridden; `model`, `acks settle` and the last\n\
                three lines are facts about the real system.\n";
    format!("{}\n{hint}", blocks.join("\n"))
}

/// Some profiles beside each other, a line for each key.
fn abreast(profiles: &[&Profile]) -> String {
    let columns: Vec<Vec<Row>> = profiles.iter().map(|profile| profile.rows()).collect();
    let mut table = empty_table();
    let value = |text: &str| breakable(text, VALUE_WIDTH);
    table.add_row(iter::once(String::new()).chain(profiles.iter().map(|profile| value(profile.name))));
    for (at, row) in columns[0].iter().enumerate() {
        let values = columns.iter().map(|rows| value(&rows[at].value));
        table.add_row(iter::once(breakable(row.key, KEY_WIDTH)).chain(values));
    }
    let widths = iter::once(KEY_WIDTH).chain(profiles.iter().map(|_| VALUE_WIDTH));
    table.set_constraints(widths.map(|width| ColumnConstraint::Absolute(Width::Fixed(width))));
    pad(&mut table, 1);
    lines(&table)
}

/// The text with a blank after the hyphens and underscores where words too long for a column may break.
fn breakable(text: &str, width: u16) -> String {
    let room = usize::from(width) - 1;
    let mut broken = Vec::new();
    for mut word in text.split(' ') {
        while word.len() > room {
            let joint = word[..room].rfind(['-', '_']).map_or(room, |at| at + 1);
            let (head, tail) = word.split_at(joint);
            broken.push(head);
            word = tail;
        }
        broken.push(word);
    }
    broken.join(" ")
}

fn page(profile: &Profile) -> String {
    let mut table = empty_table();
    for row in profile.rows() {
        table.add_row([format!("  {}", row.key), row.value, row.source.to_owned()]);
    }
    table.set_constraints([
        ColumnConstraint::ContentWidth,
        ColumnConstraint::UpperBoundary(Width::Fixed(22)),
        ColumnConstraint::UpperBoundary(Width::Percentage(50)),
    ]);
    pad(&mut table, 2);
    format!("{BOLD}{}{BOLD:#}  {}\n{}", profile.name, profile.describes, lines(&table))
}

fn empty_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table
}

/// Columns are this far apart.
fn pad(table: &mut Table, gap: u16) {
    for column in table.column_iter_mut() {
        column.set_padding((0, gap));
    }
}

fn lines(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
