//! Small numbers in few bytes: LEB128 with zigzag for signed ones. Only blobs of the mirror use it.

/// Appends an unsigned number, 7 bits a byte.
pub fn put(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push((n as u8) | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

/// A signed number as an unsigned one that is small when it is near zero.
pub fn zigzag(n: i64) -> u64 {
    (n.wrapping_shl(1) ^ (n >> 63)) as u64
}

/// The reverse of [`zigzag`].
pub fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// Reads numbers one after another; ends at the first that is cut off.
#[derive(Clone, Debug)]
pub struct Numbers<'a>(pub &'a [u8]);

impl Iterator for Numbers<'_> {
    type Item = u64;

    #[inline]
    fn next(&mut self) -> Option<u64> {
        let (first, rest) = self.0.split_first()?;
        if *first < 0x80 {
            self.0 = rest;
            return Some(u64::from(*first));
        }
        self.long()
    }
}

impl Numbers<'_> {
    /// A number of more than one byte.
    fn long(&mut self) -> Option<u64> {
        let mut n = 0u64;
        for (i, byte) in self.0.iter().enumerate().take(10) {
            n |= u64::from(byte & 0x7f).checked_shl(7 * i as u32)?;
            if byte & 0x80 == 0 {
                self.0 = &self.0[i + 1..];
                return Some(n);
            }
        }
        self.0 = &[];
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(numbers in proptest::collection::vec(any::<u64>(), 0..40)) {
            let mut bytes = Vec::new();
            for n in &numbers {
                put(&mut bytes, *n);
            }
            prop_assert_eq!(Numbers(&bytes).collect::<Vec<_>>(), numbers);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            prop_assert!(Numbers(&bytes).count() <= bytes.len());
        }
    }
}
