//! The day's tasks as columns of states.

use crate::domain::fleet::{AgentView, Fleet, TaskState, TaskView};
use crate::domain::id::{AgentId, TaskId};
use crate::domain::time::{Age, Ts};
use crate::view::Mark;

/// Where work stands, in the order in which it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Pending,
    Claimed,
    Running,
    Review,
    Done,
}

impl Stage {
    pub const ALL: [Self; 5] = [
        Self::Pending,
        Self::Claimed,
        Self::Running,
        Self::Review,
        Self::Done,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Claimed => "claimed",
            Self::Running => "running",
            Self::Review => "review",
            Self::Done => "done",
        }
    }

    /// The column of a state. What is off stands in none.
    pub fn of(state: TaskState) -> Option<Self> {
        match state {
            TaskState::Off => None,
            TaskState::Blind
            | TaskState::Held
            | TaskState::AwaitingAgent
            | TaskState::SkippedSilently
            | TaskState::Missed
            | TaskState::Late
            | TaskState::Due
            | TaskState::Upcoming
            | TaskState::Unjudged => Some(Self::Pending),
            TaskState::Claimed | TaskState::PhantomClaim => Some(Self::Claimed),
            TaskState::Running
            | TaskState::Orphaned
            | TaskState::Silent
            | TaskState::Stuck
            | TaskState::Conflicted => Some(Self::Running),
            TaskState::Review => Some(Self::Review),
            TaskState::Done | TaskState::Failed | TaskState::Skipped => Some(Self::Done),
        }
    }
}

/// One card of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    pub agent: AgentId,
    pub task: TaskId,
    /// What people call the task, sanitised.
    pub title: String,
    pub mark: Mark,
    /// Since when it stands in this column.
    pub since: Ts,
    pub age: String,
    /// Equal slots of the same task, this one included.
    pub count: u32,
    /// The one who did the work would review it.
    pub reviews_itself: bool,
}

impl Card {
    /// `social/article ×3`, sanitised.
    pub fn name(&self) -> String {
        match self.count {
            ..=1 => format!("{}/{}", self.agent, self.title),
            count => format!("{}/{} ×{count}", self.agent, self.title),
        }
    }
}

/// The day's tasks by where they stand; in each column the worst first, then the oldest, equal slots folded. Work in
/// progress is what lies between the first and the last.
pub fn columns(fleet: &Fleet) -> [Vec<Card>; 5] {
    let mut columns: [Vec<Card>; 5] = Default::default();
    for agent in &fleet.agents {
        for task in &agent.tasks {
            let Some(stage) = Stage::of(task.state) else {
                continue;
            };
            let card = card(agent, task, fleet.at);
            let column = &mut columns[stage as usize];
            let same = |known: &&mut Card| {
                (&known.agent, &known.task, known.mark) == (&card.agent, &card.task, card.mark)
            };
            // Slots of one agent come together, so looking back over its own is looking far enough.
            let mine = column
                .iter_mut()
                .rev()
                .take_while(|known| known.agent == card.agent);
            match mine.into_iter().find(same) {
                Some(known) => known.count += 1,
                None => column.push(card),
            }
        }
    }
    for column in &mut columns {
        column.sort_by(|a, b| (a.mark, a.since, &a.agent).cmp(&(b.mark, b.since, &b.agent)));
    }
    columns
}

fn card(agent: &AgentView, task: &TaskView, now: Ts) -> Card {
    let author = task.claim.as_ref().and_then(|claim| claim.by.as_ref());
    let author = author.unwrap_or(&agent.id);
    let reviewer = task.declared.task().and_then(|task| task.reviewer.as_ref());
    let since = task.since.min(now);
    Card {
        agent: agent.id.clone(),
        task: task.id.clone(),
        title: task.name(),
        mark: task.state.into(),
        since,
        age: if task.since >= now {
            String::new()
        } else {
            Age::at(now, since).to_string()
        },
        count: 1,
        reviews_itself: reviewer == Some(author),
    }
}

/// How many cards of each column are shown where the columns stand one below the other in so many lines, each under its
/// heading: what one does not need, the others have, the first column first.
pub fn shares(columns: &[Vec<Card>; 5], lines: usize) -> [usize; 5] {
    let mut left = lines.saturating_sub(columns.len());
    let mut shown = [0; 5];
    loop {
        let before = left;
        for (room, cards) in shown.iter_mut().zip(columns) {
            if left > 0 && *room < cards.len() {
                *room += 1;
                left -= 1;
            }
        }
        if left == before {
            return shown;
        }
    }
}

/// How many slots a column holds.
pub fn slots(column: &[Card]) -> u32 {
    column.iter().map(|card| card.count).sum()
}
