//! A running room: the desks that a screen talks to, and the threads behind them.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};

use super::inbox::Inbox;
use super::{Order, Reply};
use crate::domain::fleet::Fleet;
use crate::domain::page::{Page, Query};
use crate::reader::Desk as ReaderDesk;
use crate::sys::state::StateDir;

/// How long the threads are waited for at the end.
const JOIN: Duration = Duration::from_secs(2);

/// Takes orders for the keeper.
#[derive(Clone, Debug)]
pub struct OrderDesk(pub(super) Inbox);

impl OrderDesk {
    /// Hands an order in; a sentence says why it is not taken.
    pub fn send(&self, order: Order) -> Result<(), String> {
        self.0.order(order)
    }
}

/// Takes questions for the reader.
#[derive(Clone, Debug)]
pub struct AskDesk(pub(super) ReaderDesk);

impl AskDesk {
    /// Asks; the latest question of each kind wins.
    pub fn ask(&self, query: Query) {
        self.0.ask(query);
    }
}

/// A running keeper and reader.
pub struct Running {
    pub fleet: watch::Receiver<Arc<Fleet>>,
    pub orders: OrderDesk,
    pub replies: mpsc::Receiver<Reply>,
    pub asks: AskDesk,
    pub pages: mpsc::Receiver<Page>,
    pub(super) threads: Threads,
}

/// The threads of a room; they end when told to, and are waited for.
pub struct Threads {
    pub(super) inbox: Inbox,
    pub(super) desk: ReaderDesk,
    pub(super) joins: Vec<JoinHandle<()>>,
    /// A temporary state folder lives as long as its room.
    pub(super) _state: StateDir,
}

impl Threads {
    /// Finishes what is being done, flushes, and waits two seconds at most.
    pub fn stop(self) {
        self.inbox.stop();
        self.desk.stop();
        let until = Instant::now() + JOIN;
        for join in self.joins {
            while !join.is_finished() && Instant::now() < until {
                std::thread::park_timeout(Duration::from_millis(2));
            }
            if join.is_finished() && join.join().is_err() {
                tracing::error!("a thread ended in a panic");
            }
        }
    }
}

impl Running {
    /// The pieces a screen is built of.
    #[expect(clippy::type_complexity, reason = "each piece goes to another owner")]
    pub fn split(
        self,
    ) -> (
        watch::Receiver<Arc<Fleet>>,
        OrderDesk,
        mpsc::Receiver<Reply>,
        AskDesk,
        mpsc::Receiver<Page>,
        Threads,
    ) {
        (
            self.fleet,
            self.orders,
            self.replies,
            self.asks,
            self.pages,
            self.threads,
        )
    }

    pub fn stop(self) {
        self.threads.stop();
    }
}
