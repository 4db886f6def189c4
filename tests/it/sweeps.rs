//! Grids of settings: which cells a sweep has, what it keeps, and that shards, jobs and interruptions change nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use mqlab::report::experiment::record::{Heading, Line};
use mqlab::scenario::model::Axis;
use mqlab::scenario::to_yaml;
use serde_json::Value;

use crate::laboratory::{scenario, try_scenario};

const GRID: &str = "\
scenario: Grid
run_for: 3s
queues: {orders: {ack_timeout: 1s}}
producers:
  buyers: {arrivals: {poisson: 50/s}, do: [publish: orders]}
consumers:
  booking: {instances: 2, from: orders, do: [work: {exponential: 10ms}]}
faults:
  - crash: {target: booking, when: before-ack, probability: 2%, restart_after: 200ms}
expect:
  end_to_end.p99: < 2s
sweep:
  consumers.booking.prefetch: [1, 10]
  speed:
    slow: {'consumers.booking.do.0.work': {exponential: 30ms}}
    fast: {}
  producers.buyers.arrivals.poisson: [20/s, 50/s]
runs: 4
";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sweeps").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    fs::write(folder.join("grid.yaml"), GRID).expect("the file can be written");
    folder
}

fn mqlab(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqlab"));
    command.current_dir(folder).args(arguments).output().expect("mqlab runs")
}

fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = mqlab(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

/// Every file below a folder with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in fs::read_dir(next).expect("it is a folder").flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("it is below").to_owned();
                found.insert(name, fs::read(&path).expect("it can be read"));
            }
        }
    }
    found
}

#[test]
fn every_combination_is_a_cell_and_the_last_axis_changes_fastest() {
    let sweep = scenario(GRID).sweep;
    let names: Vec<&str> = sweep.cells.iter().map(|cell| cell.name.as_str()).collect();
    assert_eq!(names.len(), 8);
    assert_eq!(names[0], "prefetch=1, speed=slow, poisson=20/s");
    assert_eq!(names[1], "prefetch=1, speed=slow, poisson=50/s");
    assert_eq!(names[7], "prefetch=10, speed=fast, poisson=50/s");
    let prefetches: Vec<_> = sweep.cells.iter().map(|cell| cell.scenario.consumers[0].prefetch).collect();
    assert_eq!(prefetches[..4], [Some(1); 4]);
    assert_eq!(prefetches[4..], [Some(10); 4]);
    assert_ne!(sweep.cells[1].scenario.consumers[0].steps, sweep.cells[3].scenario.consumers[0].steps);
    assert_eq!(sweep.axes[2].numbers(), Some((vec![20.0, 50.0], "/s")));
    assert_eq!(sweep.axes[1].numbers(), None);
}

/// The written form has a list of phases where this file has one map: paths lead through both.
#[test]
fn what_is_written_sweeps_the_same() {
    let before = scenario(GRID);
    let after = scenario(&to_yaml(&before));
    assert_eq!(before.sweep.cells, after.sweep.cells);
    let names = |axes: &[Axis]| -> Vec<String> { axes.iter().map(|axis| axis.name.clone()).collect() };
    assert_eq!(names(&before.sweep.axes), names(&after.sweep.axes));
    assert_eq!(to_yaml(&before), to_yaml(&after));
}

/// Both axes set when the run ends, and the later one wins: neither has its own part of the cells' differences, so the
/// file's own settings are written.
#[test]
fn settings_of_two_axes_on_the_same_place_are_written_as_given() {
    let both = "  early:\n    ten: {run_for: 10s}\n    as it is: {}\n  late:\n    twenty: {run_for: 20s}\n    as it was: {}\nruns: 4\n";
    let before =
        scenario(&format!("{}sweep:\n{both}", GRID.split("sweep:").next().expect("there is a file before")));
    let ends: Vec<f64> = before.sweep.cells.iter().map(|cell| cell.scenario.run_for.as_seconds()).collect();
    assert_eq!(ends, [20.0, 10.0, 20.0, 3.0]);
    let after = scenario(&to_yaml(&before));
    assert_eq!(before.sweep, after.sweep);
}

#[test]
fn mistakes_in_a_sweep_are_shown_in_place() {
    let wrong = |sweep: &str| try_scenario(&GRID.replace("  consumers.booking.prefetch: [1, 10]\n", sweep));
    let cases = [
        ("  consumers.booking.prefetch: 5\n", "a list of values, or a map from names to overrides"),
        ("  consumers.booking.prefetch: []\n", "goes through no values"),
        ("  consumers.booking.prefetch: [1, 1]\n", "stands twice"),
        ("  consumers.booking.prefetch: [1, 0]\n", "out-of-range"),
        ("  consumers.bookin.prefetch: [1]\n", "did you mean `booking`?"),
        ("  seed: [1, 2]\n", "it is the same for the whole file"),
        ("  how: {one: 5}\n", "values, as in"),
    ];
    for (sweep, complaint) in cases {
        let found = wrong(sweep).expect_err(sweep);
        assert!(found.contains(complaint), "{sweep}{found}");
        assert_eq!(found.matches("error[").count(), 1, "one mistake is told once: {found}");
    }
    let long: Vec<String> = (1..=120).map(|value| value.to_string()).collect();
    let long = long.join(", ");
    let huge = format!("  consumers.booking.prefetch: [{long}]\n  consumers.booking.instances: [{long}]\n");
    assert!(wrong(&huge).expect_err("57 600 cells").contains("at most 10000"));
}

#[test]
fn a_sweep_reports_every_cell_with_its_settings() {
    let folder = folder("json");
    let printed = succeeds(&folder, &["sweep", "grid.yaml", "--out", "out", "--format", "json"]);
    assert_eq!(printed, fs::read_to_string(folder.join("out/summary.json")).expect("it is written"));
    let summary: Value = serde_json::from_str(&printed).expect("it is JSON");
    let cells = summary["cells"].as_object().expect("cells by name");
    assert_eq!(cells.len(), 8);
    let cell = &cells["prefetch=10, speed=slow, poisson=50/s"];
    assert_eq!(cell["cell"]["consumers.booking.prefetch"], 10);
    assert_eq!(cell["cell"]["speed"], "slow");
    assert_eq!(cell["cell"]["producers.buyers.arrivals.poisson"], "50/s");
    assert!(cell["ledger"]["published"]["mean"].as_f64().is_some_and(|mean| (120.0..180.0).contains(&mean)));
    let front = summary["front"]["cells"].as_array().expect("a front");
    assert!(!front.is_empty() && front.len() < 8);
    assert!(!folder.join("out/runs.partial").exists(), "what is done needs no journal");
    let rows = fs::read_to_string(folder.join("out/runs.csv")).expect("it is written");
    assert_eq!(rows.lines().count(), 1 + 8 * 4);
}

#[test]
fn neither_jobs_nor_shards_change_a_byte() {
    let folder = folder("shards");
    let whole = succeeds(&folder, &["sweep", "grid.yaml", "--out", "one", "--jobs", "1"]);
    succeeds(&folder, &["sweep", "grid.yaml", "--out", "two", "--jobs", "2"]);
    for index in 1..=3 {
        let (shard, file) = (format!("{index}/3"), format!("part-{index}.jsonl"));
        let jobs = index.to_string();
        succeeds(&folder, &["sweep", "grid.yaml", "--shard", &shard, "--jobs", &jobs, "--out", &file]);
    }
    let parts = ["part-3.jsonl", "part-1.jsonl", "part-2.jsonl"];
    let merged = succeeds(&folder, &[&["merge", "--out", "merged"], &parts[..]].concat());
    assert_eq!(whole.replace("one/", "merged/"), merged);
    let one = files(&folder.join("one"));
    assert!(one.len() > 6, "{:?}", one.keys());
    assert_eq!(one, files(&folder.join("two")));
    assert_eq!(one, files(&folder.join("merged")));
}

#[test]
fn precision_is_reached_cell_by_cell_in_shards_too() {
    let folder = folder("precision");
    let until = "runs={until: {of: throughput.completed, within: 5%}}";
    succeeds(&folder, &["sweep", "grid.yaml", "--set", until, "--out", "one"]);
    for shard in ["1/2", "2/2"] {
        let file = format!("part-{}.jsonl", &shard[..1]);
        succeeds(&folder, &["sweep", "grid.yaml", "--set", until, "--shard", shard, "--out", &file]);
    }
    succeeds(&folder, &["merge", "part-1.jsonl", "part-2.jsonl", "--out", "merged"]);
    assert_eq!(files(&folder.join("one")), files(&folder.join("merged")));
}

/// One cell is drawn like a run: its first seed's course.
#[test]
fn a_single_cell_has_the_charts_of_its_first_run() {
    let folder = folder("single");
    let one = GRID.split("sweep:").next().expect("there is something before it");
    let one = format!("{one}sweep: {{consumers.booking.prefetch: [10]}}\nruns: 3\n");
    fs::write(folder.join("one.yaml"), one).expect("the file can be written");
    succeeds(&folder, &["sweep", "one.yaml", "--out", "one"]);
    succeeds(&folder, &["run", "one.yaml", "--seeds", "1..3", "--out", "run"]);
    succeeds(&folder, &["sweep", "one.yaml", "--shard", "1/1", "--out", "part.jsonl"]);
    succeeds(&folder, &["merge", "part.jsonl", "--out", "merged"]);
    let charts = |of: &str| files(&folder.join(of).join("charts"));
    assert!(
        charts("one").keys().any(|name| name.ends_with("peak_shaving.svg")),
        "{:?}",
        charts("one").keys()
    );
    assert_eq!(charts("one"), charts("run"));
    assert_eq!(files(&folder.join("one")), files(&folder.join("merged")));
}

/// What a kill leaves is a journal that ends anywhere, even within a line.
#[test]
fn a_killed_sweep_goes_on_where_it_was() {
    let folder = folder("killed");
    succeeds(&folder, &["sweep", "grid.yaml", "--out", "whole"]);
    succeeds(&folder, &["sweep", "grid.yaml", "--shard", "1/1", "--out", "all.jsonl"]);
    let journal = fs::read_to_string(folder.join("all.jsonl")).expect("it is written");
    let lines = journal.lines().count();
    assert_eq!(lines, 1 + 8 * 4);
    fs::create_dir_all(folder.join("again")).expect("the folder can be made");
    fs::write(folder.join("again/runs.partial"), &journal[..journal.len() / 2]).expect("it can be written");
    let output = mqlab(&folder, &["sweep", "grid.yaml", "--out", "again"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let kept = journal[..journal.len() / 2].lines().count() - 2;
    assert!(told.contains(&format!("going on with {kept} runs")), "{told}");
    assert_eq!(files(&folder.join("whole")), files(&folder.join("again")));
}

/// Ctrl-C while the cells run for the first time: those that have run are reported, the others named, and the same
/// command ends where an uninterrupted one does.
#[cfg(unix)]
#[test]
fn an_interrupted_sweep_reports_the_cells_that_have_run() {
    let folder = folder("interrupted");
    // Thirty-two cells of which each takes a while, in a build of any speed.
    let long = GRID.replace("run_for: 3s", "run_for: 100s").replace("[1, 10]", "[1, 2, 3, 5, 7, 10, 14, 20]");
    fs::write(folder.join("long.yaml"), long).expect("the file can be written");
    let arguments = ["sweep", "long.yaml", "--runs", "1", "--jobs", "1"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqlab"));
    command.current_dir(&folder).args(arguments).args(["--out", "out", "--format", "json"]);
    let running = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("mqlab runs");
    let kept = || fs::read_to_string(folder.join("out/runs.partial")).map_or(0, |text| text.lines().count());
    while kept() < 3 {
        std::thread::yield_now();
    }
    let pid = running.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().expect("it is sent").success());
    let output = running.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("stopped before every cell had run once"), "{told}");
    let summary: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let cells = summary["cells"].as_object().expect("cells by name");
    assert!((2..32).contains(&cells.len()) && summary["partial"] == true, "{}", cells.len());
    for (name, cell) in cells {
        let prefetch = cell["cell"]["consumers.booking.prefetch"].to_string();
        assert!(name.starts_with(&format!("prefetch={prefetch}, ")), "{name} has a prefetch of {prefetch}");
    }
    let page = fs::read_to_string(folder.join("out/index.html")).expect("it is written");
    assert!(page.contains(&format!("{} of 32 cells have no run yet", 32 - cells.len())));
    succeeds(&folder, &[&arguments[..], &["--out", "out"]].concat());
    succeeds(&folder, &[&arguments[..], &["--out", "whole"]].concat());
    assert_eq!(files(&folder.join("out")), files(&folder.join("whole")));
}

/// A kept run is believed: an altered one shows in the result, so it was not made again.
#[test]
fn what_was_kept_is_not_run_again() {
    let folder = folder("kept");
    succeeds(&folder, &["sweep", "grid.yaml", "--shard", "1/1", "--out", "all.jsonl"]);
    let journal = fs::read_to_string(folder.join("all.jsonl")).expect("it is written");
    let mut lines: Vec<String> = journal.lines().map(str::to_owned).collect();
    let Some(Line::Later(cell, mut run)) = Line::read(&lines[2]) else {
        panic!("the third line is a later run")
    };
    run.numbers[0] = Some(123_456.0);
    lines[2] = Line::write_later(cell, &run);
    fs::create_dir_all(folder.join("out")).expect("the folder can be made");
    fs::write(folder.join("out/runs.partial"), lines.join("\n") + "\n").expect("it can be written");
    succeeds(&folder, &["sweep", "grid.yaml", "--out", "out"]);
    let rows = fs::read_to_string(folder.join("out/runs.csv")).expect("it is written");
    assert!(rows.contains(",123456,"), "{rows}");
}

#[test]
fn lines_give_back_the_very_numbers() {
    let folder = folder("lines");
    succeeds(&folder, &["sweep", "grid.yaml", "--shard", "2/3", "--out", "part.jsonl"]);
    let text = fs::read_to_string(folder.join("part.jsonl")).expect("it is written");
    let mut lines = text.lines();
    let first = lines.next().expect("there is a heading");
    assert_eq!(Heading::read(first).expect("it is a heading").write(), first);
    for line in lines {
        let again = match Line::read(line).expect("it is a run") {
            Line::First(cell, outline) => Line::write_first(cell, &outline),
            Line::Later(cell, run) => Line::write_later(cell, &run),
        };
        assert_eq!(again, line);
    }
}

#[test]
fn shards_that_are_there_are_not_run_again_and_others_not_overwritten() {
    let folder = folder("there");
    let shard = ["sweep", "grid.yaml", "--shard", "1/2", "--out", "part.jsonl"];
    succeeds(&folder, &shard);
    let output = mqlab(&folder, &shard);
    assert!(String::from_utf8_lossy(&output.stderr).contains("`part.jsonl` is there already"));
    let output = mqlab(&folder, &["sweep", "grid.yaml", "--shard", "2/2", "--out", "part.jsonl"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds something else"));
}

#[test]
fn merging_refuses_gaps_doubles_and_mixed_sweeps() {
    let folder = folder("refused");
    for (index, set) in [("1", "seed=1"), ("2", "seed=1"), ("3", "seed=1"), ("2", "seed=2")] {
        let (shard, file) = (format!("{index}/3"), format!("{set}-{index}.jsonl").replace('=', ""));
        succeeds(&folder, &["sweep", "grid.yaml", "--set", set, "--shard", &shard, "--out", &file]);
    }
    let whole = fs::read_to_string(folder.join("seed1-3.jsonl")).expect("it is written");
    fs::write(folder.join("cut.jsonl"), &whole[..whole.len() - 40]).expect("it can be written");
    let altered = whole.replacen("50/s", "51/s", 1);
    fs::write(folder.join("altered.jsonl"), altered).expect("it can be written");
    let fewer: Vec<&str> = whole.lines().collect();
    fs::write(folder.join("fewer.jsonl"), fewer[..fewer.len() - 1].join("\n") + "\n")
        .expect("it can be written");
    let cases: [(&[&str], &str); 8] = [
        (&["seed1-1.jsonl", "seed1-3.jsonl"], "of 3 shards these are missing: 2"),
        (&["seed1-1.jsonl", "seed1-1.jsonl"], "are both shard 1/3"),
        (&["seed1-1.jsonl", "seed2-2.jsonl", "seed1-3.jsonl"], "are of different sweeps"),
        (&["seed1-1.jsonl", "seed1-2.jsonl", "cut.jsonl"], "a line is damaged"),
        (&["altered.jsonl", "seed1-1.jsonl", "seed1-2.jsonl"], "not the one that they ran"),
        (&["seed1-1.jsonl", "seed1-2.jsonl", "fewer.jsonl"], "is not whole"),
        (&["grid.yaml"], "this is no shard of a sweep"),
        (&["nowhere.jsonl"], "nowhere.jsonl"),
    ];
    for (files, complaint) in cases {
        let output = mqlab(&folder, &[&["merge", "--out", "merged"], files].concat());
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{files:?}: {told}");
        assert!(told.contains(complaint), "{files:?}: {told}");
    }
    assert!(!folder.join("merged").exists(), "nothing is written");
}

/// The array's tasks are run by hand, one after the other, as Slurm would on as many machines.
#[cfg(unix)]
#[test]
fn the_batch_file_runs_every_shard() {
    let folder = folder("slurm");
    let told = succeeds(&folder, &["sweep", "grid.yaml", "--runs", "3", "--slurm", "2"]);
    assert_eq!(told, "sbatch grid-sweep.sbatch\nmqlab merge grid-shard-*.jsonl\n");
    let binary = Path::new(env!("CARGO_BIN_EXE_mqlab")).parent().expect("it lies in a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    for task in ["1", "2"] {
        let mut command = Command::new("sh");
        command.current_dir(&folder).arg("grid-sweep.sbatch");
        let done = command.env("PATH", &path).env("SLURM_ARRAY_TASK_ID", task).output().expect("sh runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    succeeds(&folder, &["merge", "grid-shard-1.jsonl", "grid-shard-2.jsonl", "--out", "merged"]);
    succeeds(&folder, &["sweep", "grid.yaml", "--runs", "3", "--out", "one"]);
    assert_eq!(files(&folder.join("one")), files(&folder.join("merged")));
}

/// Skipped, and says so, where GNU parallel is not installed.
#[cfg(unix)]
#[test]
fn gnu_parallel_runs_the_shards() {
    let version = Command::new("parallel").arg("--version").output();
    if !version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).starts_with("GNU parallel")) {
        eprintln!("skipped: GNU parallel is not installed");
        return;
    }
    let folder = folder("parallel");
    let call =
        format!("{} sweep grid.yaml --shard {{}}/3 --out part-{{}}.jsonl", env!("CARGO_BIN_EXE_mqlab"));
    let mut command = Command::new("parallel");
    let done = command.current_dir(&folder).args([&call, ":::", "1", "2", "3"]).output().expect("it runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    succeeds(&folder, &["merge", "part-1.jsonl", "part-2.jsonl", "part-3.jsonl", "--out", "merged"]);
    succeeds(&folder, &["sweep", "grid.yaml", "--out", "one"]);
    assert_eq!(files(&folder.join("one")), files(&folder.join("merged")));
}

#[test]
fn the_front_weighs_what_it_is_asked_to() {
    let folder = folder("front");
    let asked = "throughput.completed,end_to_end.p50";
    let printed =
        succeeds(&folder, &["sweep", "grid.yaml", "--pareto", asked, "--out", "out", "--format", "json"]);
    let summary: Value = serde_json::from_str(&printed).expect("it is JSON");
    let metrics = &summary["front"]["metrics"];
    assert_eq!(*metrics, serde_json::json!(["throughput.completed", "latency_ms.end_to_end.p50"]));
    for (asked, complaint) in
        [("lost", "at least two"), ("lost,lost", "twice"), ("lost,speed", "no number `speed`")]
    {
        let output = mqlab(&folder, &["sweep", "grid.yaml", "--pareto", asked]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(complaint), "{asked}");
    }
}
