//! The batch file that runs a sweep as a Slurm job array.
//!
//! `HyperQueue`, GNU parallel and Ray run the same command with their own number of the task.

use std::io;
use std::path::{Path, PathBuf};

use crate::report::folder::replace;

use super::output::{Outcome, complain, emit};
use super::run::quoted;
use super::sweep::shard_file;

/// Writes the batch file of `call` in `tasks` shards, into `out` or beside the shards, and says what to do with it.
///
/// # Errors
/// If that cannot be said.
pub(super) fn write(stem: &str, call: &str, tasks: u64, out: Option<&Path>) -> io::Result<Outcome> {
    let file = out.map_or_else(|| PathBuf::from(format!("{stem}-sweep.sbatch")), Path::to_path_buf);
    if let Err(error) = replace(&file, text(stem, call, tasks).as_bytes()) {
        complain(&error.to_string());
        return Ok(Outcome::Wrong);
    }
    let shards = shard_file(stem, "*");
    emit(&format!("sbatch {}\nmqlab merge {shards}\n", quoted(&file.display().to_string())))?;
    Ok(Outcome::Held)
}

fn text(stem: &str, call: &str, tasks: u64) -> String {
    let file = shard_file(&quoted(stem), "$SLURM_ARRAY_TASK_ID");
    let merged = shard_file(&quoted(stem), "*");
    format!(
        "#!/bin/sh\n\
         #SBATCH --job-name={name}\n\
         #SBATCH --array=1-{tasks}\n\
         #SBATCH --cpus-per-task=1\n\
         # Afterwards: mqlab merge {merged}\n\
         {call} \\\n  \
         --shard \"$SLURM_ARRAY_TASK_ID/{tasks}\" --jobs \"${{SLURM_CPUS_PER_TASK:-1}}\" --quiet --out {file}\n",
        name = quoted(stem),
    )
}
