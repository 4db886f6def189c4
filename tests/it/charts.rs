//! The charts of plain numbers: what stands where on made-up data, and that every one of them can be drawn.
//! The pictures are left in the target's folder for temporary files, to be looked at.

use std::fs;
use std::path::Path;

use mqlab::metrics::registry::Better;
use mqlab::report::chart::heat::{self, Grid, GridAxis};
use mqlab::report::chart::lettering::bounds;
use mqlab::report::chart::lines::{self, Crossing, Lines, Passing, Series};
use mqlab::report::chart::matrix::{self, Matrix, MatrixCell, Panel};
use mqlab::report::chart::pareto::{self, Candidate, Front};
use mqlab::report::chart::render;
use mqlab::report::chart::scene::{Ink, Point, Scene, Shape};
use mqlab::scenario::MetricUnit;

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    numbers.into_iter().map(|number| number.to_string()).collect()
}

/// Draws the scene into a file, and holds its texts to the sheet and apart.
fn look_at(name: &str, scene: &Scene) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("charts");
    fs::create_dir_all(&folder).expect("the target's folder can be written to");
    let png = render::png(scene).expect("it is encoded in memory");
    fs::write(folder.join(format!("{name}.png")), png).expect("the target's folder can be written to");
    let boxes: Vec<_> = scene.texts().map(|text| (bounds(text), &text.content)).collect();
    for (at, (a, what)) in boxes.iter().enumerate() {
        let on_sheet = a[0] >= 0.0 && a[1] >= 0.0 && a[2] <= scene.width && a[3] <= scene.height;
        assert!(on_sheet, "{name}: `{what}` leaves the sheet: {a:?}");
        for (b, other) in &boxes[..at] {
            let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
            assert!(apart, "{name}: `{what}` covers `{other}`");
        }
    }
}

/// The text that says this.
fn place(scene: &Scene, what: &str) -> Point {
    let found = scene.texts().find(|text| text.content == what);
    found.unwrap_or_else(|| panic!("nothing says `{what}`")).at
}

fn says(scene: &Scene, what: &str) -> bool {
    scene.texts().any(|text| text.content == what)
}

/// The ink of the filled shape on top at a point.
fn ink_at(scene: &Scene, (x, y): Point) -> Ink {
    let covers = |points: &[Point]| {
        let within = |of: fn(&Point) -> f64, at: f64| {
            points.iter().map(of).fold(f64::MAX, f64::min) <= at
                && at <= points.iter().map(of).fold(f64::MIN, f64::max)
        };
        within(|point| point.0, x) && within(|point| point.1, y)
    };
    let mut inks = scene.shapes.iter().rev().filter_map(|shape| match shape {
        Shape::Area { points, ink, .. } if covers(points) => Some(*ink),
        _ => None,
    });
    inks.next().expect("the paper is everywhere")
}

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

fn front_of(candidates: &[Candidate<'_>], y: (&str, MetricUnit, Better)) -> Option<Scene> {
    pareto::draw(&Front {
        titles: &texts(&["Fewer duplicates cost recovery time: five settings are worth a thought"]),
        subtitles: &texts(&[
            "mean of 20 seeds each; blue: no other is better in one and no worse in the other",
        ]),
        x: ("p99 latency", MetricUnit::Milliseconds, Better::Lower),
        y,
        candidates,
    })
}

const DUPLICATES: (&str, MetricUnit, Better) = ("duplicates", MetricUnit::Count, Better::Lower);

#[test]
fn a_front_is_stepped_and_its_candidates_are_named() {
    let best = [
        ("prefetch 1, timeout 60 s", 900.0, 0.0),
        ("prefetch 4, timeout 30 s", 240.0, 2.0),
        ("prefetch 8, timeout 30 s", 130.0, 9.0),
        ("prefetch 8, timeout 10 s", 88.0, 55.0),
        ("prefetch 32, timeout 10 s", 80.0, 70.0),
        ("prefetch 64, timeout 5 s", 31.0, 800.0),
    ];
    let mut candidates: Vec<Candidate<'_>> =
        best.iter().map(|(name, x, y)| Candidate { name, x: *x, y: *y, on_front: true }).collect();
    for at in 0..70 {
        let (_, x, y) = best[at % best.len()];
        let off = 1.0 + f64::from(u32::try_from(at * 37 % 71).expect("small")) / 14.0;
        let aside = 1.1 + f64::from(u32::try_from(at * 53 % 67).expect("small")) / 30.0;
        candidates.push(Candidate { name: "beaten", x: x * aside, y: (y + 1.0) * off, on_front: false });
    }
    let scene = front_of(&candidates, DUPLICATES).expect("it has candidates");
    look_at("pareto_front", &scene);
    for (name, ..) in best {
        assert!(says(&scene, name), "{name} is not named");
    }
    assert!(!says(&scene, "beaten"));
    assert!(says(&scene, "p99 latency (logarithmic) — lower is better"));
    let dots = |wanted: Ink| {
        scene.shapes.iter().filter(|shape| matches!(shape, Shape::Dot { ink, .. } if *ink == wanted)).count()
    };
    assert_eq!((dots(Ink::Blue), dots(Ink::Muted)), (6, 70));
}

#[test]
fn a_front_with_a_number_that_should_be_high_shades_what_lies_below() {
    let candidates = [
        Candidate { name: "redis", x: 12.0, y: 4_000.0, on_front: true },
        Candidate { name: "optimistic", x: 14.0, y: 5_200.0, on_front: true },
        Candidate { name: "pessimistic", x: 19.0, y: 5_900.0, on_front: true },
        Candidate { name: "advisory", x: 22.0, y: 4_400.0, on_front: false },
    ];
    let throughput = ("throughput", MetricUnit::PerSecond, Better::Higher);
    let scene = front_of(&candidates, throughput).expect("it has candidates");
    look_at("pareto_higher", &scene);
    let shade = scene.shapes.iter().find_map(|shape| match shape {
        Shape::Area { points, ink: Ink::Blue, .. } => Some(points.clone()),
        _ => None,
    });
    let lowest = shade.expect("there is one").iter().map(|point| point.1).fold(0.0, f64::max);
    assert!(lowest > 470.0, "the shade reaches down to the axis, not up: {lowest}");
    assert!(place(&scene, "6k/s").1 < place(&scene, "4k/s").1);
}

#[test]
fn a_front_of_one_or_none() {
    let one = Candidate { name: "the only one", x: 12.0, y: 4.0, on_front: true };
    look_at("pareto_one", &front_of(&[one], DUPLICATES).expect("it has a candidate"));
    assert_eq!(front_of(&[], DUPLICATES), None);
    assert_eq!(front_of(&[Candidate { x: f64::NAN, ..one }], DUPLICATES), None);
}

fn lines_of(series: &[(&str, Vec<Passing>)], crossings: &[Crossing<'_>]) -> Option<Scene> {
    let series: Vec<Series<'_>> = series.iter().map(|(name, points)| Series { name, points }).collect();
    lines::draw(&Lines {
        titles: &texts(&["Optimistic locking wins until 13 workers want the same row"]),
        subtitles: &texts(&["effects a second, mean of 10 seeds, 95 % t interval"]),
        x_name: "workers",
        y: ("throughput", MetricUnit::PerSecond),
        series: &series,
        crossings,
    })
}

const WORKERS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

fn course(most: f64, half: f64, clash: f64) -> Vec<Passing> {
    let mean = |workers: f64| most * workers / (workers + half) / (1.0 + clash * workers);
    let passing = |workers: f64| {
        let mean = mean(workers);
        (workers, mean, Some((mean * 0.94 - 4.0, mean * 1.05 + 4.0)))
    };
    WORKERS.into_iter().map(passing).collect()
}

#[test]
fn lines_have_bands_and_their_crossings_are_marked() {
    let series = [
        ("optimistic", course(2_400.0, 3.0, 0.04)),
        ("pessimistic", course(1_900.0, 6.0, 0.002)),
        ("no lock", course(2_600.0, 2.5, 0.0)),
    ];
    let crossing = Crossing { at: (13.0, 1_259.0), label: "optimistic = pessimistic at 13" };
    let scene = lines_of(&series, &[crossing]).expect("it has points");
    look_at("lines_bands", &scene);
    assert!(says(&scene, "optimistic = pessimistic at 13"));
    let apart = |a: &str, b: &str| place(&scene, b).0 - place(&scene, a).0;
    let halves = [apart("1", "2"), apart("2", "4"), apart("4", "8"), apart("32", "64")];
    assert!(halves.iter().all(|half| (half - halves[0]).abs() < 1e-6 && *half > 10.0), "{halves:?}");
    assert!(place(&scene, "no lock").1 < place(&scene, "pessimistic").1);
}

#[test]
fn nine_lines_are_told_apart() {
    let names = [
        "no lock",
        "optimistic",
        "pessimistic row",
        "advisory",
        "redis",
        "redlock",
        "lease",
        "fencing token",
        "single writer",
    ];
    let series: Vec<(&str, Vec<Passing>)> = names
        .into_iter()
        .zip(0_u32..)
        .map(|(name, at)| {
            (
                name,
                course(2_600.0 - 230.0 * f64::from(at), 2.0 + f64::from(at % 4), 0.004 * f64::from(at % 5)),
            )
        })
        .collect();
    let crossings = [
        Crossing { at: (4.27, 1_066.0), label: "pessimistic row = redis at 4.3" },
        Crossing { at: (43.3, 941.0), label: "redis = lease at 43" },
    ];
    let scene = lines_of(&series, &crossings).expect("it has points");
    look_at("lines_nine", &scene);
    assert!(names.iter().all(|name| says(&scene, name)));
}

#[test]
fn lines_over_a_narrow_axis_are_linear_and_one_point_is_enough() {
    let points = vec![(60.0, 30.0, None), (10.0, 20.0, None), (20.0, 50.0, Some((-20.0, 80.0)))];
    let scene = lines_of(&[("a", points)], &[]).expect("it has points");
    look_at("lines_narrow", &scene);
    let x = |what: &str| place(&scene, what).0;
    assert!(((x("60") - x("20")) / (x("20") - x("10")) - 4.0).abs() < 1e-6);
    let mut short = course(900.0, 1.0, 0.0);
    short.truncate(4);
    let ends = [("stops at 8", short), ("goes on", course(1_400.0, 4.0, 0.01))];
    let scene = lines_of(&ends, &[]).expect("it has points");
    look_at("lines_short", &scene);
    assert!(
        place(&scene, "stops at 8").0 < place(&scene, "goes on").0 - 300.0,
        "a name stands at its line's end"
    );
    look_at(
        "lines_one",
        &lines_of(&[("only", vec![(4.0, 9.0, None)]), ("none", vec![])], &[]).expect("a point"),
    );
    assert_eq!(lines_of(&[("none", vec![])], &[]), None);
    assert_eq!(lines_of(&[], &[]), None);
}
