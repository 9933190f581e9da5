//! The flags of `rounds retro`.

use std::path::PathBuf;

use clap::Args as Flags;

/// A week: what went well, what failed and why, what was learned
///
/// Of each agent the runs, the success rate and what it did against the week before; causes of failure over the fleet; when
/// it goes well, by hour and weekday; what was expected and never came; lessons that repeat and changes that were never
/// made; what its INSIGHTS say that is new.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds retro\n  \
    rounds retro --week last --md > retro.md\n  \
    rounds retro --read social --note 'fewer pricing threads'")]
pub struct Retro {
    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The week: this, last or 2026-W13 [default: this]
    #[arg(long, value_name = "WEEK")]
    pub week: Option<String>,

    /// The insights of this agent have been read, as they stand (several times)
    #[arg(long, value_name = "NAME", conflicts_with_all = ["at", "read_only"])]
    pub read: Vec<String>,

    /// Keep this note on the week; an empty one takes it back
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["at", "read_only"])]
    pub note: Option<String>,

    /// Close the gap of this task, for a reason that the ledger keeps
    #[arg(long, value_name = "AGENT/TASK", requires = "reason", conflicts_with_all = ["at", "read_only"])]
    pub close: Option<String>,

    /// Why it is closed
    #[arg(long, value_name = "TEXT", requires = "close")]
    pub reason: Option<String>,

    /// One JSON document (rounds.retro/1)
    #[arg(long, conflicts_with = "md")]
    pub json: bool,

    /// Markdown
    #[arg(long)]
    pub md: bool,
}
