//! Which reader a file is given to. The name decides first, the content confirms.

use super::Reader;
use super::cron_store::{self, crontab, launchd, systemd};
use super::json::{Node, Outcome, Source, Tape};
use super::lines;
use super::markdown;
use super::members::Members;
use super::plan_file::{holds_tasks, is_day_plan};
use super::snapshot;
use super::text_log;
use super::tracking;
use super::vocabulary::Vocabulary;
use crate::domain::text::{decode, strip_styles};

#[cfg(test)]
mod tests;

/// Folders whose content is never an agent's own, and that are not looked into.
pub const PASSED_FOLDERS: &[&str] = &[
    "node_modules",
    ".git",
    ".rounds",
    "target",
    "__pycache__",
    ".venv",
];
/// Ends of names that are copies, halves or locks of other programs.
const PASSED_ENDS: &[&str] = &[
    ".bak", ".tmp", ".swp", ".swo", "~", ".orig", ".part", ".pid", ".rej",
];

/// Lines of the start that are tried.
const JSON_LINES: usize = 20;

/// The reader of a file and why, from its path relative to the agent's folder and its first bytes (64 KiB are enough).
/// None: not a file of an agent, to be passed over.
pub fn reader_for(
    path: &str,
    head: &[u8],
    vocabulary: &Vocabulary,
) -> Option<(Reader, &'static str)> {
    let lower = path.to_ascii_lowercase();
    let lower = unrotated(&lower);
    let name = lower.rsplit('/').next().unwrap_or(lower);
    let folders = lower.split('/').rev().skip(1);
    if folders.clone().any(|f| PASSED_FOLDERS.contains(&f)) || passed(name) {
        return None;
    }
    if let Some(stem) = name.strip_suffix(".lock") {
        let own = folders.clone().next() == Some("locks") && !stem.is_empty();
        return own.then_some((Reader::Lock, "a lock in locks/"));
    }
    if name == "ticker_heartbeat" {
        return Some((Reader::LifeSign, "a scheduler's own heartbeat"));
    }
    if matches!(name, "crontab" | "cron") && crontab::knows(head) {
        return Some((Reader::CronStore, "a crontab"));
    }
    let (stem, end) = name.rsplit_once('.').unwrap_or((name, ""));
    match end {
        "jsonl" | "ndjson" => Some(of_lines(stem, head)),
        "json" => json(lower, stem, head, vocabulary),
        "log" | "out" | "err" => text(true, head, vocabulary),
        // Others keep databases, too: only what is named for a scheduler is looked into.
        "sqlite" | "sqlite3" | "db"
            if ["openclaw", "cron", "jobs"]
                .iter()
                .any(|n| stem.contains(n))
                && (head.is_empty() || head.starts_with(b"SQLite format 3\0")) =>
        {
            Some((
                Reader::CronStore,
                "a scheduler's live database, read from a private copy",
            ))
        }
        "plist" => launchd::knows(head).then_some((
            Reader::CronStore,
            "a launchd job that fires by a calendar or an interval",
        )),
        "timer" => systemd::knows(head).then_some((Reader::CronStore, "a systemd timer")),
        "cron" | "crontab" | "txt" if crontab::knows(head) => {
            Some((Reader::CronStore, "a crontab"))
        }
        "txt" => text(stem.ends_with("log"), head, vocabulary),
        "md" | "markdown" => Some(md(lower, stem, head, vocabulary)),
        _ => None,
    }
}

/// The path of a log before it was rotated: `heartbeat.jsonl.1` and `agent.log-20260328` are logs still.
fn unrotated(path: &str) -> &str {
    let stem = path.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = path.len() - stem.len();
    let log = stem
        .strip_suffix('.')
        .or_else(|| stem.strip_suffix('-'))
        .filter(|log| {
            (1..=8).contains(&digits)
                && [".jsonl", ".ndjson", ".log"]
                    .iter()
                    .any(|end| log.ends_with(end))
        });
    log.unwrap_or(path)
}

fn passed(name: &str) -> bool {
    PASSED_ENDS.iter().any(|end| name.ends_with(end))
        || name.contains(".deleted.")
        || name.contains(".bak.")
        || name.starts_with(".#")
        || (name.starts_with('#') && name.ends_with('#'))
}

fn of_lines(stem: &str, head: &[u8]) -> (Reader, &'static str) {
    match stem {
        "wal" => (Reader::Wal, "named wal"),
        // What the operator says to the agent is no sign of the agent's life.
        "inbox" => (Reader::Document, "the agent's inbox"),
        "issues" => (
            Reader::Plan,
            "a tracker's export of its issues, as old as its last export",
        ),
        _ if stem.starts_with("queue") || stem.starts_with("pending") => {
            (Reader::Plan, "a queue of tasks, one a line")
        }
        _ if stem.starts_with("wal-")
            || first_object_has(head, "step") && first_object_has(head, "do") =>
        {
            (Reader::Wal, "its lines are steps of a write-ahead log")
        }
        _ => (Reader::Json, "JSON lines"),
    }
}

fn first_object_has(head: &[u8], key: &str) -> bool {
    let mut tape = Tape::default();
    let whole = matches!(tape.read(head, 0), Outcome::Value { .. });
    whole && tape.root(&Source::new(head)).get(key).is_some()
}

fn json(
    path: &str,
    stem: &str,
    head: &[u8],
    vocabulary: &Vocabulary,
) -> Option<(Reader, &'static str)> {
    let in_schedule = path.starts_with("schedule/") || path.contains("/schedule/");
    if stem == "schedule" || in_schedule {
        return Some((Reader::Plan, "named schedule"));
    }
    if super::outbox::is_named(path) {
        return Some((Reader::Plan, "an outbox: what it says to others"));
    }
    let planned = [
        "schedule", "tasks", "pending", "posted", "queue", "backlog", "todo",
    ];
    let snapped = [
        "heartbeat",
        "state",
        "status",
        "current-task",
        "snapshot",
        "record",
        "tracker",
        "tracking",
        "progress",
    ];
    let shape = Shape::of(head, vocabulary);
    if shape.store && (stem == "schedules" || !planned.iter().any(|p| stem.starts_with(p))) {
        return Some((Reader::CronStore, "jobs with a schedule each"));
    }
    if last_word(stem) == "schedule" {
        return Some((Reader::Plan, "named schedule"));
    }
    if path.ends_with("cron/jobs.json") || path.ends_with("cron/jobs-state.json") {
        return Some((Reader::CronStore, "named as a scheduler's store"));
    }
    if stem == "scheduled_tasks" && (shape.whole.is_none() || shape.store || shape.list) {
        return Some((Reader::CronStore, "named as a scheduler's store"));
    }
    if stem == "backlog" {
        return Some((Reader::Document, "a backlog: what could be planned"));
    }
    let of_plan = |word: &&str| stem.starts_with(*word) || last_word(stem).starts_with(*word);
    if planned.iter().any(of_plan) && shape.list {
        return Some((Reader::Plan, "holds a list of tasks"));
    }
    let kept = tracking::is_named(path) && !shape.outcomes;
    if shape.objects >= 2 || (shape.array_of_timed && !kept) {
        return Some((Reader::Json, "a stream of JSON objects"));
    }
    if snapped.iter().any(|s| stem.contains(s))
        && (shape.whole.is_none() || snapshot::knows(head, vocabulary))
    {
        return Some((Reader::Snapshot, "a snapshot of the latest state"));
    }
    let logged = ["log", "runs", "history"].iter().any(|l| stem.contains(l));
    if logged && shape.array_of_runs {
        return Some((Reader::Json, "a list of runs"));
    }
    if logged && !shape.timed && shape.whole.is_some() && snapshot::knows(head, vocabulary) {
        return Some((Reader::Snapshot, "one document that lists runs"));
    }
    if logged && (shape.whole.is_none() || shape.timed) {
        return Some((Reader::Json, "a log of JSON objects"));
    }
    let of_runs = path.starts_with("runs/") || path.contains("/runs/");
    let named_by_day = super::timestamp::day_in_name(stem).is_some();
    if (of_runs || named_by_day) && !kept && shape.is_run {
        return Some((Reader::Json, "one run"));
    }
    if tracking::is_named(path) && shape.objects < 2 && !shape.timed {
        return Some((Reader::Tracking, "what it keeps of what it did"));
    }
    if shape.list && (stem.contains("task") || stem.contains("job")) {
        return Some((Reader::Plan, "holds a list of tasks"));
    }
    None
}

/// What a JSON file looks like from its first bytes.
struct Shape {
    /// Whole objects, one after another, in the head.
    objects: usize,
    /// The first document, if it is whole.
    whole: Option<()>,
    list: bool,
    /// Jobs that say when they fire.
    store: bool,
    array_of_timed: bool,
    /// Each says when it began or ended.
    array_of_runs: bool,
    /// Some of its records say how they ended.
    outcomes: bool,
    /// The first document has a time.
    timed: bool,
    /// The first document says when and how it went.
    is_run: bool,
}

impl Shape {
    fn of(head: &[u8], vocabulary: &Vocabulary) -> Self {
        let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        let source = Source::new(head);
        let mut shape = Self {
            objects: 0,
            whole: None,
            list: false,
            store: false,
            array_of_timed: false,
            array_of_runs: false,
            outcomes: false,
            timed: false,
            is_run: false,
        };
        let mut tape = Tape::default();
        let mut at = 0;
        while shape.objects < JSON_LINES {
            let Outcome::Value { end } = tape.read(head, at) else {
                break;
            };
            let root = tape.root(&source);
            if at == 0 {
                shape.whole = Some(());
                shape.timed = timed(root);
                shape.is_run = (shape.timed || ran(root)) && tells(root);
                shape.list = holds_tasks(root, vocabulary) || root.items().any(plans);
                shape.store = cron_store::knows(root);
                let listed = root.items().next().is_some();
                shape.array_of_timed = listed && root.items().all(timed);
                shape.array_of_runs = listed && root.items().all(ran);
                shape.outcomes = root.items().any(tells);
            }
            if !root.is_object() {
                break;
            }
            shape.objects += 1;
            at = end;
        }
        if shape.whole.is_none() {
            // Longer than the head: the names in it must do.
            let text = decode(&head[..head.len().min(4_096)]);
            shape.list = super::plan_file::LISTS
                .iter()
                .any(|l| text.contains(&format!("\"{l}\"")));
            shape.store = text.contains("\"jobs\"") && text.contains("\"schedule\"");
        }
        shape
    }
}

fn timed(node: Node<'_>) -> bool {
    let members = Members::of(node);
    members
        .get(&["ts", "timestamp", "time", "at", "datetime"])
        .is_some()
}

fn ran(node: Node<'_>) -> bool {
    let names = [
        "start",
        "started",
        "startedat",
        "starttime",
        "ended",
        "endedat",
        "endtime",
        "finishedat",
        "completedat",
        "lastrun",
        "lastrunat",
    ];
    Members::of(node).get(&names).is_some()
}

fn tells(node: Node<'_>) -> bool {
    let members = Members::of(node);
    members
        .get(&[
            "status",
            "state",
            "outcome",
            "result",
            "level",
            "runid",
            "durationms",
        ])
        .is_some()
}

fn plans(node: Node<'_>) -> bool {
    let members = Members::of(node);
    members
        .get(&["schedule", "due", "cron", "dueat", "scheduledat"])
        .is_some()
}

fn text(log: bool, head: &[u8], vocabulary: &Vocabulary) -> Option<(Reader, &'static str)> {
    if json_lines(head) {
        return Some((Reader::Json, "a log of JSON objects"));
    }
    if lines::is_utf16(head) {
        return Some((Reader::Text, "text in UTF-16, read as far as it is English"));
    }
    if text_log::has_times(head, vocabulary) {
        return Some((Reader::Text, "lines that begin with a time"));
    }
    // When it changed says nothing after a clone or a copy: only a file that the config names is a sign of life.
    (log && !head.is_empty()).then_some((Reader::Document, "a log without times"))
}

/// At least half of the first lines are objects, or the whole reads as a stream with at most one fault. The first
/// character alone says nothing: text logs open with brackets and braces, too.
fn json_lines(head: &[u8]) -> bool {
    let mut tape = Tape::default();
    let clean = |line: &&[u8]| !line.iter().all(u8::is_ascii_whitespace);
    let lines: Vec<&[u8]> = head
        .split(|b| *b == b'\n')
        .filter(clean)
        .take(JSON_LINES)
        .collect();
    let mut object = |line: &[u8]| {
        let from = super::json::first_byte(line);
        line.get(from) == Some(&b'{') && matches!(tape.read(line, from), Outcome::Value { .. })
    };
    let good = lines.iter().filter(|line| object(line)).count();
    if good > 0 && good * 2 >= lines.len() {
        return true;
    }
    let starts = head.get(super::json::first_byte(head)) == Some(&b'{');
    starts
        && matches!(
            tape.read(head, super::json::first_byte(head)),
            Outcome::Value { .. }
        )
}

fn md(path: &str, stem: &str, head: &[u8], vocabulary: &Vocabulary) -> (Reader, &'static str) {
    let text = decode(lines::without_mark(head));
    let text = strip_styles(&text);
    let learned = ["insight", "lesson", "learning", "retro"];
    if learned.iter().any(|l| stem.contains(l)) || path.contains("retros/") {
        return (Reader::Insights, "named insights");
    }
    if stem == "heartbeat" {
        return (Reader::Document, "instructions for a heartbeat");
    }
    let of_plan = ["plan", "schedule", "agenda", "timetable"];
    let named = of_plan
        .iter()
        .any(|p| last_word(stem) == *p || stem.starts_with(p));
    let folded = ["plans/", "plan/", "schedule/", "schedules/"];
    let day = super::timestamp::day_in_name(stem).is_some();
    if (named || day && folded.iter().any(|f| path.contains(f)))
        && is_day_plan(head, path, vocabulary)
    {
        return (Reader::Plan, "a day's plan, line by line");
    }
    let output = path.contains("cron/output/") && markdown::has_entries(&text, path, vocabulary);
    if output || markdown::is_page(&text, path, vocabulary) {
        return (Reader::Markdown, "one page for each run");
    }
    let in_folder = [
        "standups/",
        "standup/",
        "memory/",
        "logs/",
        "heartbeat/",
        "log/",
        "runs/",
    ];
    let named = stem.contains("heartbeat")
        || stem.contains("activity")
        || stem.contains("standup")
        || ["runs", "history", "journal"].contains(&last_word(stem))
        || path.contains("standups/")
        || stem.ends_with("log")
        || in_folder
            .iter()
            .any(|f| path.contains(f) && super::timestamp::day_in_name(stem).is_some());
    if named && markdown::has_entries(&text, path, vocabulary) {
        return (Reader::Markdown, "dated headings or bullets");
    }
    if markdown::is_ledger(&text, vocabulary) {
        return (
            Reader::Markdown,
            "a ledger of what was done, a dated line each",
        );
    }
    (Reader::Document, "a document without dated entries")
}

/// What a name ends with, behind the last mark that parts words.
fn last_word(stem: &str) -> &str {
    stem.rsplit(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or(stem)
}
