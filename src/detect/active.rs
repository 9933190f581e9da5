//! Time that counts as silence: without quiet hours, recorded sleep and our own blindness.

use crate::domain::time::{Span, Ts};
use crate::plan::quiet::merged;

/// The stretches that do not count, ascending and apart.
#[derive(Clone, Debug, Default)]
pub struct Active {
    excluded: Vec<(Ts, Ts)>,
}

impl Active {
    pub fn without(stretches: Vec<(Ts, Ts)>) -> Self {
        Self {
            excluded: merged(stretches),
        }
    }

    /// As this, and without these stretches either.
    #[must_use]
    pub fn and_without(&self, mut stretches: Vec<(Ts, Ts)>) -> Self {
        stretches.extend_from_slice(&self.excluded);
        Self::without(stretches)
    }

    /// Counted time from one moment to a later one.
    pub fn between(&self, from: Ts, to: Ts) -> Span {
        if to <= from {
            return Span::ZERO;
        }
        if self.excluded.is_empty() {
            return to - from;
        }
        let first = self.excluded.partition_point(|&(_, end)| end <= from);
        let mut lost = 0;
        for &(start, end) in &self.excluded[first..] {
            if start >= to {
                break;
            }
            lost += (end.min(to) - start.max(from)).0;
        }
        Span((to - from).0 - lost)
    }

    /// The first moment at which `span` of counted time has passed since `from`.
    pub fn after(&self, from: Ts, span: Span) -> Ts {
        let mut at = from + span;
        for &(start, end) in &self.excluded {
            if end <= from {
                continue;
            }
            if start >= at {
                break;
            }
            at = at + (end - start.max(from));
        }
        at
    }

    /// How much of a stretch did not count.
    pub fn lost(&self, from: Ts, to: Ts) -> Span {
        (to - from) - self.between(from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_time_does_not_count_and_the_way_back_agrees() {
        let active = Active::without(vec![(Ts(10), Ts(20)), (Ts(15), Ts(30)), (Ts(50), Ts(60))]);
        assert_eq!(active.between(Ts(0), Ts(100)), Span(70));
        assert_eq!(active.between(Ts(12), Ts(29)), Span(0));
        assert_eq!(active.after(Ts(0), Span(10)), Ts(10));
        assert_eq!(active.after(Ts(0), Span(11)), Ts(31));
        assert_eq!(active.after(Ts(25), Span(25)), Ts(65));
        for from in 0..70 {
            for span in 1..40 {
                let at = active.after(Ts(from), Span(span));
                assert_eq!(active.between(Ts(from), at), Span(span));
            }
        }
    }
}
