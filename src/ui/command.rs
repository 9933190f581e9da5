//! The registry: one row per command. Dispatch, the hint bar, `?` help, the `:` palette, the key table in the documents and
//! the validation of configured keys are all read from it.

mod place;
mod rules;
mod scopes;

use std::fmt;

use crate::ops::Mode;

pub use place::Place;
use rules::{
    agent, always, cases, done, live, lost, mergeable, open, operating, order, past, present,
    rounds, rows, troubled, undoable, written,
};
use scopes::{
    AGENT, BOARD, CASE, CASES, COPY, EVERYWHERE, FILES, INSIGHTS, LEDGER, LINES, LISTS, MOMENT,
    PROBLEMS, QUIT, READ, READING, RETRO, ROUNDS, SHEETS, SPRINT, UNDO, WALK, WEEKS,
};

/// What the operator can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CommandId {
    Up,
    Down,
    Top,
    Bottom,
    PageUp,
    PageDown,
    FocusLeft,
    FocusRight,
    Open,
    Back,
    NextPane,
    PreviousPane,
    StandupPane,
    SprintPane,
    RetroPane,
    QueuePane,
    LogPane,
    LedgerPane,
    NextFinding,
    PreviousFinding,
    Mark,
    MarkAll,
    ReadOn,
    Acknowledge,
    Rounds,
    NextStop,
    PreviousStop,
    Sort,
    Why,
    LostVersion,
    Filter,
    Palette,
    Help,
    Copy,
    OpenCopy,
    DayBack,
    DayForward,
    HourBack,
    HourForward,
    Face,
    Closer,
    Wider,
    Earlier,
    Later,
    WeekBack,
    WeekForward,
    ReadInsights,
    NextInsights,
    PreviousInsights,
    Decide,
    WeekNote,
    Freeze,
    Rescan,
    StandupDone,
    Undo,
    Reclaim,
    Retry,
    Skip,
    Hold,
    Merge,
    Edit,
    Note,
    Possible,
    Storm,
    Repaint,
    Suspend,
    Quit,
}

/// The parts of the help page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Move,
    Look,
    Time,
    Rounds,
    Orders,
}

impl Group {
    pub const ALL: [Self; 5] = [
        Self::Move,
        Self::Look,
        Self::Time,
        Self::Rounds,
        Self::Orders,
    ];

    pub fn title(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Look => "Look",
            Self::Time => "Time and freshness",
            Self::Rounds => "Rounds",
            Self::Orders => "Orders",
        }
    }
}

/// What a command changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Danger {
    /// Nothing outside the screen.
    None,
    /// What rounds itself remembers; never an agent's file.
    Marks,
    /// An agent's files, or a command of the operator's, after a preview and a confirmation.
    Orders,
}

/// Why a command does not work now, as a sentence for the toast and the help page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason(pub &'static str);

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// What the commands' rules look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ctx {
    pub place: Place,
    /// Rows in the list that has the keys.
    pub rows: usize,
    /// An agent is under the cursor.
    pub agent: bool,
    /// The thing under the cursor is written in a file that can be opened.
    pub written: bool,
    /// It has a page of its own.
    pub opens: bool,
    /// Findings, or lines of the log, that can be jumped to.
    pub troubled: usize,
    /// Findings under the cursor, or marked.
    pub cases: usize,
    /// One of them is a lost update, and what was lost is kept.
    pub lost: bool,
    /// Lines of the queue that call for a person.
    pub calls: usize,
    /// The board is one of a past moment.
    pub past: bool,
    pub frozen: bool,
    pub stopped: bool,
    /// Something was done in this session that can be taken back.
    pub undoable: bool,
    /// An agent or a task is under the cursor, or something is marked.
    pub targets: usize,
    /// Whether orders are taken.
    pub mode: Mode,
}

type Rule = fn(&Ctx) -> Result<(), Reason>;

/// One command: everything there is to say about it.
#[derive(Clone, Copy)]
pub struct CommandSpec {
    pub id: CommandId,
    /// In config and palette.
    pub name: &'static str,
    pub title: &'static str,
    pub help: &'static str,
    pub group: Group,
    pub scope: &'static [Place],
    pub keys: &'static [&'static str],
    pub danger: Danger,
    pub enabled: Rule,
}

impl fmt::Debug for CommandSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommandSpec({})", self.name)
    }
}

const fn spec(
    id: CommandId,
    name: &'static str,
    keys: &'static [&'static str],
    (group, scope): (Group, &'static [Place]),
    (title, help): (&'static str, &'static str),
    enabled: Rule,
) -> CommandSpec {
    CommandSpec {
        id,
        name,
        title,
        help,
        group,
        scope,
        keys,
        danger: Danger::None,
        enabled,
    }
}

const fn marks(mut spec: CommandSpec) -> CommandSpec {
    spec.danger = Danger::Marks;
    spec
}

const fn orders(mut spec: CommandSpec) -> CommandSpec {
    spec.danger = Danger::Orders;
    spec
}

use CommandId as Id;
use Group::{Look, Move, Orders, Rounds, Time};

/// In the order of the help page; within a place the hint bar takes the first that fit.
#[rustfmt::skip]
pub const COMMANDS: &[CommandSpec] = &[
    spec(Id::NextStop, "next-stop", &["n", "enter", "space", "j", "down", "R"], (Move, WALK), ("next", "On to the next problem; behind the last one the rounds are made"), always),
    spec(Id::PreviousStop, "previous-stop", &["N", "k", "up"], (Move, WALK), ("back", "Back to the problem before"), always),
    marks(spec(Id::NextInsights, "next-insights", &["n", "enter", "space", "R"], (Rounds, INSIGHTS), ("read, and on", "These insights were read: on to the next agent's"), always)),
    spec(Id::PreviousInsights, "previous-insights", &["N"], (Move, INSIGHTS), ("back", "Back to the insights before"), always),
    orders(spec(Id::Decide, "decide", &["m"], (Orders, INSIGHTS), ("decide", "Write a decision into this agent's inbox"), order)),
    marks(spec(Id::ReadInsights, "read-insights", &["R"], (Rounds, WEEKS), ("read insights", "Go over what the agents have learned, one at a time, with a read mark each"), rows)),
    marks(spec(Id::WeekNote, "week-note", &["m"], (Rounds, RETRO), ("note on the week", "Write the note on this week, begun from the facts; it is kept in the ledger"), live)),
    spec(Id::Open, "open", &["enter"], (Look, LINES), ("open", "Open what is under the cursor: the page, the folded rows, the place in the log"), open),
    spec(Id::LostVersion, "lost-version", &["v"], (Look, CASE), ("lost version", "Compare the version that a writer overwrote with what its file holds now"), lost),
    spec(Id::Filter, "filter", &["/"], (Look, LISTS), ("filter", "Narrow the list as you type: text !text agent: task: is:stale tier: age>2h"), always),
    spec(Id::NextFinding, "next-finding", &["n"], (Look, BOARD), ("next finding", "Go to the next finding: the next agent in trouble, line of the queue or of the log"), troubled),
    marks(spec(Id::Rounds, "rounds", &["R"], (Rounds, PROBLEMS), ("make the rounds", "Go through what needs you, worst first, one at a time; at the end the standup mark moves"), rounds)),
    spec(Id::Palette, "palette", &[":"], (Look, BOARD), ("palette", "Find a command by its name"), always),
    spec(Id::Help, "help", &["?", "f1"], (Look, ROUNDS), ("help", "The keys that work here, and why the others do not"), always),
    spec(Id::Why, "why", &["w"], (Look, ROUNDS), ("why", "The reasoning behind what is under the cursor, healthy or not"), agent),
    orders(spec(Id::Reclaim, "reclaim", &["c"], (Orders, CASE), ("reclaim", "Take a task from a run that is gone: pending again, under the next epoch"), order)),
    orders(spec(Id::Retry, "retry", &["r"], (Orders, CASE), ("retry", "Ask the agent to do it again, as far as its tier allows; done steps are not repeated"), order)),
    orders(spec(Id::Skip, "skip", &["s"], (Orders, CASE), ("skip and flag", "Set a task to skipped, with a flag that says why"), order)),
    orders(spec(Id::Hold, "hold", &["H"], (Orders, CASE), ("hold or release", "Hold a task or a whole agent until you release it; what is held is released"), order)),
    marks(spec(Id::Acknowledge, "acknowledge", &["a"], (Rounds, CASE), ("acknowledge", "Say that a finding was seen, or snooze it; it stays visible and counts no more"), cases)),
    marks(spec(Id::StandupDone, "standup-done", &["D"], (Rounds, AGENT), ("standup done", "Finish the standup: counts start again from now"), done)),
    marks(spec(Id::Undo, "undo", &["u"], (Rounds, UNDO), ("undo", "Take back the order under the cursor of the ledger; elsewhere the last one of this session, else the standup mark"), undoable)),
    orders(spec(Id::Note, "note", &["m"], (Orders, CASE), ("note", "Write a note into the ledger and the agent's inbox"), order)),
    orders(spec(Id::Merge, "merge", &["M"], (Orders, LEDGER), ("merge", "Write what an agent wrote into the file that this order replaced into the one that is there now"), mergeable)),
    spec(Id::Possible, "possible", &["x"], (Orders, CASE), ("what can be done", "Everything that can be done here, and why the rest cannot"), order),
    orders(spec(Id::Storm, "overdue", &["O"], (Orders, SPRINT), ("overdue", "After an outage: what is overdue, and what running, skipping or spreading it would do"), operating)),
    spec(Id::PreviousFinding, "previous-finding", &["N"], (Look, BOARD), ("previous finding", "Go to the finding before this one"), troubled),
    spec(Id::Mark, "mark", &["space"], (Look, CASES), ("mark", "Mark the line, and go on to the next: commands act on all that is marked"), rows),
    spec(Id::MarkAll, "mark-all", &["A"], (Look, CASES), ("mark all", "Mark every line that the filter shows; again: none"), rows),
    spec(Id::OpenCopy, "open-copy", &["e"], (Look, ROUNDS), ("raw line", "Open a read-only copy of the file at this line, in $VISUAL, $EDITOR or less"), written),
    spec(Id::Copy, "copy", &["y"], (Look, COPY), ("copy", "Copy what is under the cursor to the clipboard of your terminal, also over SSH"), rows),
    orders(spec(Id::Edit, "edit", &["E"], (Orders, FILES), ("edit the file", "Change the file under the cursor, of a row the agent's plan, in $VISUAL or $EDITOR: a copy, written back with a preview"), order)),
    spec(Id::Sort, "sort", &["o"], (Look, CASES), ("worst first", "Order the list again, worst first; otherwise rows stay where they are"), rows),
    spec(Id::DayBack, "day-back", &["["], (Time, MOMENT), ("day back", "The board as it was a day earlier"), always),
    spec(Id::DayForward, "day-forward", &["]"], (Time, MOMENT), ("day on", "A day later, until now"), past),
    spec(Id::HourBack, "hour-back", &["{"], (Time, MOMENT), ("hour back", "The board as it was an hour earlier"), always),
    spec(Id::HourForward, "hour-forward", &["}"], (Time, MOMENT), ("hour on", "An hour later, until now"), past),
    spec(Id::Face, "face", &["v"], (Look, SPRINT), ("lanes or columns", "The day as lanes on an axis, or its tasks as columns of states"), always),
    spec(Id::Closer, "closer", &["+", "="], (Look, SPRINT), ("closer", "A shorter stretch of the day: 24, 12, 6, 3 hours"), always),
    spec(Id::Wider, "wider", &["-"], (Look, SPRINT), ("wider", "A longer stretch of the day"), always),
    spec(Id::Earlier, "earlier", &["h", "left"], (Look, SPRINT), ("earlier", "Move the axis back by a quarter of what it spans"), always),
    spec(Id::Later, "later", &["l", "right"], (Look, SPRINT), ("later", "Move the axis on by a quarter of what it spans"), always),
    spec(Id::WeekBack, "week-back", &["["], (Time, WEEKS), ("week back", "The week before"), always),
    spec(Id::WeekForward, "week-forward", &["]"], (Time, WEEKS), ("week on", "The week after, until this one"), always),
    spec(Id::Freeze, "freeze", &["p"], (Time, BOARD), ("freeze", "Stop the screen from changing, and let it go on"), present),
    spec(Id::Rescan, "rescan", &["ctrl-r"], (Time, BOARD), ("rescan", "Look at every file now"), live),
    spec(Id::Down, "down", &["j", "down"], (Move, LINES), ("down", "One line down"), rows),
    spec(Id::Up, "up", &["k", "up"], (Move, LINES), ("up", "One line up"), rows),
    spec(Id::PageDown, "page-down", &["ctrl-d", "pagedown"], (Move, READ), ("half page down", "Half a page down"), rows),
    spec(Id::ReadOn, "read-on", &["space"], (Move, READING), ("read on", "Half a page down"), rows),
    spec(Id::PageUp, "page-up", &["ctrl-u", "pageup"], (Move, READ), ("half page up", "Half a page up"), rows),
    spec(Id::Top, "top", &["g", "home"], (Move, LINES), ("top", "To the first line"), rows),
    spec(Id::Bottom, "bottom", &["G", "end"], (Move, LINES), ("bottom", "To the last line; in the log: follow what is written"), rows),
    spec(Id::FocusLeft, "left", &["h", "left"], (Move, SHEETS), ("list", "From the page to the list"), always),
    spec(Id::FocusRight, "right", &["l", "right"], (Move, SHEETS), ("page", "From the list to the page of what is under the cursor"), rows),
    spec(Id::NextPane, "next-pane", &["tab"], (Move, BOARD), ("next pane", "The next pane"), always),
    spec(Id::PreviousPane, "previous-pane", &["backtab"], (Move, BOARD), ("previous pane", "The pane before"), always),
    spec(Id::StandupPane, "pane-1", &["1"], (Move, BOARD), ("standup", "Who did what since the standup mark"), always),
    spec(Id::SprintPane, "pane-2", &["2"], (Move, BOARD), ("sprint", "The day of every agent on an axis: what was planned when, and what became of it"), always),
    spec(Id::RetroPane, "pane-3", &["3"], (Move, BOARD), ("retro", "The week of every agent against the one before, and what it learned"), always),
    spec(Id::QueuePane, "pane-4", &["4"], (Move, BOARD), ("queue", "What needs you, one line for each cause, and what waits on agents"), always),
    spec(Id::LogPane, "pane-5", &["5"], (Move, BOARD), ("log", "What all agents write, as they write it"), always),
    spec(Id::LedgerPane, "pane-6", &["6"], (Move, BOARD), ("ledger", "What was ordered, by whom and why, and what became of it"), always),
    spec(Id::Back, "back", &["esc"], (Move, EVERYWHERE), ("back", "One level back; never quits"), always),
    spec(Id::Repaint, "repaint", &["ctrl-l"], (Rounds, EVERYWHERE), ("repaint", "Draw the whole screen again"), always),
    spec(Id::Suspend, "suspend", &["ctrl-z"], (Rounds, EVERYWHERE), ("suspend", "To the shell; fg returns"), always),
    spec(Id::Quit, "quit", &["q", "ctrl-c"], (Rounds, QUIT), ("quit", "Leave rounds; nothing is lost, the agents do not notice"), always),
];

pub fn find(id: CommandId) -> &'static CommandSpec {
    COMMANDS
        .iter()
        .find(|spec| spec.id == id)
        .unwrap_or(&COMMANDS[0])
}

pub fn by_name(name: &str) -> Option<&'static CommandSpec> {
    COMMANDS.iter().find(|spec| spec.name == name)
}

/// The key table of the documents, in Markdown, with the default keys.
pub fn key_table_markdown() -> String {
    let mut lines = Vec::new();
    for group in Group::ALL {
        lines.push(format!("**{}**\n", group.title()));
        lines.push("| key | command | what it does |\n|---|---|---|".to_owned());
        for spec in COMMANDS.iter().filter(|spec| spec.group == group) {
            let keys: Vec<String> = spec.keys.iter().map(|key| format!("`{key}`")).collect();
            lines.push(format!(
                "| {} | {} | {} |",
                keys.join(" "),
                spec.name,
                spec.help
            ));
        }
        lines.push(String::new());
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_and_ids_are_unique_and_every_id_is_found() {
        let names: HashSet<&str> = COMMANDS.iter().map(|spec| spec.name).collect();
        let ids: HashSet<CommandId> = COMMANDS.iter().map(|spec| spec.id).collect();
        assert_eq!((names.len(), ids.len()), (COMMANDS.len(), COMMANDS.len()));
        for spec in COMMANDS {
            assert_eq!(find(spec.id).name, spec.name);
        }
    }

    #[test]
    fn digits_never_change_anything() {
        for spec in COMMANDS.iter().filter(|spec| spec.danger != Danger::None) {
            assert!(
                spec.keys
                    .iter()
                    .all(|key| !key.chars().all(|c| c.is_ascii_digit())),
                "{spec:?}"
            );
        }
    }

    #[test]
    fn the_key_table_has_a_row_for_every_command() {
        let table = key_table_markdown();
        for spec in COMMANDS {
            assert!(
                table.contains(&format!("| {} |", spec.name)),
                "{}",
                spec.name
            );
        }
    }

    #[test]
    fn a_disabled_command_says_why() {
        let ctx = Ctx {
            place: Place::Standup,
            rows: 0,
            agent: false,
            written: false,
            opens: false,
            troubled: 0,
            cases: 0,
            lost: false,
            calls: 0,
            past: true,
            frozen: false,
            stopped: false,
            undoable: false,
            targets: 0,
            mode: Mode::ReadOnly,
        };
        for spec in COMMANDS {
            if let Err(reason) = (spec.enabled)(&ctx) {
                assert!(reason.0.len() > 10, "{}: {reason}", spec.name);
            }
        }
        assert!((find(CommandId::StandupDone).enabled)(&ctx).is_err());
    }
}
