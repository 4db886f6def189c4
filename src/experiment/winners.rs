//! Who is best where: arms that differ in one thing, along a number that grows.
//!
//! At each point the best mean leads, and with it whoever cannot be told from it: paired differences, Holm over
//! all comparisons made. Knows no words.

use crate::metrics::registry::Better;

use super::comparison::pair;
use super::headline::Headline;
use super::pareto::mean;
use super::replications::Replications;
use super::statistics::holm;

/// Adjusted p at which two are told apart.
const SIGNIFICANT: f64 = 0.05;

/// Who leads at one point.
#[derive(Clone, Debug, PartialEq)]
pub struct Lead {
    /// The one with the best mean.
    pub best: usize,
    /// Those that cannot be told from it, itself included, in their order.
    pub leaders: Vec<usize>,
}

/// A change of who leads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossover {
    /// Who led before.
    pub from: usize,
    /// Who leads after.
    pub to: usize,
    /// Where their means are equal, between the points around it.
    pub at: f64,
    /// The mean of both there.
    pub value: f64,
}

/// Who leads at each of the points, where `arms[point][rival]` are the runs; `None` where nobody measured it.
#[must_use]
pub fn leads(headline: &Headline, arms: &[Vec<&Replications>]) -> Vec<Option<Lead>> {
    let bests: Vec<Option<usize>> = arms.iter().map(|rivals| best(headline, rivals)).collect();
    let mut tested: Vec<(usize, usize, Option<f64>)> = Vec::new();
    for (point, (rivals, best)) in arms.iter().zip(&bests).enumerate() {
        let Some(best) = best else { continue };
        for rival in (0..rivals.len()).filter(|rival| rival != best) {
            let paired = pair(headline, rivals[*best], rivals[rival]);
            let same = paired.is_some_and(|paired| paired.difference == 0.0 && paired.deviation == 0.0);
            // Equal in every run is not told apart, and not a test.
            tested.push((point, rival, if same { None } else { paired.and_then(|paired| paired.p) }));
        }
    }
    let values: Vec<f64> = tested.iter().filter_map(|(_, _, p)| *p).collect();
    let mut adjusted = holm::adjusted(&values).into_iter();
    let mut leads: Vec<Option<Lead>> =
        bests.into_iter().map(|best| best.map(|best| Lead { best, leaders: vec![best] })).collect();
    for (point, rival, p) in tested {
        let apart = p.and_then(|_| adjusted.next()).is_some_and(|p| p <= SIGNIFICANT);
        let measured = mean(headline, arms[point][rival]).is_some();
        if let Some(lead) = leads[point].as_mut().filter(|_| !apart && measured) {
            lead.leaders.push(rival);
            lead.leaders.sort_unstable();
        }
    }
    leads
}

/// Where the lead passes from one that led alone to another that does, at the points `x`.
#[must_use]
pub fn crossovers(
    headline: &Headline,
    x: &[f64],
    arms: &[Vec<&Replications>],
    leads: &[Option<Lead>],
) -> Vec<Crossover> {
    let alone =
        |lead: &Option<Lead>| lead.as_ref().filter(|lead| lead.leaders.len() == 1).map(|lead| lead.best);
    let mut found = Vec::new();
    let mut before: Option<(usize, usize)> = None;
    for (point, lead) in leads.iter().enumerate() {
        let Some(to) = alone(lead) else { continue };
        if let Some((since, from)) = before.filter(|(_, from)| *from != to) {
            found.extend(crossing(headline, (x, arms), (since, point), (from, to)));
        }
        before = Some((point, to));
    }
    found
}

/// Where two means meet, the first time between two points; linear between neighbours.
fn crossing(
    headline: &Headline,
    (x, arms): (&[f64], &[Vec<&Replications>]),
    (first, last): (usize, usize),
    (from, to): (usize, usize),
) -> Option<Crossover> {
    let means = |point: usize| Some((mean(headline, arms[point][from])?, mean(headline, arms[point][to])?));
    (first..last).find_map(|left| {
        let (before, after) = (means(left)?, means(left + 1)?);
        let (gap, next_gap) = (before.0 - before.1, after.0 - after.1);
        if gap == 0.0 || gap.signum() == next_gap.signum() {
            return None;
        }
        let share = gap / (gap - next_gap);
        let at = x[left] + share * (x[left + 1] - x[left]);
        Some(Crossover { from, to, at, value: before.0 + share * (after.0 - before.0) })
    })
}

fn best(headline: &Headline, rivals: &[&Replications]) -> Option<usize> {
    let sign = if headline.better == Better::Higher { -1.0 } else { 1.0 };
    let means = rivals.iter().enumerate().filter_map(|(at, arm)| Some((at, sign * mean(headline, arm)?)));
    means.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
}
