//! The chart of a queue shaving a peak, or of a service under one: arrivals and completions above, the backlog
//! below them, and the age of the oldest that waits at the bottom.
//!
//! Owns what the chart says and where. Knows neither SVG nor PNG.

use crate::metrics::summary::{PeakShaving, QueuePoint, Summary};
use crate::report::number::{count_of, decimal, group, plural, seconds, unbroken};

use super::axis::{Scale, count_ticks, short, ticks, time, time_ticks};
use super::label::{Board, spread};
use super::lettering::width;
use super::panel::{HEADROOM, LINE, PLOT_LEFT, SIZE, SMALL, columns, decimate, row_name, rows, sheet};
use super::scene::{Anchor, Ink, Point, Scene, Text, Weight};

/// Top and bottom of the upper panel, in logical pixels.
const FLOW: (f64, f64) = (76.0, 264.0);
/// Top and bottom of the middle panel.
const BACKLOG: (f64, f64) = (290.0, 390.0);
/// Top and bottom of the lowest panel.
const AGE: (f64, f64) = (412.0, 478.0);
/// A backlog up to this comes and goes many times within a window: its peaks tell more than its course.
const FEW: u64 = 50;
/// A line keeps at least this many points when windows are merged.
const FEWEST_POINTS: usize = 20;
/// Em of the series' names.
const NAME: f64 = 13.0;

/// What passes through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Messages, through a queue.
    Queue,
    /// Requests, through a service.
    Service,
}

/// Everything the chart draws of one queue or service.
struct Plot<'a> {
    queue: &'a str,
    line: Line,
    shaving: &'a PeakShaving,
    arrivals: Vec<Point>,
    completed: Vec<Point>,
    backlog: Vec<Point>,
    age: Vec<Point>,
    /// Seconds the time axis covers.
    until: f64,
    /// Seconds of a window.
    window: f64,
}

/// The chart of the queue or service called `queue`, or `None` where nothing ever came to it or no time passed.
#[must_use]
pub fn draw(summary: &Summary, queue: &str) -> Option<Scene> {
    let (_, shaving) = summary.peak_shaving.iter().find(|(name, _)| name == queue)?;
    let is_queue = summary.queues.iter().any(|(name, _)| name == queue);
    let line = if is_queue { Line::Queue } else { Line::Service };
    let plot = Plot::new((queue, line), shaving, summary.course(queue)?)?;
    let mut scene = sheet(&plot.titles(), &subtitles(summary, &plot));
    let right = SIZE.0 - 24.0 - NAMES.iter().map(|(name, _)| name_width(name)).fold(0.0, f64::max);
    let across = Scale::linear((0.0, plot.until), (PLOT_LEFT, right));
    draw_age(&mut scene, &plot, &across, right);
    draw_backlog(&mut scene, &plot, &across, right);
    draw_flows(&mut scene, &plot, &across, right);
    let time_labels = time_ticks(plot.until, 7.0).into_iter().map(|tick| (tick, time(tick, plot.until)));
    let middle = f64::midpoint(PLOT_LEFT, right);
    columns(&mut scene, &time_labels.collect::<Vec<_>>(), &across, AGE.1, ("virtual time", middle));
    Some(scene)
}

const NAMES: [(&str, Ink); 4] = [
    ("arrivals", Ink::Blue),
    ("completed", Ink::Vermillion),
    ("backlog", Ink::Green),
    ("oldest", Ink::Purple),
];

impl Line {
    const fn noun(self) -> &'static str {
        match self {
            Self::Queue => "message",
            Self::Service => "request",
        }
    }
}

impl<'a> Plot<'a> {
    fn new((queue, line): (&'a str, Line), shaving: &'a PeakShaving, series: &[QueuePoint]) -> Option<Self> {
        let windows: Vec<&QueuePoint> = series.iter().filter(|point| point.length_s > 0.0).collect();
        let (first, last) = (windows.first()?, windows.last()?);
        if windows.iter().all(|point| point.stored == 0 && point.backlog_peak == 0) {
            return None;
        }
        let merged = merged(&windows, windows_in_one(windows.len(), first.length_s));
        Some(Self {
            queue,
            line,
            shaving,
            arrivals: flow(&merged, |point| point.stored),
            completed: flow(&merged, |point| point.completed),
            backlog: if shaving.peak_backlog <= FEW {
                peaks(&merged, shaving)
            } else {
                backlog(&windows, shaving)
            },
            age: age(&windows),
            until: last.until_s,
            window: merged[0].length_s,
        })
    }

    /// What the chart shows, from the longest to the shortest way to say it.
    fn titles(&self) -> Vec<String> {
        let Self { queue, shaving, .. } = self;
        let peak = count_of(shaving.peak_backlog, self.line.noun());
        if shaving.peak_out == 0.0 {
            return titles(&[
                format!("{queue}: {peak} came, none was handled"),
                format!("{queue} is not consumed"),
            ]);
        }
        if shaving.shaved.is_none_or(|shaved| shaved < 0.1) {
            let waits = match shaving.peak_backlog {
                0 => "nothing waits".to_owned(),
                1 => format!("at most {peak} waits"),
                _ => format!("at most {peak} wait"),
            };
            return titles(&[
                format!("{queue} keeps up with its peak of {}/s: {waits}", decimal(shaving.peak_in)),
                format!("{queue} keeps up: {waits}"),
            ]);
        }
        let (peak_in, peak_out) = (decimal(shaving.peak_in), decimal(shaving.peak_out));
        let flows = match self.line {
            Line::Queue => format!("{queue} turns a peak of {peak_in}/s into {peak_out}/s"),
            Line::Service => format!("{queue} gets up to {peak_in}/s and handles {peak_out}/s"),
        };
        if shaving.peak_backlog == 0 {
            return titles(&[format!("{flows}; nothing waits"), flows]);
        }
        let drained = shaving.drain_time.map_or_else(
            || format!("; {peak} pile up and do not drain"),
            |drain| format!("; {peak} pile up and drain in {}", seconds(drain)),
        );
        titles(&[format!("{flows}{drained}"), flows, format!("{queue}: {peak} pile up")])
    }
}

fn titles<const N: usize>(candidates: &[String; N]) -> Vec<String> {
    candidates.iter().map(|title| unbroken(title)).collect()
}

fn subtitles(summary: &Summary, plot: &Plot<'_>) -> Vec<String> {
    let noun = plural(2, plot.line.noun());
    let most = if plot.shaving.peak_backlog <= FEW { "most " } else { "" };
    let what = format!("{noun} per second, {most}{noun} waiting, age of the oldest");
    let every = format!("windows of {}", seconds(plot.window));
    let running = summary.consumers.iter().map(|(name, consumer)| (name, consumer.instances));
    let called = summary.services.iter().map(|(name, service)| (name, service.instances));
    let running = running.chain(called).filter(|(_, instances)| *instances > 0);
    let consumers: Vec<String> = running.map(|(name, instances)| format!("{instances} × {name}")).collect();
    let consumers = consumers.join(", ");
    let seed = format!("seed {}", summary.seed);
    vec![
        format!("{what} — {}, {consumers}, {every}, {seed}", summary.scenario),
        format!("{what} — {}, {every}, {seed}", summary.scenario),
        format!("{what} — {every}, {seed}"),
    ]
}

/// How many windows of the series a window of the lines holds: enough for a second, in which
/// `peak_in` and `peak_out` are counted, as long as that leaves a line its shape.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and the result is held between 1 and the number of windows"
)]
pub(super) fn windows_in_one(windows: usize, length_s: f64) -> usize {
    let in_a_second = (1.0 / length_s).round() as usize;
    let most = (windows / FEWEST_POINTS).max(1);
    // 1, 2 or 5 times a power of ten, as the windows themselves are.
    let round = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
    round.into_iter().filter(|&several| several <= in_a_second.clamp(1, most)).max().unwrap_or(1)
}

/// Every `several` windows as one, with their counts added up.
pub(super) fn merged(windows: &[&QueuePoint], several: usize) -> Vec<QueuePoint> {
    windows
        .chunks(several)
        .map(|chunk| QueuePoint {
            until_s: chunk[chunk.len() - 1].until_s,
            length_s: chunk.iter().map(|point| point.length_s).sum(),
            stored: chunk.iter().map(|point| point.stored).sum(),
            completed: chunk.iter().map(|point| point.completed).sum(),
            backlog_peak: chunk.iter().map(|point| point.backlog_peak).max().unwrap_or_default(),
            ..QueuePoint::default()
        })
        .collect()
}

/// Per second and window, drawn at the windows' middles and prolonged to both ends. A last window
/// that is much shorter than the others is left out: a single message in it would look like a peak.
#[expect(clippy::cast_precision_loss, reason = "counts in a window are far below 2^53")]
pub(super) fn flow(windows: &[QueuePoint], count: fn(&QueuePoint) -> u64) -> Vec<Point> {
    let usual = windows[0].length_s;
    let full = |point: &&QueuePoint| point.length_s >= 0.5 * usual || windows.len() == 1;
    let rate = |point: &QueuePoint| count(point) as f64 / point.length_s;
    let full: Vec<&QueuePoint> = windows.iter().filter(full).collect();
    let mut points = Vec::with_capacity(full.len() + 2);
    points.push((full[0].until_s - full[0].length_s, rate(full[0])));
    points.extend(full.iter().map(|point| (point.until_s - point.length_s / 2.0, rate(point))));
    let last = full[full.len() - 1];
    points.push((last.until_s, rate(last)));
    points
}

/// The backlog at the windows' ends, with peaks inside a window at its middle (where one stands out
/// by more than a pixel or two) and the highest of all where it was.
#[expect(clippy::cast_precision_loss, reason = "backlogs are far below 2^53")]
fn backlog(windows: &[&QueuePoint], shaving: &PeakShaving) -> Vec<Point> {
    let highest = (shaving.peak_backlog_at, shaving.peak_backlog as f64);
    let mut points = vec![(windows[0].until_s - windows[0].length_s, 0.0)];
    let visible = shaving.peak_backlog / 50;
    let mut before = 0;
    for window in windows {
        let began = window.until_s - window.length_s;
        if (began..window.until_s).contains(&highest.0) {
            points.push(highest);
        } else if window.backlog_peak > before.max(window.backlog) + visible {
            points.push((began + window.length_s / 2.0, window.backlog_peak as f64));
        }
        points.push((window.until_s, window.backlog as f64));
        before = window.backlog;
    }
    points
}

/// The largest backlog of each window at its middle, the highest of all where it was.
#[expect(clippy::cast_precision_loss, reason = "backlogs are far below 2^53")]
fn peaks(windows: &[QueuePoint], shaving: &PeakShaving) -> Vec<Point> {
    let highest = (shaving.peak_backlog_at, shaving.peak_backlog as f64);
    let mut points = Vec::with_capacity(windows.len() + 2);
    for window in windows {
        let (began, peak) = (window.until_s - window.length_s, window.backlog_peak as f64);
        if points.is_empty() && began < highest.0 {
            points.push((began, peak));
        }
        let holds_highest = began <= highest.0 && highest.0 < window.until_s;
        points.push(if holds_highest { highest } else { (began + window.length_s / 2.0, peak) });
    }
    let last = windows.last().map(|window| (window.until_s, window.backlog_peak as f64));
    points.extend(last);
    points
}

/// The age of the oldest that waits at the windows' ends.
fn age(windows: &[&QueuePoint]) -> Vec<Point> {
    let began = windows[0].until_s - windows[0].length_s;
    std::iter::once((began, 0.0)).chain(windows.iter().map(|of| (of.until_s, of.oldest_age_s))).collect()
}

fn draw_flows(scene: &mut Scene, plot: &Plot<'_>, across: &Scale, right: f64) {
    let highest = plot.arrivals.iter().chain(&plot.completed).map(|point| point.1).fold(0.0, f64::max);
    let top = if highest > 0.0 { highest * HEADROOM } else { 1.0 };
    let up = Scale::linear((0.0, top), (FLOW.1, FLOW.0));
    let labels: Vec<_> = ticks(top, 4.0).into_iter().map(|tick| (tick, short(tick))).collect();
    let mut board = Board::new([PLOT_LEFT + 4.0, FLOW.0 - 14.0, right, FLOW.1]);
    rows(scene, &mut board, &labels, &up, right);
    row_name(scene, &format!("{}/s", plural(2, plot.line.noun())), f64::midpoint(FLOW.0, FLOW.1));
    let mut ends = Vec::new();
    for (points, ink) in [(&plot.arrivals, NAMES[0].1), (&plot.completed, NAMES[1].1)] {
        let line: Vec<Point> =
            decimate(points).iter().map(|point| (across.place(point.0), up.place(point.1))).collect();
        ends.push(settled(&line) + 0.36 * NAME);
        board.avoid_line(&line);
        scene.line(line, ink, LINE);
    }
    let ends = spread(&ends, NAME + 5.0, FLOW.0 + NAME, FLOW.1 - 2.0);
    for ((name, ink), y) in NAMES.into_iter().zip(ends) {
        scene.text(Text::new(name, (right + 12.0, y), NAME, ink).semi_bold());
    }
    annotate_peak(scene, plot, (across, &up), &mut board);
}

/// Where the last tenth of a line lies on average: its very end may be a single quiet window.
#[expect(clippy::cast_precision_loss, reason = "a line has at most hundreds of points")]
pub(super) fn settled(line: &[Point]) -> f64 {
    let tail = &line[line.len() - line.len().div_ceil(10)..];
    tail.iter().map(|point| point.1).sum::<f64>() / tail.len() as f64
}

fn annotate_peak(scene: &mut Scene, plot: &Plot<'_>, (across, up): (&Scale, &Scale), board: &mut Board) {
    // The first point only prolongs the second to the axis.
    let windows = plot.arrivals.iter().skip(1).copied();
    let Some(peak) = windows.reduce(|best, point| if point.1 > best.1 { point } else { best }) else {
        return;
    };
    let at = (across.place(peak.0), up.place(peak.1));
    let what = unbroken(&format!("{}/s arrive at {}", decimal(peak.1), seconds(peak.0)));
    if let Some(label) = board.place(beside(&what, at)) {
        scene.dot(at, NAMES[0].1);
        scene.text(label);
    }
}

/// Places for a label around a point: to its right, to its left, above; farther off each time.
fn beside(what: &str, (x, y): Point) -> Vec<Text> {
    let text = |at, anchor| Text::new(what, at, SMALL, Ink::Strong).anchored(anchor);
    let mut places = Vec::new();
    for off in [12.0, 20.0, 32.0, 48.0] {
        for drop in [0.36 * SMALL, -6.0, 16.0] {
            places.push(text((x + off, y + drop), Anchor::Start));
            places.push(text((x - off, y + drop), Anchor::End));
        }
        places.push(text((x, y - off), Anchor::Middle));
        places.push(text((x - 8.0, y - off), Anchor::Start));
        places.push(text((x + 8.0, y - off), Anchor::End));
        places.push(text((x + 4.0, y - off), Anchor::Start));
        places.push(text((x - 4.0, y - off), Anchor::End));
    }
    places
}

#[expect(clippy::cast_precision_loss, reason = "backlogs are far below 2^53")]
fn draw_backlog(scene: &mut Scene, plot: &Plot<'_>, across: &Scale, right: f64) {
    let highest = plot.backlog.iter().map(|point| point.1).fold(0.0, f64::max);
    let top = if highest > 0.0 { highest * HEADROOM } else { 1.0 };
    let up = Scale::linear((0.0, top), (BACKLOG.1, BACKLOG.0));
    let labels: Vec<_> = count_ticks(top, 3.0).into_iter().map(|tick| (tick, short(tick))).collect();
    let mut board = Board::new([PLOT_LEFT + 4.0, BACKLOG.0 - 16.0, right, BACKLOG.1]);
    rows(scene, &mut board, &labels, &up, right);
    row_name(scene, "waiting", f64::midpoint(BACKLOG.0, BACKLOG.1));
    let ink = NAMES[2].1;
    let line = draw_area(scene, (&plot.backlog, NAMES[2]), (across, &up), BACKLOG, right);
    board.avoid_line(&line);
    let (peak, peak_at) = (plot.shaving.peak_backlog, plot.shaving.peak_backlog_at);
    if peak > 0 {
        let at = (across.place(peak_at), up.place(peak as f64));
        let what = format!("{} {} at {}", group(peak), plural(peak, plot.line.noun()), seconds(peak_at));
        scene.dot(at, ink);
        if let Some(label) = board.place(beside(&unbroken(&what), at)) {
            scene.text(label);
        }
    }
}

fn draw_age(scene: &mut Scene, plot: &Plot<'_>, across: &Scale, right: f64) {
    let highest = plot.age.iter().map(|point| point.1).fold(0.0, f64::max);
    let top = if highest > 0.0 { highest * HEADROOM } else { 1.0 };
    let up = Scale::linear((0.0, top), (AGE.1, AGE.0));
    let ticks = time_ticks(top, 2.0).into_iter().filter(|tick| *tick <= highest);
    let labels: Vec<_> = ticks.map(|tick| (tick, time(tick, top))).collect();
    let mut board = Board::new([PLOT_LEFT + 4.0, AGE.0, right, AGE.1]);
    rows(scene, &mut board, &labels, &up, right);
    row_name(scene, "age", f64::midpoint(AGE.0, AGE.1));
    draw_area(scene, (&plot.age, NAMES[3]), (across, &up), AGE, right);
}

/// A line with its name at the right and the area below it; gives where it runs.
fn draw_area(
    scene: &mut Scene,
    (points, (name, ink)): (&[Point], (&str, Ink)),
    (across, up): (&Scale, &Scale),
    (top, bottom): (f64, f64),
    right: f64,
) -> Vec<Point> {
    let line: Vec<Point> =
        decimate(points).iter().map(|point| (across.place(point.0), up.place(point.1))).collect();
    let mut corners = line.clone();
    corners.push((line[line.len() - 1].0, bottom));
    corners.push((line[0].0, bottom));
    scene.area(corners, ink, 0.25);
    let end = spread(&[settled(&line) + 0.36 * NAME], NAME, top + NAME, bottom - 2.0);
    scene.text(Text::new(name, (right + 12.0, end[0]), NAME, ink).semi_bold());
    scene.line(line.clone(), ink, LINE);
    line
}

/// With some room to spare: a reader of the bare SVG without Inter sees another, often wider, font.
fn name_width(name: &str) -> f64 {
    1.15 * width(name, NAME, Weight::SemiBold)
}

#[cfg(test)]
mod tests {
    use super::windows_in_one;

    #[test]
    fn lines_count_in_seconds_unless_the_run_is_too_short_for_that() {
        let cases =
            [((200, 0.05), 10), ((1_000, 0.05), 20), ((180, 1.0), 1), ((3, 0.1), 1), ((1_000, 5.0), 1)];
        for ((windows, length_s), several) in cases {
            assert_eq!(windows_in_one(windows, length_s), several, "{windows} windows of {length_s} s");
        }
    }
}
