//! Counts of rare events scatter: what chance alone explains now and then is no change in them.

use std::collections::BTreeSet;

/// Different counts from which on they are said to scatter at all.
const DIFFERENT: usize = 4;
/// A streak that chance alone makes less often than this share of the time is no chance. An agent of every ten minutes
/// begins a thousand streaks a week.
const NO_CHANCE: f64 = 1e-4;

/// What counts of earlier runs say about the next ones.
pub(super) struct Counts {
    n: i64,
    sum: i64,
    squares: i64,
    different: BTreeSet<i64>,
}

impl Counts {
    pub(super) fn of(counts: impl IntoIterator<Item = i64>) -> Self {
        let mut known = Self {
            n: 0,
            sum: 0,
            squares: 0,
            different: BTreeSet::new(),
        };
        for count in counts {
            known.n += 1;
            known.sum += count;
            known.squares += count * count;
            known.different.insert(count);
        }
        known
    }

    /// As those of rare events: at least four different ones, and a variance near the mean (half of it, or more).
    fn scatter(&self) -> bool {
        // mean = sum / n, variance = squares / n - mean²; both times n².
        let (mean, variance) = (
            self.sum * self.n,
            self.squares * self.n - self.sum * self.sum,
        );
        self.different.len() >= DIFFERENT && variance * 2 >= mean
    }

    /// Whether none at all now and then means nothing: it happened before, and of so small a mean chance makes 1 in 90
    /// zero.
    pub(super) fn zero_is_chance(&self) -> bool {
        self.scatter() && self.different.contains(&0) && self.sum * 2 <= 9 * self.n
    }

    /// Whether chance makes so few in so many runs.
    pub(super) fn so_few_is_chance(&self, runs: usize, total: i64) -> bool {
        if self.n == 0 || !self.scatter() {
            return false;
        }
        let expected = self.sum as f64 / self.n as f64 * runs as f64;
        at_most(total, expected) > NO_CHANCE
    }
}

/// How likely at most `total` rare events are where `expected` are usual.
fn at_most(total: i64, expected: f64) -> f64 {
    let mut exactly = (-expected).exp();
    let mut sum = exactly;
    for k in 1..=total {
        exactly *= expected / k as f64;
        sum += exactly;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::{Counts, at_most};

    const RARE: [i64; 14] = [3, 5, 1, 2, 4, 3, 6, 2, 1, 3, 5, 4, 2, 3];

    #[test]
    fn rare_events_are_as_likely_as_the_tables_say() {
        for (total, expected, table) in [(0, 3.0, 0.049_8), (3, 12.0, 0.002_3), (4, 4.0, 0.628_8)] {
            let found = at_most(total, expected);
            assert!(
                (found - table).abs() < 1e-4,
                "{total} of {expected}: {found}"
            );
        }
        assert!(at_most(5, 5_000.0) < 1e-9);
    }

    #[test]
    fn few_in_three_runs_is_chance_and_in_six_is_none() {
        let rare = Counts::of(RARE);
        assert!(rare.so_few_is_chance(3, 3));
        assert!(!rare.so_few_is_chance(6, 2));
    }

    #[test]
    fn steady_or_large_counts_leave_nothing_to_chance() {
        assert!(!Counts::of([4; 14]).so_few_is_chance(3, 3));
        let large = RARE.map(|n| n * 5);
        assert!(!Counts::of(large).so_few_is_chance(3, 9));
    }
}
