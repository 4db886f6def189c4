//! `mqlab profiles`: what each profile of a queue stands for, value by value, with its source.

use std::fmt::Write as _;
use std::io;

use anstyle::Style;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::quantity::Span;
use crate::scenario::model::{LateAck, OnConnectionLoss, OnTimeout, Requeue};
use crate::scenario::profile::{PROFILES, Profile, Sourced};

use super::output::{Outcome, emit};

const BOLD: Style = Style::new().bold();
/// Columns a table may fill.
const WIDTH: u16 = 80;

/// Prints them all.
pub(super) fn execute() -> io::Result<Outcome> {
    let pages: Vec<String> = PROFILES.iter().map(|profile| page(profile)).collect();
    emit(&pages.join("\n")).map(|()| Outcome::Held)
}

fn page(profile: &Profile) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    for (key, value, source) in rows(profile) {
        table.add_row([format!("  {key}"), value, source.to_owned()]);
    }
    table.set_constraints([
        ColumnConstraint::ContentWidth,
        ColumnConstraint::ContentWidth,
        ColumnConstraint::UpperBoundary(Width::Percentage(60)),
    ]);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut page = format!("{BOLD}{}{BOLD:#}  {}\n", profile.name, profile.describes);
    for line in table.lines() {
        let _ = writeln!(page, "{}", line.trim_end());
    }
    page
}

/// Key, value and source, in the order of the reference.
fn rows(profile: &Profile) -> Vec<(&'static str, String, &'static str)> {
    vec![
        row("prefetch", &profile.window, |window| limit(window.map(u64::from), "unlimited")),
        row("ack_timeout", &profile.ack_timeout, |timeout| span(*timeout, "none")),
        row("ack_timeout_check", &profile.ack_timeout_check, |every| {
            if every.is_zero() { "at once".into() } else { every.to_string() }
        }),
        row("on_timeout", &profile.on_timeout, |what| {
            word(match what {
                OnTimeout::ReturnOne => "return-one",
                OnTimeout::ReturnChannel => "return-channel",
            })
        }),
        row("max_deliveries", &profile.max_deliveries, |most| limit(most.map(u64::from), "unlimited")),
        row("requeue", &profile.requeue, |place| {
            word(match place {
                Requeue::OriginalPlace => "original-place",
                Requeue::Head => "head",
                Requeue::Tail => "tail",
            })
        }),
        row("on_connection_loss", &profile.on_connection_loss, |what| {
            word(match what {
                OnConnectionLoss::Return => "return",
                OnConnectionLoss::Wait => "wait",
            })
        }),
        row("heartbeat", &profile.heartbeat, |every| span(*every, "none")),
        row("late_ack", &profile.late_ack, |what| {
            word(match what {
                LateAck::Ignore => "ignore",
                LateAck::Accept => "accept",
                LateAck::AcceptUnlessRedelivered => "accept-unless-redelivered",
            })
        }),
        row("handshake_round_trips", &profile.handshake_round_trips, u32::to_string),
        row("dedup_window", &profile.dedup, |known| word(if *known { "possible" } else { "not native" })),
    ]
}

fn row<T>(
    key: &'static str,
    sourced: &Sourced<T>,
    written: impl Fn(&T) -> String,
) -> (&'static str, String, &'static str) {
    (key, written(&sourced.value), sourced.source)
}

fn word(word: &str) -> String {
    word.to_owned()
}

fn span(span: Option<Span>, without: &str) -> String {
    span.map_or_else(|| without.to_owned(), |span| span.to_string())
}

fn limit(limit: Option<u64>, without: &str) -> String {
    limit.map_or_else(|| without.to_owned(), |limit| limit.to_string())
}
