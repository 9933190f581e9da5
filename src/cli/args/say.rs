//! The flags of `rounds ack` and `rounds maintain`.

use clap::Args as Flags;

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
