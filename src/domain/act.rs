//! The operator's own commands, from the config and from nowhere else: how a run is started or stopped, and how the outside
//! world is asked whether something was done.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::action::Tier;
use super::id::{AgentId, TaskId};
use super::time::Span;

/// An argument vector, given to no shell. `{agent}`, `{task}`, `{job}`, `{key}`, `{step}` and `{target}` inside an argument
/// stand for what is operated on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    pub argv: Vec<String>,
    /// After it the command is ended and its answer unknown.
    pub timeout: Span,
}

/// What a command may be declared for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ActKind {
    Run,
    Stop,
    Retry,
    Reclaim,
    Hold,
    Release,
}

impl ActKind {
    pub const ALL: [Self; 6] = [
        Self::Run,
        Self::Stop,
        Self::Retry,
        Self::Reclaim,
        Self::Hold,
        Self::Release,
    ];

    /// The key in the config.
    pub fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Stop => "stop",
            Self::Retry => "retry",
            Self::Reclaim => "reclaim",
            Self::Hold => "hold",
            Self::Release => "release",
        }
    }
}

/// What a pre-check speaks of: the most particular that fits is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CheckFor {
    Task(TaskId),
    Tier(Tier),
    /// Everything of the agent.
    Any,
}

/// Every command of the config.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acts {
    /// `[act]`: for every agent.
    pub fleet: BTreeMap<ActKind, Command>,
    /// `[agents.NAME.act]`.
    pub agents: BTreeMap<AgentId, BTreeMap<ActKind, Command>>,
    /// `[precheck]`.
    pub fleet_checks: BTreeMap<CheckFor, Command>,
    /// `[agents.NAME.precheck]`.
    pub agent_checks: BTreeMap<AgentId, BTreeMap<CheckFor, Command>>,
}

impl Acts {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The command of an agent, else of the fleet.
    pub fn command(&self, agent: &AgentId, kind: ActKind) -> Option<&Command> {
        let own = self.agents.get(agent).and_then(|own| own.get(&kind));
        own.or_else(|| self.fleet.get(&kind))
    }

    /// The pre-check of a task: by its name, then by its tier, then of all; the agent's before the fleet's.
    pub fn check(&self, agent: &AgentId, task: &TaskId, tier: Tier) -> Option<&Command> {
        let own = self.agent_checks.get(agent);
        let wanted = [
            CheckFor::Task(task.clone()),
            CheckFor::Tier(tier),
            CheckFor::Any,
        ];
        wanted.iter().find_map(|what| {
            own.and_then(|own| own.get(what))
                .or_else(|| self.fleet_checks.get(what))
        })
    }
}
