//! The flags of `rounds lint`, `init`, `doctor`, `demo` and `completions`.

use std::path::PathBuf;

use clap::Args as Flags;
use clap_complete::Shell;

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
