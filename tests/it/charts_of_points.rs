//! The Pareto front and the lines on made-up data: what is named, shaded and marked where.

use mqlab::metrics::registry::Better;
use mqlab::report::chart::lines::{self, Crossing, Lines, Passing, Series};
use mqlab::report::chart::pareto::{self, Candidate, Front};
use mqlab::report::chart::scene::{Ink, Scene, Shape};
use mqlab::scenario::MetricUnit;

use crate::drawing::{look_at, place, says, texts};

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
    let crossing = Crossing { of: (0, 1), at: (13.0, 1_259.0), label: "optimistic = pessimistic at 13" };
    let scene = lines_of(&series, &[crossing]).expect("it has points");
    look_at("lines_bands", &scene);
    assert!(says(&scene, "optimistic = pessimistic at 13"));
    let apart = |a: &str, b: &str| place(&scene, b).0 - place(&scene, a).0;
    let halves = [apart("1", "2"), apart("2", "4"), apart("4", "8"), apart("32", "64")];
    assert!(halves.iter().all(|half| (half - halves[0]).abs() < 1e-6 && *half > 10.0), "{halves:?}");
    assert!(place(&scene, "no lock").1 < place(&scene, "pessimistic").1);
}

/// From 1 to 64 on a logarithmic axis: at 26.2 the means are equal on linear scales, and both lines go there.
#[test]
fn both_lines_meet_in_the_dot_on_a_logarithmic_axis() {
    let falling: Vec<Passing> = vec![(1.0, 300.0, None), (64.0, 0.0, None)];
    let rising: Vec<Passing> = vec![(1.0, 100.0, None), (64.0, 300.0, None)];
    let (x, y) = (1.0 + 0.4 * 63.0, 180.0);
    let crossing = Crossing { of: (0, 1), at: (x, y), label: "they meet" };
    let series = [("falling", falling), ("rising", rising)];
    let scene = lines_of(&series, &[crossing]).expect("it has points");
    look_at("lines_crossing", &scene);
    let dot = scene.shapes.iter().find_map(|shape| match shape {
        Shape::Dot { center, ink: Ink::Strong, .. } => Some(*center),
        _ => None,
    });
    let dot = dot.expect("the crossing is marked");
    let through = scene
        .shapes
        .iter()
        .filter(|shape| matches!(shape, Shape::Line { points, .. } if points.len() == 3 && points[1] == dot));
    assert_eq!(through.count(), 2, "{dot:?}");
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
        Crossing { of: (2, 4), at: (4.27, 1_066.0), label: "pessimistic row = redis at 4.3" },
        Crossing { of: (4, 6), at: (43.3, 941.0), label: "redis = lease at 43" },
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
    let caps = scene.shapes.iter().filter(|shape| match shape {
        Shape::Line { points, ink: Ink::Blue, .. } => (points[1].0 - points[0].0 - 7.0).abs() < 1e-6,
        _ => false,
    });
    assert_eq!(caps.count(), 1, "the whisker that reaches below the axis has no cap there");
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
