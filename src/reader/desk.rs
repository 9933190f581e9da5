//! Where questions wait for the reader: one of each kind, the latest.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::domain::page::Query;

#[derive(Debug, Default)]
struct Slots {
    /// In the order in which they are answered: the board first, it is what is looked at.
    past: Option<Query>,
    week: Option<Query>,
    raw: Option<Query>,
    copy: Option<Query>,
    lost: Option<Query>,
    items: Option<Query>,
    versions: Option<Query>,
    ledger: Option<Query>,
    log: Option<Query>,
    closed: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Desk(Arc<(Mutex<Slots>, Condvar)>);

impl Desk {
    fn slots(&self) -> MutexGuard<'_, Slots> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Leaves a question; an unanswered one of the same kind is dropped.
    pub fn ask(&self, query: Query) {
        let mut slots = self.slots();
        let slot = match query {
            Query::Log { .. } => &mut slots.log,
            Query::Raw(_) => &mut slots.raw,
            Query::Copy(_) => &mut slots.copy,
            Query::Lost(_) => &mut slots.lost,
            Query::Items { .. } => &mut slots.items,
            Query::Versions { .. } => &mut slots.versions,
            Query::Past { .. } => &mut slots.past,
            Query::Week { .. } => &mut slots.week,
            Query::Ledger { .. } => &mut slots.ledger,
        };
        *slot = Some(query);
        drop(slots);
        self.0.1.notify_one();
    }

    pub fn stop(&self) {
        self.slots().closed = true;
        self.0.1.notify_one();
    }

    /// Waits for the next question; `None` when the desk is closed.
    pub fn next(&self) -> Option<Query> {
        let mut slots = self.slots();
        loop {
            if slots.closed {
                return None;
            }
            let Slots {
                past,
                week,
                raw,
                copy,
                lost,
                items,
                versions,
                ledger,
                log,
                ..
            } = &mut *slots;
            if let Some(query) = [past, week, raw, copy, lost, items, versions, ledger, log]
                .into_iter()
                .find_map(Option::take)
            {
                return Some(query);
            }
            slots = self.0.1.wait(slots).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Locus;
    use crate::domain::time::Ts;

    #[test]
    fn the_latest_of_each_kind_wins() {
        let desk = Desk::default();
        desk.ask(Query::Raw(Locus::default()));
        desk.ask(Query::Past {
            at: Ts(1),
            since: None,
        });
        desk.ask(Query::Past {
            at: Ts(2),
            since: None,
        });
        assert_eq!(
            desk.next(),
            Some(Query::Past {
                at: Ts(2),
                since: None
            })
        );
        assert_eq!(desk.next(), Some(Query::Raw(Locus::default())));
        desk.stop();
        assert_eq!(desk.next(), None);
    }
}
