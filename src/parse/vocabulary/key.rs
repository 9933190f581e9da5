//! Keys without case and separators, compared and looked up without an allocation: a log has millions of them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

/// Keys longer than this name no field, in bytes.
pub const LONGEST: usize = 48;

/// A table that is written once, from words of our own and of the operator, and asked for words of agents: its hash need be
/// quick and not secret.
pub type Table<V> = HashMap<String, V, BuildHasherDefault<Quick>>;

#[derive(Clone, Copy, Debug, Default)]
pub struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = self.0.rotate_left(23) ^ xxh3_64(bytes);
    }

    /// What ends a text: nothing else is hashed beside it.
    fn write_u8(&mut self, _: u8) {}
}

fn parts(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b' ')
}

/// A key without case and separators: `runId`, `run_id` and `run-id` are one.
pub fn folded(key: &str) -> Cow<'_, str> {
    let is_folded = |b: &u8| b.is_ascii() && !b.is_ascii_uppercase() && !parts(*b);
    if key.as_bytes().iter().all(is_folded) {
        return Cow::Borrowed(key);
    }
    let kept = key.chars().filter(|c| !matches!(c, '_' | '-' | '.' | ' '));
    Cow::Owned(kept.flat_map(char::to_lowercase).collect())
}

/// What a table holds for a key, however it is spelled.
pub fn look_up<'t, V>(table: &'t Table<V>, key: &str) -> Option<&'t V> {
    if key.len() > LONGEST {
        return None;
    }
    if !key.is_ascii() {
        return table.get(&*folded(key));
    }
    let mut buffer = [0; LONGEST];
    let mut len = 0;
    for byte in key.bytes().filter(|byte| !parts(*byte)) {
        buffer[len] = byte.to_ascii_lowercase();
        len += 1;
    }
    table.get(std::str::from_utf8(&buffer[..len]).ok()?)
}

/// First letters and lengths of the words of a table: most words of a log are told from all of them by these alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shapes([u32; 26]);

impl Shapes {
    pub fn add(&mut self, word: &str) {
        if let Some((letter, length)) = shape(word.as_bytes()) {
            self.0[letter] |= length;
        }
    }

    /// Whether a text is one plain word that is none of them.
    pub fn exclude(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let plain = bytes.iter().all(u8::is_ascii_alphanumeric);
        plain && shape(bytes).is_some_and(|(letter, length)| self.0[letter] & length == 0)
    }
}

fn shape(word: &[u8]) -> Option<(usize, u32)> {
    let first = word.first().filter(|byte| byte.is_ascii_alphabetic())?;
    let letter = usize::from(first.to_ascii_lowercase() - b'a');
    Some((letter, 1 << word.len().min(31)))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_key_is_found_however_it_is_spelled(key in "[a-zA-Z_. 状é-]{0,60}") {
            let mut table: Table<u8> = Table::default();
            table.insert(folded(&key).into_owned(), 1);
            let found = look_up(&table, &key).is_some();
            proptest::prop_assert_eq!(found, key.len() <= LONGEST);
            let once = folded(&key);
            proptest::prop_assert_eq!(folded(&once), &*once);
        }
    }
}
