//! The config as the rest of rounds uses it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::act::Acts;
use crate::domain::finding::Severity;
use crate::domain::id::AgentId;
use crate::domain::policy::Policy;
use crate::domain::time::{ClockTime, Span, Zone};
use crate::parse::vocabulary::Vocabulary;

/// Everything the operator may set. Made by [`Config::load`](super::Config::load), never changed while rounds runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from, if any.
    pub file: Option<PathBuf>,
    pub policy: Policy,
    /// Where agents are looked for; empty: the folder rounds was started in.
    pub roots: Vec<PathBuf>,
    pub agents: Vec<AgentConfig>,
    /// Patterns of files that are not read, relative to a root.
    pub ignore: Vec<String>,
    pub vocabulary: Vocabulary,
    /// The operator's own commands.
    pub acts: Acts,
    pub state_dir: Option<PathBuf>,
    pub read_only: bool,
    pub retention: Retention,
    pub watch: WatchConfig,
    pub ui: UiConfig,
}

/// What `rounds watch` runs, and when. Commands are argument vectors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchConfig {
    pub hook: Option<Vec<String>>,
    pub least: Severity,
    pub digest: Option<Vec<String>>,
    pub digest_at: ClockTime,
    pub ping: Option<Vec<String>>,
    pub ping_every: Span,
    pub timeout: Span,
}

impl WatchConfig {
    /// It names a command.
    pub fn runs_something(&self) -> bool {
        self.hook.is_some() || self.digest.is_some() || self.ping.is_some()
    }
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self {
            hook: None,
            least: Severity::Warning,
            digest: None,
            digest_at: ClockTime(7 * 3_600),
            ping: None,
            ping_every: Span::mins(5),
            timeout: Span::secs(30),
        }
    }
}

/// What is particular to finding and reading one agent. Its thresholds are in [`Policy::agents`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentConfig {
    pub id: AgentId,
    /// Absent: where it was found.
    pub folder: Option<PathBuf>,
    /// Patterns relative to its folder; empty: recognised by path and content.
    pub logs: Vec<String>,
    pub plans: Vec<String>,
    /// Files whose modification time is a sign of life.
    pub life_signs: Vec<String>,
}

/// How long what was seen is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Versions of plans, INSIGHTS and tracking files.
    pub versions: Span,
}

/// Options of the control room. Theme and keys are checked by the room itself, which owns their words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UiConfig {
    /// Part of the screen to style.
    pub theme: BTreeMap<String, String>,
    pub glyphs: Glyphs,
    pub background: Background,
    pub synchronized_updates: bool,
    /// One fact a line in words, for those who hear the screen.
    pub plain: bool,
    /// Clicks and the wheel move the cursor.
    pub mouse: bool,
    /// What the terminal does when somebody is needed.
    pub bell: bool,
    pub notify: bool,
    /// Command name to keys.
    pub keys: BTreeMap<String, Vec<String>>,
}

/// What the terminal writes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// As `COLORFGBG` says; without it colours that can be read on both.
    #[default]
    Auto,
    Dark,
    Light,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// By locale.
    #[default]
    Auto,
    Unicode,
    Ascii,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            versions: Span::days(90),
        }
    }
}

impl Default for UiConfig {
    fn default() -> Self {
        Self {
            theme: BTreeMap::new(),
            glyphs: Glyphs::Auto,
            background: Background::Auto,
            synchronized_updates: true,
            plain: false,
            mouse: false,
            bell: false,
            notify: false,
            keys: BTreeMap::new(),
        }
    }
}

impl Config {
    /// The config of a place without a config file.
    pub fn default_for(system_zone: Zone) -> Self {
        Self {
            file: None,
            policy: Policy::new(system_zone),
            roots: Vec::new(),
            agents: Vec::new(),
            ignore: Vec::new(),
            vocabulary: Vocabulary::default(),
            acts: Acts::default(),
            state_dir: None,
            read_only: false,
            retention: Retention::default(),
            watch: WatchConfig::default(),
            ui: UiConfig::default(),
        }
    }
}
