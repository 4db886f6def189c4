//! The scenarios that come with mqlab, inside the binary.
//!
//! Knows their names and texts; what is in them is the scenario room's business.

/// A scenario inside the binary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shipped {
    /// The file's stem.
    pub name: &'static str,
    /// The file's text.
    pub text: &'static str,
}

/// Lists scenarios by the stems of their files.
macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(Shipped {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/", $name, ".yaml")),
        }),*]
    };
}

/// All of them, in the order of the list.
pub(super) const SHIPPED: &[Shipped] = shipped![
    "lost_ack",
    "lost_ack_rabbitmq",
    "slow_handler",
    "crash_before_ack",
    "prefetch_and_crash",
    "poison",
    "publisher_retries",
    "publisher_retries_dedup",
    "burst",
    "visibility_timeout",
    "visibility_heartbeat",
    "fifo_group_poison",
    "delayed_behind_longer_ttl",
    "backpressure",
    "every_profile",
    "partition",
    "duplicate_delivery",
    "overtaking",
    "outage",
    "topic_exchange",
    "fanout_subscriber",
    "dead_letters_sent_back",
    "create_and_cancel",
    "create_and_cancel_in_order",
    "group_loses_member",
    "more_consumers_than_partitions",
    "replay_after_bug",
    "log_retention",
    "broker_dies_memory",
    "broker_dies_disk",
    "broker_dies_async",
    "broker_dies_quorum",
    "confirms_persistence_acks",
    "minority_leader",
    "idempotency_compared",
    "setnx_traps",
    "redelivery_traps",
    "key_outlived",
    "dead_letter_after_effect",
    "effectively_once",
    "paused_lease_owner",
    "lease_unchecked_release",
    "bad_day",
    "case_dependency_crash",
    "case_limited_capacity",
    "case_long_tail",
    "case_logs",
    "retry_storm",
    "overload_dropping",
    "outbox",
    "last_ticket",
    "ticket_rush",
    "ticket_rush_spread",
    "agrawal_carey_livny",
    "prefetch_and_ack_timeout",
    "advisor",
    "lock_and_idempotency",
    "lock_study",
];

/// The one of this name, with or without its ending.
pub(super) fn shipped(name: &str) -> Option<&'static Shipped> {
    let stem = name.strip_suffix(".yaml").unwrap_or(name);
    SHIPPED.iter().find(|scenario| scenario.name == stem)
}
