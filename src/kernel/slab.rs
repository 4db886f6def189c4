//! Values at stable small positions, reused after removal; newest hole first.
//!
//! Owns nothing but the storage. A position says nothing about who put what there: callers that may
//! hold an outdated position keep a stamp in the value.

/// A vector with holes. Insertion and removal take constant time and never move other values.
#[derive(Clone, Debug)]
pub struct Slab<T> {
    slots: Vec<Slot<T>>,
    /// The newest hole, or `END`.
    hole: u32,
    len: usize,
}

#[derive(Clone, Debug)]
enum Slot<T> {
    Taken(T),
    /// The next older hole, or `END`.
    Hole(u32),
}

const END: u32 = u32::MAX;

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), hole: END, len: 0 }
    }
}

impl<T> Slab<T> {
    /// Stores `value` and returns its position.
    #[inline]
    pub fn insert(&mut self, value: T) -> u32 {
        self.len += 1;
        let position = self.hole;
        match self.slots.get_mut(position as usize) {
            Some(slot) => {
                let Slot::Hole(next) = *slot else { unreachable!("the list of holes leads to holes") };
                self.hole = next;
                *slot = Slot::Taken(value);
                position
            }
            None => self.append(value),
        }
    }

    fn append(&mut self, value: T) -> u32 {
        let position = u32::try_from(self.slots.len()).expect("fewer than 2^32 values at once");
        if self.slots.len() == self.slots.capacity() {
            // Twice as many, but from one on: of a million actors, most never have two.
            self.slots.reserve_exact(self.slots.len().max(1));
        }
        self.slots.push(Slot::Taken(value));
        position
    }

    /// Takes the value at `position` out.
    #[inline]
    pub fn remove(&mut self, position: u32) -> T {
        match std::mem::replace(&mut self.slots[position as usize], Slot::Hole(self.hole)) {
            Slot::Taken(value) => {
                self.hole = position;
                self.len -= 1;
                value
            }
            Slot::Hole(_) => unreachable!("only taken positions are removed"),
        }
    }

    /// Drops the value at `position` where it stands.
    #[inline]
    pub fn discard(&mut self, position: u32) {
        let slot = &mut self.slots[position as usize];
        assert!(matches!(slot, Slot::Taken(_)), "only taken positions are removed");
        *slot = Slot::Hole(self.hole);
        self.hole = position;
        self.len -= 1;
    }

    /// The value at `position`, or `None` if there is a hole or nothing.
    #[inline]
    #[must_use]
    pub fn find(&self, position: u32) -> Option<&T> {
        match self.slots.get(position as usize) {
            Some(Slot::Taken(value)) => Some(value),
            _ => None,
        }
    }

    /// The value at `position`, or `None` if there is a hole or nothing.
    #[inline]
    pub fn find_mut(&mut self, position: u32) -> Option<&mut T> {
        match self.slots.get_mut(position as usize) {
            Some(Slot::Taken(value)) => Some(value),
            _ => None,
        }
    }

    /// How many values there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Every value with its position, by position.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &T)> {
        (0u32..).zip(&self.slots).filter_map(|(position, slot)| match slot {
            Slot::Taken(value) => Some((position, value)),
            Slot::Hole(_) => None,
        })
    }

    /// Removes everything.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.hole = END;
        self.len = 0;
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;
    #[inline]
    fn index(&self, position: u32) -> &T {
        self.find(position).expect("the position holds a value")
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, position: u32) -> &mut T {
        self.find_mut(position).expect("the position holds a value")
    }
}
