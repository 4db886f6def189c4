//! README is true: its commands are the two promised, what it names exists, and its examples can be read.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use mqlab::scenario::profile::PROFILES;

use crate::scenarios::read_with;

/// What a newcomer types first.
const MAIN_JOB: &str = "cargo run --release -- run scenarios/lost_ack.yaml";
/// What a newcomer types second.
const TESTS: &str = "cargo test";

/// A fenced block of a Markdown text.
#[derive(Debug, PartialEq, Eq)]
struct Block {
    language: String,
    lines: Vec<String>,
}

/// The fenced blocks of a Markdown text, without the indentation of their fences.
fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    for line in markdown.lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        match (&mut open, text.strip_prefix("```")) {
            (None, Some(info)) => {
                let language = info.split([' ', ',']).next().unwrap_or_default().to_owned();
                open = Some((indent, Block { language, lines: Vec::new() }));
            }
            (Some(_), Some("")) => blocks.extend(open.take().map(|(_, block)| block)),
            (Some((outer, block)), _) => {
                let cut = indent.min(*outer);
                block.lines.push(line[cut..].to_owned());
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fenced block does not end");
    blocks
}

/// How often `command` is a line of its own in a fenced block, with or without a prompt.
fn typed(blocks: &[Block], command: &str) -> usize {
    let lines = blocks.iter().flat_map(|block| &block.lines);
    lines.filter(|line| line.trim().trim_start_matches("$ ") == command).count()
}

/// Every `scenarios/….yaml` in a text.
fn scenario_paths(text: &str) -> Vec<&str> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "_-./".contains(c));
    let starts = text.match_indices("scenarios/").map(|(at, _)| &text[at..]);
    let paths = starts.map(|rest| rest.split(ends).next().unwrap_or(rest).trim_end_matches('.'));
    paths.filter(|path| Path::new(path).extension().is_some_and(|ending| ending == "yaml")).collect()
}

/// What is wrong with a README; `exists` says whether a file of the project does.
fn faults(readme: &str, exists: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut faults = Vec::new();
    let blocks = blocks(readme);
    for command in [MAIN_JOB, TESTS] {
        let times = typed(&blocks, command);
        if times != 1 {
            faults.push(format!("`{command}` is a command of its own {times} times, not once"));
        }
    }
    for path in scenario_paths(readme).into_iter().filter(|path| !exists(path)) {
        faults.push(format!("there is no `{path}`"));
    }
    faults
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_readme_keeps_its_promises() {
    let Ok(readme) = fs::read_to_string(root().join("README.md")) else { return };
    let faults = faults(&readme, &|path| root().join(path).is_file());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    // A fragment that is no whole scenario belongs into a block of another language.
    for block in blocks(&readme).iter().filter(|block| ["yaml", "yml"].contains(&block.language.as_str())) {
        read_with("README.md", &block.lines.join("\n"), &[]);
    }
}

#[test]
fn the_first_command_has_its_scenario() {
    assert_eq!(scenario_paths(MAIN_JOB), ["scenarios/lost_ack.yaml"]);
    assert!(root().join("scenarios/lost_ack.yaml").is_file());
}

#[test]
fn a_readme_that_breaks_its_promises_is_caught() {
    let good = format!("# mqlab\n```sh\n$ {MAIN_JOB}\n{TESTS}\n```\nSee scenarios/lost_ack.yaml.\n");
    let exists = |path: &str| path == "scenarios/lost_ack.yaml";
    assert_eq!(faults(&good, &exists), Vec::<String>::new());
    for (from, to) in [
        (TESTS, "cargo nextest run"),
        (MAIN_JOB, "cargo run -- run scenarios/lost_ack.yaml"),
        ("# mqlab\n", "```\ncargo test\n```\n"),
        ("See scenarios/lost_ack.yaml", "See scenarios/found_ack.yaml"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_eq!(faults(&bad, &exists).len(), 1, "{bad}");
    }
}

#[test]
fn blocks_keep_their_language_and_lose_their_indentation() {
    let found = blocks("- like this:\n\n  ```yaml\n  queues:\n    orders: {}\n  ```\n\n```\nplain\n```\n");
    let block = |language: &str, lines: &[&str]| Block {
        language: language.to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    assert_eq!(found, [block("yaml", &["queues:", "  orders: {}"]), block("", &["plain"])]);
}

/// The table of profiles as README has it: a line for each key, a column for each profile.
fn profile_table() -> String {
    let columns: Vec<_> = PROFILES.iter().map(|profile| profile.rows()).collect();
    let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name).collect();
    let mut table = format!("| | {} |\n|{}\n", names.join(" | "), "---|".repeat(names.len() + 1));
    for (at, row) in columns[0].iter().enumerate() {
        let values: Vec<&str> = columns.iter().map(|rows| rows[at].value.as_str()).collect();
        // What is a key of the language is code.
        let is_key = !row.key.contains(' ') && !["model", "order"].contains(&row.key);
        let key = if is_key { format!("`{}`", row.key) } else { row.key.to_owned() };
        writeln!(table, "| {key} | {} |", values.join(" | ")).expect("text grows");
    }
    table
}

/// A README with the table as it should be in the place of the one it has.
fn with_profiles(readme: &str) -> String {
    let table = profile_table();
    let begin = readme.find("| | plain |").expect("README has a table of profiles");
    let length: usize =
        readme[begin..].split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    format!("{}{table}{}", &readme[..begin], &readme[begin + length..])
}

#[test]
fn the_readme_has_the_table_of_profiles() {
    let path = root().join("README.md");
    let Ok(readme) = fs::read_to_string(&path) else { return };
    let expected = with_profiles(&readme);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        return fs::write(path, expected).expect("README is writable");
    }
    assert!(readme == expected, "with `UPDATE_GOLDENS=1` this writes what is meant:\n{expected}");
}
