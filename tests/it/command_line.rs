//! The command as a shell sees it: what goes where, and with which exit code.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const GOOD: &str = "\
scenario: Two hundred messages
run_for: 2s
producers: {p: {arrivals: {poisson: 100/s}, do: [publish: {to: orders}]}}
queues: {orders: {}}
consumers: {c: {from: orders, do: [work: 5ms]}}
";

pub(crate) fn mqlab(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary was built for this test")
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mqlab"));
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR")).env_remove("CLICOLOR_FORCE");
    command
}

pub(crate) fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("the tests' own folder is writable");
    path
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

#[test]
fn a_scenario_that_can_run_passes_the_check() {
    let path = file("good.yaml", GOOD);
    let output = mqlab(&["check", &path.to_string_lossy()]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()));
}

#[test]
fn a_wrong_scenario_is_shown_in_place_and_exits_with_2() {
    file("wrong.yaml", &GOOD.replace("from: orders", "from: order"));
    let output = mqlab(&["run", "wrong.yaml"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), String::new()));
    let complaint = text(&output.stderr);
    assert!(
        complaint.contains("wrong.yaml:5:") && complaint.contains("did you mean `orders`?"),
        "{complaint}"
    );
    assert!(!complaint.contains('\u{1b}'), "colour off a terminal");
}

#[test]
fn a_missing_file_and_a_wrong_command_line_exit_with_2() {
    let missing = mqlab(&["check", "no-such-file.yaml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("cannot read `no-such-file.yaml`"));
    for wrong in
        [&["run"][..], &["fly"], &["run", "a.yaml", "--set", "nothing"], &["run", "a.yaml", "--seed", "x"]]
    {
        assert_eq!(mqlab(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn of_several_files_the_worst_counts() {
    let path = file("also-good.yaml", GOOD);
    let output = mqlab(&["check", &path.to_string_lossy(), "no-such-file.yaml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("can run"), "the good one is still checked");
}

#[test]
fn a_reader_that_goes_away_is_no_mistake() {
    let mut child = command(&["profiles"]).stdout(Stdio::piped()).spawn().expect("the binary was built");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn every_diagnostic_can_be_explained() {
    let all = text(&mqlab(&["explain"]).stdout);
    assert!(all.lines().count() > 10);
    for line in all.lines() {
        let id = line.split_whitespace().next().expect("a line begins with an id");
        let output = mqlab(&["explain", id]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).starts_with(id));
    }
    let unknown = mqlab(&["explain", "duplicate-kee"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("did you mean `duplicate-key`?"));
}

#[test]
fn variants_are_compared_from_the_command_line() {
    file("varied.yaml", GOOD);
    let compare = |arguments: &[&str]| {
        mqlab(&[&["compare", "varied.yaml", "--out", "varied-report", "--jobs", "2"], arguments].concat())
    };
    let nothing = compare(&[]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing.stderr).contains("nothing to compare"));
    let output = compare(&["--vary", "consumers.c.instances=1,4", "--seeds", "3..8", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    let written = |name: &str| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("varied-report").join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    assert_eq!(printed, written("summary.json"));
    assert!(printed.contains("\"instances=4\"") && printed.contains("\"seeds\": \"3..8\""));
    // The scenario as it ran gives the same again.
    file("varied-again.yaml", &written("scenario.yaml"));
    let again = mqlab(&["compare", "varied-again.yaml", "--out", "varied-again", "--format", "json"]);
    assert_eq!(text(&again.stdout), printed);
    let wrong = compare(&["--vary", "consumers.d.instances=1,4"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(text(&wrong.stderr).contains("the scenario defines no `d`"), "{}", text(&wrong.stderr));
}

#[test]
fn several_seeds_are_judged_together() {
    file("seeds.yaml", &format!("{GOOD}expect: {{lost: 0, end_to_end.p99: < 0.1ms}}\n"));
    let output = mqlab(&["run", "seeds.yaml", "--seeds", "1..5", "--out", "seeds-report"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("seeds 1..5 (5 runs)") && said.contains("seed 1 is the first to break"), "{said}");
    let backwards = mqlab(&["run", "seeds.yaml", "--seeds", "5..1"]);
    assert_eq!(backwards.status.code(), Some(2));
}

#[test]
fn reference_commands_print_data() {
    for arguments in
        [&["list"][..], &["profiles"], &["completions", "bash"], &["completions", "zsh"], &["--help"]]
    {
        let output = mqlab(arguments);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
    let profiles = text(&mqlab(&["profiles"]).stdout);
    assert!(["rabbitmq-", "quorum", "jetstream"].iter().all(|name| profiles.contains(name)));
    assert!(profiles.lines().all(|line| line.chars().count() <= 80), "{profiles}");
    let page = text(&mqlab(&["profiles", "sqs-fifo"]).stdout);
    assert!(page.contains("one-per-key") && page.contains("SQS developer guide"));
    assert_eq!(mqlab(&["profiles", "activemq"]).status.code(), Some(2));
}

/// Advice reads the file a second time, with a grid; what was said before is not said again.
#[test]
fn warnings_of_a_file_with_advice_are_told_once() {
    let advised = GOOD.replace("queues: {orders: {}}", "queues: {orders: {}, nobody: {}}")
        + "expect: {lost: 0}\n\
           advise: {consumer: c, instances: [1], prefetch: [1, 2], ack_timeout: [1s]}\nruns: 2\n";
    file("advised.yaml", &advised);
    let output = mqlab(&["sweep", "advised.yaml", "--out", "advised"]);
    let told = text(&output.stderr);
    assert_eq!((output.status.code(), told.matches("warning[").count()), (Some(0), 1), "{told}");
}

#[test]
fn what_is_wrong_is_named_after_the_option_that_says_so() {
    file("options.yaml", GOOD);
    let cases = [
        (["--vary", "consumers.c.prefetch=1,0"], "--vary:1:", "consumers.c.prefetch=[1, 0]"),
        (["--vary", "consumers.d.prefetch=1,2"], "--vary:1:11", "consumers.d.prefetch=[1, 2]"),
        (["--set", "consumers.c.prefetch=0"], "--set:1:22", "consumers.c.prefetch=0"),
    ];
    for (option, place, shown) in cases {
        let output = mqlab(&[&["sweep", "options.yaml"], &option[..]].concat());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(place) && told.contains(shown), "{told}");
    }
}
