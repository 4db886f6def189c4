//! The heat map and the matrix on made-up data: which colour and which words stand where.

use mqlab::report::chart::heat::{self, Grid, GridAxis};
use mqlab::report::chart::matrix::{self, Matrix, MatrixCell, Panel};
use mqlab::report::chart::scene::{Ink, Scene, Shape};
use mqlab::scenario::MetricUnit;

use crate::drawing::{ink_at, look_at, numbers, place, says, texts};

/// A small grid of milliseconds over prefetch and workers.
fn heat_of(values: &[Vec<Option<f64>>], marked: &[(usize, usize)]) -> Option<Scene> {
    let columns =
        numbers((0..values.first().map_or(0, |row| u32::try_from(row.len()).expect("few"))).map(|x| 1 << x));
    let rows = numbers(1..=u32::try_from(values.len()).expect("few"));
    heat::draw(&Grid {
        titles: &texts(&["Prefetch 8 with 3 workers is the fastest that loses nothing"]),
        subtitles: &texts(&["p99 latency, mean of 20 seeds — outlined: the Pareto front"]),
        across: GridAxis { name: "prefetch", labels: &columns },
        up: GridAxis { name: "workers", labels: &rows },
        values,
        unit: MetricUnit::Milliseconds,
        marked,
    })
}

#[test]
fn a_heat_map_shows_where_a_system_saturates() {
    let latency = |rate: f64, workers: f64| {
        let load = rate / (60.0 * workers);
        if load < 0.99 { 16.0 / (1.0 - load) } else { 1_600.0 + 12_000.0 * (load - 0.99) }
    };
    let values: Vec<Vec<Option<f64>>> = (1..=10)
        .map(|workers| {
            (1..=20).map(|rate| Some(latency(f64::from(rate) * 30.0, f64::from(workers)))).collect()
        })
        .collect();
    let grid = Grid {
        titles: &texts(&["Where does the system saturate?"]),
        subtitles: &texts(&["median p99 latency over 50 seeds — consumers × arrival rate"]),
        across: GridAxis { name: "arrival rate (msg/s)", labels: &numbers((1..=20).map(|rate| rate * 30)) },
        up: GridAxis { name: "consumers", labels: &numbers(1..=10) },
        values: &values,
        unit: MetricUnit::Milliseconds,
        marked: &[],
    };
    let scene = heat::draw(&grid).expect("it has values");
    look_at("heat_saturation", &scene);
    let (left, right) = (place(&scene, "30").0, place(&scene, "600").0);
    let (bottom, top) = (place(&scene, "1").1, place(&scene, "10").1);
    assert_eq!(ink_at(&scene, (left, top)), Ink::Heat(0));
    assert_eq!(ink_at(&scene, (right, bottom)), Ink::Heat(255));
    assert!(place(&scene, "1 s").1 < place(&scene, "100 ms").1, "the scale grows upwards");
}

#[test]
fn a_small_heat_map_is_read_cell_by_cell() {
    let values = vec![
        vec![Some(0.0), Some(40.0), Some(900.0), None, Some(12_000.0)],
        vec![Some(0.0), Some(16.0), Some(60.0), Some(700.0), Some(3_000.0)],
        vec![Some(4.0), Some(12.0), Some(20.0), Some(90.0), Some(400.0)],
    ];
    let scene = heat_of(&values, &[(1, 2), (3, 1)]).expect("it has values");
    look_at("heat_small", &scene);
    let first = place(&scene, "0 ms");
    assert_eq!(ink_at(&scene, first), Ink::Heat(0), "a zero has the lowest colour of a logarithmic scale");
    assert_eq!(ink_at(&scene, place(&scene, "–")), Ink::Grid);
    assert!(says(&scene, "≤ 4 ms"));
    let letters = |what: &str| scene.texts().find(|text| text.content == what).map(|text| text.ink);
    assert_eq!((letters("0 ms"), letters("3 s")), (Some(Ink::Light), Some(Ink::Dark)));
    let rings = scene.shapes.iter().filter(|shape| matches!(shape, Shape::Area { ink: Ink::Strong, .. }));
    assert_eq!(rings.count(), 2);
}

#[test]
fn a_few_outliers_do_not_flatten_a_heat_map() {
    let mut values: Vec<Vec<Option<f64>>> =
        (0..6).map(|row| (0..8).map(|column| Some(f64::from(100 + row * 8 + column))).collect()).collect();
    values[5][7] = Some(900.0);
    values[5][6] = Some(1_700.0);
    let scene = heat_of(&values, &[]).expect("it has values");
    look_at("heat_outliers", &scene);
    assert!(says(&scene, "≥ 145 ms"));
    assert_eq!(ink_at(&scene, place(&scene, "900 ms")), Ink::Heat(255));
    let few: Vec<Vec<Option<f64>>> = vec![vec![Some(100.0), Some(101.0), Some(102.0), Some(900.0)]];
    let scene = heat_of(&few, &[]).expect("it has values");
    assert!(says(&scene, "900 ms") && !scene.texts().any(|text| text.content.starts_with('≥')));
}

#[test]
fn a_heat_map_of_one_row_one_cell_or_none() {
    let row = vec![vec![Some(12.0), Some(14.0), Some(17.0), Some(25.0), Some(61.0), Some(240.0)]];
    look_at("heat_row", &heat_of(&row, &[(2, 0)]).expect("it has values"));
    let one = heat_of(&[vec![Some(12.0)]], &[]).expect("it has a value");
    look_at("heat_one", &one);
    assert_eq!(one.texts().filter(|text| text.content == "12 ms").count(), 2, "in the cell and at the scale");
    assert_eq!(heat_of(&[], &[]), None);
    assert_eq!(heat_of(&[vec![None, Some(f64::NAN)]], &[]), None);
}

#[test]
fn a_large_heat_map_thins_numbers_and_turns_names() {
    let values: Vec<Vec<Option<f64>>> =
        (0..40).map(|row| (0..30).map(|column| Some(f64::from(row * column) / 1_200.0)).collect()).collect();
    let strategies =
        texts(&["round_robin", "least_loaded", "random", "power_of_two", "sticky_key", "rendezvous"]);
    let names: Vec<String> = (0..30)
        .map(|at| format!("{} {}", strategies[at % strategies.len()], at / strategies.len()))
        .collect();
    let grid = Grid {
        titles: &texts(&["What is lost"]),
        subtitles: &texts(&["share of messages"]),
        across: GridAxis { name: "strategy", labels: &names },
        up: GridAxis { name: "rate (msg/s)", labels: &numbers((1..=40).map(|rate| rate * 1_000)) },
        values: &values,
        unit: MetricUnit::Ratio,
        marked: &[(29, 0)],
    };
    look_at("heat_large", &heat::draw(&grid).expect("it has values"));
    assert!(says(&heat::draw(&grid).expect("it has values"), "power_of_two 4"));
}

/// Locks over ways to be idempotent, under faults.
fn matrix_of(faults: &[&str], locks: &[String], stores: &[String]) -> Option<Scene> {
    let cells = |fault: usize| -> Vec<Vec<Option<MatrixCell>>> {
        let row = |store: usize| {
            (0..locks.len()).map(move |lock| (lock != 4 || store != 2).then(|| cell(fault, lock, store)))
        };
        (0..stores.len()).map(|store| row(store).collect()).collect()
    };
    let cells: Vec<_> = (0..faults.len()).map(cells).collect();
    let panels: Vec<Panel<'_>> =
        faults.iter().zip(&cells).map(|(name, cells)| Panel { name, cells }).collect();
    matrix::draw(&Matrix {
        titles: &texts(&[
            "No lock alone keeps effects from happening twice; a fencing token with a dedup store does",
        ]),
        subtitles: &texts(&[
            "effects applied twice or lost of 2 000 requests, store calls for each — mean of 10 seeds",
        ]),
        across: GridAxis { name: "lock", labels: locks },
        down: GridAxis { name: "idempotency", labels: stores },
        panels: &panels,
    })
}

fn cell(fault: usize, lock: usize, store: usize) -> MatrixCell {
    let twice =
        if store.is_multiple_of(3) && fault > 0 { [0, 1, 12, 240, 1_900][(lock + fault) % 5] } else { 0 };
    let lost = if lock % 4 == 3 && fault == 2 { 3 } else { 0 };
    let lines = vec![format!("{twice} twice"), format!("{lost} lost"), format!("{}.0 calls", 1 + lock / 2)];
    MatrixCell { harm: f64::from(twice + lost), lines }
}

#[test]
fn a_matrix_of_many_locks_has_its_panels_above_each_other() {
    let locks = texts(&[
        "none",
        "optimistic",
        "pessimistic row",
        "advisory",
        "redis",
        "redlock",
        "lease",
        "fencing token",
        "single writer",
    ]);
    let stores = texts(&[
        "none",
        "key in memory",
        "key in store",
        "dedup table",
        "outbox",
        "inbox",
        "upsert",
        "version",
        "token",
        "all of them",
    ]);
    let scene =
        matrix_of(&["no fault", "pauses of 5 s", "a crash every 10 s"], &locks, &stores).expect("cells");
    look_at("matrix_large", &scene);
    assert!(place(&scene, "no fault").1 < place(&scene, "pauses of 5 s").1);
    assert!((place(&scene, "no fault").0 - place(&scene, "pauses of 5 s").0).abs() < 1e-9);
    assert_eq!(scene.texts().filter(|text| text.content == "pessimistic").count(), 3);
    assert_eq!(ink_at(&scene, place(&scene, "1900 twice")), Ink::Vermillion);
    assert_eq!(ink_at(&scene, place(&scene, "0 twice")), Ink::Green);
    assert_eq!(ink_at(&scene, place(&scene, "–")), Ink::Grid);
}

#[test]
fn a_matrix_of_few_locks_has_its_panels_beside_each_other() {
    let (locks, stores) =
        (texts(&["none", "optimistic", "fencing token"]), texts(&["none", "dedup", "upsert"]));
    let scene =
        matrix_of(&["no fault", "pauses of 5 s", "a crash every 10 s"], &locks, &stores).expect("cells");
    look_at("matrix_small", &scene);
    assert!((place(&scene, "no fault").1 - place(&scene, "pauses of 5 s").1).abs() < 1e-9);
    assert!(place(&scene, "no fault").0 + 150.0 < place(&scene, "pauses of 5 s").0);
    assert_eq!(scene.texts().filter(|text| text.content == "dedup").count(), 1, "rows are labelled once");
    let one = matrix_of(&["no fault"], &locks[..1], &stores[..1]).expect("a cell");
    look_at("matrix_one", &one);
    assert!(!says(&one, "most harm"), "nothing went wrong");
    assert_eq!(matrix_of(&["no fault"], &[], &stores), None);
    assert_eq!(matrix_of(&[], &locks, &stores), None);
}
