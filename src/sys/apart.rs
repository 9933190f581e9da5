//! Threads that work beside the one that starts them, from their first moment on.
//!
//! A system may put a new thread behind the one that made it, on the same processor, and move it only when it next compares
//! how busy its processors are. On a virtual machine whose idle processors are halted that is the rule: two threads of 3 ms
//! took 5.9 ms together (the median of 200, Linux 6.18 on two virtual processors), and 3.1 ms as they are started here.

use std::cell::Cell;
use std::io;
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle, yield_now};

/// How long a thread stays away from the processor of the one that started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Away {
    AtFirst,
    /// Of a helper that ends within milliseconds: it would be brought back whenever it waits for something.
    ToItsEnd,
}

thread_local! {
    static HELPS: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread helps the one that started it: whoever helps asks nobody for help, because the processors have their
/// work.
pub fn helps() -> bool {
    HELPS.get()
}

/// Lets a thread do all of `work` itself, as one that helps does: other processors are left to whom somebody waits for.
pub fn alone<T>(work: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            HELPS.set(self.0);
        }
    }
    let _before = Before(HELPS.replace(true));
    work()
}

/// Starts a thread that ends within a scope.
///
/// # Errors
/// The system has no thread to give.
pub fn scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    stays: Away,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let thread = Builder::new().name(name.to_owned());
    let started = thread.spawn_scoped(scope, elsewhere(stays, work));
    yield_now();
    started
}

/// Starts a thread that ends by itself.
///
/// # Errors
/// The system has no thread to give.
pub fn start<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let thread = Builder::new().name(name.to_owned());
    let started = thread.spawn(elsewhere(Away::AtFirst, work));
    yield_now();
    started
}

/// Work that first goes to another processor than this thread's. Whoever starts it lets it begin, because it can go only
/// once it runs.
fn elsewhere<T>(stays: Away, work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let here = platform::processor();
    move || {
        HELPS.set(stays == Away::ToItsEnd);
        platform::leave(here, stays);
        work()
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use rustix::thread::{sched_getaffinity, sched_getcpu, sched_setaffinity};

    use super::Away;

    pub fn processor() -> usize {
        sched_getcpu()
    }

    /// Goes to any other processor that this thread may use. Where there is none, or the system does not say, it stays.
    pub fn leave(processor: usize, stays: Away) {
        let Ok(all) = sched_getaffinity(None) else {
            return;
        };
        let mut others = all;
        others.unset(processor);
        if others.count() == 0 || sched_setaffinity(None, &others).is_err() {
            return;
        }
        if stays == Away::AtFirst {
            // It was allowed these before, so that nothing speaks against it now; if it does, the others are enough.
            sched_setaffinity(None, &all).ok();
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod platform {
    pub fn processor() {}

    pub fn leave((): (), _: super::Away) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_started_gives_its_answer_and_has_its_name() {
        let name = || std::thread::current().name().map(str::to_owned);
        let within = std::thread::scope(|scope| {
            let started = scoped(scope, "judge", Away::AtFirst, name).unwrap();
            started.join().unwrap()
        });
        assert_eq!(within.as_deref(), Some("judge"));
        let helped = std::thread::scope(|scope| {
            scoped(scope, "find", Away::ToItsEnd, helps)
                .unwrap()
                .join()
                .unwrap()
        });
        assert!(helped && !helps() && !start("keeper", helps).unwrap().join().unwrap());
        let alone = start("keeper", name).unwrap().join().unwrap();
        assert_eq!(alone.as_deref(), Some("keeper"));
    }

    #[test]
    fn who_works_alone_asks_for_help_again_afterwards() {
        assert!(alone(helps) && !helps());
        let ended = std::panic::catch_unwind(|| alone(|| panic!("in the middle")));
        assert!(ended.is_err() && !helps());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn whoever_left_for_a_start_may_use_every_processor_again() {
        use rustix::thread::{sched_getaffinity, sched_getcpu};
        let all = sched_getaffinity(None).unwrap();
        let may = std::thread::spawn(|| {
            let here = sched_getcpu();
            platform::leave(here, Away::AtFirst);
            let free = sched_getaffinity(None).unwrap();
            platform::leave(here, Away::ToItsEnd);
            (free, sched_getaffinity(None).unwrap().is_set(here))
        });
        assert_eq!(may.join().unwrap(), (all, all.count() == 1));
    }
}
