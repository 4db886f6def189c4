//! The house rules that a machine can watch: which room knows which, what every file begins with, how
//! long it may be, and what must not be in it.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from top to bottom. Each may use those after it and none before it.
const ROOMS: [&str; 14] = [
    "main",
    "cli",
    "lessons",
    "report",
    "experiment",
    "simulation",
    "actors",
    "strategies",
    "faults",
    "metrics",
    "protocol",
    "kernel",
    "scenario",
    "quantity",
];

/// The last room that may start threads, read clocks, variables or files; those after it are pure.
const LAST_IMPURE: &str = "experiment";
/// What a pure room does not say. A group import could hide them, so there is none of `std` either.
const IMPURE: [&str; 6] = ["std::fs", "std::env", "std::thread", "std::{", "Instant::now", "SystemTime"];

/// Longer files are two files.
const MOST_LINES: usize = 600;

/// A Rust file of the project.
struct File {
    /// From the project's root.
    path: PathBuf,
    text: String,
}

impl File {
    /// The room it belongs to; `None` for the crate's root, which names them all.
    fn room(&self) -> Option<String> {
        let mut parts = self.path.iter().skip(1).map(|part| part.to_string_lossy());
        let first = parts.next().expect("a file in src has a name");
        let room = first.strip_suffix(".rs").unwrap_or(&first);
        (room != "lib").then(|| room.to_owned())
    }
}

/// Every Rust file below a folder of the project.
fn files(folder: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).expect("sources are UTF-8");
                let path = path.strip_prefix(root).expect("it was found below the root").to_owned();
                found.push(File { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "nothing was found in {folder}");
    found
}

/// Every source of the project, tests and benches included.
fn all_files() -> Vec<File> {
    ["src", "tests", "benches"].into_iter().flat_map(files).collect()
}

/// The place of a room from the top.
fn height(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// The rooms that a text names, with their lines: `crate::` is always followed by one.
fn rooms_named(text: &str) -> Vec<(usize, &str)> {
    let lines = text.lines().zip(1..);
    let named = lines.flat_map(|(line, number)| {
        line.match_indices("crate::").map(move |(at, crate_)| (number, &line[at + crate_.len()..]))
    });
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    named.map(|(number, rest)| (number, rest.split(|c| !is_word(c)).next().unwrap_or(rest))).collect()
}

/// What a file in `room` names that it must not know.
fn forbidden(room: &str, text: &str) -> Vec<String> {
    let own = height(room);
    let mut forbidden = Vec::new();
    for (line, other) in rooms_named(text) {
        match (own, height(other)) {
            (None, _) => forbidden.push(format!("{line}: nobody said where the room `{room}` stands")),
            (_, None) => forbidden.push(format!("{line}: `crate::{other}` is no room")),
            (Some(own), Some(other_height)) if other_height < own => {
                forbidden.push(format!("{line}: `{room}` must not know `{other}`"));
            }
            _ => {}
        }
    }
    forbidden
}

/// What a file says that a pure room does not.
fn impure(text: &str) -> Vec<String> {
    let said = |line: &str| IMPURE.into_iter().find(|word| line.contains(word));
    text.lines().zip(1..).filter_map(|(line, at)| Some(format!("{at}: `{}`", said(line)?))).collect()
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Each complaint with its file before it.
fn placed(file: &File, complaints: Vec<String>) -> impl Iterator<Item = String> {
    let path = file.path.display().to_string();
    complaints.into_iter().map(move |complaint| format!("{path}:{complaint}"))
}

#[test]
fn a_room_knows_only_those_below_it() {
    let mut complaints = Vec::new();
    for file in files("src") {
        if let Some(room) = file.room() {
            complaints.extend(placed(&file, forbidden(&room, &file.text)));
        }
    }
    assert_none(&complaints);
}

#[test]
fn every_room_has_its_place() {
    let unknown: Vec<String> =
        files("src").iter().filter_map(File::room).filter(|room| height(room).is_none()).collect();
    assert_none(&unknown);
}

#[test]
fn below_experiment_nothing_reads_a_clock_a_variable_or_a_file() {
    let last = height(LAST_IMPURE).expect("it is a room");
    let mut complaints = Vec::new();
    for file in files("src") {
        if file.room().and_then(|room| height(&room)).is_some_and(|height| height > last) {
            complaints.extend(placed(&file, impure(&file.text)));
        }
    }
    assert_none(&complaints);
}

#[test]
fn every_file_begins_with_what_it_is_for() {
    let bare = all_files().into_iter().filter(|file| !file.text.starts_with("//! "));
    assert_none(&bare.map(|file| file.path.display().to_string()).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_long() {
    let lengths = files("src").into_iter().map(|file| (file.text.lines().count(), file));
    let long = lengths.filter(|(length, _)| *length > MOST_LINES);
    let long = long.map(|(length, file)| format!("{}: {length} lines", file.path.display()));
    assert_none(&long.collect::<Vec<_>>());
}

#[test]
fn nothing_is_put_off_or_left_out() {
    // Taken apart, so that this file does not complain of itself.
    let words = [["TO", "DO"], ["FIX", "ME"], ["#[ig", "nore"], ["todo", "!("]].map(|parts| parts.concat());
    let mut complaints = Vec::new();
    for file in all_files() {
        for (line, at) in file.text.lines().zip(1..) {
            let said = words.iter().find(|word| line.contains(word.as_str()));
            complaints.extend(said.map(|word| format!("{}:{at}: `{word}`", file.path.display())));
        }
    }
    assert_none(&complaints);
}

#[test]
fn the_watch_is_awake() {
    let upward = "use crate::quantity::Span;\n    let x = crate::report::number::group(1);\n";
    assert_eq!(forbidden("kernel", upward), ["2: `kernel` must not know `report`"]);
    assert_eq!(forbidden("cli", upward), Vec::<String>::new());
    assert_eq!(forbidden("kernel", "use crate::{quantity, report};").len(), 1);
    assert_eq!(forbidden("attic", "use crate::quantity::Span;").len(), 1);
    assert_eq!(impure("use std::{fs, io};\nlet now = Instant::now();").len(), 2);
}
