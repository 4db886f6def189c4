//! The tables about services: their calls as callers see them, their requests as they come in and wait, and
//! what their handlers did. Knows no format.

use crate::metrics::summary::{ServiceSummary, Summary};
use crate::report::number::{decimal, group, millis_short, percent};

use super::{Row, Section, Tone, peak_cells};

/// Attempts of callers, and how they ended.
pub(super) fn calls(summary: &Summary) -> Section {
    let rows = called(summary).map(|(name, service)| {
        let cells = vec![
            group(service.calls),
            group(service.retries),
            service.attempts_per_call().map_or_else(|| "–".into(), decimal),
            group(service.rejected),
            group(service.timed_out),
            group(service.failed),
        ];
        let went_wrong = service.rejected + service.timed_out + service.failed > 0;
        Row::new(name, cells, if went_wrong { Tone::Doubtful } else { Tone::Plain })
    });
    Section {
        title: "Calls".into(),
        columns: vec!["attempts", "retries", "per call", "rejected", "timed out", "failed"],
        words: Vec::new(),
        rows: rows.collect(),
        note: None,
    }
}

/// Requests as a queue's copies.
pub(super) fn requests(summary: &Summary) -> Section {
    let is_service = |name: &String| summary.services.iter().any(|(service, _)| service == name);
    let shaved = summary.peak_shaving.iter().filter(|(name, _)| is_service(name));
    let rows = shaved
        .filter(|(_, shaving)| shaving.peak_in > 0.0 || shaving.peak_backlog > 0)
        .map(|(name, shaving)| Row::new(name, peak_cells(shaving), Tone::Plain));
    Section {
        title: "Requests".into(),
        columns: vec!["in/s", "out/s", "shaved", "waiting", "at", "drained in", "longest wait"],
        words: Vec::new(),
        rows: rows.collect(),
        note: Some("in/s, out/s and waiting are peaks; what is refused at once counts as shaved.".into()),
    }
}

/// What handlers did, and for whom.
pub(super) fn services(summary: &Summary) -> Section {
    let rows = called(summary).map(|(name, service)| {
        let time = |ms: Option<f64>| ms.map_or_else(|| "–".into(), millis_short);
        let cells = vec![
            service.instances.to_string(),
            service.utilization.map_or_else(|| "–".into(), percent),
            time(service.service_wait.p50_ms),
            time(service.service_wait.p99_ms),
            group(service.handled),
            group(service.wasted),
            service.wasted_share().map_or_else(|| "–".into(), percent),
        ];
        Row::new(name, cells, if service.wasted > 0 { Tone::Doubtful } else { Tone::Plain })
    });
    let wasted_s: f64 = summary.services.iter().map(|(_, service)| service.wasted_s).sum();
    let note = (wasted_s > 0.0).then(|| {
        let lasted = millis_short(wasted_s * 1e3);
        format!("Wasted: handlers that ended for a caller that had given up, {lasted} of work in all.")
    });
    Section {
        title: "Services".into(),
        columns: vec!["instances", "utilization", "wait p50", "p99", "handled", "wasted", "share"],
        words: Vec::new(),
        rows: rows.collect(),
        note,
    }
}

fn called(summary: &Summary) -> impl Iterator<Item = (&String, &ServiceSummary)> {
    summary.services.iter().filter(|(_, service)| service.calls > 0).map(|(name, service)| (name, service))
}
