//! Where in a day something still fits.

use super::calendar::Window;
use super::quiet::merged;
use crate::domain::time::{Span, Ts};

/// Starts are proposed on whole steps of this.
const STEP: Span = Span::mins(5);

/// Stretches that are taken, sorted and joined, and the window around them.
#[derive(Clone, Debug)]
pub struct Taken {
    within: Window,
    busy: Vec<(Ts, Ts)>,
}

impl Taken {
    pub fn new(within: Window, busy: Vec<(Ts, Ts)>) -> Self {
        Self {
            within,
            busy: merged(busy),
        }
    }

    /// The free stretches, by time.
    pub fn gaps(&self) -> impl Iterator<Item = Window> + '_ {
        let starts = std::iter::once(self.within.from).chain(self.busy.iter().map(|&(_, to)| to));
        let ends = self
            .busy
            .iter()
            .map(|&(from, _)| from)
            .chain(std::iter::once(self.within.to));
        starts
            .zip(ends)
            .map(|(from, to)| Window::new(from, to).and(self.within))
            .filter(|gap| !gap.is_empty())
    }

    /// The start nearest to a moment from which a length is free, on a whole five minutes.
    pub fn nearest(&self, length: Span, near: Ts) -> Option<Ts> {
        self.gaps()
            .filter_map(|gap| {
                let last = gap.to - length;
                let first = up(gap.from);
                if first > last {
                    return None;
                }
                let wanted = near.max(first).min(last);
                Some(up(wanted).min(down(last)).max(first))
            })
            .min_by_key(|&at| ((at - near).abs(), at))
    }

    /// How much of the window is free.
    pub fn free(&self) -> Span {
        self.gaps()
            .fold(Span::ZERO, |sum, gap| sum + (gap.to - gap.from))
    }
}

fn up(at: Ts) -> Ts {
    Ts((at.0 + STEP.0 - 1).div_euclid(STEP.0) * STEP.0)
}

fn down(at: Ts) -> Ts {
    Ts(at.0.div_euclid(STEP.0) * STEP.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Ts {
        Ts(0) + Span::mins(minute)
    }

    #[test]
    fn the_nearest_free_start_on_either_side() {
        let day = Window::new(at(0), at(1_440));
        let taken = Taken::new(
            day,
            vec![(at(600), at(660)), (at(620), at(700)), (at(0), at(420))],
        );
        assert_eq!(taken.nearest(Span::mins(10), at(610)), Some(at(590)));
        assert_eq!(taken.nearest(Span::mins(10), at(690)), Some(at(700)));
        assert_eq!(taken.nearest(Span::mins(10), at(500)), Some(at(500)));
        assert_eq!(taken.nearest(Span::hours(13), at(500)), None);
        assert_eq!(taken.free(), Span::mins(1_440 - 420 - 100));
    }
}
