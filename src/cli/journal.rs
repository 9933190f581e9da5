//! What rounds notes about itself while a room is open: `logs/rounds.*.log` in the state folder, one a day, seven kept.

use std::path::Path;

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::sys::state::make_private;

/// Days of notes that are kept.
const DAYS: usize = 7;

/// Notes that may wait to be written; more are let go. Their places are made at once: the usual 128,000 take 4 MB.
const WAITING: usize = 1_000;

/// Begins to note what is chosen (`info`, `debug`, `rounds::keeper=trace`; `info` where nothing is). The notes are written
/// out when the guard goes. A folder that cannot be written is no reason not to open the room.
pub fn begin(state: &Path, chosen: Option<&str>) -> Option<WorkerGuard> {
    let folder = state.join("logs");
    // The appender would complain on the screen where the folder is not there yet, as before a first start.
    make_private(&folder).ok()?;
    let file = Builder::new()
        .rotation(Rotation::DAILY)
        .max_log_files(DAYS)
        .filename_prefix("rounds")
        .filename_suffix("log")
        .build(folder)
        .ok()?;
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(WAITING)
        .finish(file);
    let chosen = chosen.and_then(|words| words.parse::<Targets>().ok());
    let chosen = chosen.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let notes = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false);
    let begun = tracing_subscriber::registry()
        .with(chosen)
        .with(notes)
        .try_init();
    begun.ok().map(|()| guard)
}
