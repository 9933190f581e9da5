//! Thresholds, and where each came from.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::id::{AgentId, TaskId};
use super::schedule::Quiet;
use super::text::Untrusted;
use super::time::{Span, Ts, Zone};

/// A scheduler's ticker beats every minute: one that is silent so long does not fire anything.
pub const TICKER_PATIENCE: Span = Span(5 * Span::MINUTE.0);

/// Where a threshold was taken from. Shown wherever the threshold is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Source {
    #[default]
    Default,
    /// `config.toml`, for the whole fleet.
    Fleet,
    /// `config.toml`, for this agent.
    Agent,
    /// Declared by the agent: its plan, its lock or its record.
    Declared,
    /// Learned from what the agent did.
    Learned,
    /// The machine's setting, such as its time zone.
    System,
}

impl Source {
    pub fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Fleet => "config",
            Self::Agent => "config for this agent",
            Self::Declared => "declared",
            Self::Learned => "learned",
            Self::System => "system",
        }
    }
}

/// A value with its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourced<T> {
    pub value: T,
    pub source: Source,
}

impl<T> Sourced<T> {
    pub fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }
}

/// What the operator's config says about one agent, or (as `Policy::fleet`) about all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    pub zone: Option<Zone>,
    /// G: the expected rhythm.
    pub cadence: Option<Span>,
    /// W: how long after a slot a start is still in time.
    pub grace: Option<Span>,
    /// L: how long a claim lives without a sign.
    pub lease: Option<Span>,
    /// T: the longest a run takes.
    pub longest_run: Option<Span>,
    pub spacing: Option<Span>,
    pub quiet: Vec<Quiet>,
    pub paused: Option<bool>,
}

/// All thresholds of a fleet. Built from the config once; handed to every verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The zone of the screen and of agents that declare none.
    pub zone: Sourced<Zone>,
    pub fleet: Overrides,
    pub agents: BTreeMap<AgentId, Overrides>,
    /// The operator's silences: `rounds maintain`. Filled from the ledger.
    pub maintenance: Vec<Maintenance>,
    /// What a retro left for a person. Filled from the ledger.
    pub flags: Vec<GapFlag>,
}

/// A window in which findings of an agent, or of all, are not raised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    pub agent: Option<AgentId>,
    pub from: Ts,
    pub to: Ts,
}

/// A slot that nothing accounts for, flagged at a retro until it is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GapFlag {
    pub agent: AgentId,
    pub task: TaskId,
    pub slot: Ts,
    /// When it was flagged, and why.
    pub at: Ts,
    pub why: Untrusted,
}

impl Policy {
    pub fn new(zone: Zone) -> Self {
        Self {
            zone: Sourced::new(zone, Source::System),
            fleet: Overrides::default(),
            agents: BTreeMap::new(),
            maintenance: Vec::new(),
            flags: Vec::new(),
        }
    }

    /// Until when an agent's findings are silenced.
    pub fn maintained(&self, agent: &AgentId, now: Ts) -> Option<Ts> {
        let mine = |w: &&Maintenance| w.agent.as_ref().is_none_or(|of| of == agent);
        let windows = self.maintenance.iter().filter(mine);
        windows
            .filter(|window| window.from <= now && now < window.to)
            .map(|window| window.to)
            .max()
    }

    /// The override of one agent, else of the fleet.
    pub fn pick<T: Clone>(
        &self,
        agent: &AgentId,
        field: impl Fn(&Overrides) -> Option<T>,
    ) -> Option<Sourced<T>> {
        let own = self
            .agents
            .get(agent)
            .and_then(&field)
            .map(|value| Sourced::new(value, Source::Agent));
        own.or_else(|| field(&self.fleet).map(|value| Sourced::new(value, Source::Fleet)))
    }
}
