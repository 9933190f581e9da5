//! The flags of `rounds sprint` and `rounds plan`.

use std::path::PathBuf;

use clap::Args as Flags;

/// A day as swimlanes: what was planned when, and what became of it
///
/// Windows with their jitter, runs against their estimate, limits with what is planned of them, slots that touched one
/// resource too close together, links that did not fire, and what is wrong with tomorrow's plan.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds sprint\n  \
    rounds sprint --day tomorrow\n  \
    rounds sprint --columns\n  \
    rounds sprint --storm")]
pub struct Sprint {
    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The day: today, tomorrow, yesterday or 2026-03-29 [default: today]
    #[arg(long, value_name = "DAY")]
    pub day: Option<String>,

    /// Columns of states instead of lanes: pending, claimed, running, review, done
    #[arg(long, conflicts_with_all = ["json", "md"])]
    pub columns: bool,

    /// What is overdue after an outage, and what running, skipping or spreading it would do
    #[arg(long, conflicts_with_all = ["day", "md", "columns", "at"])]
    pub storm: bool,

    /// One JSON document (rounds.sprint/1, with --storm rounds.storm/1)
    #[arg(long, conflicts_with = "md")]
    pub json: bool,

    /// Markdown
    #[arg(long)]
    pub md: bool,
}

/// Tomorrow's plans from the backlog, with finite capacity
///
/// Reads backlog.json or backlog.md of each agent and of the fleet, and what today left undone. Places tasks by priority
/// within limits, quiet and working hours, dependencies, and a distance on every resource, and says of the rest why it has
/// no slot. A dry run: nothing is written without --write, and never over a plan that rounds did not make.
#[derive(Clone, Debug, Flags)]
#[command(after_help = "Examples:\n  \
    rounds plan\n  \
    rounds plan --hours 09:00-18:00 --write\n  \
    rounds plan --date 2026-03-30 --agent social --json")]
pub struct Plan {
    /// Folders in which agents live
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// The day: today, tomorrow or 2026-03-29 [default: tomorrow]
    #[arg(long, value_name = "DAY")]
    pub date: Option<String>,

    /// Plan for this agent only, even where it plans its days itself (several times)
    #[arg(long, value_name = "NAME")]
    pub agent: Vec<String>,

    /// Working hours of everybody, instead of the backlogs' own
    #[arg(long, value_name = "HH:MM-HH:MM")]
    pub hours: Option<String>,

    /// The same seed gives the same plan [default: made from the day]
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,

    /// Write schedule/YYYY-MM-DD.json, and schedule.json where the day it holds is over
    #[arg(long, conflicts_with_all = ["at", "read_only"])]
    pub write: bool,

    /// One JSON document (rounds.plan/1)
    #[arg(long)]
    pub json: bool,
}
