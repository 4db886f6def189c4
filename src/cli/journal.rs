//! The file in which a sweep keeps its runs as they are done, so that nothing finished is lost when it is killed.
//!
//! Each run is appended as one line; a line that was cut off is forgotten. Knows files; what a line says is the
//! [`record`](crate::report::experiment::record)'s business.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::experiment::crew::{Arm, Memory, Outcome};
use crate::experiment::replications::RunNumbers;
use crate::metrics::outline::Outline;
use crate::report::experiment::record::{Heading, Line};
use crate::report::folder::replace;
use crate::report::number::group;

use super::output::note;

/// The runs of a sweep, on their way into a file.
pub(super) struct Journal {
    path: PathBuf,
    /// Positions of the cells by name.
    cells: BTreeMap<String, usize>,
    known: Mutex<Known>,
    file: Mutex<File>,
}

/// What an earlier call has left.
#[derive(Default)]
struct Known {
    first: BTreeMap<usize, Outline>,
    later: BTreeMap<(usize, u64), RunNumbers>,
}

impl Journal {
    /// The journal at `path`, with what an earlier call of the same sweep has left there; anything else there is
    /// replaced. `cells` are the positions of the arms in the whole sweep.
    ///
    /// # Errors
    /// If the file cannot be read or written.
    pub(super) fn open(path: &Path, heading: &Heading, cells: &[(usize, Arm<'_>)]) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(at(path, &error)),
        };
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let mut lines = whole.lines();
        let is_ours = lines.next().and_then(Heading::read).as_ref() == Some(heading);
        let known = if is_ours { Known::read(lines) } else { Known::default() };
        if is_ours {
            note(&format!("going on with {} runs of an earlier call", group(known.count())));
        } else if !text.is_empty() {
            note(&format!("`{}` is of another sweep and is begun anew", path.display()));
        }
        let kept = if is_ours { whole.to_owned() } else { format!("{}\n", heading.write()) };
        replace(path, kept.as_bytes()).map_err(|error| io::Error::other(error.to_string()))?;
        let file = OpenOptions::new().append(true).open(path).map_err(|error| at(path, &error))?;
        let cells = cells.iter().map(|(at, arm)| (arm.name.to_owned(), *at)).collect();
        Ok(Self { path: path.to_owned(), cells, known: Mutex::new(known), file: Mutex::new(file) })
    }

    /// Removes the file: its runs are elsewhere now.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub(super) fn close(self) -> io::Result<()> {
        fs::remove_file(&self.path).map_err(|error| at(&self.path, &error))
    }

    fn append(&self, line: &str) -> Result<(), String> {
        let mut file = self.file.lock().map_err(|_| "another thread failed".to_owned())?;
        file.write_all(format!("{line}\n").as_bytes()).map_err(|error| at(&self.path, &error).to_string())
    }

    fn cell(&self, arm: &str) -> usize {
        self.cells[arm]
    }
}

impl Known {
    fn read<'l>(lines: impl Iterator<Item = &'l str>) -> Self {
        let mut known = Self::default();
        for line in lines.filter_map(Line::read) {
            match line {
                Line::First(cell, run) => {
                    known.first.insert(cell, run);
                }
                Line::Later(cell, run) => {
                    known.later.insert((cell, run.seed), run);
                }
            }
        }
        known
    }

    fn count(&self) -> u64 {
        (self.first.len() + self.later.len()) as u64
    }
}

impl Memory for Journal {
    fn first(&self, arm: &str, seed: u64) -> Option<Outline> {
        let first = &mut self.known.lock().ok()?.first;
        let cell = self.cell(arm);
        if first.get(&cell)?.seed == seed { first.remove(&cell) } else { None }
    }

    fn later(&self, arm: &str, seed: u64) -> Option<RunNumbers> {
        self.known.lock().ok()?.later.remove(&(self.cell(arm), seed))
    }

    fn keep_first(&self, arm: &str, run: &Outline) -> Result<(), String> {
        self.append(&Line::write_first(self.cell(arm), run))
    }

    fn keep_later(&self, arm: &str, run: &RunNumbers) -> Result<(), String> {
        self.append(&Line::write_later(self.cell(arm), run))
    }
}

/// All lines of a shard that is done, in the order of its cells and seeds, whoever was first.
pub(super) fn whole(heading: &Heading, cells: &[(usize, Arm<'_>)], outcome: &Outcome) -> String {
    let mut text = heading.write() + "\n";
    for ((cell, _), arm) in cells.iter().zip(&outcome.arms) {
        text.push_str(&Line::write_first(*cell, &arm.example));
        text.push('\n');
        for run in &arm.runs[1..] {
            text.push_str(&Line::write_later(*cell, run));
            text.push('\n');
        }
    }
    text
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}
