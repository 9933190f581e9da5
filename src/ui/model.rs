//! The state of the screen: plain data, owned by the loop, changed only by [`update`](super::update::update).

mod board;
mod calls;
mod cursor;
mod ledger;
mod log;
mod moment;
mod offers;
mod operating;
mod overlay;
mod page;
mod pane;
mod place;
mod queue;
mod reading;
mod sheet;
mod sprint;
mod walk;

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::fleet::{AgentView, Fleet};
use crate::domain::id::AgentId;
use crate::domain::time::Ts;
use crate::ops::{Mode, Request};

use super::layout::{Board, Form, Screen};

pub use board::{Folding, Item, Selected, Standup};
pub use calls::Calls;
pub use ledger::LedgerList;
pub use log::{Asked, Log, ReadTo, Want, Wanter};
pub use moment::Past;
pub use offers::Offers;
pub use operating::{Caution, Operating, Planning};
pub use overlay::Overlay;
pub use page::{Built, Page};
pub use pane::{FilterLine, Pane};
pub use queue::{Entry, Found, QueueList, found_in};
pub use reading::Reading;
pub use sheet::Sheet;
pub use sprint::{Face, Retro, Sprint, Zoom, headed, shown};
pub use walk::Walk;

/// What the last key did, or why it did nothing. It stays until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toast(pub String);

#[derive(Debug)]
pub struct Model {
    pub size: (u16, u16),
    pub form: Form,
    /// This moment.
    pub clock: Ts,
    /// The newest snapshot.
    pub live: Arc<Fleet>,
    /// What is frozen on the screen, if anything.
    pub frozen: Option<Arc<Fleet>>,
    pub past: Option<Past>,
    /// When the keeper ended.
    pub stopped: Option<Ts>,
    pub index: HashMap<AgentId, usize>,
    pub pane: Pane,
    pub standup: Standup,
    pub page: Page,
    pub sprint: Sprint,
    pub retro: Retro,
    pub queue: QueueList,
    pub log: Log,
    pub ledger: LedgerList,
    /// Where Esc leads to from a place that was opened from another pane.
    pub back_to: Option<Pane>,
    pub filters: [FilterLine; Pane::ALL.len()],
    pub overlay: Option<Overlay>,
    /// The rounds that are being made: they stand in the place of every pane.
    pub walk: Option<Walk>,
    /// What the agents have learned is being read: it stands in the place of the retro.
    pub reading: Option<Reading>,
    pub toast: Option<Toast>,
    /// What changed last on the board, in [`Form::Lines`]; until something else is said.
    pub heard: Option<String>,
    /// Agents that got into trouble since the operator last looked at them.
    pub news: Vec<AgentId>,
    /// Where the standup mark was before this session moved it.
    pub former_mark: Option<Ts>,
    /// The last order of this session that took effect.
    pub undo: Option<Request>,
    pub offers: Offers,
    pub planning: Planning,
    pub operating: Operating,
    /// Whether orders are taken at all.
    pub mode: Mode,
    pub asked: Asked,
    /// What was searched for agents, for the empty screen.
    pub looked_at: Vec<String>,
    pub screen: Screen,
    pub board: Board,
    /// What asks for a person on the board that is shown.
    pub calls: Calls,
}

impl Model {
    pub fn new(size: (u16, u16), fleet: Arc<Fleet>, clock: Ts, looked_at: Vec<String>) -> Self {
        let calls = Calls::of(&fleet, clock, usize::from(size.1), None);
        let mut model = Self {
            calls,
            size,
            form: Form::default(),
            clock,
            live: fleet,
            frozen: None,
            past: None,
            stopped: None,
            index: HashMap::new(),
            pane: Pane::Standup,
            standup: Standup::default(),
            page: Page::default(),
            sprint: Sprint::default(),
            retro: Retro::default(),
            queue: QueueList::default(),
            back_to: None,
            log: Log {
                follow: true,
                ..Log::default()
            },
            ledger: LedgerList::default(),
            filters: Pane::ALL.map(|_| FilterLine::default()),
            overlay: None,
            walk: None,
            reading: None,
            toast: None,
            heard: None,
            news: Vec::new(),
            former_mark: None,
            undo: None,
            offers: Offers::default(),
            planning: Planning::default(),
            operating: Operating::default(),
            mode: Mode::Operating,
            asked: Asked::default(),
            looked_at,
            screen: Screen::default(),
            board: Board::default(),
        };
        model.board_changed();
        model
    }

    pub fn agent(&self, id: &AgentId) -> Option<&Arc<AgentView>> {
        self.index
            .get(id)
            .and_then(|at| self.fleet().agents.get(*at))
    }
}
