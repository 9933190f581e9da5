//! What a line of the ledger records, and who did it.

use serde::{Deserialize, Serialize};

use super::super::operation::{Intent, Outcome, Verified};
use crate::domain::failure::Code;
use crate::domain::finding::Finding;
use crate::domain::id::{AgentId, TaskId};
use crate::domain::retro::VerdictKind;
use crate::domain::text::clean_within;
use crate::domain::time::Ts;
use crate::sys::process;

/// What a line records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Deed {
    /// The standup was read up to `until`: counts start again from there.
    StandupDone { until: Ts },
    /// A finding was seen and counts no more.
    Acknowledged(Case),
    /// A finding counts no more until then.
    Snoozed {
        #[serde(flatten)]
        of: Case,
        until: Ts,
    },
    /// What was said about a finding is taken back.
    TakenBack(Case),
    /// Findings of an agent, or of all, are silenced until then. A moment that has passed ends what stood.
    Maintenance { agent: Option<AgentId>, until: Ts },
    /// An agent's insights were read, in this version.
    InsightsRead { agent: AgentId, sha256: String },
    /// What the operator notes on a week; the latest stands.
    RetroNote { week: String, text: String },
    /// What the operator says of a slot that nothing accounts for.
    GapJudged {
        gap: String,
        agent: AgentId,
        verdict: VerdictKind,
        why: String,
    },
    /// Why an incident came about, in a word that can be counted; none takes it back.
    Coded {
        case: String,
        agent: AgentId,
        code: Option<Code>,
    },
    /// A plan was put into an agent's folder.
    PlanWritten {
        agent: AgentId,
        /// Beneath the agent's folder.
        file: String,
        /// SHA-256 of its bytes.
        sha256: String,
    },
    /// An operation is about to be carried out.
    Intent(Box<Intent>),
    /// What came of it.
    Outcome(Box<Outcome>),
    /// What became of it since.
    Verified(Verified),
}

/// The finding that something was said about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// [`Finding::id`]
    pub case: String,
    pub finding: String,
    pub severity: String,
    pub agent: AgentId,
    pub task: Option<TaskId>,
}

impl Case {
    pub fn of(finding: &Finding) -> Self {
        Self {
            case: finding.id(),
            finding: finding.kind.word().to_owned(),
            severity: finding.severity.word().to_owned(),
            agent: finding.agent.clone(),
            task: finding.task.clone(),
        }
    }
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: u64,
    pub at: Ts,
    pub who: Who,
    #[serde(flatten)]
    pub deed: Deed,
    /// Hash of the line before; empty on the first.
    pub prev: String,
    /// SHA-256 of this line without this field.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

/// Who did it, from where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    pub uid: u32,
    pub host: String,
    /// Set where the session came over SSH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssh: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tty: Option<String>,
}

impl Who {
    /// The user of this process.
    pub fn here() -> Self {
        let ssh = std::env::var("SSH_CONNECTION")
            .ok()
            .and_then(|v| v.split(' ').next().map(str::to_owned));
        let host = process::host();
        Self {
            uid: rustix::process::getuid().as_raw(),
            host,
            ssh,
            tty: process::terminal(),
        }
    }
}

impl Who {
    /// "uid 1001 on tty3 from 10.0.0.7".
    pub fn shown(&self) -> String {
        let part = |word: &str, text: &Option<String>| {
            text.as_deref().map_or_else(String::new, |text| {
                format!(" {word} {}", clean_within(text, 40))
            })
        };
        format!(
            "uid {}{}{}",
            self.uid,
            part("on", &self.tty),
            part("over SSH from", &self.ssh)
        )
    }
}
