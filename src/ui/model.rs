//! The state of the screen: plain data, owned by the loop, changed only by [`update`](super::update::update).

mod board;
mod cursor;
mod ledger;
mod offers;
mod operating;
mod queue;
mod reading;
mod sheet;
mod sprint;
mod walk;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ratatui::layout::Rect;

use crate::domain::fleet::{AgentView, Fleet};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::log::{LogFilter, LogKey, LogRow};
use crate::domain::page::TaskVersion;
use crate::domain::time::Ts;
use crate::ops::{Mode, Request};
use crate::reader::Anchor;
use crate::view::agent::Target;
use crate::view::digest::{Call, digest_of};
use crate::view::filter::Filter;
use crate::view::log::Fold;
use crate::view::pulse::{self, Freshness, Pulse};
use crate::view::queue::count as queue_count;

use super::command::{CommandId, Ctx, Place, find};
use super::layout::{Board, Form, Screen};
use super::overlay::choose::Choice;
use super::overlay::editor::Editor;
use super::overlay::preview::Preview;
use super::update::{operate, retro, said};

pub use ledger::LedgerList;
pub use offers::Offers;
pub use operating::{Caution, Operating, Planning};
pub use queue::{Entry, Found, QueueList, found_in};
pub use reading::Reading;
pub use sheet::Sheet;
pub use sprint::{Face, Retro, Sprint, Zoom, headed, shown};
pub use walk::Walk;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pane {
    Standup,
    Sprint,
    Retro,
    Queue,
    Log,
    Ledger,
}

impl Pane {
    pub const ALL: [Self; 6] = [
        Self::Standup,
        Self::Sprint,
        Self::Retro,
        Self::Queue,
        Self::Log,
        Self::Ledger,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Standup => "Standup",
            Self::Sprint => "Sprint",
            Self::Retro => "Retro",
            Self::Queue => "Queue",
            Self::Log => "Log",
            Self::Ledger => "Ledger",
        }
    }

    /// The digit that opens it: the same whichever panes there are.
    pub fn digit(self) -> u8 {
        match self {
            Self::Standup => 1,
            Self::Sprint => 2,
            Self::Retro => 3,
            Self::Queue => 4,
            Self::Log => 5,
            Self::Ledger => 6,
        }
    }
}

/// What lies over the panes.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys of the place it was opened from.
    Help {
        from: Place,
        top: usize,
    },
    /// Of an agent, or of one of its tasks.
    Why {
        about: Target,
        top: usize,
    },
    /// What became of several orders, or how two versions differ: to be read and copied.
    Report {
        title: String,
        text: String,
        top: usize,
    },
    Preview(Box<Preview>),
    Editor(Box<Editor>),
    Choose {
        title: String,
        choices: Vec<Choice>,
        at: usize,
    },
    Palette {
        text: String,
        at: usize,
        from: Place,
    },
}

/// One line of the standup list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Agent(AgentId),
    /// Healthy rows in one line.
    Fold(Vec<AgentId>),
}

/// What is under the cursor, by name: nothing moves under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    Agent(AgentId),
    Fold,
}

/// Whether healthy rows may be folded into one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Folding {
    WhereNeeded,
    Never,
}

#[derive(Debug)]
pub struct Standup {
    /// Every agent of the fleet, in the order of the list.
    pub order: Vec<AgentId>,
    pub marked: HashSet<AgentId>,
    /// The operator has begun to move: rows stay where they are.
    pub settled: bool,
    pub items: Vec<Item>,
    pub selected: Option<Selected>,
    pub top: usize,
    pub folding: Folding,
    /// Widest name, in columns.
    pub name_width: usize,
}

/// The page of the agent under the cursor, or of one of its tasks.
#[derive(Debug, Default)]
pub struct Page {
    pub sheet: Sheet,
    /// The page is that of one task.
    pub task: Option<TaskId>,
    /// The log of the agent, or of the task, oldest first, once it was read.
    pub timeline: Option<(Target, Vec<LogRow>)>,
    /// How the task stood in each version of its plan.
    pub versions: Option<(Target, Vec<TaskVersion>)>,
    /// How far the timeline was read.
    pub read_to: Option<ReadTo>,
    /// The reading of the agent, and the task, whose versions were last asked for.
    pub asked_for: Option<(Arc<AgentView>, TaskId)>,
    /// What the lines of the sheet were made of.
    pub built: Option<Built>,
}

/// What a page is made of besides the rows that the history gave: as long as it is the same, so are the lines.
#[derive(Clone, Debug)]
pub struct Built {
    pub agent: Arc<AgentView>,
    pub task: Option<TaskId>,
    pub fleet: Arc<Fleet>,
    /// Ages change with the minute.
    pub minute: i64,
    pub width: u16,
    pub rows: usize,
}

/// How far rows of the history are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadTo {
    pub filter: LogFilter,
    /// Everything that the snapshot of this version shows was asked for, or came with it.
    pub version: u64,
    /// The answer has come.
    pub answered: bool,
}

#[derive(Debug, Default)]
pub struct Log {
    /// Oldest first: about three screens of the log around the cursor.
    pub rows: Vec<LogRow>,
    pub folds: Vec<Fold>,
    pub older: bool,
    pub newer: bool,
    /// New rows move the view.
    pub follow: bool,
    pub cursor: Option<LogKey>,
    pub top: usize,
    /// How far the newest rows were read.
    pub read_to: Option<ReadTo>,
}

/// A filter line and what it means.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterLine {
    pub text: String,
    pub filter: Filter,
    pub problems: Vec<String>,
    /// The keys write into it.
    pub editing: bool,
}

/// The question that is out, and those that wait: the history answers only the latest of a kind, so one is asked at a time.
#[derive(Debug, Default)]
pub struct Asked {
    pub out: Option<Want>,
    pub waiting: Vec<Want>,
}

/// Rows of the history that the screen wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Want {
    pub by: Wanter,
    pub filter: LogFilter,
    pub anchor: Anchor,
    pub rows: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanter {
    Log,
    Page(Option<TaskId>),
}

#[derive(Debug)]
pub struct Past {
    pub wanted: Ts,
    /// What is shown: the board of that moment, and until it was read the one before.
    pub board: Arc<Fleet>,
    pub reading: bool,
}

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

/// What asks for a person, in the words of header, tabs and digest: made once for a board and its minute.
#[derive(Debug)]
pub struct Calls {
    pub count: usize,
    /// Agents that need somebody.
    pub agents: usize,
    pub pulse: Pulse,
    /// As many as a screen has lines.
    pub digest: Vec<Call>,
}

impl Calls {
    pub fn of(fleet: &Fleet, now: Ts, most: usize) -> Self {
        let leads = pulse::leads(fleet, now);
        Self {
            count: queue_count(fleet, now),
            agents: leads.len(),
            pulse: pulse::pulse(fleet, now),
            digest: digest_of(fleet, &leads, now, most),
        }
    }
}

impl Model {
    pub fn new(size: (u16, u16), fleet: Arc<Fleet>, clock: Ts, looked_at: Vec<String>) -> Self {
        let calls = Calls::of(&fleet, clock, usize::from(size.1));
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
            standup: Standup {
                order: Vec::new(),
                marked: HashSet::new(),
                settled: false,
                items: Vec::new(),
                selected: None,
                top: 0,
                folding: Folding::WhereNeeded,
                name_width: 0,
            },
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

    /// The board on the screen.
    pub fn fleet(&self) -> &Arc<Fleet> {
        let past = self.past.as_ref().map(|past| &past.board);
        past.or(self.frozen.as_ref()).unwrap_or(&self.live)
    }

    /// The moment ages are counted from: now, or that of the board that stands still.
    pub fn now(&self) -> Ts {
        if self.past.is_some() || self.frozen.is_some() {
            self.fleet().at
        } else {
            self.clock
        }
    }

    pub fn freshness(&self) -> Freshness {
        if let Some(past) = &self.past {
            return Freshness::AsOf(past.wanted);
        }
        if let Some(at) = self.stopped {
            return Freshness::Stopped(at);
        }
        if self.frozen.is_some() {
            Freshness::Paused
        } else {
            Freshness::of(self.fleet())
        }
    }

    pub fn agent(&self, id: &AgentId) -> Option<&Arc<AgentView>> {
        self.index
            .get(id)
            .and_then(|at| self.fleet().agents.get(*at))
    }

    pub fn selected_agent(&self) -> Option<&AgentId> {
        match &self.standup.selected {
            Some(Selected::Agent(id)) => Some(id),
            Some(Selected::Fold) | None => None,
        }
    }

    /// The row of the log under the cursor, and its place among the folds.
    pub fn log_at(&self) -> Option<usize> {
        let last = self.log.folds.len().checked_sub(1)?;
        let Some(cursor) = &self.log.cursor else {
            return Some(last);
        };
        let row = self
            .log
            .rows
            .partition_point(|row| crate::view::log::key(row) < *cursor);
        Some(
            self.log
                .folds
                .partition_point(|fold| fold.last < row)
                .min(last),
        )
    }

    pub fn log_row(&self) -> Option<&LogRow> {
        let fold = self.log.folds.get(self.log_at()?)?;
        self.log.rows.get(fold.last)
    }

    pub fn filter(&self) -> &FilterLine {
        &self.filters[self.pane as usize]
    }

    pub fn filter_mut(&mut self) -> &mut FilterLine {
        &mut self.filters[self.pane as usize]
    }

    /// Where the keys go.
    /// Nothing lies over the panes and nothing is being typed: what arrives late may open.
    pub fn is_clear(&self) -> bool {
        self.overlay.is_none() && !self.filter().editing
    }

    pub fn place(&self) -> Place {
        match &self.overlay {
            Some(Overlay::Palette { .. }) => Place::Palette,
            Some(Overlay::Help { .. } | Overlay::Why { .. } | Overlay::Report { .. }) => {
                Place::Reading
            }
            Some(Overlay::Choose { .. }) => Place::Menu,
            Some(Overlay::Preview(_)) => Place::Preview,
            Some(Overlay::Editor(_)) => Place::Editor,
            None if self.filter().editing => Place::Filter,
            None => self.base(),
        }
    }

    /// Where the keys go beneath all overlays.
    pub fn base(&self) -> Place {
        if self.walk.is_some() {
            return Place::Walk;
        }
        if self.reading.is_some() {
            return Place::Insights;
        }
        match self.pane {
            Pane::Standup if self.page.sheet.focused => Place::Detail,
            Pane::Queue if self.queue.sheet.focused => Place::Detail,
            Pane::Retro if self.retro.sheet.focused => Place::WeekPage,
            Pane::Ledger if self.ledger.sheet.focused => Place::Detail,
            Pane::Standup => Place::Standup,
            Pane::Sprint => Place::Sprint,
            Pane::Retro => Place::Retro,
            Pane::Queue => Place::Queue,
            Pane::Log => Place::Log,
            Pane::Ledger => Place::Ledger,
        }
    }

    pub fn ctx(&self, place: Place) -> Ctx {
        let rows = match place {
            Place::Standup | Place::Filter => self.standup.items.len(),
            Place::Queue => self.queue.items.len(),
            Place::Sprint | Place::Retro => self.named_lines().0.len(),
            Place::Walk => self.walk.as_ref().map_or(0, |walk| walk.stops.len()),
            Place::Insights => self.reading.as_ref().map_or(0, |one| one.agents.len()),
            Place::Detail | Place::WeekPage => self.sheet().lines.len(),
            Place::Log => self.log.folds.len(),
            Place::Ledger => self.orders().len(),
            Place::Menu => match &self.overlay {
                Some(Overlay::Choose { choices, .. }) => choices.len(),
                _ => 0,
            },
            Place::Reading | Place::Palette | Place::Preview | Place::Editor => 0,
        };
        Ctx {
            place,
            rows,
            agent: self.subject().is_some(),
            written: self.locus().is_some(),
            opens: self.sheet().line().is_some_and(|line| line.opens.is_some()),
            troubled: self.jumps(),
            cases: said::cases(self).len() + retro::cases(self),
            lost: said::lost(self).is_some(),
            calls: self.queue.order.len(),
            past: self.past.is_some(),
            frozen: self.frozen.is_some(),
            stopped: self.stopped.is_some(),
            undoable: if self.pane == Pane::Ledger && self.walk.is_none() {
                self.ordered().is_some()
            } else {
                self.undo.is_some() || self.former_mark.is_some()
            },
            targets: operate::targets(self).len(),
            mode: self.mode,
        }
    }

    pub fn enabled(&self, id: CommandId, place: Place) -> Result<(), super::command::Reason> {
        (find(id).enabled)(&self.ctx(place))
    }

    /// How many findings `n` can go to from here.
    fn jumps(&self) -> usize {
        if let Some(walk) = &self.walk {
            return walk.stops.len();
        }
        match self.pane {
            Pane::Standup => self.troubled().count(),
            Pane::Sprint | Pane::Ledger => 0,
            Pane::Retro => self.unread().len(),
            Pane::Queue => self.queue.order.len(),
            Pane::Log => self.log.folds.len(),
        }
    }

    /// Agents in trouble, in the order of the list.
    pub fn troubled(&self) -> impl Iterator<Item = &AgentId> {
        self.standup
            .order
            .iter()
            .filter(|id| self.agent(id).is_some_and(|agent| agent.row.is_trouble()))
    }

    pub fn page_visible(&self) -> bool {
        self.pane == Pane::Standup && (self.page.sheet.focused || self.board.page.is_some())
    }

    pub fn log_visible(&self) -> bool {
        self.pane == Pane::Log || (self.pane == Pane::Standup && self.board.log.is_some())
    }

    /// The area of the log that is on the screen.
    pub fn log_area(&self) -> Rect {
        match self.pane {
            Pane::Log => self.screen.body,
            Pane::Standup => self.board.log.unwrap_or_default(),
            Pane::Sprint | Pane::Retro | Pane::Queue | Pane::Ledger => Rect::default(),
        }
    }

    /// The area of the agent's page.
    pub fn page_area(&self) -> Rect {
        self.board.page.unwrap_or(self.screen.body)
    }
}
