//! Chance for harnesses: small, seeded, and the same everywhere.

pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.roll() % n as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// A harness is small by default and large by `ROUNDS_LARGE=1`.
pub fn size(small: usize, large: usize) -> usize {
    if std::env::var_os("ROUNDS_LARGE").is_some() {
        large
    } else {
        small
    }
}
