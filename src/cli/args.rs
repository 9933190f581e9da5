//! The command line, once: parsing, help, completions and man page all come from these types.
#![expect(
    clippy::doc_markdown,
    reason = "these comments are the help that people read"
)]

mod day;
mod look;
mod say;
mod setup;
mod week;

use std::path::PathBuf;

use clap::{Args as Flags, Parser, Subcommand, ValueEnum};

use super::failure::EXIT_HELP;
use super::orders::{Approve, Edit, Handoff, Kept, Merge, Note, Operate, Retry, ShowLedger, Undo};
use super::when::FORMS;

pub use day::{Plan, Sprint};
pub use look::{Check, Least, Log, Manager, Standup, Watch, Why};
pub use say::{Ack, Maintain, Saying};
pub use setup::{Completions, Demo, Doctor, Init, Lint};
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
