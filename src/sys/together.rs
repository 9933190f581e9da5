//! Work on many agents, shared by a few threads.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Scope;

use super::apart::{self, Away};

/// From so many pieces on, more than one thread is worth its start.
const WORTH: usize = 16;
/// Threads at most, the caller's among them. Each takes the next piece when it is done with one.
pub const HANDS: usize = 4;

/// Threads besides the caller's: as many as run at once. More than that and the caller's would wait for theirs, a time slice
/// of milliseconds for each.
pub fn more_hands() -> usize {
    static MORE: OnceLock<usize> = OnceLock::new();
    *MORE.get_or_init(|| {
        let at_once = std::thread::available_parallelism().map_or(1, NonZero::get);
        at_once.min(HANDS) - 1
    })
}

/// Lets others do it besides. With fewer threads it takes longer.
fn call_hands<'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() + Copy + Send + 'scope,
) {
    for _ in 0..more_hands() {
        drop(apart::scoped(scope, "share", Away::ToItsEnd, work));
    }
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

/// Does it to each of them while they still come: `come` hands over one after another, does what else there is to do, and
/// then joins in. So many are expected. They are in no order afterwards.
pub fn each_that_comes<T: Send, Done>(
    expected: usize,
    come: impl FnOnce(&mut dyn FnMut(T)) -> Done,
    do_one: impl Fn(&mut T) + Sync,
) -> (Vec<T>, Done) {
    if !is_worth(expected) || apart::helps() {
        let mut all = Vec::new();
        let done = come(&mut |one| all.push(one));
        all.iter_mut().for_each(do_one);
        return (all, done);
    }
    let queue = Queue::default();
    let work_on = || {
        let mut last = None;
        while let Some(mut one) = queue.next(last.take()) {
            do_one(&mut one);
            last = Some(one);
        }
    };
    let done = std::thread::scope(|scope| {
        call_hands(scope, work_on);
        let done = {
            let _end = End(&queue);
            come(&mut |one| queue.put(one))
        };
        work_on();
        done
    });
    let line = queue.line.into_inner();
    (line.unwrap_or_else(PoisonError::into_inner).done, done)
}

/// Work that is handed over while it comes.
struct Queue<T> {
    line: Mutex<Line<T>>,
    /// One more, or no more.
    more: Condvar,
}

struct Line<T> {
    waiting: VecDeque<T>,
    done: Vec<T>,
    is_over: bool,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        let line = Line {
            waiting: VecDeque::new(),
            done: Vec::new(),
            is_over: false,
        };
        Self {
            line: Mutex::new(line),
            more: Condvar::new(),
        }
    }
}

impl<T> Queue<T> {
    fn line(&self) -> MutexGuard<'_, Line<T>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, one: T) {
        self.line().waiting.push_back(one);
        self.more.notify_one();
    }

    /// Takes what was done, and gives what is to be done next.
    fn next(&self, done: Option<T>) -> Option<T> {
        let mut line = self.line();
        line.done.extend(done);
        loop {
            if let Some(next) = line.waiting.pop_front() {
                return Some(next);
            }
            if line.is_over {
                return None;
            }
            line = self.more.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Nothing comes any more, however that came about: nobody waits for it.
struct End<'a, T>(&'a Queue<T>);

impl<T> Drop for End<'_, T> {
    fn drop(&mut self) {
        self.0.line().is_over = true;
        self.0.more.notify_all();
    }
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
        call_hands(scope, work_on);
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
    fn what_comes_is_done_once_however_much_is_expected() {
        for (expected, many) in [(0, 0), (0, 40), (16, 0), (16, 3), (1_000, 1_000)] {
            let come = |put: &mut dyn FnMut((u32, u32))| {
                (0..many).for_each(|n| put((n, 0)));
                "came"
            };
            let (mut all, done) = each_that_comes(expected, come, |(_, times)| *times += 1);
            all.sort_unstable();
            let once: Vec<_> = (0..many).map(|n| (n, 1)).collect();
            assert_eq!((all, done), (once, "came"), "{expected} expected");
        }
    }

    #[test]
    fn nobody_waits_for_what_does_not_come_any_more() {
        let come = |put: &mut dyn FnMut(u32)| {
            put(1);
            panic!("in the middle");
        };
        let ended = std::panic::catch_unwind(|| each_that_comes(WORTH, come, |_: &mut u32| ()));
        assert!(ended.is_err());
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
