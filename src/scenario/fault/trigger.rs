//! When faults strike: which combinations make sense for a kind.

use super::super::model::{Selector, Trigger};
use super::super::reader::{Fields, Reader};
use super::super::registry;
use super::super::target::Cast;

impl Reader<'_> {
    /// For faults that strike at an instant: exactly one of a point, a time, and again and again.
    pub(super) fn instant_trigger(
        &mut self,
        fields: &Fields<'_>,
        what: &str,
        cast: &Cast<'_>,
        target: Option<&Selector>,
    ) -> Trigger {
        let before = self.errors();
        let when = fields.get("when").and_then(|n| self.point(n, cast, target));
        let every = fields.get("every").and_then(|n| self.gap(n));
        let trigger = Trigger { when, every, ..self.window(fields) };
        if self.errors() > before {
            return trigger;
        }
        let place = fields.place();
        match (fields.entry("when"), fields.entry("every"), &trigger) {
            (Some(when), Some(every), _) => {
                let message = format!("{what} comes either at a point or again and again, not both");
                self.error(&registry::FAULT_TRIGGER, &every.place, message)
                    .also(&when.place, "the other one");
            }
            (None, None, Trigger { after: None, probability: None, .. }) => {
                let message = format!("nothing says when {what} happens");
                self.error(&registry::FAULT_TRIGGER, place, message)
                    .help("add `when: before-ack`, `after: 15s` or `every: 60s`");
            }
            (None, _, Trigger { probability: Some(_), .. }) => {
                let message = format!("a probability of {what} needs the point where it is rolled");
                let place = fields.entry("probability").map_or(place, |entry| &entry.place);
                self.error(&registry::FAULT_TRIGGER, place, message)
                    .help("add `when: before-ack`, or say how often with `every: {exponential: 60s}`");
            }
            (None, None, Trigger { lasts: Some(_), .. }) if what != "a pause" => {
                let message = format!("{what} at one time cannot last");
                let place = fields.entry("for").map_or(place, |entry| &entry.place);
                self.error(&registry::FAULT_TRIGGER, place, message)
                    .help("how long it is away is `restart_after`");
            }
            _ => {}
        }
        trigger
    }

    /// For faults that strike at every opportunity: by a probability, in a window of time, or both.
    pub(super) fn spread_trigger(&mut self, fields: &Fields<'_>, what: &str) -> Trigger {
        let given = ["probability", "after", "for"].iter().any(|name| fields.get(name).is_some());
        if !given {
            let message = format!("nothing says when {what} happens");
            self.error(&registry::FAULT_TRIGGER, fields.place(), message)
                .help("add `probability: 2%`, or a window of time: `after: 10s` and `for: 5s`");
        }
        self.window(fields)
    }

    /// For what is down for one stretch of time.
    pub(super) fn stretch_trigger(&mut self, fields: &Fields<'_>, what: &str) -> Trigger {
        if fields.get("after").is_none() && fields.get("for").is_none() {
            let message = format!("nothing says when {what} happens");
            self.error(&registry::FAULT_TRIGGER, fields.place(), message)
                .help("add a window of time: `after: 10s` and `for: 5s`");
        }
        self.stretch(fields)
    }

    /// For what holds for a while, once or again and again.
    pub(super) fn lasting_trigger(&mut self, fields: &Fields<'_>, what: &str) -> Trigger {
        let every = fields.get("every").and_then(|n| self.gap(n));
        let trigger = Trigger { every, ..self.stretch(fields) };
        if fields.get("for").is_none() {
            let message = format!("nothing says how long {what} lasts");
            self.error(&registry::FAULT_TRIGGER, fields.place(), message)
                .help("add `for: 5s`, with `after: 90s` for once or `every: 60s` for again and again");
        }
        trigger
    }

    fn stretch(&mut self, fields: &Fields<'_>) -> Trigger {
        Trigger {
            after: fields.get("after").and_then(|n| self.span(n)),
            lasts: fields.get("for").and_then(|n| self.positive_span(n)),
            ..Trigger::default()
        }
    }

    pub(super) fn window(&mut self, fields: &Fields<'_>) -> Trigger {
        let probability = fields.get("probability").and_then(|n| self.share(n));
        Trigger { probability, ..self.stretch(fields) }
    }
}
