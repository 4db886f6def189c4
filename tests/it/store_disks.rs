//! Disks of databases that stall: what waits for them, how long, and what is said where nothing can.

use mqlab::metrics::summary::Summary;

use crate::diagnostics_support::rendered;
use crate::laboratory::{fault, latency, run, try_scenario};

/// Operations that do one thing at a database, under a stall.
fn operations(database: &str, arrivals: &str, step: &str, stall: &str) -> Summary {
    run(&format!(
        "seed: 4\nuntil: drained\nqueues: {{}}\nstores: {{db: {{rows: {{row: {{count: 100000}}}}, {database}}}}}\n\
         producers: {{p: {{arrivals: {{{arrivals}}}, do: [{step}]}}}}\n\
         faults: [stall: {{target: db, {stall}}}]\n"
    ))
}

fn mean_and_max(summary: &Summary) -> (Option<f64>, Option<f64>) {
    let operation = latency(summary, "operation");
    (operation.mean_ms, operation.max_ms)
}

const UPDATE: &str = "update: {in: db, row: {table: row, pick: uniform}, add: 1, lock: atomic}";
const READ: &str = "read: {in: db, row: {table: row, pick: uniform}}";

/// One every 10 ms, each of 1 ms and an `fsync` of 2. The stall lasts from 21 to 51 ms: the second, under way, is
/// done at 51; the third and fourth, which begin meanwhile, at 53; the fifth is there in time.
#[test]
fn a_commit_waits_for_the_end_of_a_stall() {
    let commits = |step, stall| operations("latency: 1ms, fsync: 2ms", "for: 55ms, every: 10ms", step, stall);
    let stalled = commits(UPDATE, "after: 21ms, for: 30ms");
    assert_eq!(fault(&stalled, "stall").fired, 1);
    assert_eq!(mean_and_max(&stalled), (Some((3.0 + 31.0 + 23.0 + 13.0 + 3.0) / 5.0), Some(31.0)));
    assert_eq!(mean_and_max(&commits(UPDATE, "after: 5s, for: 30ms")), (Some(3.0), Some(3.0)));
    assert_eq!(mean_and_max(&commits(READ, "after: 21ms, for: 30ms")).1, Some(1.0), "a read writes nothing");
}

/// Four objects on one disk end after 5, 10, 15 and 20 ms; from 7 ms on it stands still for 100.
#[test]
fn a_line_before_a_disk_stands_still() {
    let line = |stall| operations("disks: {count: 1, time: 5ms}", "for: 1ms, at_once: 4", READ, stall);
    assert_eq!(
        mean_and_max(&line("after: 7ms, for: 100ms")),
        (Some((5.0 + 110.0 + 115.0 + 120.0) / 4.0), Some(120.0))
    );
    assert_eq!(mean_and_max(&line("after: 0s, for: 100ms")).1, Some(120.0));
    assert_eq!(mean_and_max(&line("after: 20ms, for: 100ms")).1, Some(20.0));
    // Without a line each has its own disk, which stands still as well.
    let apart = operations(
        "disks: {count: unlimited, time: 5ms}",
        "for: 1ms, at_once: 4",
        READ,
        "after: 3ms, for: 100ms",
    );
    assert_eq!(mean_and_max(&apart), (Some(105.0), Some(105.0)));
}

/// A database that is dead when its disks stall finds them so when it is back.
#[test]
fn disks_stall_while_their_database_is_dead() {
    let summary = run(&format!(
        "run_for: 1s\nuntil: drained\nqueues: {{}}\nstores: {{db: {{rows: {{row: {{}}}}, fsync: 2ms}}}}\n\
         producers: {{p: {{arrivals: [{{for: 100ms}}, {{for: 1ms, at_once: 1}}], do: [{}]}}}}\n\
         faults: [crash: {{target: db, after: 10ms, restart_after: 50ms}}, stall: {{target: db, after: 20ms, for: 200ms}}]\n",
        "update: {in: db, row: row, add: 1, lock: atomic}"
    ));
    assert_eq!(mean_and_max(&summary).1, Some(122.0), "the stall ends at 220 ms");
}

#[test]
fn what_has_no_disk_does_not_stall() {
    let text = |stores: &str, target: &str| {
        format!(
            "queues: {{}}\nstores: {{db: {{rows: {{row: {{}}}}{stores}}}, redis: {{kind: cache}}}}\n\
             producers: {{p: {{arrivals: {{for: 1s, every: 10ms}}, do: [update: {{in: db, row: row, add: 1}}]}}}}\n\
             faults: [stall: {{target: {target}, after: 1ms, for: 5ms}}]\n"
        )
    };
    let complaint = |stores, target| try_scenario(&text(stores, target)).expect_err("it makes no sense");
    assert!(complaint(", fsync: 1ms", "redis").contains("[fault-target]"));
    assert!(complaint(", fsync: 1ms", "p").contains("[fault-target]"));
    assert!(complaint(", fsync: 1ms", "'db#0'").contains("[no-such-instance]"));
    let warns = |stores| rendered(&text(stores, "db"), &[]);
    assert!(warns("").contains("[stall-without-fsync]") && warns("").contains("`db: {fsync: 2ms}`"));
    assert_eq!([warns(", fsync: 1ms"), warns(", disks: {count: 1, time: 1ms}")], ["", ""]);
}
