//! Disks and CPUs: each serves one after the other, in the order of asking.
//!
//! Since a server's work is known when it is asked for, so is its end; nothing has to be kept in line.
//!
//! Model: what a transaction has asked for is done even if the transaction is rolled back meanwhile.

use crate::kernel::StreamId;
use crate::kernel::chance::{Draw, Sampler};
use crate::protocol::Ctx;
use crate::quantity::{Span, Time};

/// Several servers of a kind.
#[derive(Debug)]
pub struct Servers {
    time: Sampler,
    chance: StreamId,
    line: Line,
}

/// Who serves whom.
#[derive(Debug)]
enum Line {
    /// Everybody has a server.
    Endless,
    /// One line for all of them: each asks the first that is free. When each is.
    Common(Box<[Time]>),
    /// A line for each, drawn at random. When each is free.
    Own(Box<[Time]>),
}

impl Servers {
    /// `count` disks, each with its own line; without a number, one for everybody.
    #[must_use]
    pub fn disks(count: Option<u32>, time: Sampler, chance: StreamId) -> Self {
        let line = count.map_or(Line::Endless, |count| Line::Own(idle(count)));
        Self { time, chance, line }
    }

    /// `count` CPUs with one line; without a number, one for everybody.
    #[must_use]
    pub fn cpus(count: Option<u32>, time: Sampler, chance: StreamId) -> Self {
        let line = count.map_or(Line::Endless, |count| Line::Common(idle(count)));
        Self { time, chance, line }
    }

    /// Begins the work on an object as soon as a server is free; says when it ends, and how long it takes.
    ///
    /// None begins before `earliest`.
    pub(super) fn serve(&mut self, earliest: Time, context: &mut Ctx) -> (Time, Span) {
        let now = earliest.max(context.now());
        let chance = context.stream(self.chance);
        let lasts = self.time.as_constant().unwrap_or_else(|| self.time.sample(chance));
        let free_at = match &mut self.line {
            Line::Endless => return (now + lasts, lasts),
            Line::Common(servers) => servers.iter_mut().min().expect("there is a server"),
            Line::Own(servers) => {
                let count = servers.len() as u64;
                let which = if count == 1 { 0 } else { chance.below(count) };
                &mut servers[usize::try_from(which).expect("below the number of servers")]
            }
        };
        *free_at = now.max(*free_at) + lasts;
        (*free_at, lasts)
    }

    /// What is under way or waits at `now` takes so much longer.
    pub(super) fn delay(&mut self, now: Time, by: Span) {
        let (Line::Common(servers) | Line::Own(servers)) = &mut self.line else { return };
        servers.iter_mut().filter(|free_at| **free_at > now).for_each(|free_at| *free_at = *free_at + by);
    }
}

fn idle(count: u32) -> Box<[Time]> {
    vec![Time::ZERO; count as usize].into_boxed_slice()
}
