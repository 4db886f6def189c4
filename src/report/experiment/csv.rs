//! `runs.csv`: every public number of every run, one row per variant and seed.

use super::Experiment;

/// The whole file, header first; a number that a variant does not have stays empty.
#[must_use]
pub fn runs_csv(experiment: &Experiment<'_>) -> String {
    let mut paths: Vec<&str> = Vec::new();
    for path in experiment.arms.iter().flat_map(|arm| &arm.paths) {
        if !paths.contains(&path.as_str()) {
            paths.push(path);
        }
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let infallible = "writing to memory does not fail";
    let names = ["variant", "seed", "trace_hash", "verdict"].into_iter().chain(paths.iter().copied());
    writer.write_record(names).expect(infallible);
    for arm in experiment.arms {
        let at: Vec<Option<usize>> = paths.iter().map(|path| arm.position(path)).collect();
        for run in &arm.runs {
            let hash = format!("{:016x}", run.trace_hash);
            let own = [arm.name.clone(), run.seed.to_string(), hash, run.verdict.name().to_owned()];
            let numbers = at.iter().map(|at| {
                let number = at.and_then(|at| run.numbers[at]);
                number.map_or_else(String::new, |number| number.to_string())
            });
            writer.write_record(own.into_iter().chain(numbers)).expect(infallible);
        }
    }
    let bytes = writer.into_inner().expect(infallible);
    String::from_utf8(bytes).expect("names and numbers are UTF-8")
}
