//! Work on many agents, shared by a few threads.

use std::sync::{Mutex, PoisonError};

/// From so many pieces on, more than one thread is worth its start.
const WORTH: usize = 16;
/// Threads besides the caller's. Each takes the next piece when it is done with one, so that on a machine with fewer cores
/// nobody waits for another.
const MORE_HANDS: usize = 3;
/// Threads at most.
pub const HANDS: usize = MORE_HANDS + 1;

/// Whether so many are shared.
pub fn is_worth(pieces: usize) -> bool {
    pieces >= WORTH
}

/// Does it to each of them.
pub fn each<T: Send>(work: &mut [T], do_one: impl Fn(&mut T) + Sync) {
    each_with(work, || (), |(), one| do_one(one));
}

/// As [`each`], where every thread brings something of its own to the work.
pub fn each_with<T: Send, Tool>(
    work: &mut [T],
    bring: impl Fn() -> Tool + Sync,
    do_one: impl Fn(&mut Tool, &mut T) + Sync,
) {
    if !is_worth(work.len()) {
        let mut tool = bring();
        for one in work {
            do_one(&mut tool, one);
        }
        return;
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
        for _ in 0..MORE_HANDS {
            scope.spawn(work_on);
        }
        work_on();
    });
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
