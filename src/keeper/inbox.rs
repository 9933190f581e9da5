//! What waits for the keeper: orders first, then changed paths, then its own deadlines.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::Order;
use crate::watch::notice::Notice;

/// Orders that may wait: a person cannot order faster than the keeper answers.
const MOST_ORDERS: usize = 16;
/// Changed paths kept by name; past it everything is looked at, which is one sweep.
const MOST_PATHS: usize = 20_000;

#[derive(Debug, Default)]
struct State {
    orders: VecDeque<Order>,
    paths: BTreeSet<PathBuf>,
    all: bool,
    /// Times that notifications were lost.
    lost: u64,
    stop: bool,
    damaged: Option<String>,
}

/// The keeper's one inbox. Inserting never blocks for longer than a set insertion.
#[derive(Clone, Debug, Default)]
pub struct Inbox(Arc<(Mutex<State>, Condvar)>);

/// What the keeper does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    Stop,
    Order(Order),
    /// These paths changed.
    Paths(Vec<PathBuf>),
    /// Notifications were lost: look at everything.
    All,
    /// The whole-file check found the mirror damaged.
    Damaged(String),
    /// The deadline came.
    Deadline,
}

impl Inbox {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn order(&self, order: Order) -> Result<(), String> {
        let mut state = self.state();
        if state.stop {
            return Err("the keeper has stopped: nothing is carried out any more".to_owned());
        }
        if state.orders.len() >= MOST_ORDERS {
            return Err("16 orders wait already: this one was not taken".to_owned());
        }
        state.orders.push_back(order);
        drop(state);
        self.0.1.notify_one();
        Ok(())
    }

    pub fn notice(&self, notice: Notice) {
        let mut state = self.state();
        match notice {
            Notice::Changed(path) if state.paths.len() < MOST_PATHS => {
                state.paths.insert(path);
            }
            Notice::Changed(_) | Notice::LookAtAll => {
                state.lost += 1;
                state.all = true;
            }
        }
        drop(state);
        self.0.1.notify_one();
    }

    pub fn damaged(&self, why: String) {
        self.state().damaged = Some(why);
        self.0.1.notify_one();
    }

    pub fn stop(&self) {
        self.state().stop = true;
        self.0.1.notify_one();
    }

    pub fn stopping(&self) -> bool {
        self.state().stop
    }

    /// Times that notifications were lost so far.
    pub fn lost(&self) -> u64 {
        self.state().lost
    }

    /// Waits for the next thing to do, until a deadline at most.
    pub fn next(&self, deadline: Instant) -> Next {
        let mut state = self.state();
        loop {
            if let Some(next) = take(&mut state) {
                return next;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Next::Deadline;
            }
            state = self
                .0
                .1
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

fn take(state: &mut State) -> Option<Next> {
    if state.stop {
        return Some(Next::Stop);
    }
    if let Some(why) = state.damaged.take() {
        return Some(Next::Damaged(why));
    }
    if let Some(order) = state.orders.pop_front() {
        return Some(Next::Order(order));
    }
    if std::mem::take(&mut state.all) {
        state.paths.clear();
        return Some(Next::All);
    }
    if state.paths.is_empty() {
        return None;
    }
    Some(Next::Paths(
        std::mem::take(&mut state.paths).into_iter().collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_come_before_paths_and_a_path_once() {
        let inbox = Inbox::default();
        inbox.notice(Notice::Changed("b".into()));
        inbox.notice(Notice::Changed("a".into()));
        inbox.notice(Notice::Changed("b".into()));
        inbox.order(Order::Rescan).unwrap();
        let now = Instant::now();
        assert_eq!(inbox.next(now), Next::Order(Order::Rescan));
        assert_eq!(inbox.next(now), Next::Paths(vec!["a".into(), "b".into()]));
        assert_eq!(inbox.next(now), Next::Deadline);
    }

    #[test]
    fn a_full_inbox_says_so_and_a_lost_notification_costs_one_look_at_all() {
        let inbox = Inbox::default();
        for _ in 0..MOST_ORDERS {
            inbox.order(Order::Rescan).unwrap();
        }
        assert!(
            inbox
                .order(Order::Rescan)
                .unwrap_err()
                .contains("not taken")
        );
        inbox.notice(Notice::Changed("a".into()));
        inbox.notice(Notice::LookAtAll);
        for _ in 0..MOST_ORDERS {
            inbox.next(Instant::now());
        }
        assert_eq!(inbox.next(Instant::now()), Next::All);
        assert_eq!(inbox.next(Instant::now()), Next::Deadline);
        assert_eq!(inbox.lost(), 1);
    }
}
