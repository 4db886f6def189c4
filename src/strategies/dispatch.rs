//! Which instance of a service a call goes to.
//!
//! Model: one balancer for all callers of a service, which sees every call begin and end at once. It does
//! not know which instances are dead; a retry goes on to the next choice.

use crate::kernel::chance::Draw;
use crate::protocol::id::Key;
use crate::scenario::model::Dispatch;

/// Chooses among the instances of one service.
#[derive(Clone, Debug)]
pub struct Balancer {
    dispatch: Dispatch,
    /// Whose turn it is.
    turn: u32,
    /// Calls that somebody waits for, by instance.
    under_way: Vec<u32>,
}

impl Balancer {
    /// A balancer over `instances`, of which there is at least one.
    #[must_use]
    pub fn new(dispatch: Dispatch, instances: u32) -> Self {
        assert!(instances > 0, "a checked service has an instance");
        Self { dispatch, turn: 0, under_way: vec![0; instances as usize] }
    }

    /// The instance for a call about `key`. Only strategies that need chance draw.
    pub fn choose(&mut self, key: Key, chance: &mut impl Draw) -> u32 {
        let chosen = match self.dispatch {
            Dispatch::RoundRobin => self.next(),
            Dispatch::StickyKey if key == Key::NONE => self.next(),
            Dispatch::StickyKey => key.0 % self.instances(),
            Dispatch::Random => self.any(chance),
            Dispatch::LeastLoaded => self.least_loaded(),
            Dispatch::PowerOfTwo => {
                let (one, other) = (self.any(chance), self.any(chance));
                if self.load(other) < self.load(one) { other } else { one }
            }
        };
        self.under_way[chosen as usize] += 1;
        chosen
    }

    /// Nobody waits any more for a call at `instance`.
    pub fn ended(&mut self, instance: u32) {
        self.under_way[instance as usize] -= 1;
    }

    fn instances(&self) -> u32 {
        u32::try_from(self.under_way.len()).expect("a service has fewer than 2^32 instances")
    }

    fn load(&self, instance: u32) -> u32 {
        self.under_way[instance as usize]
    }

    fn next(&mut self) -> u32 {
        let chosen = self.turn;
        self.turn = (self.turn + 1) % self.instances();
        chosen
    }

    fn any(&self, chance: &mut impl Draw) -> u32 {
        let drawn = chance.below(u64::from(self.instances()));
        u32::try_from(drawn).expect("below the number of instances")
    }

    /// The least loaded from the turn on, so that equals take turns.
    fn least_loaded(&mut self) -> u32 {
        let count = self.instances();
        let from = self.next();
        let in_turn = (0..count).map(|step| (from + step) % count);
        in_turn.min_by_key(|&instance| self.load(instance)).expect("there is an instance")
    }
}

#[cfg(test)]
mod tests {
    use super::Balancer;
    use crate::kernel::chance::stream;
    use crate::protocol::id::Key;
    use crate::scenario::model::Dispatch;

    fn chosen(dispatch: Dispatch, keys: &[u32]) -> Vec<u32> {
        let (mut balancer, mut chance) = (Balancer::new(dispatch, 3), stream(1, "test", "dispatch"));
        keys.iter().map(|key| balancer.choose(Key(*key), &mut chance)).collect()
    }

    #[test]
    fn round_robin_takes_turns_and_sticky_keys_stick() {
        assert_eq!(chosen(Dispatch::RoundRobin, &[9; 5]), [0, 1, 2, 0, 1]);
        assert_eq!(chosen(Dispatch::StickyKey, &[5, 3, 5, u32::MAX, u32::MAX]), [2, 0, 2, 0, 1]);
    }

    #[test]
    fn least_loaded_goes_where_calls_ended() {
        let mut balancer = Balancer::new(Dispatch::LeastLoaded, 3);
        let mut chance = stream(1, "test", "dispatch");
        let mut choose = |balancer: &mut Balancer| balancer.choose(Key::NONE, &mut chance);
        assert_eq!([(); 3].map(|()| choose(&mut balancer)), [0, 1, 2]);
        balancer.ended(1);
        assert_eq!(choose(&mut balancer), 1);
    }

    #[test]
    fn two_choices_are_far_more_even_than_one() {
        let spread = |dispatch| {
            let (mut balancer, mut chance) = (Balancer::new(dispatch, 100), stream(1, "test", "dispatch"));
            for _ in 0..10_000 {
                balancer.choose(Key::NONE, &mut chance);
            }
            let most = balancer.under_way.iter().max().copied();
            most.unwrap_or_default() - 100
        };
        // Balls into bins: about sqrt(2 · 100 · ln 100) = 30 above the mean, against ln ln 100 / ln 2 = 2.2.
        assert!(spread(Dispatch::Random) > 15, "{}", spread(Dispatch::Random));
        assert!(spread(Dispatch::PowerOfTwo) <= 5, "{}", spread(Dispatch::PowerOfTwo));
    }
}
