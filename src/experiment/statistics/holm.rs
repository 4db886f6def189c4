//! Several tests at once: among twenty comparisons of equals, one is expected to look significant at 5 %.
//!
//! S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6
//! (1979): the chance that any true hypothesis is rejected stays below the level, whatever the dependence.

/// The adjusted p of each, in the order given; a test is significant at 5 % if its adjusted p is at most 0.05.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "comparisons are few")]
pub fn adjusted(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]).then(a.cmp(b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut largest = 0.0_f64;
    for (rank, index) in order.into_iter().enumerate() {
        largest = largest.max(p[index] * (p.len() - rank) as f64).min(1.0);
        adjusted[index] = largest;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::adjusted;

    /// As R's `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")` gives.
    #[test]
    fn agrees_with_r() {
        let ours = adjusted(&[0.01, 0.04, 0.03, 0.005]);
        let theirs = [0.03, 0.06, 0.06, 0.02];
        assert!(ours.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() < 1e-12), "{ours:?}");
    }

    #[test]
    fn one_test_stays_as_it_is_and_none_exceeds_one() {
        assert_eq!(adjusted(&[0.04]), [0.04]);
        assert_eq!(adjusted(&[0.9, 0.8]), [1.0, 1.0]);
        assert_eq!(adjusted(&[]), Vec::<f64>::new());
    }
}
