//! Where commands work.

use super::Place;

pub(super) const BOARD: &[Place] = &[
    Place::Standup,
    Place::Sprint,
    Place::Retro,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Log,
    Place::Ledger,
];
/// Panes that show the board of a moment; the retro goes by weeks.
pub(super) const MOMENT: &[Place] = &[
    Place::Standup,
    Place::Sprint,
    Place::Queue,
    Place::Detail,
    Place::Log,
    Place::Ledger,
];
/// Where the rounds begin; the retro has a walk of its own.
pub(super) const PROBLEMS: &[Place] = MOMENT;
pub(super) const INSIGHTS: &[Place] = &[Place::Insights];
pub(super) const SPRINT: &[Place] = &[Place::Sprint];
pub(super) const LEDGER: &[Place] = &[Place::Ledger];
pub(super) const RETRO: &[Place] = &[Place::Retro];
/// The retro and the page of one agent's week in it.
pub(super) const WEEKS: &[Place] = &[Place::Retro, Place::WeekPage];
pub(super) const READ: &[Place] = &[
    Place::Standup,
    Place::Sprint,
    Place::Retro,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Log,
    Place::Ledger,
    Place::Reading,
    Place::Insights,
];
/// Wherever there are lines or a way on.
pub(super) const LINES: &[Place] = &[
    Place::Standup,
    Place::Sprint,
    Place::Retro,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Log,
    Place::Ledger,
    Place::Reading,
    Place::Menu,
];
/// Wherever a key may end rounds.
pub(super) const QUIT: &[Place] = &[
    Place::Standup,
    Place::Sprint,
    Place::Retro,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Log,
    Place::Ledger,
    Place::Reading,
    Place::Menu,
    Place::Walk,
    Place::Insights,
];
pub(super) const WALK: &[Place] = &[Place::Walk];
pub(super) const AGENT: &[Place] = &[Place::Standup, Place::Queue, Place::Detail, Place::WeekPage];
/// A list with a page beside or beneath it.
pub(super) const SHEETS: &[Place] = &[
    Place::Standup,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Ledger,
];
pub(super) const LISTS: &[Place] = &[Place::Standup, Place::Queue, Place::Log, Place::Ledger];
pub(super) const CASES: &[Place] = &[Place::Standup, Place::Queue];
pub(super) const READING: &[Place] = &[Place::Reading];
pub(super) const EVERYWHERE: &[Place] = &Place::ALL;

/// Wherever a case can be acted on.
pub(super) const CASE: &[Place] = &[
    Place::Standup,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Walk,
];
/// Where something stands in a file of an agent.
pub(super) const FILES: &[Place] = &[
    Place::Standup,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Walk,
    Place::Log,
];
/// The panes, and the rounds.
pub(super) const ROUNDS: &[Place] = &[
    Place::Standup,
    Place::Sprint,
    Place::Retro,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Log,
    Place::Ledger,
    Place::Walk,
    Place::Insights,
];
/// Wherever there is something to copy.
pub(super) const COPY: &[Place] = &[
    Place::Standup,
    Place::Sprint,
    Place::Retro,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Log,
    Place::Ledger,
    Place::Walk,
    Place::Reading,
];
/// Wherever something that was done can be taken back.
pub(super) const UNDO: &[Place] = &[
    Place::Standup,
    Place::Queue,
    Place::Detail,
    Place::WeekPage,
    Place::Ledger,
    Place::Walk,
];
