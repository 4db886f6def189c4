//! Everything random in a run, arranged so that chance never moves sideways.
//!
//! ```text
//!  seed ─┬─ stream(seed, component, purpose) ─▶ Stream ──────────────┐
//!        │        (arrivals: one after the other)                    ├─▶ Draw ─▶ Sampler, Keys, Ramp
//!        └─ LuckSource ─ (message, attempt) ─▶ Luck ─ purpose ─▶ Draws┘
//!                 (what belongs to a message)
//! ```
//!
//! A number is found by *who* asks (seed, component or message, purpose), never by *when*: adding a
//! component, switching a fault off or choosing another strategy leaves every other draw as it was.
//! All arithmetic is `libm`'s, IEEE basic operations and integers, so the same seed gives the same
//! bits on every machine. Deliberately knows nothing of scenarios, clocks and pending events.

mod arrival;
mod draw;
mod hash;
mod luck;
mod normal;
mod sampler;
mod stream;
mod zipf;

#[cfg(test)]
mod oracle;

pub use arrival::Ramp;
pub use draw::Draw;
pub use hash::{names, spread};
pub use luck::{Draws, LazyLuck, Luck, LuckSource, Purpose};
pub use normal::quantile as normal_quantile;
pub use sampler::{
    CutNormal, Erlang, Exponential, Histogram, Lognormal, Mixture, Pareto, Sampler, Samples, Uniform, Weibull,
};
pub use stream::{Stream, stream};
pub use zipf::{Keys, Zipf};
