//! Services against queueing theory: loss formulas, waits, bursts, dispatch, and where retry storms begin.
//!
//! Unless a test says otherwise, an estimate is the mean of [`REPLICATIONS`] runs of seeds of their own, and its
//! standard error is measured from how these differ; a deviation beyond [`WIDEST`] of them would come once in
//! 1 000 estimates by chance. Seeds are fixed, so it comes always or never.

#![expect(clippy::cast_precision_loss, reason = "counts of a run are below 2^53")]

use mqlab::metrics::summary::{QueuePoint, Summary};

use crate::laboratory::{latency, run, service, shaving};

/// Standard errors; Student's t with 19 degrees of freedom.
const WIDEST: f64 = 4.0;

const REPLICATIONS: u32 = 20;

struct Estimate {
    mean: f64,
    standard_error: f64,
}

impl Estimate {
    fn of(text: &str, measured: impl Fn(&Summary) -> f64) -> Self {
        let values: Vec<f64> =
            (1..=REPLICATIONS).map(|seed| measured(&run(&format!("seed: {seed}\n{text}")))).collect();
        let count = f64::from(REPLICATIONS);
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Self { mean, standard_error: (squares / (count - 1.0) / count).sqrt() }
    }

    /// `precision` is how many per cent of what is expected a standard error may be, lest it say nothing.
    fn agrees(&self, what: &str, expected: f64, precision: f64) {
        let Self { mean, standard_error } = *self;
        let relative = 100.0 * standard_error / expected;
        assert!(relative < precision, "{what}: a standard error of {relative} % says nothing");
        let deviation = (mean - expected) / standard_error;
        assert!(
            deviation.abs() < WIDEST,
            "{what}: {mean} and not {expected}, off by {deviation:.1} standard errors of {standard_error}"
        );
    }
}

/// Poisson calls of a service.
fn called(rate: f64, (run_for, warm_up): (f64, f64), of_service: &str) -> String {
    format!(
        "run_for: {run_for:.3}s\nwarm_up: {warm_up:.3}s\nservices: {{s: {{{of_service}}}}}\n\
         producers: {{p: {{arrivals: {{poisson: {rate:.3}/s}}, do: [call: s]}}}}\n"
    )
}

/// Erlang's B: the share of calls that find all `places` taken, by its recursion over them.
fn erlang_b(places: u32, load: f64) -> f64 {
    (1..=places).fold(1.0, |blocked, place| load * blocked / (f64::from(place) + load * blocked))
}

/// Erlang's C: the share of calls that wait where all may.
fn erlang_c(places: u32, load: f64) -> f64 {
    let (blocked, free) = (erlang_b(places, load), 1.0 - load / f64::from(places));
    blocked / (free + (1.0 - free) * blocked)
}

/// The share of requests after `from` seconds that a service without a queue turned away: those received that
/// neither ended nor still run.
fn share_turned_away(summary: &Summary, from: f64) -> f64 {
    let (before, after): (Vec<&QueuePoint>, Vec<&QueuePoint>) =
        service(summary, "s").series.iter().partition(|point| point.until_s <= from);
    let received: u64 = after.iter().map(|point| point.stored).sum();
    let ended: u64 = after.iter().map(|point| point.completed).sum();
    let running = |points: &[&QueuePoint]| points.last().map_or(0, |point| point.unacked);
    1.0 - (ended as f64 + running(&after) as f64 - running(&before) as f64) / received as f64
}

/// Warm-up lasts ten handlings, after which the start is forgotten: e^(−10) of it is left.
fn loss(load: f64, work: &str, calls: f64) -> Estimate {
    let rate = load * 10.0;
    let seconds = 1.0 + calls / f64::from(REPLICATIONS) / rate;
    let text = called(rate, (seconds, 0.0), &format!("concurrency: 100, do: [work: {work}]"));
    Estimate::of(&text, |summary| share_turned_away(summary, 1.0))
}

/// The standard error of the share lost of so many calls of exponential work at 100 places. Where losses are few
/// they differ too little between 20 runs to be measured by, since they come in clumps: the time between two is
/// that of climbing from all places taken to one more, and has c² = 6.2 at 70 erlang. Of a climb from n, which is
/// preceded by falling back with probability n/(a + n), follow its first two moments; n losses of a renewal process
/// have a variance of c²·n.
fn error_of_rare_losses(load: f64, calls: f64) -> f64 {
    // In units of the mean work.
    let (mut mean, mut square) = (1.0 / load, 2.0 / (load * load));
    for taken in 1..=100 {
        let rate = load + f64::from(taken);
        let falls = f64::from(taken) / rate;
        let longer = 1.0 / load + f64::from(taken) / load * mean;
        let once = 2.0 / (rate * rate) + 2.0 / rate * falls * (mean + longer);
        square = (once + falls * (square + 2.0 * mean * longer)) / (1.0 - falls);
        mean = longer;
    }
    let (losses, variation) = (calls / (load * mean), square / (mean * mean) - 1.0);
    assert!((losses / calls - erlang_b(100, load)).abs() < 1e-12, "one loss in each climb");
    libm::sqrt(variation * losses) / calls
}

#[test]
fn erlangs_loss_formula_holds() {
    // Jagerman's table has B(100, 100) = 0.0757.
    assert!((erlang_b(100, 100.0) - 0.0757).abs() < 0.000_05);
    let work = "{exponential: 100ms}";
    let rare = loss(70.0, work, 400_000.0);
    Estimate { standard_error: error_of_rare_losses(70.0, 400_000.0), ..rare }.agrees(
        "70 erlang",
        erlang_b(100, 70.0),
        40.0,
    );
    for (load, calls, precision) in [(90.0, 100_000.0, 6.0), (110.0, 100_000.0, 3.0), (150.0, 100_000.0, 1.0)]
    {
        loss(load, work, calls).agrees(&format!("{load} erlang"), erlang_b(100, load), precision);
    }
}

/// The formula knows of handler times only their mean.
#[test]
fn erlangs_loss_formula_holds_for_any_work_of_the_same_mean() {
    for work in ["100ms", "{lognormal: {mean: 100ms, p99: 600ms}}", "{uniform: [0s, 200ms]}"] {
        for load in [90.0, 110.0] {
            loss(load, work, 100_000.0).agrees(&format!("{load} erlang of {work}"), erlang_b(100, load), 8.0);
        }
    }
}

#[test]
fn a_wrong_load_is_noticed() {
    let estimate = loss(110.0, "{exponential: 100ms}", 100_000.0);
    let deviation = (estimate.mean - erlang_b(100, 107.0)) / estimate.standard_error;
    assert!(deviation.abs() > WIDEST, "{deviation}");
}

fn mean_wait(summary: &Summary) -> f64 {
    service(summary, "s").service_wait.mean_ms.expect("some were handled")
}

/// With work of 1 ms and load ρ for each of c places: the mean wait is C(c, cρ)/(c(1 − ρ)) ms.
#[test]
fn calls_that_may_wait_do_so_as_in_mmc() {
    for (places, load) in [(1, 0.5), (1, 0.8), (8, 0.8), (100, 0.9)] {
        let erlang = load * f64::from(places);
        let rate = 1_000.0 * erlang;
        let calls = if places == 100 { 800_000.0 } else { 200_000.0 };
        let seconds = 0.5 + calls / f64::from(REPLICATIONS) / rate;
        let text = called(
            rate,
            (seconds, 0.5),
            &format!("concurrency: {places}, when_full: queue, do: [work: {{exponential: 1ms}}]"),
        );
        let expected = erlang_c(places, erlang) / (f64::from(places) * (1.0 - load));
        Estimate::of(&text, mean_wait).agrees(&format!("M/M/{places} at {load}"), expected, 8.0);
        let utilization = |summary: &Summary| service(summary, "s").utilization.expect("time passed");
        Estimate::of(&text, utilization).agrees(&format!("utilization of M/M/{places}"), load, 2.0);
    }
}

/// In a system with room for c + k calls, the share of time with n in it is proportional to aⁿ/n! up to c and to
/// (a/c)ⁿ from there on; calls see it as it is.
#[test]
fn a_bounded_queue_is_mmck() {
    let (places, room, erlang) = (3_u32, 5_u32, 3.6);
    let mut weights = vec![1.0];
    for in_it in 1..=places + room {
        let more = weights.last().expect("there is a first") * erlang / f64::from(in_it.min(places));
        weights.push(more);
    }
    let whole: f64 = weights.iter().sum();
    let blocked = weights.last().expect("there is a last") / whole;
    let in_line = |at: usize| at.saturating_sub(places as usize) as f64;
    let waiting: f64 = weights.iter().enumerate().map(|(at, weight)| in_line(at) * weight / whole).sum();
    let text = called(
        erlang * 1_000.0,
        (3.5, 0.5),
        &format!("concurrency: {places}, when_full: {{queue: {room}}}, do: [work: {{exponential: 1ms}}]"),
    );
    // Little's law: those in line over those let in.
    let wait = waiting / (erlang * (1.0 - blocked));
    Estimate::of(&text, mean_wait).agrees("M/M/3/8: wait", wait, 1.0);
    let shares = Estimate::of(&text, |summary| {
        let s = service(summary, "s");
        s.rejected as f64 / s.calls as f64
    });
    shares.agrees("M/M/3/8: rejected", blocked, 1.0);
}

/// 2 000 calls a second for 10 s at a service that does 1 000, then 500. The backlog at the end of the burst is a
/// difference of two Poisson counts, and so is what is taken from it after; standard errors follow from that.
#[test]
fn a_burst_at_a_service_obeys_the_fluid_formulas() {
    let summary = run("run_for: 60s\nuntil: drained\n\
         services: {s: {concurrency: 100, when_full: queue, do: [work: {exponential: 100ms}]}}\n\
         producers: {p: {arrivals: [{for: 10s}, {for: 10s, poisson: 2000/s}, {poisson: 500/s}], do: [call: s]}}\n");
    let of = shaving(&summary, "s");
    let (arrivals, capacity, after, lasts) = (2_000.0, 1_000.0, 500.0, 10.0);
    // The first hundred do not wait, and until they all run, 50 ms, the places are half idle.
    let backlog = (arrivals - capacity) * lasts - 100.0 + capacity * 0.05 / 2.0;
    let error = libm::sqrt((arrivals + capacity) * lasts);
    let agrees = |what: &str, value: f64, expected: f64, error: f64| {
        let deviation = (value - expected) / error;
        assert!(deviation.abs() < WIDEST, "{what}: {value} and not {expected}, {deviation:.1} of {error}");
        assert!(error < expected / 20.0, "{what}: {error} says nothing");
    };
    agrees("peak backlog", of.peak_backlog as f64, backlog, error);
    agrees("time of the peak", of.peak_backlog_at, 20.0, 0.1);
    let drains_in = backlog / (capacity - after);
    let while_draining = libm::sqrt(error * error + (capacity + after) * drains_in);
    let drained = of.drain_time.expect("it drained");
    agrees("drain time", drained, drains_in, while_draining / (capacity - after));
    agrees("longest wait", of.longest_wait, backlog / capacity, while_draining / capacity);
    assert!(of.peak_in > 1_900.0 && of.peak_out < 1_150.0);
}

/// Mean milliseconds in a system of 100 places of 10 ms each, at load 0.8, under a dispatch strategy.
fn time_under(dispatch: &str, seconds: f64) -> Estimate {
    let text = called(
        8_000.0,
        (1.0 + seconds, 1.0),
        &format!("instances: 100, when_full: queue, dispatch: {dispatch}, do: [work: {{exponential: 10ms}}]"),
    );
    Estimate::of(&text, |summary| latency(summary, "operation").mean_ms.expect("some ended"))
}

/// Random choice makes a hundred M/M/1 of it: 10/(1 − ρ) ms. The better of two, in the limit of many places:
/// 10·Σ ρ^(2ⁱ − 2) ms from i = 1 on (Mitzenmacher 1996). In turn: 10/(1 − σ) ms,
/// where σ = e^(−(1 − σ)/ρ), each place's arrivals being almost regular.
#[test]
fn dispatch_evens_out_as_theory_says() {
    let load: f64 = 0.8;
    let two: f64 = (1..=8).map(|i| 10.0 * libm::pow(load, libm::exp2(f64::from(i)) - 2.0)).sum();
    let root = (0..200).fold(0.5, |root: f64, _| libm::exp((root - 1.0) / load));
    let in_turn = 10.0 / (1.0 - root);
    let random = time_under("random", 2.0);
    random.agrees("random", 10.0 / (1.0 - load), 2.0);
    // Those two hold for infinitely many places, to 1 % or so for a hundred (Mitzenmacher's table 1).
    let nearly = |what: &str, estimate: Estimate, limit: f64| {
        let Estimate { mean, standard_error } = estimate;
        // Strategies are 30 % apart, so a tenth tells them from each other.
        let near = 0.01 * limit + WIDEST * standard_error;
        assert!((mean - limit).abs() < near && near < 0.1 * limit, "{what}: {mean} and not {limit} ± {near}");
        mean
    };
    let of_two = nearly("power of two", time_under("power-of-two", 2.0), two);
    let round_robin = nearly("round robin", time_under("round-robin", 5.0), in_turn);
    let least_loaded = time_under("least-loaded", 1.0).mean;
    // A hundred places nearly always have a free one at this load (Erlang C is 2 %), so who ends takes 10 ms. Those
    // under way when the second is over, 10 ms of it, are missing, and they are twice as long as the others.
    let seen = (10.0 - 0.01 * 20.0) / (1.0 - 0.01);
    assert!((least_loaded - seen).abs() < 0.1, "{least_loaded} and not {seen}");
    assert!(least_loaded < of_two && of_two < round_robin && round_robin < random.mean);
}

/// A service that does 100 calls a second, and users whose calls wait for a second; for 3 s they come 300 a second.
struct Storm<'a> {
    rate: f64,
    retries: u32,
    when_full: &'a str,
    call: &'a str,
    burst: &'a str,
}

impl Storm<'_> {
    /// The share of operations that succeed in the last 50 s of 500.
    fn succeed_at_last(&self) -> f64 {
        let Self { rate, retries, when_full, call, burst } = self;
        let summary = run(&format!(
            "run_for: 500s\nwarm_up: 450s\n\
             services: {{s: {{concurrency: 10, when_full: {when_full}, do: [work: {{exponential: 100ms}}]}}}}\n\
             producers: {{p: {{arrivals: [{{for: 5s, poisson: {rate}/s}}, {{for: 3s, poisson: {burst}}}, \
             {{poisson: {rate}/s}}], do: [call: {{service: s, timeout: 1s, retries: {retries}{call}}}]}}}}\n"
        ));
        let count = |name| latency(&summary, name).count as f64;
        let (succeeded, other) = (count("operation"), count("operation_failed"));
        assert!(succeeded + other > 20.0 * rate, "some came");
        succeeded / (succeeded + other)
    }
}

const STORM: Storm<'_> = Storm { rate: 27.5, retries: 3, when_full: "queue", call: "", burst: "300/s" };

/// Once calls wait for longer than their timeout, every operation makes 1 + r of them and all work is for
/// callers that have given up. The queue then grows while rate·(1 + r) is above the capacity of 100/s, and
/// drains below.
#[test]
fn a_retry_storm_stays_above_capacity_over_one_plus_retries() {
    for retries in [1, 3] {
        let threshold = 100.0 / f64::from(1 + retries);
        let calm = Storm { rate: 0.9 * threshold, retries, ..STORM }.succeed_at_last();
        assert!(calm > 0.999, "{retries} retries, below: {calm}");
        let storm = Storm { rate: 1.1 * threshold, retries, ..STORM }.succeed_at_last();
        assert!(storm < 0.001, "{retries} retries, above: {storm}");
        // Nothing is wrong with that rate by itself.
        let undisturbed = Storm { rate: 1.1 * threshold, retries, burst: "1/s", ..STORM }.succeed_at_last();
        assert!(undisturbed > 0.999, "{retries} retries, without a burst: {undisturbed}");
    }
}

/// Each keeps calls of nobody from taking the places, or from being made.
#[test]
fn a_retry_storm_is_ended_by_each_of_its_remedies() {
    let remedies = [
        Storm { call: ", retry_budget: 10%", ..STORM },
        Storm { call: ", breaker: {failures: 5, open_for: 5s}", ..STORM },
        Storm { call: ", deadline: 4s", ..STORM },
        Storm { when_full: "{queue: unlimited, order: newest-first}", ..STORM },
        Storm { when_full: "{queue: 50}", ..STORM },
        Storm { when_full: "reject", ..STORM },
        Storm { retries: 0, ..STORM },
    ];
    for remedy in remedies {
        let succeed = remedy.succeed_at_last();
        // A service of ten places without a queue turns away B(10, 2.75) = 0.05 % of the first attempts.
        assert!(succeed > 0.999, "{} {}: {succeed}", remedy.call, remedy.when_full);
    }
}
