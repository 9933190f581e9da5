//! Work on many agents, shared by a few threads.

use std::sync::{Mutex, PoisonError};

/// From so many pieces on, more than one thread is worth its start.
const WORTH: usize = 16;
/// Threads besides the caller's. Each takes the next piece when it is done with one, so that on a machine with fewer cores
/// nobody waits for another.
const MORE_HANDS: usize = 3;

/// Does it to each of them.
pub fn each<T: Send>(work: &mut [T], do_one: impl Fn(&mut T) + Sync) {
    if work.len() < WORTH {
        work.iter_mut().for_each(do_one);
        return;
    }
    let queue = Mutex::new(work.iter_mut());
    let work_on = || {
        loop {
            let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
            match next {
                Some(one) => do_one(one),
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
    use super::*;

    #[test]
    fn everything_is_done_once_however_much_there_is() {
        for many in [0, 1, 15, 16, 1_000] {
            let mut work = vec![0; many];
            each(&mut work, |one| *one += 1);
            assert_eq!(work, vec![1; many]);
        }
    }
}
