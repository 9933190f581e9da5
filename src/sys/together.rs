//! Work on many agents, shared by a few threads.

use std::num::NonZero;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::apart::{self, Away};

/// From so many pieces on, more than one thread is worth its start.
const WORTH: usize = 16;
/// Threads at most, the caller's among them. Each takes the next piece when it is done with one.
pub const HANDS: usize = 4;

/// Threads besides the caller's: as many as run at once. More than that and the caller's would wait for theirs, a time slice
/// of milliseconds for each.
fn more_hands() -> usize {
    static MORE: OnceLock<usize> = OnceLock::new();
    *MORE.get_or_init(|| {
        let at_once = std::thread::available_parallelism().map_or(1, NonZero::get);
        at_once.min(HANDS) - 1
    })
}

/// Whether so many are shared.
pub fn is_worth(pieces: usize) -> bool {
    pieces >= WORTH
}

/// Does it to each of them.
pub fn each<T: Send>(work: &mut [T], do_one: impl Fn(&mut T) + Sync) {
    each_beside(work, do_one, || ());
}

/// As [`each`], while the caller's thread does something else before it joins in.
pub fn each_beside<T: Send, Done>(
    work: &mut [T],
    do_one: impl Fn(&mut T) + Sync,
    beside: impl FnOnce() -> Done,
) -> Done {
    share(work, || (), |(), one| do_one(one), beside)
}

/// As [`each`], where every thread brings something of its own to the work.
pub fn each_with<T: Send, Tool>(
    work: &mut [T],
    bring: impl Fn() -> Tool + Sync,
    do_one: impl Fn(&mut Tool, &mut T) + Sync,
) {
    share(work, bring, do_one, || ());
}

fn share<T: Send, Tool, Done>(
    work: &mut [T],
    bring: impl Fn() -> Tool + Sync,
    do_one: impl Fn(&mut Tool, &mut T) + Sync,
    beside: impl FnOnce() -> Done,
) -> Done {
    if !is_worth(work.len()) || apart::helps() {
        let mut tool = bring();
        for one in work {
            do_one(&mut tool, one);
        }
        return beside();
    }
    let queue = Mutex::new(work.iter_mut());
    let work_on = || {
        let mut tool = bring();
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            match next {
                Some(one) => do_one(&mut tool, one),
                None => return,
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..more_hands() {
            // With fewer threads it takes longer.
            drop(apart::scoped(scope, "share", Away::ToItsEnd, work_on));
        }
        let done = beside();
        work_on();
        done
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn everything_is_done_once_however_much_there_is() {
        for many in [0, 1, 15, 16, 1_000] {
            let mut work = vec![0; many];
            each(&mut work, |one| *one += 1);
            assert_eq!(work, vec![1; many]);
        }
    }

    #[test]
    fn what_is_done_beside_is_done_once_however_much_work_there_is() {
        for many in [0, 15, 16, 1_000] {
            let (mut work, mut beside) = (vec![0; many], 0);
            let done = each_beside(
                &mut work,
                |one| *one += 1,
                || {
                    beside += 1;
                    beside
                },
            );
            assert_eq!((done, work), (1, vec![1; many]));
        }
    }

    #[test]
    fn every_thread_brings_one_tool() {
        let brought = AtomicUsize::new(0);
        let mut work = vec![0; 100];
        each_with(
            &mut work,
            || {
                brought.fetch_add(1, Ordering::Relaxed);
                0
            },
            |done, one| {
                *done += 1;
                *one = *done;
            },
        );
        assert!(brought.into_inner() <= HANDS);
        assert!(work.iter().all(|nth| *nth > 0));
    }
}
