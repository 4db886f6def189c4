//! Every shipped scenario: it is registered, holds what it expects, and equals its golden.
//!
//! A golden is the whole `summary.json` of a run, in `tests/it/goldens/scenarios/`. After a change that
//! is meant to change numbers, `UPDATE_GOLDENS=1 cargo test` writes them anew; read what changed, and
//! be able to say why, before it is committed.
//!
//! Below that, what the scenarios teach as exact statements, and what their `about:` says to try.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mqlab::metrics::registry;
use mqlab::metrics::summary::{Summary, Verdict};
use mqlab::report::chart::draw_all;
use mqlab::report::chart::render::svg;
use mqlab::report::json::summary_json;
use mqlab::scenario::diagnostic::{Paint, render_all};
use mqlab::scenario::model::{Scenario, Until};
use mqlab::scenario::{Checked, Loader, Origin, Override, Source, read, to_yaml};
use mqlab::simulation;

/// Shipped scenarios are inside the binary and so bring no data files.
pub(crate) struct NoFiles;

impl Loader for NoFiles {
    fn load(&self, _: &str) -> Result<String, String> {
        Err("shipped scenarios name no files".to_owned())
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

fn goldens() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/goldens/scenarios")
}

/// The stems of the files with this ending.
fn stems(folder: &Path, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    let wanted = paths.filter(|path| path.extension().is_some_and(|found| found == ending));
    wanted.filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect()
}

fn shipped() -> BTreeSet<String> {
    stems(&folder(), "yaml")
}

/// The text of a shipped scenario.
pub(crate) fn text_of(name: &str) -> String {
    let path = folder().join(format!("{name}.yaml"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads a scenario as `mqlab run` would, or panics with what a user would see.
pub(crate) fn read_with(name: &str, text: &str, sets: &[(&str, &str)]) -> Checked {
    let source = Source { name: name.to_owned(), text: text.to_owned() };
    let overrides: Vec<Override> = sets
        .iter()
        .map(|(path, value)| Override {
            path: (*path).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::Set,
        })
        .collect();
    read(&source, &overrides, &registry::patterns(), &NoFiles)
        .unwrap_or_else(|complaints| panic!("{}", render_all(&complaints, Paint::Plain)))
}

fn run(checked: &Checked) -> Summary {
    simulation::run(&checked.scenario, &mut |_| {}).unwrap_or_else(|error| panic!("{}", error.message))
}

/// Runs a shipped scenario, with some of its values replaced.
pub(crate) fn run_with(name: &str, sets: &[(&str, &str)]) -> Summary {
    run(&read_with(name, &text_of(name), sets))
}

/// A shipped scenario.
pub(crate) fn shipped_scenario(name: &str) -> Scenario {
    read_with(name, &text_of(name), &[]).scenario
}

/// Runs a variant of a shipped scenario under a seed.
pub(crate) fn run_variant(name: &str, variant: &str, seed: u64) -> Summary {
    let checked = read_with(name, &text_of(name), &[("seed", &seed.to_string())]);
    let found = checked.scenario.variants.iter().find(|one| one.name == variant);
    let scenario = &found.unwrap_or_else(|| panic!("{name} has no variant `{variant}`")).scenario;
    simulation::run(scenario, &mut |_| {}).unwrap_or_else(|error| panic!("{}", error.message))
}

fn fired(summary: &Summary, fault: &str) -> u64 {
    let found = summary.faults.iter().find(|(name, _)| name == fault);
    found.unwrap_or_else(|| panic!("no fault is called `{fault}`")).1.fired
}

/// The summary as it is kept: the version changes with every release and the numbers do not.
fn kept(summary: &Summary) -> String {
    let version = format!("\"mqlab\": \"{}\"", env!("CARGO_PKG_VERSION"));
    summary_json(summary).replacen(&version, "\"mqlab\": \"[version]\"", 1)
}

/// The first line in which two texts differ, with its number.
fn first_difference(golden: &str, now: &str) -> String {
    let lines = golden.lines().zip(now.lines()).enumerate();
    let differing = lines.into_iter().find(|(_, (old, new))| old != new);
    differing.map_or_else(
        || format!("{} lines became {}", golden.lines().count(), now.lines().count()),
        |(at, (old, new))| format!("line {}: `{}` became `{}`", at + 1, old.trim(), new.trim()),
    )
}

/// Compares with the golden at `path`, or writes it where that is asked for.
fn compare(name: &str, path: &Path, now: &str) -> Result<(), String> {
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        fs::create_dir_all(path.parent().expect("goldens have a folder")).expect("the folder is writable");
        fs::write(path, now).expect("goldens are writable");
        return Ok(());
    }
    let golden = fs::read_to_string(path).map_err(|error| format!("{name}: {}: {error}", path.display()))?;
    if golden == now {
        return Ok(());
    }
    let what = first_difference(&golden, now);
    Err(format!("{name}: {what}\n  if that is meant, `UPDATE_GOLDENS=1 cargo test` and read the diff"))
}

#[test]
fn every_file_is_registered() {
    let list = Command::new(env!("CARGO_BIN_EXE_mqlab"))
        .arg("list")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the binary was built for this test");
    let list = String::from_utf8(list.stdout).expect("output is UTF-8");
    let names: BTreeSet<String> = list
        .lines()
        .filter(|line| !line.starts_with(' '))
        .filter_map(|line| Some(line.split_whitespace().next()?.to_owned()))
        .collect();
    assert!(!names.is_empty());
    assert_eq!(names, shipped(), "src/cli/shipped.rs lists what is in scenarios/");
}

#[test]
fn every_golden_has_its_scenario() {
    // While they are being written they cannot be counted.
    if std::env::var_os("UPDATE_GOLDENS").is_none() {
        assert_eq!(stems(&goldens(), "json"), shipped());
    }
}

#[test]
fn every_scenario_reads_without_warnings_and_says_what_it_is_about() {
    for name in shipped() {
        let checked = read_with(&name, &text_of(&name), &[]);
        let warnings = render_all(&checked.warnings, Paint::Plain);
        // One is about what it is warned of.
        if name == "more_consumers_than_partitions" {
            assert!(warnings.starts_with("warning[idle-members]"), "{warnings}");
        } else {
            assert_eq!(warnings, "", "{name}");
        }
        assert!(checked.scenario.about.is_some(), "{name} has no `about:`");
        assert!(checked.scenario.expect.len() >= 3, "{name} expects too little");
    }
}

#[test]
fn every_scenario_holds_and_equals_its_golden() {
    let mut changed = Vec::new();
    for name in shipped() {
        let summary = run_with(&name, &[]);
        assert_eq!(summary.verdict, Verdict::Held, "{name}: {:#?}", summary.expectations);
        // A grid may hold settings under which nothing ever drains.
        if shipped_scenario(&name).until == Until::Drained {
            assert_eq!(summary.outcomes.unfinished, 0, "{name} drains");
        }
        for (fault, count) in &summary.faults {
            assert!(count.fired > 0, "{name}: the fault `{fault}` never fired");
        }
        let golden = goldens().join(format!("{name}.json"));
        changed.extend(compare(&name, &golden, &kept(&summary)).err());
    }
    assert!(changed.is_empty(), "{}", changed.join("\n"));
}

/// What variants expect, of the scenarios about leases and locks.
#[test]
fn the_variants_of_locks_hold_too() {
    for name in ["lease_unchecked_release", "paused_lease_owner", "ticket_rush", "ticket_rush_spread"] {
        for variant in read_with(name, &text_of(name), &[]).scenario.variants {
            let summary = simulation::run(&variant.scenario, &mut |_| {});
            let summary = summary.unwrap_or_else(|error| panic!("{}", error.message));
            let what = (name, &variant.name, &summary.expectations);
            assert_eq!(summary.verdict, Verdict::Held, "{what:#?}");
        }
    }
}

/// The pictures that README shows are drawn by what is shipped.
#[test]
fn the_gallery_shows_what_is_drawn_today() {
    for (name, chart) in [("burst", "peak_shaving"), ("lost_ack", "latency_tail")] {
        let summary = run_with(name, &[]);
        let charts = draw_all(&summary);
        let drawn = charts.iter().find(|drawn| drawn.name == chart).expect("it is drawn");
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("reports/gallery/{name}-{chart}.svg"));
        compare(name, &kept, &svg(&drawn.scene)).unwrap_or_else(|change| panic!("{change}"));
    }
}

#[test]
fn what_a_report_keeps_of_a_scenario_runs_to_the_same_numbers() {
    for name in shipped() {
        let checked = read_with(&name, &text_of(&name), &[]);
        let written = to_yaml(&checked.scenario);
        let again = read_with(&name, &written, &[]);
        let (first, second) = (run(&checked), run(&again));
        assert_eq!(first.trace_hash, second.trace_hash, "{name}");
        assert_eq!(summary_json(&first), summary_json(&second), "{name}");
        assert_eq!(to_yaml(&again.scenario), written, "{name}");
    }
}

/// The `PATH=VALUE` of every `--set` in a text.
fn suggestions(about: &str) -> Vec<(&str, &str)> {
    let after = about.split("--set ").skip(1);
    after.filter_map(|rest| rest.split(['`', ' ']).next()?.split_once('=')).collect()
}

#[test]
fn what_an_about_suggests_can_be_tried() {
    let mut tried = 0;
    for name in shipped() {
        let text = text_of(&name);
        let about = read_with(&name, &text, &[]).scenario.about.unwrap_or_default();
        for suggestion in suggestions(&about) {
            read_with(&name, &text, &[suggestion]);
            tried += 1;
        }
    }
    assert!(tried >= 6, "only {tried} suggestions were found");
}

#[test]
fn every_lost_ack_is_one_duplicate() {
    let summary = run_with("lost_ack", &[]);
    let lost = fired(&summary, "lose-ack");
    let ledger = &summary.ledger;
    assert_eq!(ledger.ack_timeouts, lost);
    assert_eq!(ledger.redeliveries, lost);
    assert_eq!(ledger.duplicate_executions, lost);
    assert_eq!(ledger.acks_sent, ledger.acks_received + lost);
}

#[test]
fn every_cut_repeats_the_finished_message_and_returns_its_neighbours() {
    let summary = run_with("lost_ack_rabbitmq", &[]);
    let ledger = &summary.ledger;
    assert_eq!(ledger.duplicate_executions, fired(&summary, "cut-before-ack"));
    assert!(2 * ledger.redeliveries > 3 * ledger.duplicate_executions);
    let alone = run_with("lost_ack_rabbitmq", &[("consumers.billing.prefetch", "1")]);
    assert_eq!(alone.ledger.redeliveries, alone.ledger.duplicate_executions);
}

#[test]
fn a_longer_timeout_mends_the_slow_handler_and_prefetch_makes_it_worse() {
    let as_shipped = run_with("slow_handler", &[]).ledger;
    assert_eq!(as_shipped.ack_timeouts, as_shipped.duplicate_executions);
    let patient = run_with("slow_handler", &[("queues.payments.ack_timeout", "60s")]).ledger;
    assert_eq!((patient.duplicate_executions, patient.late_acks), (0, 0));
    let greedy = run_with("slow_handler", &[("consumers.billing.prefetch", "10")]).ledger;
    assert!(greedy.duplicate_executions > 5 * as_shipped.duplicate_executions);
}

#[test]
fn the_place_of_the_ack_decides_between_duplicates_and_losses() {
    let after = run_with("crash_before_ack", &[]);
    let crashes = fired(&after, "a-worker-dies");
    assert_eq!((after.ledger.duplicate_effects, after.outcomes.lost), (crashes, 0));
    assert_eq!(after.ledger.redeliveries, crashes);
    let ack_first = [("consumers.billing.ack", "before-handling"), ("faults.0.crash.when", "worked")];
    let before = run_with("crash_before_ack", &ack_first);
    let crashes = fired(&before, "a-worker-dies");
    assert_eq!((before.ledger.duplicate_effects, before.outcomes.lost), (0, crashes));
}

#[test]
fn a_dying_consumer_returns_its_whole_window() {
    for window in ["1", "10", "50"] {
        let ledger = run_with("prefetch_and_crash", &[("consumers.sender.prefetch", window)]).ledger;
        assert_eq!(ledger.redeliveries.to_string(), window);
        assert_eq!(ledger.duplicate_executions, 0);
    }
}

#[test]
fn the_dead_letter_queue_holds_the_poison_and_nothing_else() {
    let summary = run_with("poison", &[]);
    let (ledger, outcomes) = (&summary.ledger, &summary.outcomes);
    assert_eq!(fired(&summary, "poison"), 5 * ledger.dead_lettered);
    assert_eq!(ledger.duplicate_executions, 4 * ledger.dead_lettered);
    assert_eq!(outcomes.done + outcomes.dead_lettered, ledger.published);
    assert_eq!(ledger.effects, outcomes.done);
}

#[test]
fn the_broker_refuses_as_many_copies_as_it_would_have_stored_twice() {
    let forgetful = run_with("publisher_retries", &[]);
    let lost = fired(&forgetful, "lose-confirm");
    assert_eq!(forgetful.ledger.stored_duplicates, lost);
    assert_eq!(forgetful.ledger.duplicate_executions, lost);
    let mindful = run_with("publisher_retries_dedup", &[]);
    assert_eq!(fired(&mindful, "lose-publish"), fired(&forgetful, "lose-publish"));
    assert_eq!((mindful.ledger.deduplicated, mindful.ledger.stored_duplicates), (lost, 0));
    for forgets in
        [("queues.orders.dedup_window", "500ms"), ("producers.shop.do.0.publish.confirm.id", "new")]
    {
        let ledger = run_with("publisher_retries_dedup", &[forgets]).ledger;
        assert_eq!((ledger.deduplicated, ledger.stored_duplicates), (0, lost), "{forgets:?}");
    }
}

#[test]
fn nobody_is_turned_away_in_a_burst_until_the_queue_has_an_end() {
    let patient = run_with("burst", &[]);
    assert_eq!(patient.outcomes.done, patient.ledger.published);
    let bounded = run_with("burst", &[("queues.orders.max_length", "5_000")]);
    assert!(bounded.outcomes.dropped > 9_000, "refused without a confirm: nobody was told");
    assert_eq!(bounded.outcomes.done + bounded.outcomes.dropped, bounded.ledger.published);
}
