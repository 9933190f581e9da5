//! The command line of the verbs: parsing, help and man page come from these types.

use clap::{Args as Flags, ValueEnum};

const OPERATE_HELP: &str = "Examples:
  rounds VERB drafter/digest --dry-run
  rounds VERB drafter/digest --reason 'input is late'
  rounds VERB drafter/digest mail-bot/inbox --yes --json

--yes confirms what is confirmed by y. What cannot be undone outside wants its code, which --dry-run shows: --yes is
never enough. On a terminal what is missing is asked for; without one the answer is no.

Exit status:
  0  every subject is done, or --dry-run has shown what would be
  1  something was refused or not confirmed, and nothing of it was changed
  2  something is in conflict, or its effect is not known; or a mistake in the arguments";

/// What every verb takes.
#[derive(Clone, Debug, Default, Flags)]
#[command(after_help = OPERATE_HELP)]
pub struct Operate {
    /// A task, or an agent where the verb allows that
    #[arg(value_name = "AGENT[/TASK]", required = true)]
    pub subjects: Vec<String>,

    #[command(flatten)]
    pub how: How,

    // Help names it before --json, the fifth.
    /// I have looked outside, and it was not done
    #[arg(long, display_order = 4)]
    pub checked_outside: bool,
}

/// How an order is given, whatever it is about.
#[derive(Clone, Debug, Default, Flags)]
pub struct How {
    /// Show the sentence and the exact difference, and change nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Confirm what is confirmed by y
    #[arg(short, long)]
    pub yes: bool,

    /// Why; kept in the ledger, and in the flag of what is skipped
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// The code that --dry-run shows
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,

    /// One JSON document (rounds.operated/1)
    #[arg(long)]
    pub json: bool,
}

/// Say yes to an irreversible step that waits for it
#[derive(Clone, Debug, Flags)]
#[command(
    after_help = "Examples:\n  rounds approve publisher/newsletter --dry-run\n  \
    rounds approve publisher/newsletter --key newsletter-0328 --code QXRT"
)]
pub struct Approve {
    #[command(flatten)]
    pub operate: Operate,

    /// Which step, by its key, where several wait
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// Ask the agent to do it again, as far as the task's tier allows
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  rounds retry drafter/digest --dry-run\n  \
    rounds retry drafter/digest --due 14:20 --yes\n\n\
    --due moves a task with a time of its own, overdue ones included; what follows a rule of its plan keeps it.")]
pub struct Retry {
    #[command(flatten)]
    pub operate: Operate,

    /// When it is to be due: 14:20, 2h, 2026-03-28T07:10:00Z [default: at once]
    #[arg(long, value_name = "WHEN")]
    pub due: Option<String>,
}

/// Take an operation back while what it changed is unchanged
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  rounds undo drafter/digest\n  \
    rounds undo drafter/digest --op 01JQE3V7Q8ZJ5N9T2M4K6R8W0X --yes")]
pub struct Undo {
    #[command(flatten)]
    pub operate: Operate,

    /// Which operation, as `ledger --json` names it [default: the last one]
    #[arg(long, value_name = "OP")]
    pub op: Option<String>,
}

/// Write a note into the ledger, and into the agent's inbox where asked
#[derive(Clone, Debug, Flags)]
#[command(
    after_help = "Examples:\n  rounds note publisher --reason 'key was rotated at 9'\n  \
    rounds note publisher/newsletter --inbox --reason 'send after 10:00' --yes"
)]
pub struct Note {
    #[command(flatten)]
    pub operate: Operate,

    /// Append it to the agent's inbox.jsonl
    #[arg(long)]
    pub inbox: bool,
}

/// Hand a task over: what is done, what is pending and what to mind, into the agent's inbox
#[derive(Clone, Debug, Flags)]
#[command(
    after_help = "Examples:\n  rounds handoff drafter/digest --to editor --done 'outline' --pending 'links' --yes\n  \
    rounds handoff mail-bot --reason 'the host is rebooted at 9' --mind 'two mails wait for an answer'"
)]
pub struct Handoff {
    #[command(flatten)]
    pub operate: Operate,

    /// The agent that goes on with it
    #[arg(long, value_name = "AGENT")]
    pub to: Option<String>,

    /// What is done; once for each thing
    #[arg(long, value_name = "TEXT")]
    pub done: Vec<String>,

    /// What is still to do; once for each thing
    #[arg(long, value_name = "TEXT")]
    pub pending: Vec<String>,

    /// What to mind; once for each thing
    #[arg(long, value_name = "TEXT")]
    pub mind: Vec<String>,
}

/// What orders replaced within a day: the list, or one compared with what is there now
#[derive(Clone, Debug, Flags)]
#[command(
    after_help = "Examples:\n  rounds kept\n  rounds kept drafter\n  rounds kept --lost --json\n  \
    rounds kept drafter 01JQE3V7Q8ZJ5N9T2M4K6R8W0X.1.1f0c9a7be2d44a10.9d3e02c6b7a15f38"
)]
pub struct Kept {
    /// The agent; without it all of them
    #[arg(value_name = "AGENT")]
    pub agent: Option<String>,

    /// Compare this one with what is there now
    #[arg(value_name = "COPY", requires = "agent")]
    pub copy: Option<String>,

    /// Instead, versions that an agent overwrote without having read them, beside what is there now
    #[arg(long, conflicts_with = "copy")]
    pub lost: bool,

    /// One JSON document (rounds.kept/1, with --lost rounds.lost/1)
    #[arg(long)]
    pub json: bool,
}

/// Write what an agent wrote into a replaced file into the one that has its place
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  rounds merge drafter --dry-run\n  \
    rounds merge drafter --copy 01JQE3V7Q8ZJ5N9T2M4K6R8W0X.1.1f0c9a7be2d44a10.9d3e02c6b7a15f38 --yes")]
pub struct Merge {
    #[command(flatten)]
    pub operate: Operate,

    /// Which one, as `rounds kept` names it, or the operation that left it [default: the only one an agent wrote into]
    #[arg(long, value_name = "COPY")]
    pub copy: Option<String>,
}

/// Change one of an agent's own files in an editor: a copy, written back with care
#[derive(Clone, Debug, Flags)]
#[command(
    after_help = "Examples:\n  rounds edit drafter\n  rounds edit drafter INSIGHTS.md\n  \
    rounds edit drafter schedule/2026-03-28.json --with new.json --dry-run\n\n\
    The copy opens in $VISUAL, else $EDITOR. What is left as it was is not written. What its agent wrote meanwhile stays; where\n\
    both changed the same place nothing is written, and the draft is kept: the same command takes it up again.\n\n\
    Logs, locks and whatever lies outside the agent's folder are not edited.",
    mut_arg("reason", |reason| reason.help("Why; kept in the ledger"))
)]
pub struct Edit {
    /// Whose file
    #[arg(value_name = "AGENT")]
    pub agent: String,

    /// Which, by its path in the agent's folder [default: the plan that holds now]
    #[arg(value_name = "FILE")]
    pub file: Option<String>,

    /// Take the new text from here instead of an editor; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub with: Option<std::path::PathBuf>,

    /// Begin with the file as it is, also where a draft was left
    #[arg(long)]
    pub anew: bool,

    #[command(flatten)]
    pub how: How,
}

/// What was ordered, by whom, and what came of it
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  rounds ledger\n  rounds ledger verify\n  \
    rounds ledger --json | jq -r '.operations[-1].lineage'")]
pub struct ShowLedger {
    /// `verify` names every line that was changed, removed or moved
    #[arg(value_enum, value_name = "verify")]
    pub what: Option<LedgerWhat>,

    /// One JSON document (rounds.ledger/1, rounds.chain/1)
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LedgerWhat {
    /// Check the chain of hashes
    Verify,
}
