//! `--junit` as CI sees it: one file, whatever happens, and the exit codes of before.

use std::fs;
use std::path::{Path, PathBuf};

use roxmltree::{Document, Node};
use serde_json::Value;

use crate::command_line::{file, mqlab, text};

/// Everything in a name that XML minds, a bell that it cannot hold, and Chinese.
const SHOP: &str = r#"
scenario: "Tickets <&\"'> 两百张 ]]> \a"
run_for: 2s
producers: {p: {arrivals: {poisson: 100/s}, do: [publish: {to: orders}]}}
queues: {orders: {}}
consumers: {c: {from: orders, do: [work: 5ms]}}
faults: [crash: {name: too-late, target: c, after: 1h}]
"#;
const SHOWN: &str = "Tickets <&\"'> 两百张 ]]> \u{fffd}";

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn written(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn all<'a>(document: &'a Document<'_>, tag: &'static str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.has_tag_name(tag)).collect()
}

fn attribute<'a>(node: &Node<'a, '_>, name: &str) -> &'a str {
    node.attribute(name).unwrap_or_else(|| panic!("`{name}` is missing"))
}

fn property<'a>(suite: &Node<'a, '_>, name: &str) -> &'a str {
    let found = suite.descendants().find(|node| node.attribute("name") == Some(name));
    found.map_or_else(|| panic!("`{name}` is no property"), |node| attribute(&node, "value"))
}

/// A run with these expectations ends with `code`, with the option and without it.
fn run(stem: &str, expect: &str, code: i32) -> String {
    let (scenario, xml) = (format!("{stem}.yaml"), format!("{stem}.xml"));
    file(&scenario, &format!("{SHOP}expect: {{{expect}}}\n"));
    let plain = ["run", &scenario, "--quiet", "--out", stem];
    let output = mqlab(&plain);
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
    let told = mqlab(&[&plain[..], &["--junit", &xml]].concat());
    assert_eq!((told.status.code(), told.stdout), (Some(code), output.stdout));
    written(&xml)
}

#[test]
fn every_expectation_is_a_case() {
    let broken = run("junit-broken", "lost: 0, end_to_end.p99: < 1ms, faults.too-late.fired: > 0", 1);
    let document = Document::parse(&broken).unwrap_or_else(|error| panic!("{error}\n{broken}"));
    let suites = all(&document, "testsuite");
    assert_eq!(suites.len(), 1);
    assert_eq!(attribute(&suites[0], "name"), SHOWN);
    let summary: Value = serde_json::from_str(&written("junit-broken/summary.json")).expect("it is JSON");
    assert_eq!(property(&suites[0], "trace_hash"), summary["trace_hash"]);
    assert_eq!(
        (property(&suites[0], "seeds"), property(&suites[0], "version")),
        ("1", env!("CARGO_PKG_VERSION"))
    );
    let cases = all(&document, "testcase");
    let names: Vec<&str> = cases.iter().map(|case| attribute(case, "name")).collect();
    assert_eq!(names, ["lost == 0", "end_to_end.p99 < 1 ms", "faults.too-late.fired > 0"]);
    assert!(cases[0].first_element_child().is_none(), "what held says nothing");
    let [failure] = all(&document, "failure")[..] else { panic!("one is broken: {broken}") };
    assert!(attribute(&failure, "message").starts_with("end_to_end.p99 is "), "{broken}");
    assert!(attribute(&failure, "message").ends_with(" ms, expected < 1 ms"), "{broken}");
    let details = failure.text().expect("it has details");
    assert!(details.ends_with("run it again: mqlab run junit-broken.yaml --seed 1"), "{details}");
}

/// What cannot be said does not pass: it exits with 3, and is an error.
#[test]
fn what_cannot_be_said_is_an_error() {
    let unknown = run("junit-unknown", "lost: 0, faults.too-late.fired: > 0", 3);
    let document = Document::parse(&unknown).expect("it is XML");
    let [error] = all(&document, "error")[..] else { panic!("one is unknown: {unknown}") };
    assert_eq!(attribute(&error, "message"), "the fault `too-late` never fired");
    let root = document.root_element();
    let counts = ["tests", "failures", "errors", "skipped"].map(|name| attribute(&root, name));
    assert_eq!(counts, ["2", "0", "1", "0"]);
    let held = run("junit-held", "lost: 0", 0);
    assert!(!held.contains("<error") && !held.contains("<failure"), "{held}");
}

#[test]
fn several_files_make_one_and_none_is_passed_over() {
    file("junit-a.yaml", &format!("{SHOP}expect: {{lost: 0}}\n"));
    file("junit-b.yaml", &SHOP.replace("from: orders", "from: order"));
    let arguments =
        ["run", "junit-a.yaml", "junit-b.yaml", "no-such.yaml", "junit-a.yaml", "--seeds", "3..5"];
    let output =
        mqlab(&[&arguments[..], &["--out", "junit-files", "--junit", "junit/of/files.xml"]].concat());
    assert_eq!(output.status.code(), Some(2));
    let xml = written("junit/of/files.xml");
    let document = Document::parse(&xml).expect("it is XML");
    let suites = all(&document, "testsuite");
    let names: Vec<&str> = suites.iter().map(|suite| attribute(suite, "name")).collect();
    assert_eq!(names, [SHOWN, "junit-b.yaml", "no-such.yaml", SHOWN]);
    assert_eq!(property(&suites[0], "seeds"), "3..5");
    let errors: Vec<&str> = suites.iter().map(|suite| attribute(suite, "errors")).collect();
    assert_eq!(errors, ["0", "1", "1", "0"]);
}

#[test]
fn every_variant_is_a_suite() {
    let variants = "variants:\n  as it is: {}\n  slow & sure: {consumers.c.do: [work: 9ms]}\n";
    file("junit-variants.yaml", &format!("{SHOP}expect: {{end_to_end.p50: < 9ms}}\n{variants}"));
    let arguments = ["compare", "junit-variants.yaml", "--seeds", "1..4", "--out", "junit-variants"];
    let output = mqlab(&[&arguments[..], &["--junit", "junit-variants.xml"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let xml = written("junit-variants.xml");
    let document = Document::parse(&xml).expect("it is XML");
    let suites = all(&document, "testsuite");
    let names: Vec<&str> = suites.iter().map(|suite| attribute(suite, "name")).collect();
    assert_eq!(names, [format!("{SHOWN}: as it is"), format!("{SHOWN}: slow & sure")]);
    let summary: Value = serde_json::from_str(&written("junit-variants/summary.json")).expect("it is JSON");
    for (suite, variant) in suites.iter().zip(["as it is", "slow & sure"]) {
        assert_eq!(property(suite, "trace_hash"), summary["variants"][variant]["trace_hash"]);
        assert_eq!(property(suite, "seeds"), "1..4");
    }
    let [failure] = all(&document, "failure")[..] else { panic!("one variant is too slow: {xml}") };
    let details = failure.text().expect("it has details");
    assert!(details.contains("held in: 0 of 4 runs\nfirst broken by: seed 1\n"), "{details}");
    assert!(details.ends_with("run it again: mqlab compare junit-variants.yaml --seeds 1..4"), "{details}");
}

/// Nothing of an earlier call is left to be believed.
#[test]
fn a_comparison_that_cannot_be_made_is_an_error() {
    file("junit-alone.yaml", SHOP);
    fs::write(path("junit-alone.xml"), "<testsuites/>").expect("the tests' own folder is writable");
    let output = mqlab(&["compare", "junit-alone.yaml", "--junit", "junit-alone.xml"]);
    assert_eq!(output.status.code(), Some(2));
    let xml = written("junit-alone.xml");
    let document = Document::parse(&xml).expect("it is XML");
    assert_eq!(all(&document, "error").len(), 1, "{xml}");
}

#[test]
fn a_file_that_cannot_be_written_exits_with_2() {
    file("junit-fine.yaml", SHOP);
    fs::create_dir_all(path("junit-folder")).expect("the tests' own folder is writable");
    for place in ["junit-fine.yaml/below.xml", "junit-folder"] {
        let output = mqlab(&["run", "junit-fine.yaml", "--out", "junit-fine", "--junit", place]);
        assert_eq!(output.status.code(), Some(2), "{place}");
        let complaint = text(&output.stderr);
        assert!(complaint.contains(&format!("cannot write `{place}`")), "{complaint}");
        assert!(path("junit-fine/summary.json").is_file(), "the report is written all the same");
    }
    assert!(
        fs::read_dir(path("")).is_ok_and(|entries| {
            entries.flatten().all(|entry| !entry.file_name().to_string_lossy().starts_with("junit-folder."))
        }),
        "nothing is left beside it"
    );
}
