//! At which point of a handler a fault strikes.
//!
//! Resolves `before-ack` and `applied#1` against the steps of those that are struck.

use super::diagnostic::quoted;
use super::model::{AckMode, Idempotency, LockBy, Point, Selector, Step};
use super::names::BROKER;
use super::reader::Reader;
use super::registry;
use super::target::Cast;
use super::tree::Node;

const POINTS: [&str; 8] =
    ["received", "key-reserved", "worked", "locked", "applied", "key-marked", "before-ack", "acked"];

/// What decides which points a handler has.
struct Course<'s> {
    of: &'s str,
    works: usize,
    effects: usize,
    locks: bool,
    acks: bool,
    guard: Option<&'s Idempotency>,
}

impl Reader<'_> {
    /// `when:`.
    pub(super) fn point(&mut self, node: &Node, cast: &Cast<'_>, target: Option<&Selector>) -> Option<Point> {
        let text = self.text(node, "a named point of a handler")?;
        let (word, number) = match text.split_once('#') {
            Some((word, number)) => (word, number.parse::<u32>().ok()),
            None => (text, Some(0)),
        };
        let point = match (word, number) {
            ("received", Some(0)) => Point::Received,
            ("worked", Some(number)) => Point::Worked(number),
            ("key-reserved", Some(0)) => Point::KeyReserved,
            ("key-marked", Some(0)) => Point::KeyMarked,
            ("locked", Some(0)) => Point::Locked,
            ("applied", Some(number)) => Point::Applied(number),
            ("before-ack", Some(0)) => Point::BeforeAck,
            ("acked", Some(0)) => Point::Acked,
            _ => {
                self.unknown_value(&node.place, text, &POINTS);
                return None;
            }
        };
        self.check_point(node, cast, target, point)?;
        Some(point)
    }

    fn check_point(
        &mut self,
        node: &Node,
        cast: &Cast<'_>,
        target: Option<&Selector>,
        point: Point,
    ) -> Option<()> {
        let target = target?;
        let Some((steps, ack)) = cast.handlers(&target.component) else {
            let of = match target.component.as_str() {
                BROKER => "the broker",
                store if cast.has_store(store) => "a store",
                _ => "a producer",
            };
            let message =
                format!("{} has no handlers, and points are places in a handler", quoted(&target.component));
            self.error(&registry::NO_SUCH_POINT, &node.place, message)
                .help(format!("for {of} use `after: 15s` or `every: 60s`"));
            return None;
        };
        let course = Course {
            of: &target.component,
            works: steps.iter().filter(|step| matches!(step, Step::Work { .. })).count(),
            effects: steps.iter().filter(|step| step.has_effect()).count(),
            locks: steps.iter().any(locks),
            acks: ack != AckMode::OnDelivery,
            guard: cast.guard(&target.component),
        };
        let Some(complaint) = course.lacks(point) else { return Some(()) };
        self.error(&registry::NO_SUCH_POINT, &node.place, complaint).help(course.points());
        None
    }
}

impl Course<'_> {
    /// Why there is no such point, if there is none.
    fn lacks(&self, point: Point) -> Option<String> {
        let Self { of, works, effects, locks, acks, .. } = self;
        let beyond = |number: u32, count: usize| {
            number > 0 && usize::try_from(number).is_ok_and(|number| number >= count)
        };
        match point {
            Point::Worked(number) if beyond(number, *works) => {
                let steps = if *works == 1 { "step" } else { "steps" };
                Some(format!(
                    "there is no `worked#{number}` in `{of}`, whose `do` has {works} `work` {steps}"
                ))
            }
            Point::Applied(number) if beyond(number, *effects) => {
                let updates = if *effects == 1 { "update" } else { "updates" };
                Some(format!("there is no `applied#{number}` in `{of}`, whose `do` has {effects} {updates}"))
            }
            Point::Locked if !locks => {
                Some(format!("nothing is locked in `{of}`: a `pessimistic` update would"))
            }
            Point::KeyReserved if !self.reserves() => {
                Some(format!("no key is reserved in `{of}`: its `idempotency` does not set one beforehand"))
            }
            Point::KeyMarked if !self.marks() => {
                Some(format!("no key is marked in `{of}`: `setnx` with `mark: after` would"))
            }
            Point::BeforeAck | Point::Acked if !acks => {
                Some(format!("`{of}` never acks, since its `ack` is `on-delivery`"))
            }
            _ => None,
        }
    }

    fn reserves(&self) -> bool {
        self.guard.is_some_and(Idempotency::reserves)
    }

    fn marks(&self) -> bool {
        self.guard.is_some_and(Idempotency::marks)
    }

    fn points(&self) -> String {
        let worked = points_of("worked", self.works);
        let locked = if self.locks { "`locked`, " } else { "" };
        let applied = points_of("applied", self.effects);
        let acks = if self.acks { ", `before-ack`, `acked`" } else { "" };
        let reserved = if self.reserves() { "`key-reserved`, " } else { "" };
        let marked = if self.marks() { ", `key-marked`" } else { "" };
        format!("its points are `received`, {reserved}{worked}, {locked}{applied}{marked}{acks}")
    }
}

/// Whether a step takes locks that it keeps while it thinks.
fn locks(step: &Step) -> bool {
    let locking = [LockBy::Pessimistic, LockBy::ImmediateRestart, LockBy::SkipLocked, LockBy::Lease];
    step.transaction().is_some_and(|transaction| locking.contains(&transaction.lock.by))
}

fn points_of(point: &str, count: usize) -> String {
    match count {
        0 | 1 => format!("`{point}`"),
        2 => format!("`{point}`, `{point}#1`"),
        _ => format!("`{point}`, `{point}#1` to `{point}#{}`", count - 1),
    }
}
