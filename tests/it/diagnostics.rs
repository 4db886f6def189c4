//! What bad scenarios get, as exact text.

use std::collections::BTreeSet;

use mqlab::scenario::Source;
use mqlab::scenario::diagnostic::{Diagnostic, Paint};
use mqlab::scenario::registry::{DIAGNOSTICS, rule};

use crate::diagnostics_support::{complaints, rendered};

#[test]
fn each_example_raises_its_rule() {
    for rule in DIAGNOSTICS.iter().filter(|rule| !rule.example.is_empty()) {
        let found: Vec<&str> = complaints(rule.example, &[]).iter().map(Diagnostic::id).collect();
        assert!(
            found.contains(&rule.id),
            "the example of `{}` raises {found:?}:\n{}",
            rule.id,
            rendered(rule.example, &[])
        );
    }
}

#[test]
fn rules_without_an_example_are_raised_too() {
    let large = Source::from_bytes("big.yaml", vec![b'#'; (1 << 20) + 1]).expect_err("it is too large");
    assert_eq!(large.id(), "too-large");
    let latin =
        Source::from_bytes("latin.yaml", b"scenario: Caf\xe9\n".to_vec()).expect_err("it is not UTF-8");
    assert_eq!(latin.id(), "not-utf8");
    assert_eq!(latin.place().line_and_column(), (1, 14));
    let nowhere = complaints("queues: {orders: {}}", &[("queues.order.durable", "false")]);
    assert_eq!(nowhere[0].id(), "override-path");
    let bare: Vec<&str> =
        DIAGNOSTICS.iter().filter(|rule| rule.example.is_empty()).map(|rule| rule.id).collect();
    assert_eq!(bare, ["too-large", "not-utf8"]);
}

#[test]
fn ids_are_unique_and_found() {
    let ids: BTreeSet<&str> = DIAGNOSTICS.iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), DIAGNOSTICS.len());
    assert!(ids.iter().all(|id| rule(id).is_some()));
    assert!(rule("no-such-id").is_none());
}

#[test]
fn colour_is_only_where_it_is_asked_for() {
    let found = complaints("sed: 7\n", &[]);
    assert!(!found[0].render(Paint::Plain).contains('\u{1b}'));
    assert!(found[0].render(Paint::Colored).contains('\u{1b}'));
}
