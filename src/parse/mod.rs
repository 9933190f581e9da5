//! Bytes in, `(value, diagnostics)` out. Pure: no files, no clock. Parsers never fail and never panic.

pub mod classify;
pub mod diagnostic;
pub mod json;
pub mod lint;
pub mod timestamp;
pub mod vocabulary;

mod backlog;
mod beat;
mod cron_store;
mod dated;
mod insights;
mod items;
mod json_stream;
mod lines;
mod lock;
mod markdown;
mod marker;
mod members;
mod numbering;
pub mod outbox;
mod plan_file;
mod report;
mod slots;
mod snapshot;
mod stream;
mod text_log;
pub mod tracking;
mod wal;

use crate::domain::action::Step;
use crate::domain::backlog::Backlog;
use crate::domain::heartbeat::Heartbeat;
use crate::domain::insight::Insight;
use crate::domain::kept::{Entry, Question};
use crate::domain::lock::Lock;
use crate::domain::schedule::Plan;
use crate::domain::time::{Ts, Zone};

pub use cron_store::Store;
pub use diagnostic::{Diagnostic, DiagnosticKind};
pub use plan_file::MOST_BYTES as MOST_PLAN;
pub use plan_file::names as task_names;
pub use stream::MOST_RECORD;

/// Which reader a file is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    /// Lines or a stream of JSON objects, each a heartbeat.
    Json,
    /// Lines of the write-ahead log.
    Wal,
    /// One JSON document that is a plan or a task list.
    Plan,
    /// One JSON document of a scheduler: a plan for each agent it names, and how each job went the last time.
    CronStore,
    /// One JSON document that is the latest state; its records replace the former ones.
    Snapshot,
    /// Text lines that begin with a time.
    Text,
    /// Markdown with dated headings or bullets.
    Markdown,
    /// `INSIGHTS.md` and its kin.
    Insights,
    Lock,
    /// The modification time is all that is read.
    LifeSign,
    /// What the agent keeps of what it did, so as not to do it twice: evidence, and no run.
    Tracking,
    /// Text for people: shown, never counted.
    Document,
}

impl Reader {
    pub const ALL: [Self; 12] = [
        Self::Json,
        Self::Wal,
        Self::Plan,
        Self::CronStore,
        Self::Snapshot,
        Self::Text,
        Self::Markdown,
        Self::Insights,
        Self::Lock,
        Self::LifeSign,
        Self::Tracking,
        Self::Document,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Json => "json stream",
            Self::Wal => "write-ahead log",
            Self::Plan => "plan",
            Self::CronStore => "cron store",
            Self::Snapshot => "snapshot",
            Self::Text => "timestamped text",
            Self::Markdown => "markdown",
            Self::Insights => "insights",
            Self::Lock => "lock",
            Self::LifeSign => "modification time",
            Self::Tracking => "tracking file",
            Self::Document => "document",
        }
    }

    /// Its files grow at the end, so that only what is new is read. The others are read whole when they change.
    pub fn appends(self) -> bool {
        matches!(self, Self::Json | Self::Wal | Self::Text)
    }
}

/// What a parser needs to know about the file besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Relative to the agent's folder, with `/`: dates and names are taken from it.
    pub path: &'a str,
    /// For times without a zone.
    pub zone: Zone,
    /// The file's modification time.
    pub modified: Ts,
    pub vocabulary: &'a vocabulary::Vocabulary,
}

/// A piece of an appended file. It starts where the last one was consumed up to, at the start of a line.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    pub bytes: &'a [u8],
    /// Byte offset of `bytes[0]` in the file.
    pub offset: u64,
    /// Line number of `bytes[0]`, from 1.
    pub line: u32,
    /// Nothing follows at the moment: `bytes` reach to the end of the file.
    pub end: bool,
    /// What the parser left behind after the chunk before; empty at the start of a file.
    pub carry: &'a Carry,
}

/// What is carried into the start of a file.
static NOTHING: Carry = Carry(String::new());

impl<'a> Chunk<'a> {
    /// A file in one piece.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            offset: 0,
            line: 1,
            end: true,
            carry: &NOTHING,
        }
    }
}

/// State that a parser carries from one chunk to the next, such as the date in force in a text log. Stored beside the
/// offset, so it is small (≤ 256 bytes) and readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carry(pub String);

#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every record is a beat: a box would cost an allocation each"
)]
pub enum Body<'a> {
    Beat(Heartbeat<'a>),
    Step(Step),
    Insight(Insight),
}

/// One record and where it stands. Its texts may stand in the bytes that were read.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<'a> {
    pub body: Body<'a>,
    pub offset: u64,
    /// In bytes, without the line end.
    pub len: u32,
    pub line: u32,
}

impl Record<'_> {
    /// The same, borrowed from nobody.
    pub fn into_owned(self) -> Record<'static> {
        Record {
            body: match self.body {
                Body::Beat(beat) => Body::Beat(beat.into_owned()),
                Body::Step(step) => Body::Step(step),
                Body::Insight(insight) => Body::Insight(insight),
            },
            offset: self.offset,
            len: self.len,
            line: self.line,
        }
    }
}

/// The outcome of parsing one chunk, beside its records.
///
/// Records at or behind `offset + consumed` are *provisional*: right as far as the file goes now, but the next chunk
/// begins at `offset + consumed` and gives them again, perhaps longer. A complete line of a JSON log is never provisional.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rest {
    pub diagnostics: Vec<Diagnostic>,
    /// Bytes that need not be read again. Always ends behind a line end, or at 0.
    pub consumed: usize,
    /// Line number at `offset + consumed`.
    pub next_line: u32,
    pub carry: Carry,
}

/// The outcome of parsing one chunk, with its records; see [`Rest`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    pub records: Vec<Record<'static>>,
    pub diagnostics: Vec<Diagnostic>,
    pub consumed: usize,
    pub next_line: u32,
    pub carry: Carry,
}

/// Reads a chunk of a log. Markdown, insights and snapshots come whole, in one chunk from offset 0.
pub fn log(reader: Reader, chunk: Chunk<'_>, ctx: &Context<'_>) -> Parsed {
    let mut records = Vec::new();
    let rest = each(reader, chunk, ctx, |record| {
        records.push(record.into_owned());
    });
    Parsed {
        records,
        diagnostics: rest.diagnostics,
        consumed: rest.consumed,
        next_line: rest.next_line,
        carry: rest.carry,
    }
}

/// As [`log`], handing out each record as it is read: what is not kept of it is never copied.
pub fn each(
    reader: Reader,
    chunk: Chunk<'_>,
    ctx: &Context<'_>,
    take: impl FnMut(Record<'_>),
) -> Rest {
    match reader {
        Reader::Json => json_stream::read(chunk, ctx, take),
        Reader::Wal => wal::read(chunk, ctx, take),
        Reader::Text => text_log::read(chunk, ctx, take),
        Reader::Markdown => markdown::read(chunk, ctx, take),
        Reader::Insights => insights::read(chunk, ctx, take),
        Reader::Snapshot => snapshot::read(chunk, ctx, take),
        // Read by `plan`, `store` and `lock`, or not for records at all.
        Reader::Plan
        | Reader::CronStore
        | Reader::Lock
        | Reader::LifeSign
        | Reader::Tracking
        | Reader::Document => Rest {
            consumed: chunk.bytes.len(),
            next_line: chunk.line + memchr::memchr_iter(b'\n', chunk.bytes).count() as u32,
            ..Rest::default()
        },
    }
}

/// Reads a plan or task list whole. Empty, with damage among the diagnostics, where it cannot be read.
pub fn plan(bytes: &[u8], ctx: &Context<'_>) -> (Plan, Vec<Diagnostic>) {
    plan_file::read(bytes, ctx)
}

/// What a task list claims was done, and when; nothing of what is still to do.
pub fn done(bytes: &[u8], ctx: &Context<'_>) -> Vec<Record<'static>> {
    plan_file::done(bytes, ctx)
}

/// Reads a scheduler's store whole. Empty, with damage among the diagnostics, where it cannot be read.
pub fn store(bytes: &[u8], ctx: &Context<'_>) -> (Store, Vec<Diagnostic>) {
    cron_store::read(bytes, ctx)
}

/// Reads a lock file whole. None where it is half written.
pub fn lock(bytes: &[u8], ctx: &Context<'_>) -> (Option<Lock>, Vec<Diagnostic>) {
    lock::read(bytes, ctx)
}

/// The questions of an outbox; none where the file is none. None at all where it does not parse.
pub fn questions(bytes: &[u8], ctx: &Context<'_>) -> Option<Vec<Question>> {
    if !outbox::is_named(ctx.path) {
        return Some(Vec::new());
    }
    outbox::questions(bytes, ctx)
}

/// What is wrong with a JSON document as such.
pub fn document(bytes: &[u8]) -> Vec<Diagnostic> {
    let mut reporter = report::Reporter::new(bytes, 0, 1);
    plan_file::documents(bytes, &mut reporter);
    reporter.out
}

/// What a tracking file lists. None where the file is none, or does not parse.
pub fn tracked(bytes: &[u8], ctx: &Context<'_>) -> Option<Vec<Entry>> {
    if !tracking::is_named(ctx.path) {
        return None;
    }
    tracking::entries(bytes, ctx)
}

/// Reads a backlog whole: JSON, or Markdown where the name says so.
pub fn backlog(bytes: &[u8], ctx: &Context<'_>) -> (Backlog, Vec<Diagnostic>) {
    backlog::read(bytes, ctx)
}

/// The members of the object that begins at an offset, each with the bytes of its value as they stand. None where no
/// object does.
pub fn members(bytes: &[u8], offset: u64) -> Option<Vec<(String, String)>> {
    backlog::verbatim(bytes, offset)
}
