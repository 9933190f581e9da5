//! The merged log of all agents: its rows, their order, and what may be asked of them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::heartbeat::RunStatus;
use super::id::{AgentId, Locus, RunId, TaskId};
use super::text::Untrusted;
use super::time::Ts;

/// One line of the merged log or of an agent's timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRow {
    pub at: Ts,
    pub agent: AgentId,
    pub task: Option<TaskId>,
    pub run: Option<RunId>,
    pub status: RunStatus,
    pub kind: LogKind,
    pub did: u32,
    pub skipped: u32,
    pub failed: u32,
    /// The message, else the items in the agent's words.
    pub text: Untrusted,
    pub locus: Locus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    Beat,
    /// A step of the write-ahead log.
    Step,
    /// A new version of a plan.
    Plan,
    /// A record or a file that could not be read, a rotation, a truncation.
    Damage,
}

/// A place in the merged log. Rows are ordered by time, then agent, then place in the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogKey {
    pub at: Ts,
    pub agent: AgentId,
    pub locus: Locus,
}

/// What of the log is wanted. Empty means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Only these agents; empty: all.
    pub agents: Vec<AgentId>,
    pub task: Option<TaskId>,
    /// Only rows with one of these statuses; empty: all.
    pub statuses: Vec<RunStatus>,
    /// Every one of these must occur in agent, task, run or text (case folded).
    pub words: Vec<String>,
    /// None of these may.
    pub without: Vec<String>,
    pub since: Option<Ts>,
    pub until: Option<Ts>,
}

impl LogFilter {
    /// Whether a row is wanted. Where no agents are named, versions of plans are not: they belong to an agent's own
    /// timeline, and among all agents' lines they are noise.
    pub fn takes(&self, row: &LogRow) -> bool {
        let named = if self.agents.is_empty() {
            row.kind != LogKind::Plan
        } else {
            self.agents.contains(&row.agent)
        };
        named
            && self.since.is_none_or(|since| row.at >= since)
            && self.until.is_none_or(|until| row.at <= until)
            && self.says(row)
    }

    /// Whether a row of these agents and times says what is wanted.
    pub fn says(&self, row: &LogRow) -> bool {
        if self.task.is_some() && row.task != self.task {
            return false;
        }
        if !self.statuses.is_empty() && !self.statuses.contains(&row.status) {
            return false;
        }
        if self.words.is_empty() && self.without.is_empty() {
            return true;
        }
        let task = row.task.as_ref().map(TaskId::as_str).unwrap_or_default();
        let run = row.run.as_ref().map(RunId::as_str).unwrap_or_default();
        let text = row.text.exact();
        let hay = format!("{}\n{task}\n{run}\n{text}", row.agent.as_str()).to_lowercase();
        let holds = |word: &String| hay.contains(&word.to_lowercase());
        self.words.iter().all(holds) && !self.without.iter().any(holds)
    }
}

/// The lines that came last, as a snapshot carries them: a screen that has read the log up to an earlier snapshot goes on
/// with these and asks for nothing.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    /// Every line that is new since the snapshot of this version is here.
    since: u64,
    /// In the order in which they came, each with the version of the first snapshot that has it.
    rows: VecDeque<(u64, Arc<LogRow>)>,
}

impl Tail {
    /// Lines that are carried at most. A screen that is further behind reads them.
    pub const MOST: usize = 256;

    /// Adds a line that the snapshot of this version is the first to have.
    pub fn push(&mut self, version: u64, row: LogRow) {
        if self.rows.len() == Self::MOST
            && let Some((oldest, _)) = self.rows.pop_front()
        {
            self.since = self.since.max(oldest);
        }
        self.rows.push_back((version, Arc::new(row)));
    }

    /// Something else changed than that lines were added: who has not read what the snapshot of this version shows must.
    pub fn cut(&mut self, version: u64) {
        self.since = version;
        self.rows.clear();
    }

    /// What was added since the snapshot of this version; `None` where that is not known.
    pub fn after(&self, version: u64) -> Option<impl Iterator<Item = &LogRow>> {
        let newer = move |(of, _): &&(u64, Arc<LogRow>)| *of > version;
        (version >= self.since).then(|| self.rows.iter().filter(newer).map(|(_, row)| &**row))
    }
}

impl LogKey {
    /// The place of a row.
    pub fn of(row: &LogRow) -> Self {
        Self {
            at: row.at,
            agent: row.agent.clone(),
            locus: row.locus,
        }
    }

    /// Before every row.
    pub fn first() -> Self {
        Self {
            at: Ts(i64::MIN),
            agent: AgentId::from(""),
            locus: Locus::default(),
        }
    }

    /// Behind every row.
    pub fn last() -> Self {
        Self {
            at: Ts(i64::MAX),
            agent: AgentId::from("\u{10ffff}"),
            locus: Locus::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(at: i64) -> LogRow {
        LogRow {
            at: Ts(at),
            agent: AgentId::from("social"),
            task: None,
            run: None,
            status: RunStatus::Ok,
            kind: LogKind::Beat,
            did: 0,
            skipped: 0,
            failed: 0,
            text: "replied".into(),
            locus: Locus::default(),
        }
    }

    fn after(tail: &Tail, version: u64) -> Option<Vec<i64>> {
        let rows = tail.after(version)?;
        Some(rows.map(|row| row.at.0).collect())
    }

    #[test]
    fn a_tail_gives_what_came_since_or_says_that_it_cannot() {
        let mut tail = Tail::default();
        for n in 1..=300 {
            tail.push(n as u64, row(n));
        }
        assert_eq!(after(&tail, 298), Some(vec![299, 300]));
        assert_eq!(after(&tail, 300), Some(vec![]));
        assert_eq!(after(&tail, 44).map(|rows| rows.len()), Some(Tail::MOST));
        assert_eq!(after(&tail, 43), None);
        tail.cut(301);
        tail.push(302, row(302));
        assert_eq!(after(&tail, 300), None);
        assert_eq!(after(&tail, 301), Some(vec![302]));
    }

    #[test]
    fn a_filter_takes_rows_by_agent_time_and_words() {
        let row = row(7);
        let takes = |filter: LogFilter| filter.takes(&row);
        assert!(takes(LogFilter::default()));
        assert!(!takes(LogFilter {
            agents: vec!["drafter".into()],
            ..LogFilter::default()
        }));
        assert!(!takes(LogFilter {
            since: Some(Ts(8)),
            ..LogFilter::default()
        }));
        assert!(takes(LogFilter {
            words: vec!["REPLIED".to_owned()],
            until: Some(Ts(7)),
            ..LogFilter::default()
        }));
        assert!(!takes(LogFilter {
            without: vec!["social".to_owned()],
            ..LogFilter::default()
        }));
    }
}
