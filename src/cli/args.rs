//! The command line, once: parsing, help, completions and man page all come from these types.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help that people read"
)]

mod day;
mod week;

use std::path::PathBuf;

use clap::{Args as Flags, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::failure::EXIT_HELP;
use super::orders::{Approve, Edit, Handoff, Kept, Merge, Note, Operate, Retry, ShowLedger, Undo};
use super::when::FORMS;
use crate::domain::finding::Severity;

pub use day::{Plan, Sprint};
pub use week::Retro;

const TIMES: &str = "Times are written as ";

fn room_help() -> String {
    format!(
        "Examples:\n  \
         rounds                     the control room on this folder, or on the roots of the config\n  \
         rounds ~/agents            the control room on another folder\n  \
         rounds standup             this morning's standup as text\n  \
         rounds check               what is wrong, as an exit status\n  \
         rounds why publisher       why that agent is shown as it is\n  \
         rounds demo                a simulated fleet, to look around\n  \
         rounds --plain             the control room for a screen reader\n\n\
         {TIMES}{FORMS}.\n\
         Without a terminal, with TERM=dumb or with --at, `rounds` prints the standup.\n\n{EXIT_HELP}"
    )
}

/// A control room for one person who runs a fleet of AI agents on schedules.
///
/// Reads the files that agents write (logs, plans, insights) and says who did what, who skipped what, who failed and who
/// has gone quiet. Nothing is ever written into an agent's folder by looking.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "rounds",
    version,
    after_help = room_help(),
    subcommand_precedence_over_arg = true,
    disable_help_subcommand = true,
    max_term_width = 100,
)]
pub struct Args {
    /// Folders in which agents live, or single logs [default: roots of the config, else this folder]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    #[command(flatten)]
    pub global: Global,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What every command takes.
#[derive(Clone, Debug, Default, Flags)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Judge as of this moment instead of now
    #[arg(long, global = true, value_name = "TIME")]
    pub at: Option<String>,

    /// The config file [default: $ROUNDS_CONFIG, else ~/.config/rounds/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Where rounds keeps its mirror and marks [default: $ROUNDS_STATE_DIR, else ~/.local/state/rounds]
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,

    /// When to use colour
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,

    /// For screen readers: one fact a line in words, no borders, bars or columns
    #[arg(long, global = true)]
    pub plain: bool,

    /// Write nothing but the mirror
    #[arg(long, global = true)]
    pub read_only: bool,

    /// A folder in which agents live; may be given several times, for commands that take no PATH
    #[arg(long = "path", global = true, value_name = "PATH")]
    pub roots: Vec<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Who did what, who skipped what, who failed, who has gone quiet
    Standup(Standup),
    /// What is wrong, as an exit status: for scripts, timers and monitoring
    Check(Check),
    /// Watch and judge without a screen, and tell somebody
    Watch(Watch),
    /// A finding was seen: it counts no more while its case lasts
    Ack(Ack),
    /// Findings are silenced for a while, and stay visible
    Maintain(Maintain),
    /// Take a task from a run that is gone: pending again under the next epoch
    Reclaim(Operate),
    /// Ask the agent to do it again, as far as the task's tier allows
    Retry(Retry),
    /// Set a task to skipped and flag it
    Skip(Operate),
    /// Hold a task, or all tasks of an agent, until they are released
    Hold(Operate),
    /// Let held tasks be due again
    Release(Operate),
    /// Start a run by the operator's own command
    Run(Operate),
    /// End a run by the operator's own command
    Stop(Operate),
    /// Say yes to an irreversible step that waits for it
    Approve(Approve),
    /// Set a task to done where the proof is there
    Done(Operate),
    /// Write a note into the ledger, and into the agent's inbox where asked
    Note(Note),
    /// Hand a task over: what is done, what is pending and what to mind, into the agent's inbox
    Handoff(Handoff),
    /// Take an operation back while what it changed is unchanged
    Undo(Undo),
    /// What orders replaced within a day: the list, or one compared with what is there now
    Kept(Kept),
    /// Write what an agent wrote into a replaced file into the one that has its place
    Merge(Merge),
    /// Change one of an agent's own files in an editor: a copy, written back with care
    Edit(Edit),
    /// What was ordered, by whom, and what came of it
    Ledger(ShowLedger),
    /// The reasoning behind a verdict, healthy or not
    Why(Why),
    /// The merged log of all agents
    Log(Log),
    /// A day as swimlanes: what was planned when, and what became of it
    Sprint(Sprint),
    /// A week: what went well, what failed and why, what was learned
    Retro(Retro),
    /// Tomorrow's plans from the backlog, with finite capacity
    Plan(Plan),
    /// Check contract files, with line and column
    Lint(Lint),
    /// Look at this place and write a commented config
    Init(Init),
    /// What rounds sees, how it reads it, and what is in its way
    Doctor(Doctor),
    /// A simulated fleet that lives and misbehaves
    Demo(Demo),
    /// Completions for a shell, to standard output
    Completions(Completions),
    /// The manual page, to standard output
    Man,
}

impl Command {
    /// What was given where agents are named; of `log` a filter.
    pub fn agents(&self) -> Vec<&str> {
        let subjects = match self {
            Self::Why(asked) => return vec![&asked.subject],
            Self::Edit(asked) => return vec![&asked.agent],
            Self::Kept(asked) => return asked.agent.as_deref().into_iter().collect(),
            Self::Maintain(asked) => return asked.agent.as_deref().into_iter().collect(),
            Self::Log(asked) => &asked.filter,
            Self::Ack(asked) => &asked.subjects,
            Self::Reclaim(asked)
            | Self::Skip(asked)
            | Self::Hold(asked)
            | Self::Release(asked)
            | Self::Run(asked)
            | Self::Stop(asked)
            | Self::Done(asked) => &asked.subjects,
            Self::Retry(asked) => &asked.operate.subjects,
            Self::Approve(asked) => &asked.operate.subjects,
            Self::Note(asked) => &asked.operate.subjects,
            Self::Handoff(asked) => &asked.operate.subjects,
            Self::Undo(asked) => &asked.operate.subjects,
            Self::Merge(asked) => &asked.operate.subjects,
            Self::Standup(_)
            | Self::Check(_)
            | Self::Watch(_)
            | Self::Ledger(_)
            | Self::Sprint(_)
            | Self::Retro(_)
            | Self::Plan(_)
            | Self::Lint(_)
            | Self::Init(_)
            | Self::Doctor(_)
            | Self::Demo(_)
            | Self::Completions(_)
            | Self::Man => return Vec::new(),
        };
        subjects.iter().map(String::as_str).collect()
    }
}

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

/// A finding was seen: it counts no more while its case lasts
///
/// It leaves the queue and exit statuses, and stays visible. When it becomes worse, or happens anew, it counts again. This is
/// kept in the ledger.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds ack publisher/newsletter\n  \
    rounds ack 5f1c0f6c0a3b9d21 --for 8h\n  \
    rounds ack publisher --kind failed --dry-run\n  \
    rounds ack publisher --back")]
pub struct Ack {
    /// Findings by agent, by task, or by their id as `check` shows it
    #[arg(value_name = "AGENT[/TASK]|ID", required = true)]
    pub subjects: Vec<String>,

    /// Only findings of this kind
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,

    /// Only for so long: snooze
    #[arg(long = "for", value_name = "LENGTH", conflicts_with = "back")]
    pub length: Option<String>,

    /// Take back what was said: it counts again
    #[arg(long)]
    pub back: bool,

    #[command(flatten)]
    pub saying: Saying,
}

/// Findings are silenced for a while, and stay visible
///
/// For planned work: nothing is paused, everything is judged, and nothing of it counts until the window ends. This is kept in the
/// ledger.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds maintain 2h\n  \
    rounds maintain 30m publisher\n  \
    rounds maintain off")]
pub struct Maintain {
    /// How long from now, as in 2h; `off` ends it
    #[arg(value_name = "LENGTH|off")]
    pub length: String,

    /// Only this agent
    #[arg(value_name = "AGENT")]
    pub agent: Option<String>,

    #[command(flatten)]
    pub saying: Saying,
}

/// What both ways of saying something take.
#[derive(Clone, Debug, Default, Flags)]
pub struct Saying {
    /// One JSON document (rounds.said/1)
    #[arg(long, conflicts_with = "at")]
    pub json: bool,

    /// Say what would be kept, and keep nothing
    #[arg(long)]
    pub dry_run: bool,
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

/// Check contract files, with line and column
///
/// Without FILE every contract file that is found here is checked. `-` reads standard input as heartbeat.jsonl.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds lint\n  \
    rounds lint social/heartbeat.jsonl social/schedule.json\n  \
    tail -n 1 heartbeat.jsonl | rounds lint -")]
pub struct Lint {
    /// Files or folders
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// One JSON document (rounds.lint/1)
    #[arg(long)]
    pub json: bool,
}

/// Look at this place and write a commented config
///
/// Says which agents it found, and writes a config that names their folder. An existing config is never overwritten.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds init ~/agents\n  \
    rounds init --print > config.toml")]
pub struct Init {
    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Print the example with every key, and write nothing
    #[arg(long)]
    pub print: bool,
}

/// What rounds sees, how it reads it, and what is in its way
///
/// With PATH: every file there with its reader, why that reader, its records, damage, unknown words and assumed zones.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds doctor\n  \
    rounds doctor ~/agents/social")]
pub struct Doctor {
    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// One JSON document (rounds.doctor/1)
    #[arg(long)]
    pub json: bool,
}

/// A simulated fleet that lives and misbehaves
///
/// Its agents really write files, in accelerated time and from a seed, and do everything wrong that rounds knows about.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds demo\n  \
    rounds demo --speed 120\n  \
    rounds demo --write /tmp/fleet --agents 50 --days 30 --seed 7\n  \
    rounds demo --headless --write /tmp/fleet &  rounds /tmp/fleet")]
pub struct Demo {
    /// Write history into this folder; without --headless that is all
    #[arg(long, value_name = "DIR")]
    pub write: Option<PathBuf>,

    /// How many agents
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub agents: u32,

    /// Days of history
    #[arg(long, value_name = "D", conflicts_with = "beats", value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub days: Option<u32>,

    /// Lines of history, over all agents
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000_000))]
    pub beats: Option<u64>,

    /// The same seed gives the same fleet
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,

    /// Write live without a screen, until interrupted
    #[arg(long)]
    pub headless: bool,

    /// How many times faster than the clock
    #[arg(long, value_name = "FACTOR", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub speed: u32,
}

/// Completions for a shell, to standard output
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds completions bash > ~/.local/share/bash-completion/completions/rounds\n  \
    rounds completions fish > ~/.config/fish/completions/rounds.fish")]
pub struct Completions {
    #[arg(value_enum)]
    pub shell: Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn a_path_and_a_command_are_told_apart() {
        let parse = |line: &str| Args::try_parse_from(line.split(' ')).expect("parses");
        let room = parse("rounds ~/agents ./more");
        assert_eq!((room.paths.len(), room.command.is_none()), (2, true));
        let both = parse("rounds ~/agents standup --json");
        assert_eq!(both.paths.len(), 1);
        assert!(matches!(
            both.command,
            Some(Command::Standup(Standup { json: true, .. }))
        ));
        let late = parse("rounds standup ~/agents --at 8h");
        assert_eq!(late.global.at.as_deref(), Some("8h"));
    }

    #[test]
    fn what_excludes_each_other_is_refused() {
        for line in [
            "rounds standup --json --md",
            "rounds standup --done --at 8h",
            "rounds demo --days 3 --beats 9",
            "rounds log -f --at 8h",
        ] {
            assert!(Args::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
