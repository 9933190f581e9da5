//! Looking up by name, fast: names are hashed by a few multiplications instead of the standard library's flood-proof hash. The tables
//! live for one judging of one agent, so an agent that floods one slows nobody but itself, and that by microseconds.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// An odd number without a pattern: the golden ratio as a fraction of 2⁶⁴.
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

#[derive(Default)]
pub struct Quick(u64);

impl Quick {
    fn mix(&mut self, word: u64) {
        let product = u128::from(self.0 ^ word) * u128::from(MIX);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.mix(u64::from_le_bytes(*word) ^ MIX);
        }
        let mut last = 0;
        for byte in rest {
            last = last << 8 | u64::from(*byte);
        }
        // The length tells texts apart that end in zeros.
        self.mix(last ^ MIX.rotate_left(bytes.len() as u32));
    }
    fn write_u8(&mut self, _: u8) {}
}

pub type ByName<'a, V> = HashMap<&'a str, V, BuildHasherDefault<Quick>>;

pub type Names<'a> = HashSet<&'a str, BuildHasherDefault<Quick>>;

/// A name as one number: equal names have equal ones, and of others hardly two.
pub fn hash_of(name: &str) -> u64 {
    let mut hasher = Quick::default();
    hasher.write(name.as_bytes());
    hasher.finish()
}

/// Which of many names come more than once, by their numbers alone: nearly none does, and a table of all of them would be
/// built for nothing.
pub struct Repeated {
    again: Vec<u64>,
    mask: u64,
}

impl Repeated {
    pub fn of(numbers: impl Iterator<Item = u64> + Clone) -> Self {
        let count = numbers.clone().count();
        // So few of the bits are set that few numbers meet on one by chance; of very many, a few more may: the bits shall lie
        // close together.
        let each = if count <= 8_192 { 64 } else { 16 };
        let bits = (count * each).next_power_of_two().max(64);
        let mask = bits as u64 - 1;
        let (mut once, mut again) = (vec![0_u64; bits / 64], vec![0_u64; bits / 64]);
        for number in numbers {
            let (word, bit) = place(number & mask);
            again[word] |= once[word] & bit;
            once[word] |= bit;
        }
        Self { again, mask }
    }

    /// Whether a name with this number may come again. `false` is sure.
    pub fn may_come_again(&self, number: u64) -> bool {
        let (word, bit) = place(number & self.mask);
        self.again[word] & bit != 0
    }
}

/// The word and the bit in it.
fn place(number: u64) -> (usize, u64) {
    ((number / 64) as usize, 1 << (number % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_is_known_and_hardly_anything_else() {
        let names: Vec<String> = (0..2_000).map(|n| format!("post:{n}")).collect();
        let twice = ["post:7", "post:1999"];
        let numbers = names.iter().map(String::as_str).chain(twice).map(hash_of);
        let repeated = Repeated::of(numbers);
        let again = |name: &str| repeated.may_come_again(hash_of(name));
        assert!(twice.iter().all(|name| again(name)));
        let suspected = names.iter().filter(|name| again(name)).count();
        assert!(suspected < 100, "{suspected} of 2,000");
        assert!(!Repeated::of([].into_iter()).may_come_again(1));
    }
}
