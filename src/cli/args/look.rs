//! The flags of `rounds standup`, `check`, `watch`, `why` and `log`.

use std::path::PathBuf;

use clap::{Args as Flags, ValueEnum};

use crate::domain::finding::Severity;

/// Who did what, who skipped what, who failed, who has gone quiet
///
/// Counts from the standup mark, which only `--done` (or `D` in the control room) moves: a look at 3 am does not.
#[derive(Clone, Debug, Default, Flags)]
#[command(after_help = "Examples:\n  \
    rounds standup --since yesterday\n  \
    rounds standup --at 'monday 07:00' ~/agents\n  \
    rounds standup --md --done > standup.md\n  \
    rounds standup --json | jq '.findings[] | .sentence'")]
pub struct Standup {
    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Count from this moment instead of the standup mark
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,

    /// One JSON document (rounds.standup/1)
    #[arg(long, conflicts_with = "md")]
    pub json: bool,

    /// Markdown
    #[arg(long)]
    pub md: bool,

    /// The standup is done: counts start again from now
    #[arg(long, conflicts_with_all = ["at", "read_only"])]
    pub done: bool,
}

/// What is wrong, as an exit status: for scripts, timers and monitoring
///
/// 0: nothing that needs somebody. 1: a warning or worse. 2: something could not be read, which outranks the others. What is
/// acknowledged, snoozed or under maintenance is listed and does not count.
#[derive(Clone, Debug, Default, Flags)]
#[command(after_help = "Examples:\n  \
    rounds check --min critical || notify-send 'an agent needs you'\n  \
    rounds check --new mail --json | jq -r '.findings[] | .sentence'\n  \
    rounds check --at 'yesterday 03:00' ~/agents")]
pub struct Check {
    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// One JSON document (rounds.check/1)
    #[arg(long)]
    pub json: bool,

    /// Only findings at least this severe
    #[arg(long, value_enum, default_value_t = Least::Info, value_name = "SEVERITY")]
    pub min: Least,

    /// Only what the last check of this name did not tell
    #[arg(long, value_name = "NAME", conflicts_with_all = ["at", "read_only"])]
    pub new: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Least {
    /// Everything that is found
    #[default]
    Info,
    /// What needs somebody
    Warning,
    /// What needs somebody now
    Critical,
}

impl From<Least> for Severity {
    fn from(least: Least) -> Self {
        match least {
            Least::Info => Self::Info,
            Least::Warning => Self::Warning,
            Least::Critical => Self::Critical,
        }
    }
}

/// Watch and judge without a screen, and tell somebody
///
/// For every finding that begins to need somebody, and when it is over, the table `watch` of the config names a hook to
/// run; besides a daily digest, and a ping for as long as rounds sees. Each alert is a line on standard output as well. A
/// control room opened beside it follows it.
#[derive(Clone, Debug, Default, Flags)]
#[command(after_help = "Examples:\n  \
    rounds watch\n  \
    rounds watch --json | while read -r alert; do echo \"$alert\"; done\n  \
    rounds watch --print-unit systemd > ~/.config/systemd/user/rounds.service")]
pub struct Watch {
    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// One JSON document an alert (rounds.alert/1)
    #[arg(long)]
    pub json: bool,

    /// Print what keeps this command running, and do nothing else
    #[arg(long, value_enum, value_name = "MANAGER")]
    pub print_unit: Option<Manager>,
}

/// Who starts it and starts it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Manager {
    /// A user unit
    Systemd,
    /// A property list for ~/Library/LaunchAgents
    Launchd,
}

/// The reasoning behind a verdict, healthy or not
///
/// Which signal was last and how old it is, which threshold counts and where it comes from, when the verdict would change.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds why publisher\n  \
    rounds why drafter/digest\n  \
    rounds why drafter/digest --at 06:10 --json")]
pub struct Why {
    /// An agent, or one task of it
    #[arg(value_name = "AGENT[/TASK]")]
    pub subject: String,

    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// One JSON document (rounds.why/1)
    #[arg(long)]
    pub json: bool,
}

/// The merged log of all agents
///
/// FILTER words must all hold: text, !text, agent:NAME, task:NAME, is:fail, age<2h.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds log --follow\n  \
    rounds log agent:publisher is:fail --since monday\n  \
    rounds log --lines 1000 --json newsletter '!digest'")]
pub struct Log {
    /// What is wanted [default: everything]
    #[arg(value_name = "FILTER")]
    pub filter: Vec<String>,

    /// Go on with what is written from now on
    #[arg(short, long, conflicts_with = "at")]
    pub follow: bool,

    /// Rows to begin with: the newest ones
    #[arg(short = 'n', long, value_name = "N", default_value_t = 100)]
    pub lines: usize,

    /// Only rows from this moment on
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,

    /// One JSON document a line (rounds.log/1)
    #[arg(long)]
    pub json: bool,
}
