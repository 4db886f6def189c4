//! A producer's arrivals as the phases of its source.

use crate::actors::source::{Phase, Shape};
use crate::kernel::chance::Ramp;
use crate::protocol::Ctx;
use crate::quantity::{Span, Time};
use crate::scenario::model::{self, ArrivalShape};

use super::chance;

/// The phases with a length wherever another follows.
pub(super) fn phases(producer: &model::Producer, run_for: Span, context: &mut Ctx) -> Vec<Phase> {
    let last = producer.arrivals.len() - 1;
    let phases = producer.arrivals.iter().enumerate().map(|(at, phase)| Phase {
        lasts: phase.lasts.or_else(|| (at < last).then(|| natural_length(&phase.shape))),
        shape: shape(&phase.shape, phase.lasts.unwrap_or(run_for), context),
    });
    phases.collect()
}

/// How long a phase without a length takes when another follows: just past its last arrival.
fn natural_length(shape: &ArrivalShape) -> Span {
    let instant = Span::from_nanos(1);
    match shape {
        ArrivalShape::AtOnce(_) => instant,
        ArrivalShape::Trace(instants) => {
            instants.last().map_or(Span::ZERO, |last| last.since(Time::ZERO) + instant)
        }
        _ => Span::ZERO,
    }
}

fn shape(shape: &ArrivalShape, lasts: Span, context: &mut Ctx) -> Shape {
    match shape {
        ArrivalShape::Poisson(rate) => Shape::Poisson(*rate),
        ArrivalShape::Every(gap) => Shape::Every(context.delay(*gap)),
        ArrivalShape::AtOnce(count) => Shape::AtOnce(*count),
        ArrivalShape::Ramp { from, to } => Shape::Ramp(Ramp::new(*from, *to, lasts)),
        ArrivalShape::Users { count, think } => Shape::Users { count: *count, think: chance::sampler(think) },
        ArrivalShape::Trace(instants) => {
            Shape::Trace(instants.iter().map(|instant| instant.since(Time::ZERO)).collect())
        }
        ArrivalShape::Silence => Shape::Silence,
    }
}
